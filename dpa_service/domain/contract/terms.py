"""The agreement's terms as data: typed parameters, the house standard, and the effective terms of one agreement.

The same value is printed by the text, computed with by the liability calculator, billed by the tariff and counted by
the clocks. A negotiated deviation changes it here and nowhere else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from dpa_service.domain.contract import wording

Value = Decimal | int | bool | str | tuple[str, ...] | None
TYPES = ("money", "rate", "number", "duration", "boolean", "choice", "choices", "text")
STANDARD = "standard"
TEXT_LENGTH = 200
TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # turn the direction of the text after them


class ValueTrouble(ValueError):
    """A value a parameter does not take: `code` (``TYPE``, ``RANGE``, ``CHOICE``, ``AMOUNT_SCALE`` …) and `message` with the way out."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True, slots=True)
class Parameter:
    """One figure or choice of the house terms.

    `unit` is set for durations; `minimum` and `maximum` bound what a request may ask; `none` maps a language to the words
    printed where the value is null and is empty where null is not allowed; `values` maps a language to the wording of
    each choice (``true`` and ``false`` for a boolean). `rule` cites the house rule (d1) or article. `concession` says in which
    direction (``higher``, ``lower``) a departure favours the client, None where every departure does; `approvers` decide on a departure
    that no ladder speaks about.
    """

    id: str
    type: str
    standard: Value
    rule: str
    labels: Mapping[str, str]
    unit: str | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    none: str | None = None
    values: Mapping[str, Mapping[str, str]] | None = None
    concession: str | None = None
    approvers: tuple[str, ...] = ()

    @property
    def choices(self) -> tuple[str, ...]:
        """The keys a choice, a list of choices or a boolean can take, in the library's order."""
        return tuple(next(iter((self.values or {}).values()), {}))


def parse_value(parameter: Parameter, raw: object) -> Value:
    """The typed value for what a request or a clause file says. Raises ValueTrouble.

    Amounts, rates and numbers come as text or whole numbers, never as floats: 0.1 has no exact float.
    """
    if raw is None:
        if parameter.none is None:
            raise ValueTrouble("REQUIRED", f"{parameter.id} cannot be empty; give a value or leave the parameter out.")
        return None
    match parameter.type:
        case "boolean":
            if not isinstance(raw, bool):
                raise ValueTrouble("TYPE", f"{parameter.id} is true or false.")
            return raw
        case "choice":
            if not isinstance(raw, str) or raw not in parameter.choices:
                raise ValueTrouble("CHOICE", f"{parameter.id} is one of: {', '.join(parameter.choices)}.")
            return raw
        case "choices":
            if not isinstance(raw, list | tuple) or any(item not in parameter.choices for item in raw):
                raise ValueTrouble("CHOICE", f"{parameter.id} is a list of: {', '.join(parameter.choices)}.")
            return tuple(choice for choice in parameter.choices if choice in raw)
        case "text":
            return _text(parameter, raw)
        case "duration":
            if isinstance(raw, bool) or not isinstance(raw, int):
                raise ValueTrouble("TYPE", f"{parameter.id} is a whole number of {parameter.unit}, such as {parameter.standard}.")
            _bounded(parameter, Decimal(raw))
            return raw
    amount = _decimal(parameter, raw)
    _bounded(parameter, amount)
    return amount


def _text(parameter: Parameter, raw: object) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise ValueTrouble("TYPE", f"{parameter.id} is a text that is not empty.")
    if len(raw) > TEXT_LENGTH:
        raise ValueTrouble("LENGTH", f"{parameter.id} has at most {TEXT_LENGTH} characters.")
    if any(unicodedata.category(sign) in {"Cc", "Cs", "Cn"} or sign in TURNING for sign in raw):
        raise ValueTrouble("CHARACTER", f"{parameter.id} holds a line break or control character; write it on one line.")
    return raw.strip()


