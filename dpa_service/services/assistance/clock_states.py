"""Where each clock of a request stands at a moment: running, met and how, late, or stopped by closing the request. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dpa_service.adapters.db.assistance import AssistanceRequest
from dpa_service.domain.assistance.duties import HOUSE
from dpa_service.services.assistance.assistance_requests import MET_BY

Json = dict[str, Any]
# `over` is a period of the client that ended: whether the client kept it is not known here
RUNNING, LATE, MET, MET_LATE, STOPPED, STOPPED_LATE, OVER = (
    "running", "late", "met", "met_late", "stopped", "stopped_late", "over",
)  # fmt: skip
STATES = (RUNNING, LATE, MET, MET_LATE, STOPPED, STOPPED_LATE, OVER)


@dataclass(frozen=True, slots=True)
class ClockState:
    """A clock of a request (services/assistance/assistance_clocks.py) with what became of it.

    `at` is the moment that settled it (met, or the request closed), else the moment asked about; `item` the checklist item that stops it.
    """

    clock: Json
    state: str
    expires_at: datetime
    at: datetime
    item: str | None

    @property
    def open(self) -> bool:
        """Whether it still has to be met."""
        return self.state in (RUNNING, LATE) and self.clock["whose"] == HOUSE


def states(row: AssistanceRequest, now: datetime) -> list[ClockState]:
    """The clocks of a request, in the order of the duty. A clock met at the very instant of its end is late (docs: exclusive end)."""
    return [_state(row, clock, now) for clock in row.clocks]


def first_open(row: AssistanceRequest, now: datetime) -> ClockState | None:
    """The first clock of the house to end that was not met; None when none runs."""
    return min((each for each in states(row, now) if each.open), key=lambda each: each.expires_at, default=None)


def _state(row: AssistanceRequest, clock: Json, now: datetime) -> ClockState:
    ends = datetime.fromisoformat(clock["expires_at"])
    if clock["whose"] != HOUSE:
        at = row.closed_at or now
        return ClockState(clock, (STOPPED if row.closed_at else RUNNING) if at < ends else OVER, ends, at, None)
    item = MET_BY.get(clock["id"])
    tick = row.checklist.get(item) if item else None
    if tick is not None:
        sent = row.forwarded["sent_at"] if item == "forwarded" and row.forwarded else tick["at"]
        at = datetime.fromisoformat(sent)
        return ClockState(clock, MET if at < ends else MET_LATE, ends, at, item)
    if row.closed_at is not None:
        return ClockState(clock, STOPPED if row.closed_at < ends else STOPPED_LATE, ends, row.closed_at, item)
    return ClockState(clock, RUNNING if now < ends else LATE, ends, now, item)
