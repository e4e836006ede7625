"""Sending issued documents: queued → sending → sent → delivered, or exported, or failed with the reason in words; tried again by hand or time.

A document is claimed in one transaction, handed over outside of any, and marked in another. Whoever is killed in between leaves it
"sending"; the next run asks the sender first whether it has the envelope (its name is the same at every try), so nothing goes twice.
"""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.invoices import Delivery, Invoice, InvoiceDocument
from dpa_service.domain.assistance.envelope import DELIVERED, EXPORTED, FAILED, SENT, Envelope, Refused, Status
from dpa_service.services.errors import Conflict, NotFound
from dpa_service.services.invoices.invoice_content import from_dict
from dpa_service.services.use_case import UseCase, use_case

QUEUED, SENDING = "queued", "sending"
LEASE = timedelta(minutes=10)  # how long a claim holds before another worker looks after it
PAUSES = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))


class Sender(Protocol):
    """A way out. `channel` names it. It knows an envelope by its id: sending the same one twice does nothing again."""

    channel: str

    def can_receive(self, participant: str) -> bool:
        """Whether this electronic address (scheme:number) can be reached."""

    def send(self, envelope: Envelope) -> Status:
        """Hand it over. Error: ``Refused`` for good; OSError or another error when it may work later."""

    def poll(self, remote_id: str) -> Status | None:
        """What became of an envelope (by its own id or the remote one); None when it was never received."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did with one document."""

    invoice_id: str
    number: str
    state: str
    message: str | None = None


def queue(work: UseCase, invoice_id: str) -> None:
    """Let a document wait for sending, in the transaction that issues it."""
    row = Delivery(
        id=uuid.uuid4().hex, invoice_id=invoice_id, state=QUEUED, channel=None, remote_id=None, attempts=0, problem=None, message=None,
        next_at=work.now, claimed_at=None, created_at=work.now, updated_at=work.now,
    )  # fmt: skip
    work.session.add(row)
    work.session.flush()


def run(session: Session, sender: Sender, *, actor: str, now: datetime, limit: int = 500) -> Iterator[Outcome]:
    """Send what waits, one after the other, the oldest first; yields after each one."""
    for _ in range(limit):
        claimed = _claim(session, actor=actor, now=now)
        if claimed is None:
            return
        delivery_id, envelope, before = claimed
        status = _handed_over(sender, envelope, again=before == SENDING)
        yield _marked(session, delivery_id, envelope, sender.channel, status, actor=actor, now=now)


def poll(session: Session, sender: Sender, *, actor: str, now: datetime, limit: int = 500) -> Iterator[Outcome]:
    """Ask what became of the documents that were sent and not yet delivered."""
    with reading(session):
        query = sa.select(Delivery.id, Delivery.remote_id, Delivery.invoice_id).where(
            Delivery.state == SENT, Delivery.channel == sender.channel
        )
        waiting = session.execute(query.order_by(Delivery.created_at).limit(limit)).all()
    for delivery_id, remote_id, invoice_id in waiting:
        status = sender.poll(remote_id or delivery_id)
        if status is not None and status.state in (DELIVERED, FAILED):
            with reading(session):
                envelope = _envelope(session, delivery_id, invoice_id)
            yield _marked(session, delivery_id, envelope, sender.channel, status, actor=actor, now=now)


def retry(session: Session, invoice_id: str, *, actor: str, now: datetime) -> Delivery:
    """Let a document that failed wait again. Error: ``NotFound``; ``Conflict`` for one that did not fail."""
    with use_case(session, actor=actor, now=now) as work:
        query = sa.select(Delivery).where(Delivery.invoice_id == invoice_id).with_for_update()
        row = session.scalars(query).one_or_none()
        if row is None:
            raise NotFound("delivery")
        if row.state != FAILED:
            raise Conflict("NOT_FAILED", f"This document is {row.state}; only one that failed is sent again.")
        row.state, row.next_at, row.attempts, row.updated_at = QUEUED, now, 0, now
        row.problem = row.message = None
        session.flush()
        work.note("delivery.retry", "invoice", invoice_id, delivery=row.id)
        return row


def retry_all(session: Session, *, actor: str, now: datetime) -> int:
    """Let every document that failed wait again. Out: how many. One that somebody else takes meanwhile is left to them."""
    with reading(session):
        failed = session.scalars(
            sa.select(Delivery.invoice_id).where(Delivery.state == FAILED).order_by(Delivery.created_at)
        ).all()
    done = 0
    for invoice_id in failed:
        with contextlib.suppress(Conflict):
            retry(session, invoice_id, actor=actor, now=now)
            done += 1
    return done


