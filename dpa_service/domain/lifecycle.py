"""The life of an agreement: draft → issued → signed → superseded or ended; and which one is in force on a day.

A step that is not in the table is refused here, whatever a page shows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar

from dpa_service.domain.errors import DomainError
from dpa_service.domain.roles import ADMIN, LEGAL, SALES

DRAFT, DISCARDED, ISSUED, WITHDRAWN, SIGNED, SUPERSEDED, ENDED = (
    "draft", "discarded", "issued", "withdrawn", "signed", "superseded", "ended",
)  # fmt: skip
STATES = (DRAFT, DISCARDED, ISSUED, WITHDRAWN, SIGNED, SUPERSEDED, ENDED)


@dataclass(frozen=True, slots=True)
class Step:
    """A step: what it is called, the states it may start from, and where it leads."""

    name: str
    before: tuple[str, ...]
    after: str


STEPS = {
    step.name: step
    for step in (
        Step("issue", (DRAFT,), ISSUED),
        Step("discard", (DRAFT,), DISCARDED),
        Step("restore", (DISCARDED,), DRAFT),
        Step("withdraw", (ISSUED,), WITHDRAWN),
        Step("sign", (ISSUED,), SIGNED),
        Step("supersede", (SIGNED,), SUPERSEDED),
        Step("end", (SIGNED,), ENDED),
    )
}
# Who may take a step. `supersede` follows from signing a later agreement; `decide` judges a signed copy that the machine cannot vouch for.
MAY = {
    "issue": frozenset({SALES, LEGAL}),
    "discard": frozenset({SALES, LEGAL}),
    "restore": frozenset({SALES, LEGAL}),
    "withdraw": frozenset({SALES, LEGAL}),
    "sign": frozenset({SALES, LEGAL, ADMIN}),
    "decide": frozenset({LEGAL, ADMIN}),
    "supersede": frozenset[str](),
    "end": frozenset({LEGAL, ADMIN}),
}


class IllegalStep(DomainError):
    """A step that the agreement's state does not allow."""

    def __init__(self, step: str, state: str) -> None:
        allowed = ", ".join(steps_from(state)) or "none: this state is final"
        super().__init__("ILLEGAL_STEP", f"'{step}' is not possible for an agreement that is {state}. Possible: {allowed}.")


def take(step: str, state: str) -> str:
    """The state after `step`. Raises IllegalStep; KeyError for a step that does not exist."""
    known = STEPS[step]
    if state not in known.before:
        raise IllegalStep(step, state)
    return known.after


def steps_from(state: str) -> tuple[str, ...]:
    """The steps an agreement in `state` can take."""
    return tuple(step.name for step in STEPS.values() if state in step.before)


def steps_for(state: str, roles: Iterable[str]) -> tuple[str, ...]:
    """The steps that somebody with `roles` can take with an agreement in `state`."""
    held = frozenset(roles)
    return tuple(step for step in steps_from(state) if MAY[step] & held)


class Dated(Protocol):
    """What `in_force` needs of an agreement. `effective_until` is the first day it no longer holds, None while open."""

    state: str
    effective_from: date
    effective_until: date | None


T = TypeVar("T", bound=Dated)


def in_force(agreements: Iterable[T], day: date) -> T | None:
    """The agreement whose terms hold on `day`: signed (or signed and since replaced or ended), and `day` within its dates.

    Where two overlap, the one that began later holds.
    """
    holding = [
        agreement
        for agreement in agreements
        if agreement.state in (SIGNED, SUPERSEDED, ENDED)
        and agreement.effective_from <= day
        and (agreement.effective_until is None or day < agreement.effective_until)
    ]
    return max(holding, key=lambda agreement: agreement.effective_from, default=None)
