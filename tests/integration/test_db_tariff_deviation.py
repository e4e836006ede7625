"""One deviation of the tariff all the way: proposed, approved, printed in Annex V, signed, and then on the line of the invoice."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from decimal import Decimal

import pypdfium2
import pytest

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.invoice_pdf import WORDS, invoice_pdf
from dpa_service.adapters.ubl_read import read as read_ubl
from dpa_service.domain.contract.wording import money
from dpa_service.domain.negotiation.approval import PROPOSED, NotAllowed
from dpa_service.services.agreements import agreements, issuing, lifecycle
from dpa_service.services.agreements.lifecycle import Signature
from dpa_service.services.assistance.settlement import standings
from dpa_service.services.invoices import invoicing
from dpa_service.services.invoices.invoice_content import from_dict
from dpa_service.services.negotiation import negotiation
from dpa_service.services.negotiation.deviations import NotApproved, open_rows
from dpa_service.services.people.accounts import seed_demo_users
from dpa_service.services.use_case import use_case
from tests.conftest import NOW, TODAY
from tests.support.assistance import approved, house_account, issued, plain_invoices, request

DOMAIN = "@voorbeeld.example"
SALES, DECIDERS = "sales" + DOMAIN, [name + DOMAIN for name in ("finance", "dpo", "legal", "admin")]
ASKED = {"assistance_rate": "80.00", "assistance_free_hours": 2, "billable_alert": False}


def rows_of(session, draft):
    with reading(session):
        return [row for row in open_rows(session, draft) if row.state == PROPOSED]


def decided(session, draft):
    """Everybody who may decides, until nothing waits."""
    for actor in DECIDERS:
        for row in rows_of(session, draft):
            try:
                negotiation.decide(session, row.id, "approve", seen=row.version, actor=actor, now=NOW)
            except NotAllowed:
                continue


def annex_v(snapshot):
    """The text of the annex about the tariff, blanks made equal."""
    annex = next(annex for annex in snapshot["annexes"] if annex["clause"] == "annex-tariff")
    return json.dumps(annex, ensure_ascii=False).replace("\u00a0", " ")


@pytest.fixture(autouse=True)
def quick(monkeypatch, plain_documents):
    plain_invoices(monkeypatch.setattr)


def test_a_deviation_goes_from_proposal_to_invoice_line(session, library, example):
    seed_demo_users(session, demo=True, now=NOW)
    house_account(session, library)
    data = example(parameters={}, effective_from="2026-01-01")
    data["main_agreement"]["date"] = "2025-12-01"
    draft = agreements.create_draft(session, library, data, actor=SALES, now=NOW).agreement.id
    standard = annex_v(agreements.preview(session, draft))
    for parameter, value in ASKED.items():
        entry = {"class": "value", "parameter": parameter, "value": value}
        negotiation.ask(session, draft, entry, expected_version=None, actor=SALES, now=NOW)
    with pytest.raises(NotApproved):
        issuing.issue(session, draft, actor=SALES, now=NOW, today=TODAY)
    decided(session, draft)
    assert rows_of(session, draft) == []
    agreement = issuing.issue(session, draft, actor=SALES, now=NOW, today=TODAY).agreement
    with use_case(session, actor="signer", now=NOW) as work:
        row = lifecycle.locked(work, "sign", draft, None)
        lifecycle.sign(work, row, Signature("D. E. Meel", TODAY, date(2026, 1, 1), None), copy_id="c", sha256="0" * 64)
    snapshot = agreements.preview(session, draft)
    printed = annex_v(snapshot)
    frozen = json.loads(issuing.document(session, draft, "docx").content)  # what the issued document is made from
    assert json.loads(annex_v(frozen)) == json.loads(printed)
    for name in ASKED:  # the annex prints the value of the deviation, and no longer that of the standard
        text = snapshot["terms"][name]["text"].replace("\u00a0", " ")
        assert text in printed
        assert snapshot["terms"][name]["source"] != "standard"
    assert "€ 95,00 per uur" in standard
    assert "€ 95,00 per uur" not in printed.replace(snapshot["terms"]["audit_rate_cap"]["text"].replace("\u00a0", " "), "")

    dsr, alert = request(session, agreement.client_id), request(session, agreement.client_id, "alert")
    worked = approved(session, dsr.id, 170)
    free = approved(session, alert.id, 40)
    assert {source["parameter"]: source["deviation"] for source in worked.sources} == {
        name: snapshot["terms"][name]["source"] for name in ASKED
    }
    made = issued(session, library, agreement.client_id)
    # 170 minutes are 180 when rounded; two hours are free, an hour is left at the agreed rate
    assert [(line.minutes, line.rate, line.net) for line in made.lines] == [(60, Decimal("80.00"), Decimal("80.00"))]
    assert made.invoice.total == Decimal("96.80")
    with reading(session):
        parts = {item.row.id: item.settled.parts for item in standings(session, [agreement.client_id])[agreement.client_id]}
    assert parts == {worked.id: (("allowance", 120),), free.id: (("duty_free", 45),)}
    content = json.loads(made.frozen.content)
    assert content["agreement"] == agreement.reference
    assert content["lines"][0]["basis"].endswith(agreement.reference)
    annex = next(annex["label"] for annex in snapshot["annexes"] if annex["clause"] == "annex-tariff")
    assert f"Bijlage {annex}" in content["lines"][0]["basis"]
    behind = invoicing.evidence(session, made.invoice.id)[0]
    assert [(entry.id, minutes) for entry, minutes in behind.entries] == [(worked.id, 60)]
    proved(session, made, worked, free)


def proved(session, made, worked, free):
    """The e-invoice, its timesheet and the printed invoice carry the same three deviations."""
    document, wrong = read_ubl(invoicing.document(session, made.invoice.id, "xml").content)
    assert wrong == []
    assert [(line.hours, line.rate, line.net) for line in document.lines] == [
        (Decimal("1.00"), Decimal("80.00"), Decimal("80.00"))
    ]
    assert (document.net, document.tax, document.payable) == (Decimal("80.00"), Decimal("16.80"), Decimal("96.80"))
    table = next(each for each in document.attachments if each.media_type == "text/csv")
    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig")), delimiter=";"))
    told = {
        (row["geregistreerde minuten"], row["niet aangerekende minuten"], row["reden"], row["aangerekende minuten"])
        for row in rows
    }
    reasons = WORDS["nl"]["reasons"]
    assert told == {
        (str(worked.minutes), "120", reasons["allowance"], "60"),
        (str(free.minutes), "45", reasons["duty_free"], "0"),
    }
    pages = pypdfium2.PdfDocument(invoice_pdf(from_dict(json.loads(made.frozen.content))))
    words = " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in pages).replace("\u00a0", " ")
    for amount in (document.lines[0].rate, document.tax, document.payable):
        assert money(amount, "nl").replace("\u00a0", " ") in words
