"""Fees received, claims with their assessments and payments, and the exposure of each agreement over time.

Amounts are EUR. Payments and fees are never changed or deleted: a mistake is put right by a counter-entry that names it.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dpa_service.adapters.db.models import Base, Id, Sha256
from dpa_service.adapters.db.types import Euro, JsonText


class FeePayment(Base):
    """A sum of fees received from a client, excluding VAT; a credit note or a counter-entry is below zero.

    `source` is manual, csv or api; `external_key` is the sender's own name of the payment, by which a repeated one is known.
    `counter_of` is the payment that this entry undoes.
    """

    __tablename__ = "fee_payment"
    __table_args__ = (Index("ix_fee_payment_client_day", "client_id", "received_on"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"))
    received_on: Mapped[date]
    amount: Mapped[Decimal] = mapped_column(Euro())
    period: Mapped[str | None] = mapped_column(String(7))
    source: Mapped[str] = mapped_column(String(10))
    external_key: Mapped[str | None] = mapped_column(String(100), unique=True)
    counter_of: Mapped[str | None] = mapped_column(Id, ForeignKey("fee_payment.id"), unique=True)
    reason: Mapped[str | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))


class LiabilityClaim(Base):
    """A claim against one agreement, in state reported, assessed, settled or rejected.

    `data` is the claim as validated (services/liability/claim_schema.py); `contract_year` is that of the event.
    """

    __tablename__ = "claim"
    __table_args__ = (
        Index("ix_claim_page", "created_at", "id"),
        Index("ix_claim_client_id", "client_id"),
        Index("ix_claim_agreement_id", "agreement_id"),
        Index("ix_claim_state_page", "state", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    reference: Mapped[str] = mapped_column(String(40), unique=True)
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"))
    agreement_id: Mapped[str] = mapped_column(Id, ForeignKey("agreement.id"))
    state: Mapped[str] = mapped_column(String(20))
    basis: Mapped[str] = mapped_column(String(30))
    event_day: Mapped[date]
    reported_day: Mapped[date]
    contract_year: Mapped[int]
    data: Mapped[dict[str, Any]]
    reason: Mapped[str | None]
    version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))
    updated_at: Mapped[datetime]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class ClaimAssessment(Base):
    """What the clauses said about a claim at a moment, frozen: what went in, with the sources, and what came out."""

    __tablename__ = "claim_assessment"
    __table_args__ = (UniqueConstraint("claim_id", "number"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    claim_id: Mapped[str] = mapped_column(Id, ForeignKey("claim.id"))
    number: Mapped[int]
    result: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(Sha256)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))


class ClaimPayment(Base):
    """A sum paid on a claim out of a pool (main, other, or outside every cap); a counter-entry is below zero and names its entry."""

    __tablename__ = "claim_payment"
    __table_args__ = (Index("ix_claim_payment_claim_id", "claim_id"), Index("ix_claim_payment_agreement_id", "agreement_id"))

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    claim_id: Mapped[str] = mapped_column(Id, ForeignKey("claim.id"))
    agreement_id: Mapped[str] = mapped_column(Id, ForeignKey("agreement.id"))
    pool: Mapped[str] = mapped_column(String(10))
    amount: Mapped[Decimal] = mapped_column(Euro())
    contract_year: Mapped[int]
    paid_on: Mapped[date]
    counter_of: Mapped[str | None] = mapped_column(Id, ForeignKey("claim_payment.id"), unique=True)
    reason: Mapped[str | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))


class ClaimDocument(Base):
    """A file kept with a claim: the bytes as they came and their fingerprint."""

    __tablename__ = "claim_document"
    __table_args__ = (UniqueConstraint("claim_id", "sha256"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    claim_id: Mapped[str] = mapped_column(Id, ForeignKey("claim.id"))
    name: Mapped[str]
    mimetype: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(Sha256)
    content: Mapped[bytes] = mapped_column(deferred=True)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(100))


class ExposureRow(Base):
    """The exposure of a signed agreement from `from_day` until `until_day` (excluded; None while open): domain/liability/exposure.py.

    A pool of None has no limit; `standard` is what the house standard would be, with the same fees. Kept in the transaction of
    whatever changes it (services/liability/exposure_rows.py); the parts per deviation are ExposurePart.
    """

    __tablename__ = "exposure"
    __table_args__ = (
        Index("ix_exposure_client_id", "client_id"),
        Index("ix_exposure_days", "from_day", "until_day"),
    )

    agreement_id: Mapped[str] = mapped_column(Id, ForeignKey("agreement.id"), primary_key=True)
    from_day: Mapped[date] = mapped_column(primary_key=True)
    until_day: Mapped[date | None]
    client_id: Mapped[str] = mapped_column(Id, ForeignKey("client.id"))
    main: Mapped[Decimal | None] = mapped_column(Euro())
    other: Mapped[Decimal | None] = mapped_column(Euro())
    total: Mapped[Decimal | None] = mapped_column(Euro())
    standard: Mapped[Decimal | None] = mapped_column(Euro())
    no_limit: Mapped[bool]
    unlimited: Mapped[Any] = mapped_column(JsonText())
    counted: Mapped[str] = mapped_column(String(20))
    upper_bound: Mapped[bool]
    own_wording: Mapped[bool]


class ExposurePart(Base):
    """What one deviation adds in a row of the exposure: the difference with its terms put back to the standard; None without limit."""

    __tablename__ = "exposure_part"
    __table_args__ = (Index("ix_exposure_part_days", "from_day", "until_day"),)

    agreement_id: Mapped[str] = mapped_column(Id, ForeignKey("agreement.id"), primary_key=True)
    from_day: Mapped[date] = mapped_column(primary_key=True)
    deviation: Mapped[str] = mapped_column(String(40), primary_key=True)
    until_day: Mapped[date | None]
    parameters: Mapped[str] = mapped_column(String(300))
    adds: Mapped[Decimal | None] = mapped_column(Euro())
