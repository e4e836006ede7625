"""The audit log: who did what to which object and when, as a chain of hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.models import AuditHead, AuditLog
from dpa_service.adapters.db.types import canonical

FIRST = "0" * 64


@dataclass(frozen=True, slots=True)
class AuditFault:
    """A line of the log that does not fit: its number, and why."""

    seq: int
    reason: str


def append(
    session: Session,
    *,
    at: datetime,
    actor: str,
    action: str,
    object_type: str,
    object_id: str,
    details: Mapping[str, Any] | None = None,
) -> str:
    """Add a line and give its hash. In: a session inside ``writing``; `details` hold ids, numbers and hashes, never texts.

    Call it as the last write of a use case: every writer waits for the row that holds the end of the chain.
    """
    taken = (
        sa.update(AuditHead)
        .where(AuditHead.id == 1)
        .values(seq=AuditHead.seq + 1)
        .returning(AuditHead.seq, AuditHead.hash)
        .execution_options(synchronize_session=False)
    )
    seq, previous = session.execute(taken).one()
    line = AuditLog(
        seq=seq,
        at=at.astimezone(UTC),
        actor=actor,
        action=action,
        object_type=object_type,
        object_id=object_id,
        details=dict(details or {}),
        prev_hash=previous,
        hash="",
    )
    line.hash = line_hash(line)
    session.add(line)
    session.flush()
    session.execute(
        sa.update(AuditHead).where(AuditHead.id == 1).values(hash=line.hash).execution_options(synchronize_session=False)
    )
    return line.hash


def line_hash(line: AuditLog) -> str:
    """SHA-256 over everything a line says and the hash of the line before it."""
    said = [
        line.seq,
        line.at.astimezone(UTC).isoformat(timespec="microseconds"),
        line.actor,
        line.action,
        line.object_type,
        line.object_id,
        line.details,
        line.prev_hash,
    ]
    return hashlib.sha256(canonical(said).encode()).hexdigest()


def verify(session: Session) -> list[AuditFault]:
    """Read the whole chain; an altered, deleted, inserted or reordered line is named. An empty list means all is well."""
    return list(_faults(session))


def _faults(session: Session) -> Iterator[AuditFault]:
    seq, previous = 0, FIRST
    for line in session.scalars(sa.select(AuditLog).order_by(AuditLog.seq).execution_options(yield_per=500)):
        seq += 1
        if line.seq != seq:
            yield AuditFault(seq, f"line {seq} is missing" if line.seq > seq else f"line {line.seq} is out of place")
            seq = line.seq
        elif line.prev_hash != previous:
            yield AuditFault(line.seq, f"line {line.seq} does not follow the line before it")
        if line_hash(line) != line.hash:
            yield AuditFault(line.seq, f"line {line.seq} was altered")
        previous = line.hash
    head = session.get(AuditHead, 1)
    if head is None:
        yield AuditFault(seq, "the row that holds the end of the chain is missing")
    elif head.seq > seq:
        yield AuditFault(seq + 1, f"the last lines are missing: {seq + 1} to {head.seq}")
    elif head.seq < seq or head.hash != previous:
        yield AuditFault(seq, f"line {seq} is not the line that was written last")
