"""The agreement that a partial form would give: what is missing stands in it as a visible placeholder.

The placeholders exist only here. A draft is made from the request itself, which must then be complete.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from dpa_service.adapters.html import render_html
from dpa_service.domain.contract.assembly import assemble
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.coverage import uncovered
from dpa_service.domain.contract.request import LISTS, request_from_dict
from dpa_service.domain.contract.terms import parse_value, print_value
from dpa_service.domain.contract.wording import country, long_date
from dpa_service.domain.errors import DomainError, FieldError, RequestInvalid
from dpa_service.services.agreements.form_data import to_request
from dpa_service.services.agreements.request_schema import load_request

Json = dict[str, Any]

# What a salesperson looks at first: the caps, the windows, the tariff. Everything negotiated is added to it.
CAPS = ("cap_fixed", "fee_multiplier", "cap_other", "main_cap_mode")
WINDOWS = ("objection_days", "breach_notice_hours", "dsr_forward_days", "audit_notice_days", "exit_days", "change_notice_days")
TARIFF = ("assistance_rate", "assistance_increment", "assistance_free_hours", "payment_days")
GROUPS = (("caps", CAPS), ("windows", WINDOWS), ("tariff", TARIFF))

_OPEN = {"nl": "[nog in te vullen: {what}]"}
_SHOWN = {language: re.compile(re.escape(text).replace(r"\{what\}", r"[^\]<>]{1,60}")) for language, text in _OPEN.items()}
_WORDS = {
    "nl": {
        "client.name": "naam van de klant",
        "client.legal_form": "rechtsvorm",
        "client.enterprise_number": "ondernemingsnummer",
        "client.vat_number": "btw-nummer",
        "client.registration": "registratie",
        "client.address.street": "straat en nummer",
        "client.address.postal_code": "postcode",
        "client.address.city": "gemeente",
        "client.signatory.name": "naam van de ondertekenaar",
        "client.signatory.role": "functie van de ondertekenaar",
        "client.privacy_contact.name": "contact voor privacy",
        "client.privacy_contact.email": "e-mailadres voor privacy",
        "main_agreement.title": "titel van de hoofdovereenkomst",
        "main_agreement.date": "datum van de hoofdovereenkomst",
        "effective_from": "ingangsdatum",
        "services": "gekozen diensten",
        "recipient": "ontvanger",
        "purpose": "doel",
        "assessment_date": "datum van de beoordeling",
        "data_types": "soorten gegevens",
        "name": "naam",
        "tasks": "taken",
        "country": "land",
        "data": "gegevens",
        "period": "bewaartermijn",
    }
}
# Values that pass the validation, so that the rest of the form is read in its normal form; they are replaced before anything is shown.
_FILLERS = {
    "email": "leeg@voorbeeld.example",
    "enterprise_number": "0999.900.150",
    "vat_number": "NL999999035B01",
    "date": "2000-01-01",
    "effective_from": "2000-01-01",
    "assessment_date": "2000-01-01",
    "tool": "standard_clauses",
    "language": "nl",
    "data_types": ["…"],
}
# Days that no request can have; printed, they are recognised and replaced.
_DAYS = {"effective_from": date(1900, 1, 1), "date": date(1900, 1, 2), "assessment_date": date(1900, 1, 3)}
_REFERENCE = "ONTWERP"
_NOWHERE = "ZZ"
_STEP = re.compile(r"([^.\[\]]+)|\[([0-9]+)\]")
_ROUNDS = 6
_SUPERFLUOUS = ("NOT_USED", "UNKNOWN_FIELD", "TOO_MANY")
_GONE = object()  # marks a value for removal; None is a value of its own for a parameter


@dataclass(frozen=True, slots=True)
class Preview:
    """`snapshot` and `html` are None when nothing can be assembled, and `trouble` then says why; `errors` is what is still open."""

    snapshot: Json | None
    html: str | None
    errors: list[FieldError]
    trouble: str | None = None
    terms: tuple[Json, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether a draft can be made."""
        return not self.errors and self.snapshot is not None

    @property
    def uncovered(self) -> list[str]:
        """The duties of Art. 28 that the agreement leaves open."""
        return uncovered(self.snapshot["coverage"]) if self.snapshot else []


