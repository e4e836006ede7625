"""Three panels of an assistance request in the pages: the notice of an incident, forwarding with proof, estimates."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from dpa_service.domain.errors import RequestInvalid
from dpa_service.services.assistance import assistance_list, assistance_requests, clock_states
from dpa_service.services.assistance.assistance_schema import INCIDENT_FACTS, IncidentBlock, load
from dpa_service.services.invoices import invoice_parties
from dpa_service.serving.runtime import EXTENSION, library, session
from tests.conftest import NOW
from tests.support.assistance import STARTED, bound_client, fast, house_account, minutes, request

pytestmark = pytest.mark.usefixtures("plain_documents", "quick")
KNOWN = NOW - timedelta(hours=5)
EN = {"Accept-Language": "en"}
NAME = "Jan Peeters"


@pytest.fixture
def quick(monkeypatch):
    fast(monkeypatch)


@pytest.fixture
def at(app):
    """Sets the clock of the application."""

    def moment(when):
        app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], clock=lambda: when)

    moment(NOW)
    return moment


@pytest.fixture
def opened(app, at, example):
    """Opens a request of a client with an agreement; the terms of the agreement can be changed."""

    def open_one(duty="dsr", terms=None, **changes):
        with app.app_context():
            client_id = bound_client(session(), library(), example(), **(terms or {}))
            return request(session(), client_id, duty, **changes).id

    return open_one


@pytest.fixture
def browser(as_role, at):
    return as_role("sales")


def kept(app, request_id):
    with app.app_context():
        return assistance_list.get(session(), request_id)


def text_of(page):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def form_of(page):
    """What the form of the notice sends when nothing is typed."""
    body = re.search(r'<form method="post" action="[^"]*/incident" .*?</form>', page, re.DOTALL)[0]
    fields = {name: html.unescape(value) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', body)}
    fields |= {
        name: html.unescape(value)
        for name, value in re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>(.*?)</textarea>', body, re.DOTALL)
    }
    return {name: value for name, value in fields.items() if name not in ("csrf_token", "step")}


def test_the_notice_is_filled_in_part_by_part(app, opened, browser):
    request_id = opened("incident", clock_started=KNOWN.isoformat(), subject="Verkeerde ontvanger")
    path = f"/assistance/{request_id}/incident"
    page = browser.get(path, headers=EN).text
    assert "0 of 8 known" in text_of(page)
    assert "43 hours left" in text_of(page)  # of the 48 hours of the agreement
    for asked in ("(a)", "(b)", "(c)", "(d)"):
        assert f"Art. 33(3){asked}" in page
    typed = form_of(page) | {"nature": "Bestand verstuurd\r\naan een andere klant", "step": "nature"}
    answer = browser.post(path, data=typed, headers=EN)
    assert answer.status_code == 303
    assert answer.location.endswith("#step-persons")  # on to what is missing next
    facts = kept(app, request_id).request.facts
    assert facts["nature"] == "Bestand verstuurd\naan een andere klant"
    assert facts["known_at"].startswith("2026-11-23T05:30")  # what was suggested
    assert set(facts) == {"nature", "known_at"}
    page = browser.get(f"/assistance/{request_id}", headers=EN).text
    assert "2 of 8 known" in text_of(page)
    assert f"{path}#step-cause" in page
    # a wrong part keeps no right one back, and what was typed in it is not lost
    typed = form_of(browser.get(path).text) | {"measures": "Bestand gewist", "persons": "x" * 301, "known_at_day": "2027-01-01"}
    refused = browser.post(path, data=typed, headers=EN)
    assert refused.status_code == 422
    assert "x" * 301 in refused.text
    assert 'value="2027-01-01"' in refused.text
    assert {"f-persons", "f-known_at_day"} == set(re.findall(r'<li><a href="#([^"]+)"', refused.text))
    row = kept(app, request_id).request
    assert row.facts["measures"] == "Bestand gewist"
    assert set(row.checklist) == {"nature", "measures"}  # the checklist follows the facts
    # emptied on purpose: no longer known
    browser.post(path, data=form_of(browser.get(path).text) | {"nature": " "})
    row = kept(app, request_id).request
    assert "nature" not in row.facts
    assert set(row.checklist) == {"measures"}


def test_facts_hold_lines_and_moments_within_reason():
    read = load(IncidentBlock(), {"nature": " een\r\ntwee \r\n", "known_at": None})
    assert read == {"nature": "een\ntwee"}
    for field, value, code in (
        ("nature", "a\x00b", "CHARACTER"),
        ("nature", "a\u202eb", "CHARACTER"),
        ("nature", "\n\n", "BLANK"),
        ("persons", "\n".join("x" * 151), "LENGTH"),
        ("known_at", "1066-10-14T09:00:00+01:00", "RANGE"),
    ):
        with pytest.raises(RequestInvalid) as wrong:
            load(IncidentBlock(), {field: value})
        assert [(error.field, error.code) for error in wrong.value.errors] == [(field, code)]


def test_two_people_fill_in_one_notice(app, opened, browser, as_role):
    request_id = opened("incident")
    path = f"/assistance/{request_id}/incident"
    mine = form_of(browser.get(path).text)
    as_role("dpo").post(path, data=mine | {"nature": "Van de collega", "cause": "Verkeerde bijlage"})
    answer = browser.post(path, data=mine | {"nature": "Van mij", "persons": "Ongeveer 30 klanten"}, headers=EN)
    assert answer.status_code == 409
    assert kept(app, request_id).request.facts["nature"] == "Van de collega"
    assert kept(app, request_id).request.facts["persons"] == "Ongeveer 30 klanten"  # nobody else touched it
    assert "Van mij" in answer.text
    assert "Van de collega" in answer.text
    assert "Verkeerde bijlage" in answer.text
    again = form_of(answer.text)
    assert again["nature"] == "Van mij"
    assert browser.post(path, data=again).status_code == 303
    assert kept(app, request_id).request.facts["nature"] == "Van mij"


def test_the_notice_says_what_is_not_known_and_stops_the_clock(app, opened, browser, at):
    request_id = opened("incident", clock_started=KNOWN.isoformat())
    path = f"/assistance/{request_id}/incident"
    facts = {"nature": f"Mail over {NAME} naar een derde", "contact": "dpo@voorbeeld.example"}
    answer = browser.post(path, data=form_of(browser.get(path).text) | facts | {"step": "nature"})
    assert answer.location.endswith("#step-nature")  # kept, and back to what looks like a name
    page = browser.get(path, headers=EN).text
    assert (
        NAME in text_of(re.search(r'id="step-nature".*?</section>', page, re.DOTALL)[0]).split("looks like")[0].rpartition("“")[2]
    )
    assert 'class="warn' not in re.search(r'id="step-contact".*?</section>', page, re.DOTALL)[0]  # the contact may be named
    notice = browser.get(f"{path}/notice", headers=EN).text
    plain = html.unescape(re.search(r'<textarea[^>]*id="letter-plain"[^>]*>(.*?)</textarea>', notice, re.DOTALL)[1])
    missing = len(INCIDENT_FACTS) - 3
    assert (plain.count("Nog niet bekend."), text_of(notice).count("Nog niet bekend.")) == (missing, 2 * missing)
    for said in (facts["nature"], "ZAAK-77", "BIJ-2026-0001", "DPA-2026-0001", "art. 33, lid 4", "72 uur"):
        assert said in plain
    told = re.findall(r'name="(version|key|told_day|told_time)"[^>]* value="([^"]*)"', page)
    data = dict(told) | {"item": "notified", "told_text": "Mail naar het contactpunt, bericht 77"}
    early = browser.post(f"{path}/told", data=data | {"told_day": "2026-11-22"}, headers=EN)
    assert (early.status_code, "bericht 77" in early.text) == (422, True)
    assert browser.post(f"{path}/told", data=data | {"version": "1"}).status_code == 412
    assert browser.post(f"{path}/told", data=data).status_code == 303
    assert browser.post(f"{path}/told", data=data).status_code == 409
    found = kept(app, request_id)
    assert (found.request.due_at, clock_states.states(found.request, NOW)[0].state) == (None, "met")
    assert [event.text for event in found.events if event.kind == "note"] == ["Mail naar het contactpunt, bericht 77"]
    # what comes later belongs in the supplement
    at(NOW + timedelta(minutes=10))
    browser.post(path, data=form_of(browser.get(path).text) | {"cause": "Automatisch aanvullen"})
    supplement = browser.get(f"{path}/notice", headers=EN).text
    assert "Aanvulling bij de melding" in supplement
    assert re.findall(r"<h2>([^<]+) <span", supplement) == ["Oorzaak"]
    assert browser.post(f"{path}/told", data={"item": "completed"}).status_code == 303
    assert "completed" in kept(app, request_id).request.checklist
    # only an incident has these pages
    other = opened("security")
    assert {browser.get(f"/assistance/{other}/{page}").status_code for page in ("incident", "incident/notice", "forwarding")} == {
        404
    }
    assert browser.post(f"/assistance/{other}/incident/told", data={"item": "notified"}).status_code == 404


def test_forwarding_keeps_its_proof_and_meets_the_clock(app, opened, browser, at):
    request_id = opened("dsr")
    path = f"/assistance/{request_id}"
    page = browser.get(path, headers=EN).text
    assert 'value="info@bakkerij-voorbeeld.example"' in page  # where the agreement says
    day, hour = (STARTED + timedelta(days=1)).strftime("%Y-%m-%d %H:%M").split()
    data = {"forward_to": "Privacycel van de klant", "forward_sent_at_day": day, "forward_sent_at_time": hour, "forward_channel": "post",
            "forward_proof": "Aangetekend RR 123", "version": re.search(r'name="version" value="(\d+)"', page)[1]}  # fmt: skip
    for change, field in (
        ({"forward_proof": " "}, "forward_proof"),
        ({"forward_sent_at_day": "2026-11-02"}, "forward_sent_at_day"),
        ({"forward_sent_at_day": "gisteren"}, "forward_sent_at_day"),
        ({"forward_sent_at_day": "", "forward_sent_at_time": ""}, "forward_sent_at_day"),
    ):
        refused = browser.post(f"{path}/forward", data=data | change, headers=EN)
        assert refused.status_code == 422
        assert f'href="#f-{field}"' in refused.text, change
        assert "Privacycel van de klant" in refused.text
    assert browser.post(f"{path}/forward", data=data | {"version": "99"}).status_code == 412
    assert kept(app, request_id).request.forwarded is None
    assert browser.post(f"{path}/forward", data=data).status_code == 303
    assert browser.post(f"{path}/forward", data=data | {"version": ""}).status_code == 409
    found = kept(app, request_id).request
    assert clock_states.states(found, NOW)[0].state == "met"
    for page in (browser.get(path, headers=EN).text, browser.get(f"{path}/forwarding", headers=EN).text):
        for said in ("Privacycel van de klant", "Aangetekend RR 123", f"4/11/2026 {hour.lstrip('0')}", browser.user.email):
            assert said in text_of(page)


def test_an_estimate_is_tried_out_with_its_reasons(app, opened, browser):
    request_id = opened("dsr", terms={"assistance_free_hours": 1, "assistance_rate": "120.00"})
    path = f"/assistance/{request_id}"

    def trial(time):
        page = browser.get(path, query_string={"estimate": time}, headers=EN).text
        return text_of(re.search(r'aria-labelledby="h-estimates".*?</section>', page, re.DOTALL)[0])

    before = kept(app, request_id).request.version
    said = trial("1:20")
    # 80 minutes → 90 at 15; 60 free; 30 at € 120
    for figure in (
        "1 u 30",
        "-1 u 00",
        "0 u 30",
        "€ 120,00 per uur, by deviation",
        "of DPA-2026-0001",
        "€\xa060,00".replace("\xa0", " "),
    ):
        assert figure in said, figure
    assert "This needs no approval." in said
    assert "Keep this estimate" in said
    large = trial("4,5")
    assert "This needs the client's approval." in large
    assert "Verwacht de Verwerker dat een vraag" in large  # the clause itself
    assert "from 4 hours" in large
    assert all("write it as 4:30" in trial(wrong) for wrong in ("veel", "-5", "0", "99999999999"))
    found = kept(app, request_id)
    assert (found.request.version, list(found.estimates)) == (before, [])  # looking keeps nothing
    with app.app_context():
        house_account(session(), library())
        bank, number = invoice_parties.bank_details(session(), library())
        changed = bank | {"estimate_approval_from": "50.00"}
        invoice_parties.save_bank_details(session(), library(), changed, expected=number, actor="admin", now=NOW)
    assert "from € 50,00 we always ask approval" in trial("1:20")
    with app.app_context():
        urgent, free = (opened(duty, terms={"billable_security": False}, urgent=True) for duty in ("dsr", "security"))
    path = f"/assistance/{urgent}"
    assert "the work starts at once, and the estimate is sent all the same" in trial("4:00")
    path = f"/assistance/{free}"
    assert "the client pays nothing for this" in trial("40:00")


def test_an_estimate_is_kept_once_answered_and_warns(app, opened, browser):
    request_id = opened("dsr")
    path = f"/assistance/{request_id}"
    data = {"estimate": "5:00", "key": "0123456789abcdef"}
    for _ in range(2):
        assert browser.post(f"{path}/estimates", data=data).status_code == 303
    assert browser.post(f"{path}/estimates", data=data | {"estimate": "6:00"}, headers=EN).status_code == 409
    assert browser.post(f"{path}/estimates", data={"estimate": "lang"}).status_code == 422
    (sent,) = kept(app, request_id).estimates
    assert (sent.state, sent.minutes) == ("sent", 300)
    assert "has not answered" in browser.get(path, headers=EN).text
    letter = browser.get(f"{path}/estimates/{sent.id}", headers=EN).text
    for said in ("475,00", "ZAAK-77", "Verwacht de Verwerker", "of u deze raming goedkeurt"):
        assert said in html.unescape(letter)
    answer = f"{path}/estimates/{sent.id}/answer"
    assert browser.post(answer, data={"answer_words": "Per mail"}, headers=EN).status_code == 422
    empty = browser.post(answer, data={"answer": "approved", "answer_words": " "}, headers=EN)
    assert (empty.status_code, 'href="#f-answer_words"' in empty.text) == (422, True)
    assert re.search(r'value="approved" checked', empty.text)
    given = {"answer": "approved", "answer_words": "Hoofd IT, mail van 23/11"}
    other = opened("dsr", subject="Andere zaak")
    assert browser.post(f"/assistance/{other}/estimates/{sent.id}/answer", data=given).status_code == 404
    assert browser.get(f"/assistance/{other}/estimates/{sent.id}").status_code == 404
    assert browser.post(answer, data=given).status_code == 303
    assert browser.post(answer, data=given | {"answer": "declined"}).status_code == 409
    page = browser.get(path, headers=EN).text
    assert "approved by the client" in page
    assert "Hoofd IT, mail van 23/11" in page
    assert "is spent" not in page
    with app.app_context():
        minutes(session(), request_id, 310)
    assert "is spent" in browser.get(path, headers=EN).text
    browser.post(f"{path}/estimates", data={"estimate": "8:00", "key": "b"})
    newest = kept(app, request_id).estimates[0]
    browser.post(f"{path}/estimates/{newest.id}/answer", data={"answer": "declined", "answer_words": "Per telefoon"})
    assert "declined the estimate" in browser.get(path, headers=EN).text
    with app.app_context():
        assistance_requests.close(session(), request_id, reason="Klaar", actor="worker", now=NOW)
    page = browser.get(path, headers=EN).text
    assert "approved by the client" in page  # the history stays
    assert f'action="{path}/estimates"' not in page
    assert browser.post(f"{path}/estimates", data={"estimate": "1:00", "key": "c"}).status_code == 409
