"""The PDF says exactly what the Word file says: the same words, clause labels included, in the same order, for every example.

The labels of the Word file are not typed in it but counted by Word; here they are counted from its numbering, as Word does.
"""

from __future__ import annotations

import copy
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docx
import pypdfium2
import pytest
from docx.document import Document
from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph

from dpa_service.adapters.docx.render import render_docx
from dpa_service.adapters.library_files import load_library
from dpa_service.adapters.pdf import render_pdf
from dpa_service.domain.contract.wording import lower_letter, upper_roman
from dpa_service.resources import examples_dir
from dpa_service.services.agreements.generate import assemble_request
from tests.support.snapshots import general_terms, sample, small

SPACES = r"\s+"
HYPHENS = re.compile("[-\u00ad\ufffe\u0002]")  # typed, soft, and what the PDF reader makes of one at the end of a line
FORMATS = {
    "decimal": str,
    "upperRoman": upper_roman,
    "lowerRoman": lambda n: upper_roman(n).lower(),
    "lowerLetter": lower_letter,
    "upperLetter": lambda n: lower_letter(n).upper(),
}


# ---- the Word file ---------------------------------------------------------------------------------------------------


class Numbering:
    """Counts the labels of numbered paragraphs as Word does."""

    def __init__(self, document: Document) -> None:
        root = document.part.numbering_part.element
        abstract = {element.get(qn("w:abstractNumId")): element for element in root.findall(qn("w:abstractNum"))}
        self.levels: dict[str, list[tuple[str, str]]] = {}
        for number in root.findall(qn("w:num")):
            kind = abstract[number.find(qn("w:abstractNumId")).get(qn("w:val"))]
            self.levels[number.get(qn("w:numId"))] = [
                (level.find(qn("w:numFmt")).get(qn("w:val")), level.find(qn("w:lvlText")).get(qn("w:val")))
                for level in kind.findall(qn("w:lvl"))
            ]
        self.counts: dict[str, list[int]] = {name: [0] * 9 for name in self.levels}

    def label(self, paragraph: Paragraph) -> str:
        """The label before `paragraph`, or nothing."""
        holder = paragraph._p.pPr
        numbered = holder.numPr if holder is not None and holder.numPr is not None else None
        if numbered is None and paragraph.style is not None and paragraph.style.element.pPr is not None:
            numbered = paragraph.style.element.pPr.numPr
        if numbered is None or numbered.numId is None or numbered.numId.val == 0:
            return ""
        name, level = str(numbered.numId.val), numbered.ilvl.val if numbered.ilvl is not None else 0
        counts = self.counts[name]
        counts[level] += 1
        counts[level + 1 :] = [0] * len(counts[level + 1 :])
        form, pattern = self.levels[name][level]
        if form == "bullet":
            return pattern
        return re.sub(r"%(\d)", lambda at: FORMATS[self.levels[name][int(at[1]) - 1][0]](counts[int(at[1]) - 1]), pattern)


def word_paragraphs(document: Document) -> Iterator[Paragraph]:
    """Every paragraph of the body and its tables, in reading order."""
    for item in document.iter_inner_content():
        if isinstance(item, Table):
            for row in item.rows:
                for cell in row.cells:
                    yield from cell.paragraphs
        else:
            yield item


def word_file(content: bytes) -> tuple[list[str], set[tuple[str, ...]]]:
    """The words of a Word file without its table of contents, and the heading rows of its tables."""
    document = docx.Document(io.BytesIO(content))
    numbering, found = Numbering(document), []
    for paragraph in word_paragraphs(document):
        if paragraph.style is None or not paragraph.style.style_id.startswith("TOC"):
            found += f"{numbering.label(paragraph)} {paragraph.text}".split()
    heads = {
        tuple(" ".join(cell.text for cell in table.rows[0].cells).split())
        for table in document.tables
        if table.rows[0]._tr.find(f".//{qn('w:tblHeader')}") is not None
    }
    return found, heads


# ---- the PDF ---------------------------------------------------------------------------------------------------------


def pdf_pages(content: bytes, snapshot: dict[str, Any]) -> list[str]:
    """The text of the cover and of the pages after the table of contents, without the head and foot of the page."""
    document = pypdfium2.PdfDocument(content)
    body = next(iter(document.get_toc())).get_dest().get_index()
    texts = []
    for index in (0, *range(body, len(document))):
        head = f"{snapshot['title']} {snapshot['labels']['draft'] if snapshot['draft'] else ''}".split() if index else []
        foot = [*snapshot["reference"].split(), "pagina", str(index + 1), "van", str(len(document))]
        pattern = rf"\s*{SPACES.join(map(re.escape, head))}(.*?){SPACES.join(map(re.escape, foot))}\s*"
        page = re.fullmatch(pattern, document[index].get_textpage().get_text_range(), re.DOTALL)
        assert page, f"page {index + 1} has another head or foot"
        texts.append(page[1])
    return texts


# ---- the comparison --------------------------------------------------------------------------------------------------


def squeezed(words: list[str]) -> tuple[str, set[int]]:
    """The letters of the words without hyphens, and where each word begins."""
    letters, starts = "", set()
    for word in words:
        starts.add(len(letters))
        letters += HYPHENS.sub("", word)
    return letters, starts


