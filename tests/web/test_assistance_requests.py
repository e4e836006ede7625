"""The pages of assistance requests: the list, a new one, its clocks, what its duty needs, its log; hints about persons; links."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from dpa_service.adapters.db.engine import make_engine, make_sessions
from dpa_service.domain.assistance.duties import DUTIES
from dpa_service.domain.roles import ROLES
from dpa_service.resources import examples_dir
from dpa_service.services.agreements import agreements, clients, issuing
from dpa_service.services.assistance import assistance_clocks, assistance_list, assistance_requests, time_entries
from dpa_service.services.assistance.clock_states import MET, states
from dpa_service.serving.runtime import EXTENSION, library, session
from tests.conftest import NOW, TODAY
from tests.support.assistance import STARTED, WORKER, bound_client, fast, minutes, request

ENGLISH = {"Accept-Language": "en"}
WHO = {"actor": WORKER, "now": NOW}
FORM = {"duty": "dsr", "subject": "Inzage in opnamen", "clock_started_day": "2026-11-20", "clock_started_time": "14:05"}


@pytest.fixture(scope="module")
def ready(sqlite_template, tmp_path_factory, library):
    """A database, copied for each test, with two clients bound by an agreement; in the first one's the period to forward binds."""
    path = shutil.copy(sqlite_template, tmp_path_factory.mktemp("ready") / "dpa.sqlite")
    engine = make_engine(f"sqlite:///{path}")
    with pytest.MonkeyPatch.context() as patch, make_sessions(engine)() as work:
        fast(patch)
        for name in ("render_docx", "render_pdf"):  # documents that take no time to make
            patch.setattr(f"dpa_service.services.agreements.issuing.{name}", lambda snapshot: b"x")
        patch.setattr("dpa_service.services.agreements.issuing.content_hash", lambda content: "0" * 64)
        asked = [
            json.loads((examples_dir() / f"voorbeeld-{name}.json").read_text(encoding="utf-8"))
            for name in ("bakkerij", "energie")
        ]
        for each in asked:
            each.pop("reference", None)
        ids = bound_client(work, library, asked[0], dsr_forward_firm=True), bound_client(work, library, asked[1])
    with engine.connect() as connection:
        connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path, *ids


@pytest.fixture
def sqlite_url(ready, tmp_path):
    """Of the copy; the application of these tests runs on it."""
    return f"sqlite:///{shutil.copy(ready[0], tmp_path / 'dpa.sqlite')}"


@pytest.fixture
def bound(ready):
    return ready[1]


@pytest.fixture
def other(ready):
    return ready[2]


@pytest.fixture(autouse=True)
def clock(app):
    moment = SimpleNamespace(now=NOW)
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], clock=lambda: moment.now)
    return moment


@pytest.fixture
def opened(app, bound):
    """Opens a request of that client; gives its id."""

    def make(duty="dsr", client_id=None, **changes):
        with app.app_context():
            return request(session(), client_id or bound, duty, **changes).id

    return make


def text_of(html: str) -> str:
    """What a reader sees, in one line."""
    body = re.sub(r"<svg.*?</svg>", "", html.partition("<main")[2], flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split()).replace("&#39;", "'")


def tick(html: str, item: str) -> str:
    return re.search(rf'id="check-{item}".*?aria-checked="(\w+)"', html, re.DOTALL)[1]


# ---- a new request ---------------------------------------------------------------------------------------------------


