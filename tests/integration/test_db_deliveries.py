"""Payments, sending and accounting on both databases: matched, refused in words, sent once, made again with the same bytes."""

from __future__ import annotations

import csv
import hashlib
import io
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
import time_machine
from click.testing import CliRunner

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.invoices import Delivery
from dpa_service.adapters.export_folder import ExportFolder
from dpa_service.cli import cli
from dpa_service.domain.assistance.communication import printed_communication
from dpa_service.domain.assistance.envelope import Envelope, Refused, Status
from dpa_service.domain.errors import DomainError, RequestInvalid
from dpa_service.services.invoices import (
    accounting_export,
    billing_figures,
    credit_notes,
    deliveries,
    invoice_payments,
    invoicing,
)
from tests.conftest import NOW, TODAY
from tests.support.assistance import FINANCE, approved, fast, issued, request
from tests.support.loopback import Loopback

WHO = {"actor": FINANCE, "now": NOW}
STEP = {**WHO, "today": TODAY}
SQLITE = pytest.mark.parametrize("billed", ["sqlite"], indirect=True)  # what no database decides is tested on one


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    fast(monkeypatch)


@pytest.fixture
def sessions(billed_sessions):
    return billed_sessions


@pytest.fixture
def made(session, library, billed):
    approved(session, request(session, billed.plain).id, 60)
    return issued(session, library, billed.plain)


class Network:
    """An access point in memory, with the faults that the test asks for."""

    channel = "loopback"

    def __init__(self, *, fails=0, refuses=None, unknown=False):
        self.received, self.sends, self.fails, self.refuses, self.unknown = {}, [], fails, refuses, unknown

    def can_receive(self, participant):
        assert participant.startswith("0208:")
        return not self.unknown

    def send(self, envelope):
        self.sends.append(envelope.id)
        if self.refuses:
            raise Refused("SCHEMATRON", self.refuses)
        if self.fails:
            self.fails -= 1
            raise ConnectionError("no answer")
        assert envelope.id not in self.received, "sent twice"
        self.received[envelope.id] = envelope
        return Status("sent", envelope.id)

    def poll(self, remote_id):
        return Status("delivered", remote_id) if remote_id in self.received else None


def sent(session, sender, now=NOW):
    return [(done.number, done.state) for done in deliveries.run(session, sender, actor="system", now=now)]


def delivery(session, made):
    return invoicing.get(session, made.invoice.id).delivery


# ---- payments --------------------------------------------------------------------------------------------------------


@SQLITE
def test_payments_by_hand_move_the_state_and_are_undone(session, made):
    pay = {"paid_on": "2026-11-20", "amount": "100.00"}
    first = invoice_payments.record(session, made.invoice.id, pay, **STEP)
    assert invoicing.get(session, made.invoice.id).left == Decimal("14.95")
    late = invoice_payments.overdue(session, TODAY + timedelta(days=31))
    assert [(row.invoice.number, row.left, row.days) for row in late] == [("F-2026-0001", Decimal("14.95"), 1)]
    invoice_payments.record(session, made.invoice.id, pay | {"amount": "14.95"}, **STEP)
    assert invoicing.get(session, made.invoice.id).invoice.state == "paid"
    assert invoice_payments.overdue(session, TODAY + timedelta(days=31)) == []
    invoice_payments.correct(session, first.id, reason="Andere klant", **WHO)
    after = invoicing.get(session, made.invoice.id)
    assert (after.invoice.state, after.left, len(after.payments)) == ("issued", Decimal("100.00"), 3)
    with pytest.raises(DomainError, match="undone already"):
        invoice_payments.correct(session, first.id, reason="Nog eens", **WHO)
    with pytest.raises(RequestInvalid):
        invoice_payments.record(session, made.invoice.id, pay | {"paid_on": "2026-11-24"}, **STEP)
    credit_notes.credit(session, made.invoice.id, {made.lines[0].id: "all"}, reason="Alles", **STEP)
    invoice_payments.record(session, made.invoice.id, pay | {"amount": "14.95", "refund": True}, **STEP)
    after = invoicing.get(session, made.invoice.id)
    assert (after.invoice.state, after.invoice.paid, after.left) == ("credited", Decimal("0.00"), Decimal("0.00"))


def test_a_statement_is_matched_on_the_communication_and_booked_once(session, made):
    text = (
        "datum;bedrag;mededeling;tegenpartij;rekening;referentie\n"
        f"20/11/2026;114,95;{printed_communication(made.invoice.communication)};Klant;;B1\n"
        "20/11/2026;114,95;factuur 1;Klant;;B2\n"
    ).encode()
    assert [each.state for each in invoice_payments.read(session, text).matches] == ["exact", "unknown"]
    booked = invoice_payments.upload(session, text, **WHO)
    assert (booked.booked, booked.count("exact"), booked.count("unknown")) == (Decimal("114.95"), 1, 1)
    assert invoicing.get(session, made.invoice.id).invoice.state == "paid"
    again = invoice_payments.upload(session, text, **WHO)
    assert (again.booked, [each.state for each in again.matches]) == (Decimal("0.00"), ["seen", "unknown"])
    assert len(invoicing.get(session, made.invoice.id).payments) == 1


