"""Sales asks for a concession in a real browser: from the agreement to what is asked, at both widths, and by the keyboard alone."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from dpa_service.resources import examples_dir
from dpa_service.services.agreements import agreements
from dpa_service.services.people.accounts import DEMO_EMAILS
from dpa_service.serving.runtime import library, session
from tests.e2e.conftest import Live, axe_serious, expect, fits, follow, submitted

PANEL = "#look-panel"


@pytest.fixture
def draft():
    """Makes a draft of the example without departures, by the demo's sales user; gives its address."""

    def made(live: Live) -> str:
        request = json.loads((examples_dir() / "voorbeeld-bakkerij.json").read_text(encoding="utf-8"))
        request = {key: value for key, value in request.items() if key not in ("reference", "parameters", "deviations")}
        with ThreadPoolExecutor(1) as thread:  # the browser's driver keeps an event loop in this one
            return thread.submit(stored, live, request).result()

    def stored(live: Live, request: dict[str, Any]) -> str:
        with live.app.app_context():
            found = agreements.create_draft(session(), library(), request, actor=DEMO_EMAILS["sales"], now=datetime.now(UTC))
            return f"{live.url}/agreements/{found.agreement.id}"

    return made


def looked(page: Any) -> Any:
    """Around a change: ends when the look at it has come."""
    return page.expect_response(lambda answer: answer.url.endswith("/look"))


@pytest.mark.parametrize("width", [1280, 390])
def test_sales_asks_a_rung(live: Live, open_page, draft, shots, width):
    page = open_page(live, "sales", width=width, height=900 if width > 500 else 844)
    address = draft(live)
    page.goto(address)
    follow(page.get_by_role("link", name="Negotiate"))
    shots(page, f"negotiate-list-{width}", full_page=True)
    page.locator("#clause-q").fill("plafond")
    follow(page.locator(".search-row button"))
    follow(page.locator("a[href$='ask=ladder:16:F2']"))
    expect(page.locator(f"{PANEL} [data-possible]")).to_contain_text("CEO")
    expect(page.locator(PANEL)).to_contain_text("25.000,00")
    shots(page, f"negotiate-clause-{width}", full_page=True)
    with looked(page):
        page.locator(f"{PANEL} [data-choose='ladder:16:F1']").click()
    expect(page.locator("input[value='ladder:16:F1']")).to_be_checked()
    expect(page.locator(f"{PANEL} [data-possible]")).not_to_contain_text("CEO")
    page.evaluate("window.scrollTo(0, 0)")
    expect(page.locator("#ask-button")).to_be_in_viewport()  # whatever is chosen, asking is at hand
    assert fits(page)
    shots(page, f"negotiate-look-{width}")
    page.locator("#f-reason").fill("De klant vraagt een hoger plafond.")
    follow(page.locator("#ask-button"))
    expect(page.locator(".alert-success")).to_contain_text("CFO")
    expect(page.locator("#asked tbody tr")).to_have_count(1)
    assert fits(page)
    shots(page, f"negotiate-asked-{width}", full_page=True)
    page.goto(address)
    expect(page.locator("main")).to_contain_text("financieel directeur")
    shots(page, f"negotiate-agreement-{width}", full_page=True)
    follow(page.locator("a[href$='/issue']"))
    expect(page.locator("main")).to_contain_text("still waits")
    assert fits(page)
    shots(page, f"negotiate-issue-{width}", full_page=True)


