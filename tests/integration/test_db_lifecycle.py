"""The steps of an agreement on both databases: allowed or not, dates, who is first, what is in force on a day."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from dpa_service.adapters.db import audit
from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.models import AuditLog
from dpa_service.adapters.db.registry import Base
from dpa_service.domain.errors import RequestInvalid
from dpa_service.services.agreements import agreements, issuing, lifecycle, signed_document
from dpa_service.services.agreements.lifecycle import ChangedMeanwhile, Signature, StepTaken, agreement_in_force
from dpa_service.services.errors import Conflict, NotFound
from dpa_service.services.use_case import use_case
from tests.conftest import NOW, TODAY

pytestmark = pytest.mark.usefixtures("plain_documents")


def make(session, library, example, *, issued=True, **changes):
    draft = agreements.create_draft(session, library, example(**changes), actor="maker", now=NOW).agreement
    return issuing.issue(session, draft.id, actor="maker", now=NOW, today=TODAY).agreement if issued else draft


def sign(session, agreement, begins, until=None, actor="signer", version=None):
    """What happens once the file is accepted."""
    with use_case(session, actor=actor, now=NOW) as work:
        row = lifecycle.locked(work, "sign", agreement.id, version)
        lifecycle.sign(work, row, Signature("V. Oorbeeld", TODAY, begins, until), copy_id="c", sha256="0" * 64)


def state(session, agreement):
    return agreements.get(session, agreement.id).agreement


def test_a_draft_is_discarded_and_restored(session, library, example):
    draft = make(session, library, example, issued=False)
    gone = lifecycle.discard(session, draft.id, expected_version=1, actor="a", now=NOW)
    assert (gone.state, gone.version) == ("discarded", 2)
    with pytest.raises(StepTaken) as second:
        lifecycle.discard(session, draft.id, expected_version=1, actor="b", now=NOW)
    assert (second.value.last.actor, second.value.state) == ("a", "discarded")
    assert lifecycle.restore(session, draft.id, expected_version=2, actor="a", now=NOW).state == "draft"
    with pytest.raises(ChangedMeanwhile):
        lifecycle.discard(session, draft.id, expected_version=2, actor="b", now=NOW)
    with pytest.raises(NotFound):
        lifecycle.discard(session, "0" * 32, expected_version=None, actor="b", now=NOW)
    with reading(session):
        assert audit.verify(session) == []


def test_what_is_issued_is_withdrawn_with_a_reason(session, library, example):
    issued = make(session, library, example)
    with pytest.raises(RequestInvalid):
        lifecycle.withdraw(session, issued.id, reason=" ", expected_version=None, actor="a", now=NOW)
    row = lifecycle.withdraw(session, issued.id, reason="Verkeerd", expected_version=issued.version, actor="a", now=NOW)
    assert (row.state, row.reason) == ("withdrawn", "Verkeerd")
    for step in (lifecycle.discard, lifecycle.restore):
        with pytest.raises(StepTaken):
            step(session, issued.id, expected_version=None, actor="a", now=NOW)
    assert agreements.preview(session, issued.id)["reference"] == issued.reference


def test_a_newer_signed_agreement_follows_the_older_one(session, library, example):
    first, second = make(session, library, example), make(session, library, example)
    assert first.client_id == second.client_id
    sign(session, first, date(2026, 12, 1))
    sign(session, second, date(2027, 3, 1))
    before, after = state(session, first), state(session, second)
    assert (before.state, before.effective_until, before.successor_id) == ("superseded", date(2027, 3, 1), second.id)
    assert (after.state, after.effective_until) == ("signed", None)
    for day, holds in ((date(2026, 11, 30), None), (date(2026, 12, 1), first.id), (date(2027, 2, 28), first.id),
                       (date(2027, 3, 1), second.id), (date(2030, 1, 1), second.id)):  # fmt: skip
        found = agreement_in_force(session, first.client_id, day)
        assert (found.id if found else None) == holds
    with reading(session):
        actions = session.scalars(sa.select(AuditLog.action).where(AuditLog.object_id == first.id).order_by(AuditLog.seq)).all()
    assert actions[-2:] == ["agreement.sign", "agreement.supersede"]


def test_an_older_agreement_signed_late_holds_until_the_newer_one(session, library, example):
    older, newer = make(session, library, example), make(session, library, example)
    sign(session, newer, date(2027, 3, 1))
    sign(session, older, date(2026, 12, 1))
    assert (state(session, older).state, state(session, older).effective_until) == ("superseded", date(2027, 3, 1))
    assert state(session, newer).state == "signed"
    assert agreement_in_force(session, newer.client_id, date(2027, 1, 1)).id == older.id
    assert agreement_in_force(session, newer.client_id, date(2027, 3, 1)).id == newer.id


def test_another_client_is_left_alone(session, library, example):
    first, other = make(session, library, example), make(session, library, example, name="voorbeeld-energie", parameters={})
    sign(session, first, date(2026, 12, 1))
    sign(session, other, date(2026, 12, 1))
    assert state(session, first).state == "signed"


def test_ending_sets_the_first_day_without(session, library, example):
    signed = make(session, library, example)
    options = {"reason": "Opgezegd", "expected_version": None, "actor": "a", "now": NOW}
    with pytest.raises(StepTaken):
        lifecycle.end(session, signed.id, last_day=TODAY, **options)
    sign(session, signed, date(2026, 12, 1), date(2027, 12, 1))
    for day in (date(2026, 11, 30), date(2027, 12, 1)):
        with pytest.raises(RequestInvalid):
            lifecycle.end(session, signed.id, last_day=day, **options)
    ended = lifecycle.end(session, signed.id, last_day=date(2027, 6, 30), **options)
    assert (ended.state, ended.effective_until) == ("ended", date(2027, 7, 1))
    assert agreement_in_force(session, signed.client_id, date(2027, 6, 30)).id == signed.id
    assert agreement_in_force(session, signed.client_id, date(2027, 7, 1)) is None


@pytest.mark.parametrize("step", ["withdraw", "sign", "withdraw or sign"])
def test_of_eight_people_at_once_exactly_one_takes_the_step(sessions, library, example, step):
    with sessions() as session:
        issued = make(session, library, example)
    start = threading.Barrier(8)

    def take(number):
        with sessions() as session:
            start.wait()
            try:
                if step == "sign" or (step != "withdraw" and number % 2):
                    sign(session, issued, date(2026, 12, 1), actor=f"p{number}", version=issued.version)
                else:
                    lifecycle.withdraw(
                        session, issued.id, reason="x", expected_version=issued.version, actor=f"p{number}", now=NOW
                    )
            except StepTaken as trouble:
                return trouble.last.actor
            return None

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(take, range(8)))
    winners = [f"p{number}" for number, answer in enumerate(answers) if answer is None]
    assert len(winners) == 1
    assert {answer for answer in answers if answer} == set(winners)  # everybody else hears who it was
    with sessions() as session, reading(session):
        done = session.scalars(sa.select(AuditLog.action).where(AuditLog.object_id == issued.id, AuditLog.actor.like("p%"))).all()
        assert len(done) == 1
        assert audit.verify(session) == []


def test_agreements_of_one_client_signed_at_once_form_one_row(sessions, library, example):
    with sessions() as session:
        made = [make(session, library, example) for _ in range(6)]
    start = threading.Barrier(6)

    def take(number):
        with sessions() as session:
            start.wait()
            sign(session, made[number], date(2026, 12, 1) + timedelta(days=30 * number))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(take, range(6)))
    with sessions() as session:
        rows = [state(session, agreement) for agreement in made]
        assert [row.state for row in rows] == ["superseded"] * 5 + ["signed"]
        for number, row in enumerate(rows[:-1]):
            assert agreement_in_force(session, row.client_id, row.effective_from).id == row.id
            assert row.effective_until == rows[number + 1].effective_from
        assert rows[-1].effective_until is None


def copy_of(session, agreement, data, actor="sales"):
    facts = {"signatory": "V. Oorbeeld", "signed_on": TODAY.isoformat(), "effective_from": "2026-12-01"}
    return signed_document.upload(session, agreement.id, name="x.docx", content=data, facts=facts, actor=actor, now=NOW)


@pytest.mark.parametrize("verdict", ["same", "differs"])
def test_files_uploaded_and_decided_on_at_once_sign_once(sessions, library, example, monkeypatch, verdict):
    checked = signed_document.Checked("docx", verdict, [], [])
    monkeypatch.setattr(signed_document, "_check", lambda *_: checked)
    with sessions() as session:
        issued = make(session, library, example)
        copies = [copy_of(session, issued, b"%d" % number) for number in range(6)] if verdict == "differs" else []
    start = threading.Barrier(6)

    def take(number):
        with sessions() as session:
            start.wait()
            try:
                if verdict == "same":
                    copy_of(session, issued, b"%d" % number, f"p{number}")
                else:
                    signed_document.decide(
                        session, issued.id, copies[number].id, accept=True, reason="x", actor=f"p{number}", now=NOW
                    )
            except StepTaken:
                return 0
            return 1

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(take, range(6))) == 1
    with sessions() as session:
        assert state(session, issued).state == "signed"
        states = sorted(copy.state for copy in signed_document.copies(session, issued.id))
        assert states == (["accepted"] if verdict == "same" else ["accepted", *["set_aside"] * 5])


def test_one_file_is_decided_on_once(sessions, library, example, monkeypatch):
    monkeypatch.setattr(signed_document, "_check", lambda *_: signed_document.Checked("docx", "differs", [], []))
    with sessions() as session:
        issued = make(session, library, example)
        copy = copy_of(session, issued, b"x")
    start = threading.Barrier(6)

    def decide(number):
        with sessions() as session:
            start.wait()
            try:
                signed_document.decide(
                    session, issued.id, copy.id, accept=bool(number % 2), reason="x", actor=f"p{number}", now=NOW
                )
            except Conflict:
                return 0
            return 1

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(decide, range(6))) == 1
    with sessions() as session:
        after = signed_document.copies(session, issued.id)[0]
        assert (after.state, state(session, issued).state) in (("accepted", "signed"), ("refused", "issued"))


class Injected(RuntimeError):
    """The error that a test puts in."""


@pytest.mark.parametrize("what", ["upload", "decide", "end"])
def test_a_fault_between_any_two_writes_leaves_nothing(session, library, example, monkeypatch, what):
    verdict = "same" if what == "upload" else "differs"
    monkeypatch.setattr(signed_document, "_check", lambda *_: signed_document.Checked("docx", verdict, [], []))
    older, issued = make(session, library, example), make(session, library, example)
    sign(session, older, date(2026, 11, 1))
    copy = None if what == "upload" else copy_of(session, issued, b"x")
    steps = {
        "upload": lambda: copy_of(session, issued, b"x"),
        "decide": lambda: signed_document.decide(session, issued.id, copy.id, accept=True, reason="x", actor="legal", now=NOW),
        "end": lambda: lifecycle.end(
            session, older.id, last_day=date(2027, 1, 1), reason="x", expected_version=None, actor="legal", now=NOW
        ),
    }
    before, seen, fail_at = everything(session), [], [0]

    def at_write(_connection, _cursor, statement, *_):
        if statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
            seen.append(statement)
            if len(seen) == fail_at[0]:
                raise Injected(statement)

    event.listen(session.get_bind(), "before_cursor_execute", at_write)
    try:
        for number in range(1, 40):
            seen.clear()
            fail_at[0] = number
            try:
                steps[what]()
            except Injected:
                assert everything(session) == before
                continue
            break
    finally:
        event.remove(session.get_bind(), "before_cursor_execute", at_write)
    assert number > 4  # that many writes, each of which failed once before it went through
    assert everything(session) != before
    with reading(session):
        assert audit.verify(session) == []


def everything(session):
    """The content of every table."""
    with reading(session):
        return {table.name: sorted(map(repr, session.execute(sa.select(table)).all())) for table in Base.metadata.sorted_tables}
