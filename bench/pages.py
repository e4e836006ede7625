"""The pages that everybody uses all day, with ten thousand clients and agreements in the database."""

from __future__ import annotations

import json
import logging
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient

from bench.measure import Row, medians
from dpa_service import create_app
from dpa_service.adapters.db.engine import make_engine, make_sessions
from dpa_service.adapters.db.migrate import upgrade
from dpa_service.adapters.db.models import Agreement, AgreementIssue, AuditLog, Client, Deviation
from dpa_service.adapters.library_files import load_library
from dpa_service.config import Config
from dpa_service.resources import examples_dir
from dpa_service.services.agreements import agreements
from dpa_service.services.agreements.generate import snapshot_json
from dpa_service.services.paging import search_form

TITLE = "Pages (10,000 clients and agreements, SQLite, test client, signed in)"
COUNT = 10_000
AIM = 100
NOW = datetime.now(UTC)
STATES = ("signed", "signed", "signed", "signed", "superseded", "ended", "issued", "issued", "withdrawn", "draft")


def run() -> Iterable[Row]:
    """Fill a database, sign in once per role, and ask for the pages in turn."""
    from tests.support.accounts import signed_in

    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'pages.sqlite'}"
        upgrade(url)
        library = load_library()
        app = create_app(Config(database_url=url), library)
        logging.getLogger("dpa").setLevel(logging.WARNING)  # a line for each request would drown the table
        browsers = {role: signed_in(app, role) for role in ("sales", "legal", "admin")}
        issued, draft = fill(url, library, browsers["sales"].user.email)
        pages = {
            "start": ("sales", "/"),
            "start, legal": ("legal", "/"),
            "agreements": ("sales", "/agreements"),
            "agreements, signed": ("sales", "/agreements?state=signed"),
            "agreements, words": ("sales", "/agreements?q=noordzee+12"),
            "search, name": ("sales", "/search?q=noordzee+4321"),
            "search, number": ("sales", "/search?q=0999.004.321"),
            "search, cap above 2500": ("sales", "/search?q=cap+above+2500"),
            "search, breach < 48": ("sales", "/search?q=breach+%3C+48"),
            "search, nothing found": ("sales", "/search?q=bestaatniet"),
            "agreement, signed": ("sales", f"/agreements/{issued}"),
            "agreement, draft": ("sales", f"/agreements/{draft}"),
            "agreement, document": ("legal", f"/agreements/{issued}?view=document"),
            "clients": ("sales", "/clients"),
            "audit": ("admin", "/audit"),
        }
        ms = medians({name: asking(browsers[role], path) for name, (role, path) in pages.items()}, rounds=5, block=6)
        for name in pages:
            yield Row(name, f"{ms[name]:.0f} ms", "", f"< {AIM} ms", ms[name] < AIM)


def asking(browser: FlaskClient, path: str) -> Any:
    """A page, which must be there."""

    def ask(_: Any) -> None:
        answer = browser.get(path)
        assert answer.status_code == 200, (path, answer.status_code)

    return ask


def fill(url: str, library: Any, person: str) -> tuple[str, str]:
    """Clients and agreements in bulk; the ids of a signed agreement and a draft whose documents are real."""
    engine = make_engine(url)
    example = json.loads((examples_dir() / "voorbeeld-energie.json").read_text(encoding="utf-8"))
    example.pop("reference", None)
    with make_sessions(engine)() as session:
        made = agreements.create_draft(session, library, example, actor=person, now=NOW)
        snapshot = snapshot_json(agreements.preview(session, made.agreement.id))
    first = uuid.uuid4().hex
    with engine.begin() as connection:
        for table, rows in (
            (Client, clients(example["client"])),
            (Agreement, rows_of(made.agreement, first, person)),
            (AgreementIssue, issues(first, snapshot)),
            (Deviation, deviations()),
            (AuditLog, audit_lines(first, person)),
        ):
            connection.execute(sa.insert(table), list(rows))
        connection.exec_driver_sql("ANALYZE")
    engine.dispose()
    return first, made.agreement.id


