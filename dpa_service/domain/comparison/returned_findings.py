"""What the comparison of a returned file says (domain/comparison/returned.py): per clause the tracked and silent changes, looks and comments. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

# What a finding weighs. Cosmetic: quotes, spaces, what the machine prints. Suspicious: made so that a reader does not see it.
COSMETIC, SUBSTANTIVE, SUSPICIOUS = "cosmetic", "substantive", "suspicious"
# How a clause was found again.
BOOKMARK, HEADING, SIMILARITY, MISSING = "bookmark", "heading", "similarity", "missing"
# Names of what is no clause. Words that belong nowhere stand under NO_CLAUSE; nothing is dropped.
COVER, MARGINS, NO_CLAUSE = "cover", "margins", ""


@dataclass(frozen=True, slots=True)
class ClauseMark:
    """A clause of the issued file: its id, hidden bookmark, printed label ("7", "II" or "") and heading."""

    clause: str
    bookmark: str
    label: str
    heading: str


@dataclass(frozen=True, slots=True)
class Change:
    """One change of words.

    `kind`: inserted, deleted, replaced, moved-from, moved-to, split, joined (paragraph marks), row-inserted, row-deleted, withdrawn
    (inserted and deleted again; `author` inserted it). `old` → `new` between the words `before` and `after`; a paragraph mark is
    "\\n", the end of a cell too. `author`, `date`: claims, "" when missing or silent. A tracked change that already was in what we
    sent is not told again.
    `weight` with `reasons`: quotes, spaces, hyphens, form (the same letters otherwise encoded), empty (a paragraph without words),
    numbering (typed instead of automatic), reference (the printed number of another place), never-issued (a deletion of words that
    were not there), zero-width, bidi, look-alike, hidden, white, tiny, rtl.
    `key`: stable for the same finding in the same clause.
    """

    key: str
    kind: str
    tracked: bool
    author: str
    date: str
    before: str
    old: str
    new: str
    after: str
    weight: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Formatting:
    """A change of look on words that stayed: `added` and `removed` looks; "style:lid" and "label:%1.%2" (the words of its number) of
    a paragraph, "field:_pr_…" of a reference, "field:=QUOTE …" of another field that prints the words. Suspicious: taken out of sight,
    or printed by another field; substantive: struck, a reference to another place, words in a number; the rest is cosmetic.
    """

    key: str
    text: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    tracked: bool
    author: str
    date: str
    weight: str


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to a comment."""

    author: str
    date: str
    text: str
    resolved: bool


@dataclass(frozen=True, slots=True)
class Note:
    """A comment on a clause: the words it is on, and the answers it got."""

    key: str
    author: str
    date: str
    text: str
    anchored: str
    resolved: bool
    replies: tuple[Reply, ...] = ()


@dataclass(frozen=True, slots=True)
class ClauseFindings:
    """One clause. `state`: unchanged (its words), changed, moved, removed (every word is marked as deleted), missing (none of it came
    back), added (an article that was not issued; its id is NO_CLAUSE).

    `method` (bookmark, heading, similarity, missing) and `confidence` 0 to 1 say how it was found again. `after`: for what was
    added, the clause before it.
    """

    clause: str
    label: str
    heading: str
    state: str
    method: str
    confidence: float
    issued: str
    original: str
    accepted: str
    tracked: tuple[Change, ...] = ()
    silent: tuple[Change, ...] = ()
    formatting: tuple[Formatting, ...] = ()
    comments: tuple[Note, ...] = ()
    after: str = ""

    @property
    def weight(self) -> str:
        """The heaviest finding: "" (none), cosmetic, substantive or suspicious. A clause that went, came or moved is substantive."""
        found = {each.weight for each in (*self.tracked, *self.silent)} | {each.weight for each in self.formatting}
        found |= {SUBSTANTIVE} if self.state not in ("unchanged", "changed") else set()
        return next((weight for weight in (SUSPICIOUS, SUBSTANTIVE, COSMETIC) if weight in found), "")

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self) | {"weight": self.weight}


@dataclass(frozen=True, slots=True)
class Comparison:
    """A returned file beside what was issued: every clause in the issued order, what was added where it stands, then the rest.

    `authors`: who the tracked changes and comments claim to be from. `remarks`: what a person should know about the file.
    """

    clauses: tuple[ClauseFindings, ...]
    authors: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def weight(self) -> str:
        """The heaviest finding."""
        found = {each.weight for each in self.clauses}
        return next((weight for weight in (SUSPICIOUS, SUBSTANTIVE, COSMETIC) if weight in found), "")

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {"weight": self.weight, "authors": list(self.authors), "remarks": list(self.remarks),
                "clauses": [each.plain() for each in self.clauses]}  # fmt: skip
