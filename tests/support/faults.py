"""A fault put between any two writes of a use case, or at its commit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import reading

WRITES = ("INSERT", "UPDATE", "DELETE")


class Injected(RuntimeError):
    """The error that the test puts in."""


def everything(session: Session) -> dict[str, list[str]]:
    """The content of every table."""
    names = sa.inspect(session.get_bind()).get_table_names()
    with reading(session):
        return {name: sorted(map(repr, session.execute(sa.text(f'SELECT * FROM "{name}"')).all())) for name in names}


def all_or_nothing(session: Session, use_case: Callable[[], Any], *, least: int = 4) -> None:
    """Fail the use case at its commit and at its writes, one after the other, and see that nothing of it stays; then let it run."""
    engine = session.get_bind()
    before = everything(session)
    done: list[str] = []
    fail_at: list[int | str] = [0]

    def at_write(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.lstrip().upper().startswith(WRITES):
            done.append(statement)
            if len(done) == fail_at[0]:
                raise Injected(statement)

    def at_commit(_connection: Any) -> None:
        if fail_at[0] == "commit":
            raise Injected("commit")

    event.listen(engine, "before_cursor_execute", at_write)
    event.listen(engine, "commit", at_commit)
    try:
        fail_at[0] = "commit"
        with pytest.raises(Injected):
            use_case()
        assert everything(session) == before
        writes = len(done)
        assert writes >= least
        # a release of the library is one write a clause: there a sample is enough
        for point in [n for n in range(1, writes + 1) if n <= 3 or n > writes - 12 or n % 10 == 0]:
            done.clear()
            fail_at[0] = point
            with pytest.raises(Injected):
                use_case()
            assert everything(session) == before, f"write {point} of {writes}: {done[-1]}"
        fail_at[0] = 0
        use_case()
        assert everything(session) != before
    finally:
        event.remove(engine, "before_cursor_execute", at_write)
        event.remove(engine, "commit", at_commit)
