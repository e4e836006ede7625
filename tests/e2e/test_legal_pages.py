"""The clause library in a real browser: from a word to a clause, what changed, what it covers, what publishing touches, the check."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from dpa_service.adapters.db.engine import make_engine, make_sessions
from dpa_service.services.agreements import agreements
from tests.conftest import NOW
from tests.e2e.conftest import axe_serious, expect, fits, follow, submitted
from tests.support.changed_library import new_text

PAGES = {
    "clauses": "/clauses",
    "found": "/clauses?words=vermoeden",
    "clause": "/clauses/breach-notice",
    "liability": "/clauses/processor-liability",
    "use": "/clauses/annex-transfers/agreements",
    "compare": "/clauses/breach-notice/compare",
    "coverage": "/library/coverage",
    "grid": "/library/coverage?family=general-terms",
    "parameters": "/library/parameters",
    "parameter": "/library/parameters/objection_days",
    "impact": "/library/impact",
    "check": "/library/check",
}


@pytest.fixture
def used(live: Any, library: Any, example: Callable[..., Any]) -> Any:
    """A served application whose agreements use two releases of the library."""
    return filled(live, library, example)


@pytest.fixture
def used_both(live_both: Any, library: Any, example: Callable[..., Any]) -> Any:
    """The same, once on each kind of database."""
    return filled(live_both, library, example)


def filled(live: Any, library: Any, example: Callable[..., Any]) -> Any:
    """Two releases, two drafts of each."""
    engine = make_engine(live.app.config["SQLALCHEMY_ENGINES"]["default"])
    with make_sessions(engine)() as session:
        for release in (new_text(library, version="0.9.0"), library):
            for name in ("voorbeeld-alles", "voorbeeld-bakkerij"):
                agreements.create_draft(session, release, example(name), actor="x", now=NOW)
    engine.dispose()
    return live


@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_is_whole_and_accessible(used, open_page, shots, width):
    page = open_page(used, "legal", width=width, bypass_csp=True)
    for name, address in PAGES.items():
        page.goto(used.url + address)
        shots(page, f"library-{name}-{width}", full_page=True)
        assert fits(page), f"{name} is wider than {width}"
        assert axe_serious(page) == [], name


def test_from_a_word_to_the_change_and_who_it_touches(used_both, open_page):
    page = open_page(used_both, "legal")
    follow(page.get_by_role("link", name="Clause library"))
    page.get_by_label("Words in the text").fill("louter vermoeden")
    follow(page.get_by_role("button", name="Show", exact=True))
    follow(page.get_by_role("link", name="Inbreuken", exact=True))
    clause = page.url
    follow(page.get_by_role("link", name="What changed since 0.9.0"))
    expect(page.locator("del, ins")).not_to_have_count(0)
    page.go_back()
    expect(page).to_have_url(clause)
    follow(page.get_by_role("link", name="drafts: 4", exact=True))
    expect(page.locator(".lib-list li")).to_have_count(4)
    page.get_by_label("Version").select_option("0.9.0")
    follow(page.get_by_role("button", name="Show", exact=True))
    expect(page.locator(".lib-list li")).to_have_count(2)


def test_from_a_gap_to_the_clause_with_the_keyboard_alone(used, open_page):
    page = open_page(used, "legal")
    page.goto(f"{used.url}/library/coverage?family=agreement")
    cell = page.get_by_role("link", name="elements in Inbreuken").first
    cell.focus()
    with submitted(page):
        page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/clauses/breach-notice#t-"))


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_real_check_runs_while_the_page_shows_it(used, open_page, shots, scripts):
    page = open_page(used, "legal", java_script_enabled=scripts)
    page.goto(f"{used.url}/library/impact")
    follow(page.get_by_role("button", name="Read and check the files"))
    expect(page).to_have_url(re.compile(r"/library/check\?state="))
    if page.get_by_role("status").count():  # the second run finds the first one's report
        shots(page, f"library-checking-{scripts}")
    expect(page.get_by_role("heading", name="No mistakes")).to_be_visible(timeout=180_000)
    expect(page.locator("main")).to_contain_text("combinations assembled")
    follow(page.get_by_role("link", name="See what publishing would touch"))
    expect(page.locator("main")).to_contain_text("Compared: the files as they are now")
