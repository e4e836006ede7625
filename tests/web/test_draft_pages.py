"""From work in progress to an issued invoice: figures, drafts for one and for all, a draft's page, what stops it, issuing."""

from __future__ import annotations

import ast
import html
import json
import re
import shutil
from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from dpa_service.domain.assistance import invoice_check
from dpa_service.domain.assistance import invoicing as domain
from dpa_service.domain.errors import FieldError
from dpa_service.services.invoices import billing, invoicing, work_in_progress
from dpa_service.serving.runtime import EXTENSION, session
from dpa_service.web.invoices import trouble_words
from dpa_service.web.shell import as_hours, as_money
from tests.conftest import NOW, TODAY
from tests.support.assistance import (
    drafted,
    fast,
    house_account,
)
from tests.support.drafts import with_minutes

pytestmark = pytest.mark.usefixtures("plain_documents")
UNTIL = {"until": TODAY.isoformat()}
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture(scope="module")
def prepared(sqlite_template, tmp_path_factory, library):
    """A database with clients whose minutes wait, and the ids of the clients by name."""
    path = tmp_path_factory.mktemp("drafts") / "dpa.sqlite"
    return path, with_minutes(sqlite_template, path, library)


@pytest.fixture
def sqlite_url(prepared, tmp_path):
    return f"sqlite:///{shutil.copy(prepared[0], tmp_path / 'dpa.sqlite')}"


@pytest.fixture(autouse=True)
def clock(app, monkeypatch):
    fast(monkeypatch)
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], clock=lambda: NOW)


@pytest.fixture
def account(app, library):
    """The house's bank details are known."""
    with app.app_context():
        house_account(session(), library)


@pytest.fixture
def ids(prepared):
    return prepared[1]


@pytest.fixture
def finance(as_role):
    browser = as_role("finance")
    browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return browser


@pytest.fixture
def waiting(app, ids):
    """What a client has in progress, by the service."""

    def found(name, until=TODAY):
        with app.app_context():
            return work_in_progress.of_clients(session(), TODAY, [ids[name]], until=until)[0]

    return found


@pytest.fixture
def draft(app, ids):
    """A draft of a client: its row, and the address of its page."""

    def made(name="plain"):
        with app.app_context():
            row = drafted(session(), ids[name])
        return row, f"/drafts/{row.id}"

    return made


def plain(text):
    """What a page says, without its tags."""
    return re.sub(r"[ \n]+", " ", html.unescape(re.sub(r"<[^>]*>", " ", text)))


def hidden(page, action, name):
    """A hidden field of the form that goes to an address."""
    form = re.search(rf'action="{action}".*?</form>', page, re.DOTALL)[0]
    return re.search(rf'name="{name}" value="([^"]*)"', form)[1]


def test_every_reader_sees_every_page_and_only_finance_has_buttons(as_role, draft, ids):
    _row, path = draft("free")
    pages = ["/work-in-progress", f"/work-in-progress?{'until=2026-11-23'}&q=Bak", f"/work-in-progress/{ids['plain']}?until=2026-11-23", "/drafts",
             path, "/work-in-progress?until=nonsense"]  # fmt: skip
    for role in ("legal", "finance", "dpo", "admin"):
        browser = as_role(role)
        for page in pages:
            answer = browser.get(page)
            assert answer.status_code == 200, (role, page, answer.text[:400])
            assert answer.text.count("<h1") == 1, page
            assert "style=" not in answer.text, page
            assert ('method="post"' in answer.text.partition("<main")[2]) == (role in ("finance", "admin")), (role, page)
    assert as_role("sales").get("/work-in-progress").status_code == 403