def troubled(session: Session, *, limit: int = 100) -> list[tuple[Delivery, str]]:
    """Documents whose sending failed, with their number, the newest first: what finance must look at."""
    query = sa.select(Delivery, Invoice.number).join(Invoice, Invoice.id == Delivery.invoice_id).where(Delivery.state == FAILED)
    with reading(session):
        return [(row, str(number)) for row, number in session.execute(query.order_by(Delivery.updated_at.desc()).limit(limit))]


# ---- one document ----------------------------------------------------------------------------------------------------


def _claim(session: Session, *, actor: str, now: datetime) -> tuple[str, Envelope, str] | None:
    """Take the oldest document that waits, or one whose worker has not been heard of for LEASE."""
    ready = sa.or_(
        sa.and_(Delivery.state == QUEUED, Delivery.next_at <= now),
        sa.and_(Delivery.state == SENDING, Delivery.claimed_at <= now - LEASE),
    )
    with use_case(session, actor=actor, now=now):
        query = sa.select(Delivery).where(ready).order_by(Delivery.created_at, Delivery.id).limit(1)
        row = session.scalars(query.with_for_update(skip_locked=True)).first()
        if row is None:
            return None
        before = row.state
        row.state, row.claimed_at, row.attempts, row.updated_at = SENDING, now, row.attempts + 1, now
        session.flush()
        # a claim that was tried before may have been handed over just before its worker died
        return row.id, _envelope(session, row.id, row.invoice_id), SENDING if row.attempts > 1 else before


def _envelope(session: Session, delivery_id: str, invoice_id: str) -> Envelope:
    frozen = session.get_one(InvoiceDocument, invoice_id)
    document = from_dict(json.loads(frozen.content))
    to, house = document.buyer.electronic_address, document.seller.endpoint
    receiver = f"{to.scheme}:{to.value}" if to else ""
    sender = f"{house.scheme}:{house.value}"
    return Envelope(delivery_id, invoice_id, frozen.number, sender, receiver, frozen.xml_sha256, bytes(frozen.xml))


def _handed_over(sender: Sender, envelope: Envelope, *, again: bool) -> Status:
    """The sender's answer; what it refuses for good and what may work later are told apart."""
    try:
        if again and (known := sender.poll(envelope.id)) is not None:
            return known
        if not sender.can_receive(envelope.receiver):
            message = f"The receiver {envelope.receiver} is not known to {sender.channel}; check the client's electronic address."
            return Status(FAILED, envelope.id, "NO_RECEIVER", message)
        return sender.send(envelope)
    except Refused as refused:
        return Status(FAILED, envelope.id, refused.code, refused.message)
    except Exception as trouble:  # a sender's own errors are many; the document waits and the reason is kept
        return Status(QUEUED, envelope.id, "UNREACHABLE", f"{type(trouble).__name__}: {trouble}"[:500])


def _marked(
    session: Session, delivery_id: str, envelope: Envelope, channel: str, status: Status, *, actor: str, now: datetime
) -> Outcome:  # fmt: skip
    with use_case(session, actor=actor, now=now) as work:
        row = session.get_one(Delivery, delivery_id, with_for_update=True, populate_existing=True)
        if status.state == QUEUED and row.attempts > len(PAUSES):
            status = Status(FAILED, status.remote_id, status.code, status.message)
        row.state, row.channel, row.remote_id, row.updated_at = status.state, channel, status.remote_id, now
        row.problem, row.message, row.claimed_at = status.code, status.message, None
        row.next_at = now + PAUSES[row.attempts - 1] if status.state == QUEUED else None
        session.flush()
        work.note(f"delivery.{status.state}", "invoice", envelope.invoice_id, number=envelope.number, attempt=row.attempts,
                  channel=channel, code=status.code)  # fmt: skip
    return Outcome(envelope.invoice_id, envelope.number, status.state, status.message)


__all__ = [
    "DELIVERED",
    "EXPORTED",
    "FAILED",
    "QUEUED",
    "SENDING",
    "SENT",
    "Outcome",
    "Sender",
    "poll",
    "queue",
    "retry",
    "retry_all",
    "run",
    "troubled",
]
