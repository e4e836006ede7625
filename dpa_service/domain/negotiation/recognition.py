"""What a changed clause is: a rung of the ladder, another value, a clause removed or added, or own words. Pure.

A text that equals what the clause would say with other values *is* those values; only what cannot be explained so is wording.
"""

from __future__ import annotations

from collections.abc import Mapping

from dpa_service.domain.comparison.signed_text import normal
from dpa_service.domain.contract.asked import ADDED, MODIFIED, REMOVED, UNTRACKED
from dpa_service.domain.contract.deviations import OMITTED
from dpa_service.domain.contract.terms import Value, plain
from dpa_service.domain.contract.wording_source import Draft
from dpa_service.domain.negotiation.recognised import NOTHING, WORDING, Json, Note, Recognised, beyond, value_entry, value_note
from dpa_service.domain.negotiation.recognised_values import explained
from dpa_service.domain.negotiation.reworded import Reworded, lines_of, new_article, reworded


def recognise(
    draft: Draft,
    clause: str,
    issued: str,
    returned: str,
    *,
    silent: bool = False,
    levels: Mapping[str, int] | None = None,
    hint: Mapping[str, Value] | None = None,
) -> Recognised:
    """What became of an article. In: the draft that was sent; the article's text as issued and as it came back (heading first, one
    paragraph a line); `silent`, whether any of the change was left unmarked; `levels`, how deep a returned line stands; `hint`, values that
    other clauses of the same file have, which are tried first.
    """
    lines = [normal(line) for line in lines_of(returned)]
    heading = draft.clause(clause).texts[draft.language].heading
    said = [line for line in lines if line != normal(heading)]
    if not said or said == [normal(OMITTED[draft.language])]:
        return Recognised(REMOVED, ({"class": REMOVED, "clause": clause},), 0.95, _marked(Note("removed", {}), silent=silent))
    if (found := explained(draft, clause, issued, lines, silent, hint or {})) is not None:
        return found
    return _own_words(draft, clause, reworded(draft, clause, issued, returned, levels), silent)


def added(after: str, returned: str, number: int, levels: Mapping[str, int] | None = None, *, silent: bool = False) -> Recognised:
    """An article that was not issued and stands after `after` now; `number` makes its id."""
    if not lines_of(returned):
        return Recognised(NOTHING)
    made = new_article(returned, levels)
    entry = {"class": ADDED, "id": f"added-{number}", "after": after, "text": made.source}
    notes = [*_marked(Note("added", {}), silent=silent), *([Note("neutral", {})] if made.neutral else [])]
    return Recognised(ADDED, (entry,), 0.8, tuple(notes))


def _marked(note: Note, *, silent: bool) -> tuple[Note, ...]:
    return (note, Note("unmarked", {})) if silent else (note,)


def _own_words(draft: Draft, clause: str, made: Reworded, silent: bool) -> Recognised:
    standard = {name: value for name, value in made.values.items() if value == draft.standard.parameters[name].standard}
    moved = {name: value for name, value in made.values.items() if value != draft.terms[name]}
    notes = [Note("wording", {}), *(value_note(draft, name, value) for name, value in moved.items())]
    notes += [beyond(draft, name, text) for name, text in made.beyond]
    notes += [
        Note("not-printed", {"label": draft.standard.parameters[name].labels[draft.language]})
        for name in dict.fromkeys(made.lost)
    ]
    notes += [Note("doubt", {})] if made.doubt else []
    notes += [Note("neutral", {})] if made.neutral else []
    entry: Json = {"class": UNTRACKED if silent else MODIFIED, "clause": clause, "text": made.source}
    entries = [entry]
    if silent:
        notes.append(Note("silent", {}))
        found = {name: plain(value) for name, value in moved.items() if name not in standard}
        entry |= {"values": found} if found else {}
        entries += [value_entry(name, value) for name, value in moved.items() if name in standard]
    else:
        entries += [value_entry(name, value) for name, value in moved.items()]
    confidence = 0.4 + 0.5 * made.stayed - (0.2 if made.doubt else 0.0) - (0.1 if made.lost or made.beyond else 0.0)
    return Recognised(WORDING, tuple(entries), max(confidence, 0.1), tuple(notes))
