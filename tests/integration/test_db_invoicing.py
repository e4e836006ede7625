"""Invoices on both databases: the chain to the minutes, numbers, idempotency, faults, kill -9, immutability, credit and re-billing."""

from __future__ import annotations

import json
import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
import sqlalchemy as sa

from dpa_service.adapters.db import audit
from dpa_service.adapters.db.engine import reading, writing
from dpa_service.adapters.db.invoices import Delivery
from dpa_service.adapters.number_checks import NUMBERS
from dpa_service.adapters.ubl_read import check
from dpa_service.adapters.ubl_read import read as read_ubl
from dpa_service.domain.errors import DomainError, RequestInvalid
from dpa_service.services.invoices import billing, credit_notes, invoice_parties, invoice_payments, invoicing
from tests.conftest import NOW, TODAY
from tests.support.assistance import APPROVER, FINANCE, approved, bound_client, drafted, fast, issued, request
from tests.support.einvoice import Judges

WHO = {"actor": FINANCE, "now": NOW}
STEP = {**WHO, "today": TODAY}
SQLITE = pytest.mark.parametrize("billed", ["sqlite"], indirect=True)  # what no database decides is tested on one


@pytest.fixture(autouse=True)
def quick(monkeypatch, request):
    if "the_real_documents" not in request.node.name:
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


def problems(call):
    with pytest.raises(RequestInvalid) as caught:
        call()
    return {(error.field, error.code) for error in caught.value.errors}


# ---- the chain -------------------------------------------------------------------------------------------------------


def test_from_request_to_issued_invoice(session, library, client_id):
    asked = request(session, client_id)
    entries = [approved(session, asked.id, worked) for worked in (20, 50)]
    made = issued(session, library, client_id)
    assert (made.invoice.number, made.invoice.state, made.invoice.net) == ("F-2026-0001", "issued", Decimal("142.50"))
    assert made.delivery.state == "queued"
    xml = invoicing.document(session, made.invoice.id, "xml").content
    assert check(xml, NUMBERS) == []
    assert {each.media_type for each in read_ubl(xml)[0].attachments} == {"application/pdf", "text/csv"}
    behind = invoicing.evidence(session, made.invoice.id)
    assert [(each.request.id, [(entry.id, worked) for entry, worked in each.entries]) for each in behind] == [
        (asked.id, [(entries[0].id, 30), (entries[1].id, 60)])
    ]
    assert {entry.decided_by for entry, _ in behind[0].entries} == {APPROVER}
    assert "Bijlage" in behind[0].line.basis


@SQLITE
def test_the_issued_files_pass_the_official_judges(session, library, example, client_id, plain_documents):
    abroad = bound_client(session, library, example("exempel-webshop", effective_from="2026-01-01"))
    documents = []
    for client in (client_id, abroad):
        asked, other = request(session, client), request(session, client, "exit")
        approved(session, asked.id, 20), approved(session, other.id, 50)
        made = issued(session, library, client)
        back = credit_notes.credit(session, made.invoice.id, {made.lines[0].id: "all"}, reason="Dubbel", **STEP)
        documents += [made.invoice.id, back.invoice.id]
    files = [invoicing.document(session, name, "xml").content for name in documents]
    assert [[group.category for group in read_ubl(content)[0].vat] for content in files] == [["S"], ["S"], ["AE"], ["AE"]]
    with Judges() as judges:
        assert [judges.all(content) for content in files] == [[], [], [], []]


@SQLITE
def test_the_real_documents_print(session, library, client_id):
    approved(session, request(session, client_id).id, 20)
    shown = invoicing.preview(session, library, drafted(session, client_id).id, today=TODAY)
    invoice_id = invoicing.listing(session).items[0].id
    invoicing.issue(session, library, invoice_id, **STEP)
    files = [invoicing.document(session, invoice_id, kind).content for kind in ("pdf", "timesheet")]
    assert all(content.startswith(b"%PDF-1.7") for content in (shown.content, *files))
    assert len({shown.content, *files}) == 3


# ---- numbers ---------------------------------------------------------------------------------------------------------


class Thrown(Exception):
    """A rollback the test asks for."""


