"""What the browser tests share: the application served on a free port, a headless browser, and a page that is signed in.

    def test_x(live, open_page):
        page = open_page("sales", width=390)
        page.goto(f"{live.url}/clients")

`live` runs on SQLite; `live_postgres` is the same on PostgreSQL. Screenshots go to the folder of `$DPA_SHOTS`.

Nothing here may depend on the machine being quick. A click or Enter that leads to another page goes through `follow(button)` or
`with submitted(page)`, and what a script changes afterwards is asked for with `expect(locator)`, which tries again until it holds.
"""

from __future__ import annotations

import os
import queue
import re
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from dpa_service import create_app
from dpa_service.config import Config
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.deadlines import day_of
from dpa_service.services.agreements import agreements, issuing, lifecycle
from dpa_service.services.agreements.lifecycle import Signature
from dpa_service.services.liability import fees
from dpa_service.services.people import accounts
from dpa_service.services.use_case import use_case
from dpa_service.serving import runtime
from tests.conftest import create_database
from tests.support.browser import BrowserMissing, launch_options

# Text that a browser cannot have shown when everything went well.
_NOISE = re.compile(r"favicon")
# How long a page or an expectation may take, in milliseconds: far more than needed, for a machine that does other things too.
PATIENCE = 30_000


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """One rerun of a browser test that failed.

    On a shared, slow machine a browser may stall or be stopped for lack of memory, which says nothing of the product. A rerun
    is named in the summary, so none goes unseen, and a real defect fails twice. Each attempt has a fresh database and server.
    """
    if config.getoption("usepdb"):  # the debugger wants the first failure
        return
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.flaky(reruns=1))


@dataclass
class Live:
    """A served application: where it is, and the application itself."""

    url: str
    app: Flask


@dataclass
class Opened:
    """What a test's browser pages said: errors of scripts, refused content, answers from 500 on."""

    troubles: list[str] = field(default_factory=list)

    def listen(self, page: Any) -> None:
        """Collect what goes wrong in this page."""
        page.on("pageerror", lambda error: self.troubles.append(f"script: {error}"))
        page.on("console", lambda line: self._console(line))
        page.on(
            "response", lambda answer: self.troubles.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None
        )

    def _console(self, line: Any) -> None:
        if line.type == "error" and "Content Security Policy" in line.text and not _NOISE.search(line.text):
            self.troubles.append(line.text)


class Chromium:
    """The browser of a file's tests; one that has gone is started anew, so that the next attempt has one."""

    def __init__(self, launch: Callable[[], Any]) -> None:
        self._launch = launch
        self._opened = launch()

    def new_context(self, **options: Any) -> Any:
        """As the browser's own."""
        if not self._opened.is_connected():
            self._opened = self._launch()
        return self._opened.new_context(**options)

    def close(self) -> None:
        """End it."""
        self._opened.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    """A headless browser; where none can be had, these tests are skipped and say what to do.

    Of one file only: while the driver runs, no other test of this process could use the application in its own thread.
    """
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is missing: run `make test`, which installs it")
    try:
        options = launch_options()
    except BrowserMissing as missing:
        pytest.skip(str(missing))
    playwright.expect.set_options(timeout=PATIENCE)
    with playwright.sync_playwright() as started:
        opened = Chromium(lambda: started.chromium.launch(**options))
        yield opened
        opened.close()


def serve(url: str, library: Library) -> Iterator[Live]:
    """The application on a free port, in threads of this process, with the demo's users; stopped afterwards.

    All of it in a thread of its own: the browser's driver keeps an event loop in the main one, where the application's
    own asynchronous parts refuse to run.
    """
    ready: queue.Queue[Any] = queue.Queue()
    thread = threading.Thread(target=_serve, args=(url, library, ready), daemon=True)
    thread.start()
    server = ready.get(timeout=60)
    if isinstance(server, BaseException):
        raise server
    try:
        yield Live(f"http://127.0.0.1:{server.server_port}", server.app)
    finally:
        server.shutdown()
        thread.join(timeout=10)


def _serve(url: str, library: Library, ready: queue.Queue[Any]) -> None:
    try:
        app = create_app(Config(database_url=url), library)
        with app.app_context():
            accounts.seed_demo_users(runtime.session(), demo=True, now=datetime.now(UTC))
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    except BaseException as trouble:
        ready.put(trouble)
        raise
    server.daemon_threads = True
    ready.put(server)
    server.serve_forever()
    server.server_close()
    with app.app_context():
        for engine in app.extensions["sqlalchemy"].engines.values():
            engine.dispose()


class _Quiet(WSGIRequestHandler):
    """The application has its own log."""

    def log(self, *_: Any) -> None:
        """Say nothing here."""


@pytest.fixture
def live(sqlite_url: str, library: Library) -> Iterator[Live]:
    """Served on a fresh SQLite database."""
    yield from serve(sqlite_url, library)