def test_figures_are_those_of_the_day_and_of_the_draft(finance, waiting, draft, ids):
    row, early = waiting("plain"), waiting("plain", TODAY.replace(month=10, day=31))
    assert 0 < early.minutes < row.minutes
    late = plain(finance.get(f"/work-in-progress/{ids['plain']}?until={TODAY}").text)
    for figure in (as_money(row.net), as_hours(row.minutes), as_hours(row.logged)):
        assert figure in late, figure
    whole = plain(finance.get("/work-in-progress").text)  # the end of last month is what is shown first
    assert as_money(early.net) in whole
    assert as_money(row.net) not in whole
    free = plain(finance.get(f"/work-in-progress/{ids['free']}?until={TODAY}").text)
    assert f"{as_hours(60)}: free hours of the year" in free
    made, _path = draft()
    assert abs(made.net - row.net) < Decimal("0.05")
    assert ids["plain"] not in re.findall(
        r"/work-in-progress/([0-9a-f]+)/draft", finance.get(f"/work-in-progress?until={TODAY}").text
    )


def test_a_draft_is_made_once_however_often_the_form_is_sent(finance, ids):
    page = finance.get(f"/work-in-progress?until={TODAY}").text
    action = f"/work-in-progress/{ids['plain']}/draft"
    sent = UNTIL | {"key": hidden(page, action, "key")}
    first, again = finance.post(action, data=sent), finance.post(action, data=sent)
    assert first.location.startswith("/drafts/")
    assert again.location == first.location
    other = finance.post(action, data=UNTIL | {"key": "another"})
    assert other.location.startswith(f"/work-in-progress/{ids['plain']}")
    assert "Nothing to charge" in finance.get(other.location).text
    assert finance.post(action, data=UNTIL | {"key": "another", "until": "2026-13-01"}).status_code == 400


def test_everything_that_stops_the_issue_is_told_before_pressing(app, library, as_role, finance, draft, ids):
    _row, path = draft("abroad")
    page = finance.get(path).text
    told = dict(re.findall(r"<li><strong>([^<]*)\.</strong> (.*?)</li>", page, re.DOTALL))
    assert set(told) == {"IBAN of the house", "VAT number of the client", "Electronic address of the client"}
    assert f'action="{path}/issue"' not in page
    for link in re.findall(r'href="([^"]+)"', "".join(told.values())):
        assert finance.get(link).status_code == 200, link
    assert "Sales, legal or an administrator" in told["VAT number of the client"]  # finance may not change a client
    assert f"/clients/{ids['abroad']}/edit" in as_role("admin").get(path).text
    for kind in ("invoice", "timesheet"):
        refused = finance.get(f"{path}/{kind}.pdf")
        assert refused.status_code == 422
        assert "IBAN of the house" in refused.text
    refused = finance.post(f"{path}/issue", data={"version": 1, "key": "k1"})
    assert refused.status_code == 422
    assert "Not issued" in refused.text
    with app.app_context():
        house_account(session(), library)
    page = finance.get(path).text
    assert "IBAN of the house" not in page
    assert "VAT number of the client" in page


def test_issuing_names_the_number_and_happens_once(finance, account, draft):
    row, path = draft()
    page = finance.get(path).text
    sent = {name: hidden(page, f"{path}/issue", name) for name in ("version", "key")}
    pdf = finance.get(f"{path}/invoice.pdf")
    assert pdf.data.startswith(b"%PDF")
    assert pdf.headers["Content-Disposition"].startswith("inline")
    first, again = (finance.post(f"{path}/issue", data=sent) for _ in range(2))
    assert first.location == again.location == f"/invoices/{row.id}"
    assert "Invoice F-2026-0001 is issued." in finance.get(first.location).text
    for address in (path, f"{path}/timesheet.pdf"):
        assert finance.get(address, follow_redirects=True).request.path == f"/invoices/{row.id}"
    late = finance.post(f"{path}/discard", data={"version": sent["version"]})
    assert late.location == first.location
    assert "Somebody issued this draft meanwhile, as F-2026-0001" in finance.get(late.location).text


