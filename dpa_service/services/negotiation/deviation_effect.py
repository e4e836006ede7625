"""What one deviation does to one agreement: its text, the exposure in euro by pool, the tariff, the coverage of Art. 28.

The agreement is assembled without it and with it; both are read by the same liability and tariff that run after signing.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.models import Agreement, Deviation
from dpa_service.domain.assistance.assistance import Tariff, tariff
from dpa_service.domain.comparison.redline import ClauseChange, redline
from dpa_service.domain.contract.asked import VALUE, printed_names
from dpa_service.domain.contract.assembly import assemble
from dpa_service.domain.contract.clause_text import ClauseText, TextTrouble, parse_clause_text
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.coverage import uncovered
from dpa_service.domain.contract.deviations import decided_by
from dpa_service.domain.contract.own_wording import loose_figures
from dpa_service.domain.contract.request import request_from_dict
from dpa_service.domain.errors import DomainError
from dpa_service.domain.liability.exposure import Amount, Exposure, added_cases, effect
from dpa_service.domain.liability.liability_terms import CLAUSES
from dpa_service.services.agreements import agreements
from dpa_service.services.errors import NotFound
from dpa_service.services.liability.liability_facts import bound_by_snapshot, fees_at, fees_received
from dpa_service.services.library import library as releases
from dpa_service.services.negotiation.deviations import key_of
from dpa_service.services.negotiation.negotiation import drop

Json = dict[str, Any]
CENT = Decimal("0.01")
FREE_HOURS, RATE, AUDIT_RATE, CAUSED, AUDIT_COST, DUTY = "free_hours", "rate", "audit_rate", "caused", "audit_cost", "duty"


@dataclass(frozen=True, slots=True)
class Money:
    """The exposure of this client's agreement without the deviation and with it, and what the change is, in EUR or "unlimited".

    `new_cases`: cases without limit that it brings. `own_wording`: a clause of liability is reworded, so that no program can read what
    it now says. `insured_sum`: what the house is insured for, in EUR. `fees_known`: fees of this client were entered.
    """

    before: Exposure
    after: Exposure
    change: Amount
    new_cases: tuple[str, ...]
    own_wording: bool
    insured_sum: Decimal | None
    fees_known: bool

    @property
    def beyond_insurance(self) -> bool:
        """Whether the change takes the exposure above what the house is insured for."""
        if self.insured_sum is None or isinstance(self.after.total, str):
            return isinstance(self.after.total, str) and self.after.total != self.before.total
        return self.after.total > self.insured_sum and self.after.total != self.before.total


@dataclass(frozen=True, slots=True)
class TariffLine:
    """A part of the tariff that changes: its words before and after, and for hours and rates what it is worth a year at most, in EUR."""

    kind: str
    name: str
    before: Any
    after: Any
    a_year: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What one deviation does. `clause` is the clause it stands in with every word marked, `others` the other clauses that change with it.

    `newly_open` and `closed`: duties of Art. 28 that it leaves uncovered, and that it covers. `loose`: figures in own wording that
    nothing calculates with. `decides`: terms by which the standard wording chooses its paragraphs, with their value; own wording does
    not follow them. `trouble`: why the agreement cannot be assembled without it, or with it; then only what is known is given.
    """

    clause: ClauseChange | None = None
    others: tuple[ClauseChange, ...] = ()
    money: Money | None = None
    tariff: tuple[TariffLine, ...] = ()
    newly_open: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()
    decides: tuple[tuple[str, str], ...] = ()
    trouble: str | None = None


def effect_of(session: Session, deviation_id: str, *, today: date) -> Effect:
    """The effect of a deviation that is part of its agreement. Error: ``NotFound``."""
    with reading(session):
        row = session.get(Deviation, deviation_id)
        if row is None:
            raise NotFound("deviation")
        agreement = agreements.found(session, row.agreement_id)
        library = releases.pinned(session, agreement.library_hash)
        return effect_in(session, library, agreement, row.key, today)


