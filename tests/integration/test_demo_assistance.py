"""The demo as `make run` gives it: its story of assistance and invoices, told once, whole after a crash, and right for every judge."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db import audit
from dpa_service.adapters.db.assistance import AssistanceEstimate, AssistanceRequest, MonthLock, TimeEntry
from dpa_service.adapters.db.engine import make_engine, make_sessions, reading
from dpa_service.adapters.db.invoices import BillingAllocation, Delivery, Invoice, Payment
from dpa_service.adapters.db.models import AuditLog
from dpa_service.adapters.ubl_read import read as read_ubl
from dpa_service.domain.assistance.duties import DUTIES
from dpa_service.domain.deadlines import day_of
from dpa_service.services import demo_assistance
from dpa_service.services.assistance.settlement import standings
from dpa_service.services.demo import make_demo
from dpa_service.services.invoices import deliveries, invoice_payments, invoicing, work_in_progress
from tests.support.accounted import accounted
from tests.support.assistance import bound_client, fast
from tests.support.einvoice import Judges

TABLES = (AssistanceRequest, AssistanceEstimate, TimeEntry, MonthLock, Invoice, BillingAllocation, Delivery, Payment)


def sizes(session: Session) -> dict[str, int]:
    """How many rows each table has."""
    with reading(session):
        return {
            table.__tablename__: session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in (*TABLES, AuditLog)
        }


@dataclass
class Demo:
    """What was made: the lines told by the first and the second run, the folder, and a session on the database."""

    first: list[str]
    second: list[str]
    grown: bool
    out: Path
    session: Session

    def all(self, table: type[Any]) -> list[Any]:
        """Every row."""
        with reading(self.session):
            return list(self.session.scalars(sa.select(table)))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo in a folder of its own, made twice, with real documents."""
    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name in ("DPA_MODE", "DPA_DATABASE_URL"):
            patch.delenv(name, raising=False)
        first = list(make_demo(folder / "out"))
        engine = make_engine(f"sqlite:///{folder / 'var' / 'dpa.sqlite'}")
        with make_sessions(engine)() as session:
            before = sizes(session)
            second = list(make_demo(folder / "out"))
            yield Demo(first, second, sizes(session) != before, folder / "out", session)
        engine.dispose()


def test_the_demo_is_made_once(demo):
    assert any(line.endswith("voorbeeld-energie/agreement.docx") for line in demo.first)
    assert any(line.startswith("DPA-") for line in demo.first)
    assert demo.first == demo.second
    assert not demo.grown


def test_the_story_shows_every_state_of_the_work(demo):
    requests = {row.duty: row for row in demo.all(AssistanceRequest)}
    assert set(requests) == set(DUTIES)
    incident = requests["incident"]
    assert incident.due_at > datetime.now(UTC)  # the clock runs, and part of the facts are known
    assert 0 < len(incident.facts) < 8
    assert sum(row.forwarded is not None for row in demo.all(AssistanceRequest)) >= 2
    assert {row.state for row in demo.all(AssistanceEstimate)} == {"approved", "sent"}
    entries = demo.all(TimeEntry)
    assert {row.state for row in entries} == {"logged", "approved", "rejected"}
    assert len({row.person for row in entries}) >= 3
    assert any(row.correction_of for row in entries)
    assert any(row.waived for row in entries)
    assert all(row.decided_by not in (row.person, row.created_by) for row in entries if row.decided_by)
    assert demo.all(MonthLock)


