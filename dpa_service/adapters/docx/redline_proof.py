"""The proof of a redline: what Word will have after all changes are rejected, and after all are accepted.

Reads the file by itself, knowing nothing of how it was written. Paragraph marks are read as Word reads them: where a mark goes, its
paragraph joins the next one and takes its properties; the last mark of a cell and of the document cannot go.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

from lxml import etree

from dpa_service.adapters.docx.blocks import W, inside, is_contents, raw
from dpa_service.domain.errors import DomainError

View = Literal["accepted", "rejected"]

_GONE: dict[View, str] = {"accepted": f"{W}del", "rejected": f"{W}ins"}
_REVISIONS = (f"{W}ins", f"{W}del")
_NUMBERED = [f"{W}{name}" for name in ("ins", "del", "pPrChange", "bookmarkStart")]
_WORDS = {"t": "", "delText": "", "br": "\n", "tab": "\t", "cr": "\n", "noBreakHyphen": "\u2011"}


class Read(NamedTuple):
    """One line of a document: a paragraph, or the start or end of a table, row or cell (`kind`).

    `properties` is the style with all else that the element says about itself; `pieces` are the words with their look, fields with
    their instruction; `bookmarks` those that start here.
    """

    kind: str
    properties: str = ""
    pieces: tuple[tuple[str, str], ...] = ()
    bookmarks: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The words."""
        return "".join(words for words, _ in self.pieces)


def accepted(docx: bytes) -> list[Read]:
    """The lines of a Word file after every change is accepted. Errors: ``KeyError``, ``zipfile.BadZipFile``."""
    return read(_document(docx), "accepted")


def rejected(docx: bytes) -> list[Read]:
    """The lines of a Word file after every change is rejected. Errors as `accepted`."""
    return read(_document(docx), "rejected")


