"""The form of an incident's notice: what its fields show, and what the sender of a form changed of what is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dpa_service.services.assistance.assistance_schema import INCIDENT_FACTS
from dpa_service.web.assistance.moments import fields_of, typed_moment

FIELDS = (*(name for name in INCIDENT_FACTS if name != "known_at"), "known_at_day", "known_at_time")


def shown(facts: Mapping[str, Any], name: str) -> str:
    """A fact as the form compares it; of a moment the minute counts."""
    value = facts.get(name) or ""
    if value and name == "known_at":
        return " ".join(fields_of(name, datetime.fromisoformat(value)).values())
    return str(value)


def changes(facts: Mapping[str, Any], form: Mapping[str, str], typed: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """What the sender changed (an emptied part is None), and which of it somebody else changed since the form was shown."""
    changed: dict[str, Any] = {}
    clashes = []
    for name in INCIDENT_FACTS:
        was, stored = form.get(f"seen.{name}", ""), shown(facts, name)
        moment = typed_moment(typed, name) if name == "known_at" else None
        given = (
            " ".join(typed[f"{name}_{part}"] for part in ("day", "time")).strip() if name == "known_at" else plain(typed[name])
        )
        if f"seen.{name}" not in form or given == stored or mark(given) == was:
            continue
        if mark(stored) != was:
            clashes.append(name)
        else:
            changed[name] = (moment or given) or None
    return changed, clashes


def plain(text: str) -> str:
    """As it is kept: line ends as one sign, nothing around it."""
    return "\n".join(line.rstrip(" \t") for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")).strip()


def mark(text: str) -> str:
    """The fingerprint of what a field showed."""
    return hashlib.sha256(text.encode()).hexdigest()[:20]
