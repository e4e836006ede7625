"""`dpa user`: the first administrator of a production service, and a forgotten password."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dpa_service.adapters.db.engine import make_engine, make_sessions
from dpa_service.services.people import accounts

ROOT = Path(__file__).parents[2]
PASSWORD = "een lange zin voor de proef"


@pytest.fixture
def dpa(sqlite_url, tmp_path):
    """The command, as production runs it."""
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "DPA_MODE": "production",
        "DPA_SECRET_KEY": "s" * 40,
        "DPA_TRUSTED_HOSTS": "dpa.example",
        "DPA_DATABASE_URL": sqlite_url,
    }

    def run(*arguments, given=""):
        command = [sys.executable, "-m", "dpa_service.cli", "user", *arguments]
        return subprocess.run(command, cwd=tmp_path, env=env, input=given, capture_output=True, text=True)

    return run


def everybody(sqlite_url):
    engine = make_engine(sqlite_url)
    with make_sessions(engine)() as session:
        found = accounts.users(session)
    engine.dispose()
    return found


def test_the_first_administrator(dpa, sqlite_url, tmp_path):
    done = dpa("create", "Admin@example.org", "--role", "admin", "--role", "dpo", "--password-file", "-", given=f"{PASSWORD}\n")
    assert (done.returncode, done.stdout) == (0, "admin@example.org: admin, dpo\n"), done.stderr
    (user,) = everybody(sqlite_url)
    assert user.password.startswith("$argon2id$")
    secret = tmp_path / "secret"
    secret.write_text("een andere lange zin\r\nand more\n")
    assert dpa("password", "admin@example.org", "--password-file", str(secret)).returncode == 0
    (again,) = everybody(sqlite_url)
    assert again.password != user.password
    assert again.fs_uniquifier != user.fs_uniquifier
    assert PASSWORD not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "password", "words"),
    [
        (("create", "a@example.org", "--role", "king"), PASSWORD, "king"),
        (("create", "nobody", "--role", "admin"), PASSWORD, "e-mail"),
        (("create", "a@example.org", "--role", "admin"), "kort", "12"),
        (("password", "a@example.org"), PASSWORD, "no such user"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(dpa, sqlite_url, arguments, password, words):
    done = dpa(*arguments, "--password-file", "-", given=password)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert everybody(sqlite_url) == []


def test_a_password_is_no_argument(dpa):
    assert dpa("create", "a@example.org", "--role", "admin", "--password", PASSWORD).returncode == 2
