"""The sales pages without a browser: what they take, refuse, keep and answer. The language of the pages plays no part."""

from __future__ import annotations

import html
import re
import uuid
from typing import Any

import pytest

from dpa_service.services.agreements import agreements, clients
from dpa_service.serving.runtime import session as app_session
from tests.conftest import NOW
from tests.support.accounts import Browser

CLIENT = {
    "client.address.country": "BE",
    "client.enterprise_number": "0999900150",
    "client.name": "Voorbeeld Testbank NV",
    "client.legal_form": "naamloze vennootschap",
    "client.address.street": "Voorbeeldstraat 12",
    "client.address.postal_code": "9000",
    "client.address.city": "Gent",
    "client.signatory.name": "V. Oorbeeld",
    "client.signatory.role": "bestuurder",
    "client.privacy_contact.name": "Privacyteam",
    "client.privacy_contact.email": "privacy@voorbeeld-testbank.example",
}
FORM = CLIENT | {
    "version": "0",
    "js": "true",
    "services": ["inbound-customer-service", "call-recording"],
    "main_agreement.title": "Raamovereenkomst",
    "main_agreement.date": "2026-11-20",
    "effective_from": "2026-12-01",
}
JSON = {"Accept": "application/json"}
ID = re.compile(r"[0-9a-f]{32}")


@pytest.fixture
def sales(as_role) -> Browser:
    return as_role("sales")


@pytest.fixture
def address() -> str:
    return f"/forms/{uuid.uuid4().hex}"


def add_client(browser: Browser) -> str:
    answer = browser.post("/clients/new", data=CLIENT)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def typed(page: str, name: str) -> str:
    """The value of a field on a page."""
    found = re.search(rf'<input[^>]*name="{re.escape(name)}"[^>]*value="([^"]*)"', page)
    return html.unescape(found[1]) if found else ""


def test_a_client_is_added_found_and_changed(sales):
    page = add_client(sales)
    assert "Voorbeeld Testbank NV" in sales.get(page).text
    assert "0999.900.150" in sales.get(page).text
    for words in ("testbank", "0999.900.150", "0999900150", "TESTBANK"):
        assert page in sales.get(f"/clients?q={words}").text
    assert page not in sales.get("/clients?q=zzz").text
    edit = sales.get(f"{page}/edit").text
    changed = CLIENT | {"version": typed(edit, "version"), "client.name": "Voorbeeld Nieuwe Naam NV"}
    assert sales.post(f"{page}/edit", data=changed).status_code == 303
    assert "Voorbeeld Nieuwe Naam NV" in sales.get(page).text
    late = sales.post(f"{page}/edit", data=changed | {"client.name": "Voorbeeld Te Laat NV"})
    assert late.status_code == 409
    assert typed(late.text, "client.name") == "Voorbeeld Te Laat NV"
    assert "Voorbeeld Nieuwe Naam NV" in sales.get(page).text


def test_a_wrong_client_keeps_everything_typed_with_its_errors_beside_the_fields(sales):
    answer = sales.post(
        "/clients/new",
        data=CLIENT | {"client.enterprise_number": "0999.900.151", "client.address.city": "", "client.name": '<b>"&'},
    )
    assert answer.status_code == 422
    assert typed(answer.text, "client.name") == '<b>"&'
    assert "<b>" not in answer.text.split("<main")[1]
    for field in ("f-client-enterprise_number-error", "f-client-address-city-error"):
        assert f'id="{field}"' in answer.text
    assert 'href="#f-client-address-city"' in answer.text


def test_a_known_number_leads_to_the_client_that_has_it(sales):
    page = add_client(sales)
    answer = sales.post("/clients/new", data=CLIENT | {"client.name": "Voorbeeld Dubbel NV"})
    assert answer.status_code == 409
    assert page in answer.text
    assert typed(answer.text, "client.name") == "Voorbeeld Dubbel NV"


