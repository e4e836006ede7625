"""Sales asks for a concession on the pages: the list, the page of a clause, the look before it, asking, taking back, issuing."""

import html
import re

import pytest

from dpa_service.adapters.db.engine import reading, writing
from dpa_service.adapters.db.negotiation import NegotiationRound, ReturnedChange
from dpa_service.services.agreements import agreements
from dpa_service.services.negotiation import negotiation
from dpa_service.services.negotiation.deviations import open_rows
from dpa_service.services.people.accounts import DEMO_EMAILS, seed_demo_users
from dpa_service.serving.runtime import library, now, session
from tests.conftest import NOW

CAP = "ladder:16:F1"


@pytest.fixture
def draft(app, example, plain_documents):
    """The id of a draft without departures; the demo's users are there to decide."""
    with app.app_context():
        seed_demo_users(session(), demo=True, now=now())
        made = agreements.create_draft(session(), library(), example(parameters={}), actor=DEMO_EMAILS["sales"], now=now())
        return made.agreement.id


@pytest.fixture
def sales(as_role):
    return as_role("sales")


def rows(app, draft):
    with app.app_context(), reading(session()):
        return {row.key: row for row in open_rows(session(), draft)}


def approve(app, draft, key, *roles):
    """Approve by the demo's users of these roles."""
    for role in roles:
        row = rows(app, draft)[key]
        with app.app_context():
            negotiation.decide(session(), row.id, "approve", seen=row.version, actor=DEMO_EMAILS[role], now=now())


def version(page):
    return re.search(r'name="version" value="(\d+)"', page.text)[1]


def page_of(browser, draft, clause):
    page = browser.get(f"/agreements/{draft}/negotiate/{clause}")
    assert page.status_code == 200
    return page


def source_on(page):
    """The source of the article's text in its field."""
    return html.unescape(re.search(r'name="text"[^>]*>(.*?)</textarea>', page, re.DOTALL)[1])


def ask(browser, draft, clause, choice, **fields):
    page = page_of(browser, draft, clause)
    return browser.post(f"/agreements/{draft}/negotiate/{clause}", data={"version": version(page), "ask": choice, **fields})


def test_the_list_names_every_article_with_its_ladders(sales, draft, app):
    page = sales.get(f"/agreements/{draft}/negotiate").text
    assert "these are the standard terms" in page or "standaardvoorwaarden" in page
    with app.app_context():
        for name in library().outlines["agreement"].articles:
            clause = library().clauses[name]
            if f'/negotiate/{name}"' in page:
                for ladder in clause.ladders:
                    assert all(f"ask=ladder:{ladder.row}:{rung.id}" in page for rung in ladder.rungs)
    assert page.count("has-ladder") >= 10


def test_searching_finds_a_clause_by_its_ladder(sales, draft):
    page = sales.get(f"/agreements/{draft}/negotiate?q=plafond").text
    assert '/negotiate/general-liability"' in page
    assert '/negotiate/severability"' not in page
    assert "clause-list" not in sales.get(f"/agreements/{draft}/negotiate?q=xyzzy").text


def test_the_page_of_a_clause_shows_its_steps_and_a_walk_away_line_that_cannot_be_chosen(sales, draft, app):
    page = page_of(sales, draft, "general-liability").text
    with app.app_context():
        ladder = library().clauses["general-liability"].ladders[0]
    choices = re.findall(r'name="ask" value="([^"]+)"', page)
    assert {"ladder:16:F1", "ladder:16:F2", "value:cap_fixed", "modified", "removed", "added"} <= set(choices)
    assert ladder.walk_away in page
    assert len([choice for choice in choices if choice.startswith("ladder:16:")]) == len(ladder.rungs)


def test_every_clause_of_the_document_has_a_page(sales, draft, app):
    with app.app_context():
        names = library().outlines["agreement"].clauses
    for name in names:
        page_of(sales, draft, name)
    assert sales.get(f"/agreements/{draft}/negotiate/nergens").status_code == 404


def test_a_look_saves_nothing_and_says_who_what_and_what_would_do(sales, draft, app):
    path = f"/agreements/{draft}/negotiate/general-liability/look"
    page = sales.post(path, data={"ask": "ladder:16:F2"})
    assert page.status_code == 200
    assert "(CFO)" in page.text
    assert "(CEO)" in page.text
    assert "€\u00a025.000,00" in page.text
    assert 'data-choose="ladder:16:F1"' in page.text
    assert "<ins>" in page.text
    told = sales.post(path, data={"ask": "ladder:16:F2"}, headers={"Accept": "application/json"}).json
    assert told["possible"]
    assert "data-possible" in told["html"]
    assert rows(app, draft) == {}


