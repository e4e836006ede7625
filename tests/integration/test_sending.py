"""Documents leave the house: the export folder, an access point on this machine, and the files of accounting."""

from __future__ import annotations

import csv
import io
import threading
import zipfile
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from dpa_service.adapters.accounting_export import COLUMNS, Exported, accounting_zip
from dpa_service.adapters.sending import DELIVERED, EXPORTED, FAILED, SENT, Envelope, ExportFolder, NotSent
from dpa_service.adapters.ubl import write
from dpa_service.domain.crediting import make_credit_note
from dpa_service.domain.invoicing import Endpoint, Invoice
from tests.support.invoices import DOMESTIC, DUTCH, SELLER, invoice
from tests.support.loopback import Loopback, loopback


def envelope(document: Invoice | None = None, name: str = "envelope-1") -> Envelope:
    made = document or invoice()
    receiver = made.buyer.electronic_address
    assert receiver is not None
    return Envelope(name, made.number, SELLER.endpoint, receiver, write(made))


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


# ---- the folder ------------------------------------------------------------------------------------------------------


def test_the_folder_holds_the_document_and_the_same_again_changes_nothing(tmp_path: Path) -> None:
    sender, sent = ExportFolder(tmp_path / "new" / "out"), envelope()
    first = sender.send(sent)
    path = tmp_path / "new" / "out" / "F2026-0001.xml"
    before = path.stat()
    assert first.state == EXPORTED
    assert sender.send(sent) == first == sender.poll(first.remote_id)
    assert path.read_bytes() == sent.content
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    assert names(path.parent) == [path.name]


def test_other_bytes_under_one_number_are_refused_and_the_first_stay(tmp_path: Path) -> None:
    sender, sent = ExportFolder(tmp_path), envelope()
    sender.send(sent)
    with pytest.raises(NotSent) as refused:
        sender.send(replace(sent, content=sent.content + b" "))
    assert (refused.value.code, refused.value.again) == ("OTHER_BYTES", False)
    assert (tmp_path / "F2026-0001.xml").read_bytes() == sent.content
    assert len(names(tmp_path)) == 1


@pytest.mark.parametrize("number", ["../F1", "F/1", "", ".F1", "F 1", "F" * 80, "F1\n", "F1\0"])
def test_a_number_that_is_no_file_name_is_refused(tmp_path: Path, number: str) -> None:
    with pytest.raises(NotSent) as refused:
        ExportFolder(tmp_path).send(replace(envelope(), number=number))
    assert refused.value.code == "NAME"
    assert names(tmp_path) == []


def test_a_folder_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(NotSent) as refused:
        ExportFolder(tmp_path / "file").send(envelope())
    assert (refused.value.code, refused.value.again) == ("FOLDER", True)


def test_eight_senders_at_once_leave_one_whole_document(tmp_path: Path) -> None:
    sender, contents = ExportFolder(tmp_path), [envelope().content + b" " * n for n in range(8)]
    outcomes: list[str] = []

    def send(content: bytes) -> None:
        try:
            outcomes.append(sender.send(replace(envelope(), content=content)).state)
        except NotSent as refused:
            outcomes.append(refused.code)

    threads = [threading.Thread(target=send, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == sorted([EXPORTED] + ["OTHER_BYTES"] * 7)
    assert (tmp_path / "F2026-0001.xml").read_bytes() in contents
    assert len(names(tmp_path)) == 1


# ---- the access point ------------------------------------------------------------------------------------------------


def test_an_access_point_takes_the_document_once_and_says_what_became_of_it() -> None:
    with loopback() as access_point:
        sent = envelope()
        assert access_point.can_receive(sent.receiver)
        assert not access_point.can_receive(Endpoint("9999", "1"))
        receipt = access_point.send(sent)
        assert access_point.send(sent) == receipt
        assert access_point.poll(receipt.remote_id).state == SENT
        access_point.respond(receipt.remote_id, "AB")
        assert access_point.poll(receipt.remote_id).state == DELIVERED


def test_a_refusal_reaches_finance_in_words() -> None:
    with loopback() as access_point:
        receipt = access_point.send(envelope(invoice(buyer=DUTCH)))
        access_point.respond(receipt.remote_id, "RE", "Bestelnummer onbekend")
        polled = access_point.poll(receipt.remote_id)
        assert polled.state == FAILED
        assert "Bestelnummer onbekend" in (polled.message or "")
        with pytest.raises(NotSent) as refused:
            access_point.send(envelope(replace(invoice(), buyer=replace(DOMESTIC, reference=None)), "envelope-2"))
        assert "PEPPOL-EN16931-R003" in refused.value.message
        assert not refused.value.again


def test_an_access_point_that_is_away_is_tried_again() -> None:
    with pytest.raises(NotSent) as refused:
        Loopback("http://127.0.0.1:9").send(envelope())
    assert (refused.value.code, refused.value.again) == ("UNREACHABLE", True)


# ---- accounting ------------------------------------------------------------------------------------------------------


def test_accounting_receives_the_files_and_figures_that_add_up() -> None:
    made = invoice([50, 20])
    back = make_credit_note(
        made,
        {line.id: line.minutes for line in made.lines},
        before={},
        number="C2026-00001",
        issue_date=date(2026, 12, 1),
        reason="dubbel",
    ).document
    abroad = replace(invoice(buyer=DUTCH), number="F2026-0002")
    held = [Exported(back, write(back)), Exported(made, write(made), again=True), Exported(abroad, write(abroad))]
    content = accounting_zip(held)
    assert accounting_zip(reversed(held)) == content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        for each in held:
            assert archive.read(f"ubl/{each.document.number}.xml") == each.xml
        rows = list(csv.DictReader(io.StringIO(archive.read("btw.csv").decode("utf-8-sig")), delimiter=";"))
    assert tuple(rows[0]) == COLUMNS
    assert [(row["nummer"], row["btw-categorie"], row["eerder geëxporteerd"]) for row in rows] == [
        ("C2026-00001", "S", "nee"), ("F2026-0001", "S", "ja"), ("F2026-0002", "AE", "nee"),
    ]  # fmt: skip
    for column in ("maatstaf", "btw", "totaal"):
        assert sum(Decimal(row[column].replace(",", ".")) for row in rows[:2]) == 0
    assert rows[0]["bij factuur"] == made.number
