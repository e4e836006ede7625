"""Clients with minutes to charge, for the tests of assistance and invoices."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from dpa_service.services.assistance import assistance_requests, time_entries
from dpa_service.services.invoices import billing, invoice_parties, invoicing
from tests.conftest import NOW, TODAY
from tests.support.invoices import SELLER
from tests.support.liability import signed

BEGINS = date(2026, 1, 1)
WORKER, APPROVER, FINANCE = "worker", "approver", "finance"
STARTED = datetime.fromisoformat("2026-11-03T09:00:00+01:00")


def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Agreements without approvals, and documents that take no time to make."""
    monkeypatch.setattr("dpa_service.services.agreements.issuing.refuse_unapproved", lambda *_: None)
    plain_invoices(monkeypatch.setattr)


def plain_invoices(replace: Any) -> None:
    """Invoices whose PDF takes no time; the UBL stays what it is. In: what replaces a name by another object."""
    making = "dpa_service.services.invoices.invoice_making"
    replace(f"{making}.invoice_pdf", lambda document, **_: b"%PDF " + document.number.encode())
    replace(f"{making}.timesheet_pdf", lambda sheet, document, **_: b"%PDF sheet " + document.number.encode())


def house_account(session: Session, library: Any) -> None:
    """The bank details of the house."""
    given = {"iban": SELLER.iban, "email": "facturatie@contactexpert.example"}
    invoice_parties.save_bank_details(session, library, given, expected=0, actor="admin", now=NOW)


def bound_client(session: Session, library: Any, data: dict[str, Any], **parameters: Any) -> str:
    """A client with a signed agreement that began on BEGINS."""
    client_id = signed(session, library, data, begins=BEGINS, **parameters).client_id
    assert client_id
    return client_id


def request(session: Session, client_id: str, duty: str = "dsr", **changes: Any) -> Any:
    """An open request."""
    data = {
        "duty": duty,
        "subject": "Inzage in opnames",
        "case_reference": "ZAAK-77",
        "clock_started": STARTED.isoformat(),
        **changes,
    }
    return assistance_requests.open_request(session, client_id, data, actor=WORKER, now=NOW, today=TODAY)


def minutes(session: Session, request_id: str, worked: int, day: str = "2026-11-04", **changes: Any) -> Any:
    """Minutes, waiting for approval."""
    data = {"work_date": day, "minutes": worked, "note": "Opzoeking in het archief", **changes}
    return time_entries.record(session, request_id, data, actor=WORKER, now=NOW, today=TODAY)


def approve(session: Session, *entries: Any) -> None:
    """Approve, by somebody else."""
    assert time_entries.approve(session, [entry.id for entry in entries], actor=APPROVER, now=NOW) == []


def approved(session: Session, request_id: str, worked: int, day: str = "2026-11-04", **changes: Any) -> Any:
    """Approved minutes."""
    entry = minutes(session, request_id, worked, day, **changes)
    approve(session, entry)
    return entry


def drafted(session: Session, client_id: str) -> Any:
    """A draft with everything that can be charged."""
    return billing.draft(session, client_id, until=TODAY, actor=FINANCE, now=NOW)


def issued(session: Session, library: Any, client_id: str, **options: Any) -> invoicing.Details:
    """An invoice with everything that can be charged."""
    return invoicing.issue(session, library, drafted(session, client_id).id, actor=FINANCE, now=NOW, today=TODAY, **options)
