"""kill -9 while issuing: every number that was told is there, none twice, none missing."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from dpa_service.adapters.db import audit
from dpa_service.adapters.db.engine import make_engine, make_sessions, reading
from dpa_service.adapters.db.migrate import upgrade
from dpa_service.adapters.db.models import AgreementIssue, OutboxMessage
from tests.support.postgres import postgres

ROOT = Path(__file__).parents[2]
ROUNDS = 2


def test_numbers_survive_kill_9(database_url, example, tmp_path):
    request = tmp_path / "request.json"
    request.write_text(json.dumps(example()))
    told: list[str] = []
    command = [sys.executable, "-m", "tests.support.issue_forever", database_url, str(request)]
    for round_ in range(ROUNDS):
        children = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        for child in children:
            assert child.stdout is not None
            for _ in range(3 + round_):
                line = child.stdout.readline().strip()
                assert line, "the child ended by itself"
                told.append(line)
        for child in children:
            child.kill()
        for child in children:
            told += child.communicate()[0].split()
            assert child.returncode == -9
    engine = make_engine(database_url)
    with make_sessions(engine)() as session, reading(session):
        kept = sorted(session.scalars(sa.select(AgreementIssue.reference)))
        messages = sorted(message.payload["reference"] for message in session.scalars(sa.select(OutboxMessage)))
        assert audit.verify(session) == []
    engine.dispose()
    assert kept == [f"DPA-2026-{number:04d}" for number in range(1, len(kept) + 1)]
    assert len(kept) >= ROUNDS * 6
    assert set(told) <= set(kept)
    assert messages == kept


@pytest.mark.postgres
def test_numbers_survive_the_servers_own_death(example, tmp_path):
    """The server loses its power, so to say, and comes back: what was committed is there."""
    request = tmp_path / "request.json"
    request.write_text(json.dumps(example()))
    with postgres(durable=True) as url:
        upgrade(url)
        command = [sys.executable, "-m", "tests.support.issue_forever", url, str(request)]
        child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert child.stdout is not None
        told = [child.stdout.readline().strip() for _ in range(5)]
        engine = make_engine(url)
        with engine.connect() as connection:  # the server drops everybody and recovers from its log
            pid = connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
        os.kill(pid, signal.SIGKILL)
        told += child.communicate()[0].split()
        deadline = time.monotonic() + 30
        kept: list[str] = []
        while not kept and time.monotonic() < deadline:
            with contextlib.suppress(sa.exc.OperationalError), make_sessions(engine)() as session, reading(session):
                kept = sorted(session.scalars(sa.select(AgreementIssue.reference)))
                assert audit.verify(session) == []
        engine.dispose()
    assert kept == [f"DPA-2026-{number:04d}" for number in range(1, len(kept) + 1)]
    assert set(filter(None, told)) <= set(kept)
