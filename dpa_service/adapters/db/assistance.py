"""Assistance: requests under a duty with their clocks and log, estimates, minutes worked, running timers, locked months.

Raw minutes are never rewritten: a mistake is put right by a new entry that names the one it corrects.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dpa_service.adapters.db.models import Base, Id
from dpa_service.adapters.db.types import Euro, JsonText


class AssistanceRequest(Base):
    """What a client asks under one of the duties, in state open or closed.

    `agreement_id` is the agreement in force when it was opened, or the general terms. `clocks` are the periods counted then
    (services/assistance/assistance_clocks.py) and `due_at` the first of the house's own that still runs. `checklist`: item → done, when, by whom.
    `facts` hold what Art. 33(3) asks, `forwarded` the proof that a misdirected request went to the client.
    """

    __tablename__ = "assistance_request"
    __table_args__ = (
        Index("ix_assistance_request_page", "created_at", "id"),
        Index("ix_assistance_request_client_id", "client_id"),
        Index("ix_assistance_request_due", "state", "due_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    reference: Mapped[str] = mapped_column(String(40), unique=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"))
    agreement_id: Mapped[str | None] = mapped_column(Id, ForeignKey("agreement.id"))
    duty: Mapped[str] = mapped_column(String(20))
    case_reference: Mapped[str | None] = mapped_column(String(100))
    subject: Mapped[str]
    state: Mapped[str] = mapped_column(String(20))
    urgent: Mapped[bool]
    caused: Mapped[bool]
    clock_started: Mapped[datetime]
    clocks: Mapped[list[Any]] = mapped_column(JsonText())
    due_at: Mapped[datetime | None]
    checklist: Mapped[dict[str, Any]]
    facts: Mapped[dict[str, Any]]
    forwarded: Mapped[dict[str, Any] | None]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))
    updated_at: Mapped[datetime]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class AssistanceEvent(Base):
    """One line of a request's log: what happened, when, and who wrote it down."""

    __tablename__ = "assistance_event"
    __table_args__ = (UniqueConstraint("request_id", "number"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    request_id: Mapped[str] = mapped_column(Id, ForeignKey("assistance_request.id"))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    text: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))


class AssistanceEstimate(Base):
    """An estimate at the client's own rate: domain/assistance.Estimate as it was then, in state noted, sent, approved, declined or
    replaced. `answer` says who of the client answered, and how."""

    __tablename__ = "assistance_estimate"
    __table_args__ = (UniqueConstraint("request_id", "number"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    request_id: Mapped[str] = mapped_column(Id, ForeignKey("assistance_request.id"))
    number: Mapped[int]
    minutes: Mapped[int]
    billed_minutes: Mapped[int]
    free_minutes: Mapped[int]
    rate: Mapped[Decimal] = mapped_column(Euro())
    amount: Mapped[Decimal] = mapped_column(Euro())
    why: Mapped[list[Any]] = mapped_column(JsonText())
    starts_at_once: Mapped[bool]
    state: Mapped[str] = mapped_column(String(20))
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))


class TimeEntry(Base):
    """Minutes of one person on one day for one request, in state logged, approved or rejected.

    `tariff` is that of the work date, kept (domain/assistance/assistance.py `tariff_to_dict`), with `rate` and `increment` beside it for sums;
    `sources` names the deviations of the agreement that shaped it. `sequence` orders the entries of a client. `reason` says why it corrects
    another, `refusal` why it was rejected.
    """

    __tablename__ = "time_entry"
    __table_args__ = (
        UniqueConstraint("client_id", "sequence"),
        Index("ix_time_entry_request_id", "request_id"),
        Index("ix_time_entry_queue", "state", "work_date"),
        Index("ix_time_entry_person", "person", "work_date"),
        Index(
            "uq_time_entry_correction", "correction_of", unique=True,
            sqlite_where=sa.text("state <> 'rejected'"), postgresql_where=sa.text("state <> 'rejected'"),
        ),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"))
    request_id: Mapped[str] = mapped_column(Id, ForeignKey("assistance_request.id"))
    sequence: Mapped[int]
    work_date: Mapped[date]
    person: Mapped[str] = mapped_column(String(100))
    minutes: Mapped[int]
    note: Mapped[str]
    agreement_id: Mapped[str] = mapped_column(Id, ForeignKey("agreement.id"))
    tariff: Mapped[dict[str, Any]]
    rate: Mapped[Decimal] = mapped_column(Euro())
    increment: Mapped[int]
    sources: Mapped[list[Any]] = mapped_column(JsonText())
    caused: Mapped[bool]
    first_audit_day: Mapped[bool]
    audit_failing: Mapped[bool]
    waived: Mapped[str | None]
    state: Mapped[str] = mapped_column(String(20))
    decided_by: Mapped[str | None] = mapped_column(String(100))
    decided_at: Mapped[datetime | None]
    correction_of: Mapped[str | None] = mapped_column(Id, ForeignKey("time_entry.id"))
    reason: Mapped[str | None]
    refusal: Mapped[str | None]
    external_key: Mapped[str | None] = mapped_column(String(100), unique=True)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))


class WorkTimer(Base):
    """A timer that runs: at most one for each person."""

    __tablename__ = "work_timer"

    person: Mapped[str] = mapped_column(String(100), primary_key=True)
    request_id: Mapped[str] = mapped_column(Id, ForeignKey("assistance_request.id"))
    note: Mapped[str]
    started_at: Mapped[datetime]


class MonthLock(Base):
    """A month (2026-11) whose entries no longer change."""

    __tablename__ = "month_lock"

    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    locked_at: Mapped[datetime]
    locked_by: Mapped[str] = mapped_column(String(100))


class MonthUnlock(Base):
    """That a month was unlocked, and why."""

    __tablename__ = "month_unlock"

    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    unlocked_at: Mapped[datetime] = mapped_column(primary_key=True)
    unlocked_by: Mapped[str] = mapped_column(String(100))
    reason: Mapped[str]


class BillingProfile(Base):
    """What a client wants on its invoices: its reference (BT-10) or order number (BT-13), an address for mail and on the network."""

    __tablename__ = "billing_profile"

    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"), primary_key=True)
    reference: Mapped[str | None] = mapped_column(String(200))
    order_number: Mapped[str | None] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(254))
    endpoint_scheme: Mapped[str | None] = mapped_column(String(4))
    endpoint_value: Mapped[str | None] = mapped_column(String(50))
    updated_at: Mapped[datetime]
    updated_by: Mapped[str] = mapped_column(String(100))
