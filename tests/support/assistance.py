"""Clients with minutes to charge, for the tests of assistance and invoices."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from dpa_service.services import assistance_requests, billing, invoice_parties, invoicing, time_entries
from tests.conftest import NOW, TODAY
from tests.support.invoices import SELLER
from tests.support.liability import signed

BEGINS = date(2026, 1, 1)
WORKER, APPROVER, FINANCE = "worker", "approver", "finance"
STARTED = datetime.fromisoformat("2026-11-03T09:00:00+01:00")


def house_account(session: Session, library: Any) -> None:
    """The bank details of the house."""
    given = {"iban": SELLER.iban, "email": "facturatie@contactexpert.example"}
    invoice_parties.save_bank_details(session, library, given, expected=0, actor="admin", now=NOW)


def bound_client(session: Session, library: Any, data: dict[str, Any], **parameters: Any) -> str:
    """A client with a signed agreement that began on BEGINS (fixtures ``plain_documents`` and ``no_approvals``)."""
    client_id = signed(session, library, data, begins=BEGINS, **parameters).client_id
    assert client_id
    return client_id


def request(session: Session, client_id: str, duty: str = "dsr", **changes: Any) -> Any:
    """An open request."""
    data = {"duty": duty, "subject": "Inzage in opnames", "case_reference": "ZAAK-77", "clock_started": STARTED.isoformat(), **changes}
    return assistance_requests.open_request(session, client_id, data, actor=WORKER, now=NOW, today=TODAY)


def minutes(session: Session, request_id: str, worked: int, day: str = "2026-11-04", **changes: Any) -> Any:
    """Minutes, waiting for approval."""
    data = {"work_date": day, "minutes": worked, "note": "Opzoeking in het archief", **changes}
    return time_entries.record(session, request_id, data, actor=WORKER, now=NOW, today=TODAY)


def approved(session: Session, request_id: str, worked: int, day: str = "2026-11-04", **changes: Any) -> Any:
    """Approved minutes."""
    entry = minutes(session, request_id, worked, day, **changes)
    assert time_entries.approve(session, [entry.id], actor=APPROVER, now=NOW) == []
    return entry


def issued(session: Session, library: Any, client_id: str) -> invoicing.Details:
    """An invoice with everything that can be charged."""
    draft = billing.draft(session, client_id, until=TODAY, actor=FINANCE, now=NOW)
    return invoicing.issue(session, library, draft.id, key=uuid.uuid4().hex, actor=FINANCE, now=NOW, today=TODAY)
