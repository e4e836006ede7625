"""Questions about terms in a few words, Dutch or English: "cap above 2500", "plafond boven 2500", "breach < 48". Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from dpa_service.domain.contract.terms import Parameter, Value

ABOVE, BELOW, AT_LEAST, AT_MOST, IS, UNLIMITED = ">", "<", ">=", "<=", "=", "none"
OPERATORS = {
    ABOVE: (">", "above", "over", "more than", "higher than", "longer than", "boven", "meer dan", "hoger dan", "groter dan",
            "langer dan"),
    BELOW: ("<", "below", "under", "less than", "lower than", "shorter than", "onder", "minder dan", "lager dan", "kleiner dan",
            "korter dan"),
    AT_LEAST: (">=", "=>", "≥", "at least", "from", "minstens", "ten minste", "vanaf"),
    AT_MOST: ("<=", "=<", "≤", "at most", "up to", "hoogstens", "ten hoogste", "maximaal", "tot"),
    IS: ("=", "is", "equals", "gelijk aan", ":"),
}  # fmt: skip
# What people call a term; the library's own label and id work too.
SYNONYMS = {
    "cap_fixed": ("cap", "liability cap", "plafond", "aansprakelijkheidsplafond", "ceiling", "limit", "limiet"),
    "cap_other": ("other damage", "cap other", "andere schade", "plafond andere schade"),
    "fee_multiplier": ("multiplier", "fee multiplier", "vermenigvuldiger", "vergoedingsfactor"),
    "cap_gross_factor": ("gross fault", "zware fout"),
    "breach_notice_hours": ("breach", "breach notice", "data breach", "inbreuk", "inbreuken", "datalek", "meldtermijn"),
    "objection_days": ("objection", "objection window", "bezwaar", "bezwaartermijn"),
    "alternative_days": ("alternative", "alternatief"),
    "assistance_rate": ("rate", "hourly rate", "tarief", "uurtarief"),
    "assistance_free_hours": ("free hours", "kosteloze uren", "gratis uren"),
    "payment_days": ("payment", "payment term", "betaling", "betalingstermijn"),
    "audit_notice_days": ("audit", "audit notice", "inspection", "inspectie"),
    "audit_rate_cap": ("audit rate", "audittarief"),
    "exit_days": ("exit", "return", "deletion", "teruggave", "vernietiging"),
    "backup_days": ("backup", "backups", "back-up", "back-ups"),
    "recording_retention_days": ("recordings", "recording", "opnamen", "opnames", "gespreksopnamen"),
    "log_retention_months": ("logs", "log", "logboek", "logboeken"),
    "contact_retention_months": ("contact history", "contactgeschiedenis"),
    "campaign_retention_months": ("campaign", "campagne"),
    "dsr_forward_days": ("data subject request", "forwarding", "doorsturen", "doorstuurtermijn"),
    "change_notice_days": ("change notice", "wijziging", "wijzigingen"),
}
_NOTHING = ("unlimited", "none", "onbeperkt", "geen")
_NUMBER = re.compile(r"(?:€|eur|euro)?\s*(\d[\d., \u00a0]*)(k|m)?\s*(?:€|eur|euro|%|[a-z ]{0,20})?")
_BY_LENGTH = sorted(((word, sign) for sign, words in OPERATORS.items() for word in words), key=lambda pair: -len(pair[0]))


@dataclass(frozen=True, slots=True)
class TermQuery:
    """A question about one term: which, how it is compared, and with what (None for "unlimited")."""

    parameter: str
    operator: str
    value: Decimal | None

    def holds(self, value: Value, *, none_is_endless: bool) -> bool:
        """Whether a term's value answers the question."""
        if self.operator == UNLIMITED:
            return value is None
        if value is None:
            return none_is_endless and self.operator in (ABOVE, AT_LEAST)
        if self.value is None or isinstance(value, tuple | bool):
            return False
        number = Decimal(str(value))
        match self.operator:
            case ">":
                return number > self.value
            case "<":
                return number < self.value
            case ">=":
                return number >= self.value
            case "<=":
                return number <= self.value
        return number == self.value


def understand(text: str, parameters: Mapping[str, Parameter]) -> TermQuery | None:
    """The question in a text, or None when it asks about no term that is a figure."""
    words = _plain(text)
    for word, operator in _BY_LENGTH:
        pattern = rf"\s{re.escape(word)}\s" if word[0].isalpha() else rf"\s*{re.escape(word)}\s*"
        line = f" {words} "
        for found in reversed(list(re.finditer(pattern, line))):  # from the end: a label may hold such a word itself
            name, asked = _parameter(line[: found.start()].strip(), parameters), line[found.end() :].strip()
            if name is None:
                continue
            if operator == IS and asked in _NOTHING:
                return TermQuery(name, UNLIMITED, None)
            if (number := read_number(asked)) is not None:
                return TermQuery(name, operator, number)
    for nothing in _NOTHING:
        before, _, after = words.partition(nothing)
        name = _parameter((before or after).strip(), parameters)
        if nothing in words.split() and name is not None:
            return TermQuery(name, UNLIMITED, None)
    return None


def read_number(text: str) -> Decimal | None:
    """A figure as people type it: "2500", "2.500", "2.500,00", "€ 2 500", "25k", "48 uur"."""
    found = _NUMBER.fullmatch(text.strip().casefold())
    if not found:
        return None
    digits = found[1].replace(" ", "").replace("\u00a0", "").rstrip(".,")
    if "," in digits and "." in digits:
        thousands = "." if digits.rfind(",") > digits.rfind(".") else ","
        digits = digits.replace(thousands, "")
    elif re.fullmatch(r"\d{1,3}([.,]\d{3})+", digits):
        digits = digits.replace(".", "").replace(",", "")
    try:
        number = Decimal(digits.replace(",", "."))
    except InvalidOperation:
        return None
    return number * {"k": 1000, "m": 1_000_000}.get(found[2] or "", 1) if number < 10**12 else None


def figures(parameters: Mapping[str, Parameter]) -> list[str]:
    """The terms that can be asked about."""
    return [name for name, parameter in parameters.items() if parameter.type in ("money", "rate", "number", "duration")]


def _parameter(words: str, parameters: Mapping[str, Parameter]) -> str | None:
    for name in figures(parameters):
        known = {name, name.replace("_", " "), *SYNONYMS.get(name, ()), *map(_plain, parameters[name].labels.values())}
        if words in known or words.removeprefix("the ").removeprefix("het ").removeprefix("de ") in known:
            return name
    return None


def _plain(text: str) -> str:
    joined = unicodedata.normalize("NFKC", " ".join(text.split())).casefold()
    return "".join(sign for sign in unicodedata.normalize("NFD", joined) if not unicodedata.combining(sign))
