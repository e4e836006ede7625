"""Assistance in a browser, from the client's question to the issued e-invoice and its credit note: request, estimate, minutes, approval,
draft, issue, evidence, payment; two widths and both databases, keyboard where it is quicker, axe."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dpa_service.domain.deadlines import day_of
from tests.e2e.conftest import axe_serious, each_database, expect, fits, follow, submitted
from tests.support.einvoice import Judges

IBAN = "BE68539007547034"  # the example number of the IBAN standard
RATE = "€ 95,00"


@pytest.fixture(autouse=True)
def no_approvals(monkeypatch, plain_documents):
    """What is asked is taken as approved: approval has its own tests."""
    monkeypatch.setattr("dpa_service.services.agreements.issuing.refuse_unapproved", lambda *_: None)


@pytest.fixture(scope="module")
def judges():
    """The official rules, in a process of their own."""
    with Judges() as opened:
        yield opened


def right(page, shots, name):
    """The page is as wide as the screen, usable (looked at once, wide: that takes longest), and kept as a picture."""
    shots(page, name, full_page=True)
    assert fits(page), name
    assert name.endswith("-390") or axe_serious(page) == [], name


@each_database(1280, 390)
def test_from_the_question_to_the_invoice_and_its_credit_note(live_both, open_page, bound, shots, judges, width):
    live = live_both
    client_id, _ = bound(live)
    today = day_of(datetime.now(UTC)).isoformat()

    # somebody of sales opens a request; the page warns of a name, and keeps what was typed
    sales = open_page(live, "sales", width=width, bypass_csp=True)
    sales.goto(f"{live.url}/assistance")
    right(sales, shots, f"requests-empty-{width}")
    sales.goto(f"{live.url}/assistance/new?client={client_id}")
    sales.locator("#f-duty-security").check()
    sales.locator("input[name=subject]").fill("Vraag van mevrouw Anna Janssens over de versleuteling")
    expect(sales.locator("#hints .alert, #hints .warn, #hints li").first).to_be_visible()
    right(sales, shots, f"request-new-{width}")
    sales.locator("input[name=subject]").fill("Uitleg over de versleuteling van de opnames")
    sales.locator("input[name=case_reference]").fill("ZAAK-2026-17")
    follow(sales.get_by_role("button", name="Open the request"))
    expect(sales.locator("h1")).to_contain_text("BIJ-")
    address = sales.url.split("#")[0]
    reference = re.search(r"BIJ-\d{4}-\d{4}", sales.locator("h1").inner_text())[0]

    # before the work: what it would cost
    sales.locator("#f-estimate").fill("4:30")
    follow(sales.get_by_role("button", name="Try out"))
    expect(sales.locator("#trial")).to_contain_text("427,50")
    follow(sales.get_by_role("button", name=re.compile("Keep")))
    right(sales, shots, f"request-{width}")

    # the work, on the day sheet: Enter writes it down
    follow(sales.get_by_role("link", name="Write down time"))
    for minutes, note in (("1:30", "Beleid toegelicht"), ("20", "Nagekeken")):
        if not sales.locator("#f-request").input_value():
            sales.locator("#f-request").fill(reference)
        sales.locator("#f-minutes").fill(minutes)
        sales.locator("#f-note").fill(note)
        with submitted(sales):
            sales.locator("#f-note").press("Enter")
    expect(sales.locator(".time-table tbody tr")).to_have_count(2)
    right(sales, shots, f"sheet-{width}")

    # somebody else approves
    finance = open_page(live, "finance", width=width, bypass_csp=True)
    finance.goto(f"{live.url}/time/approvals")
    right(finance, shots, f"approvals-{width}")
    if width == 1280:
        for key in "jxjx":
            finance.keyboard.press(key)
        expect(finance.locator("[data-count]")).to_have_text("(2)")
        with submitted(finance):
            finance.keyboard.press("a")
    else:
        for box in finance.locator("input[name=entry]").all():
            box.check()
        follow(finance.locator("button[name=do][value=approve]"))
    expect(finance.locator("input[name=entry]")).to_have_count(0)

    # where clients pay
    finance.goto(f"{live.url}/invoices/settings")
    finance.locator("input[name=iban]").fill("BE00 0000 0000 0000")
    follow(finance.locator("form.panel button.btn-primary"))
    expect(finance.locator("#error-summary")).to_be_visible()
    finance.locator("input[name=iban]").fill(IBAN)
    follow(finance.locator("form.panel button.btn-primary"))
    expect(finance.locator(".alert-success")).to_be_visible()
    right(finance, shots, f"settings-{width}")

    # drafts for all, told as they go on
    finance.goto(f"{live.url}/work-in-progress?until={today}")
    expect(finance.locator(".wip-net")).to_contain_text("190,00")
    right(finance, shots, f"work-{width}")
    finance.get_by_role("button", name="Make drafts for all").click()
    expect(finance.locator("#run .run-lines li")).to_have_count(1)
    expect(finance.locator("#run .run-end a").first).to_be_visible()
    right(finance, shots, f"run-{width}")
    finance.goto(f"{live.url}/drafts")
    right(finance, shots, f"drafts-{width}")
    follow(finance.locator("a[href*='/drafts/']").first)
    expect(finance.locator("#issue")).to_be_visible()
    right(finance, shots, f"draft-{width}")
    finance.locator("#f-note").fill("Met dank voor de samenwerking.")
    expect(finance.locator("#issue")).to_be_hidden()  # unsaved texts are not issued
    follow(finance.get_by_role("button", name="Save the texts"))
    preview = finance.request.get(finance.get_by_role("link", name="See the invoice (PDF)").evaluate("link => link.href"))
    assert preview.body().startswith(b"%PDF")
    follow(finance.get_by_role("button", name="Issue the invoice"))
    expect(finance.locator("h1")).to_contain_text("F-")
    expect(finance.locator(".inv-total").first).to_contain_text("229,90")  # 1 u 30 and 0 u 20, up to 0 u 30, at € 95 and 21 %
    right(finance, shots, f"invoice-{width}")
    invoice = finance.url.split("#")[0]

    # the e-invoice, opened by the official rules
    with finance.expect_download() as downloading:
        finance.locator("a[href$='.xml'], a[href*='/xml']").first.click()
    content = Path(downloading.value.path()).read_bytes()
    assert judges.all(content) == []

    # what stands behind the line
    follow(finance.locator("a.inv-why").first)
    for told in (reference, "Beleid toegelicht", "1 u 30"):
        expect(finance.locator("main")).to_contain_text(told)
    right(finance, shots, f"evidence-{width}")

    # a quarter of an hour too much: credited, and exactly those minutes can be charged again
    finance.goto(f"{invoice}/credit")
    finance.locator("#f-what-some").check()
    finance.locator("input[name^='minutes.']").first.fill("15")
    finance.locator("input[name=reason]").fill("Nagekeken op eigen initiatief")
    follow(finance.get_by_role("button", name="Show what this credits"))
    expect(finance.locator("#shown .inv-total")).to_contain_text("28,74")
    right(finance, shots, f"credit-{width}")
    follow(finance.get_by_role("button", name=re.compile("Issue this credit note")))
    expect(finance.locator("h1")).to_contain_text("C-")
    right(finance, shots, f"credit-note-{width}")
    finance.goto(f"{live.url}/work-in-progress?until={today}")
    expect(finance.locator(".wip-net")).to_contain_text("23,75")

    # the rest is paid
    finance.goto(invoice)
    finance.locator("input[name=amount]").fill("201,16")
    follow(finance.get_by_role("button", name="Record", exact=True))
    expect(finance.locator(".title-row .state")).to_have_text("paid")
    right(finance, shots, f"paid-{width}")

    # the request tells it all, and only those who may see invoices
    finance.goto(address)
    expect(finance.locator("a[href*='/evidence']")).to_have_count(2)
    sales.goto(address)
    expect(sales.locator("main")).to_contain_text("Beleid toegelicht")
    assert sales.request.get(invoice).status == 403
