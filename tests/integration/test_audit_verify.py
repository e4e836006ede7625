"""`dpa audit verify`: a whole chain, and the first line that was altered, taken out or put in."""

import os
import subprocess
import sys

import pytest
import sqlalchemy as sa

from dpa_service.adapters.db.engine import make_engine, make_sessions, writing
from dpa_service.services.agreements import agreements, timeline
from tests.conftest import NOW


@pytest.fixture
def lines(sqlite_url, library, example):
    """Sessions on a database with a few lines."""
    engine = make_engine(sqlite_url)
    sessions = make_sessions(engine)
    with sessions() as session:
        for name in ("voorbeeld-bakkerij", "voorbeeld-energie"):
            agreements.create_draft(session, library, example(name, parameters={}), actor="a@example.org", now=NOW)
    yield sessions
    engine.dispose()


def verify(url):
    environment = {**os.environ, "DPA_DATABASE_URL": url}
    return subprocess.run(
        [sys.executable, "-m", "dpa_service.cli", "audit", "verify"], env=environment, capture_output=True, text=True, check=False
    )


def test_a_whole_chain_is_said_to_be_whole(sqlite_url, lines):
    done = verify(sqlite_url)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("5 lines")


@pytest.mark.parametrize(
    ("harm", "line"),
    [
        ("UPDATE audit_log SET actor = 'b@example.org' WHERE seq = 3", "line 3 was altered"),
        ("DELETE FROM audit_log WHERE seq = 2", "line 2 is missing"),
        ("DELETE FROM audit_log WHERE seq = 5", "the last lines are missing: 5 to 5"),
        ("UPDATE audit_log SET seq = 99 WHERE seq = 4", "line 4 is missing"),
    ],
)
def test_the_first_bad_line_is_named(sqlite_url, lines, harm, line):
    with lines() as session, writing(session):
        session.execute(sa.text(harm))
    done = verify(sqlite_url)
    assert done.returncode == 1
    assert line in done.stderr.splitlines()[0]


def test_a_database_without_a_log_is_named(tmp_path):
    done = verify(f"sqlite:///{tmp_path / 'none.sqlite'}")
    assert done.returncode == 2
    assert "dpa db upgrade" in done.stderr


def test_the_log_is_read_page_by_page(lines):
    with lines() as session:
        first = timeline.listing(session, limit=2)
        second = timeline.listing(session, limit=2, cursor=int(first.next))
        last = timeline.listing(session, limit=2, cursor=int(second.next))
        assert [line.seq for page in (first, second, last) for line in page.items] == [5, 4, 3, 2, 1]
        assert last.next is None
        assert len(timeline.listing(session, person="nobody").items) == 0
        assert {line.action for line in timeline.listing(session, action="client.create").items} == {"client.create"}