def test_a_request_is_opened_from_client_to_page(app, as_role, bound):
    browser = as_role("sales")
    assert f"/assistance/new?client={bound}&amp;duty=exit" in browser.get("/assistance/new?duty=exit&q=bakkerij").text
    assert bound not in browser.get("/assistance/new?q=nergens").text
    with app.app_context():
        _, snapshot = assistance_list.basis(session(), bound, TODAY)
    labels = {article["clause"]: article["label"] for part in snapshot["parts"] for article in part["articles"]}
    page = browser.get(f"/assistance/new?client={bound}&duty=dsr", headers=ENGLISH).text
    for duty in DUTIES.values():
        choice = re.search(rf'id="f-duty-{duty.id}-help">(.*?)</div>', page, re.DOTALL)[1]
        assert re.search(rf"Art\. {labels[duty.clause.partition('#')[0]]}\.\d+ of {snapshot['reference']}", choice), duty.id
    assert 'value="dsr" data-started' in page
    data = FORM | {"client": bound, "key": "a1", "case_reference": " ZAAK-9 ", "urgent": "true"}
    made = [browser.post("/assistance/new", data=data) for _ in range(2)]
    assert {answer.status_code for answer in made} == {303}
    assert len({answer.location for answer in made}) == 1
    with app.app_context():
        row = assistance_list.get(session(), made[0].location.rpartition("/")[2]).request
        assert (row.case_reference, row.urgent, row.caused) == ("ZAAK-9", True, False)
        assert row.clock_started == datetime(2026, 11, 20, 13, 5, tzinfo=UTC)
        assert len(assistance_list.listing(session()).items) == 1
    assert browser.post("/assistance/new", data=data | {"subject": "Iets anders"}).location.endswith(f"?client={bound}")


def test_wrong_fields_are_named_and_what_was_typed_stays(app, as_role, bound):
    browser = as_role("legal")
    wrong = browser.post(
        "/assistance/new",
        data={
            "client": bound,
            "subject": " ",
            "case_reference": "<b>Z",
            "clock_started_day": "2027-01-01",
            "clock_started_time": "10:00",
        },
    )
    assert wrong.status_code == 422
    assert {name for name in ("duty", "subject") if f'id="f-{name}-error"' in wrong.text} == {"duty", "subject"}
    assert 'value="&lt;b&gt;Z"' in wrong.text
    for changes in (
        {"clock_started_day": "2026-11-24"},
        {"clock_started_time": ""},
        {"clock_started_day": "", "clock_started_time": ""},
    ):
        answer = browser.post("/assistance/new", data=FORM | {"client": bound} | changes)
        assert answer.status_code == 422
        assert 'id="f-clock_started_day-error"' in answer.text
    assert browser.post("/assistance/new", data=FORM | {"client": "0" * 32}).status_code == 404
    assert browser.get("/assistance/new?client=" + "0" * 32).status_code == 404
    assert browser.get("/assistance/new?client=x").status_code == 404
    with app.app_context():
        assert not assistance_list.listing(session()).items


def test_a_text_that_names_somebody_is_warned_about_and_kept_when_one_insists(app, as_role, bound):
    browser = as_role("dpo")
    data = FORM | {"client": bound, "subject": "Inzage voor mevrouw Voorbeeldmans"}
    warned = browser.post("/assistance/new", data=data)
    assert warned.status_code == 422
    box = re.search(r'id="hint-box">(.*?)</div>\s*</div>', warned.text, re.DOTALL)[1]
    assert "mevrouw Voorbeeldmans" in box
    assert 'value="Inzage voor mevrouw Voorbeeldmans"' in warned.text
    assert browser.post("/assistance/new", data=data | {"keep": "true"}).status_code == 303
    asked = browser.post("/assistance/hints", data={"client": bound, "text": ["Bel 0470 12 34 56", "Bakkerij Voorbeeld BV"]}).json
    assert [hint["kind"] for hint in asked["hints"]] == ["phone"]
    assert "0470 12 34 56" in asked["html"]
    assert browser.post("/assistance/hints", data={"client": bound, "text": "ZAAK-77"}).json["html"].strip() == ""


def test_the_clocks_are_shown_before_saving(app, as_role, bound):
    browser = as_role("finance")
    data = FORM | {"client": bound, "duty": "incident"}
    with app.app_context():
        terms = assistance_list.basis(session(), bound, TODAY)[0].terms
        ends = [datetime.fromisoformat(each["expires_at"]) for each in assistance_clocks.counted("incident", terms, NOW)]
    assert len(ends) == 2
    page = browser.post("/assistance/look", data=data).text
    fragment = browser.post("/assistance/look", data=data, headers={"Accept": "application/json"}).json["html"]
    for html in (page, fragment):
        assert html.count('class="clock-bar') == 2
    assert "Inzage in opnamen" in page
    for nothing in ({"duty": "security"}, {"duty": "tea"}, {"clock_started_time": "x"}):
        asked = browser.post("/assistance/look", data=data | nothing, headers={"Accept": "application/json"})
        assert asked.status_code == 200
        assert "clock-bar" not in asked.json["html"]
    with app.app_context():
        assert not assistance_list.listing(session()).items


