"""Liability in a browser: open a claim, read the staircase, pay, be refused, what-if while typing; two widths, keyboard, axe."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from dpa_service.domain.deadlines import day_of
from tests.e2e.conftest import axe_serious, expect, fits, follow, submitted

WIDTHS = (1280, 390)


@pytest.fixture(autouse=True)
def no_approvals(monkeypatch, plain_documents):
    """What is asked is taken as approved: approval has its own tests."""
    monkeypatch.setattr("dpa_service.services.agreements.issuing.refuse_unapproved", lambda *_: None)


def fill(page, amount="9.000,00", basis="processor", fault="gross"):
    event = (day_of(datetime.now(UTC)) - timedelta(days=30)).isoformat()
    page.locator("input[name=event_day]").fill(event)
    page.locator("input[name=summary]").fill("Bestand met gesprekken naar het verkeerde adres gestuurd")
    page.locator(f"#basis-{basis}").check()
    page.locator(f"#fault-{fault}").check()
    page.locator("input[name='items[0].label']").fill("Meldingskosten")
    page.locator("input[name='items[0].amount']").fill(amount)


@pytest.mark.parametrize("width", WIDTHS)
def test_open_a_claim_read_the_staircase_and_pay(live, open_page, bound, shots, width):
    client_id, _ = bound(live, cap_fixed="25000.00", direct_only=False)
    page = open_page(live, "legal", width=width, bypass_csp=True)
    page.goto(f"{live.url}/claims/new?client={client_id}")
    shots(page, f"new-empty-{width}", full_page=True)
    assert fits(page)
    fill(page, amount="28.000,00")
    expect(page.locator("input[name=gdpr_processor_breach]")).to_be_visible()
    expect(page.locator("input[name=not_responsible]")).to_be_hidden()
    page.locator("input[name=gdpr_processor_breach]").check()
    page.locator("select[name='items[1].kind']").select_option("indirect")
    page.locator("input[name='items[1].amount']").fill("6000")
    page.locator("select[name='items[2].kind']").select_option("fine")
    page.locator("input[name='items[2].amount']").fill("4.000,00")
    shots(page, f"new-{width}", full_page=True)
    assert fits(page)
    assert axe_serious(page) == []
    follow(page.locator("#claim-form button.btn-primary"))
    expect(page.locator(".stair")).to_have_count(5)
    expect(page.locator(".stair-claimed .stair-amount")).to_contain_text("38.000,00")
    expect(page.locator(".stair-payable .stair-amount")).to_contain_text("25.000,00")
    expect(page.locator(".stair-cap .tag-departed")).to_contain_text("A")
    shots(page, f"claim-{width}", full_page=True)
    assert fits(page)
    assert axe_serious(page) == []
    # more than what is left: refused with the figures
    page.locator("input[name=amount]").fill("25.000,01")
    follow(page.locator(".pay-form button"))
    expect(page.locator("#refused")).to_contain_text("0,01")
    shots(page, f"refused-{width}", full_page=True)
    page.locator("input[name=amount]").fill("10.000,00")
    with submitted(page):
        page.locator("input[name=amount]").press("Enter")
    expect(page.locator(".room")).to_contain_text("15.000,00")
    # a second claim finds the pool smaller
    page.goto(f"{live.url}/claims/new?client={client_id}")
    fill(page, amount="28.000,00")
    page.locator("input[name=gdpr_processor_breach]").check()
    follow(page.locator("#claim-form button.btn-primary"))
    expect(page.locator(".stair-paid .stair-amount")).to_contain_text("10.000,00")
    expect(page.locator(".stair-payable .stair-amount")).to_contain_text("15.000,00")
    shots(page, f"claim-eroded-{width}", full_page=True)
    # what if it had been fraud? the basis of a claim is given, and asks what it asks
    follow(page.locator("a[href$='/what-if']"))
    expect(page.locator("input[name=gdpr_processor_breach]")).to_be_checked()
    expect(page.locator("input[name=not_responsible]")).to_be_hidden()
    page.locator("#fault-fraud").check()
    expect(page.locator(".side .overlay")).to_contain_text("28.000,00")
    page.goto(f"{live.url}/claims")
    expect(page.locator("tbody tr")).to_have_count(2)
    shots(page, f"register-{width}", full_page=True)
    assert fits(page)
    assert axe_serious(page) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_what_if_moves_while_typing(live, open_page, bound, shots, width):
    _, agreement_id = bound(live)
    page = open_page(live, "finance", width=width, bypass_csp=True)
    page.goto(f"{live.url}/liability/what-if?agreement={agreement_id}")
    expect(page.locator(".side")).to_have_count(1)
    expect(page.locator(".stair-payable .stair-amount")).to_contain_text("2.500,00")
    page.locator("input[name='params.cap_fixed']").press_sequentially("8.000,00")
    expect(page.locator(".side")).to_have_count(2)
    expect(page.locator(".side").first.locator(".stair-payable .stair-amount")).to_contain_text("8.000,00")
    expect(page.locator(".side").last.locator(".stair-payable .stair-amount")).to_contain_text("2.500,00")
    page.locator("select[name=compare]").select_option("standard")
    expect(page.locator(".side")).to_have_count(3)
    page.locator("input[name='items[0].amount']").fill("1,234")
    expect(page.locator("input[name='items[0].amount']")).to_have_attribute("aria-invalid", "true")
    page.locator("input[name='items[0].amount']").fill("12.000,00")
    expect(page.locator(".side")).to_have_count(3)
    shots(page, f"what-if-view-{width}")
    shots(page, f"what-if-{width}", full_page=True)
    assert fits(page)
    assert axe_serious(page) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_the_exposure_of_the_portfolio_and_of_a_client(live, open_page, bound, shots, width):
    client_id, _ = bound(live, cap_fixed="250000.00", fee_limb=False)
    bound(live, "voorbeeld-energie", uncapped_from="fraud")
    bound(live, "voorbeeld-ziekenhuis", paid="")
    page = open_page(live, "finance", width=width, bypass_csp=True)
    page.goto(f"{live.url}/exposure")
    expect(page.locator(".exposure-alert")).to_be_visible()
    expect(page.locator(".chart .point").first).to_be_attached()
    shots(page, f"exposure-{width}", full_page=True)
    assert fits(page)
    assert axe_serious(page) == []
    page.goto(f"{live.url}/exposure/{client_id}")
    shots(page, f"exposure-client-{width}", full_page=True)
    assert fits(page)
    assert axe_serious(page) == []
    page.goto(f"{live.url}/fees/{client_id}")
    shots(page, f"fees-{width}", full_page=True)
    assert fits(page)
    assert axe_serious(page) == []


def test_the_keyboard_opens_a_claim(live, open_page, bound):
    client_id, _ = bound(live)
    page = open_page(live, "legal")
    page.goto(f"{live.url}/claims/new?client={client_id}")
    page.locator("input[name=event_day]").fill((day_of(datetime.now(UTC)) - timedelta(days=3)).isoformat())
    page.locator("input[name=summary]").fill("Verkeerde ontvanger")
    page.locator("#basis-contract_general").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#basis-processor")).to_be_checked()
    page.locator("#fault-none").focus()
    page.keyboard.press("Space")
    page.locator("input[name='items[0].amount']").fill("100")
    with submitted(page):
        page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/claims/[0-9a-f]{32}$"))
    expect(page.locator(".stair-payable .stair-amount")).to_contain_text("0,00")


def test_without_scripts_the_page_still_asks_what_the_basis_needs(live, open_page, bound):
    client_id, agreement_id = bound(live)
    page = open_page(live, "legal", java_script_enabled=False)
    page.goto(f"{live.url}/claims/new?client={client_id}")
    expect(page.locator("input[name=responsibility_share]")).to_be_hidden()
    fill(page, basis="data_subject")
    page.locator("input[name=gdpr_processor_breach]").check()
    page.locator("input[name=responsibility_share]").fill("40")
    page.locator("#claim-form button.btn-primary").click()
    expect(page.locator(".stair-recoverable .stair-amount")).to_contain_text("9.000,00")
    page.goto(f"{live.url}/liability/what-if?agreement={agreement_id}")
    page.locator("input[name='params.cap_fixed']").fill("onbeperkt")
    page.locator("select[name='params.fee_limb']").select_option("false")
    page.locator("#trial-go").click()
    expect(page.locator(".side").first.locator(".stair-payable .stair-amount")).to_contain_text("10.000,00")
