"""Reading a figure that somebody typed in the place of one that we printed: "14 dagen", "14 (veertien) dagen", "5.000 euro". Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from dpa_service.domain.contract.terms import Parameter, Value, ValueTrouble, parse_value
from dpa_service.domain.contract.wording import number_words_nl

NUMERIC = ("money", "rate", "number", "duration")
_MOST_WORDS = 1000  # the highest number that is read when it is written in words only
# unit → what it is called, and how many of it one of those is
_UNITS: dict[str, dict[str, int]] = {
    "days": {"kalenderdagen": 1, "kalenderdag": 1, "dagen": 1, "dag": 1, "weken": 7, "week": 7},
    "working_days": {"werkdagen": 1, "werkdag": 1},
    "hours": {"uren": 1, "uur": 1, "dagen": 24, "dag": 24, "etmalen": 24, "etmaal": 24},
    "months": {"maanden": 1, "maand": 1, "jaren": 12, "jaar": 12},
    "years": {"jaren": 1, "jaar": 1},
    "minutes": {"minuten": 1, "minuut": 1, "uur": 60, "uren": 60},
    "hours_per_year": {
        f"{unit} per {year}": 1 for unit in ("uur", "uren") for year in ("kalenderjaar", "jaar")
    },
}  # fmt: skip
_AMOUNT = re.compile(
    r"(?:€|\bEUR\b|\beuro\b)\s?(?P<a>\d[\d.,]*)(?:,-)?|(?P<b>\d[\d.,]*)(?:,-)?\s?(?:€|EUR\b|euro\b)", re.IGNORECASE
)
_PER_HOUR = re.compile(r"\s?(?:per|/)\s?(?:uur|u\b)", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure in a text: from sign `start` to `end`. `trouble` is set where the parameter does not take it ("RANGE" beyond its bounds).

    `doubt`: figure and number in words differ, its separators can be read two ways, or a rate does not say per what; `raw` is what it says.
    """

    start: int
    end: int
    value: Value
    raw: str
    doubt: bool = False
    trouble: str = ""


def figures(parameter: Parameter, text: str) -> Iterator[Figure]:
    """Every figure in a text that may be a value of this parameter, in order. Words of another unit are none."""
    if parameter.type == "duration":
        found = _durations(str(parameter.unit), text)
    elif parameter.type in ("money", "rate"):
        found = _amounts(parameter.type, text)
    elif parameter.type == "number":
        found = ((m.start(), m.end(), m[0].replace(",", "."), False) for m in _NUMBER.finditer(text))
    else:
        return
    for start, end, raw, doubt in found:
        try:
            value = parse_value(parameter, int(raw) if parameter.type == "duration" else raw)
            yield Figure(start, end, value, raw, doubt)
        except ValueTrouble as trouble:
            yield Figure(start, end, None, raw, doubt, trouble.code)


def whole_figure(parameter: Parameter, text: str) -> Figure | None:
    """The figure that a text is, and nothing else; the words for "none" count where the parameter has them."""
    stripped = text.strip()
    if parameter.none is not None and stripped.casefold() == parameter.none.casefold():
        return Figure(0, len(text), None, stripped)
    found = list(figures(parameter, stripped))
    return found[0] if len(found) == 1 and (found[0].start, found[0].end) == (0, len(stripped)) else None


def _durations(unit: str, text: str) -> Iterator[tuple[int, int, str, bool]]:
    names = _UNITS[unit]
    for match in _duration_pattern(unit).finditer(text):
        digits, words, alone = match["digits"], match["words"], match["alone"]
        if alone and alone.casefold() not in _numbers():
            continue
        count = int(digits) if digits else _numbers()[alone.casefold()]
        said = _numbers().get(" ".join(words.casefold().split())) if words else count
        yield match.start(), match.end(), str(count * names[" ".join(match["unit"].casefold().split())]), said != count


@lru_cache
def _duration_pattern(unit: str) -> re.Pattern[str]:
    names = "|".join(re.escape(name).replace(r"\ ", r"\s+") for name in sorted(_UNITS[unit], key=len, reverse=True))
    return re.compile(
        rf"(?:\b(?P<digits>\d{{1,4}})\s?(?:\(\s?(?P<words>[^()]{{1,60}}?)\s?\)\s?)?|\b(?P<alone>[a-zéëï]{{2,40}})\s)(?P<unit>{names})\b",
        re.IGNORECASE,
    )


@lru_cache
def _numbers() -> dict[str, int]:
    return {number_words_nl(n).casefold(): n for n in range(_MOST_WORDS + 1)} | {"een": 1}


def _amounts(kind: str, text: str) -> Iterator[tuple[int, int, str, bool]]:
    for match in _AMOUNT.finditer(text):
        typed = (match["a"] or match["b"]).rstrip(".,")
        end = match.end() - (len(match["a"]) - len(typed) if match["a"] and not match[0].endswith(",-") else 0)
        per = _PER_HOUR.match(text, end) if kind == "rate" else None
        if (read := _decimal(typed)) is not None:
            raw, doubt = read
            yield match.start(), per.end() if per else end, raw, doubt or (kind == "rate" and per is None)


def _decimal(typed: str) -> tuple[str, bool] | None:
    """A typed amount as Belgians write it, "5.000,00", or as others do; and whether it could be read otherwise."""
    doubt = False
    if "," in typed and "." in typed:
        decimal = max(typed.rfind(","), typed.rfind("."))
        whole, rest = re.sub(r"[.,]", "", typed[:decimal]), typed[decimal + 1 :]
    elif groups := re.fullmatch(r"(\d{1,3})((?:[.,]\d{3})+)", typed):
        whole, rest, doubt = re.sub(r"[.,]", "", typed), "", "," in groups[2]
    elif parts := re.fullmatch(r"(\d+)(?:[.,](\d{1,2}))?", typed):
        whole, rest = parts[1], parts[2] or ""
    else:
        return None
    if not whole.isdigit() or (rest and not rest.isdigit()) or len(whole) > 12:
        return None
    return str(Decimal(f"{whole}.{rest or '0'}").quantize(Decimal("0.01"))) if len(rest) <= 2 else f"{whole}.{rest}", doubt
