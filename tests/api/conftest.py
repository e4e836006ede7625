"""An application with two clients bound by agreements and the house's bank details, and callers whose answers are held to the description."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from flask import Flask

from dpa_service import create_app
from dpa_service.adapters.db.engine import make_engine, make_sessions
from dpa_service.config import Config
from dpa_service.domain.contract.clauses import Library
from dpa_service.resources import examples_dir
from dpa_service.serving.runtime import EXTENSION
from tests.conftest import NOW
from tests.support.accounts import Program, with_token
from tests.support.assistance import bound_client, fast, house_account

API = "/api/v1"


@dataclass
class Billed:
    """The application; `plain` is a client with the standard terms, `dealt` has an hour free a year and alerts not billable."""

    app: Flask
    plain: str
    dealt: str


@dataclass
class Caller:
    """A program with a token. Every answer has the status that is expected, and the shape that the description says."""

    app: Flask
    program: Program
    spec: dict[str, Any]
    checkers: dict[tuple[str, str, int], Any]

    def __call__(self, line: str, status: int = 200, **options: Any) -> Any:
        """In: "POST /invoices" under the API; `key` and `tag` become headers. Out: the answer."""
        method, path = line.split(" ", 1)
        names = {"key": "Idempotency-Key", "tag": "If-Match"}
        headers = {name: options.pop(short) for short, name in names.items() if short in options}
        answer = self.program.open(f"{API}{path}", method=method, headers=headers, **options)
        assert answer.status_code == status, (line, answer.status_code, answer.text[:2000])
        if answer.is_json:
            self._checked(line, method.lower(), f"{API}{path}".partition("?")[0], status, answer.json)
        return answer

    def _checked(self, line: str, method: str, path: str, status: int, body: Any) -> None:
        with self.app.test_request_context():
            rule = str(self.app.url_map.bind("").match(path, method.upper(), return_rule=True)[0].rule)
        for kind in ("<hex:", "<string(maxlength=100):", "<dotted:"):
            rule = rule.replace(kind, "{")
        place = (rule.replace(">", "}"), method, status)
        if place not in self.checkers:
            responses = self.spec["paths"][place[0]][method]["responses"]
            found = responses.get(str(status)) or responses["default"]
            if "$ref" in found:
                found = self.spec["components"]["responses"][found["$ref"].rpartition("/")[2]]
            schema = found["content"]["application/json"]["schema"]
            self.checkers[place] = jsonschema_rs.validator_for({**schema, "components": self.spec["components"]})
        wrong = [f"{error.instance_path}: {error.message}" for error in self.checkers[place].iter_errors(body)]
        assert not wrong, (line, wrong[:5])


@pytest.fixture(scope="session")
def billed_file(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, library: Library) -> tuple[Path, str, str]:
    """The database, filled once; and its two clients."""
    path = tmp_path_factory.mktemp("billed-api") / "dpa.sqlite"
    shutil.copy(sqlite_template, path)
    engine = make_engine(f"sqlite:///{path}")
    with pytest.MonkeyPatch.context() as patch, make_sessions(engine)() as session:
        fast(patch)
        for name in ("render_docx", "render_pdf"):
            patch.setattr(f"dpa_service.services.agreements.issuing.{name}", lambda snapshot: json.dumps(snapshot).encode())
        patch.setattr("dpa_service.services.agreements.issuing.content_hash", lambda content: "0" * 64)
        house_account(session, library)
        data = [json.loads((examples_dir() / f"voorbeeld-{name}.json").read_text("utf-8")) for name in ("bakkerij", "energie")]
        for each in data:
            each.pop("reference", None)
        plain = bound_client(session, library, data[0])
        dealt = bound_client(session, library, data[1], assistance_free_hours=1, billable_alert=False)
    with engine.connect() as connection:
        connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path, plain, dealt


@pytest.fixture
def billed(
    billed_file: tuple[Path, str, str], tmp_path: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> Billed:  # fmt: skip
    """A fresh copy of it, at a moment that stands still."""
    fast(monkeypatch)
    path = shutil.copy(billed_file[0], tmp_path / "billed.sqlite")
    app = create_app(Config(database_url=f"sqlite:///{path}"), library)
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], clock=lambda: NOW)
    return Billed(app, *billed_file[1:])


@pytest.fixture(scope="session")
def described() -> dict[str, Any]:
    """What was read of the description: itself, and the checkers made from it."""
    return {"spec": None, "checkers": {}}


@pytest.fixture
def as_caller(billed: Billed, described: dict[str, Any]) -> Callable[..., Caller]:
    """A new user with these roles, as a program: ``as_caller("sales")``."""
    if described["spec"] is None:
        described["spec"] = billed.app.test_client().get(f"{API}/openapi.json").json

    def made(*roles: str) -> Caller:
        return Caller(billed.app, with_token(billed.app, *roles), described["spec"], described["checkers"])

    return made