def clients(example: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The controllers."""
    for number in range(COUNT):
        identity, name = f"0999.{number // 1000:03d}.{number % 1000:03d}", f"Noordzee {number} NV"
        yield {
            "id": f"{number:032x}", "name": name, "identity": identity,
            "search": search_form(name, identity, identity.replace(".", "")),
            "data": {**example, "name": name, "enterprise_number": identity},
            "version": 1, "created_at": NOW - timedelta(minutes=number), "updated_at": NOW,
        }  # fmt: skip


def agreement_id(number: int, first: str) -> str:
    """The first one is the agreement whose page is measured."""
    return first if number == 0 else f"a{number:031x}"


def rows_of(model: Agreement, first: str, person: str) -> Iterator[dict[str, Any]]:
    """One agreement a client, in all states."""
    for number in range(COUNT):
        state = STATES[number % len(STATES)]
        reference = None if state == "draft" else f"DPA-2026-{number:05d}"
        begins = NOW.date() - timedelta(days=number % 1500 - 20)
        title = f"Noordzee {number} NV – Raamovereenkomst klantenservice"
        yield {
            "id": agreement_id(number, first), "client_id": f"{number:032x}", "family": "agreement", "state": state,
            "reference": reference, "title": title, "search": search_form(title, reference), "request": model.request,
            "library_hash": model.library_hash, "effective_from": begins,
            "effective_until": begins + timedelta(days=900) if state in ("superseded", "ended") else None,
            "created_by": person if number % 200 == 9 or number % 500 == 6 else f"maker{number % 40}@example.org",
            "signed_on": begins if state in ("signed", "superseded", "ended") else None, "signatory": None, "reason": None,
            "successor_id": None, "version": 1, "created_at": NOW - timedelta(minutes=number),
            "updated_at": NOW - timedelta(minutes=number),
        }  # fmt: skip


def issues(first: str, snapshot: str) -> Iterator[dict[str, Any]]:
    """What was issued. Only the measured one carries its whole text: a page reads one, and the file stays small."""
    for number in range(COUNT):
        if STATES[number % len(STATES)] == "draft":
            continue
        yield {
            "agreement_id": agreement_id(number, first), "reference": f"DPA-2026-{number:05d}",
            "issued_at": NOW - timedelta(minutes=number), "snapshot": snapshot if number == 0 else "{}",
            "snapshot_sha256": "0" * 64, "docx": b"x", "docx_sha256": "0" * 64, "docx_content_hash": "0" * 64, "pdf": b"x",
            "pdf_sha256": "0" * 64,
        }  # fmt: skip


def deviations() -> Iterator[dict[str, Any]]:
    """Two figures that a third of the agreements depart in."""
    for number in range(1, COUNT, 3):
        for label, clause, parameter, old, new in (
            ("A1", "processor-liability", "cap_fixed", "2500.00", f"{1000 + number % 90 * 500}.00"),
            ("A2", "breach-notice", "breach_notice_hours", 48, 24 + number % 5 * 12),
        ):
            yield {
                "id": f"{label.lower()}{number:030x}", "agreement_id": f"a{number:031x}", "label": label,
                "class": "value", "clause": clause, "parameter": parameter, "old": old, "new": new,
                "state": "agreed", "created_at": NOW,
            }  # fmt: skip


def audit_lines(first: str, person: str) -> Iterator[dict[str, Any]]:
    """Four lines an agreement."""
    actions = ("create", "update", "issue", "sign")
    for number in range(COUNT * len(actions)):
        yield {
            "seq": 1000 + number, "at": NOW, "actor": person if number % 9 else f"maker{number % 40}@example.org",
            "action": f"agreement.{actions[number % 4]}", "object_type": "agreement",
            "object_id": agreement_id(number // 4, first), "details": {"version": number % 4},
            "prev_hash": f"b{number:063x}", "hash": f"b{number + 1:063x}",
        }  # fmt: skip
