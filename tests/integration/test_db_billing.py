"""Minutes and invoices on both databases: nothing twice, nothing lost, all or nothing, kill -9, and what was issued never changes."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from dpa_service.adapters.db import audit
from dpa_service.adapters.db.assistance import TimeEntry
from dpa_service.adapters.db.engine import make_engine, make_sessions, reading
from dpa_service.adapters.db.invoices import BillingAllocation, Delivery, Invoice, InvoiceDocument
from dpa_service.domain.assistance.communication import printed_communication
from dpa_service.domain.assistance.invoicing import VAT_REFUND
from dpa_service.domain.errors import DomainError
from dpa_service.services.agreements import clients
from dpa_service.services.assistance import assistance_requests, estimates, time_entries
from dpa_service.services.errors import Conflict, Damaged, Stale
from dpa_service.services.invoices import (
    accounting_export,
    billing,
    billing_figures,
    credit_notes,
    deliveries,
    invoice_parties,
    invoice_payments,
    invoicing,
    work_in_progress,
)
from tests.conftest import NOW, TODAY
from tests.support.accounted import accounted
from tests.support.assistance import APPROVER, FINANCE, WORKER, approve, approved, drafted, fast, issued, minutes, request
from tests.support.faults import all_or_nothing

ROOT = Path(__file__).parents[2]
WHO = {"actor": FINANCE, "now": NOW}
STEP = {**WHO, "today": TODAY}
SQLITE = pytest.mark.parametrize("billed", ["sqlite"], indirect=True)  # what no database decides is tested on one


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    fast(monkeypatch)


@pytest.fixture
def sessions(billed_sessions):
    return billed_sessions


@pytest.fixture
def client_id(billed):
    return billed.plain


def refused(call):
    with pytest.raises(DomainError) as caught:
        call()
    return caught.value.code


def frozen(session):
    with reading(session):
        rows = session.scalars(sa.select(InvoiceDocument).order_by(InvoiceDocument.number).options(sa.orm.undefer("*")))
        return [(row.number, row.content, bytes(row.xml), bytes(row.pdf), bytes(row.timesheet or b"")) for row in rows]


@pytest.mark.parametrize("seed", [1, 3])
def test_every_approved_minute_is_in_exactly_one_place(session, library, billed, seed):
    dice, client_id = random.Random(seed), billed.dealt
    asked = [request(session, client_id, duty) for duty in ("dsr", "alert", "audit")]
    entries: list[str] = []

    def log():
        where = dice.choice(asked)
        extra = {"first_audit_day": True} if where.duty == "audit" and dice.random() < 0.3 else {}
        entries.append(minutes(session, where.id, dice.randint(1, 95), f"2026-11-{dice.randint(2, 20):02d}", **extra).id)

    def decide():
        if entries:
            chosen = dice.sample(entries, min(3, len(entries)))
            time_entries.approve(session, chosen, actor=APPROVER, now=NOW)

    def correct():
        if entries:
            made = time_entries.correct(session, dice.choice(entries), {"minutes": dice.randint(0, 90)}, reason="x", actor=WORKER, now=NOW,
                                        today=TODAY)  # fmt: skip
            entries.append(made.id)

    def pick(*states):
        with reading(session):
            rows = list(
                session.scalars(
                    sa.select(Invoice.id).where(Invoice.kind == "invoice", Invoice.state.in_(states)).order_by(Invoice.id)
                )
            )
        if not rows:
            raise Conflict("NONE", "nothing of the kind")
        return dice.choice(rows)

    def credit():
        invoice_id = pick("issued", "paid")
        with reading(session):
            left = {name: rest for name, rest in credit_notes.creditable(session, invoice_id).items() if rest}
        chosen = dice.sample(sorted(left), dice.randint(1, len(left)))
        wanted = {name: "all" if dice.random() < 0.3 else dice.randint(1, left[name]) for name in chosen}
        credit_notes.credit(session, invoice_id, wanted, reason="x", **STEP)

    steps = {
        log: 5, decide: 4, correct: 1, credit: 3,
        lambda: drafted(session, client_id): 2,
        lambda: billing.discard(session, pick("draft"), **WHO): 1,
        lambda: invoicing.issue(session, library, pick("draft"), **STEP): 3,
    }  # fmt: skip
    done = Counter()
    for _ in range(45):
        step = dice.choices(list(steps), list(steps.values()))[0]
        try:
            step()
            done[step] += 1
        except DomainError:
            continue
        accounted(session, client_id)
    assert done[credit] > 0
    told = billing_figures.figures(session, TODAY.replace(day=1), TODAY).whole
    assert told.billed == told.unbilled + told.drafted + told.invoiced + told.not_charged
    with reading(session):
        sign = sa.case((Invoice.kind == "credit", -1), else_=1)
        assert told.revenue == session.scalar(sa.select(sa.func.sum(sign * Invoice.net)).where(Invoice.number.is_not(None)))
        assert audit.verify(session) == []


def test_credited_minutes_are_charged_once_again(session, library, client_id):
    asked = request(session, client_id)
    first, second = approved(session, asked.id, 60), approved(session, asked.id, 60)
    made = issued(session, library, client_id)
    line = made.lines[0].id
    back = credit_notes.credit(session, made.invoice.id, {line: 75}, reason="Te veel", **STEP)
    assert (back.invoice.number, back.invoice.net, back.invoice.due_date) == ("C-2026-0001", Decimal("118.75"), None)
    assert VAT_REFUND in back.invoice.note
    assert [(entry.id, worked) for entry, worked in invoicing.evidence(session, back.invoice.id)[0].entries] == [
        (first.id, 15),
        (second.id, 60),
    ]
    assert refused(lambda: credit_notes.credit(session, made.invoice.id, {line: 46}, reason="x", **STEP)) == "CREDIT_TOO_MUCH"
    assert refused(lambda: time_entries.correct(session, first.id, {"minutes": 5}, reason="x", **STEP)) == "INVOICED"
    fix = time_entries.correct(session, second.id, {"minutes": 30}, reason="Te veel", actor=WORKER, now=NOW, today=TODAY)
    approve(session, fix)
    again = issued(session, library, client_id)
    assert [row.minutes for row in again.lines] == [45]
    rest = credit_notes.credit(session, made.invoice.id, {line: "all"}, reason="Alles", **STEP)
    after = invoicing.get(session, made.invoice.id)
    assert (after.invoice.state, after.left) == ("credited", Decimal("0.00"))
    assert back.invoice.total + rest.invoice.total == made.invoice.total
    assert refused(lambda: credit_notes.credit(session, made.invoice.id, {line: 1}, reason="x", **STEP)) == "INVOICE_STATE"
    assert refused(lambda: credit_notes.credit(session, back.invoice.id, {}, reason="x", **STEP)) == "CREDIT_NOTE"
    accounted(session, client_id)


def test_two_drafts_at_once_share_no_minute(sessions, client_id):
    with sessions() as session:
        asked = request(session, client_id)
        for _ in range(6):
            approved(session, asked.id, 15)
    start = threading.Barrier(4)

    def at_once(_):
        with sessions() as own:
            start.wait()
            try:
                return drafted(own, client_id).id
            except DomainError as why:
                return why.code

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(at_once, range(4)))
    assert answers.count("NOTHING_TO_INVOICE") == 3
    with sessions() as session, reading(session):
        assert session.scalar(sa.select(sa.func.count()).select_from(BillingAllocation)) == 6


# ---- all or nothing, kill, never again changed -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["record", "draft", "discard", "issue", "credit", "pay", "correct"])
def test_all_or_nothing(session, library, client_id, name):
    asked = request(session, client_id)
    entry = approved(session, asked.id, 60)
    calls = {
        "record": lambda: time_entries.record(
            session,
            asked.id,
            {"work_date": "2026-11-04", "minutes": 5, "note": "Opzoeking"},
            key="r",
            actor=WORKER,
            now=NOW,
            today=TODAY,
        ),
        "correct": lambda: time_entries.correct(session, entry.id, {"minutes": 5}, reason="x", key="t", **STEP),
        "draft": lambda: billing.draft(session, client_id, until=TODAY, key="d", **WHO),
    }
    if name not in calls:
        draft = drafted(session, client_id)
        calls["discard"] = lambda: billing.discard(session, draft.id, **WHO)
        calls["issue"] = lambda: invoicing.issue(session, library, draft.id, key="i", **STEP)
    if name in ("credit", "pay"):
        calls["issue"]()
        line = invoicing.get(session, draft.id).lines[0].id
        paid = {"paid_on": "2026-11-20", "amount": "5.00"}
        calls["credit"] = lambda: credit_notes.credit(session, draft.id, {line: 15}, reason="x", key="c", **STEP)
        calls["pay"] = lambda: invoice_payments.record(session, draft.id, paid, key="p", **STEP)
    all_or_nothing(session, calls[name])


@SQLITE
@pytest.mark.parametrize("name", ["open", "approve", "estimate", "statement", "export", "retry"])
def test_the_smaller_steps_are_all_or_nothing_too(session, library, client_id, name):
    asked = request(session, client_id)
    approved(session, asked.id, 60)
    made = issued(session, library, client_id)
    waiting = minutes(session, asked.id, 15)
    list(deliveries.run(session, Deaf(), actor="system", now=NOW))
    csv = f"datum;bedrag;mededeling\n20/11/2026;10,00;{printed_communication(made.invoice.communication)}\n".encode()
    opened = {"duty": "dsr", "subject": "Inzage", "clock_started": NOW.isoformat()}
    calls = {
        "open": lambda: assistance_requests.open_request(session, client_id, opened, key="o", **STEP),
        "approve": lambda: time_entries.approve(session, [waiting.id], actor=APPROVER, now=NOW),
        "estimate": lambda: estimates.make(session, library, asked.id, {"minutes": 600}, key="e", **STEP),
        "statement": lambda: invoice_payments.upload(session, csv, **WHO),
        "export": lambda: accounting_export.make(session, TODAY, TODAY, key="x", **WHO),
        "retry": lambda: deliveries.retry(session, made.invoice.id, **WHO),
    }
    all_or_nothing(session, calls[name], least=3)


class Deaf:
    """A sender that reaches nobody."""

    channel = "deaf"

    def can_receive(self, participant):
        return False


def test_numbers_survive_kill_9(billed, tmp_path):
    engine = make_engine(billed.url)
    with make_sessions(engine)() as session:
        asked = request(session, billed.plain)
    command = [sys.executable, "-m", "tests.support.invoice_forever", billed.url, asked.id, billed.plain]
    told: list[str] = []
    children = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) for _ in range(2)
    ]
    for child in children:
        assert child.stdout is not None
        for _ in range(4):
            line = child.stdout.readline().strip()
            told += [line] if line else []
    for child in children:
        child.kill()
    for child in children:
        told += child.communicate()[0].split()
    with make_sessions(engine)() as session:
        with reading(session):
            kept = sorted(session.scalars(sa.select(InvoiceDocument.number)))
            assert sorted(session.scalars(sa.select(Invoice.number).where(Invoice.number.is_not(None)))) == kept
            assert session.scalar(sa.select(sa.func.count()).select_from(Delivery)) == len(kept)
            assert audit.verify(session) == []
        accounted(session, billed.plain)
    engine.dispose()
    assert kept == [f"F-2026-{number:04d}" for number in range(1, len(kept) + 1)]
    assert len(told) >= 4
    assert set(told) <= set(kept)


def test_what_was_issued_never_changes(session, library, client_id):
    approved(session, request(session, client_id).id, 60)
    draft = drafted(session, client_id)
    line = invoicing.get(session, draft.id).lines[0].id
    billing.edit_texts(session, draft.id, {line: "Bijstand in zaak 77"}, note="Met dank", expected_version=draft.version, **WHO)
    with pytest.raises(Stale):
        billing.edit_texts(session, draft.id, {line: "Ouder"}, expected_version=draft.version, **WHO)
    made = invoicing.issue(session, library, draft.id, **STEP)
    before = frozen(session)
    assert b"Bijstand in zaak 77" in before[0][2]
    data = dict(made.client.data) | {"name": "Geheel Andere Naam BV"}
    clients.update(session, client_id, data, expected_version=None, **WHO)
    invoice_parties.save_profile(session, client_id, {"reference": "Later"}, **WHO)
    for step in (
        lambda: billing.edit_texts(session, draft.id, {line: "x"}, **WHO),
        lambda: billing.discard(session, draft.id, **WHO),
        lambda: invoicing.issue(session, library, draft.id, **STEP),
    ):
        assert refused(step) == "INVOICE_STATE"
    back = credit_notes.credit(session, draft.id, {line: 30}, reason="Deel", **STEP)
    assert json.loads(back.frozen.content)["buyer"]["name"] == made.client.name
    assert before[0] in frozen(session)
    with session.begin():
        session.execute(sa.text("UPDATE invoice_document SET xml = :xml"), {"xml": b"<x/>"})
    with pytest.raises(Damaged):
        invoicing.document(session, draft.id, "xml")


@SQLITE
def test_a_draft_is_discarded_and_its_minutes_come_back(session, client_id):
    approved(session, request(session, client_id).id, 60)
    draft = drafted(session, client_id)
    assert work_in_progress.of_clients(session, TODAY) == []
    billing.discard(session, draft.id, **WHO)
    assert [row.minutes for row in work_in_progress.of_clients(session, TODAY)] == [60]
    assert next(row.by_age for row in work_in_progress.of_clients(session, TODAY.replace(year=2027)))[3] == Decimal("95.00")
    assert invoicing.listing(session).items == []


def test_drafts_for_all_say_what_became_of_each(session, billed):
    approved(session, request(session, billed.plain).id, 60)
    approved(session, request(session, billed.dealt, "alert").id, 60)
    told = list(billing.draft_all(session, until=TODAY, **WHO))
    assert [(each.done, each.total) for each in told] == [(1, 2), (2, 2)]
    assert {each.client_id: each.code for each in told} == {billed.plain: None, billed.dealt: "NOTHING_TO_INVOICE"}
    assert {each.code for each in billing.draft_all(session, until=TODAY, **WHO)} == {"NOTHING_TO_INVOICE"}


@SQLITE
def test_nothing_of_the_work_stands_in_the_audit_log(session, library, client_id):
    asked = request(session, client_id, subject="Heel bijzonder onderwerp", case_reference="Voorbeeldzonderling")
    approved(session, asked.id, 60, note="Zeer bijzondere prestatie")
    issued(session, library, client_id)
    with reading(session):
        logged = json.dumps([list(map(str, row)) for row in session.execute(sa.text("SELECT * FROM audit_log"))])
        assert session.scalar(sa.select(sa.func.count()).select_from(TimeEntry)) == 1
    assert "bijzonder" not in logged
    assert "Voorbeeldzonderling" not in logged
    assert "invoice.issue" in logged
