"""Drafts for all in a browser: the run is told while it goes on, breaks off, goes on; a draft's texts are saved before it is issued."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from dpa_service.services.invoices import billing
from dpa_service.serving.runtime import EXTENSION, session
from tests.conftest import NOW, TODAY
from tests.e2e.conftest import axe_serious, expect, fits
from tests.support.assistance import fast, house_account
from tests.support.drafts import with_minutes


@pytest.fixture
def sqlite_url(sqlite_template, tmp_path, library):
    path = tmp_path / "dpa.sqlite"
    with ThreadPoolExecutor(1) as thread:  # the browser's driver keeps an event loop in this one
        thread.submit(with_minutes, sqlite_template, path, library).result()
    return f"sqlite:///{path}"


@pytest.fixture
def page(browser, live, open_page, library, monkeypatch):
    """The work in progress, seen by finance at NOW."""
    fast(monkeypatch)
    live.app.extensions[EXTENSION] = replace(live.app.extensions[EXTENSION], clock=lambda: NOW)

    def account():
        with live.app.app_context():
            house_account(session(), library)

    with ThreadPoolExecutor(1) as thread:
        thread.submit(account).result()
    opened = open_page(live, "finance", width=390, bypass_csp=True)
    opened.goto(f"{live.url}/work-in-progress?until={TODAY}")
    return opened


def test_a_run_is_told_breaks_off_and_goes_on(page, live, monkeypatch):
    whole, calls = billing.draft, []

    def breaks(*args, **options):
        calls.append(args)
        if len(calls) == 2:
            raise RuntimeError("broken")
        return whole(*args, **options)

    monkeypatch.setattr(billing, "draft", breaks)
    assert fits(page)
    assert not axe_serious(page)
    button = page.get_by_role("button", name="Make drafts for all")
    button.click()
    expect(page.locator(".run-say")).to_contain_text("The run broke off after 1.")
    expect(page.locator(".run-lines > li")).to_have_count(1)
    button.click()
    expect(page.locator(".run-told")).to_contain_text("Done: 2 drafts made.")
    assert page.locator("progress").evaluate("bar => bar.value === bar.max && bar.max === 2")
    expect(page.locator(".wip-table")).to_be_hidden()  # its figures are from before
    assert fits(page)
    assert not axe_serious(page)
    page.locator(".run-made > a").first.click()
    expect(page.locator("#issue")).to_be_visible()
    assert fits(page)
    assert not axe_serious(page)
    page.locator("#f-line-1").fill("Zoekwerk in zaak 77")
    expect(page.locator("#issue")).to_be_hidden()
    expect(page.locator("#unsaved")).to_be_visible()
    page.get_by_role("button", name="Save the texts").click()
    page.get_by_role("button", name="Issue the invoice").click()
    expect(page.locator(".alert-success")).to_contain_text("F-2026-0001")
    page.goto(f"{live.url}/drafts")
    assert fits(page)
    assert not axe_serious(page)
    page.get_by_role("button", name="Issue all drafts").click()
    expect(page.locator(".run-told")).to_contain_text("Done: 1 invoice issued.")
    expect(page.locator(".run-failed .troubles")).to_contain_text("VAT number")