def test_without_an_agreement_the_general_terms_count_and_without_those_the_page_says_so(app, as_role, example, plain_documents):
    browser = as_role("sales")
    with app.app_context():
        party = clients.create(session(), example("voorbeeld-ziekenhuis")["client"], **WHO).id
    page = browser.get(f"/assistance/new?client={party}")
    assert page.status_code == 200
    assert 'name="subject"' not in page.text
    assert browser.post("/assistance/new", data=FORM | {"client": party}).status_code == 422
    with app.app_context():
        text = {"language": "nl", "effective_from": "2026-01-01", "parameters": {}}
        terms = agreements.create_draft(session(), library(), text, document="general-terms", **WHO).agreement
        issuing.issue(session(), terms.id, today=TODAY, **WHO)
        articles = [each for part in agreements.preview(session(), terms.id)["parts"] for each in part["articles"]]
    notify = next(each["label"] for article in articles for each in article["paragraphs"] if each["anchor"] == "notify")
    made = browser.post("/assistance/new", data=FORM | {"client": party, "duty": "incident"})
    page = text_of(browser.get(made.location, headers=ENGLISH).text)
    assert "AV-2026-0001" in page
    assert "the general terms set no such period" in page
    assert f"Art. {notify} " in page.partition("What this duty needs")[2]


# ---- the page of one -------------------------------------------------------------------------------------------------


def test_the_page_cites_the_clients_own_agreement(app, as_role, opened):
    request_id = opened()
    with app.app_context():
        details = assistance_list.get(session(), request_id)
        snapshot = agreements.preview(session(), details.request.agreement_id)
    article = next(each for part in snapshot["parts"] for each in part["articles"] if each["clause"] == "data-subject-requests")
    labels = {each["anchor"]: each["label"] for each in article["paragraphs"]}
    page = as_role("legal").get(f"/assistance/{request_id}", headers=ENGLISH).text
    clocks = text_of("<main" + re.search(r'aria-labelledby="h-clocks">(.*?)</section>', page, re.DOTALL)[1])
    # the paragraph that binds has another name in the library than the one with a target
    assert f"binding · Art. {labels['forward-firm']} of {snapshot['reference']}" in clocks
    assert "a target, not binding" not in clocks
    assert "Art. 12(3) GDPR" in clocks
    assert f"/agreements/{details.request.agreement_id}" in page
    assert "/clauses/data-subject-requests" in page
    assert "/clauses/" not in as_role("finance").get(f"/assistance/{request_id}").text.partition("<main")[2]


def test_a_tick_stops_the_clock_and_taking_it_away_lets_it_run(app, as_role, opened, clock):
    request_id, browser = opened("incident", clock_started=(NOW - timedelta(hours=3)).isoformat()), as_role("sales")
    path = f"/assistance/{request_id}"
    assert tick(browser.get(path).text, "notified") == "false"
    done = browser.post(f"{path}/checks/notified", data={"done": "true"}, headers=ENGLISH)
    assert (done.status_code, done.location) == (303, f"{path}#check-notified")
    page = browser.get(path, headers=ENGLISH).text
    assert tick(page, "notified") == "true"
    assert "is stopped: met in time" in page
    assert text_of(page).count("met in time") >= 2
    clock.now = NOW + timedelta(days=20)  # somebody ticks it again from an old page: the first tick counts
    browser = as_role("sales")
    browser.post(f"{path}/checks/notified", data={"done": "true"}, headers=ENGLISH)
    with app.app_context():
        row = assistance_list.get(session(), request_id).request
        assert states(row, clock.now)[0].state == MET
        assert [event.text for event in assistance_list.get(session(), request_id).events] == ["+ notified"]
    browser.post(f"{path}/checks/notified", data={"done": "false"}, headers=ENGLISH)
    page = browser.get(path, headers=ENGLISH).text
    assert "runs again" in page
    assert "days late" in text_of(page)
    # it was done in time and noted late
    told = {"done": "true", "happened_day": "2026-11-23", "happened_time": "10:00"}
    for changes in ({"happened_day": "2026-11-22"}, {"happened_day": "2026-12-31"}, {"happened_time": "x"}):
        wrong = browser.post(f"{path}/checks/notified", data=told | changes)
        assert wrong.status_code == 422
        assert "check-error" in wrong.text
    browser.post(f"{path}/checks/notified", data=told, headers=ENGLISH)
    page = browser.get(path, headers=ENGLISH).text
    assert "is stopped: met in time" in page
    # the client's 72 hours, counted from our message too
    assert "Counted from our message of 23/11/2026 10:00 it ends 26/11/2026 10:00." in page
    assert browser.post(f"{path}/checks/searched", data={"done": "true"}).status_code == 404