def effect_in(session: Session, library: Library, agreement: Agreement, key: str, today: date) -> Effect:
    """The same inside a transaction, for what is asked under `key` in the agreement's request."""
    request = agreement.request
    entry, without = asked_entry(request, key), copy.deepcopy(dict(request))
    drop(without, key)
    try:
        after = _assembled(library, request, agreement)
        before = _assembled(library, without, agreement)
    except DomainError as trouble:
        return Effect(trouble=trouble.message)
    described = next((each for each in after["deviations"] if each["key"] == key), None)
    home = described["clause"] if described else None
    changes = [each for each in redline(before, after).clauses if each.status != "same" and each.id != "annex-deviations"]
    open_before, open_after = uncovered(before["coverage"]), uncovered(after["coverage"])
    money = None
    if agreement.family == "agreement" and agreement.client_id is not None:
        money = _money(session, library, agreement, before, after, home, described, today)
    own = own_text(entry) if entry else None
    return Effect(
        clause=next((each for each in changes if each.id == home), None),
        others=tuple(each for each in changes if each.id != home and each.kind in ("article", "annex", "recitals", "closing")),
        money=money,
        tariff=_tariff(before, after),
        newly_open=tuple(duty for duty in open_after if duty not in open_before),
        closed=tuple(duty for duty in open_before if duty not in open_after),
        loose=tuple(loose_figures(own, _standard_text(library, home, after["language"]))) if own else (),
        decides=_decides(library, home, after) if own else (),
    )


def asked_entry(request: Mapping[str, Any], key: str) -> Json | None:
    """The entry of a request that stands under a key, a value as ``{"class": "value", …}``."""
    kind, _, name = key.partition(":")
    if kind == VALUE:
        values = request.get("parameters") or {}
        return {"class": VALUE, "parameter": name, "value": values[name]} if name in values else None
    return next((dict(each) for each in request.get("deviations") or () if key_of(each) == key), None)


def own_text(entry: Mapping[str, Any]) -> ClauseText | None:
    """The own wording of an entry, parsed; None where it has none."""
    try:
        return parse_clause_text(entry["text"], "article") if isinstance(entry.get("text"), str) else None
    except TextTrouble:
        return None


def _assembled(library: Library, request: Mapping[str, Any], agreement: Agreement) -> Json:
    return assemble(library, request_from_dict(dict(request), library), document=agreement.family, agreement_id=agreement.id)


def _standard_text(library: Library, clause: str | None, language: str) -> ClauseText | None:
    found = library.clauses.get(clause or "")
    return found.texts[language] if found else None


def _decides(library: Library, clause: str | None, after: Json) -> tuple[tuple[str, str], ...]:
    found = library.clauses.get(clause or "")
    if found is None:
        return ()
    printed = {name for node in found.texts[after["language"]].walk() for name in printed_names(node)}
    terms = after["terms"]
    names = [name for name in decided_by(found, after["language"]) if name in terms and name not in printed]
    return tuple((terms[name]["label"], terms[name]["text"]) for name in names)


def _money(
    session: Session, library: Library, agreement: Agreement, before: Json, after: Json, home: str | None,
    described: Json | None, today: date,
) -> Money:  # fmt: skip
    paid = fees_received(session, str(agreement.client_id))
    found = []
    for snapshot in (before, after):
        bound = bound_by_snapshot(agreement, snapshot, library)
        found.append((bound, bound.exposure_with(fees_at(bound, paid, max(today, agreement.effective_from)))))
    (_, first), (bound, second) = found
    reworded = described is not None and described["class"] not in ("value", "fallback", "removed") and home in CLAUSES
    return Money(
        before=first,
        after=second,
        change=effect(first, second),
        new_cases=added_cases(first, second),
        own_wording=reworded,
        insured_sum=bound.terms.insured_sum,
        fees_known=paid is not None,
    )


def _tariff(before: Json, after: Json) -> tuple[TariffLine, ...]:
    try:
        old, new = (tariff({name: term["value"] for name, term in each["terms"].items()}, "") for each in (before, after))
    except DomainError:  # general terms have no tariff of their own
        return ()
    return tuple(_tariff_lines(old, new, after))


def _tariff_lines(old: Tariff, new: Tariff, after: Json) -> list[TariffLine]:
    lines = []
    if old.free_minutes != new.free_minutes:
        hours = Decimal(new.free_minutes - old.free_minutes) / 60
        lines.append(
            TariffLine(FREE_HOURS, "", old.free_minutes // 60, new.free_minutes // 60, (hours * new.rate).quantize(CENT))
        )
    if old.rate != new.rate:
        lines.append(TariffLine(RATE, "", old.rate, new.rate))
    if old.audit_rate_cap != new.audit_rate_cap:
        lines.append(TariffLine(AUDIT_RATE, "", old.audit_rate_cap, new.audit_rate_cap))
    if old.free_if_caused != new.free_if_caused:
        lines.append(TariffLine(CAUSED, "", old.free_if_caused, new.free_if_caused))
    if old.audit_cost != new.audit_cost:
        lines.append(TariffLine(AUDIT_COST, "", "", after["terms"]["audit_cost"]["text"]))
    lines += [TariffLine(DUTY, name, False, True) for name in sorted(new.free_duties - old.free_duties)]
    return lines