@pytest.fixture
def live_postgres(postgres_template: str, library: Library) -> Iterator[Live]:
    """Served on a fresh PostgreSQL database."""
    url = create_database(postgres_template, f"e2e_{uuid.uuid4().hex[:12]}", "template_dpa")
    yield from serve(url, library)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def live_both(request: pytest.FixtureRequest) -> Live:
    """Served once on each kind of database."""
    return request.getfixturevalue("live" if request.param == "sqlite" else "live_postgres")


def each_database(first: int, second: int) -> Any:
    """Marks a long path: the first width on SQLite, the second on PostgreSQL, instead of all four together."""
    pairs = [("sqlite", first), pytest.param("postgresql", second, marks=pytest.mark.postgres)]
    return pytest.mark.parametrize(("live_both", "width"), pairs, indirect=["live_both"])


@pytest.fixture
def bound(example: Any) -> Callable[..., tuple[str, str]]:
    """Sign an agreement from an example, with fees: ``bound(live, cap_fixed="25000.00")``; gives (client id, agreement id)."""

    def make(*args: Any, **options: Any) -> tuple[str, str]:
        with ThreadPoolExecutor(1) as thread:  # the browser's driver keeps an event loop in this one
            return thread.submit(_make, *args, **options).result()

    def _make(live: Live, name: str = "voorbeeld-bakkerij", paid: str = "40000.00", **parameters: Any) -> tuple[str, str]:
        now = datetime.now(UTC)
        today = day_of(now)
        data = example(name)
        data["parameters"] = parameters
        data["main_agreement"] |= {"cap": None, "date": "2024-12-01"}
        with live.app.app_context():
            draft = agreements.create_draft(runtime.session(), runtime.library(), data, actor="maker", now=now).agreement
            issued = issuing.issue(runtime.session(), draft.id, actor="maker", now=now, today=today).agreement
            with use_case(runtime.session(), actor="signer", now=now) as work:
                row = lifecycle.locked(work, "sign", issued.id, None)
                lifecycle.sign(work, row, Signature("V. Oorbeeld", today, date(2025, 1, 1), None), copy_id="c", sha256="0" * 64)
            if paid:
                entry = {"received_on": "2025-03-03", "amount": paid}
                fees.record(runtime.session(), issued.client_id, entry, actor="finance", now=now, today=today)
        return issued.client_id, issued.id

    return make


def expect(what: Any) -> Any:
    """What must become true of a page or locator, tried until it is: ``expect(page.locator("li")).to_have_count(2)``."""
    from playwright.sync_api import expect as retrying

    return retrying(what)


@contextmanager
def submitted(page: Any) -> Iterator[None]:
    """Around what leads to another page, a click or Enter: ends when that page is there with its scripts.

    Not `expect_navigation`: that one also ends when a script only changes the address, as a form that saves by itself does.
    """
    page.wait_for_load_state()
    with page.expect_event("load"):
        yield


def follow(target: Any) -> None:
    """Click a link or a button and wait for the page it leads to."""
    with submitted(target.page):
        target.click()


def sign_in(page: Any, live: Live, role: str) -> None:
    """Sign in as the demo's user of a role, with one click."""
    page.goto(f"{live.url}/login")
    follow(
        page.locator(
            f"form:has(input[value='{accounts.DEMO_EMAILS[role]}']) button, button[value='{accounts.DEMO_EMAILS[role]}']"
        )
    )
    expect(page).to_have_url(f"{live.url}/")


@pytest.fixture
def open_page(browser: Chromium) -> Iterator[Callable[..., Any]]:
    """Open a page signed in as a role: ``open_page(live, "sales", width=390)``; `role` None leaves it a guest.

    Scripts that fail, content that the policy refuses and answers from 500 on fail the test at its end. `bypass_csp` is for axe.
    """
    contexts, opened = [], Opened()

    def made(
        live: Live, role: str | None = "sales", *, width: int = 1280, height: int = 900, language: str = "en", **options: Any
    ) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale=language, accept_downloads=True, **options
        )  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        opened.listen(page)
        if role is not None:
            sign_in(page, live, role)
        return page

    yield made
    for context in contexts:
        context.close()
    assert not opened.troubles, opened.troubles


@pytest.fixture
def shots() -> Callable[..., None]:
    """Take a screenshot where `$DPA_SHOTS` names a folder: ``shots(page, "form-390")``. Else nothing: a page as a picture takes time."""
    name = os.environ.get("DPA_SHOTS")
    folder = Path(name) if name else None
    if folder:
        folder.mkdir(parents=True, exist_ok=True)

    def take(page: Any, name: str, **options: Any) -> None:
        if folder:
            page.screenshot(path=folder / f"{name}.png", **options)

    return take


def fits(page: Any) -> bool:
    """Whether the page, once it is all there, is no wider than the screen."""
    page.wait_for_function("document.readyState === 'complete' && document.body !== null")
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def axe_serious(page: Any) -> list[str]:
    """What axe finds serious or critical on a page whose context was opened with ``bypass_csp=True``."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [
        f"{entry['id']} ({entry['impact']}): {entry['help']} – {[node['target'] for node in entry['nodes'][:3]]}"
        for entry in found
        if entry["impact"] in ("serious", "critical")
    ]
