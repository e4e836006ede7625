"""The redline as a Word file: the old agreement with every change tracked, which Word accepts or rejects by itself.

Both agreements are rendered from the template and their blocks merged: words within a paragraph, whole paragraphs, rows and tables.
The table of contents is left out (a field over many paragraphs cannot be tracked); headers and footers are the new document's.
Nothing leaves here unproven (redline_proof): accepting everything gives the new document, rejecting everything the old one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from dpa_service.adapters.docx import package
from dpa_service.adapters.docx.blocks import Block, Body, Cell, Paragraph, Row, Table, read_body
from dpa_service.adapters.docx.context import Snapshot, clean, escape
from dpa_service.adapters.docx.redline_proof import prove
from dpa_service.adapters.docx.render import render_docx
from dpa_service.domain.comparison.alignment import Bit, Change, Line, each, merged, paired
from dpa_service.domain.comparison.textdiff import DELETE, EQUAL, INSERT

DOCUMENT = "word/document.xml"
LAST = Paragraph("Sectieeinde", '<w:pStyle w:val="Sectieeinde"/>')  # ends both documents: Word never deletes the last paragraph

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_DELETED_WORDS = re.compile(r"<(/?)w:(t|instrText)(?=[ />])")
_DELETED_NAME = {"t": "delText", "instrText": "delInstrText"}
_LINK = re.compile(r"(<w:hyperlink\b[^>]*>)(.*)(</w:hyperlink>)", re.DOTALL)
_SIGNS = re.compile(r"(\n|\t)")
_PIECES = {"\n": "<w:br/>", "\t": "<w:tab/>"}
_AUTHOR = 255

Pair = tuple[Any, Any]


def redline_docx(old: Snapshot, new: Snapshot, *, author: str, date: datetime) -> bytes:
    """The redline from `old` to `new`, both snapshots (docs/snapshot.md), by `author` at `date` (with a time zone).

    The same input gives the same bytes. Errors: ``RenderError``; ``DomainError`` REDLINE_UNPROVEN when it cannot be proven;
    ``ValueError`` for a date without time zone, which would mean another moment on another machine.
    """
    if date.tzinfo is None:
        raise ValueError("the date of a redline needs a time zone")
    before, after = render_docx(old), render_docx(new)
    members = package.read(after)
    old_part, new_part = (
        next(content for member, content in parts if member.name == DOCUMENT) for parts in (package.read(before), members)
    )
    part = merge(old_part, new_part, author=author, date=date)
    prove(part, old_part, new_part)
    return package.write(package.pack(DOCUMENT, part) if member.name == DOCUMENT else member for member, _ in members)


def merge(old_part: bytes, new_part: bytes, *, author: str, date: datetime) -> bytes:
    """word/document.xml with tracked changes, from those of the two documents. Error: ``DomainError`` REDLINE_UNPROVEN."""
    old, new = read_body(old_part), read_body(new_part)
    writer = _Writer(author, date, new)
    body = "".join(writer.block(*pair) for pair in _document(old.blocks, new.blocks))
    ending = writer.paragraph(LAST, LAST)
    return f"{_XML}{new.head}<w:body>{body}{ending}{new.section}</w:body></w:document>".encode()


# ---- which block became which --------------------------------------------------------------------------------------


def _document(old: Sequence[Block], new: Sequence[Block]) -> Iterable[Pair]:
    """The pairs of blocks of both documents: clause by clause, and within a clause block by block."""
    for before, after in paired(_sections(old), _sections(new)):
        yield from paired([_line(block) for block in before or ()], [_line(block) for block in after or ()])


def _sections(blocks: Sequence[Block]) -> list[Line[list[Block]]]:
    """The document cut where a clause or a part begins."""
    cuts: list[tuple[str, list[Block]]] = [("cover", [])]
    for block in blocks:
        start = next((name for name in getattr(block, "starts", ()) if name.startswith(("_cl_", "_part_"))), None)
        if start:
            cuts.append((start if start.startswith("_cl_") else f"part {block.text}", []))
        cuts[-1][1].append(block)
    return [Line("section", name, part, name) for name, part in cuts]


def _line(block: Block) -> Line[Block]:
    if isinstance(block, Table):
        return Line(f"table {block.properties} {bool(block.spacer)}", block.text, block)
    name = block.starts[0] if block.starts else ""
    return Line(f"{block.style} {bool(block.section)}", block.text, block, "" if name.startswith("_part_") else name)


def _rows(table: Table) -> list[Line[Row]]:
    kinds = (f"{row.properties} {[cell.properties for cell in row.cells]}" for row in table.rows)
    return [Line(kind, row.text, row) for kind, row in zip(kinds, table.rows, strict=True)]


# ---- writing -------------------------------------------------------------------------------------------------------


class _Writer:
    """Writes merged blocks; numbers every change and bookmark, in the order of the document."""

    def __init__(self, author: str, date: datetime, new: Body) -> None:
        stamp = date.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        name = escape(clean(author).replace("\n", " ").strip()[:_AUTHOR]).replace('"', "&quot;")
        self.stamp = f'w:author="{name}" w:date="{stamp}"'
        self.number = 0
        self.names: dict[str, int] = {}
        self.new_names = {name for block in new.blocks for paragraph in _paragraphs(block) for name in paragraph.starts}

    def tag(self, name: str) -> str:
        """The inside of the tag of a change."""
        self.number += 1
        return f'w:{name} w:id="{self.number}" {self.stamp}'

    def block(self, old: Block | None, new: Block | None) -> str:
        """A block that stayed, went or came."""
        match old, new:
            case Paragraph(), Paragraph():
                return self.paragraph(old, new)
            case Paragraph(), None:
                return self.whole(old, DELETE)
            case None, Paragraph():
                return self.whole(new, INSERT)
            case ((Table() | None), (Table() | None)):
                return self.table(old, new)
        raise AssertionError("a paragraph is never paired with a table")

    # -- tables --

    def table(self, old: Table | None, new: Table | None) -> str:
        """A table row by row, with the empty paragraph after it."""
        table = new or old
        assert table is not None
        rows = "".join(self.row(*pair) for pair in paired(_rows(old) if old else [], _rows(new) if new else []))
        made = f"<w:tbl>{table.properties}{rows}</w:tbl>"
        if table.spacer is None:
            return made
        return made + self.block(old.spacer if old else None, new.spacer if new else None)

    def row(self, old: Row | None, new: Row | None) -> str:
        """A row that stayed, went or came."""
        if old and new:
            cells = "".join(
                f"<w:tc>{after.properties}{self.cell(before, after)}</w:tc>"
                for before, after in zip(old.cells, new.cells, strict=True)
            )
            return f"<w:tr>{_wrapped('trPr', new.properties)}{cells}</w:tr>"
        row, op = (old, DELETE) if old else (new, INSERT)
        assert row is not None
        mark = f"<{self.tag('del' if op == DELETE else 'ins')}/>"
        cells = "".join(
            f"<w:tc>{cell.properties}{''.join(self.whole(paragraph, op) for paragraph in cell.paragraphs)}</w:tc>"
            for cell in row.cells
        )
        return f"<w:tr>{_wrapped('trPr', row.properties + mark)}{cells}</w:tr>"

    def cell(self, old: Cell, new: Cell) -> str:
        """The paragraphs of a cell. Its last paragraph mark cannot go, so that the mark before the last change goes instead."""
        if len(old.paragraphs) == len(new.paragraphs) == 1:
            return self.paragraph(old.paragraphs[0], new.paragraphs[0])
        lines = [[Line("", paragraph.text, paragraph) for paragraph in cell.paragraphs] for cell in (old, new)]
        pairs = paired(*lines)
        stayed = max((index for index, (before, after) in enumerate(pairs) if before and after), default=-1)
        gone = [before for before, _ in pairs[stayed + 1 :] if before]
        came = [after for _, after in pairs[stayed + 1 :] if after]
        if gone and came:  # the last of both share the mark
            pairs[stayed + 1 :] = [
                *((line, None) for line in gone[:-1]),
                *((None, line) for line in came[:-1]),
                (gone[-1], came[-1]),
            ]
        elif gone or came:
            return "".join(self.block(*pair) for pair in pairs[:stayed]) + self.tail(pairs[stayed], gone, came)
        return "".join(self.block(*pair) for pair in pairs)

    def tail(self, last: Pair, gone: list[Paragraph], came: list[Paragraph]) -> str:
        """The last pair of a cell with what went or came after it: each content keeps its place, the marks move up by one."""
        old, new = last
        op, lines = (DELETE, gone) if gone else (INSERT, came)
        end = lines[-1]
        first = self.assembled(old if gone else new, op, merged(old.bits, new.bits), old, new)
        between = "".join(self.whole(line, op) for line in lines[:-1])
        content = each(end.bits, op)
        if gone:
            return first + between + self.assembled(new, EQUAL, content, end, None, was=end)
        return first + between + self.assembled(end, EQUAL, content, None, end, was=old)

    # -- paragraphs --

    def whole(self, paragraph: Paragraph, op: str) -> str:
        """A paragraph that went or came with its mark."""
        old, new = (paragraph, None) if op == DELETE else (None, paragraph)
        return self.assembled(paragraph, op, each(paragraph.bits, op), old, new)

    def paragraph(self, old: Paragraph, new: Paragraph) -> str:
        """A paragraph that stayed."""
        return self.assembled(new, EQUAL, merged(old.bits, new.bits), old, new, was=old)

    def assembled(
        self,
        style: Paragraph,
        mark: str,
        changes: Sequence[Change],
        old: Paragraph | None,
        new: Paragraph | None,
        *,
        was: Paragraph | None = None,
    ) -> str:
        """A paragraph that holds the content of `old` and `new`, with the properties of `style`.

        Its mark is kept, deleted or inserted; `was` gives the properties that rejecting must bring back.
        """
        look = style.look
        if mark != EQUAL:
            look = f"<{self.tag('del' if mark == DELETE else 'ins')}/>{look}"
        properties = style.base + _wrapped("rPr", look) + style.section
        if was is not None and was.base != style.base:
            properties += f"<{self.tag('pPrChange')}>{_wrapped('pPr', was.base) or '<w:pPr/>'}</w:pPrChange>"
        starts = "".join(self.start(name) for name in self.kept(old.starts if old else None, new.starts if new else None))
        content = self.content(changes)
        ends = "".join(
            f'<w:bookmarkEnd w:id="{self.names[name]}"/>'
            for name in self.kept(old.ends if old else None, new.ends if new else None)
        )
        return f"<w:p>{_wrapped('pPr', properties)}{starts}{content}{ends}</w:p>"

    def kept(self, old: Sequence[str] | None, new: Sequence[str] | None) -> list[str]:
        """The bookmarks of a paragraph: each once in the document, where the new one has it if it has it."""
        return [*(name for name in old or () if name not in self.new_names), *(new or ())]

    def start(self, name: str) -> str:
        """The start of a bookmark, numbered like the changes."""
        self.number += 1
        self.names[name] = self.number
        return f'<w:bookmarkStart w:id="{self.number}" w:name="{name}"/>'

    # -- words --

    def content(self, changes: Sequence[Change]) -> str:
        """The runs of a paragraph, neighbours of one op in one change. A link holds its change, it may not be held by one."""
        out, op, runs = "", EQUAL, ""
        for now, bit in changes:
            link = _LINK.fullmatch(bit.atom)
            if now != op or link:
                out, runs = out + self.marked(op, runs), ""
                op = now
            if link:
                out += link[1] + self.marked(op, link[2]) + link[3]
            else:
                runs += bit.atom or _run(bit)
        return out + self.marked(op, runs)

    def marked(self, op: str, runs: str) -> str:
        """Runs as they are, deleted or inserted."""
        if op == EQUAL or not runs:
            return runs
        if op == INSERT:
            return f"<{self.tag('ins')}>{runs}</w:ins>"
        return f"<{self.tag('del')}>{_DELETED_WORDS.sub(_deleted, runs)}</w:del>"


def _deleted(tag: re.Match[str]) -> str:
    return f"<{tag[1]}w:{_DELETED_NAME[tag[2]]}"


def _run(bit: Bit) -> str:
    properties = _wrapped("rPr", bit.look)
    pieces = (
        _PIECES.get(piece) or f'<w:t xml:space="preserve">{escape(piece)}</w:t>' for piece in _SIGNS.split(bit.text) if piece
    )
    return f"<w:r>{properties}{''.join(pieces)}</w:r>"


def _wrapped(name: str, content: str) -> str:
    """An element, or nothing around nothing."""
    return f"<w:{name}>{content}</w:{name}>" if content else ""


def _paragraphs(block: Block) -> Iterable[Paragraph]:
    """The paragraphs of a block, those of its cells included."""
    if isinstance(block, Paragraph):
        yield block
        return
    for row in block.rows:
        for cell in row.cells:
            yield from cell.paragraphs
    if block.spacer:
        yield block.spacer