def test_texts_are_edited_and_amounts_are_not(app, finance, account, draft):
    row, path = draft()
    page = finance.get(path).text
    line = re.search(r'name="texts\.([0-9a-f]+)"', page)[1]
    sent = {f"texts.{line}": "Zoekwerk <b>ZAAK-77</b>", "note": "Uw bestelbon\r\n<4501>", "version": hidden(page, f"{path}/texts", "version"),
            "net": "1.00", "texts.feedbeef": "elders"}  # fmt: skip
    assert finance.post(f"{path}/texts", data=sent).location == path
    page = finance.get(path).text
    assert "Zoekwerk &lt;b&gt;ZAAK-77&lt;/b&gt;" in page
    assert as_money(row.net) in html.unescape(page)
    stale = finance.post(f"{path}/texts", data=sent | {f"texts.{line}": "Andere woorden"})
    assert stale.status_code == 412
    assert ">Andere woorden</textarea>" in stale.text
    assert "<q>Zoekwerk &lt;b&gt;ZAAK-77&lt;/b&gt;</q>" in stale.text
    assert re.search(r'id="issue" hidden', stale.text)  # what was typed would be lost
    version = hidden(stale.text, f"{path}/texts", "version")
    for change, place in (
        ({f"texts.{line}": " "}, f"texts.{line}"),
        ({f"texts.{line}": "a\u202eb"}, f"texts.{line}"),
        ({"note": "x" * 1001}, "note"),
    ):
        wrong = finance.post(f"{path}/texts", data=sent | {"version": version} | change)
        assert wrong.status_code == 422
        assert f'href="#f-{place.replace(".", "-")}"' in wrong.text
        assert f'id="f-{place.replace(".", "-")}"' in wrong.text
        assert "<b>" not in wrong.text.partition("draft-lines")[2].partition("</form>")[0]
    assert (
        finance.post(f"{path}/texts", data=sent | {"version": version, "note": "Gesprek met mevrouw Peeters"}).status_code == 303
    )
    assert "looks like it says who somebody is" in finance.get(path).text
    with app.app_context():
        found = invoicing.get(session(), row.id)
    assert (found.lines[0].text, found.invoice.net) == (sent[f"texts.{line}"], row.net)


def test_discarding_says_what_is_released_and_releases_it(finance, waiting, draft, ids):
    before = waiting("plain")
    _row, path = draft()
    page = finance.get(path).text
    entries = len(re.findall(r"<li>\d+/\d+/\d+: ", page))
    assert f"{entries} entries are released, {as_hours(before.minutes)} in all" in plain(page)
    sent = {"version": hidden(page, f"{path}/discard", "version")}
    gone = finance.post(f"{path}/discard", data=sent)
    assert gone.location.startswith(f"/work-in-progress/{ids['plain']}")
    assert f"{as_hours(before.minutes)} can be charged again" in finance.get(gone.location).text
    assert waiting("plain") == before
    for late in (finance.post(f"{path}/discard", data=sent), finance.post(f"{path}/issue", data=sent | {"key": "late"})):
        assert late.status_code == 409
        assert f"/work-in-progress/{ids['plain']}" in late.text
    assert finance.get("/drafts/" + "0" * 32).status_code == 404


def test_drafts_for_all_are_told_one_by_one_and_never_made_twice(app, finance, account, ids):
    answer = finance.post("/work-in-progress/drafts", data=UNTIL, headers={"Accept": "application/x-ndjson"}, buffered=False)
    lines = (json.loads(piece) for piece in answer.iter_encoded())
    seen = [next(lines)]
    with app.app_context():  # the answer goes out while the work goes on
        assert len(invoicing.listing(session(), state=billing.DRAFT).items) == seen[0]["done"] == 1
    seen += list(lines)
    assert [line.get("done") for line in seen] == [1, 2, 3, None]
    assert {line["total"] for line in seen[:3]} == {len(ids)}
    assert seen[3]["end"]
    assert seen[3]["say"] == "Done: 3 drafts made."
    mended = [line["html"] for line in seen[:3] if "run-later" in line["html"]]
    assert len(mended) == 1
    assert "The client has no VAT number" in mended[0]
    with app.app_context():
        drafts = {row.client_id: row for row in invoicing.listing(session(), state=billing.DRAFT).items}
    assert drafts.keys() == set(ids.values())
    assert all(f'href="/drafts/{row.id}"' in "".join(line["html"] for line in seen) for row in drafts.values())
    page = finance.post("/work-in-progress/drafts", data=UNTIL)
    assert page.mimetype == "text/html"
    assert "Content-Security-Policy" in page.headers
    assert "Done: 0 drafts made." in page.text
    assert page.text.rstrip().endswith("</html>")
    with app.app_context():
        assert len(invoicing.listing(session(), state=billing.DRAFT).items) == len(ids)


