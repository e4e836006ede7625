"""Migrations, applied by an explicit call and never at import: ``upgrade(url)``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from dpa_service.adapters.db.engine import as_writer, make_engine

_LOCK = 28_2016_679  # any number that no other program on the server uses


def upgrade(url: str | sa.URL, revision: str = "head") -> None:
    """Bring the database to a revision. Safe to call again, and from two processes at once: the second one waits."""
    with _connected(url) as config:
        command.upgrade(config, revision)


def downgrade(url: str | sa.URL, revision: str) -> None:
    """Take the database back to a revision ("base" is empty). What the later revisions held is lost."""
    with _connected(url) as config:
        command.downgrade(config, revision)


def current(url: str | sa.URL) -> str | None:
    """The revision of the database, or None for one without migrations."""
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def head() -> str:
    """The newest revision that this program knows."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "dpa_service.adapters.db:migrations")
    config.set_main_option("path_separator", "os")
    return config


@contextmanager
def _connected(url: str | sa.URL) -> Iterator[Config]:
    """An alembic configuration around one connection in one transaction: a migration happens as a whole or not at all."""
    engine = make_engine(url)
    config = _config()
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                _foreign_keys(connection, "OFF")  # a table rebuilt in a batch would otherwise take its children with it
            with as_writer(connection).begin():
                if engine.dialect.name == "postgresql":
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
                config.attributes["connection"] = connection
                yield config
                if engine.dialect.name == "sqlite" and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
                    raise RuntimeError(f"the migration leaves rows without their parent: {broken[:5]}")
    finally:
        engine.dispose()


def _foreign_keys(connection: sa.Connection, state: str) -> None:
    cursor = connection.connection.cursor()  # outside of a transaction: inside one SQLite ignores it
    cursor.execute(f"PRAGMA foreign_keys={state}")
    cursor.close()
