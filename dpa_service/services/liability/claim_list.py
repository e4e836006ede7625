"""The register of claims as lists show it: with the client, the agreement, what was claimed, what is payable and what was paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.liability import ClaimAssessment, ClaimPayment, LiabilityClaim
from dpa_service.adapters.db.models import Agreement, Client
from dpa_service.domain.liability.claim import ZERO
from dpa_service.services.liability.claims import ASSESSED, REPORTED
from dpa_service.services.paging import Page, page_of, search_form

SHOWN = 8


@dataclass(frozen=True, slots=True)
class Listed:
    """A claim in a list. Amounts in EUR: `payable` and `recoverable` as the newest assessment says, None before the first one;
    `paid` less counter-entries."""

    claim: LiabilityClaim
    client: str
    reference: str | None
    claimed: Decimal
    payable: Decimal | None
    recoverable: Decimal | None
    paid: Decimal


def register(
    session: Session, *, state: str | None = None, client_id: str | None = None, agreement_id: str | None = None,
    text: str | None = None, cursor: str | None = None, limit: int = 50,
) -> Page[Listed]:  # fmt: skip
    """Claims, newest first; `text` is words of the client's name or number, or a part of a reference. Error: ``RequestInvalid``."""
    query = sa.select(LiabilityClaim)
    for column, value in ((LiabilityClaim.state, state), (LiabilityClaim.client_id, client_id),
                          (LiabilityClaim.agreement_id, agreement_id)):  # fmt: skip
        if value is not None:
            query = query.where(column == value)
    for word in search_form(text).split():
        client = sa.select(Client.id).where(Client.search.contains(word, autoescape=True))
        agreement = sa.select(Agreement.id).where(Agreement.reference.icontains(word, autoescape=True))
        query = query.where(
            sa.or_(LiabilityClaim.reference.icontains(word, autoescape=True), LiabilityClaim.client_id.in_(client),
                   LiabilityClaim.agreement_id.in_(agreement))
        )  # fmt: skip
    with reading(session):
        page = page_of(session, query, LiabilityClaim, cursor, limit)  # type: ignore[arg-type]
        return Page(_listed(session, page.items), page.next)


def waiting(session: Session) -> tuple[Sequence[Listed], int]:
    """The claims that wait for somebody, the longest first, and how many there are."""
    where = LiabilityClaim.state.in_((REPORTED, ASSESSED))
    with reading(session):
        rows = session.scalars(sa.select(LiabilityClaim).where(where).order_by(LiabilityClaim.created_at).limit(SHOWN)).all()
        count = (
            session.scalar(sa.select(sa.func.count()).select_from(LiabilityClaim).where(where)) if len(rows) == SHOWN else None
        )
        return _listed(session, rows), len(rows) if count is None else count


def _listed(session: Session, claims: Sequence[LiabilityClaim]) -> list[Listed]:
    ids = [claim.id for claim in claims]
    clients = _pairs(session, sa.select(Client.id, Client.name).where(Client.id.in_({claim.client_id for claim in claims})))
    wanted = sa.select(Agreement.id, Agreement.reference).where(Agreement.id.in_({claim.agreement_id for claim in claims}))
    agreements = _pairs(session, wanted)
    paid = sa.select(ClaimPayment.claim_id, sa.func.sum(ClaimPayment.amount)).where(ClaimPayment.claim_id.in_(ids))
    sums = _pairs(session, paid.group_by(ClaimPayment.claim_id))
    newest = sa.select(ClaimAssessment.claim_id, ClaimAssessment.result).where(ClaimAssessment.claim_id.in_(ids))
    told = _pairs(session, newest.order_by(ClaimAssessment.number))  # the last one of a claim stays
    return [
        Listed(
            claim=claim,
            client=clients[claim.client_id],
            reference=agreements[claim.agreement_id],
            claimed=sum((Decimal(item["amount"]) for item in claim.data["items"]), ZERO),
            payable=_figure(told.get(claim.id), "payable"),
            recoverable=_figure(told.get(claim.id), "recoverable"),
            paid=sums.get(claim.id, ZERO),
        )
        for claim in claims
    ]


def _pairs(session: Session, query: sa.Select[Any, Any]) -> dict[str, Any]:
    return {row[0]: row[1] for row in session.execute(query)}


def _figure(answer: dict[str, Any] | None, name: str) -> Decimal | None:
    return Decimal(answer["result"][name]) if answer else None
