"""Reminders: what waits for a seat longer than the playbook says, told once a day through the outbox."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import insert_if_absent, reading
from dpa_service.adapters.db.models import OutboxMessage
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.playbook import role_of, settings
from dpa_service.services.house import house_playbook
from dpa_service.services.negotiation import approvals
from dpa_service.services.use_case import use_case

TOPIC = "deviation.reminder"


@dataclass(frozen=True, slots=True)
class Reminder:
    """What a seat is reminded of: how many deviations wait, for how many days the oldest, and their ids (the first hundred)."""

    seat: str
    role: str
    count: int
    oldest_days: int
    deviations: tuple[str, ...]


def due(session: Session, library: Library, *, today: date) -> list[Reminder]:
    """What waits for each seat as long as the playbook's reminder_days, in the order of the playbook."""
    with reading(session):
        playbook = house_playbook.present(session, library)
    days = settings(playbook)[1]
    waiting: dict[str, list[approvals.Waiting]] = defaultdict(list)
    for each in approvals.all_waiting(session, library, today=today):
        if each.days >= days:
            for seat in each.open:
                waiting[seat].append(each)
    return [
        Reminder(
            seat=seat,
            role=role_of(playbook, seat),
            count=len(waiting[seat]),
            oldest_days=max(each.days for each in waiting[seat]),
            deviations=tuple(each.row.id for each in waiting[seat][:100]),
        )
        for seat in playbook.approvers
        if waiting[seat]
    ]


def send(session: Session, library: Library, *, actor: str, now: datetime, today: date) -> list[Reminder]:
    """Leave one message a seat in the outbox, once a day however often this runs; gives those that were not sent today yet."""
    sent = []
    for reminder in due(session, library, today=today):
        with use_case(session, actor=actor, now=now) as work:
            message = {
                "id": hashlib.sha256(f"{TOPIC}:{reminder.seat}:{today.isoformat()}".encode()).hexdigest()[:32],
                "created_at": now,
                "topic": TOPIC,
                "object_id": reminder.seat,
                "payload": {
                    "seat": reminder.seat,
                    "role": reminder.role,
                    "day": today.isoformat(),
                    "count": reminder.count,
                    "oldest_days": reminder.oldest_days,
                    "deviations": list(reminder.deviations),
                },
                "attempts": 0,
                "sent_at": None,
            }
            if insert_if_absent(session, OutboxMessage, message):
                work.note(
                    TOPIC, "seat", reminder.seat, day=today.isoformat(), count=reminder.count, oldest_days=reminder.oldest_days
                )
                sent.append(reminder)
    return sent
