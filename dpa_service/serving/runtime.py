"""The running application as a view sees it: settings, clause library, database session, clock, caller."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from flask import current_app, g
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy.orm import Session

from dpa_service.config import Config
from dpa_service.domain.clauses import Library

EXTENSION = "dpa"


def utc_now() -> datetime:
    """The clock of the machine."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Runtime:
    """What create_app put together; `clock` is the only place where the product asks for the time."""

    config: Config
    library: Library
    db: SQLAlchemy
    clock: Callable[[], datetime] = utc_now


def runtime() -> Runtime:
    """Of the application that serves this request."""
    found: Runtime = current_app.extensions[EXTENSION]
    return found


def session() -> Session:
    """The session of this request, closed at its end."""
    return runtime().db.session


def library() -> Library:
    """The clause library that new drafts are made with."""
    return runtime().library


def now() -> datetime:
    """This moment, in UTC."""
    return runtime().clock()


def today() -> date:
    """The day in Belgium at this moment: a number given on New Year's Eve at 23.30 UTC is next year's."""
    return now().astimezone(ZoneInfo("Europe/Brussels")).date()


def actor() -> str:
    """Who calls, as the audit log names it."""
    return str(g.actor)