def test_numbers_have_no_gaps_under_eight_issuers(sessions, library, client_id, monkeypatch):
    with sessions() as session:
        asked = [request(session, client_id, duty) for duty in ("dsr", "exit")]
        drafts = []
        for n in range(16):
            approved(session, asked[n % 2].id, 15)
            drafts.append(drafted(session, client_id).id)
    dice, lock, real = random.Random(11), threading.Lock(), invoicing.frozen

    def sometimes(*given):
        row = real(*given)
        with lock:
            thrown = dice.random() < 0.2
        if thrown:
            raise Thrown
        return row

    monkeypatch.setattr(invoicing, "frozen", sometimes)
    rollbacks = Counter()

    def at_once(invoice_id):
        with sessions() as own:
            while True:
                try:
                    return invoicing.issue(own, library, invoice_id, **STEP).invoice.number
                except Thrown:
                    rollbacks["n"] += 1

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(at_once, drafts))
    assert sorted(numbers) == [f"F-2026-{n:04d}" for n in range(1, 17)]
    assert rollbacks["n"] > 0
    with sessions() as session, reading(session):
        assert audit.verify(session) == []
        assert session.scalar(sa.select(sa.func.count()).select_from(Delivery)) == 16


def test_the_same_key_from_eight_threads_gives_one_result(sessions, library, client_id):
    with sessions() as session:
        asked = request(session, client_id)
        approved(session, asked.id, 60)

    def eight(call):
        def at_once(_):
            with sessions() as own:
                start.wait()
                return call(own)

        start = threading.Barrier(8)
        with ThreadPoolExecutor(8) as pool:
            return set(pool.map(at_once, range(8)))

    (draft,) = eight(lambda own: billing.draft(own, client_id, until=TODAY, key="d", **WHO).id)
    assert eight(lambda own: invoicing.issue(own, library, draft, key="i", **STEP).invoice.number) == {"F-2026-0001"}
    with sessions() as session:
        line = invoicing.get(session, draft).lines[0].id
    assert eight(lambda own: credit_notes.credit(own, draft, {line: 15}, reason="x", key="c", **STEP).invoice.number) == {
        "C-2026-0001"
    }
    data = {"paid_on": "2026-11-20", "amount": "5.00"}
    assert len(eight(lambda own: invoice_payments.record(own, draft, data, key="p", **STEP).id)) == 1
    with sessions() as session:
        assert refused(lambda: credit_notes.credit(session, draft, {line: 30}, reason="x", key="c", **STEP)) == "KEY_REUSED"


def test_a_failed_check_takes_no_number(session, library, client_id):
    approved(session, request(session, client_id).id, 60)
    draft = drafted(session, client_id)
    profile = invoice_parties.save_profile(session, client_id, {}, **WHO)
    with writing(session):  # the page refuses such an address; one of before, or of a client that moved, is caught here
        profile = session.get(type(profile), client_id)
        profile.endpoint_scheme, profile.endpoint_value = "9925", "BE0427073974"
    assert ("buyer.endpoint", "ENDPOINT") in problems(lambda: invoicing.issue(session, library, draft.id, **STEP))
    invoice_parties.save_profile(session, client_id, {"reference": "Inkoop 7"}, **WHO)
    made = invoicing.issue(session, library, draft.id, **STEP)
    assert made.invoice.number == "F-2026-0001"
    assert json.loads(made.frozen.content)["buyer"]["reference"] == "Inkoop 7"


@SQLITE
def test_without_the_houses_account_nothing_is_issued(session, library, client_id, monkeypatch):
    approved(session, request(session, client_id).id, 60)
    draft = drafted(session, client_id)
    monkeypatch.setattr(
        invoice_parties.house, "current", lambda *_: type("V", (), {"content": library.raw["files"]["processor.yaml"]})
    )
    assert problems(lambda: invoicing.issue(session, library, draft.id, **STEP)) == {("invoicing.iban", "REQUIRED")}


@SQLITE
def test_bank_details_change_no_agreement(session, library):
    from dpa_service.services.house import house

    given, version = invoice_parties.bank_details(session, library)
    assert (bool(given["iban"]), version) == (True, 1)
    assert house.effective_library(session, library).hash == library.hash