# ---- sending ---------------------------------------------------------------------------------------------------------


def test_a_document_goes_out_once_and_is_then_delivered(session, made):
    network = Network()
    assert sent(session, network) == [("F-2026-0001", "sent")]
    assert sent(session, network) == []
    assert [done.state for done in deliveries.poll(session, network, actor="system", now=NOW)] == ["delivered"]
    (envelope,) = network.received.values()
    assert envelope.content == invoicing.document(session, made.invoice.id, "xml").content
    assert delivery(session, made).state == "delivered"


@SQLITE
@pytest.mark.parametrize(("answer", "state"), [("AB", "delivered"), ("RE", "failed")])
def test_an_access_point_takes_it_in_and_its_receiver_answers(session, library, billed, made, answer, state):
    credit_notes.credit(session, made.invoice.id, {made.lines[0].id: 15}, reason="Deel", **STEP)
    point = Loopback()
    assert sorted(sent(session, point)) == [("C-2026-0001", "sent"), ("F-2026-0001", "sent")]
    assert list(deliveries.poll(session, point, actor="system", now=NOW)) == []
    name = delivery(session, made).id
    reasons = [{"code": "REF"}] if answer == "RE" else []
    point.buyer.answer(point.held[name], answer, reasons=reasons)
    assert [(done.number, done.state) for done in deliveries.poll(session, point, actor="system", now=NOW)] == [
        ("F-2026-0001", state)
    ]
    assert bool(delivery(session, made).message) == (state == "failed")
    content = invoicing.document(session, made.invoice.id, "xml").content.replace(b"114.95", b"115.95")
    with pytest.raises(Refused, match="invalid"):
        point.send(Envelope("e9", "i", "F-2026-0009", "0208:1", "0208:2", "", content))


@pytest.mark.parametrize("received", [True, False])
def test_a_worker_killed_between_sending_and_marking_does_not_send_twice(session, made, monkeypatch, received):
    network = Network()

    class Killed(BaseException):
        pass

    def killed(*_, **__):
        raise Killed

    monkeypatch.setattr(deliveries, "_marked" if received else "_handed_over", killed)
    with pytest.raises(Killed):
        sent(session, network)
    monkeypatch.undo()
    assert delivery(session, made).state == "sending"
    assert sent(session, network) == []  # another worker may still be at it
    assert sent(session, network, NOW + deliveries.LEASE) == [("F-2026-0001", "delivered" if received else "sent")]
    assert len(network.sends) == 1


def test_four_workers_at_once_send_nothing_twice(sessions, library, billed):
    with sessions() as session:
        asked = request(session, billed.plain)
        for _ in range(6):
            approved(session, asked.id, 15)
            issued(session, library, billed.plain)
    network, start = Network(), threading.Barrier(4)

    def at_once(_):
        with sessions() as own:
            start.wait()
            return sent(own, network)

    with ThreadPoolExecutor(4) as pool:
        told = [each for worker in pool.map(at_once, range(4)) for each in worker]
    assert sorted(told) == [(f"F-2026-{n:04d}", "sent") for n in range(1, 7)]
    assert len(network.sends) == len(set(network.sends)) == 6


@SQLITE
def test_what_cannot_be_reached_is_tried_again_and_then_told(session, made):
    network, now, states = Network(fails=99), NOW, []
    for _ in range(9):
        states += [state for _, state in sent(session, network, now)]
        now += timedelta(hours=6)
    assert states == ["queued"] * len(deliveries.PAUSES) + ["failed"]
    (trouble,) = deliveries.troubled(session)
    assert (trouble[1], trouble[0].problem) == ("F-2026-0001", "UNREACHABLE")
    network.fails = 0
    deliveries.retry(session, made.invoice.id, actor=FINANCE, now=now)
    assert sent(session, network, now) == [("F-2026-0001", "sent")]
    with pytest.raises(DomainError, match="only one that failed"):
        deliveries.retry(session, made.invoice.id, actor=FINANCE, now=now)


@SQLITE
def test_a_refusal_is_kept_in_words(session, made):
    assert sent(session, Network(refuses="BR-16: geen lijnen")) == [("F-2026-0001", "failed")]
    assert delivery(session, made).message == "BR-16: geen lijnen"
    deliveries.retry(session, made.invoice.id, **WHO)
    assert sent(session, Network(unknown=True)) == [("F-2026-0001", "failed")]
    assert (delivery(session, made).problem, "electronic address" in delivery(session, made).message) == ("NO_RECEIVER", True)


