"""Signing in and the account pages in a real browser: with the keyboard, at two widths, and when a session ends while typing."""

from __future__ import annotations

import re

from passlib.totp import TOTP

from tests.e2e.conftest import axe_serious, each_database, expect, fits, follow, submitted
from tests.support.accounts import PASSWORD

DESK, TELEPHONE = 1280, 390
ADMIN, NEW = "admin", "nieuw@example.org"


def check(page, shots, name, width):
    """The page fits, axe finds nothing serious, and a screenshot is taken."""
    shots(page, f"{name}-{width}", full_page=True)
    assert fits(page), name
    assert axe_serious(page) == [], name


def sign_in_by_keyboard(page, live, email, password):
    page.goto(f"{live.url}/login")
    page.get_by_label("E-mail address").focus()
    page.keyboard.type(email)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    enter(page)


def enter(page):
    """Enter, and the page that answers."""
    with submitted(page):
        page.keyboard.press("Enter")


@each_database(DESK, TELEPHONE)
def test_from_a_new_user_to_a_second_factor_and_a_token(live_both, open_page, shots, width):
    live = live_both
    admin = open_page(live, ADMIN, width=width, bypass_csp=True)
    admin.goto(f"{live.url}/users")
    check(admin, shots, "users", width)
    admin.get_by_label("E-mail address").fill(NEW)
    admin.get_by_label("Sales").check()
    follow(admin.get_by_role("button", name="Make the user"))
    link = admin.locator(".secret").inner_text()
    check(admin, shots, "user", width)

    page = open_page(live, None, width=width, bypass_csp=True)
    page.goto(link)
    check(page, shots, "welcome", width)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    enter(page)
    expect(page).to_have_url(f"{live.url}/login")

    sign_in_by_keyboard(page, live, NEW, "not the password")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("E-mail address")).to_have_value(NEW)
    check(page, shots, "login-wrong", width)
    sign_in_by_keyboard(page, live, NEW, PASSWORD)
    expect(page).to_have_url(f"{live.url}/")

    page.goto(f"{live.url}/account")
    check(page, shots, "account", width)
    follow(page.get_by_role("link", name="Set up a second factor"))
    follow(page.get_by_role("button", name="Set up with an authenticator app"))
    assert page.get_by_role("img", name=re.compile("QR")).evaluate("image => image.naturalWidth") > 0
    check(page, shots, "second-factor", width)
    key = page.locator("code").inner_text().replace("-", "").replace(" ", "")
    page.get_by_label("Code", exact=True).fill(TOTP(key=key).generate().token)
    enter(page)
    expect(page).to_have_url(f"{live.url}/account")

    page.get_by_label("What is it for?").fill("ledger")
    follow(page.get_by_role("button", name="Make the token"))
    assert page.locator(".secret").inner_text().startswith("dpa_")
    check(page, shots, "token", width)
    follow(page.get_by_role("button", name="Revoke ledger"))
    expect(page).to_have_url(f"{live.url}/account")
    expect(page.get_by_role("button", name="Revoke ledger")).to_have_count(0)

    follow(page.get_by_role("button", name="Sign out"))
    expect(page).to_have_url(f"{live.url}/login")
    sign_in_by_keyboard(page, live, NEW, PASSWORD)
    code = page.get_by_label("The code that your authenticator app shows now")
    expect(code).to_be_visible()
    check(page, shots, "second-factor-code", width)
    code.fill(TOTP(key=key).generate().token)  # it holds for half a minute, so nothing slow between making and sending it
    enter(page)
    expect(page).to_have_url(f"{live.url}/")


def test_a_form_typed_while_the_session_ended_is_sent_after_signing_in(live, open_page, shots):
    page = open_page(live, ADMIN, bypass_csp=True)
    page.goto(f"{live.url}/users")
    page.get_by_label("E-mail address").fill(NEW)
    page.get_by_label("Legal").check()
    page.context.clear_cookies()
    follow(page.get_by_role("button", name="Make the user"))
    expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    check(page, shots, "login-kept", DESK)
    follow(page.get_by_role("button", name="admin@voorbeeld.example"))
    check(page, shots, "resume", DESK)
    follow(page.get_by_role("button", name="Send it now"))
    expect(page.get_by_role("heading", name=NEW)).to_be_visible()
    expect(page.get_by_label("Legal")).to_be_checked()
