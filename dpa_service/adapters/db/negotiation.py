"""The tables of the negotiation: deviations with their decisions, who stands in for whom, the rounds, and what came back changed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from dpa_service.adapters.db.models import Base, Id, Sha256
from dpa_service.adapters.db.types import JsonText

SENT, RECEIVED = "sent", "received"
OPEN, TAKEN, DISMISSED = "open", "proposed", "dismissed"


class DeviationValue(Base):
    """A term that a deviation sets, beside the deviation so that it can be searched and counted."""

    __tablename__ = "deviation_value"
    __table_args__ = (Index("ix_deviation_value_use", "parameter", "agreement_id"),)

    deviation_id: Mapped[str] = mapped_column(Id, ForeignKey("deviation.id", ondelete="CASCADE"), primary_key=True)
    parameter: Mapped[str] = mapped_column(String(100), primary_key=True)
    agreement_id: Mapped[str] = mapped_column(Id, ForeignKey("agreement.id"), index=True)
    old_value: Mapped[Any] = mapped_column("old", JsonText(), nullable=True)
    new_value: Mapped[Any] = mapped_column("new", JsonText(), nullable=True)


class DeviationDecision(Base):
    """What somebody decided from one seat; never changed. `fingerprint` is what it was about."""

    __tablename__ = "deviation_decision"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    deviation_id: Mapped[str] = mapped_column(Id, ForeignKey("deviation.id"), index=True)
    seat: Mapped[str] = mapped_column(String(20))
    decision: Mapped[str] = mapped_column(String(20))
    fingerprint: Mapped[str] = mapped_column(Sha256)
    decided_by: Mapped[str] = mapped_column(String(100), index=True)
    on_behalf_of: Mapped[str | None] = mapped_column(String(100))
    decided_at: Mapped[datetime]
    reason: Mapped[str | None]


class Absence(Base):
    """Who stands in for whom: `deputy` decides with the roles of `absent` from the first to the last day."""

    __tablename__ = "absence"
    __table_args__ = (Index("ix_absence_deputy", "deputy", "last_day"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    absent: Mapped[str] = mapped_column(String(100), index=True)
    deputy: Mapped[str] = mapped_column(String(100))
    first_day: Mapped[date]
    last_day: Mapped[date]
    created_at: Mapped[datetime]


class NegotiationRound(Base):
    """A file that was sent or received in the negotiation of one agreement and its later versions (`thread_id`).

    A sent round keeps the assembled agreement; a received one keeps the bytes as they came, as evidence, and what was read in them.
    """

    __tablename__ = "negotiation_round"
    __table_args__ = (Index("ix_negotiation_round_thread", "thread_id", "number", unique=True),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    thread_id: Mapped[str] = mapped_column(Id)
    agreement_id: Mapped[str] = mapped_column(Id, ForeignKey("agreement.id"), index=True)
    number: Mapped[int]
    direction: Mapped[str] = mapped_column(String(10))
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(Sha256)
    content: Mapped[bytes] = mapped_column(deferred=True)
    snapshot: Mapped[str | None] = mapped_column(deferred=True)
    baseline_id: Mapped[str | None] = mapped_column(Id, ForeignKey("negotiation_round.id"))
    findings: Mapped[dict[str, Any] | None] = mapped_column(JsonText(), deferred=True)
    note: Mapped[str | None]
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(100))


class ReturnedChange(Base):
    """One change found in a received file: what it is, and what became of it. Nothing is dropped: it is proposed or dismissed."""

    __tablename__ = "returned_change"
    __table_args__ = (
        Index("ix_returned_change_round", "round_id", "position", unique=True),
        Index("ix_returned_change_open", "thread_id", "state"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    round_id: Mapped[str] = mapped_column(Id, ForeignKey("negotiation_round.id"))
    thread_id: Mapped[str] = mapped_column(Id)
    position: Mapped[int]
    clause: Mapped[str | None] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(20))
    data: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(20))
    deviation_key: Mapped[str | None] = mapped_column(String(120))
    reason: Mapped[str | None]
    decided_by: Mapped[str | None] = mapped_column(String(100))
    decided_at: Mapped[datetime | None]
