"""Of which agreement is a file? By its property, its customXml part, its bookmarks, its footer, and at last its words. Pure."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from dpa_service.domain.comparison.returned_stream import Stream
from dpa_service.domain.errors import DomainError

PROPERTY, CUSTOM_XML, BOOKMARKS, FOOTER, SIMILARITY = "property", "customXml", "bookmarks", "footer", "similarity"
ALIKE = 0.5  # share of the issued words below which a file is another text
_ID = re.compile(r"\b[0-9a-f]{32}\b")
_REFERENCE = re.compile(r"\b(?:[A-Z]{2,10}-\d{4}-\d{3,}|ONTWERP-[0-9A-F]{8})(?:[-/][A-Za-z0-9.]+)?\b")
_WORD = re.compile(r"\w+")


class OtherAgreement(DomainError):
    """The file that came back is of another agreement; `found` is what it says about itself."""

    def __init__(self, found: str, expected: str) -> None:
        said = f" ({found})" if found else ""
        super().__init__("OTHER_AGREEMENT", f"This file is of another agreement{said}, not of {expected}.")
        self.found = found


@dataclass(frozen=True, slots=True)
class Belonging:
    """What a file says about itself: (method, agreement id) in the order of trust, and the references printed in its footers.

    `bookmarks`: how many of our clause bookmarks it has; they name clauses, the same in every agreement. `conflict`: its ids differ.
    """

    ids: tuple[tuple[str, str], ...]
    references: tuple[str, ...]
    bookmarks: int
    conflict: bool

    @property
    def agreement_id(self) -> str:
        """The most trusted id, or ""."""
        return self.ids[0][1] if self.ids else ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a file is of the agreement. `same` with `method` (property, customXml, bookmarks, footer, similarity) and `confidence`;
    `found`: the id or reference of the other agreement, where it says so.
    """

    same: bool
    method: str
    confidence: float
    found: str = ""


def belongs_to(stream: Stream) -> Belonging:
    """The ids and references in a file, in the order property → customXml → footer."""
    said = stream.identity
    footer = [(FOOTER, name) for line in said.footers for name in _ID.findall(line)]
    ids = [*((PROPERTY, name) for name in said.properties), *((CUSTOM_XML, name) for name in said.custom_xml), *footer]
    references = [name for line in said.footers for name in _REFERENCE.findall(line)]
    bookmarks = sum(name.startswith("_cl_") for name in said.bookmarks)
    return Belonging(tuple(dict.fromkeys(ids)), tuple(dict.fromkeys(references)), bookmarks, len({name for _, name in ids}) > 1)


def same_agreement(issued: Stream, returned: Stream) -> Verdict:
    """Whether a returned file is of the agreement of an issued one. What comes first in the order of trust decides.

    Bookmarks are the same in all our agreements: they show that a text is ours, and its words, whose.
    """
    ours, theirs = belongs_to(issued), belongs_to(returned)
    for method in (PROPERTY, CUSTOM_XML):
        found = [name for by, name in theirs.ids if by == method]
        if found:
            return _by(method, _other(ours, theirs, found[0]), ours.agreement_id in found, 1.0)
    likeness = alike(issued, returned)
    if theirs.bookmarks:
        shared = set(issued.identity.bookmarks) & set(returned.identity.bookmarks)
        share = len(shared) / max(len(issued.identity.bookmarks), 1)
        if share >= ALIKE and likeness >= ALIKE and _footer(ours, theirs) is not False:
            return Verdict(True, BOOKMARKS, round(0.7 + 0.3 * likeness, 2))
    agrees = _footer(ours, theirs)
    if agrees is not None:
        return _by(FOOTER, _other(ours, theirs, theirs.agreement_id), agrees, 0.9)
    return Verdict(likeness >= ALIKE, SIMILARITY, round(likeness if likeness >= ALIKE else 1 - likeness, 2))


def check_same(issued: Stream, returned: Stream) -> Verdict:
    """The verdict where it is the same agreement. Error: ``OtherAgreement``."""
    verdict = same_agreement(issued, returned)
    if not verdict.same:
        ours = belongs_to(issued)
        raise OtherAgreement(verdict.found, next(iter(ours.references), "") or ours.agreement_id or "the issued file")
    return verdict


def alike(issued: Stream, returned: Stream) -> float:
    """The share of the issued words that a file has, 0 to 1; far longer texts count as unlike."""
    here, there = (Counter(word for paragraph in stream.paragraphs for word in _WORD.findall(paragraph.text))
                   for stream in (issued, returned))  # fmt: skip
    return sum((here & there).values()) / max(sum(here.values()), sum(there.values()) // 3, 1)


def _footer(ours: Belonging, theirs: Belonging) -> bool | None:
    """Whether the footers name the same agreement; None where they name none."""
    ids = {name for by, name in theirs.ids if by == FOOTER}
    if ids:
        return ours.agreement_id in ids
    return bool(set(ours.references) & set(theirs.references)) if theirs.references and ours.references else None


def _other(ours: Belonging, theirs: Belonging, name: str) -> str:
    """How another agreement is called: by its printed reference where it has one of its own."""
    return next((each for each in theirs.references if each not in ours.references), name)


def _by(method: str, found: str, same: bool, confidence: float) -> Verdict:
    return Verdict(same, method, confidence, "" if same else found)
