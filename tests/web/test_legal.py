"""The clause library's pages: finding a clause, everything about one, coverage, parameters, who uses what."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from dpa_service.domain.contract.library_build import FAMILIES
from dpa_service.services.agreements import agreements, issuing
from dpa_service.services.library import library_usage
from dpa_service.services.library.library_pages import matrix
from dpa_service.serving.runtime import session
from tests.conftest import NOW, TODAY
from tests.support.changed_library import new_text

CLAUSE = "breach-notice"


@pytest.fixture
def browser(as_role):
    """A lawyer's browser, in English."""
    opened = as_role("legal")
    opened.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return opened


@pytest.fixture
def make(app, library, example):
    """Store an agreement: ``make("voorbeeld-bakkerij", library=…, issue=True, parameters=…)``."""

    def made(name="voorbeeld-bakkerij", *, issue=False, with_library=None, **changes):
        with app.app_context():
            draft = agreements.create_draft(session(), with_library or library, example(name, **changes), actor="x", now=NOW)
            if issue:
                issuing.issue(session(), draft.agreement.id, actor="x", now=NOW, today=TODAY)
            return draft.agreement.id

    return made


def page(browser, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return html.unescape(answer.get_data(as_text=True))


def main(text: str) -> str:
    """The words of a page's content, without tags."""
    inside = text.split('<main id="main"')[1].split("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", inside))


def links(text: str) -> list[str]:
    return re.findall(r'href="(/clauses/[a-z0-9-]+)"', text)


def test_the_library_stands_in_the_order_of_the_outlines(browser, library):
    names = [name.rpartition("/")[2] for name in links(page(browser, "/clauses"))]
    assert names == [name for family in FAMILIES for name in library.outlines[family].clauses]


def test_search_finds_words_figures_and_parts_of_words_and_shows_where(browser):
    for words, found in (
        ("phishing-bestaat-niet", []),
        ("breach notice_hours", None),
        ("redelijke mate van zekerheid", [CLAUSE]),
    ):
        text = page(browser, f"/clauses?words={words}")
        if found is not None:
            assert [name.rpartition("/")[2] for name in links(text)] == found
    assert "redelijke mate van zekerheid" in main(page(browser, "/clauses?words=redelijke mate"))
    assert f"/clauses/{CLAUSE}" in links(page(browser, "/clauses?words=48 (achtenveertig) uur"))
    assert "No clause has all of this" in main(page(browser, "/clauses?words=phishing-bestaat-niet"))


def test_filters_on_status_and_duty(browser, library):
    shown = {name.rpartition("/")[2] for name in links(page(browser, "/clauses?duty=33(2)"))}
    assert shown == {c.id for c in library.clauses.values() if any(key.startswith("33(2).") for key in c.covers)}
    assert links(page(browser, "/clauses?status=draft")) == []
    assert len(set(links(page(browser, "/clauses?status=published")))) == len(library.clauses)


@pytest.mark.parametrize(
    "address", ["/clauses?status=x", "/clauses?duty=x", "/library/coverage?family=x", "/clauses?words=a%00b"]
)
def test_an_address_that_no_page_gives_is_refused(browser, address):
    assert browser.get(address).status_code == 400


@pytest.mark.parametrize("address", ["/clauses/x", "/clauses/x/agreements", "/clauses/x/compare", "/library/parameters/x",
                                     f"/clauses/{CLAUSE}/compare?old=7.7.7"])  # fmt: skip
def test_what_does_not_exist_is_not_found(browser, address):
    assert browser.get(address).status_code == 404


def test_every_clause_has_its_page(browser, library):
    for clause in library.clauses.values():
        text = page(browser, f"/clauses/{clause.id}")
        words = main(text)
        assert clause.texts["nl"].heading in words
        assert ("No lawyer has reviewed" in words) == bool(clause.notices)
        for code in clause.notices:
            assert re.sub(r"\s+", " ", library.notices[code]["nl"]) in words
        for ladder in clause.ladders:
            assert ladder.walk_away in words
            assert all(rung.labels["nl"] in words for rung in ladder.rungs)
        for name in clause.parameters:
            assert library.parameters[name].labels["nl"] in words
            assert f'id="p-{name}"' in text
        for place in [anchor for node in clause.texts["nl"].walk() if (anchor := node.anchor)]:
            assert f'id="t-{place}"' in text


def test_every_link_inside_the_library_leads_somewhere(browser, library):
    seen: dict[str, str] = {}
    for name in library.clauses:
        text = page(browser, f"/clauses/{name}")
        seen[f"/clauses/{name}"] = text
    for text in [*seen.values(), page(browser, "/library/coverage"), page(browser, "/library/coverage?family=agreement")]:
        for address, anchor in re.findall(r'href="(/clauses/[a-z0-9-]+)#([^"]+)"', text):
            assert f'id="{anchor}"' in seen[address], (address, anchor)


