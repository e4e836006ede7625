"""The exposure of every signed agreement as rows over time, kept in the transaction of whatever changes it.

It changes on the day a payment of fees counts or stops to count, and with the agreement's own dates: each stretch between two such
days is one row. A portfolio on any day, past or to come, is then one sum in the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.liability import ExposurePart, ExposureRow
from dpa_service.adapters.db.models import Agreement, Client
from dpa_service.domain.contract.terms import STANDARD
from dpa_service.domain.liability.claim import Params
from dpa_service.domain.liability.exposure import Amount, Exposure, effect
from dpa_service.domain.liability.liability_terms import CLAUSES, LiabilityTerms, add_years, contract_year, with_values
from dpa_service.domain.lifecycle import ENDED, SIGNED, SUPERSEDED
from dpa_service.services.liability.claim_result import standard_terms
from dpa_service.services.liability.liability_facts import Bound, Paid, bound_by, fees_at, fees_received, signed_agreements
from dpa_service.services.use_case import UseCase, use_case

Json = dict[str, Any]
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Part:
    """What one deviation adds: its id, the liability params it sets, and the difference with those put back to the standard."""

    deviation: str
    parameters: tuple[str, ...]
    adds: Amount


@dataclass(frozen=True, slots=True)
class Stretch:
    """The exposure from `from_day` until `until_day` (excluded; None while open), the standard beside it, and what each deviation adds."""

    from_day: date
    until_day: date | None
    exposure: Exposure
    standard: Exposure
    parts: tuple[Part, ...]


def refresh(work: UseCase, client_id: str | None) -> None:
    """Write the rows of one client anew. The client is locked first, so that two at once see each other's fees."""
    if client_id is None:
        return
    session = work.session
    session.get(Client, client_id, with_for_update=True)
    session.flush()
    own = sa.select(ExposureRow.agreement_id).where(ExposureRow.client_id == client_id)
    for table, where in ((ExposurePart, ExposurePart.agreement_id.in_(own)), (ExposureRow, ExposureRow.client_id == client_id)):
        session.execute(sa.delete(table).where(where).execution_options(synchronize_session=False))
    paid = fees_received(session, client_id)
    for agreement in signed_agreements(session, client_id):
        _write(session, bound_by(session, agreement), paid)


def rebuild(session: Session, *, actor: str, now: datetime) -> int:
    """Write the rows of every client anew, a client a transaction; how many clients. For data that came in by another way."""
    with reading(session):
        query = sa.select(Agreement.client_id).where(Agreement.state.in_((SIGNED, SUPERSEDED, ENDED))).distinct()
        clients = [client for client in session.scalars(query) if client]
    for client_id in sorted(clients):
        with use_case(session, actor=actor, now=now) as work:
            refresh(work, client_id)
    return len(clients)


def stretches(bound: Bound, paid: Paid | None) -> Iterator[Stretch]:
    """The exposure of one agreement over its whole life, equal neighbours joined. Pure but for its arguments."""
    begins, ends = bound.effective_from, bound.effective_until
    days = sorted({begins, *(day for day in _turns(bound, paid) if begins < day and (ends is None or day < ends))})
    if ends is not None and ends <= begins:
        return
    standard = standard_terms(bound.library)
    open_one: Stretch | None = None
    for day in days:
        now = bound.exposure_with(fees_at(bound, paid, day))
        usual = bound.exposure_with(fees_at(bound, paid, day, standard.fee_basis), standard.params)
        found = Stretch(day, ends, now, usual, parts_on(bound, paid, day, standard))
        if open_one is not None:
            if (open_one.exposure, open_one.standard, open_one.parts) == (found.exposure, found.standard, found.parts):
                continue
            yield replace(open_one, until_day=day)
        open_one = found
    if open_one is not None:
        yield open_one


def parts_on(bound: Bound, paid: Paid | None, day: date, standard: LiabilityTerms | None = None) -> tuple[Part, ...]:
    """What each deviation of an agreement adds on a day: the exposure, less what it would be with its terms put back."""
    standard = standard or standard_terms(bound.library)
    now, found = bound.exposure_with(fees_at(bound, paid, day)), []
    for deviation, names in _liable(bound).items():
        values: Json = {name: getattr(standard.params, name) for name in names if hasattr(standard.params, name)}
        if "fee_basis" in names:
            values["fee_basis"] = standard.fee_basis
        without = with_values(bound.terms, values, STANDARD)
        before = bound.exposure_with(fees_at(bound, paid, day, without.fee_basis), without.params)
        found.append(Part(deviation, names, effect(before, now)))
    return tuple(found)


def _liable(bound: Bound) -> dict[str, tuple[str, ...]]:
    """Deviation → the liability terms it sets, and every one that rewrote or removed a clause of liability."""
    known = Params.__dataclass_fields__.keys() | {"fee_basis", "direct_damage"}
    found: dict[str, list[str]] = {}
    for name, source in bound.terms.sources.items():
        if name in known:
            found.setdefault(source, []).append(name)
    for entry in bound.deviations:
        if entry.get("clause") in CLAUSES and entry["class"] in ("modified", "removed", "added", "untracked"):
            found.setdefault(entry["id"], [])
    return {deviation: tuple(sorted(names)) for deviation, names in found.items()}


def _turns(bound: Bound, paid: Paid | None) -> Iterable[date]:
    """The days on which the fees that count may change."""
    basis, start = bound.terms.fee_basis, bound.contract_start
    for day, _ in paid or ():
        yield day  # the house standard beside it counts every payment from its own day
        if basis == "contract_year":
            year = contract_year(start, day)
            yield from (add_years(start, year - 1), add_years(start, year))
        elif basis == "last_12_months":
            yield from (add_years(day, 1), add_years(day, 1) + _DAY)


def _write(session: Session, bound: Bound, paid: Paid | None) -> None:
    for stretch in stretches(bound, paid):
        session.add(ExposureRow(**row_values(bound, stretch)))
        session.flush()
        session.add_all(ExposurePart(**values) for values in part_values(bound, stretch))
    session.flush()


def row_values(bound: Bound, stretch: Stretch) -> Json:
    """A stretch as a row of the table."""
    found = stretch.exposure
    return {
        "agreement_id": bound.agreement_id,
        "from_day": stretch.from_day,
        "until_day": stretch.until_day,
        "client_id": bound.client_id,
        "main": finite(found.main),
        "other": finite(found.other),
        "total": finite(found.total),
        "standard": finite(stretch.standard.total),
        "no_limit": bool(found.unlimited),
        "unlimited": list(found.unlimited),
        "counted": found.counted,
        "upper_bound": found.upper_bound,
        "own_wording": bool(bound.terms.rewritten),
    }


def part_values(bound: Bound, stretch: Stretch) -> Iterator[Json]:
    """The parts of a stretch as rows."""
    for part in stretch.parts:
        yield {
            "agreement_id": bound.agreement_id,
            "from_day": stretch.from_day,
            "deviation": part.deviation,
            "until_day": stretch.until_day,
            "parameters": ",".join(part.parameters),
            "adds": finite(part.adds),
        }


def finite(amount: Amount) -> Decimal | None:
    """An amount, or None for one without limit: how the tables keep it."""
    return amount if isinstance(amount, Decimal) else None
