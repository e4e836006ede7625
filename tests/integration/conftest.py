"""A database with two clients bound by agreements and the house's bank details, made once of each kind and copied for each test."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy.orm import Session, sessionmaker

from dpa_service.adapters.db.engine import make_engine, make_sessions
from dpa_service.domain.contract.clauses import Library
from dpa_service.resources import examples_dir
from tests.conftest import KINDS, create_database
from tests.support.assistance import bound_client, fast, house_account


@dataclass(frozen=True, slots=True)
class Billed:
    """A database and its clients: `plain` with the standard terms, `dealt` with an hour free a year and alerts not billable."""

    url: str
    plain: str
    dealt: str


def _filled(url: str, library: Library) -> Billed:
    """Fill a database that has all tables."""
    engine = make_engine(url)

    def plain(snapshot: object) -> bytes:
        return json.dumps(snapshot).encode()

    with pytest.MonkeyPatch.context() as patch, make_sessions(engine)() as session:
        fast(patch)
        patch.setattr("dpa_service.services.agreements.issuing.render_docx", plain)
        patch.setattr("dpa_service.services.agreements.issuing.render_pdf", plain)
        patch.setattr("dpa_service.services.agreements.issuing.content_hash", lambda content: "0" * 64)
        house_account(session, library)
        first, second = (
            json.loads((examples_dir() / f"voorbeeld-{name}.json").read_text(encoding="utf-8"))
            for name in ("bakkerij", "energie")
        )
        for data in (first, second):
            data.pop("reference", None)
        clients = (
            bound_client(session, library, first),
            bound_client(session, library, second, assistance_free_hours=1, billable_alert=False, dsr_forward_days=5),
        )
    engine.dispose()
    return Billed(url, *clients)


@pytest.fixture(scope="session")
def billed_sqlite(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, library: Library) -> Billed:
    """The SQLite file."""
    path = tmp_path_factory.mktemp("billed") / "dpa.sqlite"
    shutil.copy(sqlite_template, path)
    filled = _filled(f"sqlite:///{path}", library)
    engine = make_engine(filled.url)
    with engine.connect() as connection:
        connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return filled


@pytest.fixture(scope="session")
def billed_postgres(postgres_template: str, library: Library) -> Billed:
    """The PostgreSQL database."""
    return _filled(create_database(postgres_template, "template_billed", "template_dpa"), library)


@pytest.fixture(params=KINDS)
def billed(request: pytest.FixtureRequest, tmp_path: Path) -> Billed:
    """A fresh copy, once of each kind."""
    if request.param == "sqlite":
        made: Billed = request.getfixturevalue("billed_sqlite")
        copied = shutil.copy(made.url.removeprefix("sqlite:///"), tmp_path / "billed.sqlite")
        return Billed(f"sqlite:///{copied}", made.plain, made.dealt)
    made = request.getfixturevalue("billed_postgres")
    server = request.getfixturevalue("postgres_template")
    return Billed(create_database(server, f"billed_{uuid.uuid4().hex[:12]}", "template_billed"), made.plain, made.dealt)


@pytest.fixture
def billed_sessions(billed: Billed) -> Iterator[sessionmaker[Session]]:
    """Sessions on it."""
    engine = make_engine(billed.url)
    yield make_sessions(engine)
    engine.dispose()
