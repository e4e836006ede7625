"""The rest of finance: sending, accounting, figures, settings, one client, and what of it waits on the start page."""

from __future__ import annotations

import csv
import hashlib
import html
import io
import json
import re
import shutil
import zipfile
from dataclasses import replace
from decimal import Decimal

import pytest
import time_machine
from click.testing import CliRunner

from dpa_service.adapters.db.engine import make_engine, make_sessions, writing
from dpa_service.cli import cli
from dpa_service.config import Config, ConfigInvalid
from dpa_service.domain.assistance.assistance import REASONS
from dpa_service.domain.assistance.envelope import Refused
from dpa_service.domain.errors import RequestInvalid
from dpa_service.resources import examples_dir
from dpa_service.services.invoices import billing_figures, deliveries, invoice_parties, invoicing
from dpa_service.serving.runtime import EXTENSION, runtime, session
from dpa_service.web.invoices import figures_words
from dpa_service.web.shell import as_hours, as_money
from tests.conftest import NOW, TODAY
from tests.support.assistance import (
    FINANCE,
    approved,
    bound_client,
    drafted,
    fast,
    house_account,
    issued,
    minutes,
    request,
)
from tests.support.invoices import NUMBER, SELLER, enterprise_number

pytestmark = pytest.mark.usefixtures("plain_documents")
ENGLISH = {"Accept-Language": "en"}
WHO = {"actor": FINANCE, "now": NOW}
NOVEMBER = {"from": "2026-11-01", "until": "2026-11-30"}


@pytest.fixture(scope="module")
def prepared(sqlite_template, tmp_path_factory, library):
    """Two clients: `plain` with an invoice and a draft, `free` with an hour free a year, alerts not billable, and two invoices."""
    path = tmp_path_factory.mktemp("finance") / "dpa.sqlite"
    shutil.copy(sqlite_template, path)
    engine = make_engine(f"sqlite:///{path}")
    made = {}
    with pytest.MonkeyPatch.context() as patch, make_sessions(engine)() as work:
        fast(patch)
        for name in ("render_docx", "render_pdf"):
            patch.setattr(f"dpa_service.services.agreements.issuing.{name}", lambda snapshot: json.dumps(snapshot).encode())
        patch.setattr("dpa_service.services.agreements.issuing.content_hash", lambda content: "0" * 64)
        house_account(work, library)
        terms = {"assistance_free_hours": 1, "billable_alert": False}
        for name, file, own in (("plain", "bakkerij", {}), ("free", "energie", terms)):
            data = json.loads((examples_dir() / f"voorbeeld-{file}.json").read_text(encoding="utf-8"))
            data.pop("reference", None)
            made[name] = bound_client(work, library, data, **own)
            asked = request(work, made[name])
            approved(work, asked.id, 95)
            made[f"{name}_invoice"] = issued(work, library, made[name]).invoice.id
            approved(work, asked.id, 50, "2026-10-05")
            minutes(work, asked.id, 40)
        approved(work, request(work, made["free"], "alert", subject="Melding").id, 20)
        made["second"] = issued(work, library, made["free"]).invoice.id
        made["draft"] = drafted(work, made["plain"]).id
    with engine.connect() as connection:
        connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path, made


@pytest.fixture
def sqlite_url(prepared, tmp_path):
    return f"sqlite:///{shutil.copy(prepared[0], tmp_path / 'dpa.sqlite')}"


@pytest.fixture
def made(prepared):
    return prepared[1]


@pytest.fixture(autouse=True)
def clock(app, monkeypatch):
    fast(monkeypatch)
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], clock=lambda: NOW)


@pytest.fixture
def finance(as_role):
    return as_role("finance")


@pytest.fixture
def folder(app, tmp_path):
    """The folder of the settings."""
    found = app.extensions[EXTENSION]
    app.extensions[EXTENSION] = replace(found, config=replace(found.config, export_folder=tmp_path / "uit"))
    return tmp_path / "uit"


class Network:
    """An access point that refuses everything."""

    channel = "loopback"

    def __init__(self, code="SCHEMATRON", words="[BR-01] <missing> & wrong"):
        self.code, self.words = code, words

    def can_receive(self, participant):
        return self.code != "NO_RECEIVER"

    def send(self, envelope):
        raise Refused(self.code, self.words)

    def poll(self, remote_id):
        return None