def test_values_and_own_wording_are_looked_at_while_typing(live: Live, open_page, draft, shots):
    page = open_page(live, "sales")
    page.goto(f"{draft(live)}/negotiate/sub-processors")
    page.locator("label[for='ask-value-objection_days']").click()
    with looked(page):
        page.locator("[name='parameters.objection_days']").fill("21")
    expect(page.locator(PANEL)).to_contain_text("21")
    expect(page.locator(f"{PANEL} [data-choose='ladder:2:F1']")).to_be_visible()
    with looked(page):
        page.locator("[name='parameters.objection_days']").fill("31")
    expect(page.locator(f"{PANEL} [data-refused]")).to_contain_text("30 dagen")
    shots(page, "negotiate-refused-1280")
    page.locator("#ask-modified").check()
    text = page.locator("#f-text")
    written = text.input_value()
    with looked(page):
        text.fill(written + "\n99. De boete bedraagt € 500 per dag.\n")
    expect(page.locator(f"{PANEL} ins", has_text="boete")).to_be_visible()
    expect(page.locator(f"{PANEL} .gap")).to_contain_text("€ 500")
    shots(page, "negotiate-own-words-1280", full_page=True)
    with looked(page):
        text.fill(re.sub(r"\{objection_days\}", "enkele dagen", written))
    expect(page.locator(f"{PANEL} [data-refused]")).to_contain_text("objection_days")


def test_a_value_of_sales_own_is_settled_at_once(live: Live, open_page, draft):
    page = open_page(live, "sales")
    page.goto(f"{draft(live)}/negotiate/annex-tariff")
    page.locator("label[for='ask-value-assistance_rate']").click()
    with looked(page):
        page.locator("[name='parameters.assistance_rate']").fill("120,00")
    expect(page.locator(f"{PANEL} [data-possible]")).to_contain_text("own authority")
    follow(page.locator("#ask-button"))
    expect(page.locator("#asked .state")).to_have_text("approved")
    follow(page.locator("#asked button[name='take']"))
    expect(page.locator("#asked")).to_contain_text("standard terms")


def test_by_the_keyboard_alone(live: Live, open_page, draft):
    page = open_page(live, "sales")
    page.goto(draft(live))

    def tab_to(wanted: str, most: int = 80) -> None:
        for _ in range(most):
            page.keyboard.press("Tab")
            if page.evaluate("(wanted) => document.activeElement.matches(wanted)", wanted):
                return
        raise AssertionError(f"the keyboard does not reach {wanted}")

    tab_to("a[href$='/negotiate']")
    with submitted(page):
        page.keyboard.press("Enter")
    tab_to("a[href$='/negotiate/breach-notice']", 160)
    with submitted(page):
        page.keyboard.press("Enter")
    tab_to("input[name='ask']")
    with looked(page):
        page.keyboard.press("Space")
    with looked(page):
        page.keyboard.press("ArrowDown")
    expect(page.locator("input[value='ladder:4:F2']")).to_be_checked()
    expect(page.locator(f"{PANEL} [data-possible]")).to_contain_text("CISO")
    tab_to("#f-reason")
    page.keyboard.type("Hun toezichthouder vraagt het.")
    tab_to("#ask-button")
    with submitted(page):
        page.keyboard.press("Enter")
    expect(page.locator("#asked tbody tr")).to_have_count(1)


def test_without_script(live: Live, open_page, draft):
    page = open_page(live, "sales", java_script_enabled=False)
    page.goto(f"{draft(live)}/negotiate/audits")
    page.locator("#ask-ladder-13-F2").check()
    follow(page.locator(".look-button"))
    expect(page.locator(f"{PANEL} [data-possible]")).to_contain_text("CFO")
    expect(page.locator("#ask-ladder-13-F2")).to_be_checked()
    follow(page.locator("#ask-button"))
    expect(page.locator("#asked tbody tr")).to_have_count(1)


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_serious(live: Live, open_page, draft, width):
    page = open_page(live, "sales", width=width, bypass_csp=True)
    address = draft(live)
    page.goto(f"{address}/negotiate/breach-notice?ask=ladder:4:F2")
    expect(page.locator(f"{PANEL} [data-possible]")).to_be_visible()
    assert axe_serious(page) == []
    page.locator("#ask-modified").check()
    assert axe_serious(page) == []
    assert fits(page)
    page.locator("#ask-ladder-4-F2").check()
    expect(page.locator(f"{PANEL} [data-possible]")).to_be_visible()
    follow(page.locator("#ask-button"))
    for path in ("/negotiate", "", "/issue"):
        page.goto(address + path)
        assert axe_serious(page) == [], path
        assert fits(page), path