def test_asking_a_rung_waits_for_its_approvers(sales, draft, app):
    answer = ask(sales, draft, "general-liability", CAP, reason="De klant vraagt een hoger plafond.")
    assert answer.status_code == 303
    row = rows(app, draft)["ladder:16"]
    assert (row.state, row.approvers, row.reason) == ("proposed", ["CFO", "LEG"], "De klant vraagt een hoger plafond.")
    page = sales.get(f"/agreements/{draft}/negotiate").text
    assert "financieel directeur" in page
    assert "De klant vraagt een hoger plafond." in page


def test_a_value_within_sales_own_authority_is_settled_at_once(sales, draft, app):
    answer = ask(sales, draft, "annex-tariff", "value:assistance_rate", **{"parameters.assistance_rate": "120,00"})
    assert answer.status_code == 303
    assert [(row.key, row.state) for row in rows(app, draft).values()] == [("value:assistance_rate", "approved")]


@pytest.mark.parametrize(
    ("clause", "fields"),
    [
        ("sub-processors", {"ask": "value:objection_days", "parameters.objection_days": "31"}),
        ("sub-processors", {"ask": "value:objection_days", "parameters.objection_days": "veel"}),
        ("sub-processors", {"ask": "ladder:16:F1"}),
        ("sub-processors", {"ask": "ladder:1:F9"}),
        ("sub-processors", {"ask": "walk"}),
        ("sub-processors", {}),
        ("security", {"ask": "ladder:11:F2", "values.client_policy_reference": ""}),
        ("breach-notice", {"ask": "removed"}),
        ("breach-notice", {"ask": "modified", "text": "# Melding\n\n1. Wij melden dit snel.\n"}),
        ("breach-notice", {"ask": "modified", "text": "zonder kop"}),
        ("breach-notice", {"ask": "added", "added_text": ""}),
    ],
)
def test_what_cannot_be_asked_comes_back_with_everything_typed(sales, draft, app, clause, fields):
    answer = sales.post(f"/agreements/{draft}/negotiate/{clause}", data={"version": "1", "reason": "Omdat het zo is.", **fields})
    assert answer.status_code == 422
    assert "data-refused" in answer.text
    assert "Omdat het zo is." in answer.text
    for name, value in fields.items():
        if name.startswith(("parameters.", "text")) and value:
            assert value.split("\n")[0] in answer.text
    assert rows(app, draft) == {}


def test_own_wording_begins_with_the_standard_source_and_shows_what_must_stay(sales, draft, app):
    page = page_of(sales, draft, "breach-notice").text
    source = source_on(page)
    assert source.startswith("# ")
    assert "{breach_notice_hours}" in source
    assert "{when" not in source
    assert "<code>{#notify}</code>" in page
    same = sales.post(f"/agreements/{draft}/negotiate/breach-notice", data={"version": "1", "ask": "modified", "text": source})
    assert same.status_code == 422
    changed = source.replace("elke Inbreuk", "iedere Inbreuk") + "\n9. De boete is € 500.\n"
    look = sales.post(f"/agreements/{draft}/negotiate/breach-notice/look", data={"ask": "modified", "text": changed}).text
    assert "€ 500" in look
    assert "iedere" in look
    assert ask(sales, draft, "breach-notice", "modified", text=changed).status_code == 303
    assert rows(app, draft)["text:breach-notice"].approvers[0] == "LEG"
    assert "iedere Inbreuk" in page_of(sales, draft, "breach-notice").text


def test_articles_are_removed_and_added(sales, draft, app):
    assert ask(sales, draft, "severability", "removed").status_code == 303
    assert ask(sales, draft, "audits", "added", added_text="# Overleg\n\n1. Partijen overleggen jaarlijks.\n").status_code == 303
    assert set(rows(app, draft)) == {"text:severability", "added:added-1"}
    second = "# Overleg\n\n1. Partijen overleggen tweemaal per jaar.\n"
    assert ask(sales, draft, "audits", "added", added_text=second, added_id="added-1").status_code == 303
    assert ask(sales, draft, "audits", "added", added_text="# Nog een\n\n1. Nog iets.\n").status_code == 303
    assert set(rows(app, draft)) == {"text:severability", "added:added-1", "added:added-2"}
    listed = sales.get(f"/agreements/{draft}/negotiate").text
    assert "ask=added&amp;added_id=added-1" in listed


