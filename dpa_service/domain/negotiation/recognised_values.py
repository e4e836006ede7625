"""Explaining a changed clause by other values of its terms: which of them would make it say exactly this. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import combinations

from dpa_service.domain.comparison.signed_text import normal
from dpa_service.domain.contract.asked import FALLBACK, UNTRACKED, VALUE
from dpa_service.domain.contract.clause_text import Inline, Node, Print, Ref, Words
from dpa_service.domain.contract.clauses import Ladder, Rung
from dpa_service.domain.contract.terms import Parameter, Value, ValueTrouble, parse_value, plain
from dpa_service.domain.contract.wording_source import Draft, walk
from dpa_service.domain.negotiation.read_figure import NUMERIC, whole_figure
from dpa_service.domain.negotiation.recognised import (
    RUNG,
    SAME,
    WALK_AWAY,
    Json,
    Note,
    Recognised,
    beyond,
    value_entry,
    value_note,
)
from dpa_service.domain.negotiation.reworded import LABEL, lines_of

_LONGEST_FIGURE = 80


def explained(
    draft: Draft, clause: str, issued: str, lines: Sequence[str], silent: bool, hint: Mapping[str, Value]
) -> Recognised | None:
    """The fewest values that make the clause say this, as an entry; None where no values do."""
    beyond: Recognised | None = None
    tried = {name: value for name, value in hint.items() if name in _named(draft, clause)}
    for values in ([tried] if tried else []) + list(_candidates(draft, clause)):
        found = _match(draft, clause, lines, values)
        if found is None:
            continue
        read, doubt, out = found
        if out:
            beyond = beyond or _walk_away(draft, out)
            continue
        changed = {name: value for name, value in {**values, **read}.items() if value != draft.terms[name]}
        if not changed and lines != [normal(line) for line in lines_of(issued)]:
            return None  # another number in a reference
        seen = _visible(draft, clause, values)
        return _asked(
            draft, clause, {name: value for name, value in changed.items() if name in seen}, seen, doubt=doubt, silent=silent
        )
    return beyond


def _candidates(draft: Draft, clause: str) -> Iterator[dict[str, Value]]:
    """Values under which the clause may say something else: none, one choice or rung, two of them."""
    yield {}
    names = _named(draft, clause)
    steps: list[dict[str, Value]] = []
    for _, rung in _rungs(draft):
        sets = {name: value for name, value in rung.sets.items() if name in names}
        if sets and sets not in steps:
            steps.append(sets)
    for name in names:
        parameter = draft.standard.parameters[name]
        if parameter.type == "boolean":
            steps += [{name: value} for value in (True, False) if {name: value} not in steps]
        elif parameter.type == "choice":
            steps += [{name: value} for value in parameter.choices if {name: value} not in steps]
        elif parameter.type in NUMERIC:
            steps += [{name: value} for value in _around(draft, clause, name)]
        if parameter.none is not None and {name: None} not in steps:
            steps.append({name: None})
    steps = [step for step in steps if any(draft.terms[name] != value for name, value in step.items())]
    yield from steps
    for one, two in combinations(steps, 2):
        if not set(one) & set(two):
            yield {**one, **two}


def _around(draft: Draft, clause: str, name: str) -> Iterator[Value]:
    """The figures at which a clause chooses other paragraphs, and those next to them."""
    parameter = draft.standard.parameters[name]
    for node in draft.clause(clause).texts[draft.language].walk():
        for test in node.when.tests if node.when else ():
            if test.name == name and test.literal is not None and test.literal.replace(".", "", 1).isdigit():
                for value in (Decimal(test.literal) + step for step in (0, 1, -1)):
                    if (parameter.minimum or 0) <= value <= (parameter.maximum or value):
                        yield int(value) if parameter.type == "duration" else value


def _rungs(draft: Draft) -> Iterator[tuple[Ladder, Rung]]:
    for each in draft.standard.clauses.values():
        for ladder in each.ladders:
            for rung in ladder.rungs:
                yield ladder, rung


def _named(draft: Draft, clause: str) -> list[str]:
    """The parameters that a clause prints or chooses its paragraphs by."""
    names: dict[str, None] = {}
    for node in draft.clause(clause).texts[draft.language].walk():
        names |= {part.name: None for part in node.inline if isinstance(part, Print)}
        names |= {test.name: None for test in node.when.tests} if node.when else {}
    return [name for name in names if name in draft.standard.parameters]


def _visible(draft: Draft, clause: str, values: Mapping[str, Value]) -> set[str]:
    """The parameters whose value shows in the clause: printed by what is kept, or choosing it."""
    printed = _printed(draft, draft.kept(clause, values))
    deciding = {test.name for node in draft.clause(clause).texts[draft.language].walk() if node.when for test in node.when.tests}
    return (printed | deciding) & set(draft.standard.parameters)


def _printed(draft: Draft, nodes: Sequence[Node]) -> set[str]:
    """The parameters that paragraphs print."""
    names = {part.name for _, node in walk(nodes) for part in node.inline if isinstance(part, Print)}
    return names & set(draft.standard.parameters)


def _match(
    draft: Draft, clause: str, lines: Sequence[str], values: Mapping[str, Value]
) -> tuple[dict[str, Value], bool, list[tuple[str, str]]] | None:
    """What a text says where the clause prints figures: (values, doubtful, out of bounds); None where it is another text."""
    kept = draft.kept(clause, values)
    items = [node for _, node in walk(kept)]
    heading = draft.clause(clause).texts[draft.language].heading
    if len(lines) != len(items) + 1 or lines[0] != normal(heading):
        return None
    read: dict[str, Value] = {}
    doubt, beyond = False, list[tuple[str, str]]()
    for node, line in zip(items, lines[1:], strict=True):
        names: list[str] = []
        match = re.fullmatch(_pattern(draft, node.inline, values, names), line)
        if match is None:
            return None
        for name, text in zip(names, match.groups(), strict=True):
            parameter = draft.standard.parameters[name]
            if parameter.type == "text":
                said = None if parameter.none == text else _words(parameter, text)
                if (said is None and parameter.none != text) or read.setdefault(name, said) != said:
                    return None
                doubt |= said != values.get(name, draft.terms[name])  # any words would fit
                continue
            figure = whole_figure(parameter, text)
            if figure is None or (figure.trouble and figure.trouble != "RANGE"):
                return None
            if figure.trouble:
                beyond.append((name, text))
                continue
            doubt |= figure.doubt
            if read.setdefault(name, figure.value) != figure.value:
                return None  # two places of the clause disagree
    guessed = {name for name, value in values.items() if draft.standard.parameters[name].type in NUMERIC and value is not None}
    if guessed & _printed(draft, kept) - set(read) or draft.kept(clause, {**values, **read}) != kept:
        return None
    return read, doubt, beyond


def _words(parameter: Parameter, text: str) -> Value:
    """A text that a parameter takes, or None."""
    try:
        return parse_value(parameter, text)
    except ValueTrouble:
        return None


def _pattern(draft: Draft, inline: Sequence[Inline], values: Mapping[str, Value], names: list[str]) -> str:
    """A pattern of a paragraph that takes any figure where it prints one, and any number where it refers."""
    out = ""
    for part in inline:
        match part:
            case Words(text):
                out += _folded(text)
            case Ref():
                out += rf"\S+ {LABEL}" if part.annex else LABEL
            case Print(name):
                parameter = draft.standard.parameters.get(name)
                if (
                    parameter is not None
                    and parameter.type in (*NUMERIC, "text")
                    and (name not in values or values[name] is not None)
                ):
                    names.append(name)
                    out += f"(.{{1,{_LONGEST_FIGURE}}}?)"
                else:
                    out += _folded(draft.printed(part, values) or "")
    return out


def _folded(text: str) -> str:
    """A pattern for words, whatever their spaces and quotes."""
    edges = ("" if not text[:1].isspace() else " ", "" if not text[-1:].isspace() else " ")
    inner = normal(text)
    return re.escape(f"{edges[0]}{inner}{edges[1] if inner else ''}").replace(r"\ ", " ")


def _asked(draft: Draft, clause: str, changed: Mapping[str, Value], seen: set[str], *, doubt: bool, silent: bool) -> Recognised:
    if not changed:
        return Recognised(SAME, (), 1.0)
    notes = [value_note(draft, name, value) for name, value in changed.items()]
    notes += [Note("doubt", {})] if doubt else []
    confidence = 0.6 if doubt else 0.98
    chosen, rest = _climbed(draft, changed, seen)
    for ladder, rung in chosen:
        words = {"row": str(ladder.row), "rung": rung.id, "label": rung.labels.get(draft.language, rung.id)}
        notes.insert(0, Note("rung", words))
        if hidden := sorted(name for name, value in rung.sets.items() if name not in seen and value != draft.terms[name]):
            labels = ", ".join(draft.standard.parameters[name].labels[draft.language] for name in hidden)
            notes.append(Note("also-sets", {"labels": labels}))
            confidence = min(confidence, 0.8)
    kind = RUNG if chosen else VALUE
    if silent:
        standard = {name: value for name, value in changed.items() if value == draft.standard.parameters[name].standard}
        found = {name: plain(value) for name, value in changed.items() if name not in standard}
        entries: list[Json] = [{"class": UNTRACKED, "clause": clause, "values": found}] if found else []
        entries += [value_entry(name, value) for name, value in standard.items()]
        return Recognised(kind, tuple(entries), confidence, (*notes, Note("silent", {})), dict(changed))
    entries = [
        {"class": FALLBACK, "row": ladder.row, "rung": rung.id}
        | ({"values": {name: plain(changed[name]) for name in rung.asks}} if rung.asks else {})
        for ladder, rung in chosen
    ]
    entries += [value_entry(name, value) for name, value in rest.items()]
    return Recognised(kind, tuple(entries), confidence, tuple(notes), dict(changed))


def _climbed(draft: Draft, changed: Mapping[str, Value], seen: set[str]) -> tuple[list[tuple[Ladder, Rung]], dict[str, Value]]:
    """The rungs that say exactly what changed, at most one of a ladder, and what no rung says."""
    rest = dict(changed)
    chosen: list[tuple[Ladder, Rung]] = []
    while True:
        fitting = [
            (ladder, rung)
            for ladder, rung in _rungs(draft)
            if ladder.row is not None
            and {*rung.sets, *rung.asks} & set(rest)
            and all(name in rest for name in rung.asks)
            and all(changed.get(name, draft.terms[name]) == value for name, value in rung.sets.items() if name in seen)
            and all(ladder.row != other.row for other, _ in chosen)
        ]
        if not fitting:
            return chosen, rest
        best = max(fitting, key=lambda pair: (len((set(pair[1].sets) | set(pair[1].asks)) & set(rest)), -len(pair[1].sets)))
        chosen.append(best)
        rest = {name: value for name, value in rest.items() if name not in best[1].sets and name not in best[1].asks}


def _walk_away(draft: Draft, out: Sequence[tuple[str, str]]) -> Recognised:
    return Recognised(WALK_AWAY, (), 0.95, tuple(beyond(draft, name, text) for name, text in out))


def as_values(draft: Draft, clause: str, changed: Mapping[str, Value], *, silent: bool) -> Recognised:
    """Values that were found elsewhere, such as in an annex, asked for the article that they belong to."""
    return _asked(draft, clause, changed, set(changed), doubt=False, silent=silent)
