"""LibreOffice as the judge: it opens the file, computes the numbers and the references itself, and must print what we print."""

import json
import re
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from dpa_service.adapters.docx.context import NBSP
from dpa_service.adapters.docx.render import house_template, render_docx
from dpa_service.domain.contract.clauses import Library
from dpa_service.resources import examples_dir
from dpa_service.services.agreements.generate import assemble_request
from tests.support import snapshots
from tests.support.word import by_libreoffice, paragraphs, parts

pytestmark = pytest.mark.libreoffice


def document(name: str, library: Library) -> dict[str, Any]:
    if name == "sample":
        return snapshots.sample(14, 4)
    if name == "general-terms":
        return assemble_request({"language": "nl", "effective_from": "2026-12-01"}, library, "general-terms")
    return assemble_request(json.loads((examples_dir() / f"{name}.json").read_text(encoding="utf-8")), library)


def words(runs: list[dict[str, Any]]) -> str:
    return "".join(run["text"] for run in runs)


def printed_lines(snapshot: dict[str, Any]) -> list[str]:
    """Every numbered line of the text as it must be printed: label, words."""
    lines: list[str] = []

    def add(items: list[dict[str, Any]]) -> None:
        for item in items:
            lines.append(f"{item['label']} {words(item['runs'])}")
            add(item["points"])

    if snapshot["recitals"]:
        add(snapshot["recitals"]["paragraphs"])
    for part in snapshot["parts"]:
        lines.append(f"Deel {part['label']} {part['title']}")
        for article in part["articles"]:
            lines.append(f"{article['label']} {article['heading']}")
            add(article["paragraphs"])
    for annex in snapshot["annexes"]:
        lines.append(f"Bijlage {annex['label']} {annex['heading']}")
        lines += [f"{b['label']} {words(b['runs'])}" for b in annex["blocks"] if b["kind"] == "heading"]
    return [normal(line) for line in lines]


def normal(line: str) -> str:
    return re.sub(r"\s+", " ", line.replace(NBSP, " ")).strip()


def garbled(value: Any) -> Any:
    """The same snapshot with another cached text in every reference: only a field that is computed again hides it."""
    if isinstance(value, dict):
        text = {"text": "?(" if "(" in value["text"] else "?"} if "ref" in value else {}
        return {key: garbled(inner) for key, inner in value.items()} | text
    return [garbled(inner) for inner in value] if isinstance(value, list) else value


every_document = pytest.mark.parametrize("name", ["sample", "general-terms", "voorbeeld-alles"])


@every_document
def test_labels_are_computed_as_printed(name: str, library: Library, tmp_path: Path) -> None:
    snapshot = document(name, library)
    text = by_libreoffice(render_docx(snapshot), "txt:Text", tmp_path).read_text(encoding="utf-8-sig")
    shown = [normal(line) for line in text.splitlines()]
    position = 0
    for line in printed_lines(snapshot):  # in this order, each below the one before
        assert line in shown[position:], line
        position = shown.index(line, position) + 1


@every_document
def test_references_are_computed_as_printed(name: str, library: Library, tmp_path: Path) -> None:
    snapshot = document(name, library)
    printed = garbled({key: snapshot[key] for key in ("recitals", "parts", "closing", "annexes")})
    header = compact(snapshot["title"]) + ("ONTWERP" if snapshot["draft"] else "")
    footer = compact(f"{snapshot['reference']} {snapshot['agreement_id']}")
    with pypdfium2.PdfDocument(by_libreoffice(render_docx(snapshot | printed), "pdf", tmp_path)) as pages:
        lines = [compact(line) for page in pages for line in page.get_textpage().get_text_bounded().splitlines()]
    words_shown = "".join(line for line in lines if line != header and not line.startswith(footer))
    assert "?" not in words_shown
    assert "Error" not in words_shown
    for line in printed_lines(snapshot):
        assert compact(line) in words_shown, line


def test_a_template_that_an_office_program_saved_still_works(tmp_path: Path) -> None:
    saved = by_libreoffice(house_template(), "docx:MS Word 2007 XML", tmp_path).read_bytes()
    snapshot = snapshots.small()
    docx = render_docx(snapshot, template=saved)
    assert [line for line in paragraphs(docx) if line] == [line for line in paragraphs(render_docx(snapshot)) if line]
    assert parts(docx)["word/document.xml"] != parts(render_docx(snapshot))["word/document.xml"]  # it was saved anew
    used, defined = (re.findall(pattern, parts(docx)[part].decode()) for pattern, part in (
        (r'<w:(?:pStyle|tblStyle) w:val="(\w+)"', "word/document.xml"), (r'w:styleId="(\w+)"', "word/styles.xml")))  # fmt: skip
    assert set(used) <= set(defined)


def compact(line: str) -> str:
    """Letters only: neither the spaces nor the hyphens of a line break."""
    return re.sub(r"[\s\u00ad\ufffe\u0002-]+", "", line)
