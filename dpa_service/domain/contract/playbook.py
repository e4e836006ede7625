"""Who must approve a departure: the ladders and approvers of the clause library, read as rules (playbook)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from dpa_service.domain.contract.clauses import Ladder, Library, Rung
from dpa_service.domain.contract.terms import Parameter, Value

OWN_AUTHORITY = ("AM",)  # the account manager: what sales may settle by itself
LEGAL = "LEG"
APPROVAL_DAYS, REMINDER_DAYS = 90, 3
DAYS = {"approval_days": (1, 730), "reminder_days": (1, 60)}  # the settings of the playbook: the least and the most


def touching(library: Library, parameter: str) -> Iterator[tuple[Ladder, Rung]]:
    """The rungs that set or ask a parameter, in the order of concession."""
    for clause in library.clauses.values():
        for ladder in clause.ladders:
            for rung in ladder.rungs:
                if parameter in rung.sets or parameter in rung.asks:
                    yield ladder, rung


def direction(library: Library, parameter: Parameter) -> str | None:
    """In which direction a departure favours the client: ``higher``, ``lower``, or None where every departure does."""
    if parameter.concession is not None:
        return parameter.concession
    standard = number(parameter.standard)
    for _, rung in touching(library, parameter.id):
        value = number(rung.sets.get(parameter.id))
        if standard is not None and value is not None and value != standard:
            return "higher" if value > standard else "lower"
    return None


def is_concession(library: Library, parameter: Parameter, value: Value) -> bool:
    """Whether a value favours the client compared with the standard. No amount at all counts as one."""
    ask, standard, towards = number(value), number(parameter.standard), direction(library, parameter)
    if ask is None or standard is None or towards is None:
        return value != parameter.standard
    return ask > standard if towards == "higher" else ask < standard


def reached(library: Library, parameter: Parameter, value: Value) -> list[tuple[Ladder, Rung]]:
    """The rungs that concede at least this value, the least first."""
    ask, towards = number(value), direction(library, parameter)
    found = []
    for ladder, rung in touching(library, parameter.id):
        limit = number(rung.sets.get(parameter.id))
        if parameter.id in rung.asks:
            found.append((ladder, rung))
        elif ask is not None and limit is not None and towards is not None:
            if limit >= ask if towards == "higher" else limit <= ask:
                found.append((ladder, rung))
        elif rung.sets.get(parameter.id) == value:
            found.append((ladder, rung))
    return found


def seats_for_value(library: Library, name: str, value: Value) -> tuple[str, ...]:
    """The approvers of a value: those of the lowest rung that concedes as much; beyond the last rung, its approvers and legal.

    A value in the house's favour is within sales' own authority. Without a ladder the parameter names its approvers.
    """
    parameter = library.parameters[name]
    if not is_concession(library, parameter, value):
        return OWN_AUTHORITY
    if rungs := reached(library, parameter, value):
        return rungs[0][1].approvers
    if climbed := [rung for _, rung in touching(library, name)]:
        return tuple(dict.fromkeys((*climbed[-1].approvers, LEGAL)))
    return parameter.approvers or (LEGAL,)


def seats_for_clause(library: Library, name: str | None) -> tuple[str, ...]:
    """The approvers of own wording: legal, and everybody the clause's ladders name. A new clause is legal's."""
    ladders: Iterable[Ladder] = library.clauses[name].ladders if name is not None else ()
    return tuple(dict.fromkeys((LEGAL, *(seat for ladder in ladders for rung in ladder.rungs for seat in rung.approvers))))


def role_of(library: Library, seat: str) -> str:
    """The role of the product that holds a seat of the playbook (clauses/playbook.yaml)."""
    return str(library.approvers[seat]["role"])


def settings(library: Library) -> tuple[int, int]:
    """(days an approval stays good, days after which a waiting approver is reminded)."""
    data: Mapping[str, Any] = library.raw["files"].get("playbook.yaml") or {}
    return int(data.get("approval_days", APPROVAL_DAYS)), int(data.get("reminder_days", REMINDER_DAYS))


def number(value: Value) -> Decimal | None:
    """A figure that can be compared, or None for a choice, a text or nothing."""
    if isinstance(value, bool) or value is None:
        return None
    return Decimal(value) if isinstance(value, int | Decimal) else None


def weight(entry: Mapping[str, Any]) -> int:
    """How much a deviation weighs in the queue, 0 to 5. In: a snapshot's entry. Own authority 0, a value or first rung 1, a second 2,
    own wording 3; one more where it touches a cap or a gate of liability, and 5 where the house's chief executive decides."""
    seats = set(entry["approvers"])
    if seats <= set(OWN_AUTHORITY):
        return 0
    if "CEO" in seats:
        return 5
    base = 3 if entry["class"] not in ("value", "fallback") else 2 if str(entry.get("rung") or "F1") != "F1" else 1
    touched = {change["parameter"] for change in entry["changes"]}
    return min(5, base + bool(touched & LIABILITY))


LIABILITY = frozenset(
    {
        "cap_fixed", "fee_limb", "fee_multiplier", "fee_basis", "combine", "cap_other", "other_pool", "aggregation", "main_cap_mode",
        "fault_gate", "cap_gross_factor", "uncapped_from", "bodily_uncapped", "direct_only", "fines_recoverable", "indemnity",
    }
)  # fmt: skip
