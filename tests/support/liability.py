"""Signed agreements, fees and claims for the tests of the claims register and the exposure."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from dpa_service.adapters.db.models import Agreement
from dpa_service.services.agreements import agreements, issuing, lifecycle
from dpa_service.services.agreements.lifecycle import Signature
from dpa_service.services.liability import fees
from dpa_service.services.use_case import use_case
from tests.conftest import NOW, TODAY

BEGINS, EVENT = date(2025, 1, 1), "2026-05-04"


def signed(
    session: Session,
    library: Any,
    data: dict[str, Any],
    *,
    begins: date = BEGINS,
    until: date | None = None,
    main_cap: str | None = None,
    **parameters: Any,
) -> Agreement:
    """A signed agreement from an example request, its approvals left out (use with the fixture ``no_approvals``)."""
    data["parameters"] = parameters
    data["main_agreement"] |= {"cap": main_cap, "date": "2024-12-01"}
    draft = agreements.create_draft(session, library, data, actor="maker", now=NOW).agreement
    issued = issuing.issue(session, draft.id, actor="maker", now=NOW, today=TODAY).agreement
    with use_case(session, actor="signer", now=NOW) as work:
        row = lifecycle.locked(work, "sign", issued.id, None)
        lifecycle.sign(work, row, Signature("V. Oorbeeld", TODAY, begins, until), copy_id="c", sha256="0" * 64)
    return agreements.get(session, issued.id).agreement


def fee(session: Session, client_id: str | None, amount: str, day: str = "2025-03-03", **more: Any) -> Any:
    """A sum of fees received."""
    assert client_id
    data = {"received_on": day, "amount": amount, **more}
    return fees.record(session, client_id, data, actor="finance", now=NOW, today=TODAY)


def claim(**changes: Any) -> dict[str, Any]:
    """A claim as it is reported: gross fault in the processing, direct damage of 9,000 euro."""
    return {
        "event_day": EVENT,
        "reported_day": "2026-06-01",
        "summary": "Bestand met gesprekken naar het verkeerde adres gestuurd",
        "basis": "processor",
        "fault": "gross",
        "items": [{"kind": "direct", "amount": "9000.00", "label": "Meldingskosten"}],
        "gdpr_processor_breach": True,
    } | changes
