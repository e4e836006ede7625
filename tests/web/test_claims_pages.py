"""The pages of liability: claims from opening to payment, what-if, fees, exposure; who may do what; wrong input."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest

from dpa_service.services.liability import claims
from dpa_service.serving.runtime import EXTENSION, library, session
from tests.conftest import NOW, TODAY
from tests.support.liability import EVENT, fee, signed

pytestmark = pytest.mark.usefixtures("plain_documents", "no_approvals")
READERS = ("legal", "finance", "dpo", "admin")
FORM = {
    "event_day": EVENT, "reported_day": "2026-06-01", "summary": "Bestand naar het verkeerde adres", "basis": "processor", "fault": "gross",
    "gdpr_processor_breach": "true", "items[0].kind": "direct", "items[0].amount": "9.000,00", "items[0].label": "Meldingskosten",
    "items[1].kind": "indirect", "items[1].amount": "", "items[1].label": "",
}  # fmt: skip


@pytest.fixture
def no_approvals(monkeypatch):
    monkeypatch.setattr("dpa_service.services.agreements.issuing.refuse_unapproved", lambda *_: None)


@pytest.fixture(autouse=True)
def clock(app):
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], clock=lambda: NOW)


@pytest.fixture
def agreement(app, example):
    with app.app_context():
        made = signed(session(), library(), example())
        fee(session(), made.client_id, "40000.00")
        return made


@pytest.fixture
def opened(as_role, agreement):
    """A claim opened through the page, and the browser of legal."""
    legal = as_role("legal")

    def open_claim(**changes):
        answer = legal.post("/claims/new", data=FORM | {"client": agreement.client_id} | changes)
        assert answer.status_code == 303, re.findall(r"<li><a href=\"#.*?</li>", answer.text)
        return answer.location.rpartition("/")[2]

    return legal, open_claim


def test_every_reader_sees_every_page(as_role, agreement, opened):
    _, open_claim = opened
    claim_id = open_claim()
    pages = ["/claims", "/claims?q=SCH&state=assessed", f"/claims/{claim_id}", f"/claims/{claim_id}/what-if",
             f"/liability/what-if?agreement={agreement.id}", "/exposure", "/exposure?day=2025-06-01", f"/exposure/{agreement.client_id}",
             "/fees", f"/fees/{agreement.client_id}", f"/claims?client={agreement.client_id}", "/", f"/agreements/{agreement.id}"]  # fmt: skip
    for role in READERS:
        browser = as_role(role)
        for path in pages:
            answer = browser.get(path)
            assert answer.status_code == 200, (role, path, answer.text[:400])
            assert answer.text.count("<h1") == 1, path
            assert "style=" not in answer.text, path


def test_buttons_and_steps_are_those_of_the_role(as_role, opened, agreement):
    _, open_claim = opened
    claim_id = open_claim()
    path = f"/claims/{claim_id}"
    finance, dpo, sales = as_role("finance"), as_role("dpo"), as_role("sales")
    assert f'action="{path}/pay"' in finance.get(path).text
    assert f'action="{path}/reject"' not in finance.get(path).text
    for step in ("pay", "reject", "settle", "assess"):
        assert f'action="{path}/{step}"' not in dpo.get(path).text
        assert dpo.post(f"{path}/{step}").status_code == 403
    assert sales.get(path).status_code == 403
    assert "/liability/" not in sales.get(f"/agreements/{agreement.id}").text
    assert f"/claims/new?agreement={agreement.id}" in as_role("legal").get(f"/agreements/{agreement.id}").text
    # closing a claim with the payment is not for who only pays
    finance.post(f"{path}/pay", data={"pool": "main", "amount": "10,00", "paid_on": TODAY.isoformat(), "settle": "true"})
    assert "claim-assessed" in finance.get(path).text


def test_the_staircase_says_steps_rules_articles_and_sources(app, as_role, example):
    with app.app_context():
        made = signed(session(), library(), example(), cap_fixed="5000.00")
        fee(session(), made.client_id, "40000.00")
    legal = as_role("legal")
    answer = legal.post("/claims/new", data=FORM | {"client": made.client_id}, headers={"Accept-Language": "en"})
    page = legal.get(answer.location, headers={"Accept-Language": "en"}).text
    steps = re.findall(r'<li class="stair stair-(\w+)">(.*?)</li>', page, re.DOTALL)
    assert [name for name, _ in steps] == ["claimed", "admitted", "cap", "paid", "payable"]
    said = dict(steps)
    assert "€\xa05.000,00" in said["payable"]
    assert "rule d1" in re.sub(r"\s+", " ", said["cap"])
    assert re.search(r'tag-departed"><a [^>]*>A1</a>', said["cap"])
    assert "standard" in said["admitted"]
    assert re.search(r"art\.\s+[0-9]+\.[0-9]+", said["cap"])
    assert "No lawyer has reviewed this" in page
    assert "What the clauses say" in page


def test_a_payment_beyond_what_is_left_is_refused_with_the_figures(opened):
    legal, open_claim = opened
    path = f"/claims/{open_claim()}"
    data = {"pool": "main", "amount": "2.500,01", "paid_on": TODAY.isoformat()}
    refused = legal.post(f"{path}/pay", data=data)
    assert refused.status_code == 409
    figures = re.search(r'id="refused">(.*?)</table>', refused.text, re.DOTALL)[1]
    for figure in ("2.500,01", "2.500,00", "0,01"):
        assert figure in figures
    assert 'value="2.500,01"' in refused.text  # nothing typed is lost
    assert legal.post(f"{path}/pay", data=data | {"amount": "2.500,00", "settle": "true"}).status_code == 303
    page = legal.get(path).text
    assert "claim-settled" in page
    payment = re.search(rf"{path}/payments/([0-9a-f]+)/correct", page)[1]
    assert legal.post(f"{path}/payments/{payment}/correct", data={"reason": " "}).status_code == 422
    assert legal.post(f"{path}/payments/{payment}/correct", data={"reason": "Verkeerde rekening"}).status_code == 303
    assert legal.post(f"{path}/payments/{payment}/correct", data={"reason": "Nog eens"}).status_code == 409
    assert "claim-assessed" in legal.get(path).text


def test_sending_a_form_twice_does_it_once(app, as_role, agreement):
    legal = as_role("legal")
    data = FORM | {"client": agreement.client_id, "key": "0123456789abcdef"}
    first, again = (legal.post("/claims/new", data=data) for _ in range(2))
    assert first.location == again.location
    pay = {"pool": "main", "amount": "10", "paid_on": TODAY.isoformat(), "key": "fedcba"}
    for _ in range(2):
        legal.post(f"{first.location}/pay", data=pay)
    with app.app_context():
        assert len(claims.get(session(), first.location.rpartition("/")[2]).payments) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"items[0].amount": "1,234"}, "items[0].amount"),
        ({"items[0].amount": "12,3456"}, "items[0].amount"),
        ({"items[0].amount": "-5"}, "items[0].amount"),
        ({"items[0].amount": "500 USD"}, "items[0].amount"),
        ({"items[0].amount": "veel"}, "items[0].amount"),
        ({"items[0].amount": "", "items[0].label": ""}, "items[0].amount"),
        ({"items[1].amount": "1,2345"}, "items[1].amount"),
        ({"event_day": "2019-01-01"}, "event_day"),
        ({"event_day": "2027-01-01", "reported_day": "2027-01-01"}, "event_day"),
        ({"event_day": ""}, "event_day"),
        ({"reported_day": "2026-05-01"}, "reported_day"),
        ({"basis": "goodwill"}, "basis"),
        ({"fault": ""}, "fault"),
        ({"summary": " "}, "summary"),
        ({"basis": "controller_recourse"}, "responsibility_share"),
        ({"basis": "controller_recourse", "responsibility_share": "140"}, "responsibility_share"),
    ],
)
def test_wrong_input_is_told_at_its_field_and_nothing_is_lost(as_role, agreement, change, field):
    data = FORM | {"client": agreement.client_id} | change
    answer = as_role("legal").post("/claims/new", data=data)
    assert answer.status_code == 422
    place = "f-" + field.replace(".", "-").replace("[", "-").replace("]", "")
    assert f'href="#{place}"' in answer.text
    assert f'id="{place}-error"' in answer.text or f'aria-describedby="{place}-error"' in answer.text
    assert FORM["items[0].label"] in answer.text or "items[0].label" in change
    if change.get(field, "").strip():
        assert f'value="{change[field]}"' in answer.text or field == "basis"


def test_answers_that_the_basis_does_not_ask_are_left_out(app, opened):
    _, open_claim = opened
    claim_id = open_claim(basis="other", responsibility_share="nonsense", not_responsible="true")
    with app.app_context():
        data = claims.get(session(), claim_id).claim.data
    assert not {"gdpr_processor_breach", "not_responsible", "responsibility_share"} & {
        name for name, held in data.items() if held
    }


def test_a_claim_waits_for_its_fees_and_says_so(app, as_role, example):
    with app.app_context():
        made = signed(session(), library(), example())
    legal, finance = as_role("legal"), as_role("finance")
    answer = legal.post("/claims/new", data=FORM | {"client": made.client_id})
    page = legal.get(answer.location).text
    assert "claim-reported" in page
    assert f"/fees/{made.client_id}" in page
    assert "stair-payable" not in page  # no figures come with an error
    entry = {"received_on": "2025-03-03", "amount": "1.800,50", "kind": "payment"}
    assert finance.post(f"/fees/{made.client_id}", data=entry).status_code == 303
    assert legal.post(f"{answer.location}/assess").status_code == 303
    assert "1.800,50" in legal.get(answer.location).text


def test_a_change_after_somebody_elses_is_refused_and_kept(opened):
    legal, open_claim = opened
    path = f"/claims/{open_claim()}"
    version = re.search(r'name="version" value="(\d+)"', legal.get(f"{path}/edit").text)[1]
    data = FORM | {"version": version}
    assert legal.post(f"{path}/edit", data=data | {"fault": "fraud"}).status_code == 303
    late = legal.post(f"{path}/edit", data=data | {"summary": "Andere woorden"})
    assert late.status_code == 412
    assert "Andere woorden" in late.text
    assert legal.post(f"{path}/reject", data={"reason": "Neen", "version": version}).status_code == 412


def test_what_if_saves_nothing_and_answers_the_script(app, as_role, opened, agreement):
    _, open_claim = opened
    claim_id = open_claim()
    finance = as_role("finance")
    with app.app_context():
        before = claims.get(session(), claim_id)
    data = FORM | {"params.cap_fixed": "8.000,00", "compare": "standard"}
    page = finance.post(f"/claims/{claim_id}/what-if", data=data).text
    assert page.count('<section class="side"') == 3
    assert "€\xa08.000,00" in page
    told = finance.post(f"/claims/{claim_id}/what-if", data=data, headers={"Accept": "application/json"}).json
    assert told["html"].count('<section class="side"') == 3
    wrong = finance.post(f"/liability/what-if?agreement={agreement.id}", data=FORM | {"params.cap_other": "1,234"},
                         headers={"Accept": "application/json"}).json  # fmt: skip
    assert set(wrong["errors"]) == {"params.cap_other"}
    assert finance.get("/liability/what-if").status_code == 404
    with app.app_context():
        after = claims.get(session(), claim_id)
    assert (after.claim.version, len(after.assessments)) == (before.claim.version, len(before.assessments))


def test_a_draft_stands_beside_what_was_agreed(app, as_role, example, opened):
    from dpa_service.services.agreements import agreements

    _, open_claim = opened
    claim_id = open_claim()
    with app.app_context():
        data = example()
        data["parameters"] = {"cap_fixed": "7000.00"}
        draft = agreements.create_draft(session(), library(), data, actor="maker", now=NOW).agreement
    legal = as_role("legal")
    assert draft.id in legal.get(f"/claims/{claim_id}/what-if").text
    page = legal.post(f"/claims/{claim_id}/what-if", data=FORM | {"compare": draft.id}).text
    assert "€\xa07.000,00" in page


def test_files_are_kept_and_the_assessment_is_printed(opened):
    legal, open_claim = opened
    path = f"/claims/{open_claim()}"
    sent = {"file": (io.BytesIO(b"%PDF-1.7 brief"), "../brief <1>.pdf")}
    assert legal.post(f"{path}/files", data=sent, content_type="multipart/form-data").status_code == 303
    page = legal.get(path).text
    kept = re.search(rf'href="({path}/files/[0-9a-f]+)"', page)[1]
    assert legal.get(kept).data == b"%PDF-1.7 brief"
    assert "brief _1_.pdf" in page
    assert legal.post(f"{path}/files", data={}, content_type="multipart/form-data").status_code == 422
    assert legal.get(f"{path}/assessment.docx").data[:2] == b"PK"
    assert legal.get(f"{path}/assessment.pdf").data[:5] == b"%PDF-"


def test_fees_by_hand_and_out_of_a_file(as_role, agreement):
    finance, legal = as_role("finance"), as_role("legal")
    path = f"/fees/{agreement.client_id}"
    assert legal.post(path, data={}).status_code == 403
    for change, field in (
        ({"amount": "1,234"}, "amount"),
        ({"received_on": "2027-01-01"}, "received_on"),
        ({"period": "mei"}, "period"),
    ):
        wrong = finance.post(path, data={"received_on": "2026-01-05", "amount": "100", "kind": "payment"} | change)
        assert wrong.status_code == 422
        assert f'id="f-{field}-error"' in wrong.text
    finance.post(path, data={"received_on": "2026-01-05", "amount": "100,00", "kind": "credit_note"})
    page = finance.get(f"{path}?from=2026-01-01").text
    assert "-100,00" in page.replace("−", "-")
    assert "40.000,00" not in re.search(r"<tfoot>.*?</tfoot>", page, re.DOTALL)[0]
    entry = re.search(rf"{path}/entries/([0-9a-f]+)/correct", page)[1]
    assert finance.post(f"{path}/entries/{entry}/correct", data={"reason": ""}).status_code == 422
    assert finance.post(f"{path}/entries/{entry}/correct", data={"reason": "dubbel"}).status_code == 303
    table = (f"klant;ontvangen op;bedrag;sleutel\r\n{agreement.client_id};1/2/2026;1.250,50;C-1\r\n{agreement.client_id};32/1/2026;x;C-2\r\n"
             "0999.999.999;1/2/2026;5,00;C-3\r\n")  # fmt: skip
    sent = finance.post("/fees/upload", data={"file": (io.BytesIO(table.encode()), "f.csv")}, content_type="multipart/form-data")
    assert sent.status_code == 422
    report = re.search(r'id="report">(.*?)</section>', sent.text, re.DOTALL)[1]
    assert "1.250,50" in report
    assert set(re.findall(r'class="money">(\d+)</td>', report)) == {"3", "4"}
    assert set(re.findall(r"<code>(\w+)</code>", report)) == {"received_on", "amount", "client"}
    assert "1.250,50" in finance.get(path).text
    for content in (b"", b"a;b\n1;2\n", b"\x00\x01"):
        data = {"file": (io.BytesIO(content), "f.csv")}
        assert finance.post("/fees/upload", data=data, content_type="multipart/form-data").status_code == 422


def test_exposure_by_day_filter_and_file(app, as_role, example, agreement):
    with app.app_context():
        signed(session(), library(), example("voorbeeld-energie"), begins=TODAY, uncapped_from="fraud")
    finance = as_role("finance")
    now, then = finance.get("/exposure").text, finance.get("/exposure?day=2025-06-01").text
    assert "exposure-alert" in now
    assert "exposure-alert" not in then
    assert ("Voorbeeld Energie" in now, "Voorbeeld Energie" in then) == (True, False)
    assert finance.get("/exposure?only=no_limit").text.count('<tr class="endless">') == 1
    assert "Bakkerij" not in finance.get("/exposure?q=energie").text
    assert len(finance.get("/exposure.csv?q=energie").text.splitlines()) == 2
    for address in ("/exposure?day=morgen", "/exposure?above=1,2345", "/exposure?only=x&case=y&offset=-3"):
        assert finance.get(address).status_code == 200
    client = finance.get(f"/exposure/{agreement.client_id}?day=2020-01-01").text
    assert "<h1" in client
    assert "stair" not in client


def test_the_page_of_a_client_says_its_exposure_to_who_may_know(as_role, agreement):
    for role, seen in (("legal", True), ("dpo", True), ("sales", False)):
        page = as_role(role).get(f"/clients/{agreement.client_id}").text
        assert ("€\xa03.500,00" in page, f"/exposure/{agreement.client_id}" in page) == (seen, seen)


def test_claims_that_wait_stand_on_the_start_page(as_role, opened):
    _, open_claim = opened
    claim_id = open_claim()
    for role in ("legal", "finance", "admin"):
        assert f"/claims/{claim_id}" in as_role(role).get("/").text
    assert f"/claims/{claim_id}" not in as_role("sales").get("/").text
