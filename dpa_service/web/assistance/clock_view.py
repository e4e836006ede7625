"""A clock as people read it: when it ends in words, its colour and sign, and the bar from its start over now to its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from dpa_service.domain.assistance.duties import HOUSE
from dpa_service.domain.deadlines import BRUSSELS, day_of
from dpa_service.services.assistance.clock_states import (
    LATE,
    MET,
    MET_LATE,
    OVER,
    RUNNING,
    STOPPED,
    STOPPED_LATE,
    ClockState,
)  # fmt: skip
from dpa_service.web.assistance import request_words
from dpa_service.web.shell import as_date, as_moment

WIDTH = 1000  # of the picture, in its own units
SOON = timedelta(hours=24)
SIGNS = {"late": "!", "soon": "▲", "running": "○", "met": "✓", "stopped": "■", "theirs": "◇"}


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page says of a clock; `tone` names its colour and sign, `state` says the same in words.

    `bar` holds, in 0…WIDTH: `done` (start to now or to what settled it), `end`, and `at`; `over` is the part beyond the end.
    """

    state_of: ClockState
    title: str
    tone: str
    sign: str
    state: str
    words: str
    length: str
    counted: str
    whose: str
    firm: str
    started: datetime
    ends_on: str
    bar: dict[str, float]

    @property
    def clock(self) -> dict[str, Any]:
        """The clock as the request keeps it."""
        return self.state_of.clock


def shown(found: ClockState, duty: str, started: datetime) -> Shown:
    """One clock of a request under `duty` whose clocks started at `started`."""
    clock, tone = found.clock, _tone(found)
    house = clock["whose"] == HOUSE
    soon = tone == "soon"
    return Shown(
        state_of=found,
        title=str(request_words.CLOCKS[duty, clock["id"]]),
        tone=tone,
        sign=SIGNS[tone],
        state=str(_("ends soon")) if soon else str(request_words.CLOCK_STATES[found.state]),
        words=in_words(found),
        length=request_words.length(clock["length"], clock["unit"]),
        counted=str(request_words.STARTS[clock["starts"]]),
        whose=str(_("our period")) if house else str(_("the client's period")),
        firm=str(_("binding")) if clock["binding"] else str(_("a target, not binding")),
        started=started,
        ends_on=_end(clock, found.expires_at),
        bar=_bar(started, found),
    )


def in_words(found: ClockState) -> str:
    """Where a clock stands, such as "ends tomorrow 14:00" or "3 days late"."""
    end, clock = found.expires_at, found.clock
    if found.state == RUNNING:
        return _inspection_from(found) if clock["starts"] == "announced" else ends(clock, end, found.at)
    if found.state == LATE:
        return late(clock, end, found.at)
    if found.state == MET:
        return str(_("met in time, %(moment)s", moment=as_moment(found.at)))
    if found.state == MET_LATE:
        return str(_("met too late, %(moment)s: %(late)s", moment=as_moment(found.at), late=late(clock, end, found.at)))
    if found.state == STOPPED:
        return str(_("stopped %(moment)s, when the request was closed", moment=as_moment(found.at)))
    if found.state == STOPPED_LATE:
        return str(
            _(
                "not met when the request was closed %(moment)s: %(late)s",
                moment=as_moment(found.at),
                late=late(clock, end, found.at),
            )
        )
    if clock["starts"] == "announced":
        return str(_("the inspection may take place since %(day)s", day=as_date(_last_day(clock, end) + timedelta(days=1))))
    return str(_("over since %(moment)s, counted from the earliest moment", moment=_end(clock, end)))


def _inspection_from(found: ClockState) -> str:
    day = _last_day(found.clock, found.expires_at) + timedelta(days=1)
    return str(_("the inspection may take place from %(day)s", day=as_date(day)))


def ends(clock: dict[str, Any], end: datetime, now: datetime) -> str:
    """When a clock that runs ends."""
    if clock["last_day"] is None:
        return _ends_at(end, now)
    days = (_last_day(clock, end) - _day(now)).days
    if days <= 0:
        return str(_("ends today, at the end of the day"))
    if days == 1:
        return str(_("ends tomorrow, at the end of the day"))
    day = as_date(_last_day(clock, end))
    return str(ngettext("ends in %(num)s day, on %(day)s", "ends in %(num)s days, on %(day)s", days, day=day))


def _ends_at(end: datetime, now: datetime) -> str:
    local, left = end.astimezone(BRUSSELS), end - now
    at = f"{local.hour}:{local.minute:02d}"
    days = (local.date() - _day(now)).days
    if left < timedelta(hours=1):
        minutes = max(1, int(left.total_seconds() // 60))
        return str(ngettext("ends in %(num)s minute, at %(at)s", "ends in %(num)s minutes, at %(at)s", minutes, at=at))
    if days == 0:
        return str(_("ends today %(at)s", at=at))
    if days == 1:
        return str(_("ends tomorrow %(at)s", at=at))
    moment = as_moment(end)
    return str(ngettext("ends in %(num)s day, %(moment)s", "ends in %(num)s days, %(moment)s", days, moment=moment))


def late(clock: dict[str, Any], end: datetime, now: datetime) -> str:
    """How late it is: in days of the calendar for a period of days, else in what has gone by."""
    gone = now - end
    days = (_day(now) - _last_day(clock, end)).days if clock["last_day"] else gone.days
    if days >= 1:
        return str(ngettext("%(num)s day late", "%(num)s days late", days))
    minutes = int(gone.total_seconds() // 60)
    if minutes >= 60:
        return str(ngettext("%(num)s hour late", "%(num)s hours late", minutes // 60))
    return str(ngettext("%(num)s minute late", "%(num)s minutes late", max(1, minutes)))


def _tone(found: ClockState) -> str:
    if found.clock["whose"] != HOUSE:
        return "theirs"
    if found.state == RUNNING:
        return "soon" if found.expires_at - found.at <= SOON else "running"
    return {LATE: "late", STOPPED_LATE: "late", MET_LATE: "late", MET: "met", STOPPED: "stopped", OVER: "stopped"}[found.state]


def _bar(started: datetime, found: ClockState) -> dict[str, float]:
    """Positions of the picture: as long as the period, or until it was settled or now where that is later."""
    whole = max(found.expires_at, found.at) - started

    def at(moment: datetime) -> float:
        share = (moment - started) / whole if whole else 1.0
        return round(WIDTH * min(1.0, max(0.0, share)), 1)

    end, point = at(found.expires_at), at(found.at)
    return {"done": min(end, point), "end": end, "at": point, "over": max(0.0, round(point - end, 1))}


def _last_day(clock: dict[str, Any], end: datetime) -> date:
    return date.fromisoformat(clock["last_day"]) if clock["last_day"] else _day(end)


def _end(clock: dict[str, Any], end: datetime) -> str:
    return as_date(_last_day(clock, end)) if clock["last_day"] else as_moment(end)


def _day(moment: datetime) -> date:
    return day_of(moment)
