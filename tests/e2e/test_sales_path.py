"""The sales path in a real browser: a new client's standard agreement from sign-in to the Word file.

Counted here: from the start page 6 clicks (new agreement, one service, make draft, issue, confirm, download) and 11 fields to type;
everything else has a default. For a client that is known it is 7 clicks and one field. The script takes about three seconds; a trained
person stays under three minutes: eleven short fields at about eight seconds each leave more than a minute to read the preview.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.e2e.conftest import Live, axe_serious, expect, follow, sign_in, submitted

NUMBER = "0999.900.150"
CLIENT = {
    "client.name": "Voorbeeld Testbank NV",
    "client.legal_form": "naamloze vennootschap",
    "client.address.street": "Voorbeeldstraat 12",
    "client.address.postal_code": "9000",
    "client.address.city": "Gent",
    "client.signatory.name": "V. Oorbeeld",
    "client.signatory.role": "gedelegeerd bestuurder",
    "client.privacy_contact.name": "Privacyteam",
    "client.privacy_contact.email": "privacy@voorbeeld-testbank.example",
}
PREVIEW = "#preview"


def field(page: Any, name: str) -> Any:
    return page.locator(f'[name="{name}"]')


def answered(page: Any) -> Any:
    """The next answer of the preview."""
    return page.expect_response(lambda answer: answer.url.endswith("/preview"))


@contextmanager
def saved(page: Any, words: str) -> Iterator[None]:
    """Around the typing of `words`: ends when the form has saved itself with them. That it says so is not enough: it may do so
    of a save from before."""

    def with_them(answer: Any) -> bool:
        asked = answer.request
        return asked.method == "POST" and not asked.url.endswith("/preview") and answer.ok and words in (asked.post_data or "")

    with page.expect_response(with_them):
        yield
    expect(page.locator("#saved:not(.gap)")).to_contain_text("Saved")


def test_a_new_client_from_start_to_word_file(live_both: Live, open_page, shots, tmp_path):
    live = live_both
    page = open_page(live, "sales")
    clicks = 0

    def click(locator: Any, leads: bool = True) -> None:
        nonlocal clicks
        clicks += 1
        follow(locator) if leads else locator.click()

    began = time.perf_counter()
    click(page.locator('a[href="/forms/new"]').first)
    field(page, "client.enterprise_number").fill(NUMBER.replace(".", ""))
    expect(page.locator(".number-told")).to_contain_text("BE0999900150")
    for name, value in CLIENT.items():
        field(page, name).fill(value)
    expect(field(page, "client.enterprise_number")).to_have_value(NUMBER)
    click(page.get_by_label("Inkomende klantenservice"), leads=False)
    field(page, "main_agreement.title").fill("Raamovereenkomst klantenservice")
    expect(page.locator(f"{PREVIEW} mark", has_text="Raamovereenkomst klantenservice").first).to_be_visible()
    expect(page.locator(PREVIEW)).not_to_contain_text("nog in te vullen")
    expect(page.locator("[data-covered]")).to_be_visible()
    shots(page, "form-complete-1280")
    click(page.locator('.form-do button[value="draft"]'))
    expect(page).to_have_url(re.compile(r"/agreements/[0-9a-f]{32}$"))
    shots(page, "draft-1280", full_page=True)
    agreement = page.url
    click(page.locator('form[action$="/issue"] button, a[href$="/issue"]').first)
    expect(page).to_have_url(re.compile(r"/issue$"))
    shots(page, "issue-1280")
    click(page.locator('form[action$="/issue"] button'))
    expect(page).to_have_url(agreement)
    expect(page.locator("main")).to_contain_text(re.compile(r"DPA-\d{4}-\d{4}"))
    shots(page, "issued-1280", full_page=True)
    with page.expect_download() as download:
        click(page.locator('a[href*="docx"]').first, leads=False)
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    took = time.perf_counter() - began
    assert re.fullmatch(r"DPA-\d{4}-\d{4}\.docx", file.name)
    assert file.read_bytes().startswith(b"PK")
    assert clicks <= 6, clicks
    assert took < 60, took


def test_answers_change_the_preview_and_are_marked(live: Live, open_page, shots):
    page = open_page(live, "sales")
    page.goto(f"{live.url}/forms/new")
    expect(page.locator(PREVIEW)).to_contain_text("[nog in te vullen: naam van de klant]")
    with answered(page) as first:
        page.get_by_label("Gespreksopname en kwaliteitsopvolging").check()
    assert set(first.value.json()) >= {"html", "coverage", "terms", "trace", "missing"}
    expect(page.locator(f"{PREVIEW} [data-clause='call-recording'] mark").first).to_be_visible()
    shots(page, "preview-marked-1280")
    page.locator("#add-parameter").select_option("objection_days")
    page.locator("[data-add-term]").click()
    field(page, "parameters.objection_days").fill("14")
    expect(page.locator("#panels .departs", has_text="14")).to_be_visible()
    expect(page.locator(f"{PREVIEW} mark", has_text="14")).not_to_have_count(0)
    field(page, "parameters.objection_days").fill("90")
    page.locator("#panels .open-list summary").click()
    expect(page.locator("#panels")).to_contain_text("30 dagen")
    shots(page, "preview-deviation-1280")
    page.locator("[data-remove]").click()
    expect(page.locator("#panels .departs")).to_have_count(0)


def test_a_form_is_saved_and_found_again_with_its_errors_beside_the_fields(live: Live, open_page, shots):
    page = open_page(live, "sales")
    page.goto(f"{live.url}/forms/new")
    field(page, "client.name").fill("Voorbeeld Halfweg BV")
    field(page, "client.enterprise_number").fill("0999.900.151")
    with saved(page, "geen adres"):
        field(page, "client.privacy_contact.email").fill("geen adres")
    expect(page).to_have_url(re.compile(r"/forms/[0-9a-f]{32}$"))
    page.goto(f"{live.url}/forms")
    follow(page.get_by_role("link", name="Voorbeeld Halfweg BV"))
    expect(field(page, "client.name")).to_have_value("Voorbeeld Halfweg BV")
    follow(page.locator('.form-do button[value="draft"]'))
    summary = page.locator("#error-summary")
    expect(summary).to_be_focused()
    expect(field(page, "client.privacy_contact.email")).to_have_value("geen adres")
    expect(field(page, "client.enterprise_number")).to_have_attribute("aria-invalid", "true")
    shots(page, "form-errors-1280", full_page=True)
    summary.get_by_role("link").last.click()
    expect(field(page, "main_agreement.title")).to_be_focused()


def test_two_tabs_lose_nothing(live: Live, open_page, shots):
    page = open_page(live, "sales")
    page.goto(f"{live.url}/forms/new")
    with saved(page, "Voorbeeld Tweeling NV"):
        field(page, "client.name").fill("Voorbeeld Tweeling NV")
    expect(page).to_have_url(re.compile(r"/forms/[0-9a-f]{32}$"))
    other = page.context.new_page()
    other.goto(page.url)
    with saved(other, "Brugge"):
        field(other, "client.address.city").fill("Brugge")
    field(page, "client.address.city").fill("Aalst")
    expect(page.locator("#saved.gap")).to_be_visible()
    follow(page.locator('.form-do button[value="save"]'))
    expect(page.locator("#error-summary")).to_be_visible()
    expect(field(page, "client.address.city")).to_have_value("Aalst")
    shots(page, "two-tabs-1280")
    follow(page.locator('.form-do button[value="save"]'))
    expect(page.locator(".alert-success")).to_be_visible()
    page.reload()
    expect(field(page, "client.address.city")).to_have_value("Aalst")


def test_a_known_number_leads_to_its_client(live: Live, open_page):
    page = open_page(live, "sales")
    add_client(page, live)
    page.goto(f"{live.url}/forms/new")
    field(page, "client.enterprise_number").fill(NUMBER)
    page.locator(".number-told button").hover()
    with page.expect_response(lambda answer: "number=" in answer.url):  # a slow hand: leaving the field asks again meanwhile
        page.mouse.down()
    page.wait_for_timeout(100)
    page.mouse.up()
    expect(field(page, "client.name")).to_have_value(CLIENT["client.name"])
    expect(page.locator(".number-told")).to_have_text(f"✓ {CLIENT['client.name']}")
    expect(field(page, "client.privacy_contact.email")).to_have_value(CLIENT["client.privacy_contact.email"])
    page.goto(f"{live.url}/clients?q=testbank")
    follow(page.locator('a[href*="/forms/new?client="]').first)
    with answered(page):
        page.get_by_label("Inkomende klantenservice").check()
        field(page, "main_agreement.title").fill("Raamovereenkomst")
    expect(page.locator("#panels .ok").first).to_be_visible()


def test_the_form_by_keyboard_alone(live: Live, open_page):
    page = open_page(live, "sales")
    add_client(page, live)
    page.goto(f"{live.url}/clients?q=testbank")

    def tab_to(wanted: str, most: int = 60) -> None:
        for _ in range(most):
            page.keyboard.press("Tab")
            if page.evaluate("(wanted) => document.activeElement.matches(wanted)", wanted):
                return
        raise AssertionError(f"the keyboard does not reach {wanted}")

    def enter(leads_to: str) -> None:
        with submitted(page):
            page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(leads_to))

    tab_to('a[href*="/forms/new?client="]')
    enter("/forms/new")
    tab_to('input[name="services"]')
    page.keyboard.press("Space")
    tab_to('[name="main_agreement.title"]')
    page.keyboard.type("Raamovereenkomst")
    tab_to('input[name="asked.group_staff"]')
    page.keyboard.press("Space")
    tab_to('[name="group_staff[0].name"]')
    page.keyboard.type("Voorbeeld Groep BV")
    tab_to('[name="group_staff[0].tasks"]')
    page.keyboard.type("avonddienst")
    enter(r"/forms/[0-9a-f]{32}$")  # the first button of the form: save
    expect(page.locator(".alert-success")).to_be_visible()
    expect(field(page, "group_staff[0].tasks")).to_have_value("avonddienst")
    tab_to('button[value="draft"]')
    enter(r"/agreements/[0-9a-f]{32}$")
    for after in (r"/issue$", r"/agreements/[0-9a-f]{32}$"):  # on the agreement's page, and on the page that asks once
        tab_to('form[action$="/issue"] button, a[href$="/issue"]')
        enter(after)
    expect(page.locator("main")).to_contain_text(re.compile(r"DPA-[0-9]{4}-[0-9]{4}"))


@pytest.mark.parametrize("width", [1280, 390])
def test_the_pages_of_the_path_look_right_and_axe_finds_nothing_serious(live: Live, open_page, shots, width):
    page = open_page(live, "sales", width=width, height=844, bypass_csp=True)
    client = add_client(page, live)
    for name, address in {
        "clients": "/clients",
        "client": client,
        "client-new": "/clients/new",
        "form-new": "/forms/new",
        "form-known": f"/forms/new?client={client.rsplit('/', 1)[1]}",
        "forms": "/forms",
        "copy": "/forms/copy",
    }.items():
        page.goto(f"{live.url}{address}")
        if name == "form-known":
            for question in ("more", "transfers", "group_staff"):
                field(page, f"asked.{question}").check()
            page.locator("#add-parameter").select_option("cap_fixed")
            page.locator("[data-add-term]").click()
            expect(page.locator("#panels .departs, #panels .ok").first).to_be_visible()
        shots(page, f"{name}-{width}", full_page=True)
        assert axe_serious(page) == [], name
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{name} scrolls sideways by {wide} pixels at {width}"


def test_a_form_without_script(live: Live, open_page):
    page = open_page(live, "sales", java_script_enabled=False)
    page.goto(f"{live.url}/forms/new")
    field(page, "client.name").fill("Voorbeeld Zonder Script BV")
    page.locator("details[data-asked='asked.transfers'] summary").click()
    field(page, "transfers[0].recipient").fill("Sample Ltd")
    page.locator("#add-parameter").select_option("objection_days")
    follow(page.locator("[data-add-term]"))
    expect(field(page, "parameters.objection_days")).to_have_value("7")
    expect(field(page, "transfers[0].recipient")).to_have_value("Sample Ltd")
    expect(field(page, "asked.transfers")).to_be_checked()
    follow(page.locator('.form-do button[value="draft"]'))
    expect(page.locator("#error-summary a").nth(5)).to_be_visible()  # there are more than five
    expect(field(page, "client.name")).to_have_value("Voorbeeld Zonder Script BV")


def test_the_end_of_a_session_loses_nothing(live: Live, open_page, shots):
    page = open_page(live, "sales")
    page.goto(f"{live.url}/forms/new")
    with saved(page, "Voorbeeld Nachtwerk NV"):
        field(page, "client.name").fill("Voorbeeld Nachtwerk NV")
    expect(page).to_have_url(re.compile(r"/forms/[0-9a-f]{32}$"))
    other = page.context.new_page()
    other.goto(f"{live.url}/")
    follow(other.locator('form[action$="/logout"] button'))
    field(page, "client.address.city").fill("Aalst")
    expect(page.locator("#saved.gap")).to_be_visible()
    shots(page, "signed-out-1280")
    sign_in(other, live, "sales")
    with saved(page, "Voorbeeldstraat 1"):
        field(page, "client.address.street").fill("Voorbeeldstraat 1")
    page.reload()
    expect(field(page, "client.address.city")).to_have_value("Aalst")
    expect(field(page, "client.address.street")).to_have_value("Voorbeeldstraat 1")


def test_without_a_connection_it_is_tried_again(live: Live, open_page):
    page = open_page(live, "sales")
    page.goto(f"{live.url}/forms/new")
    page.context.set_offline(True)
    field(page, "client.name").fill("Voorbeeld Tunnel NV")
    expect(page.locator("#saved.gap")).to_be_visible()
    page.context.set_offline(False)
    with saved(page, "Aalst"):
        field(page, "client.address.city").fill("Aalst")


def test_what_is_typed_before_the_script_is_there_is_saved_too(live: Live, open_page):
    page = open_page(live, "sales")
    held: list[Any] = []
    page.route("**/agreement_form.js*", lambda route: held.append(route))
    page.goto(f"{live.url}/forms/new", wait_until="commit")
    with saved(page, "Voorbeeld Vroeg NV"):
        field(page, "client.name").fill("Voorbeeld Vroeg NV")
        page.wait_for_timeout(300)
        held[0].continue_()


def test_leaving_right_after_typing_saves_it(live: Live, open_page):
    page = open_page(live, "sales")
    page.goto(f"{live.url}/forms/new")
    field(page, "client.name").fill("Voorbeeld Haast NV")
    follow(page.locator('a[href="/clients"]').first)
    expect(page).to_have_url(f"{live.url}/clients")
    page.goto(f"{live.url}/forms")
    link = page.get_by_role("link", name="Voorbeeld Haast NV")
    for _ in range(20):  # what is sent on leaving arrives when it arrives: nobody waits for its answer
        if link.count():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(link).to_be_visible()


def test_copy_discard_and_undo(live: Live, open_page):
    page = open_page(live, "sales")
    page.goto(f"{live.url}/forms/new")
    fill_all(page)
    follow(page.locator('.form-do button[value="draft"]'))
    expect(page).to_have_url(re.compile(r"/agreements/[0-9a-f]{32}$"))
    page.goto(f"{live.url}/forms/copy?q=testbank")
    follow(page.locator('main form[action$="/forms/copy"][method="post"] button').first)
    expect(page).to_have_url(re.compile(r"/forms/[0-9a-f]{32}$"))
    expect(field(page, "client.name")).to_have_value(CLIENT["client.name"])
    expect(page.get_by_label("Inkomende klantenservice")).to_be_checked()
    field(page, "main_agreement.title").fill("Tweede overeenkomst")
    follow(page.locator('.form-do button[value="save"]'))
    follow(page.locator('form[action$="/discard"] button').last)
    follow(page.locator(".alert form[action$='/restore'] button"))
    expect(page).to_have_url(re.compile(r"/forms/[0-9a-f]{32}$"))
    expect(field(page, "main_agreement.title")).to_have_value("Tweede overeenkomst")


def fill_all(page: Any) -> None:
    """Everything that a standard agreement needs."""
    field(page, "client.enterprise_number").fill(NUMBER)
    for name, value in CLIENT.items():
        field(page, name).fill(value)
    page.get_by_label("Inkomende klantenservice").check()
    field(page, "main_agreement.title").fill("Raamovereenkomst klantenservice")


def add_client(page: Any, live: Live) -> str:
    """Add the client through its page; gives the path of its page."""
    page.goto(f"{live.url}/clients/new")
    field(page, "client.enterprise_number").fill(NUMBER)
    for name, value in CLIENT.items():
        field(page, name).fill(value)
    follow(page.locator("form[data-client] button.btn-primary"))
    expect(page).to_have_url(re.compile(r"/clients/[0-9a-f]{32}$"))
    return str(page.url.removeprefix(live.url))


def test_a_sign_in_helper_reaches_the_start_page(live: Live, open_page):
    page = open_page(live, None)
    sign_in(page, live, "sales")
    expect(page).to_have_url(f"{live.url}/")
