"""Reading a clause's text file (the small Markdown of docs/clause-library.md) into a tree.

Pure: text in, tree out. What a name means (is it a parameter, a clause, a fact?) is decided by the library, not here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from dpa_service.domain.contract.conditions import Condition, ConditionTrouble, parse_condition
from dpa_service.domain.contract.wording import NBSP


class TextTrouble(ValueError):
    """A clause text that cannot be read: `line` (1-based), what is wrong, and the `remedy`."""

    def __init__(self, line: int, message: str, remedy: str) -> None:
        super().__init__(message)
        self.line, self.message, self.remedy = line, message, remedy


@dataclass(frozen=True, slots=True)
class Words:
    """Literal words."""

    text: str
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Print:
    """A parameter (``cap_fixed``) or a fact (``controller.name``) to print; `short` leaves out the number in words."""

    name: str
    short: bool = False
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Ref:
    """A cross-reference to a clause, to a named place in it, or (`annex`) to an annex."""

    clause: str
    anchor: str | None = None
    annex: bool = False
    bold: bool = False


Inline = Words | Print | Ref


@dataclass(frozen=True, slots=True)
class Node:
    """A paragraph, point, heading, text, bullet, table or directive, with its condition and what hangs below it.

    `rows` are a static table's body rows (each with its own condition and cells), `columns` its headings; `directive` is the
    name of a table that the request fills.
    """

    kind: str
    line: int
    inline: tuple[Inline, ...] = ()
    anchor: str | None = None
    when: Condition | None = None
    points: tuple[Node, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Condition | None, tuple[tuple[Inline, ...], ...]], ...] = ()
    directive: str | None = None


@dataclass(frozen=True, slots=True)
class ClauseText:
    """One clause in one language: the heading and its paragraphs (or an annex's blocks)."""

    heading: str
    nodes: tuple[Node, ...]

    def walk(self) -> Iterator[Node]:
        """Every node, parents before children."""
        stack = list(reversed(self.nodes))
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.points))


@dataclass(slots=True)
class _Draft:
    """A node while its lines are still being collected."""

    kind: str
    line: int
    indent: int
    text: str
    points: list[_Draft] = field(default_factory=list)


_PARAGRAPH = re.compile(r"\d+\.\s+(.*)")
_BULLET = re.compile(r"(\s*)-\s+(.*)")
_DIRECTIVE = re.compile(r"(?P<head>(?:\{#[^}]*\}\s*|\{when [^}]*\}\s*)*)\{table:(?P<name>[a-z_]+)\}$")
_ANCHOR = re.compile(r"\{#([a-z0-9-]+)\}\s*")
_WHEN = re.compile(r"\{when\s+([^}]+)\}\s*")
_FIELD = re.compile(r"\{([^{}]*)\}|\*\*")
# "artikel 28" and "lid 3" are not broken over two lines
TIED = re.compile(r"\b(artikel|artikelen|lid|leden|punt|punten|bijlage|Bijlage|hoofdstuk|nr\.) (?=\d|[IVX]+\b|[a-z]\))")
LIST_END = re.compile(r"[;,](?: (?:en|of|en/of))?$")  # how a point ends that another one follows
_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?")


def parse_clause_text(source: str, kind: str) -> ClauseText:
    """Read the text of a clause of `kind` (article, recitals, closing, annex). Raises TextTrouble at the first mistake."""
    lines = source.replace("\r\n", "\n").split("\n")
    if not lines or not lines[0].startswith("# ") or not lines[0][2:].strip():
        raise TextTrouble(1, "the text does not begin with a heading.", "Write '# Heading' on the first line.")
    heading = lines[0][2:].strip()
    if "{" in heading or "**" in heading:
        raise TextTrouble(1, "a heading holds only words.", "Take out the braces and asterisks.")
    drafts = _annex(lines) if kind == "annex" else _article(lines)
    nodes = tuple(_finish(draft) for draft in drafts)
    if not nodes:
        raise TextTrouble(1, "the clause has a heading but no text.", "Add at least one paragraph.")
    seen: dict[str, Node] = {}
    text = ClauseText(heading, nodes)
    for node in text.walk():
        if node.anchor and seen.setdefault(node.anchor, node) is not node:
            raise TextTrouble(
                node.line,
                f"the name {{#{node.anchor}}} is used twice (also on line {seen[node.anchor].line}).",
                "Give each its own.",
            )
    return text


def _article(lines: list[str]) -> list[_Draft]:
    """Numbered paragraphs at the margin; points below them; other lines continue what stands above."""
    paragraphs: list[_Draft] = []
    for number, raw in enumerate(lines[1:], start=2):
        line = raw.rstrip()
        if not line:
            continue
        if match := _PARAGRAPH.match(line):
            paragraphs.append(_Draft("paragraph", number, 0, match[1]))
        elif match := _BULLET.match(line):
            if not paragraphs or not match[1]:
                raise TextTrouble(number, "a point without a paragraph above it.", "Indent it by three spaces below '1. …'.")
            _hang(paragraphs[-1], _Draft("point", number, len(match[1]), match[2]))
        elif paragraphs and not line.startswith("#"):
            _last(paragraphs[-1]).text += " " + line.strip()
        else:
            raise TextTrouble(number, f"cannot place '{line[:40]}'.", "Start a paragraph with '1. ' or a point with '   - '.")
    return paragraphs


