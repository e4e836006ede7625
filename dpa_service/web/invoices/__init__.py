"""The pages of finance: work in progress, drafts, invoices, credit notes, payments, sending, accounting, figures. One blueprint, one file a subject."""

from dpa_service.web.invoices import (
    accounting,
    client,
    credit,
    drafting,
    drafts,
    figures,
    invoice,
    payments,
    sending,
    settings,
    statement,
    work,
)
from dpa_service.web.invoices.base import blueprint

__all__ = [
    "accounting",
    "blueprint",
    "client",
    "credit",
    "drafting",
    "drafts",
    "figures",
    "invoice",
    "payments",
    "sending",
    "settings",
    "statement",
    "work",
]
