"""The running application as a view sees it: settings, clause library, database session, clock, caller."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from flask import current_app, g, has_request_context, request
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy.orm import Session

from dpa_service.config import Config
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.deadlines import day_of
from dpa_service.services.house.house import effective_library

EXTENSION = "dpa"
_LIBRARY = "dpa.library"


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
    """The session of this request's use cases, closed at its end. Sign-in has its own (flask-security keeps it in a transaction)."""
    return runtime().db.get_session("work")


def library() -> Library:
    """The clause library that new drafts are made with: the library of the settings, with the house data that was edited since.

    One and the same for a whole request, so that its parts agree with each other.
    """
    if not has_request_context():
        return effective_library(session(), runtime().library)
    if _LIBRARY not in request.environ:
        request.environ[_LIBRARY] = effective_library(session(), runtime().library)
    found: Library = request.environ[_LIBRARY]
    return found


def now() -> datetime:
    """This moment, in UTC."""
    return runtime().clock()


def today() -> date:
    """The day in Belgium at this moment: a number given on New Year's Eve at 23.30 UTC is next year's."""
    return day_of(now())


def actor() -> str:
    """Who calls, as the audit log names it."""
    return str(g.actor)
