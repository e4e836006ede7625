"""Issuing: all or nothing, numbers without gaps, one answer to one key, on both databases."""

import hashlib
import itertools
import json
import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from dpa_service.adapters.db import audit
from dpa_service.adapters.db.engine import reading, writing
from dpa_service.adapters.db.models import Agreement, AgreementIssue, AuditLog, Deviation, OutboxMessage
from dpa_service.domain.errors import DomainError, NotCovered
from dpa_service.services.agreements import agreements, issuing
from dpa_service.services.errors import Conflict, Damaged, NotFound, Stale
from tests.conftest import NOW, TODAY
from tests.support.approvals import approve_all
from tests.support.changed_library import CLAUSE, asking_more, with_status


class Injected(RuntimeError):
    """The error that a test puts in."""


def draft(session, library, example, name="voorbeeld-bakkerij"):
    return agreements.create_draft(session, library, example(name), actor="sales", now=NOW).agreement


def issue(session, agreement_id, **options):
    return issuing.issue(session, agreement_id, actor="sales", now=NOW, today=TODAY, **options)


def test_issue_freezes_documents_and_tells_it(session, library, example):
    made = draft(session, library, example, "voorbeeld-alles")
    approve_all(session, made.id)
    issued = issue(session, made.id, key="k")
    frozen = issued.issue
    assert (issued.agreement.state, issued.agreement.reference, frozen.reference) == ("issued", "DPA-2026-0001", "DPA-2026-0001")
    for kind, fingerprint in (("docx", frozen.docx_sha256), ("pdf", frozen.pdf_sha256)):
        document = issuing.document(session, made.id, kind)
        assert hashlib.sha256(document.content).hexdigest() == fingerprint
        assert (document.name, document.issued) == (f"DPA-2026-0001.{kind}", True)
    snapshot = agreements.preview(session, made.id)
    assert (snapshot["reference"], snapshot["draft"], snapshot["agreement_id"]) == ("DPA-2026-0001", False, made.id)
    assert hashlib.sha256(frozen.snapshot.encode()).hexdigest() == frozen.snapshot_sha256
    assert issuing.render_docx(snapshot) == issuing.document(session, made.id, "docx").content
    with reading(session):
        assert audit.verify(session) == []
        actions = [line.action for line in session.scalars(sa.select(AuditLog).order_by(AuditLog.seq))]
        assert [action for action in actions if not action.startswith(("deviation.", "user."))] == [
            "library.release",
            "client.create",
            "agreement.create",
            "round.sent",
            "agreement.issue",
        ]
        message = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.topic == "agreement.issued")).one()
        assert (message.topic, message.object_id, message.sent_at) == ("agreement.issued", made.id, None)
        deviations = session.scalars(sa.select(Deviation)).all()
    assert len(deviations) == len(snapshot["deviations"]) > 20
    assert {row.state for row in deviations} == {"approved"}
    cap = next(row for row in deviations if row.key == "value:cap_fixed")
    (change,) = cap.data["changes"]
    assert (cap.deviation_class, change["standard"], change["agreed"]) == ("value", "2500.00", "25000.00")


@pytest.mark.usefixtures("plain_documents")
def test_an_issued_agreement_no_longer_changes(session, library, example):
    made = draft(session, library, example)
    issue(session, made.id)
    with pytest.raises(Conflict, match="DPA-2026-0001"):
        issue(session, made.id)
    with pytest.raises(Conflict, match="no longer changes"):
        agreements.update_draft(session, made.id, example(), expected_version=2, actor="sales", now=NOW)


@pytest.mark.usefixtures("plain_documents")
def test_numbers_follow_the_belgian_year_and_the_family(session, library, example):
    terms = {"language": "nl", "effective_from": "2027-01-01"}
    for today, document, number in (
        (TODAY, "agreement", "DPA-2026-0001"),
        (TODAY.replace(year=2027), "agreement", "DPA-2027-0001"),
        (TODAY, "agreement", "DPA-2026-0002"),
        (TODAY, "general-terms", "AV-2026-0001"),
    ):
        data = example() if document == "agreement" else terms
        made = agreements.create_draft(session, library, data, document=document, actor="sales", now=NOW)
        assert issuing.issue(session, made.agreement.id, actor="s", now=NOW, today=today).agreement.reference == number


@pytest.mark.usefixtures("plain_documents")
def test_what_may_not_be_issued_takes_no_number(session, library, example):
    open_duty = draft(session, asking_more(library), example)
    with pytest.raises(NotCovered) as refused:
        issue(session, open_duty.id)
    assert refused.value.duties == ["99(9)"]
    ready = draft(session, library, example)
    with pytest.raises(Stale):
        issue(session, ready.id, expected_version=7)
    with pytest.raises(NotFound):
        issue(session, "0" * 32)
    assert issue(session, ready.id).agreement.reference == "DPA-2026-0001"


