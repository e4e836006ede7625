"""Does a file that came back signed say what was issued? The words compared, and every difference named by its clause.

Pure. What differs is never hidden: only what a signature itself brings (a date, a place, the signatory's name, a picture of the
signature) in the signature block counts as filled in.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from dpa_service.domain.comparison.textdiff import DELETE, EQUAL, INSERT, difference

PICTURE = "▣"  # stands for a picture in a text that was read from a file
CHANGED, ADDED, REMOVED, FILLED = "changed", "added", "removed", "filled"
SHOWN = 400  # signs of a difference that are kept; longer ones end in "…"
MOST = 200  # differences that are kept; a file with more is another text
CONTEXT = 60
LIKENESS = 0.6  # share of the issued words below which a file is not this agreement at all

_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "\u00ad": None, "\ufffe": None})
_WORD = re.compile(r"\w+")
_SPACING = re.compile(r"[\s\-\u2010\u2011]+")
_SIGNING = frozenset(
    _WORD.findall(
        "gelezen en goedgekeurd voor akkoord te op datum plaats naam de den functie handtekening get "
        "januari februari maart april mei juni juli augustus september oktober november december"
    )
)


@dataclass(frozen=True, slots=True)
class Place:
    """A clause as a person finds it: its id, printed label ("7" or nothing) and heading. `signature` marks the signature block."""

    clause: str
    label: str
    heading: str
    signature: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: where, of what kind, the words before and after it, what was issued and what came back."""

    place: Place
    kind: str
    before: str
    issued: str
    found: str
    after: str

    def plain(self) -> dict[str, str]:
        """As JSON."""
        return {"clause": self.place.clause, "label": self.place.label, "heading": self.place.heading, "kind": self.kind,
                "before": self.before, "issued": self.issued, "found": self.found, "after": self.after}  # fmt: skip


def normal(text: str) -> str:
    """A text as it is compared: one space between words, straight quotes, no break inside a word.

    Look-alike letters and zero-width signs stay: they are differences.
    """
    return " ".join(unicodedata.normalize("NFC", text).translate(_QUOTES).split())