def test_the_tick_of_a_forwarding_with_proof_stays(app, as_role, opened):
    request_id = opened()
    proof = {
        "sent_at": (STARTED + timedelta(hours=3)).isoformat(),
        "to": "privacy@client.example",
        "channel": "post",
        "proof": "RR-1",
    }
    with app.app_context():
        assistance_requests.forward(session(), request_id, proof, **WHO)
    browser = as_role("legal")
    answer = browser.post(f"/assistance/{request_id}/checks/forwarded", data={"done": "false"})
    assert answer.status_code == 409
    assert tick(answer.text, "forwarded") == "true"
    assert "RR-1" in text_of(answer.text)


def test_notes_closing_and_opening_again_stand_in_the_log(app, as_role, opened):
    request_id, browser = opened(), as_role("finance")
    path = f"/assistance/{request_id}"
    assert browser.post(f"{path}/notes", data={"text": " "}).status_code == 422
    assert browser.post(f"{path}/notes", data={"text": "x" * 1001}).status_code == 422
    named = browser.post(f"{path}/notes", data={"text": "Gebeld met mevrouw\nVoorbeeldmans"})
    assert named.status_code == 422
    assert "hint-box" in named.text
    assert "Gebeld met mevrouw Voorbeeldmans</textarea>" in named.text
    for _ in range(2):
        assert (
            browser.post(
                f"{path}/notes", data={"text": "Gebeld met mevrouw Voorbeeldmans", "keep": "true", "key": "n1"}
            ).status_code
            == 303
        )
    with app.app_context():
        version = assistance_list.get(session(), request_id).request.version
    assert browser.post(f"{path}/close", data={"reason": "", "version": version}).status_code == 422
    stale = browser.post(f"{path}/close", data={"reason": "Beantwoord <i>", "version": version - 1})
    assert stale.status_code == 412
    assert "Beantwoord &lt;i&gt;</textarea>" in stale.text
    assert browser.post(f"{path}/close", data={"reason": "Beantwoord", "version": version}).status_code == 303
    assert browser.post(f"{path}/close", data={"reason": "Nog eens"}).status_code == 409
    closed = browser.get(path, headers=ENGLISH).text
    assert "Closed: Beantwoord" in closed
    assert "aria-checked" not in closed
    assert "not met when the request was closed" in text_of(closed)
    assert browser.post(f"{path}/reopen", data={"reason": "Nieuwe vraag"}).status_code == 303
    log = re.search(r'<ul class="timeline mt-3 mb-0">(.*?)</ul>', browser.get(path, headers=ENGLISH).text, re.DOTALL)[1]
    assert re.findall(r"Opened again: Nieuwe vraag|Closed: Beantwoord|Gebeld met|Opened: Inzage", log) == [
        "Opened again: Nieuwe vraag", "Closed: Beantwoord", "Gebeld met", "Opened: Inzage",
    ]  # fmt: skip
    assert browser.post(f"{path}/reopen", data={"reason": "x"}).status_code == 409
    for address in ("", "/close", "/reopen", "/notes"):
        call = browser.post if address else browser.get
        assert (
            call(f"/assistance/{'0' * 32}{address}", **({"data": {"reason": "x", "text": "x"}} if address else {})).status_code
            == 404
        )


