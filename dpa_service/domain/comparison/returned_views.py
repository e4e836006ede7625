"""The texts inside of one stream: as it was before the changes, as it is when all are accepted, and where each word comes from. Pure."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field

from dpa_service.domain.comparison.returned_stream import Paragraph, Piece, Revision, Stream
from dpa_service.domain.comparison.returned_weight import plain

_NUMBER = re.compile(r"[\divxlcdmIVXLCDM ]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_MARGINS = ("header", "footer")
_HEADINGS = ("heading", "kop")


@dataclass(frozen=True, slots=True)
class Atom:
    """Words of one piece, or the mark "\\n" of a paragraph (`piece` None), with who inserted or deleted them; `ours`: a change that
    already was in what we sent counts as made.
    """

    text: str
    paragraph: int
    piece: Piece | None
    inserted: int | None
    deleted: int | None
    ours: bool = False

    @property
    def field(self) -> str:
        """The instruction of the field that printed it."""
        return self.piece.field if self.piece else ""


@dataclass(slots=True)
class Line:
    """A paragraph of a view: from `start` to `end` (its mark included) in the text of the view."""

    start: int
    end: int
    text: str
    bookmarks: tuple[str, ...]
    paragraph: int  # the one whose mark ends it
    _key: str | None = None

    @property
    def key(self) -> str:
        """What is compared to find it again."""
        if self._key is None:
            self._key = plain(self.text)
        return self._key


@dataclass(slots=True)
class View:
    """One text of a stream, with its lines and the atom of every sign."""

    stream: Stream
    text: str = ""
    atoms: list[Atom] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    def atom(self, at: int) -> Atom:
        """The atom of the sign at a place."""
        return self.atoms[bisect_right(self.starts, at) - 1]

    def runs(self, start: int, end: int) -> Iterator[tuple[int, int, Atom]]:
        """The stretches of one atom each between two places."""
        index = bisect_right(self.starts, start) - 1
        while start < end:
            stop = self.starts[index + 1] if index + 1 < len(self.starts) else len(self.text)
            yield start, min(stop, end), self.atoms[index]
            start, index = min(stop, end), index + 1


def atoms(stream: Stream, dropped: Set[int], known: Set[tuple[str, str, str, str]] = frozenset()) -> Iterator[Atom]:
    """The body of a stream, sign by sign of state, without the paragraphs `dropped` and without what our own deletions removed."""
    for number, paragraph in enumerate(stream.paragraphs):
        if paragraph.place not in _MARGINS and number not in dropped:
            yield from paragraph_atoms(stream, number, known)


def paragraph_atoms(stream: Stream, number: int, known: Set[tuple[str, str, str, str]] = frozenset()) -> Iterator[Atom]:
    """The words and the mark of one paragraph."""
    paragraph = stream.paragraphs[number]
    for piece in paragraph.pieces:
        if paragraph.place not in _MARGINS or not _page_number(piece):
            yield from _settled(stream, Atom(piece.text, number, piece, piece.inserted, piece.deleted), known)
    yield from _settled(stream, Atom("\n", number, None, paragraph.mark_inserted, paragraph.mark_deleted), known)


def _settled(stream: Stream, atom: Atom, known: Set[tuple[str, str, str, str]]) -> Iterator[Atom]:
    if known and atom.deleted is not None and _is_known(stream.revisions[atom.deleted], atom, known):
        return
    if known and atom.inserted is not None and _is_known(stream.revisions[atom.inserted], atom, known):
        yield Atom(atom.text, atom.paragraph, atom.piece, None, atom.deleted, ours=True)
    else:
        yield atom


def claims(stream: Stream) -> frozenset[tuple[str, str, str, str]]:
    """The tracked changes of a file by what they claim: side, author, minute, and all the words that claim it."""
    words: dict[tuple[str, str, str], list[str]] = {}
    for number in range(len(stream.paragraphs)):
        for atom in paragraph_atoms(stream, number):
            for revision, side in ((atom.inserted, "in"), (atom.deleted, "out")):
                if revision is not None:
                    words.setdefault(_claim(stream.revisions[revision], side), []).append(atom.text)
    return frozenset((*claim, "\0".join(said)) for claim, said in words.items())


def _claim(revision: Revision, side: str) -> tuple[str, str, str]:
    return side, revision.author, revision.date[:16]


def _is_known(revision: Revision, atom: Atom, known: Set[tuple[str, str, str, str]]) -> bool:
    """Whether these words stood in the same change of ours: the claim alone can be forged."""
    side = "out" if revision.kind.endswith(("deleted", "from")) else "in"
    claim = _claim(revision, side)
    return any(each[:3] == claim and atom.text in each[3] for each in known)


def view(stream: Stream, body: Iterable[Atom]) -> View:
    """The text of these atoms, in lines. The bookmarks of a paragraph without words of the view go to the next one with some."""
    made = View(stream)
    texts: list[str] = []
    at = start = 0
    waiting: list[str] = []
    last = -1
    line: list[str] = []
    for atom in body:
        if atom.paragraph != last:
            for number in range(last + 1, atom.paragraph + 1):
                waiting += stream.paragraphs[number].bookmarks
            last = atom.paragraph
        made.starts.append(at)
        made.atoms.append(atom)
        texts.append(atom.text)
        at += len(atom.text)
        if atom.piece is None:
            made.lines.append(Line(start, at, "".join(line), tuple(waiting), atom.paragraph))
            start, waiting, line = at, [], []
        else:
            line.append(atom.text)
    if line:
        made.lines.append(Line(start, at, "".join(line), tuple(waiting), last))
    made.text = "".join(texts)
    return made


def reordered(made: View, lines: Sequence[Line]) -> View:
    """The view with its lines in another order. In: lines of this view."""
    if lines == made.lines:
        return made
    other, at = View(made.stream), 0
    for line in lines:
        first, last = bisect_right(made.starts, line.start) - 1, bisect_right(made.starts, line.end - 1)
        for atom in made.atoms[first:last]:
            other.starts.append(at)
            other.atoms.append(atom)
            at += len(atom.text)
        other.lines.append(Line(at - (line.end - line.start), at, line.text, line.bookmarks, line.paragraph))
    other.text = "".join(atom.text for atom in other.atoms)
    return other


def without(body: Iterable[Atom], side: str) -> list[Atom]:
    """The atoms that were not ``inserted`` or not ``deleted``."""
    return [atom for atom in body if getattr(atom, side) is None]


# ---- what the machine prints ---------------------------------------------------------------------------------------


def _page_number(piece: Piece) -> bool:
    return piece.field.upper().startswith(("PAGE", "NUMPAGES", "SECTIONPAGES")) and bool(_NUMBER.fullmatch(piece.text))


def letters(text: str) -> str:
    """A line of a table of contents without numbers, dots and spaces."""
    return "".join(_LETTERS.findall(text)).casefold()


def _in_contents(paragraph: Paragraph) -> bool:
    """Whether a table of contents prints it. A heading never is such a line, though a field that is not closed reaches over all."""
    if paragraph.bookmarks or paragraph.style.startswith(_HEADINGS):
        return False
    return bool(paragraph.pieces) and all(piece.field.upper().startswith(("TOC", "PAGEREF")) for piece in paragraph.pieces)


def contents(stream: Stream) -> list[int]:
    """The paragraphs that a table of contents prints."""
    return [number for number, paragraph in enumerate(stream.paragraphs) if _in_contents(paragraph)]


def printed_contents(issued: Stream, returned: Stream) -> set[int]:
    """The paragraphs of a returned file that are its table of contents and say what the headings say; what was written into it is not.

    Programs that know no such field leave its lines behind as words; each of the issued lines is taken once, right below its title.
    """
    listed = contents(issued)
    ours = Counter(letters(issued.paragraphs[number].text) for number in listed)
    headings = {letters(each.text) for each in returned.paragraphs if each.style.startswith(_HEADINGS)} | set(ours)
    title = letters(issued.paragraphs[listed[0] - 1].text) if listed and listed[0] else ""
    found = set()
    below = False
    for number, paragraph in enumerate(returned.paragraphs):
        said = letters(paragraph.text)
        if _in_contents(paragraph):
            ours[said] -= 1
            states = [
                letters("".join(p.text for p in paragraph.pieces if getattr(p, side) is None)) for side in ("inserted", "deleted")
            ]
            if all(not state or state in headings for state in states):
                found.add(number)
        elif below and not paragraph.bookmarks and ours[said] > 0:
            found.add(number)
            ours[said] -= 1
        elif said:
            below = bool(title) and said == title
    return found