def likeness(issued: str, found: str) -> float:
    """The share of the issued words that a text has, 0 to 1; far longer texts count as unlike."""
    here, there = Counter(_WORD.findall(issued)), Counter(_WORD.findall(found))
    total = sum(here.values())
    return sum((here & there).values()) / max(total, sum(there.values()) // 3, 1)


def compare(
    issued: str, found: str, snapshot: Mapping[str, Any], *, allowed: Iterable[str] = (), pages: bool = False
) -> list[Difference]:
    """What differs between the issued text and one that came back, in the order of the text.

    In: both texts as one reader reads them from the files; the snapshot (docs/snapshot.md) that the first was made from, for the
    names of the clauses; `allowed`, texts whose words may be filled in where one signs; `pages`, that the texts were read from pages
    which different programs may have laid out: spaces, hyphens, headings in capitals and repeated heads of tables are then no
    difference. Out: nothing when the words are the same.
    """
    before, after = normal(issued), normal(found)
    if before == after:
        return []
    before, after = _without_contents(before, after, snapshot)
    places = _Places(before, snapshot)
    words = _SIGNING | {word.casefold() for text in [*allowed, *_names(snapshot)] for word in _WORD.findall(normal(text))}
    found_ones = _named(difference(before, after), places, words)
    if pages:
        heads = {
            _letters(" ".join(block["columns"]))
            for annex in snapshot["annexes"]
            for block in annex["blocks"]
            if "columns" in block
        }
        found_ones = (each for each in found_ones if not _layout(each, heads))
    return list(found_ones)[:MOST]


def reading_order(snapshot: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """The clauses of a snapshot with their words, as they follow each other in the document."""
    yield Place("cover", "", snapshot["title"]), " ".join([snapshot["subtitle"], snapshot["reference"]])
    if snapshot["recitals"]:
        yield _place(snapshot["recitals"]), _clause_text(snapshot["recitals"])
    for part in snapshot["parts"]:
        for article in part["articles"]:
            yield _place(article), _clause_text(article)
    yield _place(snapshot["closing"], signature=True), _clause_text(snapshot["closing"])
    for annex in snapshot["annexes"]:
        blocks = " ".join(_block_text(block) for block in annex["blocks"])
        yield _place(annex), f"{annex['heading']} {blocks}"


def _without_contents(issued: str, found: str, snapshot: Mapping[str, Any]) -> tuple[str, str]:
    """Both texts without their tables of contents, where these say the same but for the page numbers; else both as they are."""
    cuts = [_contents(text, snapshot) for text in (issued, found)]
    if cuts[0] is None or cuts[1] is None:
        return issued, found
    (start, end), (first, last) = cuts[0], cuts[1]
    entries = [
        _letters(" ".join(word for word in text.casefold().split() if not word.isdigit()))
        for text in (issued[start:end], found[first:last])
    ]
    if entries[0] != entries[1]:
        return issued, found
    return issued[:start] + issued[end:], found[:first] + found[last:]


def _contents(text: str, snapshot: Mapping[str, Any]) -> tuple[int, int] | None:
    """From where to where a text is the table of contents: from its title to the first clause."""
    title = re.search(rf"\b{re.escape(normal(snapshot['labels']['toc']))}\b", text, re.IGNORECASE)
    clauses = (words for place, words in reading_order(snapshot) if place.clause != "cover")
    end = _find(text, normal(next(clauses, "")), title.end()) if title else None
    return (title.start(), end) if title and end is not None else None


def _named(pieces: Sequence[tuple[str, str]], places: _Places, words: Set[str]) -> Iterator[Difference]:
    at, index = 0, 0
    said = ""
    while index < len(pieces):
        op, text = pieces[index]
        if op == EQUAL:
            at, said, index = at + len(text), text, index + 1
            continue
        gone = text if op == DELETE else ""
        came = ""
        index += 1
        if op == INSERT:
            came = text
        elif index < len(pieces) and pieces[index][0] == INSERT:
            came, index = pieces[index][1], index + 1
        if gone.strip() or came.strip():
            place = places.at(at + (0 if gone else -1))
            following = pieces[index][1] if index < len(pieces) else ""
            kind = _kind(gone.strip(), came.strip(), place, words)
            yield Difference(place, kind, _tail(said), _short(gone), _short(came), _head(following))
        at += len(gone)


def _layout(each: Difference, heads: Set[str]) -> bool:
    """Whether a difference comes from the way pages are laid out. What was shortened for display is never one."""
    if each.issued.endswith("…") or each.found.endswith("…"):
        return False
    issued, found = _letters(each.issued), _letters(each.found)
    if issued == found or (each.found.isupper() and found == issued.upper()):
        return True
    return (issued in heads and not found) or (found in heads and not issued)


def _letters(text: str) -> str:
    return _SPACING.sub("", text)


def _kind(gone: str, came: str, place: Place, words: Set[str]) -> str:
    if gone and came:
        return CHANGED
    if gone:
        return REMOVED
    filled = place.signature and all(word.isdigit() or word.casefold() in words for word in _WORD.findall(came))
    return FILLED if filled else ADDED


class _Places:
    """Which clause a place of the issued text belongs to: each clause begins where its words stand, in order."""

    def __init__(self, text: str, snapshot: Mapping[str, Any]) -> None:
        self.starts: list[int] = []
        self.found: list[Place] = []
        at = 0
        for place, words in reading_order(snapshot):
            begins = _find(text, normal(words), at)
            if begins is None:
                continue
            self.starts.append(begins)
            self.found.append(place)
            at = begins + 1

    def at(self, position: int) -> Place:
        """The clause at a position."""
        index = bisect_right(self.starts, max(position, 0)) - 1
        return self.found[max(index, 0)] if self.found else Place("", "", "")


def _find(text: str, words: str, start: int) -> int | None:
    """Where a clause begins: its heading followed by its first words, and not the line in the table of contents.

    Labels stand between heading and words in a PDF and not in a Word file, so that up to three short words are skipped.
    """
    first = words.split()
    if not first:
        return None
    for length in (12, 8, 5, 3):
        pattern = r"(?:\s\S{1,8}){0,3}?\s".join(re.escape(word) for word in first[:length])
        if at := re.compile(pattern, re.IGNORECASE).search(text, start):
            return at.start()
    return None


def _place(clause: Mapping[str, Any], *, signature: bool = False) -> Place:
    return Place(clause["clause"], clause.get("label") or "", clause["heading"], signature)


def _clause_text(clause: Mapping[str, Any]) -> str:
    return " ".join([clause["heading"], *_paragraphs(clause["paragraphs"])])


def _paragraphs(paragraphs: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for paragraph in paragraphs:
        yield _runs(paragraph["runs"])
        yield from _paragraphs(paragraph.get("points", ()))


def _block_text(block: Mapping[str, Any]) -> str:
    if block["kind"] != "table":
        return _runs(block["runs"])
    cells = (_runs(cell) for row in block["rows"] for cell in row)
    return " ".join([*block["columns"], *cells])


def _runs(runs: Iterable[Mapping[str, Any]]) -> str:
    return "".join(" " if run.get("break") else str(run["text"]) for run in runs)


def _names(snapshot: Mapping[str, Any]) -> Iterator[str]:
    for party in snapshot["parties"]:
        yield party["name"]
        yield party["signature"]["name"] or ""
        yield party["signature"]["role"] or ""
        yield from party["description"]  # holds the seat, from which the place of signing usually comes


def _tail(text: str) -> str:
    """The last words before a difference."""
    return text if len(text) <= CONTEXT else "…" + text[-CONTEXT:].partition(" ")[2]


def _head(text: str) -> str:
    """The first words after it."""
    return text if len(text) <= CONTEXT else text[:CONTEXT].rpartition(" ")[0] + "…"


def _short(text: str) -> str:
    text = text.strip()
    return text[:SHOWN] + "…" if len(text) > SHOWN else text