@SQLITE
def test_the_command_exports_into_a_folder(session, made, billed, tmp_path, monkeypatch):
    monkeypatch.setenv("DPA_DATABASE_URL", billed.url)
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        told = CliRunner().invoke(cli, ["send", "--folder", str(tmp_path / "out")], catch_exceptions=False)
    assert (told.exit_code, told.output) == (0, "F-2026-0001  exported\n")
    assert (tmp_path / "out" / "F-2026-0001.xml").read_bytes() == invoicing.document(session, made.invoice.id, "xml").content
    assert CliRunner().invoke(cli, ["send", "--folder", str(tmp_path / "out")]).output == ""


def test_the_export_folder_writes_whole_files_and_never_over_another(tmp_path):
    def envelope(content, name="e1", number="F-2026-0001"):
        return Envelope(name, "i", number, "0208:1", "0208:2", hashlib.sha256(content).hexdigest(), content)

    folder = ExportFolder(tmp_path / "out")
    assert folder.poll("e1") is None
    for _ in range(2):
        assert folder.send(envelope(b"<a/>")).state == "exported"
    (tmp_path / "out" / "F-2026-0001.xml").unlink()  # somebody took it away
    assert folder.send(envelope(b"<a/>")).state == "exported"
    assert not (tmp_path / "out" / "F-2026-0001.xml").exists()
    assert folder.poll("e1").state == "exported"
    with pytest.raises(Refused, match="before with another content"):
        folder.send(envelope(b"<b/>"))
    (tmp_path / "out" / "F-2026-0002.xml").write_bytes(b"<a/>")  # cut off before it was marked
    assert folder.send(envelope(b"<a/>", "e2", "F-2026-0002")).state == "exported"
    (tmp_path / "out" / "F-2026-0003.xml").write_bytes(b"<other/>")
    with pytest.raises(Refused, match="already with another content"):
        folder.send(envelope(b"<a/>", "e3", "F-2026-0003"))
    with pytest.raises(Refused, match="name of a file"):
        folder.send(envelope(b"<a/>", "e4", "../F"))
    assert sorted(path.name for path in (tmp_path / "out").glob("*")) == [".sent", "F-2026-0002.xml", "F-2026-0003.xml"]


# ---- accounting ------------------------------------------------------------------------------------------------------


def test_accounting_receives_each_document_once_and_the_same_bytes_again(session, made):
    credit_notes.credit(session, made.invoice.id, {made.lines[0].id: 15}, reason="Deel", **STEP)
    month = date(2026, 11, 1), date(2026, 11, 30)
    assert [each.again for each in accounting_export.candidates(session, *month)] == [False, False]
    export = accounting_export.make(session, *month, key="x", **WHO)
    assert accounting_export.make(session, *month, key="x", **WHO).id == export.id
    first = accounting_export.download(session, export.id)
    assert accounting_export.download(session, export.id) == first
    with zipfile.ZipFile(io.BytesIO(first.content)) as archive:
        assert archive.namelist() == ["ubl/C-2026-0001.xml", "ubl/F-2026-0001.xml", "btw.csv"]
        assert archive.read("ubl/F-2026-0001.xml") == invoicing.document(session, made.invoice.id, "xml").content
    text = accounting_export.download(session, export.id, "csv").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert [(row["nummer"], row["maatstaf"], row["btw"], row["bij factuur"]) for row in rows] == [
        ("C-2026-0001", "-23,75", "-4,99", "F-2026-0001"),
        ("F-2026-0001", "95,00", "19,95", ""),
    ]
    with pytest.raises(RequestInvalid):
        accounting_export.make(session, *month, **WHO)
    again = accounting_export.make(session, *month, again=True, **WHO)
    assert again.documents == 2
    assert "ja" in accounting_export.download(session, again.id, "csv").content.decode("utf-8-sig")
    assert [row.id for row in accounting_export.listing(session).items] != []


def test_figures_tell_hours_revenue_and_what_was_not_charged(session, library, billed, made):
    credit_notes.credit(session, made.invoice.id, {made.lines[0].id: 30}, reason="Deel", **STEP)
    approved(session, request(session, billed.dealt, "alert").id, 50)
    approved(session, request(session, billed.dealt).id, 20)
    told = billing_figures.figures(session, date(2026, 11, 1), date(2026, 11, 30))
    whole = told.whole
    assert (whole.raw, whole.billed, whole.invoiced, whole.unbilled) == (130, 150, 30, 30)
    assert (whole.free, whole.revenue, whole.share_not_charged) == (
        {"duty_free": 60, "allowance": 30},
        Decimal("47.50"),
        Decimal("0.600"),
    )
    assert {name: sums.raw for name, sums in told.duties.items()} == {"alert": 50, "dsr": 80}
    assert {name: sums.revenue for name, sums in told.clients.items()} == {
        billed.plain: Decimal("47.50"),
        billed.dealt: Decimal("0.00"),
    }
    assert list(told.months) == ["2026-11"]
    assert set(told.names) == {billed.plain, billed.dealt}
    with reading(session):
        assert session.scalar(sa.select(sa.func.count()).select_from(Delivery)) == 2