def test_a_run_that_breaks_off_says_so_and_goes_on_later(app, monkeypatch, finance, account, ids):
    whole, calls = billing.draft, []

    def breaks(*args, **options):
        calls.append(args)
        if len(calls) == 2:
            raise sa.exc.OperationalError("draft", {}, Exception("the database is away"))
        return whole(*args, **options)

    monkeypatch.setattr(billing, "draft", breaks)
    page = finance.post("/work-in-progress/drafts", data=UNTIL)
    assert "The run broke off after 1." in page.text
    assert "the database is away" not in page.text
    assert page.text.rstrip().endswith("</html>")
    assert "Done: 2 drafts made." in finance.post("/work-in-progress/drafts", data=UNTIL).text
    with app.app_context():
        assert {row.client_id for row in invoicing.listing(session(), state=billing.DRAFT).items} == set(ids.values())


def test_issuing_all_stops_at_none_and_names_every_reason(finance, account, draft):
    made = {name: draft(name)[0] for name in ("abroad", "plain", "free")}
    only = finance.post("/drafts/issue", data={"chosen": "1", "draft": [made["free"].id]}).text
    assert "F-2026-0001" in only
    assert made["plain"].id not in only
    assert finance.post("/drafts/issue", data={"chosen": "1"}).location == "/drafts"
    page = finance.post("/drafts/issue").text
    assert "F-2026-0002" in page
    assert "The client has no VAT number" in plain(page)
    assert f'href="/drafts/{made["abroad"].id}"' in page
    assert "Done: 1 invoice issued." in page
    assert "Done: 0 invoices issued." in finance.post("/drafts/issue").text  # what was issued is not issued again
    listed = finance.get("/drafts").text
    assert set(re.findall(r'name="draft" value="([0-9a-f]+)"', listed)) == {made["abroad"].id}


def raised(path, *kinds):
    """(field, code) of every error of these kinds that a module makes; "[0]" for the number of a line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in kinds:
            given = [ast.unparse(each) if isinstance(each, ast.JoinedStr) else getattr(each, "value", None) for each in node.args]
            yield given


def test_every_code_of_the_check_has_words(app):
    home = Path(invoice_check.__file__).parent
    said = [FieldError(re.sub(r"\{.*?\}|^f'|'$", "[0]", field or "buyer.vat_number"), code, "RAW")
            for field, code, _ in raised(home / "invoice_check.py", "FieldError") if isinstance(code, str)]  # fmt: skip
    said += [FieldError("invoice", code, "RAW") for file in home.glob("*.py") for code, *_ in raised(file, "InvoiceError")]
    assert len(said) > 40
    with app.test_request_context(headers=ENGLISH):
        unknown = trouble_words.sentence(FieldError("x", "NEVER_HEARD_OF", "RAW"))
        for error in said:
            words = trouble_words.sentence(error)
            assert "RAW" not in words, error
            assert words != unknown.replace("NEVER_HEARD_OF", error.code), error
        for name in ("seller", "buyer"):  # what can be empty or hold a wrong sign is called by its name
            for each in fields(getattr(domain, name.capitalize())):
                assert trouble_words.label(f"{name}.{each.name}") or each.name in ("address",), each