@pytest.mark.parametrize(
    ("number", "country", "ok", "field", "normal"),
    [
        ("0999.900.150", "BE", True, "enterprise_number", "0999.900.150"),
        ("BE 0999 900 150", "BE", True, "enterprise_number", "0999.900.150"),
        ("0999.900.151", "BE", False, "enterprise_number", "0999.900.151"),
        ("12", "BE", False, "enterprise_number", "12"),
        ("nl 999999023 b01", "BE", True, "vat_number", "NL999999023B01"),
        ("NL999999023X02", "NL", False, "vat_number", "NL999999023X02"),
        ("<script>", "??", False, "enterprise_number", "<script>"),
    ],
)
def test_a_number_tells_what_it_can(sales, number, country, ok, field, normal):
    told = sales.get("/clients/check", query_string={"number": number, "country": country}).json
    assert (told["ok"], told["field"], told["number"]) == (ok, field, normal)
    assert told["existing"] is None
    assert told["message"]
    if ok and field == "enterprise_number":
        assert "BE0999900150" in told["message"]


def test_a_number_of_a_client_offers_that_client(sales):
    page = add_client(sales)
    told = sales.get("/clients/check", query_string={"number": "0999900150"}).json
    assert told["existing"]["url"] == page
    assert told["existing"]["client"]["signatory"]["name"] == "V. Oorbeeld"


def test_older_clients_are_behind_a_link(app, sales, example):
    with app.app_context():
        for number in range(30):
            party = example("exempel-webshop")["client"] | {
                "name": f"Client {number:02}",
                "address": {"street": "S", "postal_code": "1", "city": "Bern", "country": "CH"},
            }
            party.pop("vat_number")
            clients.create(app_session(), party | {"registration": f"CHE {number}"}, actor="t", now=NOW)
    first = sales.get("/clients").text
    link = html.unescape(re.search(r'rel="next" href="([^"]+)"', first)[1])
    assert first.count("<tr>") == 26
    assert sales.get(link).text.count("<tr>") == 6
    assert sales.get("/clients?cursor=nonsense").status_code == 422


def test_a_new_form_stores_nothing_until_it_is_saved(sales):
    page = sales.get("/forms/new").text
    action = re.search(r'action="(/forms/[0-9a-f]{32})"', page)[1]
    assert sales.get(action).status_code == 404
    assert typed(page, "version") == "0"
    assert sales.post(action, data=FORM | {"do": "save"}).headers["Location"] == action
    assert typed(sales.get(action).text, "client.name") == "Voorbeeld Testbank NV"


def test_saving_by_script_answers_with_the_version(sales, address):
    assert sales.post(address, data=FORM, headers=JSON).json["version"] == 1
    assert sales.post(address, data=FORM | {"version": "1", "client.name": "Ander"}, headers=JSON).json["version"] == 2
    stale = sales.post(address, data=FORM | {"version": "1", "client.name": "Derde"}, headers=JSON)
    assert (stale.status_code, stale.json["stale"]) == (409, True)
    page = sales.post(address, data=FORM | {"version": "1", "client.name": "Derde", "do": "save"})
    assert page.status_code == 409
    assert (typed(page.text, "client.name"), typed(page.text, "version")) == ("Derde", "2")
    assert typed(sales.get(address).text, "client.name") == "Ander"


def test_every_kind_of_answer_comes_back_as_typed(sales, address):
    answers = FORM | {
        "asked.more": "true",
        "asked.transfers": "true",
        "asked.group_staff": "true",
        "processing.purposes": "eerste\r\n\r\n  tweede ",
        "processing.retention[0].data": "werkbestanden",
        "processing.retention[0].period": "3 maanden",
        "transfers[3].recipient": "Sample Ltd",
        "transfers[3].country": "GB",
        "transfers[3].tool": "adequacy",
        "transfers[3].data_types": "namen\r\nadressen",
        "group_staff[0].name": "",
        "group_staff[1].name": "Voorbeeld Groep BV",
        "parameters.breach_notice_hours": "vierentwintig",
        "parameters.cap_fixed": "5.000,00",
        "none.cap_other": "true",
        "parameters.cap_other": "",
        "main_agreement.cap": "onbeperkt",
        "approved_by": "sales",
        "state": "issued",
    }
    assert sales.post(address, data=answers).status_code == 303
    page = sales.get(address).text
    assert typed(page, "transfers[0].recipient") == "Sample Ltd"
    assert typed(page, "group_staff[0].name") == "Voorbeeld Groep BV"
    assert typed(page, "processing.retention[0].data") == "werkbestanden"
    assert "eerste\ntweede</textarea>" in page
    assert typed(page, "parameters.breach_notice_hours") == "vierentwintig"
    assert typed(page, "main_agreement.cap") == "onbeperkt"
    assert re.search(r'name="none.cap_other"[^>]*checked', page)
    assert "approved_by" not in page


