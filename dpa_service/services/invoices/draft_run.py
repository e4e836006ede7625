"""Drafts for many clients in one call that may be repeated: the same key gives the same answer and drafts nothing again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from dpa_service.services import idempotency
from dpa_service.services.assistance.assistance_plain import columns
from dpa_service.services.invoices import billing
from dpa_service.services.invoices.billing import Progress
from dpa_service.services.use_case import use_case

_KEPT = ("done", "total", "client_id", "client", "invoice_id", "net", "code", "message")


def run(
    session: Session, *, until: date, client_ids: Sequence[str] | None = None, key: str | None = None, actor: str, now: datetime
) -> list[Progress]:  # fmt: skip
    """As ``billing.draft_all``, to its end. A run that was broken off has no answer yet: repeated, it drafts the clients that are left.

    Error: ``Conflict`` for a key used with something else.
    """
    asked = {"do": "billing.draft_all", "until": until.isoformat(), "clients": client_ids}
    if key is not None and (known := idempotency.known(session, key, asked, actor=actor)):
        return [Progress(**{**row, "net": Decimal(row["net"])}) for row in known["drafts"]]
    made = list(billing.draft_all(session, until=until, client_ids=client_ids, actor=actor, now=now))
    if key is not None:
        with use_case(session, actor=actor, now=now) as work:
            if idempotency.claim(work, key, asked) is None:
                idempotency.settle(work, key, {"drafts": [columns(row, *_KEPT) for row in made]})
    return made
