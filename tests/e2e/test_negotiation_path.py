"""The whole path in a browser: sales proposes, legal decides, the document is issued again, the redline is downloaded, a file comes back."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from dpa_service.adapters.docx.redline_proof import accepted, rejected
from dpa_service.domain.deadlines import day_of
from dpa_service.resources import examples_dir
from dpa_service.services.agreements import agreements, issuing
from dpa_service.services.negotiation import round_files
from dpa_service.services.people.accounts import DEMO_EMAILS
from dpa_service.serving.runtime import library
from tests.e2e.conftest import Live, axe_serious, each_database, expect, fits, follow, submitted
from tests.support.negotiated import beside
from tests.support.returned_files import both, changed, silently, tracked

DAYS = "7\u00a0(zeven)\u00a0dagen"
MARKED = "zonder onredelijke vertraging nadat"
SALES = DEMO_EMAILS["sales"]


def drafted(live: Live) -> str:
    """A draft of the example with standard terms, by the demo's sales user."""
    request = json.loads((examples_dir() / "voorbeeld-bakkerij.json").read_text(encoding="utf-8"))
    request = {key: value for key, value in request.items() if key not in ("reference", "parameters", "deviations")}

    def work(session: Any) -> str:
        return agreements.create_draft(session, library(), request, actor=SALES, now=datetime.now(UTC)).agreement.id

    return beside(live.app, work)


def issued(live: Live) -> str:
    """The same, issued."""
    draft = drafted(live)

    def work(session: Any) -> str:
        now = datetime.now(UTC)
        return issuing.issue(session, draft, actor=SALES, now=now, today=day_of(now)).agreement.id

    return beside(live.app, work)


def sent(live: Live, agreement: str) -> bytes:
    """The file of the first round."""
    return beside(live.app, lambda session: round_files.document(session, agreement, 1).content)


def upload(page: Any, content: bytes, name: str = "terug van de klant.docx") -> None:
    """Choose a file and send it."""
    page.locator("#f-file").set_input_files({"name": name, "mimeType": "application/octet-stream", "buffer": content})
    follow(page.get_by_role("button", name="Upload and compare"))


def test_the_whole_path(live: Live, open_page, tmp_path):
    draft = drafted(live)
    sales, legal = open_page(live, "sales"), open_page(live, "legal")
    # sales proposes
    sales.goto(f"{live.url}/agreements/{draft}")
    follow(sales.get_by_role("link", name="Negotiate"))
    follow(sales.locator("a[href$='ask=ladder:18:F1']"))
    sales.locator("#f-reason").fill("De klant wil de directe schade opgesomd zien.")
    follow(sales.locator("#ask-button"))
    # legal decides
    legal.goto(f"{live.url}/approvals")
    follow(legal.locator(".queue-link").first)
    with submitted(legal):
        legal.keyboard.press("a")
    # the document is issued
    sales.goto(f"{live.url}/agreements/{draft}")
    follow(sales.get_by_role("link", name="Issue", exact=True))
    follow(sales.locator("form[action$='/issue'] button.btn-primary"))
    # the redline is downloaded
    sales.goto(f"{live.url}/agreements/{draft}/rounds")
    expect(sales.locator("#round-1")).to_contain_text("approved by legal@voorbeeld.example")
    follow(sales.locator("#round-1").get_by_role("link", name="Against the standard"))
    with sales.expect_download() as downloading:
        sales.get_by_role("link", name="Word file with tracked changes").click()
    redline = Path(downloading.value.path()).read_bytes()
    assert b"<w:ins " in zipfile.ZipFile(BytesIO(redline)).read("word/document.xml")
    assert accepted(redline) != rejected(redline)
    # a file comes back, changed in two places, of which one is not marked
    sales.goto(f"{live.url}/agreements/{draft}/rounds")
    upload(sales, changed(sent(live, draft), both(tracked(DAYS, "14 (veertien) dagen"), silently(MARKED, "onverwijld nadat"))))
    address = sales.url
    expect(sales.locator("#h-progress")).to_have_text("0 of 2 handled")
    # legal proposes one and dismisses the other, by keyboard
    legal.goto(address)
    legal.keyboard.press("j")
    expect(legal.locator("#change-1")).to_be_focused()
    with submitted(legal):
        legal.keyboard.press("p")
    expect(legal.get_by_role("status").first).to_contain_text("next version")
    expect(legal.locator("#change-1")).to_be_focused()
    legal.keyboard.press("j")
    legal.keyboard.press("d")
    legal.keyboard.type("Zonder vertraging is wat de wet zegt.")
    with submitted(legal):
        legal.keyboard.press("Enter")
    expect(legal.locator("#h-progress")).to_have_text("2 of 2 handled")
    expect(legal.locator("#change-2")).to_contain_text("Zonder vertraging is wat de wet zegt.")
    # the draft of the next version holds both
    follow(legal.get_by_role("link", name="Go on with the draft"))
    expect(legal.locator("main")).to_contain_text("14 (veertien) dagen")


@each_database(1280, 390)
def test_a_returned_file_is_read_and_handled(live_both: Live, open_page, shots, width):
    agreement = issued(live_both)
    page = open_page(live_both, "legal", width=width, height=900 if width > 500 else 844, bypass_csp=True)
    page.goto(f"{live_both.url}/agreements/{agreement}")
    follow(page.get_by_role("link", name="Rounds and redline"))
    assert fits(page)
    assert axe_serious(page) == []
    shots(page, f"rounds-first-{width}", full_page=True)
    many = both(
        tracked(DAYS, "14 (veertien) dagen"),
        tracked(MARKED, "onverwijld nadat"),
        silently("Subverwerker met de", "Subverw\u0435rker met de"),
        silently("De kosten", "De  kosten"),
    )
    upload(page, changed(sent(live_both, agreement), many))
    assert fits(page)
    assert axe_serious(page) == []
    shots(page, f"rounds-received-{width}", full_page=True)
    odd = page.locator(".change", has=page.locator(".badge-suspicious"))
    odd.locator("summary").click()
    follow(odd.get_by_role("button", name="Keep with this reason"))
    expect(odd.locator(".invalid-feedback")).to_be_visible()
    odd.locator("input[name=reason]").fill("Een letter uit een ander alfabet.")
    follow(odd.get_by_role("button", name="Keep with this reason"))
    expect(page.locator(".place").first).to_contain_text("Rung F1 of row 2")
    follow(page.get_by_role("button", name="Propose the 2 clauses"))
    expect(page.locator("#h-progress")).to_have_text("3 of 4 handled")
    page.locator(".bulk summary").click()
    follow(page.locator(".bulk").get_by_role("button", name="Dismiss"))
    expect(page.locator("#h-progress")).to_have_text("4 of 4 handled")
    assert fits(page)
    assert axe_serious(page) == []
    shots(page, f"rounds-handled-{width}", full_page=True)
    follow(page.get_by_role("link", name="Rounds", exact=True))
    shots(page, f"rounds-list-{width}", full_page=True)
    follow(page.get_by_role("button", name="Show the difference"))
    expect(page.locator(".redline-list")).to_contain_text("Subverwerkers")
    assert fits(page)
    assert axe_serious(page) == []
    shots(page, f"rounds-redline-{width}", full_page=True)