def test_minutes_stand_on_the_page_without_what_was_corrected(app, as_role, opened):
    request_id = opened()
    with app.app_context():
        minutes(session(), request_id, 90)
        wrong = minutes(session(), request_id, 45, "2026-11-05")
        time_entries.correct(session(), wrong.id, {"minutes": 20}, reason="Te veel", today=TODAY, **WHO)
    page = as_role("sales").get(f"/assistance/{request_id}").text
    assert f"/time?request={request_id}" in page
    panel = re.search(r'aria-labelledby="h-minutes">(.*?)</table>', page, re.DOTALL)[1]
    assert re.search(r"<strong>(.*?)</strong>", panel)[1] == "1 u 50"
    rows = re.findall(r'<tr( class="undone")?>.*?class="money">(.*?)</td>', panel.partition("<tbody>")[2], re.DOTALL)
    assert sorted(rows) == [("", "0 u 20"), ("", "1 u 30"), (' class="undone"', "0 u 45")]


# ---- the list and the ways to it -------------------------------------------------------------------------------------


def test_the_list_shows_the_first_clock_to_end_first_and_filters(app, as_role, opened, other):
    late = opened()
    soon = opened(
        "incident", other, clock_started=(NOW - timedelta(hours=30)).isoformat(), subject="Verlies van een bestand", urgent=True
    )
    exit_ = opened("exit", clock_started=(NOW - timedelta(days=1)).isoformat())
    quiet = opened("security", other)
    browser = as_role("dpo")
    page = browser.get("/assistance", headers=ENGLISH).text
    running = re.search(r'class="clocks-running">(.*?)</ul>', page, re.DOTALL)[1]
    assert re.findall(r'href="/assistance/([0-9a-f]{32})"', running) == [late, soon, exit_]
    assert re.findall(r"clock-card clock-(\w+)", running) == ["late", "soon", "running"]
    assert "days late" in running

    def listed(query):
        table = browser.get(f"/assistance?{query}").text.partition("<tbody>")[2]
        return set(re.findall(r'<th scope="row" class="text-nowrap"><a href="/assistance/([0-9a-f]{32})"', table))

    assert listed("") == {late, soon, exit_, quiet}
    assert listed("duty=incident") == {soon}
    assert listed(f"client={other}") == {soon, quiet}
    assert listed(f"client={other}&q=energie&duty=security&state=open") == {quiet}
    assert listed("state=closed") == listed("q=niets") == set()
    assert listed("q=zaak-77&duty=tea") == {late, soon, exit_, quiet}
    with app.app_context():
        assistance_requests.close(session(), late, reason="Klaar", **WHO)
    assert listed("state=closed") == {late}
    assert late not in re.search(r'class="clocks-running">(.*?)</ul>', browser.get("/assistance").text, re.DOTALL)[1]


def test_more_requests_stand_on_the_next_page(app, as_role, opened, monkeypatch):
    monkeypatch.setattr("dpa_service.web.assistance.requests.PAGE", 2)
    made, browser = {opened("security") for _ in range(3)}, as_role("legal")
    seen, address = [], "/assistance?duty=security"
    while address:
        page = browser.get(address).text
        seen += re.findall(r'<th scope="row" class="text-nowrap"><a href="/assistance/([0-9a-f]{32})"', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = following[1].replace("&amp;", "&") if following else ""
    assert (len(seen), set(seen)) == (3, made)


def test_everyone_sees_and_the_other_pages_lead_there(app, as_role, bound, opened):
    empty = as_role("legal").get("/assistance").text
    assert "/assistance/new" in empty
    assert "clocks-running" not in empty
    request_id = opened()
    with app.app_context():
        agreement_id = assistance_list.get(session(), request_id).request.agreement_id
    for role in ROLES:
        browser = as_role(role)
        assert browser.get(f"/assistance/{request_id}").status_code == 200
        assert f"/assistance/{request_id}" in browser.get("/").text
    assert f"/assistance/new?client={bound}" in as_role("finance").get(f"/agreements/{agreement_id}").text
    assert f"/assistance/new?client={bound}" in as_role("sales").get(f"/clients/{bound}").text
    assert as_role("sales").get("/search?q=bij 2026/1").location == f"/assistance/{request_id}"
    assert as_role("sales").get("/search?q=BIJ-2026-0002").status_code == 200
