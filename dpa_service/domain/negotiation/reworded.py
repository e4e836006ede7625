"""A clause as it came back, written as source text: what we print stays a placeholder, what they wrote are words. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dpa_service.domain.comparison.alignment import Line, paired
from dpa_service.domain.comparison.textdiff import DELETE, EQUAL, difference
from dpa_service.domain.contract.clause_text import Inline, Node, Print, Ref, Words
from dpa_service.domain.contract.terms import TURNING, Parameter, Value, print_value
from dpa_service.domain.contract.wording_source import Draft, as_source, walk
from dpa_service.domain.negotiation.read_figure import NUMERIC, figures

LABEL = r"[\dIVXLC]+(?:\.\d+)*(?:\([a-zA-Z]+\))*"
DEEPEST = 2
_NOTATION = str.maketrans({"{": "(", "}": ")"})


@dataclass(slots=True)
class Reworded:
    """Own wording read from a returned text: the `source`, the `values` that it prints otherwise, and what to tell whoever proposes it.

    `stayed`: the share of the issued signs that are still there. `beyond`: figures out of bounds, as (parameter, what it says).
    `neutral`: signs of the notation were replaced. `lost`: terms that the text printed and no longer does.
    """

    source: str = ""
    values: dict[str, Value] = field(default_factory=dict)
    beyond: list[tuple[str, str]] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    doubt: bool = False
    neutral: bool = False
    stayed: float = 0.0


def plain_line(text: str) -> str:
    """A line with ordinary single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def lines_of(text: str) -> list[str]:
    """The lines of a text that say something."""
    return [line for line in (plain_line(each) for each in text.split("\n")) if line]


def segments(
    draft: Draft, inline: Sequence[Inline], line: str, values: Mapping[str, Value] | None = None
) -> list[tuple[int, int, Inline]] | None:
    """Where the words, values and references of a paragraph stand in its printed line; None where it is another line."""
    pattern = ""
    for part in inline:
        if isinstance(part, Words):
            said = re.escape(re.sub(r"\s+", " ", part.text)).replace(r"\ ", " ")
        elif isinstance(part, Ref):
            said = rf"\S+ {LABEL}" if part.annex else LABEL
        else:
            said = re.escape(plain_line(draft.printed(part, values) or ""))
        pattern += f"({said})"
    match = re.fullmatch(pattern, line) or re.fullmatch(pattern.replace("( ", "( ?"), line)
    return [(*match.span(number), part) for number, part in enumerate(inline, start=1)] if match else None


def reworded(draft: Draft, clause: str, issued: str, returned: str, levels: Mapping[str, int] | None = None) -> Reworded:
    """An article that came back with other words. In: the texts with their headings, one paragraph a line; `levels`, how deep a line stands."""
    made = Reworded()
    before, after = lines_of(issued), lines_of(returned)
    items = list(walk(draft.kept(clause)))
    kept = dict(enumerate(before[1:])) if len(before) == len(items) + 1 else {}
    old = [Line("", kept.get(index, ""), index) for index in range(len(items))]
    new = [Line("", line, index) for index, line in enumerate(after[1:])]
    built: list[tuple[int | None, str, Node]] = []
    for a, b in paired(old, new):
        if b is None:
            continue
        line = after[1:][b]
        if a is None:
            built.append(((levels or {}).get(line), line, Node("paragraph", 1, (Words(_typed(line, made)),))))
            continue
        depth, node = items[a]
        built.append((depth, line, Node(node.kind, 1, _inline(draft, node, kept.get(a, ""), line, made), node.anchor)))
    stays = sum(len(text) for op, text in difference("\n".join(before), "\n".join(after)) if op == EQUAL)
    made.stayed = stays / max(len("\n".join(before)), 1)
    heading = _typed(after[0], made).replace("**", "") if after else draft.clause(clause).texts[draft.language].heading
    made.source = as_source(heading, _tree(list(_deep(built))))
    return made


def new_article(text: str, levels: Mapping[str, int] | None = None) -> Reworded:
    """An article that was added: its first line is the heading."""
    made = Reworded()
    heading, *rest = lines_of(text)
    if not rest:  # a heading alone, or one paragraph without a heading
        heading, rest = (heading[:80], [heading])
    lines = [((levels or {}).get(line), line, Node("paragraph", 1, (Words(_typed(line, made)),))) for line in rest]
    made.source = as_source(_typed(heading, made).replace("**", ""), _tree(list(_deep(lines))))
    return made


# ---- one line ------------------------------------------------------------------------------------------------------


def _inline(draft: Draft, node: Node, issued: str, returned: str, made: Reworded) -> tuple[Inline, ...]:
    """The parts of a paragraph as it came back."""
    parts = segments(draft, node.inline, issued)
    if parts is None:
        return (Words(_typed(returned, made)),)
    blocks = list(_blocks(issued, returned))
    bold = [False] * len(returned)
    placed: list[tuple[int, int, Inline]] = []
    for start, end, part in parts:
        if isinstance(part, Words):
            for a, _, c, d, same in blocks:
                if same and part.bold:
                    for sign in range(max(c, c + start - a), min(d, c + end - a)):
                        bold[sign] = True
            continue
        here = next(((c + start - a, c + end - a) for a, b, c, _, same in blocks if same and a <= start and end <= b), None)
        if here is None and isinstance(part, Print):
            here = _changed(draft, part, returned, _came(blocks, start, end), made)
        if here is not None:
            placed.append((*here, part))
    return tuple(_joined(returned, bold, placed, made))


