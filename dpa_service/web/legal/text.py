"""A clause's text as its page shows it: numbered paragraphs, values as chips with their house standard, conditions in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from dpa_service.domain.contract.clause_text import ClauseText, Inline, Node, Print, Ref, Words
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.conditions import Condition
from dpa_service.domain.contract.terms import Parameter, Value, parse_value, print_value
from dpa_service.domain.contract.wording import lower_letter, upper_roman
from dpa_service.services.library.library_pages import heading, plain_line

_TOKEN = re.compile(r"==|!=|<=|>=|<|>|\(|\)|[A-Za-z0-9_][A-Za-z0-9_.\-]*")
_COMPARE = ("==", "!=", "<", "<=", ">", ">=")
LANGUAGE = "nl"  # of the texts; the pages around them have their own


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, point, heading, bullet, table or directive. `when` is its condition in words.

    `variant`: the house standard does not print it; another paragraph stands there instead.
    """

    kind: str
    number: str
    anchor: str | None
    when: str | None
    variant: bool
    parts: list[dict[str, Any]]
    points: list[Block] = field(default_factory=list)
    columns: tuple[str, ...] = ()
    rows: list[tuple[str | None, list[list[dict[str, Any]]]]] = field(default_factory=list)
    directive: str | None = None


def blocks(library: Library, text: ClauseText, kind: str) -> list[Block]:
    """The text of a clause of `kind` (article, recitals, closing, annex), numbered as with the house standard."""
    return list(_blocks(library, text.nodes, kind, 0))


def _blocks(library: Library, nodes: Iterable[Node], kind: str, depth: int) -> Iterator[Block]:
    count = 0
    for node in nodes:
        variant = node.when is not None and is_variant(library, node.when)
        numbered = node.kind in ("paragraph", "point", "heading") and kind != "closing"
        count += numbered and not variant
        yield Block(
            node.kind,
            _number(kind, depth, count) if numbered and not variant else "",
            node.anchor,
            condition_words(library, node.when) if node.when else None,
            variant,
            parts(library, node.inline),
            list(_blocks(library, node.points, kind, depth + 1)),
            node.columns,
            [
                (condition_words(library, when) if when else None, [parts(library, cell) for cell in cells])
                for when, cells in node.rows
            ],
            directive_words(library, node.directive) if node.directive else None,
        )


def directive_words(library: Library, name: str) -> str:
    """What a table that the request fills is about: its headings."""
    heads = library.layout.get(LANGUAGE, {}).get("tables", {}).get(name)
    return ", ".join(heads) if isinstance(heads, list) else name


def _number(kind: str, depth: int, count: int) -> str:
    if depth:
        return f"({lower_letter(count) if depth == 1 else upper_roman(count).lower()})"
    return f"({lower_letter(count).upper()})" if kind == "recitals" else f"{count}."


def is_variant(library: Library, when: Condition) -> bool:
    """Whether a condition on parameters alone fails under the house standard."""
    if any(name not in library.parameters for test in when.tests for name in [test.name]):
        return False
    return not when.holds({name: parameter.standard for name, parameter in library.parameters.items()})


def parts(library: Library, inline: Iterable[Inline]) -> list[dict[str, Any]]:
    """The pieces of one line."""
    out: list[dict[str, Any]] = []
    for part in inline:
        match part:
            case Words(text, bold):
                out.append({"kind": "words", "text": text, "bold": bold})
            case Print(name, short) if name in library.parameters:
                parameter = library.parameters[name]
                out.append({"kind": "parameter", "id": name, "label": label(parameter),
                            "text": standard_words(parameter, short=short)})  # fmt: skip
            case Print(name):
                out.append({"kind": "fact", "name": name})
            case Ref(clause, anchor, annex):
                out.append({"kind": "ref", "clause": clause, "anchor": anchor, "annex": annex,
                            "heading": heading(library, clause), "known": clause in library.clauses})  # fmt: skip
    return out


def label(parameter: Parameter) -> str:
    """What a parameter is called."""
    return parameter.labels.get(LANGUAGE, parameter.id)


def standard_words(parameter: Parameter, *, short: bool = False) -> str:
    """The house standard as the text prints it."""
    return value_words(parameter, parameter.standard, short=short)


def value_words(parameter: Parameter, value: Value, *, short: bool = False) -> str:
    """A value as the text prints it; as it is, where it does not fit the parameter any more."""
    try:
        return print_value(parameter, value, LANGUAGE, short=short)
    except (ValueError, ArithmeticError, KeyError, TypeError):
        return str(value)


