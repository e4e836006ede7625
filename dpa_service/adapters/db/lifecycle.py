"""The files that came back signed: the bytes as evidence, what the comparison with the issued text found, and who decided."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from dpa_service.adapters.db.models import Base, Id, Sha256

WAITING, ACCEPTED, REFUSED, SET_ASIDE = "waiting", "accepted", "refused", "set_aside"
SAME, DIFFERS, NO_TEXT = "same", "differs", "no_text"


class SignedCopy(Base):
    """One uploaded file. `verdict` is the machine's (same, differs, no_text), `state` what became of it.

    The facts of the signature wait here until the copy is accepted; then they move to the agreement.
    """

    __tablename__ = "signed_copy"
    __table_args__ = (Index("ix_signed_copy_agreement_id", "agreement_id"), Index("ix_signed_copy_state", "state", "uploaded_at"))

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    agreement_id: Mapped[str] = mapped_column(Id, ForeignKey("agreement.id"))
    uploaded_at: Mapped[datetime]
    uploaded_by: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(Sha256)
    content: Mapped[bytes] = mapped_column(deferred=True)
    verdict: Mapped[str] = mapped_column(String(20))
    findings: Mapped[dict[str, Any]]
    signatory: Mapped[str]
    signed_on: Mapped[date]
    effective_from: Mapped[date]
    effective_until: Mapped[date | None]
    state: Mapped[str] = mapped_column(String(20))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(100))
    reason: Mapped[str | None]
