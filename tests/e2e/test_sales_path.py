"""The sales path in a real browser: a new client's standard agreement from sign-in to the Word file.

Counted here: from the start page 6 clicks (new agreement, one service, make draft, issue, confirm, download) and 11 fields to type;
everything else has a default. For a client that is known it is 7 clicks and one field. The script takes about three seconds; a trained
person stays under three minutes: eleven short fields at about eight seconds each leave more than a minute to read the preview.
"""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from tests.e2e.conftest import Live, axe_serious, sign_in

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


def test_a_new_client_from_start_to_word_file(live_both: Live, open_page, shots, tmp_path):
    live = live_both
    page = open_page(live, "sales")
    clicks = 0

    def click(locator: Any) -> None:
        nonlocal clicks
        clicks += 1
        locator.click()

    began = time.perf_counter()
    click(page.locator('a[href="/forms/new"]').first)
    field(page, "client.enterprise_number").fill(NUMBER.replace(".", ""))
    page.locator(".number-told", has_text="BE0999900150").wait_for()
    for name, value in CLIENT.items():
        field(page, name).fill(value)
    assert field(page, "client.enterprise_number").input_value() == NUMBER
    click(page.get_by_label("Inkomende klantenservice"))
    with answered(page):
        field(page, "main_agreement.title").fill("Raamovereenkomst klantenservice")
    page.locator(f"{PREVIEW} mark", has_text="Raamovereenkomst klantenservice").first.wait_for()
    assert "nog in te vullen" not in page.locator(PREVIEW).inner_text()
    assert page.locator("[data-covered]").is_visible()
    shots(page, "form-complete-1280")
    click(page.locator('.form-do button[value="draft"]'))
    page.wait_for_url(re.compile(r"/agreements/[0-9a-f]{32}$"))
    shots(page, "draft-1280", full_page=True)
    agreement = page.url
    click(page.locator('form[action$="/issue"] button, a[href$="/issue"]').first)
    page.wait_for_url(re.compile(r"/issue$"))
    shots(page, "issue-1280")
    click(page.locator('form[action$="/issue"] button'))
    page.wait_for_url(agreement)
    assert re.search(r"DPA-\d{4}-\d{4}", page.locator("main").inner_text())
    shots(page, "issued-1280", full_page=True)
    with page.expect_download() as download:
        click(page.locator('a[href*="docx"]').first)
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
    assert "[nog in te vullen: naam van de klant]" in page.locator(PREVIEW).inner_text()
    with answered(page) as first:
        page.get_by_label("Gespreksopname en kwaliteitsopvolging").check()
    assert set(first.value.json()) >= {"html", "coverage", "terms", "trace", "missing"}
    page.locator(f"{PREVIEW} [data-clause='call-recording'] mark").first.wait_for()
    shots(page, "preview-marked-1280")
    page.locator("#add-parameter").select_option("objection_days")
    with answered(page):
        page.locator("[data-add-term]").click()
    with answered(page):
        field(page, "parameters.objection_days").fill("14")
    page.locator("#panels .departs", has_text="14").wait_for()
    assert page.locator(f"{PREVIEW} mark", has_text="14").count() > 0
    with answered(page):
        field(page, "parameters.objection_days").fill("90")
    page.locator("#panels .open-list summary").click()
    page.locator("#panels", has_text="30 dagen").wait_for()
    shots(page, "preview-deviation-1280")
    with answered(page):
        page.locator("[data-remove]").click()
    page.locator("#panels .departs").wait_for(state="detached")


def test_a_form_is_saved_and_found_again_with_its_errors_beside_the_fields(live: Live, open_page, shots):
    page = open_page(live, "sales")
    page.goto(f"{live.url}/forms/new")
    field(page, "client.name").fill("Voorbeeld Halfweg BV")
    field(page, "client.enterprise_number").fill("0999.900.151")
    field(page, "client.privacy_contact.email").fill("geen adres")
    page.locator("#saved", has_text=re.compile("Saved|Bewaard|Opgeslagen")).wait_for()
    page.wait_for_url(re.compile(r"/forms/[0-9a-f]{32}$"))
    page.goto(f"{live.url}/forms")
    page.get_by_role("link", name="Voorbeeld Halfweg BV").click()
    assert field(page, "client.name").input_value() == "Voorbeeld Halfweg BV"
    page.locator('.form-do button[value="draft"]').click()
    summary = page.locator("#error-summary")
    summary.wait_for()
    page.wait_for_function("document.activeElement.id == 'error-summary'")
    assert field(page, "client.privacy_contact.email").input_value() == "geen adres"
    assert field(page, "client.enterprise_number").get_attribute("aria-invalid") == "true"
    shots(page, "form-errors-1280", full_page=True)
    summary.get_by_role("link").last.click()
    assert page.evaluate("document.activeElement.name") == "main_agreement.title"


def test_two_tabs_lose_nothing(live: Live, open_page, shots):
    page = open_page(live, "sales")
    page.goto(f"{live.url}/forms/new")
    field(page, "client.name").fill("Voorbeeld Tweeling NV")
    page.wait_for_url(re.compile(r"/forms/[0-9a-f]{32}$"))
    other = page.context.new_page()
    other.goto(page.url)
    field(other, "client.address.city").fill("Brugge")
    other.locator("#saved", has_text="Saved").wait_for()
    other.wait_for_timeout(2000)
    field(page, "client.address.city").fill("Aalst")
    page.locator("#saved.gap").wait_for()
    page.locator('.form-do button[value="save"]').click()
    page.locator("#error-summary").wait_for()
    assert field(page, "client.address.city").input_value() == "Aalst"
    shots(page, "two-tabs-1280")
    page.locator('.form-do button[value="save"]').click()
    page.locator(".alert-success").wait_for()
    page.reload()
    assert field(page, "client.address.city").input_value() == "Aalst"


