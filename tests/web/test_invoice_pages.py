"""The pages of issued invoices: list, document, evidence, credit notes, payments, bank statements; who may do what; wrong input."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from dpa_service.adapters.db.invoices import BillingAllocation, Invoice, InvoiceDocument, Payment
from dpa_service.domain.assistance.communication import printed_communication
from dpa_service.services.agreements import timeline
from dpa_service.services.invoices import billing, credit_notes, invoicing, work_in_progress
from dpa_service.serving.runtime import EXTENSION, library, runtime, session
from dpa_service.web.shell import as_date, as_hours, as_money
from tests.conftest import NOW, TODAY
from tests.support.assistance import approved, bound_client, drafted, fast, house_account, issued, request

pytestmark = pytest.mark.usefixtures("plain_documents")
READERS = ("legal", "finance", "dpo", "admin")
FREE_HOURS, RATE = 1, "80.00"


@pytest.fixture
def invoice(app, example, monkeypatch):
    """An issued invoice of three entries under one request and one under another; what it is, and the ids of its lines."""
    fast(monkeypatch)
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], clock=lambda: NOW)
    with app.app_context():
        house_account(session(), runtime().library)
        client = bound_client(
            session(), library(), example(), assistance_rate=RATE, assistance_free_hours=FREE_HOURS, billable_alert=False
        )
        first, second, free = (request(session(), client, duty) for duty in ("dsr", "security", "alert"))
        for worked, day in ((70, "2026-11-04"), (50, "2026-11-05"), (65, "2026-11-06")):
            approved(session(), first.id, worked, day)
        approved(session(), second.id, 90, "2026-11-09", note="Overzicht van de maatregelen")
        approved(session(), free.id, 30, "2026-11-10")
        found = issued(session(), runtime().library, client)
        session().expunge_all()
    return found


def left_of(app, invoice):
    with app.app_context():
        return invoicing.get(session(), invoice.invoice.id).left


def totals(page):
    """The amounts of a list of totals, by their words."""
    return dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", page))


def test_every_reader_sees_the_chain_and_nobody_else(app, as_role, invoice):
    row = invoice.invoice
    with app.app_context():
        note = credit_notes.credit(
            session(), row.id, {invoice.lines[0].id: 30}, reason="Dubbel geteld", actor="finance", now=NOW, today=TODAY
        ).invoice
    pages = ["/invoices", "/payments"] + [f"/invoices/{each.id}{more}" for each in (row, note) for more in ("", "/evidence")]
    for role in READERS:
        browser = as_role(role)
        bills = role in ("finance", "admin")
        for path in pages:
            answer = browser.get(path)
            assert answer.status_code == 200, (role, path, answer.text[:300])
            assert answer.text.count("<h1") == 1, path
            assert "style=" not in answer.text, path
        page = browser.get(f"/invoices/{row.id}").text
        assert (f'action="/invoices/{row.id}/payments"' in page, f'href="/invoices/{row.id}/credit"' in page) == (bills, bills)
        assert ('name="file"' in browser.get("/payments").text) == bills
        assert browser.get(f"/invoices/{row.id}/credit").status_code == (200 if bills else 403)
    sales = as_role("sales")
    assert {sales.get(path).status_code for path in [*pages, f"/invoices/{row.id}/files/pdf"]} == {403}
    assert as_role("finance").get(f"/invoices/{'0' * 32}").status_code == 404


def test_a_document_is_shown_as_it_was_issued_and_its_files_are_the_stored_ones(app, as_role, invoice):
    row, finance = invoice.invoice, as_role("finance")
    page = finance.get(f"/invoices/{row.id}").text
    assert printed_communication(row.communication) in page
    for amount in (row.net, row.tax, row.total, *(line.net for line in invoice.lines)):
        assert as_money(amount) in page
    names = {"xml": (f"{row.number}.xml", "application/xml"), "pdf": (f"{row.number}.pdf", "application/pdf"),
             "timesheet": (f"urenstaat-{row.number}.pdf", "application/pdf"), "csv": (f"urenstaat-{row.number}.csv", "text/csv")}  # fmt: skip
    held = {}
    for kind, (name, mimetype) in names.items():
        answer = finance.get(f"/invoices/{row.id}/files/{kind}")
        assert (answer.status_code, answer.mimetype) == (200, mimetype)
        assert name in answer.headers["Content-Disposition"]
        held[kind] = answer.data
    assert base64.b64encode(held["csv"]) in held["xml"]  # the timesheet travels inside the e-invoice
    for kind in ("xml", "pdf", "timesheet"):
        assert hashlib.sha256(held[kind]).hexdigest() in page
    with app.app_context():
        note = credit_notes.credit(
            session(), row.id, {invoice.lines[1].id: "all"}, reason="Fout", actor="finance", now=NOW, today=TODAY
        )
        session().execute(sa.update(InvoiceDocument).where(InvoiceDocument.invoice_id == row.id).values(pdf=b"altered"))
        session().commit()
        draft = drafted(session(), invoice.client.id)
    sheet = finance.get(f"/invoices/{note.invoice.id}/files/csv")
    assert f"urenstaat-{note.invoice.number}.csv" in sheet.headers["Content-Disposition"]
    assert finance.get(f"/invoices/{row.id}/files/pdf").status_code == 500  # never bytes that are not those of the fingerprint
    assert finance.get(f"/invoices/{draft.id}").location == f"/drafts/{draft.id}"
    for kind in (*names, "docx"):
        assert finance.get(f"/invoices/{draft.id}/files/{kind}").status_code == 404


def test_the_evidence_leads_from_the_amount_back_to_the_clause_and_the_deviation(app, as_role, invoice, monkeypatch):
    legal, path = as_role("legal"), f"/invoices/{invoice.invoice.id}/evidence"
    page = legal.get(path).text
    assert page.count('class="inv-full" open') == 3
    monkeypatch.setattr("dpa_service.web.invoices.invoice.FEW", 2)
    (opened,) = re.findall(r'id="(line-\d)"(?:(?!<section).)*class="inv-full" open', legal.get(f"{path}?line=2").text, re.DOTALL)
    assert opened == "line-2"
    first, second, free = re.split(r'<section class="panel inv-chain"', page)[1:]
    with app.app_context():
        found = invoicing.evidence(session(), invoice.invoice.id)
        assert [each.line.id for each in found] == [line.id for line in invoice.lines]
        for text, each in zip((first, second), found, strict=True):
            assert f'id="line-{each.line.position}"' in text
            assert f'/assistance/{each.request.id}">{each.request.reference}' in text
            assert f"/agreements/{each.entries[0][0].agreement_id}" in text
            assert as_money(each.line.net) in text
            for entry, charged in each.entries:
                assert as_date(entry.work_date) in text
                assert as_hours(entry.minutes) in text
                assert as_hours(charged) in text
                assert entry.decided_by in text
    # the paragraph of the duty, as this client's agreement prints it
    assert "zoekt hij de gegevens van de Betrokkene op" in first
    assert as_money(RATE) in re.search(r"<blockquote.*</blockquote>", second, re.DOTALL)[0]
    assert f"{as_hours(60 * FREE_HOURS)} <span" in first  # the free hour that the first entry took
    assert "per kalenderjaar kosteloos" in first
    assert "per kalenderjaar kosteloos" not in second
    for text in (first, second):
        agreed = re.findall(r"<del>([^<]+)</del> <ins>([^<]+)</ins>", text)
        assert len(agreed) == 2  # the rate and the free hours; the free duty of another request shaped nothing here
    assert "Waarschuwing" not in first + second
    assert 'id="line-' not in free
    assert "kosteloos" in re.search(r"<ins>([^<]*kosteloos[^<]*)</ins>", free)[1]


def test_the_list_finds_and_adds_up(app, as_role, invoice):
    row, finance = invoice.invoice, as_role("finance")
    with app.app_context():
        note = credit_notes.credit(
            session(), row.id, {invoice.lines[0].id: 45}, reason="x", actor="f", now=NOW, today=TODAY
        ).invoice
        gone = billing.discard(session(), drafted(session(), invoice.client.id).id, actor="f", now=NOW)
        drafted(session(), invoice.client.id)

    def shown(query=""):
        return finance.get(f"/invoices{query}", headers={"Accept-Language": "en"}).text

    def numbers(query):
        return set(re.findall(r">([FC]-\d{4}-\d{4}|draft)</a>", shown(query)))

    printed = printed_communication(row.communication).replace("+", "%2B")
    assert numbers("") == {row.number, note.number, "draft"}
    assert numbers(f"?q={printed}") == numbers("?kind=invoice&state=issued") == {row.number}
    assert numbers("?q=bakkerij&kind=credit") == {note.number}
    assert numbers(f"?client={row.client_id}&state=draft") == {"draft"}
    assert numbers("?q=niemand") == numbers("?state=late") == set()
    assert f"/invoices/{gone.id}" in shown("?state=discarded")
    assert "/work-in-progress" in shown(f"/{gone.id}").split("<h1")[1]
    assert finance.get(f"/invoices/{gone.id}/evidence").status_code == 404
    sums = totals(shown())
    assert sums["Net"] == as_money(row.net - note.net)
    assert sums["Total"] == as_money(row.total - note.total)
    assert sums["Still to be paid"] == as_money(row.total - note.total)
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], clock=lambda: NOW + timedelta(days=40))
    days, finance = (TODAY + timedelta(days=40) - row.due_date).days, as_role("finance")
    assert numbers("?state=late") == {row.number}
    assert f"{days} day" in shown("?state=late")
    late = finance.get("/payments").text
    assert as_money(row.total - note.total) in late
    assert f">{row.number}</a>" in late
    for wrong in ("?q=%00", "?client=zz", f"?client={'0' * 32}"):
        assert finance.get(f"/invoices{wrong}").status_code in (400, 404)
    assert finance.get("/invoices?cursor=niets&state=x&kind=y").status_code == 422


def test_a_credit_note_is_shown_before_it_is_issued_and_releases_exactly_its_minutes(app, as_role, invoice):
    row, finance = invoice.invoice, as_role("finance")
    first, second = invoice.lines
    path = f"/invoices/{row.id}/credit"
    waits = lambda: {each.client_id: each.minutes for each in work_in_progress.of_clients(session(), TODAY)}  # noqa: E731
    for change, place in (
        ({"reason": " "}, "reason"),
        ({f"minutes.{first.id}": "een uur"}, f"minutes-{first.id}"),
        ({f"minutes.{first.id}": str(first.minutes + 1)}, f"minutes-{first.id}"),
        ({f"minutes.{first.id}": "", f"minutes.{second.id}": "0"}, "lines"),
    ):
        data = {"do": "look", "what": "some", "reason": "Te veel", f"minutes.{first.id}": "1:30"} | change
        wrong = finance.post(path, data=data)
        assert wrong.status_code == 422, change
        assert f'href="#f-{place}"' in wrong.text
        assert 'value="confirm"' not in wrong.text
        assert f'value="{data["reason"]}"' in wrong.text
    data = {"do": "look", "what": "some", "reason": "Te veel", f"minutes.{first.id}": "1:30", f"whole.{second.id}": "true"}
    shown = finance.post(path, data=data)
    assert shown.status_code == 200
    with app.app_context():
        whole, released = credit_notes.try_out(session(), row.id, {first.id: 90, second.id: "all"}, reason="Te veel", today=TODAY)
        assert sum(each.minutes for each in released) == 90 + second.minutes
        assert waits() == {}  # looking changed nothing
    for amount in (whole.document.net, whole.document.tax, whole.document.total):
        assert as_money(amount) in shown.text
    for each in released:
        assert f"<strong>{as_hours(each.minutes)}</strong>" in shown.text
    hidden = re.search(r"<form[^>]*>(?:(?!</form>).)*value=\"confirm\".*?</form>", shown.text, re.DOTALL)[0]
    confirm = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', hidden))
    confirm.pop("csrf_token")
    made, again = (finance.post(path, data=confirm) for _ in range(2))
    assert made.status_code == again.status_code == 303
    assert made.location == again.location != f"/invoices/{row.id}"
    page = finance.get(made.location).text
    assert as_money(whole.document.total) in page
    assert f'href="/invoices/{row.id}"' in page
    evidence = finance.get(f"{made.location}/evidence").text
    assert f"/invoices/{row.id}/evidence?line={first.position}#line-{first.position}" in evidence
    with app.app_context():
        assert waits() == {row.client_id: 90 + second.minutes}
        held = sa.select(sa.func.count()).select_from(Invoice).where(Invoice.credits_id == row.id)
        assert session().scalar(held) == 1
    # what is left goes with "everything"; then nothing can be credited
    shown = finance.post(path, data={"do": "look", "what": "all", "reason": "Alles"})
    assert as_hours(first.minutes - 90) in shown.text
    late = {"do": "confirm", "what": "some", "reason": "Alles", "key": "abc1", f"minutes.{first.id}": str(first.minutes)}
    assert finance.post(path, data=late).status_code == 409  # more than is left since
    finance.post(path, data=late | {"key": "abc2", f"minutes.{first.id}": str(first.minutes - 90)})
    assert left_of(app, invoice) == 0
    assert "inv-credited" in finance.get(f"/invoices/{row.id}").text
    for form in (finance.get(path), finance.post(path, data=data), finance.post(path, data=late | {"key": "abc3"})):
        assert form.location == f"/invoices/{row.id}"
    with app.app_context():
        released = sa.select(BillingAllocation.minutes).where(
            BillingAllocation.invoice_id == row.id, BillingAllocation.released_at.is_not(None)
        )
        assert sum(session().scalars(released)) == first.minutes + second.minutes


def test_payments_by_hand_with_refund_and_counter_entry(app, as_role, invoice):
    row, finance = invoice.invoice, as_role("finance")
    path = f"/invoices/{row.id}/payments"
    data = {"direction": "received", "amount": "100,50", "paid_on": TODAY.isoformat(), "reference": "AFS-1 <b>", "key": "k1"}
    for change, field in (
        ({"amount": "1,234"}, "amount"), ({"amount": ""}, "amount"), ({"amount": "-5"}, "amount"), ({"amount": "0"}, "amount"),
        ({"paid_on": "2027-01-01"}, "paid_on"), ({"paid_on": ""}, "paid_on"), ({"reference": "x" * 101}, "reference"),
    ):  # fmt: skip
        wrong = finance.post(path, data=data | change)
        assert wrong.status_code == 422, change
        assert f'id="f-{field}-error"' in wrong.text
        assert 'value="AFS-1 &lt;b&gt;"' in wrong.text or field == "reference"
    for _ in range(2):
        assert finance.post(path, data=data).status_code == 303
    assert left_of(app, invoice) == row.total - Decimal("100.50")
    known = finance.post(path, data=data | {"key": "k2"})
    assert known.status_code == 409
    assert 'id="f-reference-error"' in known.text
    finance.post(path, data=data | {"key": "k3", "reference": "", "amount": f"{row.total}".replace(".", ",")})
    page = finance.get(f"/invoices/{row.id}").text
    assert "inv-owes" in page
    assert re.search(r'id="f-direction-refund"[^>]* checked', page)
    assert 'value="100,50"' in page  # what is to be paid back is proposed
    finance.post(path, data=data | {"key": "k4", "reference": "", "direction": "refund"})
    assert left_of(app, invoice) == 0
    assert "inv-paid" in finance.get(f"/invoices/{row.id}").text
    with app.app_context():
        mistake = session().scalars(sa.select(Payment).where(Payment.amount < 0)).one().id
    assert finance.post(f"{path}/{mistake}/correct", data={"reason": " "}).status_code == 422
    assert finance.post(f"{path}/{mistake}/correct", data={"reason": "Verkeerde klant"}).status_code == 303
    assert finance.post(f"{path}/{mistake}/correct", data={"reason": "Nog eens"}).status_code == 409
    assert left_of(app, invoice) == Decimal("-100.50")
    assert finance.post(f"/invoices/{'0' * 32}/payments/{mistake}/correct", data={"reason": "x"}).status_code == 404
    assert as_role("legal").post(path, data=data).status_code == 403
    assert "Verkeerde klant" in finance.get(f"/invoices/{row.id}").text


def test_a_statement_is_looked_at_first_and_books_once(app, as_role, invoice):
    row, finance = invoice.invoice, as_role("finance")
    part = Decimal("40.00")
    lines = [
        "datum;bedrag;mededeling;tegenpartij;rekening;referentie",
        f"23/11/2026;{part};{printed_communication(row.communication)};Bakkerij Voorbeeld;BE00;R1".replace(".", ","),
        "23/11/2026;12,00;zonder mededeling;Onbekend <i>;BE01;R2",
        "23/11/2026;-7,50;kosten;Bank;BE02;R3",
    ]
    content = "\r\n".join(lines).encode()

    def send(do, content=content, **more):
        data = {"do": do, "file": (io.BytesIO(content), "afschrift.csv"), **more}
        return finance.post("/payments/statement", data=data, content_type="multipart/form-data")

    def states(page):
        return re.findall(r'class="state inv-match-(\w+)"', page)

    look = send("look")
    assert look.status_code == 200
    assert states(look.text) == ["unknown", "partly", "outgoing"]
    assert "Onbekend &lt;i&gt;" in look.text
    assert left_of(app, invoice) == row.total
    kept = re.search(r'name="content" value="([^"]+)"', look.text)[1]
    booked = finance.post("/payments/statement", data={"do": "book", "content": kept})
    assert states(booked.text) == ["unknown", "partly", "outgoing"]
    assert f'href="/invoices/{row.id}"' in booked.text
    assert left_of(app, invoice) == row.total - part
    assert states(send("book").text) == ["unknown", "seen", "outgoing"]
    assert left_of(app, invoice) == row.total - part
    with app.app_context():
        assert [line.action for line in timeline.of_object(session(), row.id)].count("invoice.pay") == 1
    told = set()
    for wrong in (b"", b"a;b\n1;2\n", b"0" * 128 + b"\nkort", b"0" * 128, lines[0].encode() + b"\nmorgen;1;x"):
        answer = send("look", wrong)
        assert answer.status_code == 422
        told.add(re.search(r'id="f-file-error">([^<]+)<', answer.text)[1])
    assert len(told) == 5  # each is told its own reason
    assert finance.post("/payments/statement", data={"do": "book", "content": "geen base64!"}).status_code == 422
    assert as_role("dpo").post("/payments/statement", data={"do": "look"}).status_code == 403


def test_before_anything_is_invoiced_the_pages_say_what_to_do(as_role):
    finance = as_role("finance")
    assert "/work-in-progress" in finance.get("/invoices").text.split("<h1>")[1]
    assert "/invoices?state=issued" in finance.get("/payments").text.replace("&amp;", "&")