def preview(data: Mapping[str, Any], library: Library) -> Preview:
    """The agreement of a form as it stands. In: the form's data. No error: what is wrong or missing is in the result."""
    request, errors = _completed(to_request(data, library), library)
    for _ in range(_ROUNDS):
        try:
            # One reference for all: the one of a draft follows its content, and would change with every answer.
            snapshot = assemble(library, request_from_dict(request, library), reference=_REFERENCE)
            html = _marked(render_html(snapshot, standalone=False), request["language"])
            return Preview(snapshot, html, errors, terms=_terms(snapshot, library))
        except RequestInvalid as trouble:  # a combination of values that the library refuses
            errors = errors + [error for error in trouble.errors if error not in errors]
            if not _without(request, trouble.errors):
                return Preview(None, None, errors, trouble.message)
        except DomainError as trouble:
            return Preview(None, None, errors, trouble.message)
    return Preview(None, None, errors)


def _terms(snapshot: Json, library: Library) -> tuple[Json, ...]:
    """What was negotiated, then caps, windows and tariff: group, id, label, text, and the standard's text where it differs."""
    negotiated = [change["parameter"] for entry in snapshot["deviations"] for change in entry["changes"]]
    shown = [("negotiated", name) for name in negotiated]
    shown += [(group, name) for group, names in GROUPS for name in names if name not in negotiated and name in library.parameters]
    language = snapshot["language"]

    def printed(name: str, value: Any) -> str:
        return print_value(library.parameters[name], value, language, short=True)

    return tuple(
        {
            "group": group,
            "id": name,
            "label": library.parameters[name].labels[language],
            "text": printed(name, parse_value(library.parameters[name], snapshot["terms"][name]["value"])),
            "standard": printed(name, library.parameters[name].standard) if name in negotiated else None,
        }
        for group, name in shown
    )


def problems(data: Mapping[str, Any], library: Library) -> list[FieldError]:
    """Everything that keeps this form from being a request, sorted by field; nothing when a draft can be made."""
    try:
        request_from_dict(load_request(to_request(data, library), library, reference=False), library)
    except RequestInvalid as trouble:
        return trouble.errors
    return []


def _completed(raw: Json, library: Library) -> tuple[Json, list[FieldError]]:
    """A request that can be assembled, with placeholders where the form has nothing usable; and what those are."""
    work = copy.deepcopy(raw)
    found: dict[str, FieldError] = {}
    for _ in range(_ROUNDS):
        try:
            valid = load_request(work, library, reference=False)
            break
        except RequestInvalid as trouble:
            for error in trouble.errors:
                found.setdefault(error.field, error)
                _repair(work, error, library)
            _tidy(work)
    else:
        raise RuntimeError(f"a form cannot be completed for its preview: {sorted(found)}")
    language = valid["language"]
    for field in found:
        _place(valid, field, language)
    if "services" in found:
        _without_services(valid, language)
    return valid, sorted(found.values(), key=lambda error: (error.field, error.code))


def _repair(work: Json, error: FieldError, library: Library) -> None:
    """Put something valid where the validation found nothing usable, or leave the field out where it may be absent."""
    field, steps = error.field, _steps(error.field)
    if not steps:
        return
    last = str(steps[-1])
    if field == "services":
        value: Any = [next(iter(library.services))]
    elif steps[0] in ("sub_processors", "deviations"):
        steps, value = steps[:1], _GONE
    elif error.code in _SUPERFLUOUS or steps[0] == "parameters" or _optional(steps):
        value = _GONE
    elif last == "country":
        value = "BE" if steps[0] in ("client", "group_staff") else "US"
    else:
        value = _FILLERS.get(last, "…")
    _set(work, steps, value)


