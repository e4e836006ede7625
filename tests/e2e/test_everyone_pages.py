"""A browser on the pages of everyone: an issued agreement comes back signed, once with the same words and once with others."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from dpa_service.domain.deadlines import day_of
from dpa_service.services.agreements import agreements, issuing
from dpa_service.serving import runtime
from tests.e2e.conftest import axe_serious, expect, fits, follow, submitted
from tests.support.approvals import approve_all
from tests.support.signed_files import changed_docx

SCREENS = ((1280, "en"), (390, "nl"))  # Dutch words are the longest
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.fixture
def made(example):
    """Make an agreement in the served application: ``made(live, "issued")``; its id, and its Word file when issued."""

    def make(live, *args, **options):
        with ThreadPoolExecutor(1) as thread:  # the browser's driver keeps an event loop in this one
            return thread.submit(_make, live, *args, **options).result()

    def _make(live, state="draft", name="voorbeeld-energie", days_ago=0, **changes):
        moment = datetime.now(UTC) - timedelta(days=days_ago)
        with live.app.app_context():
            session, library = runtime.session(), runtime.library()
            draft = agreements.create_draft(
                session, library, example(name, **changes), actor="sales@demo.example", now=moment
            ).agreement
            if state == "draft":
                return draft.id, b""
            approve_all(session, draft.id, now=moment)
            issuing.issue(session, draft.id, actor="sales@demo.example", now=moment, today=moment.date())
            return draft.id, issuing.document(session, draft.id, "docx").content

    return make


def send(page, live, agreement_id, content):
    """Upload a signed file by the page."""
    page.goto(f"{live.url}/agreements/{agreement_id}")
    follow(page.locator(f"a[href='/agreements/{agreement_id}/sign']"))
    page.locator("input[type=file]").set_input_files({"name": "getekend.docx", "mimeType": DOCX, "buffer": content})
    page.locator("input[name=signed_on]").fill(day_of(datetime.now(UTC)).isoformat())
    follow(page.locator("form[enctype] button"))


def test_a_signed_file_with_the_same_words_ends_the_wait(live_both, open_page, made):
    agreement_id, content = made(live_both, "issued")
    page = open_page(live_both, "sales")
    send(page, live_both, agreement_id, content)
    expect(page).to_have_url(f"{live_both.url}/agreements/{agreement_id}")
    expect(page.locator(".state-signed")).to_have_count(1)
    expect(page.locator(f"a[href='/agreements/{agreement_id}/sign']")).to_have_count(0)


def test_legal_decides_on_a_file_with_other_words(live, open_page, made, shots):
    agreement_id, content = made(live, "issued", days_ago=9, parameters={})
    sales, legal = open_page(live, "sales"), open_page(live, "legal", width=390)
    send(
        sales,
        live,
        agreement_id,
        changed_docx(content, "zonder onredelijke vertraging nadat", "binnen een redelijke termijn nadat"),
    )
    expect(sales).to_have_url(re.compile(r"/signed/[^/]+$"))
    expect(sales.locator(".differences li")).to_have_count(1)
    expect(sales.locator("button[name=do]")).to_have_count(0)
    legal.goto(live.url)
    follow(legal.locator("main a[href*='/signed/']"))
    expect(legal.locator(".differences ins").first).to_contain_text("redelijke termijn")
    shots(legal, "decide-390", full_page=True)
    follow(legal.locator("button[value=accept]"))
    expect(legal.locator("[aria-invalid=true]")).to_have_count(2)  # the box and the reason
    shots(legal, "decide-errors-390", full_page=True)
    legal.locator("input[name=sure]").check()
    legal.locator("textarea[name=reason]").fill("Besproken met de cliënt op 20/11")
    follow(legal.locator("button[value=accept]"))
    expect(legal).to_have_url(f"{live.url}/agreements/{agreement_id}")
    expect(legal.locator(".state-signed")).to_have_count(1)
    legal.goto(f"{live.url}/agreements/{agreement_id}?view=timeline")
    expect(legal.locator(".timeline li")).to_have_count(6)
    shots(legal, "timeline-390", full_page=True)


def test_the_keyboard_alone_reaches_search_and_result(live, open_page, made):
    agreement_id, _ = made(live, "issued", "voorbeeld-alles")
    page = open_page(live, "finance")
    page.keyboard.press("Tab")
    expect(page.locator("a[href='#main']")).to_be_focused()
    page.locator("#app-q").focus()
    page.keyboard.type("plafond boven 2500")
    with submitted(page):
        page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/search\?"))
    link = page.locator(f"main a[href='/agreements/{agreement_id}']")
    expect(link).to_have_count(1)
    link.focus()
    with submitted(page):
        page.keyboard.press("Enter")
    expect(page).to_have_url(f"{live.url}/agreements/{agreement_id}")


@pytest.mark.parametrize(("width", "language"), SCREENS)
def test_every_page_fits_and_reads_well(live, open_page, made, shots, width, language):
    issued, content = made(live, "issued", days_ago=9)
    draft, _ = made(live, "draft", "voorbeeld-alles")
    page = open_page(live, "legal", width=width, bypass_csp=True, language=language)
    page.goto(f"{live.url}/agreements/{issued}/sign")
    follow(page.locator("form[enctype] button"))
    see(page, shots, f"sign-errors-{width}-{language}")
    send(page, live, issued, changed_docx(content, "onredelijke", "nodeloze", 3))
    expect(page).to_have_url(re.compile(r"/signed/[^/]+$"))
    see(page, shots, f"differences-{width}-{language}")
    pages = {
        "start": "/",
        "list": "/agreements",
        "search-term": "/search?q=cap+above+2500",
        "search-words": "/search?q=voorbeeld",
        "search-nothing": "/search?q=bestaatniet",
        "draft": f"/agreements/{draft}",
        "issued": f"/agreements/{issued}",
        "document": f"/agreements/{issued}?view=document",
        "timeline": f"/agreements/{issued}?view=timeline",
        "withdraw": f"/agreements/{issued}/withdraw",
        "missing": "/agreements/00000000000000000000000000000000",
    }
    for name, path in pages.items():
        page.goto(live.url + path)
        see(page, shots, f"{name}-{width}-{language}", full_page=name != "document")
    page.goto(f"{live.url}/agreements/{draft}")
    other = open_page(live, "sales", width=width)
    other.goto(f"{live.url}/agreements/{draft}")
    follow(other.locator(f"form[action='/agreements/{draft}/discard'] button"))
    expect(other.locator(f"form[action='/agreements/{draft}/restore']")).to_have_count(1)
    follow(page.locator(f"form[action='/agreements/{draft}/discard'] button"))
    expect(page.locator("main [role=alert]")).to_contain_text("sales@voorbeeld.example")
    see(page, shots, f"conflict-{width}-{language}", full_page=False)
    page.goto(f"{live.url}/agreements/{draft}")
    see(page, shots, f"discarded-{width}-{language}")
    admin = open_page(live, "admin", width=width, bypass_csp=True, language=language)
    admin.goto(f"{live.url}/audit")
    see(admin, shots, f"audit-{width}-{language}", full_page=False)


def see(page, shots, name, full_page=True):
    """A screenshot; the page is no wider than the screen and axe finds nothing serious."""
    shots(page, name, full_page=full_page)
    assert fits(page), name
    assert axe_serious(page) == [], name
