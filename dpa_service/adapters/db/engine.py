"""Engines and transactions, the same way on SQLite and PostgreSQL.

SQLite's Python driver opens transactions on its own terms; here it is told not to, and the engine sends BEGIN itself: IMMEDIATE for
a writer, so that writers queue at the start instead of failing in the middle, plain for a reader.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, sessionmaker

_PRAGMAS = ("busy_timeout=10000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
_BEGIN = "dpa_begin"

# Parameters hold names, addresses and clause texts: they never belong in an error message or a log.
ENGINE_OPTIONS: dict[str, Any] = {"hide_parameters": True, "pool_pre_ping": True}
SESSION_OPTIONS: dict[str, Any] = {"expire_on_commit": False, "autoflush": False}


def absolute_url(url: str) -> sa.URL:
    """The URL with SQLite's file made absolute against the current folder, and that folder made when it is missing."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        return parsed
    path = Path(str(parsed.database)).absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    return parsed.set(database=str(path))


def make_engine(url: str | sa.URL) -> sa.Engine:
    """An engine for work outside of a web request: commands, migrations, tests."""
    options = dict(ENGINE_OPTIONS)
    return prepare(sa.create_engine(absolute_url(str(url)) if isinstance(url, str) else url, **options))


def prepare(engine: sa.Engine) -> sa.Engine:
    """Give an engine (also one that a framework made) the house's settings for its kind of database."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_connect)
        event.listen(engine, "begin", _sqlite_begin)
    return engine


def make_sessions(engine: sa.Engine) -> sessionmaker[Session]:
    """Sessions for work outside of a web request."""
    return sessionmaker(engine, **SESSION_OPTIONS)


def _sqlite_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_begin(connection: sa.Connection) -> None:
    writer = connection.get_execution_options().get(_BEGIN) == "write"
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")


def as_writer(connection: sa.Connection) -> sa.Connection:
    """Mark a connection that is not yet in a transaction: its next transaction writes."""
    return connection.execution_options(**{_BEGIN: "write"})


def begin_writing(session: Session) -> None:
    """Begin a writing transaction that its user commits: for flask-security, which keeps a session of its own."""
    session.connection(execution_options={_BEGIN: "write"})


@contextmanager
def writing(session: Session) -> Iterator[Session]:
    """One use case = one transaction: committed at the end, rolled back as a whole on any error.

    What it read or wrote is detached afterwards, so that the next use case reads the database and not its memory.
    Error: RuntimeError when the session already is in a transaction, because two use cases would then share one fate (and a
    reader that turns writer can fail on SQLite).
    """
    _fresh(session)
    session.connection(execution_options={_BEGIN: "write"})
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.expunge_all()


@contextmanager
def reading(session: Session) -> Iterator[Session]:
    """A transaction that only reads; nothing done in it is kept, what it read is detached. Error: RuntimeError as above."""
    _fresh(session)
    try:
        yield session
    finally:
        session.expunge_all()  # first: a rollback would empty the objects
        session.rollback()


def _fresh(session: Session) -> None:
    if session.in_transaction():
        raise RuntimeError("a use case starts its own transaction; end the one that is open first")


def insert_if_absent(session: Session, table: type[Any], values: Mapping[str, Any]) -> bool:
    """Insert a row unless a unique key already holds it; True when this call inserted it.

    On PostgreSQL a second inserter waits for the first one's commit or rollback, so the answer is final.
    """
    dialect = session.get_bind().dialect.name
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = make(table).values(**values).on_conflict_do_nothing().returning(sa.literal(1))
    return session.execute(statement).first() is not None


def hold(session: Session, name: str, *, shared: bool) -> None:
    """Hold the lock `name` until this transaction ends; any number may share it, or one has it alone.

    For what no row stands for yet. Nothing to do on SQLite: there only one transaction writes at a time.
    """
    if session.get_bind().dialect.name == "postgresql":
        take = sa.func.pg_advisory_xact_lock_shared if shared else sa.func.pg_advisory_xact_lock
        session.execute(sa.select(take(sa.func.hashtextextended(name, 0))))