def _blocks(old: str, new: str) -> Iterator[tuple[int, int, int, int, bool]]:
    """(old from, old to, new from, new to, the same) for the stretches of two lines."""
    i = j = 0
    pieces = difference(old, new)
    index = 0
    while index < len(pieces):
        op, text = pieces[index]
        gone, came = (text, "") if op == DELETE else ("", text)
        if op == EQUAL:
            gone = came = text
        elif op == DELETE and index + 1 < len(pieces) and pieces[index + 1][0] != EQUAL:
            came = pieces[index + 1][1]
            index += 1
        yield i, i + len(gone), j, j + len(came), op == EQUAL
        i, j, index = i + len(gone), j + len(came), index + 1


def _came(blocks: Sequence[tuple[int, int, int, int, bool]], start: int, end: int) -> tuple[int, int]:
    """What stands where a stretch stood: all that replaced any of it."""
    first = last = None
    for a, b, c, d, same in blocks:
        if (b <= start and not a == b == start) or a >= end:
            continue
        low, high = (max(c, c + start - a), min(d, c + end - a)) if same else (c, d)
        first, last = low if first is None else first, high
    return (first or 0, last or 0)


def _changed(draft: Draft, part: Print, returned: str, came: tuple[int, int], made: Reworded) -> tuple[int, int] | None:
    """Where a placeholder stands that now prints another value; None where it prints nothing any more."""
    parameter = draft.standard.parameters.get(part.name)
    text = returned[came[0] : came[1]]
    if parameter is None:
        return None
    for start, end, value in _values(parameter, text, draft.language, part.short, made):
        if made.values.setdefault(part.name, value) == value:
            return came[0] + start, came[0] + end
    made.lost.append(part.name)
    return None


def _values(parameter: Parameter, text: str, language: str, short: bool, made: Reworded) -> Iterator[tuple[int, int, Value]]:
    if parameter.type in NUMERIC:
        found = list(figures(parameter, text))
        good = [each for each in found if not each.trouble]
        if len(good) == 1 and len(found) == 1:
            made.doubt |= good[0].doubt
        if len(good) == 1 and len(found) == 1 and not good[0].doubt:
            yield good[0].start, good[0].end, good[0].value
        made.beyond += [(parameter.id, text[each.start : each.end]) for each in found if each.trouble == "RANGE"]
        return
    options: list[Value] = (
        [choice == "true" for choice in parameter.choices] if parameter.type == "boolean" else list(parameter.choices)
    )
    said = (
        (plain_line(print_value(parameter, each, language, short=short)), each) for each in options if parameter.type != "choices"
    )
    for words, value in sorted(said, key=lambda pair: -len(pair[0])):
        if words and (at := text.find(words)) >= 0:
            yield at, at + len(words), value


def _joined(text: str, bold: Sequence[bool], placed: Sequence[tuple[int, int, Inline]], made: Reworded) -> Iterator[Inline]:
    at = 0
    for start, end, part in [*sorted(placed, key=lambda each: each[0]), (len(text), len(text), None)]:
        if start < at:
            continue
        while at < start:
            stop = at + 1
            while stop < start and bold[stop] == bold[at]:
                stop += 1
            yield Words(_typed(text[at:stop], made), bold[at])
            at = stop
        if part is not None:
            yield part
            at = end


def _typed(text: str, made: Reworded) -> str:
    """Words that the notation reads as words: its own signs are replaced, what cannot be printed is left out."""
    clean = "".join(sign for sign in text if sign not in TURNING and unicodedata.category(sign) not in {"Cc", "Cs", "Cn"})
    safe = clean.translate(_NOTATION).replace("**", "*")
    made.neutral |= safe != text
    return safe


# ---- paragraphs and points -----------------------------------------------------------------------------------------


def _deep(lines: Sequence[tuple[int | None, str, Node]]) -> Iterator[tuple[int, Node]]:
    """Every line with its depth; where nothing tells it, from how the lines around it end."""
    before, said = 0, ""
    for index, (depth, line, node) in enumerate(lines):
        if depth is None:
            after = next((known for known, _, _ in lines[index + 1 :] if known is not None), 0)
            if said.endswith(":"):
                depth = before + 1
            elif said.endswith((";", ",")) or (before and after):
                depth = max(before, 1) if before or after else 0
            else:
                depth = 0
        depth = min(depth, before + 1, DEEPEST) if index else 0
        yield depth, node
        before, said = depth, line


def _tree(lines: Sequence[tuple[int, Node]]) -> list[Node]:
    """Points under their paragraphs."""
    found: list[Node] = []
    index = 0
    while index < len(lines):
        depth, node = lines[index]
        stop = index + 1
        while stop < len(lines) and lines[stop][0] > depth:
            stop += 1
        points = tuple(_tree(lines[index + 1 : stop]))
        kind = "paragraph" if depth == 0 else "point"
        found.append(Node(kind, 1, node.inline, node.anchor, None, points))
        index = stop
    return found
