"""The administration in a real browser: the profile, a sub-processor from adding to undo, a service, and the history of it all."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from dpa_service.services.agreements import agreements
from dpa_service.serving import runtime
from tests.conftest import NOW
from tests.e2e.conftest import Live, axe_serious, expect, fits, follow, submitted

SHOTS = "DPA_SHOTS" in os.environ
ADDED = "Nieuwe Voorbeeld Spraak BV"


def field(page: Any, name: str) -> Any:
    return page.locator(f'[name="{name}"]')


def save(page: Any) -> None:
    submit(page, "main form button.btn-primary")


def submit(page: Any, button: str) -> None:
    """Press a button and wait for the page that answers."""
    follow(page.locator(button))


def draft(live: Live, example: Any) -> str:
    """The text of a new draft, made while the server runs; in a thread, because the browser's driver keeps an event loop in this one."""

    def made() -> str:
        with live.app.app_context():
            new = agreements.create_draft(runtime.session(), runtime.library(), example(), actor="t", now=NOW)
            return str(agreements.preview(runtime.session(), new.agreement.id))

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(made).result()


def test_an_administrator_changes_the_house(live_both: Live, open_page, example):
    live = live_both
    page = open_page(live, "admin")
    page.goto(f"{live.url}/admin")
    follow(page.locator('a[href="/admin/processor"]'))

    # a wrong number is named beside its field, and what was typed stays
    field(page, "court_seat").fill("Gent")
    field(page, "name").fill("Nieuwe Naam Contact NV")
    field(page, "enterprise_number").fill("0427.073.975")
    save(page)
    expect(page.locator("#f-enterprise_number-error")).to_be_visible()
    expect(field(page, "court_seat")).to_have_value("Gent")
    field(page, "enterprise_number").fill("0427 073 974")
    field(page, "note").fill("verhuis")
    save(page)
    expect(page).to_have_url(f"{live.url}/admin/processor")
    expect(page.locator(".alert-success")).to_be_visible()
    assert "Nieuwe Naam Contact NV" in draft(live, example)

    # a sub-processor: added, printed, removed with one question, brought back with one click
    page.goto(f"{live.url}/admin/sub-processors")
    follow(page.locator('a[href="/admin/sub-processors/add"]'))
    for name, words in (
        ("name", ADDED),
        ("address", "Nieuwstraat 5, 1000 Brussel"),
        ("registration", "ondernemingsnummer 0999.200.463"),
        ("contact", "privacy@nieuwe-spraak.example"),
        ("service", "uitschrijven van gesprekken"),
        ("data", "inhoud van gesprekken"),
    ):
        field(page, name).fill(words)
    save(page)
    expect(page).to_have_url(f"{live.url}/admin/sub-processors")
    assert ADDED in draft(live, example)
    follow(page.locator("article", has_text=ADDED).locator('a[href$="/remove"]'))
    submit(page, "main form button.btn-danger")
    expect(page.locator("article", has_text=ADDED)).to_have_count(0)
    submit(page, 'main form[action$="/restore"] button')
    expect(page).to_have_url(f"{live.url}/admin/sub-processors")
    expect(page.locator("article", has_text=ADDED)).to_have_count(1)

    # a text of the catalogue that the library cannot print is refused beside its field
    page.goto(f"{live.url}/admin/services/inbound-customer-service")
    purposes = field(page, "nl.purposes")
    before = purposes.input_value()
    purposes.fill(f"{before}\nhet bewaren van {{cap_fixed}}")
    save(page)
    expect(page.locator("#f-nl-purposes-error")).to_be_visible()
    assert "{cap_fixed}" in field(page, "nl.purposes").input_value()
    field(page, "nl.purposes").fill(f"{before}\nhet terugbellen van klanten")
    save(page)
    expect(page).to_have_url(f"{live.url}/admin/services")

    # the history shows the words that changed
    page.goto(f"{live.url}/admin/processor/history")
    follow(page.locator('a[href="/admin/processor/versions/1"]'))
    expect(page.locator("ins", has_text="Gent")).to_have_count(1)
    expect(page.locator("del", has_text="Brussel")).to_have_count(1)
    page.goto(f"{live.url}/admin/processor/versions/0")
    submit(page, 'main form[action$="/restore"] button')
    expect(page).to_have_url(f"{live.url}/admin/processor")
    expect(field(page, "court_seat")).to_have_value("Brussel")

    # and the audit chain holds
    page.goto(f"{live.url}/admin")
    submit(page, 'form[action="/admin/audit/check"] button')
    expect(page.locator(".alert-success")).to_be_visible()


