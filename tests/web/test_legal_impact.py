"""Versions beside each other, the impact of publishing, and the check of the files while the page waits."""

from __future__ import annotations

import html
import re
import shutil
import threading
import time
from pathlib import Path

import pytest

from dpa_service import create_app
from dpa_service.config import Config
from dpa_service.domain.errors import Problem
from dpa_service.resources import clauses_dir
from dpa_service.services.agreements import agreements, issuing
from dpa_service.services.library import library_reading
from dpa_service.services.library.clause_library import Report
from dpa_service.serving.runtime import session
from tests.conftest import NOW, TODAY
from tests.support.accounts import signed_in
from tests.support.changed_library import new_text
from tests.web.test_legal import main, page

CLAUSE = "breach-notice"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A clause library of one's own, to edit."""
    return Path(shutil.copytree(clauses_dir(), tmp_path / "clauses"))


@pytest.fixture
def app(sqlite_url, files, library):
    """The application on those files."""
    return create_app(Config(database_url=sqlite_url, clauses=files), library)


@pytest.fixture
def browser(app):
    opened = signed_in(app, "legal")
    opened.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return opened


@pytest.fixture
def agreed(app, library, example, plain_documents):
    """A draft and an issued agreement with the library as it is."""
    with app.app_context():
        for issue in (False, True):
            made = agreements.create_draft(session(), library, example(), actor="x", now=NOW)
            if issue:
                issuing.issue(session(), made.agreement.id, actor="x", now=NOW, today=TODAY)


@pytest.fixture
def quick(monkeypatch):
    """A check that takes no time and finds nothing."""
    monkeypatch.setattr(library_reading, "check_files", lambda _path: Report([], 63, 69, 1234, [f"{CLAUSE} 1.1.0"]))


def edit(files: Path, version: str | None = "1.1.0", *, old="Een louter vermoeden", new="Een vermoeden alleen") -> None:
    text, data = files / CLAUSE / "nl.md", files / CLAUSE / "clause.yaml"
    assert old in text.read_text()
    text.write_text(text.read_text().replace(old, new))
    if version:
        data.write_text(data.read_text().replace('version: "1.0.0"', f'version: "{version}"'))


def checked(browser) -> str:
    """Press the button and wait, as the script of the page does."""
    answer = browser.post("/library/check")
    assert answer.status_code == 303
    state = answer.location.rpartition("=")[2]
    for _ in range(100):
        if not browser.get(f"/library/check/status?state={state}").json["running"]:
            return page(browser, answer.location)
        time.sleep(0.05)
    raise AssertionError("the check does not end")


def test_before_anything_changes_nothing_is_touched(browser, agreed):
    words = main(page(browser, "/library/impact"))
    assert "Nothing: every clause of this release is recorded as published." in words
    assert "None: every agreement has the texts of this release." in words
    assert "drafts: 1, issued: 1" in words


def test_an_edited_clause_shows_what_publishing_would_touch(browser, agreed, files, quick):
    edit(files)
    assert "Nothing: every clause" in main(page(browser, "/library/impact"))  # the files are read on demand
    report = checked(browser)
    assert f"{CLAUSE} 1.1.0" in report
    text = page(browser, "/library/impact")
    words = main(text)
    assert "Waiting for publication (1)" in words
    assert "New version 1.1.0; published before: 1.0.0." in words
    assert "With another text – drafts: 1, issued: 1." in words
    assert len(re.findall(r'href="/agreements/[0-9a-f]{32}"', page(browser, f"/clauses/{CLAUSE}/agreements?earlier=1"))) == 2
    assert f"/clauses/{CLAUSE}/compare" in text


def test_a_published_text_that_changed_without_a_new_version_is_called_refused(browser, agreed, files, quick):
    edit(files, version=None)
    checked(browser)
    words = main(page(browser, "/library/impact"))
    assert "Publishing will be refused: version 1.0.0 changed after it was published." in words
    compared = page(browser, f"/clauses/{CLAUSE}/compare")
    assert "<del>louter </del>vermoeden<ins> alleen</ins>" in compared


