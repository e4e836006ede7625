"""What the records know about one agreement's liability: its terms as signed, the fees received, what was paid already."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.liability import ClaimPayment, FeePayment
from dpa_service.adapters.db.models import Agreement, AgreementIssue
from dpa_service.domain import lifecycle
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.liability.claim import MAIN, OTHER, UNLIMITED, Params, Prior
from dpa_service.domain.liability.exposure import Exposure, exposure
from dpa_service.domain.liability.liability_terms import LiabilityTerms, fees_for, from_snapshot
from dpa_service.domain.lifecycle import ENDED, SIGNED, SUPERSEDED
from dpa_service.services.errors import NotFound
from dpa_service.services.library import library as releases

Json = dict[str, Any]
Paid = list[tuple[date, Decimal]]


@dataclass(frozen=True, slots=True)
class Bound:
    """One agreement as far as liability goes. `main_cap`: the main agreement's own cap (None, EUR or "unlimited");
    `contract_start`: its date, from which contract years are counted; `deviations`: those of the snapshot, as they are there."""

    agreement_id: str
    client_id: str
    reference: str | None
    effective_from: date
    effective_until: date | None
    terms: LiabilityTerms
    main_cap: Decimal | str | None
    contract_start: date
    deviations: tuple[Json, ...]
    library: Library

    def exposure_with(self, fees: Decimal | None, params: Params | None = None) -> Exposure:
        """The exposure with these fees, under the agreement's own terms or under `params`."""
        return exposure(params or self.terms.params, fees=fees, main_cap=self.main_cap)


def bound_by(session: Session, agreement: Agreement) -> Bound:
    """The liability terms of an issued agreement, from what was frozen at issue. Inside a transaction. Error: ``NotFound``."""
    text = session.scalar(sa.select(AgreementIssue.snapshot).where(AgreementIssue.agreement_id == agreement.id))
    if text is None:
        raise NotFound("issued agreement")
    return bound_by_snapshot(agreement, json.loads(text), releases.pinned(session, agreement.library_hash))


def bound_by_snapshot(agreement: Agreement, snapshot: Json, library: Library) -> Bound:
    """The same from an assembled agreement, also that of a draft."""
    main = agreement.request["main_agreement"]
    cap = main.get("cap")
    insured = library.processor.get("insured_sum")  # the figure that the text of this release prints
    return Bound(
        agreement_id=agreement.id,
        client_id=str(agreement.client_id),
        reference=agreement.reference,
        effective_from=agreement.effective_from,
        effective_until=agreement.effective_until,
        terms=from_snapshot(snapshot, insured_sum=None if insured is None else Decimal(str(insured))),
        main_cap=cap if cap in (None, UNLIMITED) else Decimal(str(cap)),
        contract_start=date.fromisoformat(main["date"]),
        deviations=tuple(snapshot.get("deviations") or ()),
        library=library,
    )


def signed_agreements(session: Session, client_id: str) -> list[Agreement]:
    """The client's agreements that hold or held, the earliest first. Inside a transaction."""
    query = sa.select(Agreement).where(
        Agreement.client_id == client_id, Agreement.family == "agreement", Agreement.state.in_((SIGNED, SUPERSEDED, ENDED))
    )
    return list(session.scalars(query.order_by(Agreement.effective_from, Agreement.id)))


def in_force_on(session: Session, client_id: str, day: date) -> Agreement | None:
    """The agreement whose terms hold on a day. Inside a transaction."""
    return lifecycle.in_force(signed_agreements(session, client_id), day)


def fees_received(session: Session, client_id: str) -> Paid | None:
    """Every sum of fees with its day, or None where none was ever entered for this client: the fees are then not known."""
    query = sa.select(FeePayment.received_on, FeePayment.amount).where(FeePayment.client_id == client_id)
    rows = [(day, amount) for day, amount in session.execute(query)]
    return rows or None


def fees_at(bound: Bound, paid: Paid | None, day: date, basis: str | None = None) -> Decimal | None:
    """The fees that count for an event on `day`, on the agreement's own basis unless given; None where they are not known."""
    return None if paid is None else fees_for(basis or bound.terms.fee_basis, paid, day, bound.contract_start)


def earlier_payments(session: Session, agreement_id: str, *, but_of: str | None = None) -> tuple[Prior, ...]:
    """What was paid out of the pools of an agreement, counter-entries deducted, by pool and contract year; `but_of` leaves a claim out."""
    query = (
        sa.select(ClaimPayment.pool, ClaimPayment.contract_year, sa.func.sum(ClaimPayment.amount))
        .where(ClaimPayment.agreement_id == agreement_id, ClaimPayment.pool.in_((MAIN, OTHER)))
        .group_by(ClaimPayment.pool, ClaimPayment.contract_year)
        .order_by(ClaimPayment.pool, ClaimPayment.contract_year)
    )
    if but_of is not None:
        query = query.where(ClaimPayment.claim_id != but_of)
    return tuple(Prior(pool, amount, year) for pool, year, amount in session.execute(query) if amount)


def paid_on_claim(session: Session, claim_id: str) -> dict[str, Decimal]:
    """Pool → what was paid on one claim, counter-entries deducted."""
    query = sa.select(ClaimPayment.pool, sa.func.sum(ClaimPayment.amount)).where(ClaimPayment.claim_id == claim_id)
    return {row[0]: row[1] for row in session.execute(query.group_by(ClaimPayment.pool))}
