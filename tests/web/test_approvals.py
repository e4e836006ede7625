"""The approvers' pages: queue, one screen to decide, conflicts, absences, figures, the playbook of the administrator."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.models import Deviation, OutboxMessage
from dpa_service.adapters.db.negotiation import DeviationDecision
from dpa_service.serving import runtime
from dpa_service.serving.runtime import now, session
from dpa_service.web.spreadsheet import cell
from tests.support.negotiated import CAP_F1, CAP_F2, FREE_HOURS, OBJECTION, asked


@pytest.fixture
def people(as_role):
    """A browser of each role."""
    return {role: as_role(role) for role in ("sales", "legal", "finance", "dpo", "admin")}


@pytest.fixture
def waiting(app, people, example):
    """Makes drafts of sales with deviations: key → id."""

    def made(*entries, days=0, by="sales", **changes):
        with app.app_context():
            request = example(**{"parameters": {}, **changes})
            then = now() - timedelta(days=days)
            return asked(session(), runtime.library(), request, entries, actor=people[by].user.email, now=then)[1]

    return made


def page_of(deviation_id):
    return f"/approvals/{deviation_id}"


def stored(app, deviation_id):
    with app.app_context(), reading(session()):
        return session().get_one(Deviation, deviation_id)


def decide(app, browser, deviation_id, decision="approve", **data):
    seen = {"seen": str(stored(app, deviation_id).version), "decision": decision}
    return browser.post(page_of(deviation_id), data=seen | data)


# ---- the queue ---------------------------------------------------------------------------------------------------------


def test_the_queue_shows_what_is_mine_and_on_demand_all(people, waiting):
    ids = waiting(CAP_F2, OBJECTION, days=5)
    page = people["legal"].get("/approvals").text
    assert page_of(ids["ladder:16"]) in page
    assert page_of(ids["value:objection_days"]) not in page
    assert page_of(ids["value:objection_days"]) in people["legal"].get("/approvals?all=1").text
    assert page_of(ids["ladder:16"]) not in people["legal"].get("/approvals?all=1&class=value").text
    start = people["legal"].get("/").text
    assert re.search(r'href="/approvals">\s*1 ', start)


def test_an_empty_queue_says_so_and_links_on(people):
    page = people["finance"].get("/approvals")
    assert page.status_code == 200
    assert 'href="/approvals?all=1"' in page.text
    assert "<table" not in page.text


def test_words_of_a_client_are_escaped(people, waiting):
    ids = waiting({**CAP_F1, "reason": "<script>alert(1)</script>"})
    page = people["legal"].get(page_of(ids["ladder:16"])).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_a_cursor_that_is_none_is_refused(people):
    assert people["legal"].get("/approvals?cursor=nonsense").status_code == 422


def test_sales_sees_its_own_and_nothing_else(people, waiting):
    other = waiting(OBJECTION, by="dpo")
    own = waiting(CAP_F1)
    assert people["sales"].get(page_of(other["value:objection_days"])).status_code == 404
    assert decide_blind(people["sales"], other["value:objection_days"]).status_code == 404
    page = people["sales"].get(page_of(own["ladder:16"]))
    assert page.status_code == 200
    assert '<form method="post" data-approve' not in page.text


def decide_blind(browser, deviation_id):
    return browser.post(page_of(deviation_id), data={"decision": "approve", "seen": "1"})


# ---- one screen --------------------------------------------------------------------------------------------------------


def test_the_screen_holds_all_that_bears_on_it(people, waiting, library):
    ids = waiting(CAP_F2, FREE_HOURS)
    page = people["legal"].get(page_of(ids["ladder:16"])).text
    for expected in (
        "<ins>25.000,00</ins>",  # the text beside the standard, word by word
        "<del>2.500,00</del>",
        "rung-current",
        "1.247.500,00",  # the insured sum less the standard cap
        "onbeperkte aansprakelijkheid",  # the walk-away line
        library.notices["N_ZERO_CAP"]["nl"][:40],
        CAP_F2["reason"],
    ):
        assert expected in page, expected
    assert "380,00" in people["finance"].get(page_of(ids["value:assistance_free_hours"])).text


def test_a_decision_leads_to_the_next_in_the_queue(app, people, waiting):
    first = waiting(CAP_F2, days=2)["ladder:16"]
    second = waiting(CAP_F1)["ladder:16"]
    answer = decide(app, people["legal"], first)
    assert (answer.status_code, answer.location) == (303, page_of(second))
    answer = decide(app, people["legal"], second, "reject", reason="Niet voor deze klant.")
    assert (answer.status_code, answer.location) == (303, "/approvals")
    assert stored(app, second).state == "rejected"


@pytest.mark.parametrize("decision", ["reject", "counter"])
def test_no_and_instead_need_a_reason_and_what_was_typed_stays(app, people, waiting, decision):
    ids = waiting(CAP_F2)
    answer = decide(app, people["legal"], ids["ladder:16"], decision, reason=" ", ask="ladder:16:F1")
    assert answer.status_code == 422
    assert f'href="#f-reason-{decision}"' in answer.text
    if decision == "counter":
        assert re.search(r'value="ladder:16:F1" checked', answer.text)
    assert stored(app, ids["ladder:16"]).state == "proposed"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"ask": "ladder:16:F1"}, {"class": "fallback", "rung": "F1"}),
        ({"ask": "value:cap_fixed", "parameters.cap_fixed": "10.000"}, {"class": "value", "agreed_text": "€\u00a010.000,00"}),
    ],
)
def test_a_counter_takes_the_place(app, people, waiting, data, expected):
    ids = waiting(CAP_F2)
    answer = decide(app, people["legal"], ids["ladder:16"], "counter", reason="Dit volstaat.", **data)
    assert answer.status_code == 303
    assert stored(app, ids["ladder:16"]).state == "countered"
    with app.app_context(), reading(session()):
        row = session().scalars(sa.select(Deviation).where(Deviation.state == "proposed")).one()
        given = session().scalars(sa.select(DeviationDecision.seat).where(DeviationDecision.deviation_id == row.id)).all()
    assert row.data.items() >= expected.items()
    assert given == ["LEG"]
    assert row.proposed_by == people["sales"].user.email


def test_a_counter_in_own_words(app, people, waiting):
    ids = waiting({"class": "fallback", "row": 10, "rung": "F2"})
    page = people["dpo"].get(page_of(ids["ladder:10"])).text
    source = re.search(r'<textarea[^>]*name="text"[^>]*>(.*?)</textarea>', page, re.DOTALL)[1]
    assert "{staff_secrecy}" in source
    words = source.replace("&#34;", '"').replace("&amp;", "&").replace("geheim.", "strikt geheim.", 1)
    answer = decide(app, people["dpo"], ids["ladder:10"], "counter", reason="Zo kan het wel.", ask="modified", text=words)
    assert answer.status_code == 303, answer.text
    with app.app_context(), reading(session()):
        row = session().scalars(sa.select(Deviation).where(Deviation.state == "proposed")).one()
    assert (row.key, row.approvers) == ("text:confidentiality", ["LEG", "DPO"])


@pytest.mark.parametrize(
    "data",
    [
        {"ask": "value:cap_fixed", "parameters.cap_fixed": "99.999.999"},  # beyond the walk-away line
        {"ask": "modified", "text": "# Leeg\n\n1. Niets.\n"},  # drops the terms that the standard prints
        {"ask": ""},
    ],
)
def test_a_counter_that_cannot_be_is_refused_and_changes_nothing(app, people, waiting, data):
    ids = waiting(CAP_F2)
    answer = decide(app, people["legal"], ids["ladder:16"], "counter", reason="Zo.", **data)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert stored(app, ids["ladder:16"]).state == "proposed"


def test_a_counter_about_something_else_is_refused(app, people, waiting):
    ids = waiting(OBJECTION)
    data = {"ask": "value:cap_fixed", "parameters.cap_fixed": "10.000", "reason": "x"}
    assert decide(app, people["dpo"], ids["value:objection_days"], "counter", **data).status_code == 400
    data = {"ask": "ladder:16:F1", "reason": "x"}
    assert decide(app, people["dpo"], ids["value:objection_days"], "counter", **data).status_code == 422


def test_the_second_sees_what_the_first_did(app, people, waiting):
    ids = waiting(CAP_F2)
    seen = str(stored(app, ids["ladder:16"]).version)
    decide(app, people["legal"], ids["ladder:16"], "reject", reason="Te hoog voor deze klant.")
    late = people["finance"].post(
        page_of(ids["ladder:16"]), data={"decision": "reject", "seen": seen, "reason": "Wat ik al schreef."}
    )
    assert late.status_code == 409
    for expected in (people["legal"].user.email, "Te hoog voor deze klant.", "Wat ik al schreef.", page_of(ids["ladder:16"])):
        assert expected in late.text


def test_who_proposed_or_has_no_seat_is_refused(app, people, waiting):
    ids = waiting(OBJECTION, by="dpo")
    for role in ("dpo", "finance"):
        answer = decide(app, people[role], ids["value:objection_days"])
        assert answer.status_code == 409
        assert 'role="alert"' in answer.text
    assert stored(app, ids["value:objection_days"]).state == "proposed"


@pytest.mark.parametrize(
    "data", [{"decision": "maybe", "seen": "1"}, {"decision": "approve", "seen": "x"}, {"decision": "approve"}]
)
def test_a_form_that_nobody_sent_is_refused(people, waiting, data):
    assert people["legal"].post(page_of(waiting(CAP_F2)["ladder:16"]), data=data).status_code == 400


def test_what_is_closed_or_issued_shows_its_history(app, people, waiting):
    ids = waiting(CAP_F2)
    decide(app, people["legal"], ids["ladder:16"], "counter", reason="F1 volstaat.", ask="ladder:16:F1")
    page = people["legal"].get(page_of(ids["ladder:16"])).text
    assert "F1 volstaat." in page
    with app.app_context(), reading(session()):
        new = session().scalars(sa.select(Deviation.id).where(Deviation.state == "proposed")).one()
    assert page_of(new) in page
    assert "data-approve" not in page


def test_a_deviation_whose_agreement_cannot_be_made_without_it_still_shows(app, people, waiting, monkeypatch):
    ids = waiting(CAP_F2)
    from dpa_service.domain.errors import DomainError

    def broken(*_, **__):
        raise DomainError("CLAUSE_CONFLICT", "x contradicts y")

    monkeypatch.setattr("dpa_service.services.negotiation.deviation_effect.assemble", broken)
    page = people["legal"].get(page_of(ids["ladder:16"]))
    assert page.status_code == 200
    assert "x contradicts y" in page.text
    assert "data-approve" in page.text


# ---- absences ----------------------------------------------------------------------------------------------------------


def test_an_absence_is_added_and_ended(app, people):
    dpo, legal = people["dpo"], people["legal"]
    with app.app_context():
        today = runtime.today()
    data = {"deputy": legal.user.email, "first_day": today.isoformat(), "last_day": (today + timedelta(days=3)).isoformat()}
    assert dpo.post("/absences", data=data).status_code == 303
    assert dpo.user.email in legal.get("/approvals").text
    page = legal.get("/absences").text
    assert dpo.user.email in page
    assert "/end" not in page  # a deputy does not end it
    end = re.search(r'action="(/absences/[0-9a-f]{32}/end)"', dpo.get("/absences").text)[1]
    assert legal.post(end).status_code == 404
    assert dpo.post(end).status_code == 303
    assert dpo.user.email not in legal.get("/approvals").text


def test_a_wrong_absence_is_named_beside_its_fields(people):
    answer = people["dpo"].post("/absences", data={"deputy": people["dpo"].user.email, "first_day": "morgen", "last_day": ""})
    assert answer.status_code == 422
    assert 'id="f-first_day-error"' in answer.text
    assert 'id="f-last_day-error"' in answer.text
    assert 'value="morgen"' in answer.text


def test_only_an_administrator_speaks_for_somebody_else(app, people):
    with app.app_context():
        day = runtime.today().isoformat()
    data = {"absent": people["dpo"].user.email, "deputy": people["admin"].user.email, "first_day": day, "last_day": day}
    people["legal"].post("/absences", data=data)
    assert "/end" not in people["dpo"].get("/absences").text  # it became legal's own absence
    data["deputy"] = people["finance"].user.email
    people["admin"].post("/absences", data=data)
    assert "/end" in people["dpo"].get("/absences").text


# ---- figures -----------------------------------------------------------------------------------------------------------


def test_the_figures_as_pictures_with_their_numbers(app, people, waiting):
    assert "<svg" not in people["legal"].get("/figures/negotiation").text
    ids = waiting(CAP_F2, OBJECTION)
    decide(app, people["dpo"], ids["value:objection_days"])
    page = people["legal"].get("/figures/negotiation").text
    named = re.findall(r"<svg[^>]* role=\"img\" aria-labelledby=\"[\w -]+\"", page)
    assert len(named) == 2 * page.count('<figure class="chart"') == 6  # wide, and for a narrow screen
    assert page.count("<title id=") == 6
    assert page.count("<desc id=") == 6
    assert " style=" not in page
    assert people["finance"].get("/figures/negotiation").status_code == 403


def test_the_file_for_a_spreadsheet(app, people, waiting):
    ids = waiting(CAP_F2, OBJECTION)
    decide(app, people["dpo"], ids["value:objection_days"])
    answer = people["legal"].get("/figures/negotiation.csv")
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"].endswith('.csv"')
    raw = answer.data
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig")), delimiter=";"))
    assert {len(row) for row in rows} == {12}
    assert {row[1]: row[6] for row in rows[1:]} == {"general-liability": "2,00", "sub-processors": ""}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", " =x", "\t=x", "|x"])
def test_a_spreadsheet_reads_no_formula(text):
    assert cell(text).startswith("'")


def test_figures_stay_figures_in_a_spreadsheet():
    assert [cell(value) for value in (Decimal("-1.50"), 3, None, "gewoon")] == ["-1,50", "3", "", "gewoon"]


# ---- the playbook ------------------------------------------------------------------------------------------------------


def values(page):
    """What the form of the playbook holds."""
    found = dict(re.findall(r'<input class="form-control[^"]*" id="[^"]*" name="([^"]+)"[^>]*? value="([^"]*)"', page))
    for name, options in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        found[name] = re.search(r'value="([^"]*)" selected', options)[1]
    found["version"] = re.search(r'name="version" value="(\d+)"', page)[1]
    return found


def test_an_administrator_changes_who_decides_at_once_and_back(app, people, waiting):
    ids = waiting(OBJECTION)
    admin, legal, dpo = people["admin"], people["legal"], people["dpo"]
    form = values(admin.get("/admin/playbook").text)
    assert form["approval_days"] == "90"
    answer = admin.post("/admin/playbook", data={**form, "approvers.DPO.role": "legal", "reminder_days": "5"})
    assert (answer.status_code, answer.location) == (303, "/admin/playbook")
    assert page_of(ids["value:objection_days"]) in legal.get("/approvals").text
    assert page_of(ids["value:objection_days"]) not in dpo.get("/approvals").text
    assert decide(app, dpo, ids["value:objection_days"]).status_code == 409
    assert "DPO" in admin.get("/admin/playbook/history").text
    assert admin.get("/admin/playbook/versions/1").status_code == 200
    assert admin.post("/admin/playbook/versions/0/restore", data={"version": "1"}).status_code == 303
    assert page_of(ids["value:objection_days"]) in dpo.get("/approvals").text
    assert admin.get("/admin").status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"approval_days": "0"},
        {"approval_days": "negentig"},
        {"reminder_days": ""},
        {"approvers.CEO.role": "chef"},
        {"approvers.CEO.nl": " "},
    ],
)
def test_a_wrong_playbook_is_named_beside_its_field(app, people, wrong):
    admin = people["admin"]
    form = values(admin.get("/admin/playbook").text)
    answer = admin.post("/admin/playbook", data={**form, **wrong})
    assert answer.status_code == 422
    name = next(iter(wrong)).replace(".", "-")
    assert f'id="f-{name}-error"' in answer.text
    with app.app_context():
        assert runtime.library().approvers["CEO"]["role"] == "admin"


# ---- reminders ---------------------------------------------------------------------------------------------------------


def test_reminders_from_the_command_line(app, people, waiting, sqlite_url, monkeypatch):
    from click.testing import CliRunner

    from dpa_service.cli import cli

    waiting(CAP_F1, days=4)
    monkeypatch.setenv("DPA_DATABASE_URL", sqlite_url)
    runs = [CliRunner().invoke(cli, ["remind"]) for _ in range(2)]
    assert [run.exit_code for run in runs] == [0, 0], runs[0].output
    assert "LEG" in runs[0].output
    assert "LEG" not in runs[1].output
    with app.app_context(), reading(session()):
        topics = session().scalars(sa.select(OutboxMessage.object_id).where(OutboxMessage.topic == "deviation.reminder")).all()
    assert sorted(topics) == ["CFO", "LEG"]


def test_what_was_answered_stands_on_the_start_page_of_sales(app, people, waiting):
    ids = waiting(CAP_F2)
    decide(app, people["legal"], ids["ladder:16"], "reject", reason="Te hoog.")
    assert page_of(ids["ladder:16"]) in people["sales"].get("/").text
