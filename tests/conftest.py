"""What the tests share: the house library, example requests, and a fresh database of either kind for each test."""

from __future__ import annotations

import copy
import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings
from sqlalchemy.orm import Session, sessionmaker

from dpa_service import create_app
from dpa_service.adapters.db.engine import make_engine, make_sessions
from dpa_service.adapters.db.migrate import upgrade
from dpa_service.adapters.library_files import load_library
from dpa_service.config import Config
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.roles import ROLES
from dpa_service.resources import examples_dir
from tests.support.accounts import Browser, signed_in, with_token
from tests.support.postgres import postgres

# What random tests try is new on every run of a developer, and the same on every run of the CI: a find there belongs to nobody's change.
settings.register_profile("repeatable", derandomize=True, print_blob=True)
if os.environ.get("CI"):
    settings.load_profile("repeatable")

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
TODAY = date(2026, 11, 23)
KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def library() -> Library:
    """The clause library of the product."""
    return load_library()


@pytest.fixture
def example() -> Callable[..., dict[str, Any]]:
    """An example request by its file name, without the reference that the database gives; keyword arguments replace top-level keys."""

    def made(name: str = "voorbeeld-bakkerij", **changes: Any) -> dict[str, Any]:
        data = json.loads((examples_dir() / f"{name}.json").read_text(encoding="utf-8"))
        data.pop("reference", None)
        return copy.deepcopy(data) | changes

    return made


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, copied for each test."""
    path = tmp_path_factory.mktemp("template") / "dpa.sqlite"
    upgrade(f"sqlite:///{path}")
    engine = make_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL server of this test process."""
    with postgres() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """A migrated database on it, cloned for each test."""
    create_database(postgres_server, "template_dpa")
    upgrade(sa.make_url(postgres_server).set(database="template_dpa"))
    return postgres_server


def create_database(server: str, name: str, template: str = "template1") -> str:
    """Make a database and give its URL."""
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
    engine.dispose()
    return sa.make_url(server).set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh SQLite database with all tables."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'dpa.sqlite')}"


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh database with all tables, once of each kind."""
    if request.param == "sqlite":
        return str(request.getfixturevalue("sqlite_url"))
    return create_database(request.getfixturevalue("postgres_template"), f"test_{uuid.uuid4().hex[:12]}", "template_dpa")


@pytest.fixture(params=KINDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh database without tables, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.sqlite'}"
    return create_database(request.getfixturevalue("postgres_server"), f"empty_{uuid.uuid4().hex[:12]}")


@pytest.fixture
def sessions(database_url: str) -> Iterator[sessionmaker[Session]]:
    """Sessions on a fresh database of either kind."""
    engine = make_engine(database_url)
    yield make_sessions(engine)
    engine.dispose()


@pytest.fixture
def session(sessions: sessionmaker[Session]) -> Iterator[Session]:
    """One of them."""
    with sessions() as opened:
        yield opened


@pytest.fixture
def app(sqlite_url: str, library: Library) -> Flask:
    """The application as the demo runs it, on a fresh SQLite database."""
    return create_app(Config(database_url=sqlite_url), library)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A program that calls its API with a token that may do everything."""
    return with_token(app, *ROLES)


@pytest.fixture
def as_role(app: Flask) -> Callable[..., Browser]:
    """A browser signed in as a new user with the given roles: ``as_role("sales")``. POST forms carry the CSRF field by themselves."""

    def browser(*roles: str) -> Browser:
        return signed_in(app, *roles)

    return browser


@pytest.fixture
def plain_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents that take no time to make, for tests about something else; the same snapshot still gives the same bytes."""

    def fake(snapshot: dict[str, Any]) -> bytes:
        return json.dumps(snapshot, sort_keys=True).encode()

    monkeypatch.setattr("dpa_service.services.agreements.issuing.render_docx", fake)
    monkeypatch.setattr("dpa_service.services.agreements.issuing.render_pdf", fake)
    monkeypatch.setattr("dpa_service.services.agreements.issuing.content_hash", lambda content: "0" * 64)