def agreed_words(parameter: Parameter, raw: object) -> str:
    """A stored value as the text prints it; as it was stored, where the parameter does not take it any more."""
    try:
        return value_words(parameter, parse_value(parameter, raw))
    except ValueError:
        return str(raw)


def bounds_words(parameter: Parameter) -> list[str]:
    """What a request may ask: the bounds as the text prints them, or each choice there is."""
    if parameter.minimum is not None and parameter.maximum is not None:
        whole = parameter.type == "duration"
        low, high = (
            value_words(parameter, int(bound) if whole else bound, short=True) for bound in (parameter.minimum, parameter.maximum)
        )
        return [str(_("%(low)s to %(high)s", low=low, high=high))]
    if parameter.choices:
        return [choice_words(parameter, key) for key in parameter.choices]
    return [str(_("a text of one line"))]


def choice_words(parameter: Parameter, key: str) -> str:
    """The wording of one choice."""
    return (parameter.values or {}).get(LANGUAGE, {}).get(key, key)


# ---- conditions ------------------------------------------------------------------------------------------------------


def condition_words(library: Library, condition: Condition) -> str:
    """A condition in words: "doorgiften buiten de EER and not: …"; names are those of parameters, facts and services."""
    return " ".join(_said(library, condition.source)).replace("( ", "(").replace(" )", ")")


def _said(library: Library, source: str) -> Iterator[str]:
    tokens = _TOKEN.findall(source)
    at = 0
    negated = False
    while at < len(tokens):
        token = tokens[at]
        after = tokens[at + 1] if at + 1 < len(tokens) else ""
        if token == "not":  # noqa: S105 - a word of the language of conditions
            negated, at = not negated, at + 1
            continue
        if token in ("and", "or"):
            yield _("and") if token == "and" else _("or")  # noqa: S105
            at += 1
        elif token in ("(", ")"):
            if negated:
                yield _("not:")
            negated = False
            yield token
            at += 1
        else:
            size, words = _test(library, token, after, tokens[at + 2] if at + 2 < len(tokens) else "", negated)
            yield words
            negated, at = False, at + size


def _test(library: Library, name: str, op: str, literal: str, negated: bool) -> tuple[int, str]:
    """How many tokens one test takes, and the test in words."""
    if op == "in":
        listed = library.services[name].texts[LANGUAGE]["name"] if name in library.services else name
        if name not in library.services and literal in library.parameters:
            listed = choice_words(library.parameters[literal], name)
        called = _("the services") if literal == "services" else _name(library, literal)
        if negated:
            return 3, _("“%(item)s” is not among %(list)s", item=listed, list=called)
        return 3, _("“%(item)s” is among %(list)s", item=listed, list=called)
    called = _name(library, name)
    if op == "is":
        return 3, _("%(name)s is empty", name=called) if negated else _("%(name)s is filled in", name=called)
    parameter = library.parameters.get(name)
    if op in _COMPARE:
        return 3, _compared(parameter, called, op, literal, negated)
    if parameter is not None:
        return 1, f"{called}: {choice_words(parameter, 'false' if negated else 'true')}"
    return 1, _("no %(fact)s", fact=called) if negated else called


def _compared(parameter: Parameter | None, called: str, op: str, literal: str, negated: bool) -> str:
    value = choice_words(parameter, literal) if parameter and parameter.choices else literal
    if negated:
        op = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}[op]
    match op:
        case "==":
            return str(_("%(name)s is “%(value)s”", name=called, value=value))
        case "!=":
            return str(_("%(name)s is not “%(value)s”", name=called, value=value))
    return f"{called} {op} {literal}"


def _name(library: Library, name: str) -> str:
    if name in library.parameters:
        return label(library.parameters[name])
    return str(library.layout.get(LANGUAGE, {}).get("facts", {}).get(name, name))


# ---- for comparing ---------------------------------------------------------------------------------------------------


def comparable(library: Library, text: ClauseText) -> str:
    """A text as lines that can be compared: values by their labels, conditions in words, no numbers that shift."""
    return "\n".join([text.heading, *_lines(library, text.nodes, "")])


def _lines(library: Library, nodes: Iterable[Node], indent: str) -> Iterator[str]:
    for node in nodes:
        when = f"{{{condition_words(library, node.when)}}} " if node.when else ""
        if node.directive:
            yield f"{indent}{when}[{node.directive}]"
            continue
        if node.columns:
            yield indent + when + " | ".join(node.columns)
            for row_when, cells in node.rows:
                row = f"{{{condition_words(library, row_when)}}} " if row_when else ""
                yield indent + row + " | ".join(plain_line(library, cell) for cell in cells)
            continue
        yield f"{indent}{when}{plain_line(library, node.inline)}"
        yield from _lines(library, node.points, indent + "– ")