def test_a_form_with_errors_is_kept_saved_and_says_what_is_wrong(sales, address):
    wrong = FORM | {
        "do": "draft",
        "services": [],
        "client.privacy_contact.email": "geen adres",
        "parameters.objection_days": "90",
    }
    answer = sales.post(address, data=wrong)
    assert answer.status_code == 422
    for field in ("f-services-error", "f-client-privacy_contact-email-error", "f-parameters-objection_days-error"):
        assert f'id="{field}"' in answer.text
    assert "30" in re.search(r'id="f-parameters-objection_days-error">([^<]+)', answer.text)[1]
    assert typed(answer.text, "client.privacy_contact.email") == "geen adres"
    assert typed(sales.get(address).text, "client.privacy_contact.email") == "geen adres"


def test_from_form_to_issued_agreement(app, sales, address):
    made = sales.post(address, data=FORM | {"do": "draft"})
    assert made.status_code == 303
    agreement = made.headers["Location"]
    again = sales.post(address, data=FORM | {"do": "draft"})
    assert again.headers["Location"] == agreement, "a double click makes one draft"
    assert sales.post(f"{agreement}/edit").headers["Location"] == address
    unasked = sales.post(f"{agreement}/issue")
    assert unasked.headers["Location"] == f"{agreement}/issue", "issuing asks once"
    confirm = sales.get(f"{agreement}/issue").text
    hidden = {name: typed(confirm, name) for name in ("confirm", "version", "key")}
    assert sales.post(f"{agreement}/issue", data=hidden).headers["Location"] == agreement
    assert sales.post(f"{agreement}/issue", data=hidden).headers["Location"] == agreement
    with app.app_context():
        details = agreements.get(app_session(), ID.search(agreement)[0])
    assert details.agreement.reference.endswith("-0001")
    for kind, start in (("docx", b"PK"), ("pdf", b"%PDF")):
        answer = sales.get(f"{agreement}/document.{kind}")
        assert answer.data.startswith(start)
        assert f"{details.agreement.reference}.{kind}" in answer.headers["Content-Disposition"]
    closed = sales.post(address, data=FORM | {"version": "2", "do": "draft", "client.signatory.name": "Iemand Anders"})
    assert closed.status_code == 409
    assert typed(closed.text, "client.signatory.name") == "Iemand Anders"
    assert sales.get(f"{agreement}/issue").status_code == 302


def test_a_draft_changed_since_it_was_looked_at_is_not_issued(app, sales, address, example):
    agreement = sales.post(address, data=FORM | {"do": "draft"}).headers["Location"]
    confirm = sales.get(f"{agreement}/issue").text
    hidden = {name: typed(confirm, name) for name in ("confirm", "version", "key")}
    with app.app_context():
        agreements.update_draft(app_session(), ID.search(agreement)[0], example(), expected_version=None, actor="b", now=NOW)
    assert sales.post(f"{agreement}/issue", data=hidden).headers["Location"] == f"{agreement}/issue"
    with app.app_context():
        assert agreements.get(app_session(), ID.search(agreement)[0]).agreement.state == "draft"


def test_the_preview_answers_for_a_form_that_was_never_saved(sales, address):
    answer = sales.post(f"{address}/preview", data={"js": "true"}).json
    assert set(answer) == {"html", "coverage", "terms", "trace", "missing", "trouble", "panels"}
    assert "[nog in te vullen: naam van de klant]" in answer["html"]
    assert {entry["field"] for entry in answer["missing"]} >= {"client.name", "services"}
    assert {row["status"] for row in answer["coverage"]} == {"full"}
    assert sales.get(address).status_code == 404


def test_hostile_answers_are_text_in_the_preview(sales, address):
    name = '<script>alert("x")</script> {{ 7*7 }}'
    answer = sales.post(f"{address}/preview", data=FORM | {"client.name": name, "main_agreement.title": '"><img src=x>'}).json
    assert "<script>" not in answer["html"] + answer["panels"]
    assert "<img" not in answer["html"] + answer["panels"]
    assert html.escape(name, quote=False) in answer["html"].replace("&#34;", '"')