def test_a_known_number_leads_to_its_client(live: Live, open_page):
    page = open_page(live, "sales")
    add_client(page, live)
    page.goto(f"{live.url}/forms/new")
    field(page, "client.enterprise_number").fill(NUMBER)
    page.locator(".number-told button").click()
    assert field(page, "client.name").input_value() == CLIENT["client.name"]
    assert field(page, "client.privacy_contact.email").input_value() == CLIENT["client.privacy_contact.email"]
    page.goto(f"{live.url}/clients?q=testbank")
    page.locator('a[href*="/forms/new?client="]').first.click()
    page.locator("#part-client").wait_for()
    with page.expect_response(lambda answer: answer.url.endswith("/preview")):
        page.get_by_label("Inkomende klantenservice").check()
        field(page, "main_agreement.title").fill("Raamovereenkomst")
    page.locator("#panels .ok").first.wait_for()


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

    tab_to('a[href*="/forms/new?client="]')
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/forms/new"))
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
    page.keyboard.press("Enter")  # the first button of the form: save
    page.locator(".alert-success").wait_for()
    assert field(page, "group_staff[0].tasks").input_value() == "avonddienst"
    tab_to('button[value="draft"]')
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/agreements/[0-9a-f]{32}$"))
    for after in (r"/issue$", r"/agreements/[0-9a-f]{32}$"):  # on the agreement's page, and on the page that asks once
        tab_to('form[action$="/issue"] button, a[href$="/issue"]')
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(after))
    page.locator("main", has_text=re.compile(r"DPA-[0-9]{4}-[0-9]{4}")).wait_for()


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
            page.locator("#panels .departs, #panels .ok").first.wait_for()
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
    page.locator("[data-add-term]").click()
    assert field(page, "parameters.objection_days").input_value() == "7"
    assert field(page, "transfers[0].recipient").input_value() == "Sample Ltd"
    assert field(page, "asked.transfers").is_checked()
    page.locator('.form-do button[value="draft"]').click()
    assert page.locator("#error-summary a").count() > 5
    assert field(page, "client.name").input_value() == "Voorbeeld Zonder Script BV"


def test_the_end_of_a_session_loses_nothing(live: Live, open_page, shots):
    page = open_page(live, "sales")
    page.goto(f"{live.url}/forms/new")
    field(page, "client.name").fill("Voorbeeld Nachtwerk NV")
    page.wait_for_url(re.compile(r"/forms/[0-9a-f]{32}$"))
    other = page.context.new_page()
    other.goto(f"{live.url}/")
    other.locator('form[action$="/logout"] button').click()
    other.wait_for_load_state()
    field(page, "client.address.city").fill("Aalst")
    page.locator("#saved.gap").wait_for()
    shots(page, "signed-out-1280")
    sign_in(other, live, "sales")
    field(page, "client.address.street").fill("Voorbeeldstraat 1")
    page.locator("#saved:not(.gap)", has_text="Saved").wait_for()
    page.reload()
    assert field(page, "client.address.city").input_value() == "Aalst"
    assert field(page, "client.address.street").input_value() == "Voorbeeldstraat 1"


def test_without_a_connection_it_is_tried_again(live: Live, open_page):
    page = open_page(live, "sales")
    page.goto(f"{live.url}/forms/new")
    page.context.set_offline(True)
    field(page, "client.name").fill("Voorbeeld Tunnel NV")
    page.locator("#saved.gap").wait_for()
    page.context.set_offline(False)
    field(page, "client.address.city").fill("Aalst")
    page.locator("#saved:not(.gap)", has_text="Saved").wait_for()


def test_leaving_right_after_typing_saves_it(live: Live, open_page):
    page = open_page(live, "sales")
    page.goto(f"{live.url}/forms/new")
    field(page, "client.name").fill("Voorbeeld Haast NV")
    page.locator(f'a[href="{"/clients"}"]').first.click()
    page.wait_for_url(f"{live.url}/clients")
    page.goto(f"{live.url}/forms")
    page.get_by_role("link", name="Voorbeeld Haast NV").wait_for()


def test_copy_discard_and_undo(live: Live, open_page):
    page = open_page(live, "sales")
    page.goto(f"{live.url}/forms/new")
    fill_all(page)
    page.locator('.form-do button[value="draft"]').click()
    page.wait_for_url(re.compile(r"/agreements/[0-9a-f]{32}$"))
    page.goto(f"{live.url}/forms/copy?q=testbank")
    page.locator('main form[action$="/forms/copy"][method="post"] button').first.click()
    page.wait_for_url(re.compile(r"/forms/[0-9a-f]{32}$"))
    assert field(page, "client.name").input_value() == CLIENT["client.name"]
    assert page.get_by_label("Inkomende klantenservice").is_checked()
    field(page, "main_agreement.title").fill("Tweede overeenkomst")
    page.locator('.form-do button[value="save"]').click()
    page.locator('form[action$="/discard"] button').last.click()
    page.locator(".alert form[action$='/restore'] button").click()
    page.wait_for_url(re.compile(r"/forms/[0-9a-f]{32}$"))
    assert field(page, "main_agreement.title").input_value() == "Tweede overeenkomst"


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
    page.locator("form[data-client] button.btn-primary").click()
    page.wait_for_url(re.compile(r"/clients/[0-9a-f]{32}$"))
    return str(page.url.removeprefix(live.url))


def test_a_sign_in_helper_reaches_the_start_page(live: Live, open_page):
    page = open_page(live, None)
    sign_in(page, live, "sales")
    assert page.url == f"{live.url}/"