def without_repeated_heads(pages: list[str], expected: list[str], heads: set[tuple[str, ...]]) -> list[str]:
    """The pages without the heading row of a table that goes on from the page before."""
    target, at, kept = squeezed(expected)[0], 0, []
    for page in pages:
        for head in heads:
            row = r"\s*".join(r"[-\u00ad\ufffe\u0002\s]*".join(map(re.escape, HYPHENS.sub("", word))) for word in head)
            repeated = re.match(rf"\s*{row}\s*", page)
            if repeated and not target.startswith(squeezed(repeated[0].split())[0], at):
                page = page[repeated.end() :]
                break
        kept.append(page)
        at += len(squeezed(page.split())[0])
    return kept


def compare(snapshot: dict[str, Any]) -> None:
    """Fail where the words of the two files differ."""
    expected, heads = word_file(render_docx(snapshot))
    pages = without_repeated_heads(pdf_pages(render_pdf(snapshot), snapshot), expected, heads)
    wanted, wanted_starts = squeezed(expected)
    printed = "\n".join(pages)
    found, found_starts = squeezed(printed.split())
    at = next((index for index, (one, other) in enumerate(zip(wanted, found, strict=False)) if one != other), None)
    assert at is None, f"Word: …{wanted[max(0, at - 60) : at + 60]}… PDF: …{found[max(0, at - 60) : at + 60]}…"
    assert len(wanted) == len(found), f"the longer one ends with {(wanted + found)[-100:]}"

    # a word may be cut only where an address breaks; two words may stand together only around a hyphen at the end of a line
    addresses: set[int] = set()
    offset = 0
    for word in expected:
        length = len(HYPHENS.sub("", word))
        if "@" in word or "://" in word or len(word) > 60 or any(sign.isdigit() for sign in word):
            addresses |= set(range(offset, offset + length))
        offset += length
    cut = [
        found[place - 20 : place] + "|" + found[place : place + 20] for place in sorted(found_starts - wanted_starts - addresses)
    ]
    assert not cut
    ends = {len(squeezed(printed[:at].split())[0]) for at, sign in enumerate(printed) if sign == "\ufffe"}
    glued = [found[place - 20 : place] + "+" + found[place : place + 20] for place in wanted_starts - found_starts - ends]
    assert not glued


EXAMPLES = sorted(path.name for path in examples_dir().glob("*.json"))


@pytest.fixture(scope="module")
def library() -> Any:
    return load_library()


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_says_the_same_in_both_files(name: str, library: Any) -> None:
    compare(assemble_request(json.loads((examples_dir() / name).read_text(encoding="utf-8")), library))


def test_the_general_terms_say_the_same(library: Any) -> None:
    compare(assemble_request({"language": "nl", "effective_from": "2026-12-01"}, library, "general-terms"))


@pytest.mark.parametrize(
    "snapshot", [small(), sample(20, 5, draft=False), general_terms()], ids=["small", "everything", "one party"]
)
def test_made_up_documents_say_the_same(snapshot: dict[str, Any]) -> None:
    compare(snapshot)


def _first_words(change: Callable[[str], str]) -> Callable[[dict[str, Any]], None]:
    def apply(snapshot: dict[str, Any]) -> None:
        run = snapshot["parts"][1]["articles"][0]["paragraphs"][0]["runs"][0]
        run["text"] = change(run["text"])

    return apply


@pytest.mark.parametrize(
    "change",
    [
        _first_words(lambda words: words.replace(" ", "", 1)),
        _first_words(lambda words: words[:5] + " " + words[5:]),
        _first_words(lambda words: words + " Meer."),
        lambda snapshot: snapshot["parts"][0]["articles"][0]["paragraphs"][0].update(label="1.9"),
        lambda snapshot: snapshot["annexes"][0]["blocks"].reverse(),
        lambda snapshot: snapshot["parties"][0]["description"].pop(),
    ],
    ids=["a space less", "a space more", "a word more", "another label", "another order", "a line less"],
)
def test_the_comparison_notices(change: Callable[[dict[str, Any]], None], monkeypatch: pytest.MonkeyPatch) -> None:
    original = render_pdf

    def other(snapshot: dict[str, Any]) -> bytes:
        changed = copy.deepcopy(snapshot)
        change(changed)
        return original(changed)

    monkeypatch.setitem(globals(), "render_pdf", other)
    with pytest.raises(AssertionError):
        compare(small())


def test_the_labels_counted_in_word_are_those_of_the_snapshot(library: Any) -> None:
    path = Path(examples_dir()) / EXAMPLES[0]
    snapshot = assemble_request(json.loads(path.read_text(encoding="utf-8")), library)
    document = docx.Document(io.BytesIO(render_docx(snapshot)))
    numbering = Numbering(document)
    counted = Counter(filter(None, (numbering.label(paragraph) for paragraph in word_paragraphs(document))))

    def labels(items: list[dict[str, Any]]) -> Iterator[str]:
        for item in items:
            yield item["label"]
            yield from labels(item["points"])

    wanted = Counter(labels(snapshot["recitals"]["paragraphs"]))
    for part in snapshot["parts"]:
        wanted.update([f"Deel\u00a0{part['label']}", *(article["label"] for article in part["articles"])])
        wanted.update(label for article in part["articles"] for label in labels(article["paragraphs"]))
    for annex in snapshot["annexes"]:
        wanted.update([f"Bijlage\u00a0{annex['label']}"])
        wanted.update(block["label"] for block in annex["blocks"] if block["kind"] == "heading")
        wanted.update("–" for block in annex["blocks"] if block["kind"] == "bullet")
    assert counted == wanted
