"""The clauses of a returned file: their changes as rows, and what each clause is, alone and together with the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dpa_service.domain.comparison.returned import COSMETIC, SUBSTANTIVE, ClauseFindings
from dpa_service.domain.comparison.signed_text import normal
from dpa_service.domain.contract.asked import LONGEST_TEXT
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.request import request_from_dict
from dpa_service.domain.contract.terms import Value
from dpa_service.domain.contract.wording_source import Draft, draft_of
from dpa_service.domain.negotiation.recognised import NOTHING, SAME, Note, Recognised
from dpa_service.domain.negotiation.recognition import added, recognise
from dpa_service.domain.negotiation.reworded import lines_of
from dpa_service.domain.negotiation.separating import without
from dpa_service.services.negotiation.returned_annexes import is_annex, recognised_annex

Json = dict[str, Any]
TRACKED, SILENT, COMMENT, FORMATTING, STRUCTURE, PROPOSAL = "tracked", "silent", "comment", "formatting", "structure", "proposal"
WORDS = (TRACKED, SILENT, STRUCTURE, PROPOSAL)  # kinds that a proposal of the clause takes along


def draft_of_snapshot(snapshot: Mapping[str, Any], library: Library) -> Draft:
    """The wordings of a file that was sent."""
    return draft_of(
        library, request_from_dict(snapshot["request"], library), document=snapshot["family"], reference=snapshot["reference"]
    )


def recognised_place(
    draft: Draft,
    place: Mapping[str, Any],
    dismissed: Sequence[Mapping[str, Any]] = (),
    number: int = 1,
    hint: Mapping[str, Value] | None = None,
) -> Recognised:
    """What a clause of a reading is, the changes left out that were `dismissed` (their data)."""
    if place["state"] == "unchanged" or not place["words"]:
        return Recognised(NOTHING)
    if place["weight"] == COSMETIC:
        return Recognised(SAME)
    returned = left_over(place, dismissed)["accepted"]
    if returned is None:
        return Recognised(NOTHING, notes=(Note("cannot-separate", {}),))
    if len(returned) > LONGEST_TEXT:
        return Recognised(NOTHING, notes=(Note("too-long", {}),))
    if place["state"] == "added":
        if place["after"] not in draft.library.clauses or draft.library.clauses[place["after"]].kind != "article":
            return Recognised(NOTHING, notes=(Note("not-an-article", {}),))
        return added(place["after"], returned, number, place["levels"], silent=place["silent"])
    clause = draft.library.clauses.get(place["clause"])
    if clause is None or clause.kind != "article":
        return Recognised(NOTHING, notes=(Note("not-an-article", {}),))
    return recognise(draft, clause.id, place["issued"], returned, silent=place["silent"], levels=place["levels"], hint=hint)


def left_over(place: Mapping[str, Any], dismissed: Sequence[Mapping[str, Any]]) -> Json:
    """A place with the dismissed changes taken out of what came back (`accepted` is None where they cannot be told apart)."""
    gone = [(each["before"], each["old"], each["new"], each["after"]) for each in dismissed]
    return {**place, "accepted": without(place["issued"], place["accepted"], gone)}


def recognised_places(snapshot: Mapping[str, Any], library: Library, places: Sequence[Json]) -> dict[int, Recognised]:
    """What every clause with changes is; values that several clauses and annexes print are the same in all of them."""
    recognised: dict[int, Recognised] = {}
    draft = draft_of_snapshot(snapshot, library)
    for index, place in enumerate(places):
        before = sum(each["state"] == "added" for each in places[:index])
        recognised[index] = recognised_place(draft, place, number=before + 1)
    _agree(draft, places, recognised)
    articles = [each for each in recognised.values() if each.values]
    for index, place in enumerate(places):
        if is_annex(library, place) and place["weight"] != COSMETIC:
            recognised[index] = recognised_annex(draft, snapshot, library, place, articles) or recognised[index]
    return recognised


def _agree(draft: Draft, places: Sequence[Json], recognised: dict[int, Recognised]) -> None:
    """One file, one value: where two clauses can be explained by different values of a term, one that explains both is taken."""
    said: dict[str, set[Value]] = {}
    for each in recognised.values():
        for name, value in each.values.items():
            said.setdefault(name, set()).add(value)
    for index, each in list(recognised.items()):
        for name, value in each.values.items():
            for other in said[name] - {value}:
                again = recognised_place(draft, places[index], hint={**each.values, name: other})
                if again.values.get(name) == other:
                    recognised[index] = again


def place_of(each: ClauseFindings, levels: Mapping[str, int]) -> Json:
    """A clause as the round keeps it, confidences in percent: with its texts, so that it can be recognised again when a part of it is dismissed."""
    words = bool(each.tracked or each.silent) or each.state in ("missing", "added", "removed")
    silent = any(change.weight != COSMETIC for change in each.silent) or each.state == "missing"
    new = set(lines_of(each.accepted)) - set(lines_of(each.issued))
    return {
        "clause": each.clause,
        "label": each.label,
        "heading": each.heading,
        "state": each.state,
        "method": each.method,
        "confidence": round(100 * each.confidence),
        "weight": each.weight,
        "after": each.after,
        "issued": each.issued if words else "",
        "accepted": each.accepted if words else "",
        "words": words,
        "silent": silent,
        "levels": {line: levels[line] for line in new if line in levels},
    }


def rows_of(each: ClauseFindings, place: Mapping[str, Any]) -> list[tuple[str, Json]]:
    made: list[tuple[str, Json]] = []
    for name, changes in ((TRACKED, each.tracked), (SILENT, each.silent)):
        for change in changes:
            made.append((name, {
                "key": change.key, "what": change.kind, "before": change.before, "old": change.old, "new": change.new,
                "after": change.after, "author": change.author, "date": change.date, "weight": change.weight, "reasons": list(change.reasons),
            }))  # fmt: skip
    if place["words"] and not made and each.state != "unchanged":
        made.append((STRUCTURE, empty_row(each.state)))
    elif each.state == "moved":
        made.append((STRUCTURE, empty_row("moved")))
    for look in each.formatting:
        made.append((FORMATTING, {
            "key": look.key, "what": "look", "text": look.text, "added": list(look.added), "removed": list(look.removed),
            "tracked": look.tracked, "author": look.author, "date": look.date, "weight": look.weight, "reasons": [],
        }))  # fmt: skip
    for note in each.comments:
        replies = [{"author": r.author, "date": r.date, "text": r.text, "resolved": r.resolved} for r in note.replies]
        made.append((COMMENT, {
            "key": note.key, "what": "comment", "author": note.author, "date": note.date, "text": note.text, "anchored": note.anchored,
            "resolved": note.resolved, "replies": replies, "weight": SUBSTANTIVE, "reasons": [],
        }))  # fmt: skip
    return made


def empty_row(what: str) -> Json:
    return {"key": what, "what": what, "before": "", "old": "", "new": "", "after": "", "author": "", "date": "", "weight": SUBSTANTIVE,
            "reasons": []}  # fmt: skip


def normal_lines(text: str) -> str:
    """A text with each of its lines as they are compared."""
    return "\n".join(normal(line) for line in text.split("\n"))


def article_texts(snapshot: Mapping[str, Any]) -> dict[str, str]:
    """The articles of a snapshot, the heading and then a paragraph a line."""

    def lines(paragraphs: Sequence[Mapping[str, Any]]) -> list[str]:
        return [
            line
            for each in paragraphs
            for line in ["".join(str(run["text"]) for run in each["runs"]), *lines(each.get("points", ()))]
        ]

    return {
        article["clause"]: "\n".join([article["heading"], *lines(article["paragraphs"])])
        for part in snapshot["parts"]
        for article in part["articles"]
    }
