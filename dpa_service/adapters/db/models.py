"""The tables. Amounts live inside JSON as text, never as floats; moments are UTC; JSON is canonical text."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from dpa_service.adapters.db.types import JsonText, UtcDateTime

Sha256 = String(64)
Id = String(32)


class Base(DeclarativeBase):
    """Every constraint has a name, so that a migration can drop what another one made, on both databases."""

    metadata = sa.MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime(), dict[str, Any]: JsonText(), str: Text()}


class Client(Base):
    """A controller. `data` is the client of a request as validated; `identity` (enterprise, VAT or foreign number) is unique."""

    __tablename__ = "client"
    __table_args__ = (Index("ix_client_page", "created_at", "id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str]
    identity: Mapped[str] = mapped_column(String(300), unique=True)
    search: Mapped[str]
    data: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Agreement(Base):
    """An agreement or general terms, in state draft or issued; more states follow, so the database does not list them.

    `request` is the request as validated and `library_hash` the release of the clause library it was made with: together they are
    enough to make the same document again. `version` counts the changes and is the ETag. `effective_until` is the first day it no
    longer holds; `reason` says why it was withdrawn or ended. What is negotiated anew after its issue is a next `edition` in the same thread:
    `previous_id` is the one before it, `thread_id` the first.
    """

    __tablename__ = "agreement"
    __table_args__ = (
        Index("ix_agreement_page", "created_at", "id"),
        Index("ix_agreement_state_page", "state", "created_at", "id"),
        Index("ix_agreement_client_page", "client_id", "created_at", "id"),
        Index("ix_agreement_mine", "created_by", "state", "updated_at"),
        Index("ix_agreement_waiting", "state", "updated_at"),
        Index("ix_agreement_begin", "state", "effective_from"),
        Index("ix_agreement_end", "effective_until"),
        Index("ix_agreement_release_use", "library_hash", "family", "state", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str | None] = mapped_column(Id, ForeignKey("client.id"), index=True)
    family: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(20), index=True)
    reference: Mapped[str | None] = mapped_column(String(40), unique=True)
    title: Mapped[str]
    search: Mapped[str]
    request: Mapped[dict[str, Any]]
    library_hash: Mapped[str] = mapped_column(Sha256, ForeignKey("library_release.hash"), index=True)
    effective_from: Mapped[date]
    effective_until: Mapped[date | None]
    created_by: Mapped[str | None] = mapped_column(String(100))
    signed_on: Mapped[date | None]
    signatory: Mapped[str | None]
    reason: Mapped[str | None]
    successor_id: Mapped[str | None] = mapped_column(Id, ForeignKey("agreement.id"))
    thread_id: Mapped[str] = mapped_column(Id, index=True)
    previous_id: Mapped[str | None] = mapped_column(Id, ForeignKey("agreement.id"))
    edition: Mapped[int]
    version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class AgreementIssue(Base):
    """What was issued, frozen: the assembled agreement, both documents, and the fingerprints of all three."""

    __tablename__ = "agreement_issue"

    agreement_id: Mapped[str] = mapped_column(Id, ForeignKey("agreement.id"), primary_key=True)
    reference: Mapped[str] = mapped_column(String(40), unique=True)
    issued_at: Mapped[datetime]
    snapshot: Mapped[str]
    snapshot_sha256: Mapped[str] = mapped_column(Sha256)
    docx: Mapped[bytes] = mapped_column(deferred=True)
    docx_sha256: Mapped[str] = mapped_column(Sha256)
    docx_content_hash: Mapped[str] = mapped_column(Sha256)
    pdf: Mapped[bytes] = mapped_column(deferred=True)
    pdf_sha256: Mapped[str] = mapped_column(Sha256)


class Deviation(Base):
    """A departure from the house standard as it was proposed, and what became of it.

    At most one row a `key` is part of the agreement (state proposed or approved); the others are its history. `data` is the deviation
    as the document describes it, `approvers` the seats that decide, `fingerprint` what they decide about.
    """

    __tablename__ = "deviation"
    __table_args__ = (
        Index("ix_deviation_agreement", "agreement_id", "state"),
        Index("ix_deviation_queue", "state", "proposed_at"),
        Index("ix_deviation_subject", "clause", "state"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    agreement_id: Mapped[str] = mapped_column(Id, ForeignKey("agreement.id"))
    key: Mapped[str] = mapped_column(String(120))
    label: Mapped[str] = mapped_column(String(40))
    deviation_class: Mapped[str] = mapped_column("class", String(20))
    clause: Mapped[str] = mapped_column(String(100))
    row: Mapped[int | None]
    rung: Mapped[str | None] = mapped_column(String(10))
    data: Mapped[dict[str, Any]]
    approvers: Mapped[list[str]] = mapped_column(JsonText())
    fingerprint: Mapped[str] = mapped_column(Sha256)
    weight: Mapped[int]
    state: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None]
    proposed_by: Mapped[str] = mapped_column(String(100), index=True)
    proposed_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class LibraryRelease(Base):
    """The whole clause library as it was when an agreement was made with it."""

    __tablename__ = "library_release"

    hash: Mapped[str] = mapped_column(Sha256, primary_key=True)
    content: Mapped[str]
    first_seen: Mapped[datetime]


class ClauseVersion(Base):
    """One version of a clause. A published one never changes its hash; a draft may until it is published."""

    __tablename__ = "clause_version"

    clause: Mapped[str] = mapped_column(String(100), primary_key=True)
    version: Mapped[str] = mapped_column(String(40), primary_key=True)
    hash: Mapped[str] = mapped_column(Sha256)
    status: Mapped[str] = mapped_column(String(20))
    content: Mapped[dict[str, Any]]
    first_seen: Mapped[datetime]


class Counter(Base):
    """The last number given in a series and year. The row is locked from taking a number until the commit: no gaps."""

    __tablename__ = "counter"

    series: Mapped[str] = mapped_column(String(20), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[int]


class AuditLog(Base):
    """One line of the audit log; `hash` covers the line and the hash before it."""

    __tablename__ = "audit_log"
    __table_args__ = (Index("ix_audit_log_actor", "actor", "seq"),)

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(100))
    action: Mapped[str] = mapped_column(String(60), index=True)
    object_type: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[str] = mapped_column(String(100), index=True)
    details: Mapped[dict[str, Any]]
    prev_hash: Mapped[str] = mapped_column(Sha256, unique=True)
    hash: Mapped[str] = mapped_column(Sha256, unique=True)


class AuditHead(Base):
    """The end of the audit chain: one row, locked by each writer, so that the chain has one order and its tail cannot be cut off."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(Sha256)


class OutboxMessage(Base):
    """A message to the outside, written in the transaction of what it tells about and sent afterwards."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_waiting", "sent_at", "created_at"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    created_at: Mapped[datetime]
    topic: Mapped[str] = mapped_column(String(60))
    object_id: Mapped[str] = mapped_column(String(100))
    payload: Mapped[dict[str, Any]]
    attempts: Mapped[int]
    sent_at: Mapped[datetime | None]


class IdempotencyKey(Base):
    """The answer once given to a key, so that a repeated call gets the same answer and does nothing again."""

    __tablename__ = "idempotency_key"

    actor: Mapped[str] = mapped_column(String(100), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    request_hash: Mapped[str] = mapped_column(Sha256)
    answer: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