def _decimal(parameter: Parameter, raw: object) -> Decimal:
    scale = 4 if parameter.type == "number" else 2
    example = "1.5" if parameter.type == "number" else "2500.00"
    if isinstance(raw, int) and not isinstance(raw, bool):
        raw = str(raw)
    if isinstance(raw, Decimal):
        raw = str(raw)
    if not isinstance(raw, str) or not re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,12})?", raw):
        raise ValueTrouble("TYPE", f'{parameter.id} is a text such as "{example}", with a point and no thousands separator.')
    try:
        amount = Decimal(raw)
    except InvalidOperation as trouble:  # pragma: no cover - the pattern above lets nothing else through
        raise ValueTrouble("TYPE", f'{parameter.id} is a text such as "{example}".') from trouble
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > scale:
        raise ValueTrouble("AMOUNT_SCALE", f"{parameter.id} has at most {scale} decimals.")
    return amount.quantize(Decimal("0.01")) if scale == 2 else amount.normalize() + 0


def _bounded(parameter: Parameter, amount: Decimal) -> None:
    low, high = parameter.minimum, parameter.maximum
    if (low is not None and amount < low) or (high is not None and amount > high):
        raise ValueTrouble("RANGE", f"{parameter.id} lies between {low} and {high}; beyond that lies the walk-away position.")


def plain(value: Value) -> str | int | bool | list[str] | None:
    """The JSON form of a value: amounts as text, lists of choices as lists."""
    if isinstance(value, Decimal):
        return format(value, "f")
    return list(value) if isinstance(value, tuple) else value


def print_value(parameter: Parameter, value: Value, language: str, *, short: bool = False) -> str:
    """The value as the agreement's text prints it: "€ 2.500,00", "7 (zeven) dagen", the wording of a choice."""
    if value is None:
        if parameter.none is None:
            raise ValueTrouble("REQUIRED", f"{parameter.id} has no value to print.")
        return parameter.none
    match parameter.type:
        case "money":
            return wording.money(Decimal(str(value)), language)
        case "rate":
            return wording.rate(Decimal(str(value)), language)
        case "number":
            return wording.number(Decimal(str(value)), language)
        case "duration":
            return wording.duration(int(str(value)), str(parameter.unit), language, short=short)
    words = (parameter.values or {}).get(language, {})
    match value:
        case bool():
            return words["true" if value else "false"]
        case tuple():
            return "; ".join(words[item] for item in value) if value else {"nl": "geen"}[language]
        case _:
            return words.get(str(value), str(value))


@dataclass(frozen=True, slots=True)
class Term:
    """One effective term: the parameter, its value for this agreement, and where it comes from (``standard`` or a deviation id)."""

    parameter: Parameter
    value: Value
    source: str = STANDARD


@dataclass(frozen=True, slots=True)
class Terms(Mapping[str, Value]):
    """The effective terms of one agreement: parameter id → value. `term(id)` also tells the source."""

    by_id: Mapping[str, Term]

    def __getitem__(self, name: str) -> Value:
        return self.by_id[name].value

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_id)

    def __len__(self) -> int:
        return len(self.by_id)

    def term(self, name: str) -> Term:
        """The term with its parameter and source. Raises KeyError for an unknown parameter."""
        return self.by_id[name]

    def printed(self, name: str, language: str, *, short: bool = False) -> str:
        """The term as the text prints it in `language`."""
        term = self.by_id[name]
        return print_value(term.parameter, term.value, language, short=short)


def effective_terms(parameters: Mapping[str, Parameter], changes: Iterable[tuple[str, str, Value]] = ()) -> Terms:
    """House standard ⊕ deviations. `changes` holds (deviation id, parameter id, agreed value); a later one wins."""
    terms = {name: Term(parameter, parameter.standard) for name, parameter in parameters.items()}
    for deviation, name, value in changes:
        terms[name] = Term(parameters[name], value, deviation)
    return Terms(terms)
