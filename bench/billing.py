"""Billing on both databases: an invoice of 300 lines issued with its timesheet, and the drafts of a month for 1,000 clients."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.exposure import server
from bench.measure import Row
from dpa_service.adapters.db.assistance import AssistanceRequest, TimeEntry
from dpa_service.adapters.db.engine import make_engine, make_sessions, reading
from dpa_service.adapters.db.migrate import upgrade
from dpa_service.adapters.db.models import Agreement, AgreementIssue, Client
from dpa_service.adapters.library_files import load_library
from dpa_service.domain.assistance.assistance import tariff_to_dict
from dpa_service.domain.assistance.duties import DUTIES
from dpa_service.resources import examples_dir
from dpa_service.services.agreements import agreements, issuing, lifecycle
from dpa_service.services.agreements.lifecycle import Signature
from dpa_service.services.assistance import tariffs
from dpa_service.services.invoices import billing, invoice_parties, invoicing, work_in_progress
from dpa_service.services.use_case import use_case
from tests.support.invoices import SELLER, enterprise_number

TITLE = "Billing (300 lines issued; drafts for 1,000 clients of 6 entries each)"
CLIENTS, LINES, ENTRIES = 1_000, 300, 6
NOW, TODAY, BEGINS = datetime(2026, 11, 30, 12, tzinfo=UTC), date(2026, 11, 30), date(2026, 1, 1)
WHO: dict[str, Any] = {"actor": "bench", "now": NOW}


@dataclass(frozen=True, slots=True)
class Model:
    """The signed agreement that all clients of the bench are given a copy of."""

    client: Client
    agreement: Agreement
    issue: AgreementIssue
    terms: tariffs.InForce


def run() -> Iterable[Row]:
    """Both databases."""
    with tempfile.TemporaryDirectory() as folder:
        yield from billed("sqlite", f"sqlite:///{Path(folder) / 'billing.sqlite'}")
    with server() as url:
        if url is None:
            yield Row("PostgreSQL", "no server here")
        else:
            yield from billed("postgresql", url)


def billed(kind: str, url: str) -> Iterator[Row]:
    """Fill one database, issue the large invoice, and draft the month."""
    upgrade(url)
    engine, library = make_engine(url), load_library()
    with make_sessions(engine)() as session:
        invoice_parties.save_bank_details(session, library, {"iban": SELLER.iban}, expected=0, **WHO)
        model = signed(session, library)
        fill(engine, [(model.client.id, model.agreement.id)], model, LINES, 1)
        copies = copied(engine, model)
        fill(engine, copies, model, 2, ENTRIES // 2)
        draft = billing.draft(session, model.client.id, until=TODAY, **WHO)
        first = billing.draft(session, copies[0][0], until=TODAY, **WHO)
        invoicing.issue(session, library, first.id, today=TODAY, **WHO)  # a process that serves has its fonts loaded
        start, busy = time.perf_counter(), time.process_time()
        made = invoicing.issue(session, library, draft.id, today=TODAY, **WHO)
        took, busy = time.perf_counter() - start, time.process_time() - busy
        assert len(made.lines) == LINES
        size = len(invoicing.document(session, draft.id, "xml").content) // 1024
        yield Row(
            f"{LINES} lines issued, {size} kB of UBL, {kind}",
            f"{took * 1000:.0f} ms",
            f"{busy * 1000:.0f} ms CPU",
            "≤ 1000 ms",
            took <= 1,
        )
        start = time.perf_counter()
        shown = work_in_progress.of_clients(session, TODAY)
        waiting = time.perf_counter() - start
        assert len(shown) == CLIENTS - 1
        yield Row(f"work in progress of {CLIENTS} clients, {kind}", f"{waiting:.2f} s")
        start = time.perf_counter()
        told = list(billing.draft_all(session, until=TODAY, **WHO))
        took = time.perf_counter() - start
        assert [each.invoice_id for each in told].count(None) == 0
        assert (len(told), sum(each.net for each in told)) == (CLIENTS - 1, sum(row.net for row in shown))
        yield Row(f"drafts for {CLIENTS} clients, {kind}", f"{took:.1f} s", "", "≤ 60 s", took <= 60)
    engine.dispose()


def signed(session: Session, library: Any) -> Model:
    """One client with its agreement, made as the product makes it."""
    data = json.loads((examples_dir() / "voorbeeld-bakkerij.json").read_text(encoding="utf-8"))
    data.pop("reference", None)
    data["parameters"], data["main_agreement"]["date"] = {}, "2025-12-01"
    draft = agreements.create_draft(session, library, data, **WHO).agreement
    issuing.issue(session, draft.id, today=TODAY, **WHO)
    with use_case(session, **WHO) as work:
        row = lifecycle.locked(work, "sign", draft.id, None)
        lifecycle.sign(work, row, Signature("D. E. Meel", TODAY, BEGINS, None), copy_id="c", sha256="0" * 64)
    with reading(session):
        agreement = session.get_one(Agreement, draft.id)
        issue = session.get_one(AgreementIssue, draft.id, options=[sa.orm.undefer("*")])
        terms = tariffs.of_snapshot(agreement, json.loads(issue.snapshot))
        return Model(session.get_one(Client, str(agreement.client_id)), agreement, issue, terms)


def copied(engine: sa.Engine, model: Model) -> list[tuple[str, str]]:
    """CLIENTS more clients with a copy of the agreement: (client, agreement)."""
    pairs, rows = [], ([], [], [])
    for number in range(CLIENTS):
        client, agreement, reference = f"{number:032x}", f"a{number:031x}", f"VO-2026-{number:06d}"
        own = enterprise_number(8_000_000 + number)
        data = {**model.client.data, "enterprise_number": f"{own[:4]}.{own[4:7]}.{own[7:]}"}
        pairs.append((client, agreement))
        rows[0].append(_copy(model.client, id=client, identity=own, data=data))
        rows[1].append(_copy(model.agreement, id=agreement, client_id=client, reference=reference, thread_id=agreement))
        rows[2].append(_copy(model.issue, agreement_id=agreement, reference=reference))
    with engine.begin() as connection:
        for table, values in zip((Client, Agreement, AgreementIssue), rows, strict=True):
            connection.execute(sa.insert(table), values)
    return pairs


def fill(engine: sa.Engine, pairs: list[tuple[str, str]], model: Model, requests: int, each: int) -> None:
    """Requests with approved entries."""
    duties, asked, worked = list(DUTIES), [], []
    for index, (client, agreement) in enumerate(pairs):
        for n in range(requests):
            request = f"{index:08x}{n:08x}{requests:016x}"
            duty = duties[n % len(duties)]
            asked.append({
                "id": request, "reference": f"BIJ-{requests}-{index}-{n}", "client_id": client, "agreement_id": agreement, "duty": duty,
                "subject": "Bijstand", "state": "open", "urgent": False, "caused": False, "clock_started": NOW, "clocks": [],
                "checklist": {}, "facts": {}, "version": 1, "created_at": NOW, "created_by": "bench", "updated_at": NOW,
            })  # fmt: skip
            for m in range(each):
                sequence = n * each + m + 1
                worked.append({
                    "id": f"{index:08x}{sequence:08x}{requests:016x}", "client_id": client, "request_id": request, "sequence": sequence,
                    "work_date": date(2026, 11, 2 + sequence % 25), "person": "worker", "minutes": 20 + sequence % 70,
                    "note": "Opzoeking in het gesprekkenarchief en kopie bezorgd", "agreement_id": agreement,
                    "tariff": tariff_to_dict(model.terms.tariff), "rate": Decimal("95.00"), "increment": 15, "sources": [],
                    "caused": False, "first_audit_day": False, "audit_failing": False, "state": "approved", "decided_by": "approver",
                    "decided_at": NOW, "created_at": NOW, "created_by": "worker",
                })  # fmt: skip
    with engine.begin() as connection:
        connection.execute(sa.insert(AssistanceRequest), asked)
        connection.execute(sa.insert(TimeEntry), worked)


def _copy(row: Any, **changes: Any) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in sa.inspect(type(row)).column_attrs} | changes
