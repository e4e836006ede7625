"""The table of unfinished requests: what a user has filled in so far, complete or not."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from dpa_service.adapters.db.models import Base, Id


class Form(Base):
    """A form of `owner` (an e-mail address). `data` is a request as typed (services/agreements/form_data.py), with whatever is missing or wrong.

    `agreement_id` is the draft it made and `agreement_version` that draft's version then. `version` counts the changes, so that a
    second tab notices the first one. A form with `discarded_at` is out of sight and can be brought back.
    """

    __tablename__ = "form"
    __table_args__ = (Index("ix_form_owner", "owner", "updated_at"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    owner: Mapped[str] = mapped_column(String(254))
    client_id: Mapped[str | None] = mapped_column(Id, ForeignKey("client.id"), index=True)
    title: Mapped[str]
    data: Mapped[dict[str, Any]]
    agreement_id: Mapped[str | None] = mapped_column(Id, ForeignKey("agreement.id"), index=True)
    agreement_version: Mapped[int | None]
    version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    discarded_at: Mapped[datetime | None]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012
