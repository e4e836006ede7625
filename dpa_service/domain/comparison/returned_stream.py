"""A Word file as it was read: a flat stream of paragraphs whose pieces know who inserted or deleted them.

Pure. The reader (adapters/docx/returned.py) makes it; the comparison (domain/comparison/returned.py) reads it. Authors and dates are what the
file claims, and may be missing. Nothing is keyed on the numbers that Word gives revisions: programs repeat them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# Where a paragraph stands. Notes and text boxes follow the paragraph they hang on; headers and footers come last.
PLACES = ("body", "textbox", "footnote", "endnote", "header", "footer", "chunk")
# Looks that take words from the reader's eyes.
UNSEEN = frozenset({"hidden", "white", "tiny"})


@dataclass(frozen=True, slots=True)
class Revision:
    """A tracked change as the file tells it. `kind`: inserted, deleted, moved-from, moved-to, formatted, restyled, row-inserted,
    row-deleted, cell-inserted, cell-deleted. `date` as written ("2026-11-22T09:30:00Z"), author and date "" when missing.
    """

    kind: str
    author: str
    date: str


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of one state and one look. `inserted` and `deleted` are numbers in `Stream.revisions`; both may be set.

    `field`: the instruction of the field whose result this is ("REF _pr_… \\r \\h"), or "". `look`: number in `Stream.looks`.
    `reformatted`: the revision that changed the look from `look_before`. A picture is "▣", a tab "\\t", a line break "\\v".
    """

    text: str
    inserted: int | None = None
    deleted: int | None = None
    look: int = 0
    field: str = ""
    reformatted: int | None = None
    look_before: int | None = None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph: where it stands, its style by name, on which level it is numbered and in
    which words (`label`, "%1.%2", with "@5" behind it where it starts at 5), the hidden bookmarks that start in
    it, its pieces, and the state of its mark. `cell`: (table, row, column), counted from 0, of the innermost table, or None.
    `restyled`: the revision that changed its style from `style_before`.
    """

    pieces: tuple[Piece, ...] = ()
    place: str = "body"
    style: str = ""
    level: int | None = None
    label: str = ""
    bookmarks: tuple[str, ...] = ()
    cell: tuple[int, int, int] | None = None
    mark_inserted: int | None = None
    mark_deleted: int | None = None
    restyled: int | None = None
    style_before: str = ""

    @property
    def text(self) -> str:
        """All its words, whatever their state."""
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Comment:
    """A remark in the margin. `paragraph` and `piece`: where its words begin; `parent`: number of the comment that it answers."""

    author: str
    date: str
    text: str
    anchored: str = ""
    paragraph: int | None = None
    piece: int = 0
    parent: int | None = None
    resolved: bool = False


@dataclass(frozen=True, slots=True)
class Identity:
    """What says which agreement this is: ids in the custom property and in our customXml part, hidden bookmarks, words of the footers."""

    properties: tuple[str, ...] = ()
    custom_xml: tuple[str, ...] = ()
    bookmarks: tuple[str, ...] = ()
    footers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stream:
    """A whole file. `looks`: sets of bold, italic, underline, strike, hidden, white, tiny, highlight, "colour:RRGGBB".

    `remarks`: external (links to a template, picture or object, never followed), embedded, chunk (another file inside), protected,
    tracking-on, bound (words that Word replaces by data when it opens the file), fonts (letters of its own).
    """

    paragraphs: tuple[Paragraph, ...] = ()
    revisions: tuple[Revision, ...] = ()
    looks: tuple[frozenset[str], ...] = (frozenset(),)
    comments: tuple[Comment, ...] = ()
    identity: Identity = field(default_factory=Identity)
    remarks: tuple[str, ...] = ()


def stream_of(answer: Mapping[str, Any]) -> Stream:
    """The stream of the reader's plain JSON."""
    identity = answer["identity"]
    return Stream(
        tuple(_paragraph(each) for each in answer["paragraphs"]),
        tuple(Revision(*each) for each in answer["revisions"]),
        tuple(frozenset(each) for each in answer["looks"]),
        tuple(Comment(**each) for each in answer["comments"]),
        Identity(*(tuple(identity[name]) for name in ("properties", "custom_xml", "bookmarks", "footers"))),
        tuple(answer["remarks"]),
    )


def _paragraph(each: dict[str, Any]) -> Paragraph:
    """Only what differs from the defaults is written down."""
    pieces = tuple(Piece(*piece) for piece in each.pop("pieces", ()))
    cell = each.pop("cell", None)
    bookmarks = tuple(each.pop("bookmarks", ()))
    return Paragraph(pieces, bookmarks=bookmarks, cell=(cell[0], cell[1], cell[2]) if cell else None, **each)