def test_what_the_page_does_not_show_stays(app, sales, example):
    with app.app_context():
        request = example("voorbeeld-alles")
        source = agreements.create_draft(app_session(), app.extensions["dpa"].library, request, actor="t", now=NOW).agreement
    address = sales.post("/forms/copy", data={"agreement": source.id}).headers["Location"]
    page = sales.get(address).text
    assert typed(page, "client.name") == request["client"]["name"]
    fields: dict[str, Any] = FORM | {"version": "1", "services": ["back-office", "inbound-customer-service"], "do": "draft"}
    answer = sales.post(address, data=fields)
    assert answer.status_code == 303, re.findall(r"-error\">([^<]+)", answer.text)
    with app.app_context():
        made = agreements.get(app_session(), ID.search(answer.headers["Location"])[0]).agreement
    assert made.request["sub_processors"] == source.request["sub_processors"]
    assert {item["id"] for item in made.request["services"] if isinstance(item, dict)} == {
        "back-office",
        "inbound-customer-service",
    }
    again = sales.post(
        address, data=fields | {"version": typed(sales.get(address).text, "version"), "house_sub_processors": "true"}
    )
    with app.app_context():
        assert "sub_processors" not in agreements.get(app_session(), ID.search(again.headers["Location"])[0]).agreement.request


def test_without_script_lines_and_terms_come_by_button_and_filled_parts_count(sales, address):
    plain = {name: value for name, value in FORM.items() if name != "js"}
    answer = sales.post(
        address, data=plain | {"add": "parameter", "add_parameter": "breach_notice_hours", "transfers[0].recipient": "X"}
    )
    assert answer.headers["Location"].startswith(address)
    page = sales.get(address).text
    assert typed(page, "parameters.breach_notice_hours") == "48"
    assert re.search(r'name="asked.transfers"[^>]*checked', page)
    gone = plain | {"version": "1", "parameters.breach_notice_hours": "48", "remove": "parameters.breach_notice_hours"}
    sales.post(address, data=gone)
    shown = sales.get(address).text.split("<template")[0]
    assert "parameters.breach_notice_hours" not in shown


def test_a_form_is_discarded_and_brought_back(sales, address):
    assert sales.post(f"{address}/discard").headers["Location"] == "/forms", "one that was never saved is simply left"
    sales.post(address, data=FORM)
    away = sales.post(f"{address}/discard").headers["Location"]
    assert f"{address}/restore" in sales.get(away).text
    assert sales.post(f"{address}/restore").headers["Location"] == address
    assert address in sales.get("/forms").text


def test_another_user_finds_nothing(sales, as_role, address):
    sales.post(address, data=FORM)
    other = as_role("sales")
    assert other.get(address).status_code == 404
    for path in (address, f"{address}/preview", f"{address}/discard", f"{address}/restore"):
        assert other.post(path, data=FORM).status_code == 404
    assert address not in other.get("/forms").text


@pytest.mark.parametrize("role", ["finance", "dpo", "admin"])
def test_who_makes_no_agreements_has_no_forms(as_role, role):
    assert as_role(role).get("/forms/new").status_code == 403


def test_unknown_things_are_not_found(sales):
    nobody = uuid.uuid4().hex
    for path in (f"/clients/{nobody}", f"/clients/{nobody}/edit", f"/forms/new?client={nobody}", f"/forms/copy?client={nobody}",
                 f"/agreements/{nobody}/issue", f"/agreements/{nobody}/document.docx"):  # fmt: skip
        assert sales.get(path).status_code == 404, path
    for path in (f"/agreements/{nobody}/edit", f"/forms/{nobody}/restore"):
        assert sales.post(path).status_code == 404, path
    assert sales.post("/forms/copy", data={"agreement": nobody}).status_code == 404
    assert sales.post("/forms/copy", data={"agreement": "x" * 500}).status_code == 404


def test_a_page_for_a_known_client_has_its_data(sales):
    client_id = ID.search(add_client(sales))[0]
    page = sales.get(f"/forms/new?client={client_id}").text
    assert typed(page, "client.signatory.name") == "V. Oorbeeld"
    assert typed(page, "client_id") == client_id
    assert typed(page, "main_agreement.date")
    found = sales.get("/forms/new?q=testbank").text
    assert f"/forms/new?client={client_id}" in found
