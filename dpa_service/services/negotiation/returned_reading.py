"""Reading a file that came back: which of the files we sent it answers, what it changed, and what each changed clause is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from dpa_service.adapters.confined import Refused
from dpa_service.adapters.docx.returned import read_returned
from dpa_service.adapters.pdf import render_pdf
from dpa_service.adapters.pdf_text import read_pdf
from dpa_service.domain.comparison import signed_text
from dpa_service.domain.comparison.returned import SUBSTANTIVE, Comparison, compare
from dpa_service.domain.comparison.returned_identity import Verdict, belongs_to, same_agreement
from dpa_service.domain.comparison.returned_manifest import marks_of_snapshot
from dpa_service.domain.comparison.returned_stream import Stream
from dpa_service.domain.comparison.signed_text import normal
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.negotiation.recognised import Recognised
from dpa_service.domain.negotiation.reworded import plain_line
from dpa_service.domain.negotiation.separating import without
from dpa_service.services.negotiation.returned_places import (
    PROPOSAL,
    WORDS,
    article_texts,
    draft_of_snapshot,
    empty_row,
    normal_lines,
    place_of,
    recognised_place,
    recognised_places,
    rows_of,
)

Json = dict[str, Any]
DOCX, PDF, OTHER = "docx", "pdf", "other"
MOST_CHANGES = 2_000  # in one file; what has more is not handled one by one


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that we sent: its round, bytes and the assembled agreement that it was made from."""

    round_id: str
    content: bytes
    snapshot: Json


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file says. `refused`: (code, message) where it is kept and not read; `places`: the clauses with findings, as JSON;
    `changes`: (place, kind, data) in the order of the document; `recognised`: place → what the clause is.
    """

    kind: str
    baseline: str | None = None
    refused: tuple[str, str] | None = None
    verdict: Json = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    places: tuple[Json, ...] = ()
    changes: tuple[tuple[int, str, Json], ...] = ()
    recognised: Mapping[int, Json] = field(default_factory=dict)

    def findings(self) -> Json:
        """As the round keeps it."""
        return {
            "refused": {"code": self.refused[0], "message": self.refused[1]} if self.refused else None,
            "verdict": self.verdict,
            "remarks": list(self.remarks),
            "authors": list(self.authors),
            "places": list(self.places),
            "recognised": {str(place): each for place, each in self.recognised.items()},
        }


def kind_of(content: bytes) -> str:
    """docx, pdf or other, by the bytes and not by the name."""
    if content.startswith(b"PK\x03\x04"):
        return DOCX
    return PDF if content[:1024].lstrip().startswith(b"%PDF-") else OTHER


def read_file(content: bytes, sent: Sequence[Sent], ids: frozenset[str], library: Library) -> Reading:
    """What came back, held beside the file that it answers.

    In: the bytes; the files of this negotiation that were sent, the first one first; the ids of its editions; the library of the
    last. A file that is not taken is an answer too (`refused`), never an error.
    """
    kind = kind_of(content)
    if kind == OTHER:
        return Reading(kind, refused=("KIND", "Send the agreement that came back as a .docx or .pdf file."))
    try:
        return _read_docx(content, sent, ids, library) if kind == DOCX else _read_pdf(content, sent, library)
    except Refused as trouble:
        return Reading(kind, refused=(trouble.code, trouble.message))


# ---- Word ----------------------------------------------------------------------------------------------------------


def _read_docx(content: bytes, sent: Sequence[Sent], ids: frozenset[str], library: Library) -> Reading:
    if len(sent) == 1:
        with ThreadPoolExecutor(2) as pool:  # each is read in a process of its own
            both = pool.map(read_returned, (content, sent[0].content))
            stream, issued = next(both), next(both)
        baseline = sent[0]
    else:
        stream = read_returned(content)
        baseline = _nearest(stream, sent)
        issued = read_returned(baseline.content)
    verdict = _verdict(issued, stream, ids)
    if not verdict.same:
        said = f" ({verdict.found})" if verdict.found else ""
        return Reading(
            DOCX,
            refused=(
                "OTHER_AGREEMENT",
                f"This file belongs to another agreement{said}, not to {baseline.snapshot['reference']}.",
            ),
            verdict=_plain(verdict),
            remarks=stream.remarks,
        )
    found = compare(issued, stream, marks_of_snapshot(baseline.snapshot))
    levels = {plain_line(each.text): each.level - 1 for each in stream.paragraphs if each.level and each.place == "body"}
    places = [place_of(each, levels) for each in found.clauses]
    return _reading(DOCX, baseline, verdict, found, places, library)


def _verdict(issued: Stream, stream: Stream, ids: frozenset[str]) -> Verdict:
    said = belongs_to(stream)
    for method, name in said.ids:
        if name in ids:  # of this negotiation, perhaps of an earlier edition
            return Verdict(True, method, 1.0)
    return same_agreement(issued, stream)


def _nearest(stream: Stream, sent: Sequence[Sent]) -> Sent:
    """The file that was sent whose lines are most alike; the last one on a tie."""
    lines = {
        normal("".join(piece.text for piece in each.pieces if piece.inserted is None)) for each in stream.paragraphs
    }  # fmt: skip

    def share(each: Sent) -> float:
        ours = {normal(line) for text in article_texts(each.snapshot).values() for line in text.split("\n")}
        return len(ours & lines) / max(len(ours | lines), 1)

    return max(reversed(sent), key=share)


def _reading(kind: str, baseline: Sent, verdict: Verdict, found: Comparison, places: Sequence[Json], library: Library) -> Reading:
    changes: list[tuple[int, str, Json]] = []
    for index, (each, place) in enumerate(zip(found.clauses, places, strict=True)):
        changes += [(index, name, data) for name, data in rows_of(each, place)]
    if len(changes) > MOST_CHANGES:
        message = (
            f"This file has more than {MOST_CHANGES} changes: it is another text. Read it by eye, or ask for one with fewer."
        )
        return Reading(kind, baseline.round_id, ("TOO_MANY", message), _plain(verdict), found.remarks, found.authors)
    kept = sorted({index for index, _, _ in changes})
    number = {old: new for new, old in enumerate(kept)}
    recognised: dict[int, Recognised] = {}
    if any(name in WORDS for _, name, _ in changes):
        recognised = recognised_places(baseline.snapshot, library, [places[index] for index in kept])
    return Reading(
        kind,
        baseline.round_id,
        verdict=_plain(verdict),
        remarks=found.remarks,
        authors=found.authors,
        places=tuple(places[index] for index in kept),
        changes=tuple((number[index], name, data) for index, name, data in changes),
        recognised={index: each.plain() for index, each in recognised.items()},
    )


def _plain(verdict: Verdict) -> Json:
    return {"same": verdict.same, "method": verdict.method, "confidence": round(100 * verdict.confidence), "found": verdict.found}


# ---- PDF: proposals on articles, never more ------------------------------------------------------------------------


def _read_pdf(content: bytes, sent: Sequence[Sent], library: Library) -> Reading:
    baseline = sent[-1]
    snapshot = baseline.snapshot
    labels = snapshot["labels"]
    marks = [snapshot["reference"], snapshot["title"], labels["page"]]
    reader = partial(read_pdf, marks=marks, also=[snapshot["agreement_id"], labels["of"]])
    found = reader(content)
    if not found.text or "scan" in found.remarks:
        message = "This PDF is a scan without words to compare. Ask for the Word file, or read it by eye."
        return Reading(PDF, baseline.round_id, refused=("NO_TEXT", message), remarks=found.remarks)
    issued = reader(render_pdf(snapshot))
    likeness = signed_text.likeness(issued.text, found.text)
    if likeness < signed_text.LIKENESS:
        message = f"This file does not hold the text of {snapshot['reference']}."
        return Reading(PDF, refused=("OTHER_AGREEMENT", message), remarks=found.remarks)
    differences = [each.plain() for each in signed_text.compare(issued.text, found.text, snapshot, pages=True)]
    return _of_differences(baseline, differences, round(likeness, 2), (*found.remarks, "pdf"), library)


def _of_differences(
    baseline: Sent, differences: Sequence[Json], likeness: float, remarks: tuple[str, ...], library: Library
) -> Reading:
    texts = article_texts(baseline.snapshot)
    grouped: dict[str, list[Json]] = {}
    for each in differences:
        grouped.setdefault(each["clause"], []).append(each)
    places, changes, recognised = [], list[tuple[int, str, Json]](), {}
    draft = draft_of_snapshot(baseline.snapshot, library)
    for index, (clause, group) in enumerate(grouped.items()):
        rows = [{**empty_row("replaced"), "key": f"pdf-{index}-{number}", "before": each["before"].strip("…"), "old": each["issued"].strip(),
                 "new": each["found"].strip(), "after": each["after"].strip("…")} for number, each in enumerate(group)]  # fmt: skip
        issued = normal_lines(texts.get(clause, ""))
        swapped = [(row["before"], row["new"], row["old"], row["after"]) for row in rows]
        accepted = without(issued, issued, swapped) if issued else None
        place = {
            "clause": clause, "label": group[0]["label"], "heading": group[0]["heading"], "state": "changed", "method": "similarity",
            "confidence": round(100 * likeness), "weight": SUBSTANTIVE, "after": "", "issued": issued, "accepted": accepted or "",
            "words": accepted is not None, "silent": True, "levels": {},
        }  # fmt: skip
        places.append(place)
        changes += [(index, PROPOSAL, row) for row in rows]
        recognised[index] = recognised_place(draft, place).plain()
    verdict = Verdict(True, "similarity", likeness)
    return Reading(PDF, baseline.round_id, None, _plain(verdict), remarks, (), tuple(places), tuple(changes), recognised)