def test_an_edit_says_whose_approval_no_longer_holds(sales, draft, app):
    ask(sales, draft, "general-liability", CAP)
    approve(app, draft, "ladder:16", "legal", "finance")
    look = sales.post(f"/agreements/{draft}/negotiate/general-liability/look", data={"ask": "ladder:16:F2"}).text
    assert DEMO_EMAILS["finance"] in look
    ask(sales, draft, "general-liability", "ladder:16:F2")
    page = sales.get(f"/agreements/{draft}/negotiate").text
    assert DEMO_EMAILS["legal"] in page
    assert "A1" in page
    assert rows(app, draft)["ladder:16"].state == "proposed"


def test_taking_back(sales, draft, app):
    ask(sales, draft, "general-liability", CAP)
    page = sales.get(f"/agreements/{draft}/negotiate")
    taken = sales.post(f"/agreements/{draft}/take-back", data={"version": version(page), "take": "ladder:16"})
    assert taken.status_code == 303
    assert rows(app, draft) == {}
    again = sales.post(f"/agreements/{draft}/take-back", data={"take": "ladder:16"}, follow_redirects=True)
    assert again.status_code == 200


def test_whoever_comes_second_is_told_and_loses_nothing(sales, as_role, draft, app):
    page = page_of(sales, draft, "audits")
    ask(as_role("legal"), draft, "general-liability", CAP)
    late = sales.post(
        f"/agreements/{draft}/negotiate/audits", data={"version": version(page), "ask": "ladder:12:F1", "reason": "Mijn reden"}
    )
    assert late.status_code == 409
    assert "legal" in late.text
    assert "Mijn reden" in late.text
    assert set(rows(app, draft)) == {"ladder:16"}


def test_issuing_says_before_and_after_the_click_what_waits(sales, draft, app):
    ask(sales, draft, "general-liability", CAP)
    page = sales.get(f"/agreements/{draft}/issue")
    assert "(CFO)" in page.text
    assert 'name="confirm"' not in page.text
    refused = sales.post(f"/agreements/{draft}/issue", data={"confirm": "yes"})
    assert refused.status_code == 409
    assert "(LEG)" in refused.text
    assert f"/agreements/{draft}/negotiate" in refused.text
    approve(app, draft, "ladder:16", "legal", "finance")
    page = sales.get(f"/agreements/{draft}/issue")
    assert 'name="confirm"' in page.text
    assert sales.post(f"/agreements/{draft}/issue", data={"confirm": "yes", "version": version(page)}).status_code == 303


def test_what_leaves_a_duty_open_is_not_issued_and_says_which(sales, draft, app):
    page = page_of(sales, draft, "confidentiality").text
    source = source_on(page)
    ask(sales, draft, "confidentiality", "modified", text=re.sub(r"\{#[a-z-]+\} ", "", source))
    approve(app, draft, "text:confidentiality", "legal", "dpo")
    refused = sales.post(f"/agreements/{draft}/issue", data={"confirm": "yes"})
    assert refused.status_code == 409
    assert "28(3)(b)" in refused.text
    assert "/negotiate/confidentiality" in refused.text


def test_a_change_of_a_returned_file_that_waits_stops_the_issue_and_is_named(sales, draft, app):
    known = {"thread_id": draft, "id": "a" * 32}
    came = NegotiationRound(**known, agreement_id=draft, number=1, direction="received", kind="docx", name="terug.docx", size=1,
                            sha256="0" * 64, content=b"x", at=NOW, actor=DEMO_EMAILS["sales"])  # fmt: skip
    change = ReturnedChange(**known, round_id="a" * 32, position=1, clause="audits", kind="text", data={}, state="open")
    with app.app_context(), writing(session()):
        session().add(came)
        session().flush()
        session().add(change)
    assert f'href="/agreements/{draft}/rounds"' in sales.get(f"/agreements/{draft}/issue").text
    refused = sales.post(f"/agreements/{draft}/issue", data={"confirm": "yes"})
    assert refused.status_code == 409
    assert f'href="/agreements/{draft}/rounds"' in refused.text