@pytest.mark.usefixtures("plain_documents")
def test_an_unpublished_clause_is_not_issued(session, library, example):
    made = draft(session, with_status(library, "draft"), example)
    assert agreements.preview(session, made.id)["draft"] is True
    with pytest.raises(DomainError, match=CLAUSE):
        issue(session, made.id)


@pytest.mark.usefixtures("plain_documents")
def test_eight_issuers_with_rollbacks_leave_no_gap(sessions, library, example, monkeypatch):
    with sessions() as session:
        ids = [draft(session, library, example).id for _ in range(40)]
    chance, lock = random.Random(11), threading.Lock()

    def sometimes(_content):
        with lock:
            if chance.random() < 0.2:
                raise Injected("after the number was taken")
        return "0" * 64

    monkeypatch.setattr("dpa_service.services.agreements.issuing.content_hash", sometimes)
    rollbacks = []

    def work(share):
        given = []
        with sessions() as session:
            for agreement_id in share:
                while True:
                    try:
                        given.append(issue(session, agreement_id).agreement.reference)
                        break
                    except Injected:
                        rollbacks.append(agreement_id)
        return given

    with ThreadPoolExecutor(8) as pool:
        given = sorted(itertools.chain.from_iterable(pool.map(work, [ids[i::8] for i in range(8)])))
    assert given == [f"DPA-2026-{number:04d}" for number in range(1, 41)]
    assert len(rollbacks) >= 3
    with sessions() as session, reading(session):
        assert audit.verify(session) == []
        assert session.scalar(sa.select(sa.func.count()).select_from(AgreementIssue)) == 40


@pytest.mark.usefixtures("plain_documents")
def test_one_key_from_eight_threads_issues_once(sessions, library, example):
    with sessions() as session:
        made, other = draft(session, library, example), draft(session, library, example)
    start = threading.Barrier(8)

    def work(_):
        with sessions() as session:
            start.wait()
            return issue(session, made.id, key="one-key").agreement.reference

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(work, range(8))) == {"DPA-2026-0001"}
    with sessions() as session:
        with reading(session):
            assert session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage)) == 1
        with pytest.raises(Conflict, match="another request"):
            issue(session, other.id, key="one-key")
        assert (
            issuing.issue(session, other.id, key="one-key", actor="legal", now=NOW, today=TODAY).agreement.reference
            == "DPA-2026-0002"
        )


@pytest.mark.usefixtures("plain_documents")
def test_one_agreement_from_eight_threads_is_issued_once(sessions, library, example):
    with sessions() as session:
        made = draft(session, library, example)
    start = threading.Barrier(8)

    def work(number):
        with sessions() as session:
            start.wait()
            try:
                return issue(session, made.id, key=f"key-{number}").agreement.reference
            except Conflict as refused:
                return refused.code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(work, range(8))) == ["ALREADY_ISSUED"] * 7 + ["DPA-2026-0001"]


def test_one_key_from_eight_threads_drafts_once(sessions, library, example):
    start = threading.Barrier(8)

    def work(_):
        with sessions() as session:
            start.wait()
            return agreements.create_draft(session, library, example(), key="k", actor="sales", now=NOW).agreement.id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(work, range(8)))) == 1
    with sessions() as session:
        with reading(session):
            assert session.scalar(sa.select(sa.func.count()).select_from(Agreement)) == 1
        with pytest.raises(Conflict):
            agreements.create_draft(session, library, example("voorbeeld-energie"), key="k", actor="sales", now=NOW)


def test_drafts_of_one_new_client_from_eight_threads_share_it(sessions, library, example):
    start = threading.Barrier(8)

    def work(_):
        with sessions() as session:
            start.wait()
            return agreements.create_draft(session, library, example(), actor="sales", now=NOW).agreement.client_id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(work, range(8)))) == 1
    with sessions() as session, reading(session):
        assert audit.verify(session) == []


def test_two_changes_of_one_draft_the_second_is_refused(sessions, library, example):
    with sessions() as session:
        made = draft(session, library, example)
    start = threading.Barrier(8)

    def work(_):
        with sessions() as session:
            start.wait()
            try:
                return agreements.update_draft(
                    session, made.id, example("voorbeeld-energie"), expected_version=1, actor="a", now=NOW
                ).agreement.version
            except Stale as refused:
                return refused.code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(map(str, pool.map(work, range(8)))) == ["2"] + ["STALE"] * 7


@pytest.mark.usefixtures("plain_documents")
def test_altered_documents_are_not_handed_out(session, library, example):
    made = draft(session, library, example)
    issue(session, made.id)
    with writing(session):
        session.get_one(AgreementIssue, made.id).pdf = b"%PDF-forged"
    with pytest.raises(Damaged):
        issuing.document(session, made.id, "pdf")
    assert json.loads(issuing.document(session, made.id, "docx").content)["reference"] == "DPA-2026-0001"