def test_the_story_shows_every_state_of_the_money(demo):
    today, session = day_of(datetime.now(UTC)), demo.session
    states = Counter((row.kind, row.state) for row in demo.all(Invoice))
    assert {("invoice", "draft"), ("invoice", "issued"), ("invoice", "paid"), ("credit", "issued")} <= set(states)
    assert any(0 < row.credited < row.total for row in demo.all(Invoice))
    assert len(invoice_payments.overdue(session, today)) == 1
    waiting = work_in_progress.of_clients(session, today)
    assert len([row for row in waiting if row.net]) == 2
    assert {row.state for row in demo.all(Delivery)} == {"exported", "failed", "queued"}
    refused = deliveries.troubled(session)
    assert [row.problem for row, _ in refused] == ["NO_RECEIVER"]
    exported = sorted(path.name for path in (demo.out / "invoices").rglob("*.xml"))
    assert len(exported) == sum(row.state == "exported" for row in demo.all(Delivery))
    for client_id in {row.client_id for row in demo.all(Invoice)}:
        accounted(session, client_id)
    clients = {row.client_id for row in demo.all(Invoice)}
    with reading(session):
        free = Counter()
        for client_id, items in standings(session, clients).items():
            for item in items:
                free[client_id, item.row.work_date.year] += dict(item.settled.parts).get("allowance", 0)
    assert {client_id for client_id, _ in free if free[client_id, _]} < clients  # agreed with one of the clients
    assert max(free.values()) == 120  # two hours a year, also when the story lies in two years
    with reading(session):
        assert audit.verify(session) == []


def test_the_e_invoices_of_the_demo_please_the_official_judges(demo):
    issued = [row for row in demo.all(Invoice) if row.number]
    files = {row.number: invoicing.document(demo.session, row.id, "xml").content for row in issued}
    groups = {name: read_ubl(content)[0].vat[0].category for name, content in files.items()}
    assert set(groups.values()) == {"S", "AE"}
    with Judges() as judges:
        assert {name: judges.all(content) for name, content in files.items()} == {name: [] for name in files}


def test_a_credit_note_brings_the_minutes_that_it_takes_back(demo):
    note = next(row for row in demo.all(Invoice) if row.kind == "credit")
    behind = invoicing.evidence(demo.session, note.id)
    content = invoicing.document(demo.session, note.id, "xml").content
    table = next(each for each in read_ubl(content)[0].attachments if each.media_type == "text/csv")
    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig")), delimiter=";"))
    assert [(row["datum"], row["uw dossier"], int(row["gecrediteerde minuten"])) for row in rows] == [
        (entry.work_date.isoformat(), each.request.case_reference, minutes) for each in behind for entry, minutes in each.entries
    ]
    assert sum(int(row["gecrediteerde minuten"]) for row in rows) == sum(each.line.minutes for each in behind)
    printed = pypdfium2.PdfDocument(invoicing.document(demo.session, note.id, "timesheet").content)
    words = " ".join(printed[0].get_textpage().get_text_range().split())
    assert f"bij creditnota {note.number}" in words
    assert "Niet gecrediteerd" in words
    assert behind[0].request.case_reference in words


# ---- without the agreements' own documents ---------------------------------------------------------------------------


@pytest.mark.parametrize("told", [date(2027, 1, 4), date(2026, 8, 1)])
def test_a_story_that_was_cut_off_is_finished_and_not_told_twice(
    told, sqlite_url, library, example, tmp_path, plain_documents, monkeypatch
):
    fast(monkeypatch)
    engine = make_engine(sqlite_url)
    now = datetime(told.year, told.month, told.day, 5, tzinfo=UTC)  # early: before the hours at which the story's days begin
    run, calls = deliveries.run, Counter[str]()

    def cut(*given: Any, **named: Any) -> Any:
        calls["run"] += 1
        if calls["run"] == 2:
            raise InterruptedError
        return run(*given, **named)

    with make_sessions(engine)() as session:
        clients = [
            bound_client(session, library, example("voorbeeld-energie"), assistance_free_hours=2),
            bound_client(session, library, example("exempel-webshop")),
        ]

        def tell() -> list[str]:
            return list(demo_assistance.tell(session, library, clients, tmp_path, told=told, name="x", now=now))

        with monkeypatch.context() as patch:
            patch.setattr(deliveries, "run", cut)
            with pytest.raises(InterruptedError):
                tell()
        whole = tell()
        before = sizes(session)
        assert (tell(), sizes(session)) == (whole, before)
        for client_id in clients:
            accounted(session, client_id)
    engine.dispose()