def test_the_words_and_the_keys_that_changed_are_marked(browser, agreed, files, quick):
    edit(files)
    data = files / CLAUSE / "clause.yaml"
    data.write_text(
        data.read_text().replace("approvers: [CISO, LEG]", "approvers: [CISO, DPO]").replace("source: [c9, c7]", "source: [c9]")
    )
    checked(browser)
    text = page(browser, f"/clauses/{CLAUSE}/compare?old=1.0.0&new=files")
    assert "<del>louter </del>vermoeden<ins> alleen</ins>" in text
    words = main(text)
    assert re.search(r"house rules\s+Removed: c7", words)
    assert re.search(r"negotiation ladder\s+Removed: .* CISO, LEG", words)
    assert "1.1.0 (in the files)" in words
    same = main(page(browser, f"/clauses/{CLAUSE}/compare?old=1.0.0&new=1.0.0"))
    assert "Choose two versions" in same


def test_changed_parameters_are_compared_with_the_last_release_used(browser, agreed, files, quick):
    data = files / "parameters.yaml"
    before = data.read_text()
    data.write_text(re.sub(r"(id: objection_days\n.*\n.*\n    standard: )7", r"\g<1>10", before))
    assert data.read_text() != before
    checked(browser)
    words = main(page(browser, "/library/impact"))
    assert "Parameters that changed (1)" in words
    assert re.search(r"house standard\s+Removed: 7\s+Added: 10", words)
    assert "Agreements made before keep the old value." in words


def test_a_release_in_use_that_is_older_is_listed_after_publishing(browser, app, library, example):
    with app.app_context():
        older = new_text(library, version="0.9.0")
        agreements.create_draft(session(), older, example(), actor="x", now=NOW)
    words = main(page(browser, "/library/impact"))
    assert "Earlier texts still in agreements (1)" in words
    assert "Published as 1.0.0." in words
    assert "version 0.9.0 – drafts: 1" in words


def test_a_clause_that_left_the_library_is_named(browser, agreed, files, quick):
    outline = files / "agreement.yaml"
    outline.write_text(outline.read_text().replace("severability, ", ""))
    terms = files / "general-terms.yaml"
    terms.write_text(terms.read_text().replace("severability, ", ""))
    shutil.rmtree(files / "severability")
    checked(browser)
    words = main(page(browser, "/library/impact"))
    assert "severability No longer in the library." in words


def test_a_check_answers_at_once_and_shows_that_it_runs(browser, monkeypatch):
    go = threading.Event()

    def slow(_path):
        go.wait(10)
        return Report([Problem("breach-notice/nl.md", 7, "a brace is not closed.", "Write {name}.")], 0, 0, 0, [])

    monkeypatch.setattr(library_reading, "check_files", slow)
    begun = time.perf_counter()
    answer = browser.post("/library/check")
    assert time.perf_counter() - begun < 2
    waiting = page(browser, answer.location)
    assert "Checking; this takes about ten seconds." in waiting
    assert '<noscript><meta http-equiv="refresh"' in waiting
    assert "library-check.js" in waiting
    assert browser.get("/library/check/status").json["running"] is True
    assert browser.post("/library/check").location == answer.location  # a second press joins the first
    go.set()
    for _ in range(100):
        if not browser.get("/library/check/status").json["running"]:
            break
        time.sleep(0.02)
    words = main(page(browser, "/library/check"))
    assert "breach-notice/nl.md:7 a brace is not closed. Write {name}." in words


def test_files_that_cannot_be_read_are_a_report_and_not_a_failure(browser, files):
    (files / CLAUSE / "clause.yaml").write_text("id: [")
    words = main(checked(browser))
    assert "Mistakes: 1" in words
    assert f"{CLAUSE}/clause.yaml:" in words
    assert browser.get("/library/impact").status_code == 200


def test_an_edit_makes_the_report_old(browser, files, quick):
    assert "No mistakes" in main(checked(browser))
    edit(files)
    assert "were not checked since they last changed" in main(page(browser, "/library/check"))


def test_another_server_process_that_is_asked_begins_too(browser, files, quick):
    state = library_reading.state_of_files(files)
    assert browser.get("/library/check/status?state=old").json == {"running": False, "seconds": 0}
    assert library_reading.known(files) is None
    browser.get(f"/library/check/status?state={state}")
    assert library_reading.known(files) is not None


def test_a_lawyer_sees_hostile_words_of_a_clause_as_words(browser, files, agreed, quick):
    edit(files, new="<script>alert(1)</script> & “een” vermoeden")
    checked(browser)
    raw = browser.get(f"/clauses/{CLAUSE}/compare").get_data(as_text=True)
    assert "<script>alert" not in raw
    joined = re.sub(r"</?(ins|del)>", "", html.unescape(raw))
    assert "<script>alert(1)</script> & “een” vermoeden" in joined
