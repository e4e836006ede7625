"""A database with clients whose minutes wait to be charged, for the tests of the pages from work in progress to an issued invoice."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from dpa_service.adapters.db.engine import make_engine, make_sessions, writing
from dpa_service.adapters.db.models import Client
from dpa_service.resources import examples_dir
from tests.support.assistance import approved, bound_client, fast, minutes, request

CLIENTS = (("plain", "bakkerij", {}), ("free", "energie", {"assistance_free_hours": 1}), ("abroad", "ziekenhuis", {}))


def with_minutes(template: Path, path: Path, library: Any) -> dict[str, str]:
    """Fill a copy of the template at `path`: `plain`; `free` with an hour free a year; `abroad`, in the Union without a VAT number.

    Each has approved minutes of September and November and some that wait. The house's bank details are not known. Out: name → client.
    """
    shutil.copy(template, path)
    engine = make_engine(f"sqlite:///{path}")
    made = {}
    with pytest.MonkeyPatch.context() as patch, make_sessions(engine)() as work:
        fast(patch)
        for name in ("render_docx", "render_pdf"):
            patch.setattr(f"dpa_service.services.agreements.issuing.{name}", lambda snapshot: json.dumps(snapshot).encode())
        patch.setattr("dpa_service.services.agreements.issuing.content_hash", lambda content: "0" * 64)
        for name, file, terms in CLIENTS:
            data = json.loads((examples_dir() / f"voorbeeld-{file}.json").read_text(encoding="utf-8"))
            data.pop("reference", None)
            made[name] = bound_client(work, library, data, **terms)
        with writing(work):
            row = work.get_one(Client, made["abroad"])
            party = {name: value for name, value in row.data.items() if name not in ("enterprise_number", "vat_number")}
            row.data = party | {"address": party["address"] | {"country": "NL"}}
        for client_id in made.values():
            asked = request(work, client_id)
            approved(work, asked.id, 50)
            approved(work, asked.id, 95, "2026-09-07")
            minutes(work, asked.id, 40)
    with engine.connect() as connection:
        connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return made
