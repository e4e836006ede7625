"""The house's own data: processor profile, sub-processors, service catalogue. Each change is a new row; none is ever overwritten."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from dpa_service.adapters.db.models import Base, Sha256


class HouseData(Base):
    """One version of one kind of house data; the newest one of a kind replaces the file of the clause library.

    `hash` is that of the content as the library's file would hold it, so that a release of the library tells which version it
    was made with.
    """

    __tablename__ = "house_data"

    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hash: Mapped[str] = mapped_column(Sha256, index=True)
    content: Mapped[dict[str, Any]]
    author: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime]
    note: Mapped[str | None]