def _hang(parent: _Draft, point: _Draft, depth: int = 1) -> None:
    if depth > 2:
        raise TextTrouble(point.line, "points go two levels deep.", "Rephrase, or make it a paragraph of its own.")
    if parent.points and point.indent > parent.points[-1].indent:
        _hang(parent.points[-1], point, depth + 1)
    else:
        parent.points.append(point)


def _last(draft: _Draft) -> _Draft:
    return _last(draft.points[-1]) if draft.points else draft


def _annex(lines: list[str]) -> list[_Draft]:
    """Headings, plain paragraphs, bullets, static tables and table directives; an empty line ends a paragraph."""
    blocks: list[_Draft] = []
    open_text = False
    for number, raw in enumerate(lines[1:], start=2):
        line = raw.strip()
        if not line:
            open_text = False
        elif line.startswith("## "):
            blocks.append(_Draft("heading", number, 0, line[3:]))
            open_text = False
        elif line.startswith("|"):
            if blocks and blocks[-1].kind == "table" and open_text:
                blocks[-1].text += "\n" + line
            else:
                blocks.append(_Draft("table", number, 0, line))
            open_text = True
        elif _DIRECTIVE.match(line):
            blocks.append(_Draft("directive", number, 0, line))
            open_text = False
        elif match := _BULLET.match(line):
            blocks.append(_Draft("bullet", number, 0, match[2]))
            open_text = True
        elif open_text and blocks[-1].kind != "table":
            blocks[-1].text += " " + line
        else:
            blocks.append(_Draft("text", number, 0, line))
            open_text = True
    return blocks


def _finish(draft: _Draft) -> Node:
    if draft.kind == "table":
        return _table(draft)
    text, anchor, when = _head(draft.text, draft.line)
    points = tuple(_finish(point) for point in draft.points)
    if draft.kind == "directive":
        match = _DIRECTIVE.match(draft.text)
        return Node("directive", draft.line, anchor=anchor, when=when, directive=match["name"] if match else None)
    if not text:
        raise TextTrouble(draft.line, f"an empty {draft.kind}.", "Write its text or delete the line.")
    return Node(draft.kind, draft.line, parse_inline(text, draft.line), anchor, when, points)


def _head(text: str, line: int) -> tuple[str, str | None, Condition | None]:
    anchor = when = None
    if match := _ANCHOR.match(text):
        anchor, text = match[1], text[match.end() :]
    if match := _WHEN.match(text):
        try:
            when = parse_condition(match[1])
        except ConditionTrouble as trouble:
            raise TextTrouble(line, str(trouble), "See 'Conditions' in the guide.") from trouble
        text = text[match.end() :]
    return text, anchor, when


def _table(draft: _Draft) -> Node:
    lines = draft.text.split("\n")
    cells = [[cell.strip() for cell in row.strip().strip("|").split("|")] for row in lines]
    width = len(cells[0])
    if len(lines) < 3 or not all(re.fullmatch(r":?-+:?", cell) for cell in cells[1]):
        raise TextTrouble(draft.line, "a table needs a heading row, a row |---|---| and at least one body row.", "Add them.")
    if not 2 <= width <= 5:
        raise TextTrouble(draft.line, f"a table has 2 to 5 columns, this one {width}.", "Split the table.")
    rows = []
    for offset, row in enumerate(cells[2:], start=2):
        line = draft.line + offset
        if len(row) != width:
            raise TextTrouble(line, f"this row has {len(row)} cells, the heading row {width}.", "Even them out.")
        row[0], _, when = _head(row[0], line)
        rows.append((when, tuple(parse_inline(cell, line) for cell in row)))
    return Node("table", draft.line, columns=tuple(cells[0]), rows=tuple(rows))


def parse_inline(text: str, line: int) -> tuple[Inline, ...]:
    """Words, printed values and references of one piece of text. Raises TextTrouble naming `line`."""
    parts: list[Inline] = []
    at, bold = 0, False

    def words(piece: str) -> None:
        if "{" in piece or "}" in piece:
            raise TextTrouble(line, f"a brace is not closed near '{piece.strip()[:30]}'.", "Write {name}, with both braces.")
        if piece:
            parts.append(Words(TIED.sub(rf"\1{NBSP}", piece), bold))

    for match in _FIELD.finditer(text):
        words(text[at : match.start()])
        at = match.end()
        if match[0] == "**":
            bold = not bold
        else:
            parts.append(_field(match[1], line, bold))
    words(text[at:])
    if bold:
        raise TextTrouble(line, "bold is opened with ** and not closed.", "Write **term**.")
    return tuple(parts)


def _field(inner: str, line: int, bold: bool) -> Inline:
    if inner.startswith(("ref:", "annex:")):
        kind, _, target = inner.partition(":")
        clause, _, anchor = target.partition("#")
        return Ref(clause.strip(), anchor.strip() or None, kind == "annex", bold)
    if inner.startswith(("#", "when")):
        raise TextTrouble(line, f"{{{inner}}} must stand at the beginning.", "Order: {#name} {when …} text.")
    name, _, mode = inner.partition(":")
    if not _NAME.fullmatch(name) or mode not in ("", "short"):
        raise TextTrouble(
            line, f"cannot read {{{inner}}}.", "Write {parameter}, {parameter:short}, {ref:clause} or {annex:clause}."
        )
    return Print(name, mode == "short", bold)