def text_of(answer):
    """The words of a page, without its tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def refused(app, code="SCHEMATRON"):
    with app.app_context():
        return [done.number for done in deliveries.run(session(), Network(code), **WHO)]


def number_of(app, invoice_id):
    with app.app_context():
        return invoicing.get(session(), invoice_id).invoice.number


def test_every_reader_sees_the_pages_and_only_finance_may_act(as_role, made, folder):
    client = f"/billing/clients/{made['plain']}"
    for role in ("legal", "finance", "dpo", "admin"):
        browser, bills = as_role(role), role in ("finance", "admin")
        for path in ("/sending", "/figures/assistance", client, "/figures/assistance.csv"):
            assert browser.get(path).status_code == 200, (role, path)
        for path in ("/accounting", "/invoices/settings"):
            assert browser.get(path).status_code == (200 if bills else 403), (role, path)
        pages = browser.get("/sending").text + browser.get(client).text
        assert ('action="/sending/export"' in pages, f'action="{client}"' in pages) == (bills, bills)
        assert "style=" not in pages
    assert as_role("sales").get(client).status_code == 403


def test_a_refusal_is_told_in_words_and_sent_again(app, finance, made, folder):
    numbers = refused(app)
    assert len(numbers) == 3
    page = finance.get("/sending", headers=ENGLISH)
    words = text_of(page)
    assert "3 documents were refused" in words
    assert "breaks a rule for e-invoices" in words
    assert "[BR-01] <missing> & wrong" in words  # the network's own words, quoted and escaped
    assert "SCHEMATRON" not in words
    first = made["plain_invoice"]
    assert finance.post(f"/sending/{first}/retry").status_code == 303
    late = finance.post(f"/sending/{first}/retry", headers=ENGLISH)
    assert (late.status_code, "not refused any more" in text_of(late)) == (409, True)
    assert finance.post(f"/sending/{'0' * 32}/retry").status_code == 404
    assert finance.post("/sending/retry").status_code == 303
    assert "were refused" not in text_of(finance.get("/sending", headers=ENGLISH))
    sent = finance.post("/sending/export")
    assert sent.status_code == 303
    result = re.search(r'id="h-run">.*?</table>', finance.get(sent.location).text, re.DOTALL)[0]
    assert [number in result for number in numbers] == [True] * 3
    assert result.count("sending-exported") == 3
    assert {file.stem for file in folder.glob("*.xml")} == set(numbers)
    assert "run=" not in finance.post("/sending/export").location  # nothing waits any more, and nothing went twice


@pytest.mark.parametrize("code", ["NO_RECEIVER", "REJECTED", "A-CODE-OF-ITS-OWN"])
def test_every_refusal_says_what_to_do(app, finance, code):
    refused(app, code)
    said = text_of(finance.get("/sending?state=failed", headers=ENGLISH))
    assert said.count("What to do:") == 3
    assert ("A-CODE-OF-ITS-OWN" in said) == (code == "A-CODE-OF-ITS-OWN")


def test_a_try_that_failed_waits_and_no_folder_means_no_button(app, finance, made):
    with app.app_context():
        for _ in deliveries.run(session(), type("Away", (Network,), {"send": lambda *_: 1 / 0})(), **WHO):
            pass
    page = finance.get("/sending?state=queued", headers=ENGLISH)
    assert "1 try, the next one from" in text_of(page)
    assert "refusals" not in page.text
    assert "/sending/export" not in page.text
    assert "DPA_EXPORT_FOLDER" in page.text
    assert finance.post("/sending/export").status_code == 404
    for address in ("/sending?run=x", "/sending?run=2026-11-23T09:30:00", "/sending?state=x"):
        assert finance.get(address).status_code == 200


def test_an_export_holds_what_was_not_exported_before(app, finance, made):
    page = finance.get("/accounting", headers=ENGLISH)
    assert "Issued from 1/10/2026 to 31/10/2026" in text_of(page)
    assert "No invoice or credit note is dated in this period" in text_of(page)
    with app.app_context():
        rows = [invoicing.get(session(), made[name]).invoice for name in ("plain_invoice", "free_invoice", "second")]
    net, tax = (sum((getattr(row, name) for row in rows), Decimal(0)) for name in ("net", "tax"))
    november = finance.get("/accounting", query_string=NOVEMBER, headers=ENGLISH)
    for amount in (net, tax, net + tax):
        assert as_money(amount) in november.text
    form = NOVEMBER | {"key": "0123456789abcdef"}
    first, twice = (finance.post("/accounting", data=form) for _ in range(2))
    assert first.location == twice.location
    after = finance.get("/accounting", query_string=NOVEMBER, headers=ENGLISH)
    files = re.findall(r'href="(/accounting/[0-9a-f]{32}\.(?:zip|csv))"', after.text)
    assert len(files) == 2  # the same key made one export
    assert after.text.count("exported before</span>") == 3
    none = finance.post("/accounting", data=NOVEMBER | {"key": "b"}, headers=ENGLISH)
    assert (none.status_code, "Nothing in this period waits" in text_of(none)) == (422, True)
    archive = finance.get(files[0]).data
    assert hashlib.sha256(archive).hexdigest() in after.text
    assert finance.get(files[0]).data == archive
    names = {row.number for row in rows}
    assert set(zipfile.ZipFile(io.BytesIO(archive)).namelist()) == {f"ubl/{name}.xml" for name in names} | {"btw.csv"}
    again = finance.post("/accounting", data=NOVEMBER | {"key": "c", "again": "true"})
    assert again.status_code == 303
    assert finance.get("/accounting").text.count(".zip") == 2
    assert finance.post("/accounting", data=form | {"until": "2026-11-29"}).status_code == 409  # the key of another form
    for wrong in ({"from": "x"}, {"from": "2026-11-30", "until": "2026-11-01"}, {"from": "1900-01-01"}):
        assert finance.post("/accounting", data=NOVEMBER | wrong).status_code == 422
        assert finance.get("/accounting", query_string=NOVEMBER | wrong).status_code == 200
    assert finance.get(f"/accounting/{'0' * 32}.zip").status_code == 404


def test_the_figures_are_those_of_the_service_on_the_page_and_in_the_file(app, finance, made):
    with app.app_context():
        first, last = TODAY.replace(month=10, day=1), TODAY
        found = billing_figures.figures(session(), first, last)
        both = billing_figures.with_allowances(session(), first, last, TODAY)
        assert both == (found, billing_figures.allowances(session(), TODAY.year, TODAY))
        one, mine = billing_figures.with_allowances(session(), first, last, TODAY, client_id=made["free"])
        assert (one.whole, mine) == (found.clients[made["free"]], both[1])
    asked = {"from": first.isoformat(), "until": last.isoformat()}
    page = finance.get("/figures/assistance", query_string=asked, headers=ENGLISH)
    words = page.text
    assert words.count("<svg") >= 5
    for sums in (found.whole, *found.duties.values(), *found.clients.values(), *found.months.values()):
        for cell in (as_hours(sums.raw), as_hours(sums.billed), as_hours(sums.invoiced), as_money(sums.revenue)):
            assert cell in words
    assert set(found.whole.free) == {"allowance", "duty_free"}
    assert all(str(figures_words.REASONS[reason]) in words for reason in found.whole.free)
    assert set(REASONS) == set(figures_words.REASONS) == set(figures_words.REASON_HELP)
    free = re.search(r'id="h-allowance".*?</section>', words, re.DOTALL)[0]
    assert as_hours(60) in free
    assert "1/1/2027" in free
    answer = finance.get("/figures/assistance.csv", query_string=asked, headers=ENGLISH)
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == 2 + len(found.duties) + len(found.clients) + len(found.months)
    assert rows[-1][2:4] == [str(found.whole.raw), str(found.whole.billed)]
    assert rows[-1][-1] == str(found.whole.revenue).replace(".", ",")
    one = finance.get("/figures/assistance", query_string=asked | {"client": made["plain"]}, headers=ENGLISH).text
    assert as_money(found.clients[made["plain"]].revenue) in one
    assert str(figures_words.REASONS["duty_free"]) not in one
    nothing = finance.get("/figures/assistance?from=2025-01-01&until=2025-02-01", headers=ENGLISH)
    assert "Choose another period or client" in text_of(nothing)
    assert "/figures/assistance.csv" not in nothing.text
    assert finance.get(f"/figures/assistance?client={'0' * 32}").status_code == 404


def test_no_cell_of_the_file_is_a_formula(app, finance, made):
    with app.app_context(), writing(session()) as work:
        work.get_one(billing_figures.Client, made["plain"]).name = '=HYPERLINK("x")'
    rows = csv.reader(io.StringIO(finance.get("/figures/assistance.csv").data.decode("utf-8-sig")), delimiter=";")
    assert '\'=HYPERLINK("x")' in {row[1] for row in rows}


def test_without_an_account_every_page_says_so_until_it_is_filled_in(app, finance, as_role):
    form = {
        "iban": "",
        "bic": "",
        "version": re.search(r'name="version" value="(\d+)"', finance.get("/invoices/settings").text)[1],
    }
    empty = finance.post("/invoices/settings", data=form)
    assert empty.status_code == 422
    wrong = finance.post("/invoices/settings", data=form | {"iban": SELLER.iban[:-1] + "0", "bic": "X", "email": "x", "contact": "Iemand", "estimate_approval_from": "veel"})  # fmt: skip
    assert wrong.status_code == 422
    for name in ("iban", "bic", "email", "estimate_approval_from"):
        assert f'id="f-{name}-error"' in wrong.text
    assert 'value="Iemand"' in wrong.text
    other = finance.post("/invoices/settings", data=form | {"iban": SELLER.iban, "vat_number": f"BE{enterprise_number(9990001)}"})
    assert (other.status_code, 'id="f-vat_number-error"' in other.text) == (422, True)
    right = form | {"iban": f" {SELLER.iban[:4]} {SELLER.iban[4:]}", "bic": "gkccbebb", "estimate_approval_from": "1.250,00"}
    assert finance.post("/invoices/settings", data=right).status_code == 303
    with app.app_context():
        kept, _ = invoice_parties.bank_details(session(), runtime().library)
    assert kept == {"iban": SELLER.iban, "bic": "GKCCBEBB", "estimate_approval_from": "1250.00"}
    page = finance.get("/invoices/settings").text
    assert "1.250,00" in page
    late = finance.post("/invoices/settings", data=right | {"bic": "KREDBEBB"}, headers=ENGLISH)
    assert late.status_code == 412
    assert 'value="KREDBEBB"' in late.text  # what was typed stays beside what somebody else saved
    assert "GKCCBEBB" in late.text
    assert "changed the profile of the house meanwhile" in text_of(late)


def test_the_missing_account_is_told_to_who_can_fill_it_in(app, as_role, monkeypatch):
    monkeypatch.setattr("dpa_service.web.invoices.base.invoice_parties.bank_details", lambda *_: ({}, 0))
    said = {role: "bank account of the house is missing" in as_role(role).get("/sending", headers=ENGLISH).text
            for role in ("finance", "admin", "legal")}  # fmt: skip
    assert said == {"finance": True, "admin": True, "legal": False}


def test_a_client_as_finance_looks_at_it(app, finance, made):
    page = finance.get(f"/billing/clients/{made['free']}", headers=ENGLISH)
    words = text_of(page)
    for number in (number_of(app, made["free_invoice"]), number_of(app, made["second"])):
        assert number in words
    with app.app_context():
        left = [invoicing.get(session(), made[name]).left for name in ("free_invoice", "second")]
    assert as_money(sum(left)) in page.text
    assert "Instruction alert – deviation" in words
    assert "#h-deviations" in page.text
    assert "0 u 00 1 u 00 used of 1 u 00" in words  # free time left in the year
    assert finance.get(f"/billing/clients/{'0' * 32}").status_code == 404
    assert "would be refused" not in words
    with app.app_context():
        client = invoicing.get(session(), made["free_invoice"]).client
        with writing(session()) as work:
            row = work.get_one(billing_figures.Client, client.id)
            row.data = {name: value for name, value in row.data.items() if name not in ("enterprise_number", "vat_number")}
    assert "has no VAT number" in text_of(finance.get(f"/billing/clients/{made['free']}", headers=ENGLISH))


def test_what_a_client_wants_on_its_invoices(app, finance, made):
    path = f"/billing/clients/{made['plain']}"
    seen = re.search(r'name="seen" value="([^"]+)"', finance.get(path).text)[1]
    form = {"seen": seen, "reference": "Inkoop 7", "email": "", "endpoint.scheme": "", "endpoint.value": ""}
    bad = enterprise_number(4270739)[:-1] + "0"
    for change, field in (
        ({"endpoint.scheme": "0208", "endpoint.value": bad}, "endpoint-value"),
        ({"endpoint.scheme": "0208"}, "endpoint-value"),
        ({"endpoint.value": NUMBER}, "endpoint-scheme"),
        ({"endpoint.scheme": "9925", "endpoint.value": f"BE{NUMBER}"}, "endpoint-scheme"),  # not for a Belgian client
        ({"email": "geen adres"}, "email"),
    ):
        answer = finance.post(path, data=form | change)
        assert answer.status_code == 422
        assert f'id="f-{field}-error"' in answer.text
        assert 'value="Inkoop 7"' in answer.text
    address = {"endpoint.scheme": "0208", "endpoint.value": f"{NUMBER[:4]}.{NUMBER[4:7]}.{NUMBER[7:]}"}
    assert finance.post(path, data=form | address).status_code == 303
    with app.app_context():
        kept = invoice_parties.profile(session(), made["plain"])
    assert (kept.reference, kept.endpoint_scheme, kept.endpoint_value) == ("Inkoop 7", "0208", NUMBER)
    late = finance.post(path, data=form | {"reference": "Inkoop 8"}, headers=ENGLISH)
    assert (late.status_code, 'value="Inkoop 8"' in late.text, "Inkoop 7" in late.text) == (412, True, True)
    later = re.search(r'name="seen" value="([^"]+)"', late.text)[1]
    assert later != seen
    assert finance.post(path, data=form | {"seen": later, "reference": "Inkoop 8"}).status_code == 303


def test_a_dutch_client_has_an_address_of_its_own_register(app, made):
    with app.app_context():
        with writing(session()) as work:
            row = work.get_one(billing_figures.Client, made["plain"])
            row.data = row.data | {"address": row.data["address"] | {"country": "NL"}}
        kept = [
            invoice_parties.save_profile(session(), made["plain"], {"endpoint": {"scheme": scheme, "value": value}}, **WHO).endpoint_value
            for scheme, value in (("0106", "12345678"), ("9944", "NL999999023B01"), ("9925", f"BE{NUMBER}"))
        ]  # fmt: skip
        assert kept == ["12345678", "NL999999023B01", f"BE{NUMBER}"]
        for scheme, value in (("0106", "1234567"), ("9944", f"BE{NUMBER}"), ("9944", "NL999999024B01")):
            with pytest.raises(RequestInvalid) as trouble:
                invoice_parties.save_profile(session(), made["plain"], {"endpoint": {"scheme": scheme, "value": value}}, **WHO)
            assert [each.field for each in trouble.value.errors] == ["endpoint.value"]


def test_the_start_page_says_what_waits(app, as_role, made):
    refused(app)
    shown = {role: text_of(as_role(role).get("/", headers=ENGLISH)) for role in ("finance", "legal", "sales")}
    waits = {role: ("2 entries wait for your approval" in words, "1 draft to issue" in words, "3 documents were refused" in words)
             for role, words in shown.items()}  # fmt: skip
    assert waits == {"finance": (True, True, True), "legal": (True, False, False), "sales": (False, False, False)}
    with app.app_context(), writing(session()) as work:
        row = work.get_one(billing_figures.Invoice, made["plain_invoice"])
        row.due_date = TODAY.replace(day=1)
    assert "1 invoice is overdue" in text_of(as_role("admin").get("/", headers=ENGLISH))


def test_the_command_uses_the_folder_of_the_settings(sqlite_url, tmp_path, monkeypatch):
    monkeypatch.setenv("DPA_DATABASE_URL", sqlite_url)
    nowhere = CliRunner().invoke(cli, ["send"])
    assert nowhere.exit_code == 2
    assert "DPA_EXPORT_FOLDER" in nowhere.output
    with pytest.raises(ConfigInvalid, match="DPA_EXPORT_FOLDER"):
        Config(export_folder=tmp_path / "dpa.sqlite")  # a file
    monkeypatch.setenv("DPA_EXPORT_FOLDER", str(tmp_path / "uit"))
    with time_machine.travel(NOW, tick=False):
        assert CliRunner().invoke(cli, ["send"]).exit_code == 0
    assert len(list((tmp_path / "uit").glob("*.xml"))) == 3
