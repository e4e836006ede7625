"""The tables of accounts: users, roles, sign-ins that still hold, API tokens. Only what sign-in needs: no addresses, no telephone numbers."""

from __future__ import annotations

import uuid
from datetime import datetime

import sqlalchemy as sa
from flask_security import AsaList, RoleMixin, UserMixin
from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dpa_service.adapters.db.models import Base, Id, Sha256
from dpa_service.adapters.db.types import JsonText

LONGEST_EMAIL = 100  # as long as the name that the audit log keeps

user_role = sa.Table(
    "user_role",
    Base.metadata,
    sa.Column("user_id", Id, ForeignKey("user_account.id"), primary_key=True),
    sa.Column("role_name", String(20), ForeignKey("role.name"), primary_key=True),
)


class Role(Base, RoleMixin):
    """One of the roles of domain/roles.py; the rows come with the migration and never change."""

    __tablename__ = "role"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)


class User(Base, UserMixin):
    """Somebody who may sign in.

    `fs_uniquifier` stands in the session cookie: a new one ends every session of the user. `link_hash` is the fingerprint of the
    one-time link with which a user sets a password. `tf_last_counter` tells which code was used last, for a code works once. A user without password signs in elsewhere (identity provider, demo) or not yet.
    """

    __tablename__ = "user_account"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=lambda: uuid.uuid4().hex)  # type: ignore[assignment]  # the mixin says int
    email: Mapped[str] = mapped_column(String(LONGEST_EMAIL), unique=True)
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool]
    language: Mapped[str | None] = mapped_column(String(5))
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    tf_primary_method: Mapped[str | None] = mapped_column(String(20))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255))
    tf_last_counter: Mapped[int | None]
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(AsaList()))
    link_hash: Mapped[str | None] = mapped_column(Sha256, unique=True)
    link_expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    last_login_at: Mapped[datetime | None]  # type: ignore[assignment]

    roles: Mapped[list[Role]] = relationship(  # type: ignore[assignment]
        secondary=user_role, lazy="selectin", order_by=Role.name
    )

    @property
    def role_names(self) -> frozenset[str]:
        """The roles by name."""
        return frozenset(role.name for role in self.roles)


class LoginSession(Base):
    """A sign-in that still holds: the row goes when the user signs out, and the cookie is then worth nothing."""

    __tablename__ = "login_session"

    id_hash: Mapped[str] = mapped_column(Sha256, primary_key=True)
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"), index=True)
    began_at: Mapped[datetime]


class ApiToken(Base):
    """A key to the API: only its SHA-256 is kept, so it is shown once."""

    __tablename__ = "api_token"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    owner_id: Mapped[str] = mapped_column(Id, ForeignKey("user_account.id"), index=True)
    name: Mapped[str] = mapped_column(Text)
    token_hash: Mapped[str] = mapped_column(Sha256, unique=True)
    scopes: Mapped[list[str]] = mapped_column(JsonText())
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    owner: Mapped[User] = relationship(lazy="joined", innerjoin=True)
