"""Conditions of clauses and paragraphs: a small language of names, comparisons, and, or, not.

Kept apart from Python's own expressions on purpose: legal colleagues write these, and a library must never run code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any


class ConditionTrouble(ValueError):
    """A condition that cannot be read; the message says where and what was expected."""


@dataclass(frozen=True, slots=True)
class Test:
    """One test on one name: `op` is true, set, ==, !=, <, <=, >, >= or in (then `literal` in the list called `name`)."""

    name: str
    op: str = "true"
    literal: str | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """A parsed condition. `source` is the text as written; `run` decides it from an environment of names."""

    source: str
    tests: tuple[Test, ...]
    run: Callable[[Mapping[str, Any]], bool]

    def holds(self, env: Mapping[str, Any]) -> bool:
        """Whether it holds for `env` (facts and parameter values by name). Raises KeyError for an unknown name."""
        return self.run(env)


_TOKEN = re.compile(r"\s*(?:(?P<op>==|!=|<=|>=|<|>|\(|\))|(?P<word>[A-Za-z0-9_][A-Za-z0-9_.\-]*))")
_WORDS = {"and", "or", "not", "in", "is"}


def parse_condition(source: str) -> Condition:
    """Read a condition such as ``transfers and not data_location == eea_only``. Raises ConditionTrouble."""
    tokens = list(_tokens(source))
    parser = _Parser(tokens, source)
    run = parser.either()
    if parser.peek() is not None:
        raise ConditionTrouble(f"unexpected '{parser.peek()}' in condition '{source}'.")
    return Condition(source.strip(), tuple(parser.tests), run)


def _tokens(source: str) -> Iterator[str]:
    at = 0
    while source[at:].strip():
        if not (match := _TOKEN.match(source, at)):
            raise ConditionTrouble(f"cannot read '{source[at:].strip()}' in condition '{source}'.")
        at = match.end()
        yield match[match.lastgroup or "op"]


Run = Callable[[Mapping[str, Any]], bool]


class _Parser:
    def __init__(self, tokens: list[str], source: str) -> None:
        self.tokens, self.source, self.at = tokens, source, 0
        self.tests: list[Test] = []

    def peek(self) -> str | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def take(self, expected: str) -> str:
        token = self.peek()
        if token is None:
            raise ConditionTrouble(f"condition '{self.source}' ends where {expected} was expected.")
        self.at += 1
        return token

    def either(self) -> Run:
        runs = [self.both()]
        while self.peek() == "or":
            self.take("or")
            runs.append(self.both())
        return runs[0] if len(runs) == 1 else lambda env: any(run(env) for run in runs)

    def both(self) -> Run:
        runs = [self.negated()]
        while self.peek() == "and":
            self.take("and")
            runs.append(self.negated())
        return runs[0] if len(runs) == 1 else lambda env: all(run(env) for run in runs)

    def negated(self) -> Run:
        if self.peek() == "not":
            self.take("not")
            run = self.negated()
            return lambda env: not run(env)
        if self.peek() == "(":
            self.take("(")
            run = self.either()
            if self.take("')'") != ")":
                raise ConditionTrouble(f"a bracket is not closed in condition '{self.source}'.")
            return run
        return self.test()

    def name(self, expected: str) -> str:
        token = self.take(expected)
        if token in _WORDS or not re.match(r"[A-Za-z0-9_]", token):
            raise ConditionTrouble(f"'{token}' stands where {expected} was expected in condition '{self.source}'.")
        return token

    def test(self) -> Run:
        name = self.name("a name")
        match self.peek():
            case "is":
                self.take("is")
                if self.take("'set'") != "set":
                    raise ConditionTrouble(f"only 'is set' is known, in condition '{self.source}'.")
                test = Test(name, "set")
            case "in":
                self.take("in")
                test = Test(self.name("a list's name"), "in", name)
            case "==" | "!=" | "<" | "<=" | ">" | ">=" as op:
                self.take(op)
                test = Test(name, op, self.name("a value"))
            case _:
                test = Test(name)
        self.tests.append(test)
        return _runner(test)


def _runner(test: Test) -> Run:
    name, literal = test.name, test.literal
    match test.op:
        case "true":
            return lambda env: bool(env[name])
        case "set":
            return lambda env: env[name] is not None
        case "in":
            return lambda env: literal in env[name]
        case "==":
            return lambda env: _same(env[name], literal)
        case "!=":
            return lambda env: not _same(env[name], literal)
    return lambda env: _ordered(env[name], test.op, literal)


def _same(value: object, literal: str | None) -> bool:
    if isinstance(value, bool):
        return str(value).lower() == literal
    if isinstance(value, int | Decimal):
        return value == _number(literal)
    return value == literal


def _ordered(value: Any, op: str, literal: str | None) -> bool:
    if value is None:  # "no cap" is neither above nor below a figure
        return False
    right = _number(literal)
    return bool({"<": value < right, "<=": value <= right, ">": value > right, ">=": value >= right}[op])


def _number(literal: str | None) -> Decimal:
    try:
        return Decimal(literal or "")
    except InvalidOperation as trouble:
        raise ConditionTrouble(f"'{literal}' is not a number.") from trouble