def _document(docx: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        return archive.read("word/document.xml")


def read(part: bytes, view: View) -> list[Read]:
    """The lines of a document part in a view. The table of contents is no line."""
    return _lines(etree.fromstring(part), view)


def _lines(root: Any, view: View) -> list[Read]:
    return list(_Reader(view).container(root[0]))


def prove(part: bytes, old_part: bytes, new_part: bytes) -> None:
    """Error: ``DomainError`` REDLINE_UNPROVEN when rejecting all does not give the old document, or accepting all the new one.

    All three are word/document.xml. Bookmarks must stand as in the new document, and each of either document must be there once.
    """
    try:
        root = etree.fromstring(part)
    except etree.XMLSyntaxError:
        raise _unproven("the file is not well-formed") from None
    names = [mark.get(f"{W}name") for mark in root.iter(f"{W}bookmarkStart")]
    ids = [number for item in root.iter(*_NUMBERED) if (number := item.get(f"{W}id"))]
    old, new = read(old_part, "rejected"), read(new_part, "accepted")
    before = {name for line in old for name in line.bookmarks}
    after = {name for line in new for name in line.bookmarks}
    _same("the old document", [line[:3] for line in _lines(root, "rejected")], [line[:3] for line in old])
    kept = [(*line[:3], tuple(name for name in line.bookmarks if name in after)) for line in _lines(root, "accepted")]
    _same("the new document", kept, new)
    if len(set(names)) != len(names) or set(names) != before | after or len(set(ids)) != len(ids):
        raise _unproven("its bookmarks or numbers are not unique")


def _same(which: str, found: Sequence[tuple[Any, ...]], wanted: Sequence[tuple[Any, ...]]) -> None:
    """The lines but for the closing paragraph that a redline has more, in which nothing stands."""
    if found and found[-1][0] == "p" and not any(found[-1][2:]):
        found = found[:-1]
    if found == wanted:
        return
    pairs = enumerate(zip(found, wanted, strict=False))
    at = next((number for number, (one, other) in pairs if one != other), min(len(found), len(wanted)))
    raise _unproven(f"it does not give {which} back (line {at + 1})")


def _unproven(why: str) -> DomainError:
    return DomainError("REDLINE_UNPROVEN", f"No redline: {why}. Send both documents instead, and report this.")


class _Reader:
    def __init__(self, view: View) -> None:
        self.view = view
        self.gone = _GONE[view]

    def container(self, element: Any) -> Iterator[Read]:
        """The lines of a body or cell. The last paragraph mark stays whatever is said of it."""
        pieces: list[tuple[str, str]] = []
        marks: list[str] = []
        children = [child for child in element if child.tag in (f"{W}p", f"{W}tbl")]
        for index, child in enumerate(children):
            if child.tag == f"{W}tbl":
                table = list(self.table(child))
                if table and pieces:  # words without a mark of their own in front of a table: Word gives them one
                    yield Read("p", "?", _joined(pieces), tuple(marks))
                    pieces, marks = [], []
                yield from table
                continue
            if is_contents(child):
                continue
            properties = child[0] if len(child) and child[0].tag == f"{W}pPr" else None
            pieces += self.pieces(child)
            marks += [mark.get(f"{W}name") for mark in child.iterchildren(f"{W}bookmarkStart")]
            goes = properties is not None and properties.find(f"{W}rPr/{self.gone}") is not None
            if goes and index < len(children) - 1:
                continue
            yield Read("p", self.properties(properties), _joined(pieces), tuple(marks))
            pieces, marks = [], []
        if pieces:
            yield Read("p", "?", _joined(pieces), tuple(marks))

    def table(self, element: Any) -> Iterator[Read]:
        """A table whose rows are not all gone."""
        rows = [row for row in element.iterchildren(f"{W}tr") if row.find(f"{W}trPr/{self.gone}") is None]
        if not rows:
            return
        yield Read("table", "".join(raw(child) for child in element if child.tag != f"{W}tr"))
        for row in rows:
            yield Read("row", _without_revisions(row.find(f"{W}trPr")))
            for cell in row.iterchildren(f"{W}tc"):
                yield Read("cell", "".join(inside(child) for child in cell.iterchildren(f"{W}tcPr")))
                yield from self.container(cell)
            yield Read("row end")
        yield Read("table end")

    def properties(self, element: Any) -> str:
        """What a pPr says in this view."""
        if element is None:
            return ""
        if len(element) == 1 and element[0].tag == f"{W}pStyle":
            return raw(element[0])
        change = element.find(f"{W}pPrChange")
        if change is None or self.view == "accepted":
            return _without_revisions(element)
        kept = [child for child in element if child.tag in (f"{W}rPr", f"{W}sectPr")]
        return inside(change[0]) + "".join(_plain(child) for child in kept)

    def pieces(self, paragraph: Any) -> Iterator[tuple[str, str]]:
        """The words of a paragraph with their look; the parts of a field with what they are."""
        for run in paragraph.iter(f"{W}r"):
            deleted, look, gone = False, "", False
            parent = run.getparent()
            while parent is not paragraph:
                gone = gone or parent.tag == self.gone
                deleted = deleted or parent.tag == f"{W}del"
                if parent.tag == f"{W}hyperlink":
                    look += f"link {parent.get(f'{W}anchor')} "
                parent = parent.getparent()
            if gone:
                continue
            for child in run:
                name = child.tag.rpartition("}")[2]
                if name == ("t" if deleted else "delText"):
                    yield "?", "a deleted word outside of a deletion, or the other way round"
                elif name in _WORDS and not (name == "br" and child.attrib):
                    if words := child.text or _WORDS[name]:
                        yield words, look
                elif name == "rPr":
                    look += inside(child)
                elif name in ("instrText", "delInstrText"):
                    yield "", f"{look}instruction {child.text}"
                elif name == "fldChar":
                    yield "", f"{look}field {child.get(f'{W}fldCharType')}"
                else:
                    yield "", look + raw(child)


def _without_revisions(element: Any) -> str:
    """The inside of a pPr or trPr without what is tracked."""
    if element is None:
        return ""
    return "".join(_plain(child) for child in element if child.tag not in (*_REVISIONS, f"{W}pPrChange"))


def _plain(element: Any) -> str:
    if element.tag != f"{W}rPr":
        return raw(element)
    kept = [raw(child) for child in element if child.tag not in _REVISIONS]
    return f"<w:rPr>{''.join(kept)}</w:rPr>" if kept else ""


def _joined(pieces: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Neighbouring words of one look as one."""
    out: list[tuple[str, str]] = []
    for words, look in pieces:
        if words and out and out[-1][0] and out[-1][1] == look:
            out[-1] = (out[-1][0] + words, look)
        elif words or look:
            out.append((words, look))
    return tuple(out)
