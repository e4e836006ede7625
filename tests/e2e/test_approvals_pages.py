"""Approving in a real browser: a decision by keyboard, two browsers at once, an absence, the figures; on a desk and on a telephone."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import pytest

from dpa_service.services.negotiation import negotiation
from dpa_service.services.people import accounts
from dpa_service.serving import runtime
from tests.e2e.conftest import Live, axe_serious, expect, fits, follow, submitted
from tests.support.negotiated import CAP_F1, CAP_F2, FREE_HOURS, OBJECTION, asked, beside

SALES = accounts.DEMO_EMAILS["sales"]
OWN = {
    "class": "modified",
    "clause": "confidentiality",
    "text": "# Vertrouwelijkheid\n\n1. {#secrecy} Het Personeel zwijgt gedurende 5 jaar; {staff_secrecy}.\n",
}


def waiting(live: Live, example: Any, *entries: Any, days: int = 0, name: str = "voorbeeld-bakkerij") -> dict[str, str]:
    """A draft of sales with these deviations, asked `days` ago: key → id."""
    accounts.DEMO_EMAILS  # noqa: B018 - the demo's users exist once somebody opened the sign-in page

    def work(session: Any) -> dict[str, str]:
        accounts.seed_demo_users(session, demo=True, now=runtime.now())
        then = runtime.now() - timedelta(days=days)
        return asked(session, runtime.library(), example(name, parameters={}), entries, actor=SALES, now=then)[1]

    return beside(live.app, work)


def test_a_decision_by_keyboard_leads_to_the_next(live_both: Live, open_page, example):
    waiting(live_both, example, CAP_F2, OBJECTION, days=4)
    waiting(live_both, example, CAP_F1, name="voorbeeld-energie")
    page = open_page(live_both, "legal")
    follow(page.get_by_role("link", name="2 deviations wait for you"))
    rows = page.locator(".queue-link")
    expect(rows).to_have_count(2)  # the objection is for data protection
    page.keyboard.press("j")
    expect(rows.first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("k")
    with submitted(page):
        page.keyboard.press("Enter")
    expect(page.locator(".rung-current")).to_contain_text("F2")
    first = page.url
    with submitted(page):
        page.keyboard.press("a")
    expect(page.get_by_role("status")).to_contain_text("other seats still decide")
    assert page.url != first
    # rejecting asks why
    page.keyboard.press("r")
    why = page.locator("[data-reject] textarea")
    expect(why).to_be_focused()
    page.keyboard.type("a r c")  # keys are words while one types
    follow(page.get_by_role("button", name="Reject, back to the standard"))
    expect(page.get_by_text("Nothing else waits for you.")).to_be_visible()
    page.goto(first)
    expect(page.get_by_text("No seat that is still open is yours.")).to_be_visible()


def test_a_counter_with_another_rung_and_with_a_value(live: Live, open_page, example):
    ids = waiting(live, example, CAP_F2, FREE_HOURS)
    page = open_page(live, "legal")
    page.goto(f"{live.url}/approvals/{ids['ladder:16']}")
    page.keyboard.press("c")
    expect(page.locator("[data-counter] input[type=radio]").first).to_be_focused()
    follow(page.get_by_role("button", name="Propose this instead"))  # neither a choice nor a reason
    expect(page.locator("#error-summary")).to_be_focused()
    page.locator("#ask-16-F1").check()
    page.locator("[data-counter] textarea[name=reason]").fill("Trede F1 volstaat.")
    follow(page.get_by_role("button", name="Propose this instead"))
    expect(page.get_by_role("status").first).to_contain_text("counter-proposal stands")
    page.goto(f"{live.url}/approvals/{ids['ladder:16']}")
    follow(page.get_by_role("link", name="What stands in its place now"))
    expect(page.locator(".rung-current")).to_contain_text("F1")
    expect(page.locator(".seat-filled")).to_have_count(1)

    page = open_page(live, "finance")
    page.goto(f"{live.url}/approvals/{ids['value:assistance_free_hours']}")
    expect(page.get_by_text("at most € 380,00 a year not billed")).to_be_visible()
    page.keyboard.press("c")
    page.locator("[name='parameters.assistance_free_hours']").fill("2")
    expect(page.locator("#ask-value-assistance_free_hours")).to_be_checked()
    page.locator("[data-counter] textarea[name=reason]").fill("Twee uur volstaat.")
    follow(page.get_by_role("button", name="Propose this instead"))
    expect(page.get_by_role("status").first).to_contain_text("counter-proposal stands")


def test_two_decide_at_once_and_the_second_sees_what_the_first_did(live_both: Live, open_page, example):
    ids = waiting(live_both, example, CAP_F2)
    legal, finance = open_page(live_both, "legal"), open_page(live_both, "finance")
    for page in (legal, finance):
        page.goto(f"{live_both.url}/approvals/{ids['ladder:16']}")
    legal.keyboard.press("r")
    legal.locator("[data-reject] textarea").fill("Te hoog.")
    follow(legal.get_by_role("button", name="Reject, back to the standard"))
    with submitted(finance):
        finance.keyboard.press("a")
    expect(finance.get_by_role("heading", name="Somebody was first")).to_be_visible()
    expect(finance.get_by_text(accounts.DEMO_EMAILS["legal"])).to_be_visible()
    expect(finance.get_by_text("Te hoog.")).to_be_visible()
    follow(finance.get_by_role("link", name="Look at it as it is now"))
    expect(finance.get_by_text("The standard holds in its place.")).to_be_visible()


def test_an_absence_lets_the_deputy_decide(live: Live, open_page, example):
    waiting(live, example, OBJECTION)
    page = open_page(live, "dpo")
    page.goto(f"{live.url}/absences")
    today = runtime.utc_now().date()
    page.locator("[name=deputy]").select_option(accounts.DEMO_EMAILS["legal"])
    page.locator("[name=first_day]").fill(today.isoformat())
    page.locator("[name=last_day]").fill((today + timedelta(days=6)).isoformat())
    follow(page.get_by_role("button", name="Add"))
    expect(page.get_by_role("status")).to_be_visible()

    legal = open_page(live, "legal")
    legal.goto(f"{live.url}/approvals")
    expect(legal.get_by_text(f"You decide for {accounts.DEMO_EMAILS['dpo']}")).to_be_visible()
    with submitted(legal):
        legal.locator(".queue-link").click()
    with submitted(legal):
        legal.keyboard.press("a")
    expect(legal.get_by_text("is approved.")).to_be_visible()
    page.goto(f"{live.url}/absences")
    follow(page.get_by_role("button", name="End now"))
    expect(page.get_by_text("No absence is planned.")).to_be_visible()


def test_single_keys_can_be_switched_off(live: Live, open_page, example):
    ids = waiting(live, example, CAP_F2)
    page = open_page(live, "legal")
    page.goto(f"{live.url}/approvals/{ids['ladder:16']}")
    page.get_by_label("single keys a, r, c").uncheck()
    page.reload()
    page.keyboard.press("r")
    expect(page.locator("[data-reject]")).not_to_have_attribute("open", "")


@pytest.mark.parametrize("width", [1280, 390])
def test_the_pages_fit_and_are_accessible(live: Live, open_page, example, shots, width):
    ids = waiting(live, example, CAP_F2, OBJECTION, FREE_HOURS, OWN, days=5)
    others = waiting(live, example, CAP_F1, FREE_HOURS, days=30, name="voorbeeld-energie")

    def settle(session: Any) -> None:
        for role, key in (("legal", "ladder:16"), ("finance", "ladder:16"), ("finance", "value:assistance_free_hours")):
            from dpa_service.adapters.db.models import Deviation

            with session.begin():
                seen = session.get_one(Deviation, others[key]).version
            session.expunge_all()
            then = runtime.now() - timedelta(days=27 if role == "legal" else 25)
            negotiation.decide(session, others[key], "approve", seen=seen, actor=accounts.DEMO_EMAILS[role], now=then)

    beside(live.app, settle)
    page = open_page(live, "legal", width=width, bypass_csp=True)
    for name, path in (
        ("start", "/"),
        ("queue", "/approvals?all=1"),
        ("cap", f"/approvals/{ids['ladder:16']}"),
        ("own", f"/approvals/{ids['text:confidentiality']}"),
        ("hours", f"/approvals/{ids['value:assistance_free_hours']}"),
        ("absences", "/absences"),
        ("figures", "/figures/negotiation"),
    ):
        page.goto(f"{live.url}{path}")
        if name in ("cap", "own"):
            page.keyboard.press("c")
        assert fits(page), name
        assert axe_serious(page) == [], name
        if "DPA_SHOTS" in os.environ:
            shots(page, f"approvals-{name}-{width}", full_page=True)
    admin = open_page(live, "admin", width=width, bypass_csp=True)
    admin.goto(f"{live.url}/admin/playbook")
    assert fits(admin)
    assert axe_serious(admin) == []
    if "DPA_SHOTS" in os.environ:
        shots(admin, f"approvals-playbook-{width}", full_page=True)
