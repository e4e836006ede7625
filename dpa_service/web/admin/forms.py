"""Forms of the administration: from fields to house data and back, and errors beside the field that has them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from babel import Locale
from babel.numbers import format_decimal
from flask import request
from flask_babel import get_locale, lazy_gettext
from flask_babel import gettext as _

from dpa_service.domain.errors import DomainError, FieldError, RequestInvalid
from dpa_service.services.agreements.countries import COUNTRIES, EEA
from dpa_service.services.errors import Stale
from dpa_service.services.house import house
from dpa_service.services.house.house_changes import Entry, changes
from dpa_service.serving.runtime import actor, now, runtime, session
from dpa_service.web.admin.words import labels
from dpa_service.web.messages import MESSAGES

Json = dict[str, Any]
_INDEXED = re.compile(r"\[(\d+)\]")
_THOUSANDS = re.compile(r"\d{1,3}([. ]\d{3})+(,\d{1,2})?")


@dataclass(slots=True)
class Attempt:
    """What came of a form: the version it made, or errors by field, and what another author changed meanwhile."""

    made: house.Version | None = None
    errors: dict[str, str] = field(default_factory=dict)
    current: house.Version | None = None
    others: list[Entry] = field(default_factory=list)

    @property
    def status(self) -> int:
        """The status of the page that shows the form again."""
        return 409 if self.current else 422


def save(kind: str, change: Callable[[Json], Json], *, lists: Iterable[str] = (), prefix: str = "") -> Attempt:
    """Save what a form says. In: `lists`, fields with one entry a line; `prefix`, what paths of errors begin with in the content."""
    seen = number(request.form.get("version"))
    try:
        made = house.save(
            session(),
            runtime().library,
            kind,
            change,
            expected=seen,
            note=request.form.get("note"),
            actor=actor(),
            now=now(),
        )
    except RequestInvalid as trouble:
        return Attempt(errors=named(trouble, lists, prefix))
    except Stale:
        newest = house.current(session(), runtime().library, kind)
        return Attempt(current=newest, others=_meanwhile(kind, seen, newest))
    except DomainError as trouble:
        return Attempt(errors={"": trouble.message})
    return Attempt(made)


def _meanwhile(kind: str, seen: int, newest: house.Version) -> list[Entry]:
    try:
        before = house.version(session(), runtime().library, kind, seen)
    except DomainError:
        return []
    return changes(kind, before.content, newest.content)


def named(trouble: RequestInvalid, lists: Iterable[str] = (), prefix: str = "") -> dict[str, str]:
    """One message a field, in the order of the form; an entry of a list that stands in one field says on which line it is."""
    found: dict[str, str] = {}
    order = {name: index for index, name in enumerate(labels())}
    errors = [("name" if error.code == "TWICE" else error.field.removeprefix(prefix), error) for error in trouble.errors]
    for path, error in sorted(errors, key=lambda pair: order.get(_field(pair[0]), len(order))):
        base = next((name for name in lists if path.startswith(f"{name}[")), None)
        if base is None:
            found.setdefault(path, sentence(error, _label(path)))
            continue
        line = _INDEXED.search(path[len(base) :])
        what = _("%(field)s, line %(n)s", field=_label(base), n=int(line[1]) + 1 if line else 1)
        message = sentence(error, what)
        found[base] = f"{found[base]} {message}" if base in found else message
    return found


def _field(path: str) -> str:
    """A path of an error as the labels know it."""
    plain = _INDEXED.sub("", path)
    return plain if plain in labels() else path.split("[")[0]


def _label(path: str) -> str:
    return labels().get(_field(path), path)


def sentence(error: FieldError, what: str) -> str:
    """An error in the words of the user; `what` is the field by its label."""
    if error.code in OWN:
        return str(OWN[error.code]) % {"what": what, "braces": (_BRACES.search(error.message) or [""])[0]}
    words = MESSAGES.get(error.code)
    return str(words) % {"what": what} if words is not None else f"{what}: {error.message}"


_BRACES = re.compile(r"\{[^{}]*\}")
# Where the words of requests do not fit house data.
OWN = {
    "AMOUNT": lazy_gettext("%(what)s: write an amount in euro such as 1.250.000,00."),
    "RANGE": lazy_gettext("%(what)s: this value is out of bounds."),
    "DAYS": lazy_gettext("%(what)s: give a whole number of days within the bounds."),
    "EMPTY_LIST": lazy_gettext("%(what)s: give at least one."),
    "COUNTRY": lazy_gettext("%(what)s: outside the EEA, give the two letters of each country, such as US."),
    "UNKNOWN_SERVICE": lazy_gettext("%(what)s: one of these is not in the catalogue any more; choose again."),
    "SERVICES": lazy_gettext("%(what)s: choose the services, or all of them."),
    "TWICE": lazy_gettext("There is an entry with this name already; change that one."),
    "TEXT": lazy_gettext(
        "%(what)s: a brace or asterisk is not closed, or a reference stands where a term is meant; write {name}."
    ),
    "PARAMETER": lazy_gettext(
        "%(what)s: %(braces)s cannot be printed here; use one of the terms of the list, or leave out the braces."
    ),
}


def nested(names: Sequence[str], form: Mapping[str, str]) -> Json:
    """Dotted fields as nested JSON; blank ones are absent, the objects that hold them are not."""
    made: Json = {}
    for name in names:
        *parents, last = name.split(".")
        inner = made
        for parent in parents:
            inner = inner.setdefault(parent, {})
        if value := form.get(name, "").strip():
            inner[last] = value
    return made


def typed(names: Sequence[str], data: Mapping[str, Any]) -> dict[str, str]:
    """The same back: the value of every field, for a form that shows what is stored."""
    return {name: _at(data, name.split(".")) for name in names}


def _at(data: Any, path: list[str]) -> str:
    for key in path:
        data = data.get(key) if isinstance(data, Mapping) else None
    return "" if data is None else str(data)


def lines(text: str) -> list[str]:
    """The lines of a text area that say something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def amount(text: str) -> str:
    """An amount as Belgians write it ("1.250.000,00") in the form that is stored; anything else stays as it is."""
    plain = text.strip().removeprefix("€").replace("\u00a0", " ").strip()
    if _THOUSANDS.fullmatch(plain):
        plain = plain.replace(".", "").replace(" ", "")
    return plain.replace(",", ".")


def shown_amount(text: str) -> str:
    """ "1.250.000,00" """
    try:
        return str(format_decimal(Decimal(text), "#,##0.00", locale="nl_BE"))
    except ArithmeticError:
        return text


def number(text: str | None) -> int:
    """A whole number of a form, or -1."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else -1


def country_name(code: str) -> str:
    """The name of a country in the language of the page."""
    return str(Locale.parse(str(get_locale() or "nl")).territories.get(code, code))


def countries(codes: Iterable[str] = COUNTRIES) -> list[tuple[str, str]]:
    """Code and name, by name, Belgium first."""
    return sorted(((code, country_name(code)) for code in codes), key=lambda pair: (pair[0] != "BE", pair[1].casefold()))


def outside_eea(codes: Iterable[str]) -> list[str]:
    """Those of the countries where processing is a transfer."""
    return [code for code in codes if code not in EEA]
