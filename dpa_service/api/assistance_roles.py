"""Who may do what of assistance and invoices; the rest is for everybody who is signed in."""

from __future__ import annotations

from dpa_service.domain.roles import ADMIN, DPO, FINANCE, LEGAL

APPROVERS = (LEGAL, FINANCE, DPO, ADMIN)  # of minutes that somebody else worked and wrote down
LOCKERS = (FINANCE, ADMIN)  # of months
READERS = (LEGAL, FINANCE, DPO, ADMIN)  # of invoices
BILLERS = (FINANCE, ADMIN)  # draft, issue, credit, book, send, export, waive
