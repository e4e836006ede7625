"""word/document.xml as blocks that can be compared and written again: paragraphs of bits, tables of rows, kept to the letter.

Made for documents of our own template. What it does not know inside a line stays as it is, as one piece; an unknown block is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from dpa_service.domain.comparison.alignment import Bit
from dpa_service.domain.errors import DomainError

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
W = f"{{{WORD}}}"
CONTENTS = frozenset({"TOCHeading", "TOCdeel", "TOC1"})  # styles of the table of contents

_VALUE = f"{W}val"
_NAMESPACE = re.compile(r' xmlns:\w+="[^"]*"')
_PLAIN = {f"{W}t", f"{W}br", f"{W}tab", f"{W}rPr"}


@dataclass(slots=True)
class Paragraph:
    """A paragraph: `base`, `look` and `section` are the parts of its pPr (properties, of the mark, a section that ends here)."""

    style: str = ""
    base: str = ""
    look: str = ""
    section: str = ""
    bits: list[Bit] = field(default_factory=list)
    starts: list[str] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The words."""
        return "".join(bit.text for bit in self.bits)


@dataclass(slots=True)
class Cell:
    """A cell: its tcPr and its paragraphs."""

    properties: str
    paragraphs: list[Paragraph]


@dataclass(slots=True)
class Row:
    """A row: the inside of its trPr and its cells."""

    properties: str
    cells: list[Cell]

    @property
    def text(self) -> str:
        """The words of all cells."""
        return "\n".join(paragraph.text for cell in self.cells for paragraph in cell.paragraphs)


@dataclass(slots=True)
class Table:
    """A table: tblPr and tblGrid, its rows, and the empty paragraph that keeps it apart from what follows."""

    properties: str
    rows: list[Row]
    spacer: Paragraph | None = None

    @property
    def text(self) -> str:
        """The words of all rows."""
        return "\n".join(row.text for row in self.rows)


Block = Paragraph | Table


@dataclass(frozen=True, slots=True)
class Body:
    """A document's blocks without the table of contents, and the raw sectPr of its end; `head` is what opens the part."""

    head: str
    blocks: list[Block]
    section: str


def unknown(what: str) -> DomainError:
    """The error of a document that cannot be shown as a redline."""
    return DomainError("REDLINE_UNPROVEN", f"No redline: the document holds {what}, which cannot be marked. Send both documents.")


def read_body(part: bytes) -> Body:
    """The blocks of a document part. Error: ``DomainError`` REDLINE_UNPROVEN for a block that it does not know."""
    root = etree.fromstring(part)
    names = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in root.nsmap.items() if prefix)
    return _Reader().body(root[0], f"<w:document {names}>")


class _Reader:
    def __init__(self) -> None:
        self.names: dict[str, str] = {}

    def body(self, body: Any, head: str) -> Body:
        blocks: list[Block] = []
        section = ""
        for element in body:
            if element.tag == f"{W}p":
                if is_contents(element):
                    continue
                paragraph = self.paragraph(element)
                last = blocks[-1] if blocks else None
                if isinstance(last, Table) and not last.spacer and not paragraph.bits and not paragraph.section:
                    last.spacer = paragraph
                else:
                    blocks.append(paragraph)
            elif element.tag == f"{W}tbl":
                blocks.append(self.table(element))
            elif element.tag == f"{W}sectPr":
                section = raw(element)
            else:
                raise unknown(etree.QName(element).localname)
        return Body(head, blocks, section)

    def table(self, element: Any) -> Table:
        properties, rows = "", []
        for child in element:
            if child.tag == f"{W}tr":
                rows.append(self.row(child))
            elif rows:
                raise unknown(etree.QName(child).localname)
            else:
                properties += raw(child)
        return Table(properties, rows)

    def row(self, element: Any) -> Row:
        row = Row("", [])
        for child in element:
            if child.tag == f"{W}trPr":
                row.properties = inside(child)
            elif child.tag == f"{W}tc":
                cell = Cell("", [])
                for part in child:
                    if part.tag == f"{W}tcPr":
                        cell.properties = raw(part)
                    elif part.tag == f"{W}p":
                        cell.paragraphs.append(self.paragraph(part))
                    else:
                        raise unknown(etree.QName(part).localname)
                row.cells.append(cell)
            else:
                raise unknown(etree.QName(child).localname)
        return row

    def paragraph(self, element: Any) -> Paragraph:
        made = Paragraph()
        pending: list[Any] = []  # the runs of a field that is not complete yet
        depth = 0
        for child in element:
            tag = child.tag
            if tag == f"{W}pPr":
                self.properties(child, made)
            elif tag == f"{W}bookmarkStart":
                self.names[child.get(f"{W}id")] = child.get(f"{W}name")
                made.starts.append(child.get(f"{W}name"))
            elif tag == f"{W}bookmarkEnd":
                made.ends.append(self.names[child.get(f"{W}id")])
            elif tag == f"{W}r":
                kinds = [mark.get(f"{W}fldCharType") for mark in child.iterchildren(f"{W}fldChar")]
                depth += kinds.count("begin")
                if depth:
                    pending.append(child)
                    depth -= kinds.count("end")
                    if not depth:
                        made.bits.append(atom(pending))
                        pending = []
                else:
                    made.bits += run(child)
            elif tag != f"{W}proofErr":
                made.bits.append(atom([child]))
        if pending:
            raise unknown("a field over several paragraphs")
        return made

    @staticmethod
    def properties(element: Any, made: Paragraph) -> None:
        for child in element:
            if child.tag == f"{W}pStyle":
                made.style = child.get(f"{W}val")
                made.base += f'<w:pStyle w:val="{made.style}"/>'
            elif child.tag == f"{W}rPr":
                made.look = inside(child)
            elif child.tag == f"{W}sectPr":
                made.section = raw(child)
            else:
                made.base += raw(child)


def is_contents(paragraph: Any) -> bool:
    """Whether a paragraph is a line of the table of contents, by its style."""
    properties = paragraph[0] if len(paragraph) else None
    style = properties[0] if properties is not None and properties.tag == f"{W}pPr" and len(properties) else None
    return style is not None and style.tag == f"{W}pStyle" and style.get(f"{W}val") in CONTENTS


def raw(element: Any) -> str:
    """An element as it stands, without the namespaces that the document declares."""
    if element.tag == f"{W}pStyle":  # by far the most
        return f'<w:pStyle w:val="{element.get(_VALUE)}"/>'
    return _NAMESPACE.sub("", etree.tostring(element, encoding="unicode", with_tail=False))


def inside(element: Any) -> str:
    """What an element holds."""
    return "".join(raw(child) for child in element)


def atom(elements: list[Any]) -> Bit:
    """A piece that is never cut: a field, a link, or something unknown."""
    text = "".join(piece.text or "" for element in elements for piece in element.iter(f"{W}t"))
    return Bit(text, "", "".join(raw(element) for element in elements))


def run(element: Any) -> Iterator[Bit]:
    """The words of a run in its look; line breaks and tabs are signs of the text."""
    if any(child.tag not in _PLAIN or (child.tag == f"{W}br" and child.attrib) for child in element):
        yield atom([element])
        return
    look, text = "", ""
    for child in element:
        if child.tag == f"{W}rPr":
            look = inside(child)
        else:
            text += (child.text or "") if child.tag == f"{W}t" else "\n" if child.tag == f"{W}br" else "\t"
    if text:
        yield Bit(text, look)