def test_hostile_words_are_text(sales, draft, app):
    bad = "<script>alert(1)</script>"
    text = f"# Overleg {bad}\n\n1. Partijen {bad} overleggen.\n"
    path = f"/agreements/{draft}/negotiate/audits"
    fields = {"ask": "added", "added_text": text, "reason": bad}
    assert bad not in sales.post(f"{path}/look", data=fields).text
    assert bad not in sales.post(f"{path}/look", data=fields, headers={"Accept": "application/json"}).json["html"]
    assert ask(sales, draft, "audits", "added", added_text=text, reason=bad).status_code == 303
    for page in (
        f"/agreements/{draft}/negotiate",
        f"/agreements/{draft}",
        f"/agreements/{draft}/issue",
        f"{path}?ask=added&added_id=added-1",
    ):
        shown = sales.get(page).text
        assert bad not in shown
        assert "&lt;script&gt;" in shown


def test_general_terms_are_not_negotiated_and_what_is_issued_is_not_looked_at(sales, draft, app):
    with app.app_context():
        data = {"language": "nl", "effective_from": "2027-01-01"}
        terms = agreements.create_draft(session(), library(), data, document="general-terms", actor="a", now=now()).agreement.id
    assert sales.get(f"/agreements/{terms}/negotiate").status_code == 404
    assert f"/agreements/{terms}/negotiate" not in sales.get(f"/agreements/{terms}").text
    assert sales.get(f"/agreements/{terms}/issue").status_code == 200
    sales.post(f"/agreements/{draft}/issue", data={"confirm": "yes"})
    assert sales.post(f"/agreements/{draft}/negotiate/audits/look", data={"ask": "ladder:12:F1"}).status_code == 409
    assert sales.post(f"/agreements/{draft}/take-back", data={"take": "ladder:12"}).status_code == 409


def test_an_issued_agreement_is_negotiated_further_in_a_new_edition(sales, draft, app):
    assert sales.post(f"/agreements/{draft}/editions").status_code == 409
    sales.post(f"/agreements/{draft}/issue", data={"confirm": "yes"})
    page = sales.get(f"/agreements/{draft}").text
    assert f'action="/agreements/{draft}/editions"' in page
    made = sales.post(f"/agreements/{draft}/editions")
    assert made.status_code == 303
    edition = re.search(r"/agreements/([0-9a-f]{32})/negotiate", made.location)[1]
    assert edition != draft
    again = sales.post(f"/agreements/{draft}/editions")
    assert again.location.endswith(f"/agreements/{edition}")
    assert f"/agreements/{edition}" in sales.get(f"/agreements/{draft}").text
    assert sales.get(f"/agreements/{draft}/negotiate").status_code == 302


def test_everybody_reads_the_states_and_only_sales_and_legal_ask(sales, as_role, draft, app):
    ask(sales, draft, "general-liability", CAP)
    for role in ("finance", "dpo", "admin"):
        reader = as_role(role)
        page = reader.get(f"/agreements/{draft}").text
        assert "financieel directeur" in page
        decides = f'btn-outline-primary" href="/approvals/{rows(app, draft)["ladder:16"].id}"'
        assert (decides in page) == (role == "finance")
        assert f"/agreements/{draft}/negotiate" not in page
        assert reader.get(f"/agreements/{draft}/negotiate").status_code == 403
        assert reader.post(f"/agreements/{draft}/negotiate/audits", data={"ask": "ladder:12:F1"}).status_code == 403


def test_changing_the_answers_in_the_form_keeps_what_is_asked(sales, draft, app):
    ask(sales, draft, "general-liability", CAP)
    form = sales.post(f"/agreements/{draft}/edit").location
    page = sales.get(form).text
    fields = dict(re.findall(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"', page))
    values = {name: value for name, value in fields.items() if name.startswith(("client.", "main_agreement.", "version"))}
    with app.app_context(), reading(session()):
        services = agreements.found(session(), draft).request["services"]
    chosen = [each if isinstance(each, str) else each["id"] for each in services]
    answer = sales.post(
        form,
        data={**values, "services": chosen, "client.address.country": "BE", "effective_from": "2027-03-01", "do": "save"},
    )
    assert answer.status_code in (200, 303)
    done = sales.post(form, data={**values, "services": chosen, "client.address.country": "BE", "effective_from": "2027-03-01",
                                  "version": str(int(values["version"]) + 1), "do": "draft"})  # fmt: skip
    assert done.status_code == 303, done.text
    assert set(rows(app, draft)) == {"ladder:16"}
