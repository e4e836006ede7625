"""Moments as people type them: a day and a time in Belgium; and how a moment fills such fields again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time

from dpa_service.domain.deadlines import BRUSSELS
from dpa_service.domain.errors import FieldError, RequestInvalid


def typed_moment(form: Mapping[str, str], name: str) -> str | None:
    """The moment of the fields `name`_day and `name`_time as ISO 8601 with its zone; None where both are empty.

    What is no moment of the Belgian clock comes back as it was typed, so that the schema names the field (MOMENT). An hour that comes
    twice when the clock goes back is the first one.
    """
    day, clock = form.get(f"{name}_day", "").strip()[:40], form.get(f"{name}_time", "").strip()[:40]
    if not day and not clock:
        return None
    try:
        moment = datetime.combine(date.fromisoformat(day), time.fromisoformat(clock).replace(tzinfo=None), BRUSSELS)
    except ValueError:
        return f"{day} {clock} ?"
    if not 2000 <= moment.year <= 2100 or moment.astimezone(UTC).astimezone(BRUSSELS).replace(tzinfo=None) != moment.replace(
        tzinfo=None
    ):
        return f"{day} {clock} ?"  # beyond reason, or in the hour that is skipped when the clock goes forward
    return moment.isoformat()


def moment_of(text: str | None, field: str = "happened") -> datetime | None:
    """What ``typed_moment`` gave, as a moment. Error: ``RequestInvalid`` naming `field`."""
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        raise RequestInvalid([FieldError(field, "MOMENT", "Give a day and a time, such as 2026-11-23 14:05.")]) from None


def fields_of(name: str, moment: datetime) -> dict[str, str]:
    """What the two fields hold for a moment."""
    local = moment.astimezone(BRUSSELS)
    return {f"{name}_day": local.date().isoformat(), f"{name}_time": local.strftime("%H:%M")}
