"""What every writing use case has: one transaction, its messages, its audit lines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from dpa_service.adapters.db import audit, outbox
from dpa_service.adapters.db.engine import writing

Line = dict[str, Any]


@dataclass
class UseCase:
    """One use case at work: its session, who does it and when, and what it will say in the audit log and the outbox."""

    session: Session
    actor: str
    now: datetime
    _lines: list[Line] = field(default_factory=list)

    def note(self, action: str, object_type: str, object_id: str, **details: Any) -> None:
        """A line for the audit log; `details` are ids, figures and hashes, never texts."""
        self._lines.append({"action": action, "object_type": object_type, "object_id": object_id, "details": details})

    def send(self, topic: str, object_id: str, **payload: Any) -> None:
        """A message for the outside, sent after the commit."""
        outbox.put(self.session, now=self.now, topic=topic, object_id=object_id, payload=payload)

    def finish(self) -> None:
        """Write the audit lines. Last of all: writers wait here for each other, so that nobody waits while holding the chain."""
        self.session.flush()
        for line in self._lines:
            audit.append(self.session, at=self.now, actor=self.actor, **line)


@contextmanager
def use_case(session: Session, *, actor: str, now: datetime) -> Iterator[UseCase]:
    """A use case in one transaction: all of it is kept, audit lines and messages included, or nothing."""
    with writing(session):
        work = UseCase(session, actor, now)
        yield work
        work.finish()