def test_two_authors_in_two_browsers(live: Live, open_page):
    first, second = open_page(live, "admin"), open_page(live, "admin")
    for page in (first, second):
        page.goto(f"{live.url}/admin/processor")
    field(first, "court_seat").fill("Gent")
    save(first)
    field(second, "court_seat").fill("Luik")
    save(second)
    warning = second.locator(".alert-warning")
    expect(warning.locator("ins", has_text="Gent")).to_be_visible()
    expect(field(second, "court_seat")).to_have_value("Luik")
    save(second)
    expect(second).to_have_url(f"{live.url}/admin/processor")
    expect(second.locator(".alert-warning")).to_have_count(0)
    expect(field(second, "court_seat")).to_have_value("Luik")


def test_the_data_protection_officer_finds_the_list(live: Live, open_page):
    page = open_page(live, "dpo")
    follow(page.locator('nav a[href="/admin/sub-processors"]'))
    follow(page.locator('a[href="/admin/sub-processors/1"]'))
    field(page, "data").fill("alle gegevens op de systemen")
    save(page)
    expect(page).to_have_url(f"{live.url}/admin/sub-processors")
    expect(page.locator("article", has_text="alle gegevens op de systemen")).to_have_count(1)


def test_a_form_is_filled_in_with_the_keyboard_alone(live: Live, open_page):
    page = open_page(live, "admin")
    page.goto(f"{live.url}/admin/processor")
    field(page, "name").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("Toetsenbord NV")
    with submitted(page):
        page.keyboard.press("Enter")
    expect(page).to_have_url(f"{live.url}/admin/processor")
    expect(page.locator(".alert-success")).to_be_visible()  # the page before showed the same name in the same field
    expect(field(page, "name")).to_have_value("Toetsenbord NV")


PAGES = {
    "home": "/admin",
    "processor": "/admin/processor",
    "sub-processors": "/admin/sub-processors",
    "sub-processor": "/admin/sub-processors/2",
    "remove": "/admin/sub-processors/2/remove",
    "services": "/admin/services",
    "service": "/admin/services/call-recording",
    "retire": "/admin/services/call-recording/retire",
    "history": "/admin/processor/history",
    "version": "/admin/processor/versions/1",
    "start-values": "/admin/sub-processors/versions/0",
}


@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_fits_and_axe_finds_nothing_serious(live: Live, open_page, shots, width):
    page = open_page(live, "admin", width=width, bypass_csp=True)
    page.goto(f"{live.url}/admin/processor")
    field(page, "court_seat").fill("Gent")
    save(page)
    page.goto(f"{live.url}/admin/services/call-recording/retire")
    submit(page, "main form button.btn-danger")
    page.goto(f"{live.url}/admin/services")
    submit(page, 'form[action$="/call-recording/return"] button')
    for name, address in PAGES.items():
        page.goto(f"{live.url}{address}")
        _judged(page, shots, f"admin-{name}-{width}")
    page.goto(f"{live.url}/admin/services/call-recording")
    field(page, "nl.name").fill("")
    field(page, "nl.purposes").fill("een {haakje")
    field(page, "retention.period").first.fill("{nonsense}")
    save(page)
    _judged(page, shots, f"admin-errors-{width}")
    page.goto(f"{live.url}/admin/sub-processors/add")
    save(page)
    _judged(page, shots, f"admin-empty-{width}")


def _judged(page: Any, shots: Any, name: str) -> None:
    if SHOTS:
        shots(page, name, full_page=True)
    assert fits(page), name
    assert axe_serious(page) == [], name


def test_the_session_that_ends_while_writing_loses_nothing(live: Live, open_page):
    """The form is shown again after signing in, with what was typed."""
    page = open_page(live, "admin")
    page.goto(f"{live.url}/admin/processor")
    field(page, "court_seat").fill("Gent")
    page.context.clear_cookies()
    save(page)
    follow(page.get_by_role("button", name="admin@voorbeeld.example"))  # on the page that came instead of the answer
    assert "Gent" in page.content()
