"""A fault between any two writes of a use case, or at its commit, leaves nothing of it: no row, no number, no audit line, no message."""

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from dpa_service.adapters.db.engine import reading
from dpa_service.services import agreements, clients, issuing
from dpa_service.services import library as releases
from tests.conftest import NOW, TODAY
from tests.support.changed_library import new_text

pytestmark = pytest.mark.usefixtures("plain_documents")
WRITES = ("INSERT", "UPDATE", "DELETE")


class Injected(RuntimeError):
    """The error that the test puts in."""


@pytest.fixture
def use_cases(session, library, example):
    """Name → a use case ready to run, on a database that holds a draft and a client."""
    made = agreements.create_draft(session, library, example("voorbeeld-alles"), actor="a", now=NOW)
    party = example("voorbeeld-energie")["client"]
    newer = new_text(library)
    return {
        "sync": lambda: releases.sync(session, newer, now=NOW),
        "create client": lambda: clients.create(session, party, actor="a", now=NOW),
        "update client": lambda: clients.update(session, made.agreement.client_id, party, expected_version=1, actor="a", now=NOW),
        "create draft": lambda: agreements.create_draft(session, newer, example(), key="d", actor="a", now=NOW),
        "update draft": lambda: agreements.update_draft(
            session, made.agreement.id, example(), expected_version=1, renew=newer, actor="a", now=NOW
        ),
        "issue": lambda: issuing.issue(session, made.agreement.id, key="i", actor="a", now=NOW, today=TODAY),
    }


def everything(session):
    """The content of every table."""
    names = sa.inspect(session.get_bind()).get_table_names()
    with reading(session):
        return {name: sorted(map(repr, session.execute(sa.text(f'SELECT * FROM "{name}"')).all())) for name in names}


@pytest.mark.parametrize("name", ["sync", "create client", "update client", "create draft", "update draft", "issue"])
def test_all_or_nothing(session, use_cases, name):
    engine = session.get_bind()
    before = everything(session)
    done: list[str] = []
    fail_at: list[int | str] = [0]

    def at_write(_connection, _cursor, statement, *_):
        if statement.lstrip().upper().startswith(WRITES):
            done.append(statement)
            if len(done) == fail_at[0]:
                raise Injected(statement)

    def at_commit(_connection):
        if fail_at[0] == "commit":
            raise Injected("commit")

    event.listen(engine, "before_cursor_execute", at_write)
    event.listen(engine, "commit", at_commit)
    try:
        fail_at[0] = "commit"
        with pytest.raises(Injected):
            use_cases[name]()
        assert everything(session) == before
        writes = len(done)
        assert writes >= 4
        # a release of the library is one write a clause: there a sample is enough
        for point in [n for n in range(1, writes + 1) if n <= 3 or n > writes - 12 or n % 10 == 0]:
            done.clear()
            fail_at[0] = point
            with pytest.raises(Injected):
                use_cases[name]()
            assert everything(session) == before, f"write {point} of {writes}: {done[-1]}"
        fail_at[0] = 0
        use_cases[name]()
        assert everything(session) != before
    finally:
        event.remove(engine, "before_cursor_execute", at_write)
        event.remove(engine, "commit", at_commit)
