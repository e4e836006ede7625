"""The periods of a duty, counted from the moment that starts them under the terms in force: when each ends, whose it is, whether it binds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dpa_service.domain.assistance.duties import HOUSE, binding, clock_length, duty
from dpa_service.domain.deadlines import deadline
from dpa_service.services.liability.assess_case import belgian_holidays

Json = dict[str, Any]


def counted(name: str, terms: Mapping[str, Any], started: datetime) -> list[Json]:
    """One entry a clock of the duty: id, whose (house or client), starts, length, unit, clause, binding, last_day and expires_at (ISO;
    exclusive). The clocks of the client are shown for its sake: they start when the client knows, at the earliest now."""
    found = []
    for clock in duty(name).clocks:
        length = clock_length(clock, terms)
        if length < 1 or (clock.only and terms.get(clock.only[0]) != clock.only[1]):
            continue
        end = deadline(started, length, clock.unit, mode=clock.mode, roll=True, holidays=belgian_holidays())
        found.append(
            {
                "id": clock.id, "whose": clock.whose, "starts": clock.starts, "length": length, "unit": clock.unit, "clause": clock.clause,
                "parameter": clock.parameter, "binding": binding(clock, terms),
                "last_day": end.last_day.isoformat() if end.last_day else None, "expires_at": end.expires_at.isoformat(),
            }
        )  # fmt: skip
    return found


def counted_from(name: str, clock: Json, started: datetime) -> datetime:
    """When a counted clock of the duty ends if it starts at another moment: a client's, once the client is known to know."""
    mode = next(each.mode for each in duty(name).clocks if each.id == clock["id"])
    return deadline(started, clock["length"], clock["unit"], mode=mode, roll=True, holidays=belgian_holidays()).expires_at


def due(clocks: Sequence[Json], met: Sequence[str] = ()) -> datetime | None:
    """When the first of the house's own periods ends that was not met yet; None when none runs."""
    open_ = [
        datetime.fromisoformat(clock["expires_at"]) for clock in clocks if clock["whose"] == HOUSE and clock["id"] not in met
    ]
    return min(open_, default=None)