def test_conditions_are_said_in_words(browser):
    words = main(page(browser, f"/clauses/{CLAUSE}"))
    assert "breach_notice_firm" not in words
    assert "Only if: Aard van de meldingstermijn: een streeftermijn" in words
    assert "Variant, not in the house standard. Only if: Aard van de meldingstermijn: een vaste termijn" in words
    assert "Part of the document only if: doorgiften buiten de EER" in main(page(browser, "/clauses/annex-transfers"))


def test_no_condition_of_the_library_shows_an_internal_name(app, library):
    from dpa_service.web.legal.text import condition_words

    with app.test_request_context():
        for clause in library.clauses.values():
            whens = [clause.when, *(node.when for node in clause.texts["nl"].walk())]
            for when in filter(None, whens):
                said = condition_words(library, when)
                assert "_" not in said, said
                assert "==" not in said, said


def test_use_is_counted_per_version_and_state(browser, make, library, plain_documents):
    older = new_text(library, version="0.9.0")
    make(with_library=older)
    make(issue=True)
    make(issue=True)
    words = main(page(browser, f"/clauses/{CLAUSE}"))
    assert "drafts: 1" in words
    assert "issued: 2" in words
    assert "0.9.0" in words
    listed = page(browser, f"/clauses/{CLAUSE}/agreements?version=0.9.0")
    assert len(re.findall(r'href="/agreements/[0-9a-f]{32}"', listed)) == 1
    assert len(re.findall(r'href="/agreements/[0-9a-f]{32}"', page(browser, f"/clauses/{CLAUSE}/agreements?group=issued"))) == 2
    assert len(re.findall(r'href="/agreements/[0-9a-f]{32}"', page(browser, f"/clauses/{CLAUSE}/agreements?earlier=1"))) == 1
    assert "none yet" not in words


def test_a_clause_with_a_condition_says_whether_it_is_printed(browser, make):
    make("voorbeeld-alles")
    make("voorbeeld-bakkerij")
    words = main(page(browser, "/clauses/annex-transfers/agreements"))
    assert "not printed: condition not met" in words
    assert re.search(r"version 1\.0\.0 printed", words)


def test_the_list_of_agreements_is_paged(browser, make, monkeypatch):
    made = {make() for _ in range(3)}
    monkeypatch.setitem(library_usage.agreements_with.__kwdefaults__, "limit", 2)
    first = page(browser, f"/clauses/{CLAUSE}/agreements")
    following = html.unescape(re.search(r'rel="next" href="([^"]+)"', first)[1])
    second = page(browser, following)
    found = re.findall(r'href="/agreements/([0-9a-f]{32})"', first + second)
    assert sorted(found) == sorted(made)


def test_coverage_says_full_partial_and_none_in_words(browser, library):
    words = main(page(browser, "/library/coverage"))
    rows = {family: matrix(library, family) for family in FAMILIES}
    assert {row.status for row in rows["agreement"]} == {"full"}
    for status, word in (("full", "F Full"), ("partial", "P Partial"), ("none", "N None")):
        count = sum(row.status == status for row in rows["general-terms"])
        assert f"{count} {word}" in words
    assert "not covered" in words
    for family in FAMILIES:
        grid = page(browser, f"/library/coverage?family={family}")
        cells = len(re.findall(r'aria-label="\d+ elements in', grid))
        assert cells == sum(len(row.clauses) for row in rows[family])


def test_the_matrix_of_the_library_is_that_of_an_agreement_with_everything(client, library, example):
    """What the page says is covered, a whole agreement covers too."""
    answer = client.post("/api/v1/coverage", json=example("voorbeeld-alles")).json
    stated = {row["duty"]: row["status"] for row in answer["matrix"]}
    assert stated == {row.duty.id: row.status for row in matrix(library, "agreement")}


def test_parameters_with_standard_bounds_and_departures(browser, make, library):
    make(parameters={"objection_days": 14})
    make(parameters={"objection_days": 14})
    make(parameters={"objection_days": 10})
    text = page(browser, "/library/parameters")
    words = main(text)
    for parameter in library.parameters.values():
        assert parameter.labels["nl"] in words
        assert f"/library/parameters/{parameter.id}" in text
    assert "3 ×" in words
    one = main(page(browser, "/library/parameters/objection_days"))
    assert "14 (veertien) dagen 2" in one.replace("\xa0", " ")
    assert "10 (tien) dagen 1" in one.replace("\xa0", " ")


def test_names_and_texts_of_others_are_shown_as_they_are(browser, make, example):
    client: dict[str, Any] = example()["client"] | {"name": "<b>O'Hare</b> & {{ 7*7 }} NV"}
    make(client=client)
    raw = browser.get(f"/clauses/{CLAUSE}/agreements").get_data(as_text=True)
    assert "<b>O" not in raw
    assert "<b>O'Hare</b> & {{ 7*7 }} NV" in html.unescape(raw)


def test_sales_reads_and_does_not_see_what_is_for_reviewers(as_role):
    browser = as_role("sales")
    text = page(browser, "/clauses")
    assert "/library/coverage" in text
    assert "/library/impact" not in text
    assert browser.get("/library/impact").status_code == 403
