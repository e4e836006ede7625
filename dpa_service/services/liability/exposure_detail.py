"""The exposure of one client, deviation by deviation, and what the deviations of a draft would add."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.liability import ExposureRow
from dpa_service.adapters.db.models import Client
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.liability.claim import MAIN, OTHER
from dpa_service.domain.liability.exposure import OUTSIDE, Amount, Exposure, added_cases, effect
from dpa_service.domain.liability.liability_terms import contract_year
from dpa_service.services.agreements import agreements
from dpa_service.services.errors import NotFound
from dpa_service.services.liability.claim_result import standard_terms
from dpa_service.services.liability.exposure import insured_sum
from dpa_service.services.liability.exposure_rows import Part, parts_on
from dpa_service.services.liability.liability_facts import (
    Bound,
    Paid,
    bound_by,
    bound_by_snapshot,
    earlier_payments,
    fees_at,
    fees_received,
    in_force_on,
)
from dpa_service.services.library import library as releases

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Adds:
    """A deviation and what it adds: its id, its label as printed, the liability terms it sets, and EUR or "unlimited"."""

    deviation: str
    label: str
    parameters: tuple[str, ...]
    adds: Amount


@dataclass(frozen=True, slots=True)
class ClientExposure:
    """One client on a day. `bound` and `now` are None where no agreement holds; `paid` and `left` by pool, in EUR (left None: no
    limit); `rows` the whole history; `outside` what no clause limits."""

    client: Client
    day: date
    bound: Bound | None
    now: Exposure | None
    standard: Exposure | None
    fees: Decimal | None
    deviations: tuple[Adds, ...]
    paid: dict[str, Decimal]
    left: dict[str, Decimal | None]
    insured_sum: Decimal
    rows: Sequence[ExposureRow]
    outside: tuple[str, ...] = OUTSIDE

    @property
    def exceeded(self) -> bool:
        """The alert: this client alone exceeds the insured sum, or has a case without limit."""
        return self.now is not None and (bool(self.now.unlimited) or _above(self.now.total, self.insured_sum))


@dataclass(frozen=True, slots=True)
class Pending:
    """What the deviations of a draft would do: the house standard, the draft as it is, what holds for this client now, each
    deviation's own part, the new cases without limit, and whether the insured sum is exceeded."""

    standard: Exposure
    draft: Exposure
    current: Exposure | None
    deviations: tuple[Adds, ...]
    adds: Amount
    new_cases: tuple[str, ...]
    insured_sum: Decimal
    exceeded: bool

    def of(self, deviation: str) -> Adds | None:
        """The part of one deviation ("A1"), or None where it does not touch liability."""
        return next((each for each in self.deviations if each.deviation == deviation), None)


def of_client(session: Session, base: Library, client_id: str, day: date) -> ClientExposure:
    """One client's exposure on a day. Error: ``NotFound``."""
    with reading(session):
        client = session.get(Client, client_id)
        if client is None:
            raise NotFound("client")
        paid_fees = fees_received(session, client_id)
        agreement = in_force_on(session, client_id, day)
        bound = bound_by(session, agreement) if agreement else None
        insured = insured_sum(session, base, day)
        rows = session.scalars(
            sa.select(ExposureRow).where(ExposureRow.client_id == client_id).order_by(ExposureRow.from_day)
        ).all()  # fmt: skip
        if bound is None:
            return ClientExposure(client, day, None, None, None, None, (), {}, {}, insured, rows)
        fees, standard = fees_at(bound, paid_fees, day), standard_terms(bound.library)
        now = bound.exposure_with(fees)
        usual = bound.exposure_with(fees_at(bound, paid_fees, day, standard.fee_basis), standard.params)
        parts = _labelled(bound, parts_on(bound, paid_fees, day, standard))
        paid = _paid(session, bound, day)
        left = {MAIN: _left(now.main, paid[MAIN]), OTHER: _left(now.other, paid[OTHER])}
        whole, own = _left(now.main, paid[MAIN] + paid[OTHER]), left[OTHER]
        if bound.terms.params.other_pool == "sub_limit" and whole is not None:
            left[OTHER] = whole if own is None else min(whole, own)
        return ClientExposure(client, day, bound, now, usual, fees, parts, paid, left, insured, rows)


def pending(session: Session, base: Library, agreement_id: str, *, today: date) -> Pending:
    """What the deviations of a draft (or of an issued agreement not yet signed) add, with the fees known today.

    Error: ``NotFound``; ``DomainError`` when the draft cannot be assembled.
    """
    snapshot = agreements.preview(session, agreement_id)
    with reading(session):
        agreement = agreements.found(session, agreement_id)
        bound = bound_by_snapshot(agreement, snapshot, releases.pinned(session, agreement.library_hash))
        client = agreement.client_id
        paid = fees_received(session, client) if client else None
        holding = in_force_on(session, client, today) if client else None
        other = bound_by(session, holding) if holding and holding.id != agreement_id else None
        current = other.exposure_with(fees_at(other, paid, today)) if other else None
        return pending_of(bound, paid, today, insured_sum(session, base, today), current)


def pending_of(bound: Bound, paid: Paid | None, day: date, insured: Decimal, current: Exposure | None = None) -> Pending:
    """The same from terms that are at hand: no database."""
    standard = standard_terms(bound.library)
    usual = bound.exposure_with(fees_at(bound, paid, day, standard.fee_basis), standard.params)
    draft = bound.exposure_with(fees_at(bound, paid, day))
    return Pending(
        standard=usual,
        draft=draft,
        current=current,
        deviations=_labelled(bound, parts_on(bound, paid, day, standard)),
        adds=effect(usual, draft),
        new_cases=added_cases(usual, draft),
        insured_sum=insured,
        exceeded=bool(draft.unlimited) or _above(draft.total, insured),
    )


def _labelled(bound: Bound, parts: Sequence[Part]) -> tuple[Adds, ...]:
    labels = {entry["id"]: str(entry.get("label") or entry["id"]) for entry in bound.deviations}
    return tuple(Adds(part.deviation, labels.get(part.deviation, part.deviation), part.parameters, part.adds) for part in parts)


def _paid(session: Session, bound: Bound, day: date) -> dict[str, Decimal]:
    """What the caps of this day count as paid: all of it, this contract year's, or nothing."""
    counted, year = bound.terms.params.aggregation, contract_year(bound.contract_start, day)
    found = {MAIN: Decimal("0.00"), OTHER: Decimal("0.00")}
    for prior in earlier_payments(session, bound.agreement_id) if counted != "per_claim" else ():
        if counted == "agreement" or prior.contract_year == year:
            found[prior.pool] += prior.amount
    return found


def _left(cap: Amount, paid: Decimal) -> Decimal | None:
    return max(Decimal("0.00"), cap - paid) if isinstance(cap, Decimal) else None


def _above(amount: Amount, insured: Decimal) -> bool:
    return isinstance(amount, str) or amount > insured
