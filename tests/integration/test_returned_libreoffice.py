"""Files that LibreOffice saved: opened and saved again, nothing is found; edited in it through its own interface, exactly the edits are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dpa_service.adapters.docx.render import render_docx
from dpa_service.adapters.docx.returned import read_returned
from dpa_service.domain.comparison.returned import BOOKMARK, SUBSTANTIVE, Change, Comparison, compare
from dpa_service.domain.comparison.returned_identity import PROPERTY, same_agreement
from dpa_service.domain.comparison.returned_manifest import marks_of_snapshot
from dpa_service.domain.contract.clauses import Library
from dpa_service.resources import examples_dir
from dpa_service.services.agreements.generate import assemble_request
from tests.support.libreoffice import edited_by_libreoffice
from tests.support.returned_word import Returned, W
from tests.support.word import by_libreoffice

pytestmark = pytest.mark.libreoffice


class Sent:
    """An agreement of the product, as it was sent."""

    def __init__(self, library: Library) -> None:
        request = json.loads((examples_dir() / "voorbeeld-alles.json").read_text(encoding="utf-8"))
        self.snapshot = assemble_request(request, library)
        self.docx = render_docx(self.snapshot)
        self.marks = marks_of_snapshot(self.snapshot)
        self.bookmarks = {mark.clause: mark.bookmark for mark in self.marks}

    def compared(self, returned: bytes) -> Comparison:
        issued, found = read_returned(self.docx), read_returned(returned)
        verdict = same_agreement(issued, found)
        assert (verdict.same, verdict.method) == (True, PROPERTY)
        return compare(issued, found, self.marks)


@pytest.fixture(scope="module")
def sent(library: Library) -> Sent:
    return Sent(library)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With one profile for all the tests here: making one takes longer than using it."""
    return tmp_path_factory.mktemp("office")


def changes(result: Comparison) -> dict[str, list[Change]]:
    found = {each.clause: [*each.tracked, *each.silent] for each in result.clauses}
    return {clause: told for clause, told in found.items() if told}


def test_a_file_that_was_opened_and_saved_has_no_findings(sent: Sent, tmp_path: Path) -> None:
    result = sent.compared(by_libreoffice(sent.docx, "docx:MS Word 2007 XML", tmp_path).read_bytes())
    assert changes(result) == {}
    assert {each.state for each in result.clauses} == {"unchanged"}
    assert result.weight in ("", "cosmetic")


EDITS = """
  doc.RecordChanges = {tracked}
  Found(doc, "geheimhoudingsverbintenis").String = "vertrouwelijkheidsbelofte"
  place = Found(doc, "stelt de bewaartermijnen vast")
  place.collapseToEnd()
  place.String = " en bewaakt ze"
  Found(doc, " en op de niet-contractuele verbintenissen").String = ""
  place = Found(doc, "Dit artikel blijft gelden na het einde van deze Overeenkomst.")
  place.collapseToEnd()
  place.Text.insertControlCharacter(place, com.sun.star.text.ControlCharacter.PARAGRAPH_BREAK, False)
  place.Text.insertString(place, "Een nieuw lid van de klant.", False)
  For number = 0 To doc.TextTables.Count - 1
    grid = doc.TextTables.getByIndex(number)
    If grid.getCellByPosition(0, 1).String = "A1" Then
      grid.Rows.insertByIndex(3, 1)
      grid.getCellByPosition(1, 3).String = "Nieuwe rij"
    End If
  Next number
  doc.RecordChanges = False
"""


@pytest.mark.parametrize("tracked", [True, False])
def test_edits_made_in_it_are_found(tracked: bool, sent: Sent, folder: Path) -> None:
    made = edited_by_libreoffice(sent.docx, EDITS.format(tracked=tracked), folder)
    result = sent.compared(made)
    found = changes(result)
    assert set(found) == {"confidentiality", "controller-responsibilities", "annex-deviations", "governing-law"}
    assert {change.tracked for told in found.values() for change in told} == {tracked}
    assert {change.weight for told in found.values() for change in told} == {SUBSTANTIVE}
    [replaced, added] = found["confidentiality"]
    assert (replaced.kind, replaced.old, replaced.new) == ("replaced", "geheimhoudingsverbintenis", "vertrouwelijkheidsbelofte")
    assert (added.kind, added.new.strip()) == ("inserted", "Een nieuw lid van de klant.")
    [inserted] = found["controller-responsibilities"]
    assert (inserted.kind, inserted.new.strip()) == ("inserted", "en bewaakt ze")
    [row] = found["annex-deviations"]
    assert (row.kind, "Nieuwe rij" in row.new) == ("row-inserted" if tracked else "inserted", True)
    [gone] = found["governing-law"]
    assert (gone.kind, gone.old.strip()) == ("deleted", "en op de niet-contractuele verbintenissen")
    methods = {each.method for each in result.clauses if each.clause in sent.bookmarks}
    assert methods == {BOOKMARK}


def test_tracked_changes_and_comments_survive_it(sent: Sent, tmp_path: Path) -> None:
    file = Returned(sent.docx)
    paragraph = file.paragraphs(sent.bookmarks["breach-notice"])[1]
    run = file.cut(*file.spots(paragraph)[2])
    file.comment(run, "Waarom?", replies=("Daarom.",))
    file.replace(file.cut(*file.spots(paragraph)[5]), "iets-anders", tracked=True)
    file.insert(file.cut(*file.spots(file.paragraphs(sent.bookmarks["breach-notice"])[2])[1]), " stiekem", tracked=False)
    result = sent.compared(by_libreoffice(file.saved(), "docx:MS Word 2007 XML", tmp_path).read_bytes())
    found = changes(result)
    assert set(found) == {"breach-notice"}
    assert [(each.tracked, each.new.strip(), each.author) for each in found["breach-notice"]] == [
        (True, "iets-anders", "Jurist Klant"),
        (False, "stiekem", ""),
    ]
    notes = next(each.comments for each in result.clauses if each.clause == "breach-notice")
    assert "Waarom?" in [note.text for note in notes]
    assert run.find(f"{W}t").text in notes[0].anchored