def _optional(steps: list[str | int]) -> bool:
    """Whether a request may do without this field (docs/request.md)."""
    if steps[0] in ("services", "sub_processors", "reference"):
        return True
    if steps[0] == "processing":
        return not (len(steps) > 3 and steps[-1] in ("data", "period"))
    names = ("register", "phone", "dpo", "sector", "size", "reference", "cap")
    known = ("client", "main_agreement", "transfers", "group_staff", "effective_from", "language")
    return steps[-1] in names or steps[0] not in known or (steps[0] == "client" and steps[-1] == "language")


def _place(valid: Json, field: str, language: str) -> None:
    """The placeholder of a field, where the field was filled only to pass the validation."""
    steps = _steps(field)
    holder = _get(valid, steps[:-1]) if steps else None
    last = steps[-1] if steps else ""
    if isinstance(holder, list) and isinstance(last, int) and last < len(holder) and isinstance(holder[last], str):
        holder[last] = _open(field, language)
    if not isinstance(holder, dict) or last not in holder or steps[0] in ("services", "parameters"):
        return
    if last in _DAYS:
        holder[last] = _DAYS[str(last)].isoformat()
    elif last == "country":
        holder[last] = _NOWHERE if steps[0] != "client" else holder[last]
    elif last == "data_types":
        holder[last] = [_open(field, language)]
    elif last not in ("tool", "language"):
        holder[last] = _open(field, language)


def _without_services(valid: Json, language: str) -> None:
    """No service is chosen yet: the annexes and the subject print that instead of the service that passed the validation."""
    valid["services"] = []
    text = _open("services", language)
    own = valid.get("processing", {})
    valid["processing"] = {"subject": text, **{key: [text] for key in LISTS if key != "special_categories"}, **own}
    valid["processing"].setdefault("retention", [{"data": text, "period": text}])


def _open(field: str, language: str) -> str:
    words = _WORDS[language]
    last = [step for step in _steps(field) if isinstance(step, str)][-1]
    return _OPEN[language].format(what=words.get(field) or words.get(last, last))


def _marked(html: str, language: str) -> str:
    """The HTML with the impossible days and the country that is none replaced by their placeholders, and each of those made visible."""
    for name, day in _DAYS.items():
        field = "main_agreement.date" if name == "date" else name
        html = html.replace(long_date(day, language), _open(field, language))
    html = html.replace(country(_NOWHERE, language), _open("country", language))
    return _SHOWN[language].sub(r'<span class="open-value">\g<0></span>', html)


def _without(request: Json, errors: list[FieldError]) -> bool:
    """Take the parameters of a refused combination out; all of them where the named one is not there, then what else is asked.

    False when none is left.
    """
    parameters = request.get("parameters") or {}
    named = [name for error in errors if (name := error.field.removeprefix("parameters.")) in parameters]
    for name in named or list(parameters):
        del parameters[name]
    return bool(named) or any(request.pop(part, None) is not None for part in ("parameters", "deviations"))


def _steps(field: str) -> list[str | int]:
    return [int(index) if index else name for name, index in _STEP.findall(field)]


def _get(data: Any, steps: list[str | int]) -> Any:
    for step in steps:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _set(data: Any, steps: list[str | int], value: Any) -> None:
    """Set a leaf, making the objects above it."""
    for step, following in pairwise(steps):
        if isinstance(data, dict):
            if not isinstance(data.get(step), dict | list) and not isinstance(following, int):
                data[step] = {}
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            if not isinstance(data[step], dict | list) and value is not _GONE:
                data[step] = {}
            data = data[step]
    last = steps[-1]
    if isinstance(data, list) and not (isinstance(last, int) and last < len(data)):
        return
    if isinstance(data, dict | list):
        data[last] = value  # type: ignore[index]  # a list is reached by a number only


def _tidy(data: Any) -> None:
    """Drop what was marked for removal."""
    if isinstance(data, dict):
        for key in [key for key, value in data.items() if value is _GONE]:
            del data[key]
        for value in data.values():
            _tidy(value)
    elif isinstance(data, list):
        data[:] = [item for item in data if item is not _GONE]
        for item in data:
            _tidy(item)
