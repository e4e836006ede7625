"""How figures, dates and places are written in an agreement, per language (Belgian usage).

Amounts and dates come from CLDR (babel); number words and unit names are here because a contract writes a period twice,
in digits and in words: "7 (zeven) dagen".
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

NBSP = "\u00a0"
LOCALES = {"nl": "nl_BE"}

_UNITS_NL = ["nul", "één", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen", "tien", "elf", "twaalf", "dertien",
             "veertien", "vijftien", "zestien", "zeventien", "achttien", "negentien"]  # fmt: skip
_TENS_NL = {
    2: "twintig",
    3: "dertig",
    4: "veertig",
    5: "vijftig",
    6: "zestig",
    7: "zeventig",
    8: "tachtig",
    9: "negentig",
}

# unit → (one, many); after a number Dutch keeps "uur" and "jaar" in the singular
_DURATIONS = {
    "nl": {
        "days": ("dag", "dagen"),
        "working_days": ("Werkdag", "Werkdagen"),
        "hours": ("uur", "uur"),
        "months": ("maand", "maanden"),
        "years": ("jaar", "jaar"),
        "minutes": ("minuut", "minuten"),
        "hours_per_year": ("uur per kalenderjaar", "uur per kalenderjaar"),
    }
}
UNITS = frozenset(_DURATIONS["nl"])


def number_words_nl(n: int) -> str:
    """A whole number from 0 to 9999 in Dutch words: 22 → "tweeëntwintig"."""
    if not 0 <= n <= 9999:
        raise ValueError(f"no words for {n}")
    if n < 20:
        return _UNITS_NL[n]
    if n < 100:
        tens, one = divmod(n, 10)
        if not one:
            return _TENS_NL[tens]
        unit = "een" if one == 1 else _UNITS_NL[one]
        return unit + ("ën" if unit.endswith("e") else "en") + _TENS_NL[tens]
    size, name = (100, "honderd") if n < 1000 else (1000, "duizend")
    count, rest = divmod(n, size)
    head = ("" if count == 1 else number_words_nl(count)) + name
    # 1.001 is "duizend een", but 101 is "honderdeen"
    tail = "een" if rest == 1 else number_words_nl(rest) if rest else ""
    return head + (" " if tail and size == 1000 else "") + tail


def duration(n: int, unit: str, language: str, *, short: bool = False) -> str:
    """A period: "7 (zeven) dagen", or "7 dagen" when `short`. The parts are kept together by non-breaking spaces."""
    one, many = _DURATIONS[language][unit]
    name = one if n == 1 else many
    words = "" if short else f"({number_words_nl(n)}){NBSP}"
    return f"{n}{NBSP}{words}{name.replace(' ', NBSP) if short else name}"


def money(amount: Decimal, language: str) -> str:
    """An amount in EUR: "€ 2.500,00"."""
    return f"€{NBSP}{format_decimal(amount, '#,##0.00', locale=LOCALES[language])}"


def rate(amount: Decimal, language: str) -> str:
    """A price per hour in EUR: "€ 95,00 per uur"."""
    return money(amount, language) + {"nl": " per uur"}[language]


def number(value: Decimal, language: str) -> str:
    """A plain number without needless zeros: "1,5"."""
    return format_decimal(value, "#,##0.####", locale=LOCALES[language])


def long_date(day: date, language: str) -> str:
    """ "1 december 2026", the parts kept together."""
    return format_date(day, "d MMMM y", locale=LOCALES[language]).replace(" ", NBSP)


@lru_cache
def _territories(language: str) -> dict[str, str]:
    return dict(Locale.parse(LOCALES[language]).territories)


def country(code: str, language: str) -> str:
    """The country's name for an ISO 3166 alpha-2 code. Raises KeyError for an unknown one."""
    return _territories(language)[code]


def upper_roman(n: int) -> str:
    """4 → "IV" (1 to 3999)."""
    out = ""
    for value, sign in zip((1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
                           ("M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"), strict=True):  # fmt: skip
        while n >= value:
            out, n = out + sign, n - value
    return out


def lower_letter(n: int) -> str:
    """1 → "a", 26 → "z", 27 → "aa": Word's own lowerLetter numbering."""
    return chr(96 + (n - 1) % 26 + 1) * ((n - 1) // 26 + 1)
