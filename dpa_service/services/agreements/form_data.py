"""A request as typed: partial, with text in every field, and what becomes of it when it is read as a request.

The shape is that of docs/request.md with three differences. Values are the words of the user ("2.500,00", "24"), so that nothing
typed is lost. Whatever is not filled in is absent or blank. `asked` holds the answers to questions that only open a part of the
form ({"transfers": true}): a part that is closed keeps its answers, and the request does not have them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.request import UNLIMITED
from dpa_service.domain.contract.terms import Parameter
from dpa_service.services.agreements.countries import COUNTRIES
from dpa_service.services.agreements.request_schema import identified_by

Json = dict[str, Any]

NONE = "none"  # the answer "no value" to a parameter that may have none
NUMBERS = ("enterprise_number", "vat_number", "registration")
ASKED = ("more", "transfers", "group_staff", "parameters")
_UNLIMITED = ("onbeperkt", "unlimited", "illimité")
_THOUSANDS = re.compile(r"[0-9]{1,3}(\.[0-9]{3})+")
_WHOLE = re.compile(r"-?[0-9]{1,9}")


def blank(today: date, client: Mapping[str, Any] | None = None) -> Json:
    """A new form: the house's language, the first day of next month as the start, a Belgian client, and what is known of the client."""
    first = date(today.year + today.month // 12, today.month % 12 + 1, 1)
    known = of_request({"client": dict(client)})["client"] if client else {"address": {"country": "BE"}}
    return {
        "language": "nl",
        "effective_from": first.isoformat(),
        "client": known,
        "main_agreement": {"date": today.isoformat()},
        "services": [],
        "asked": {},
    }


def of_request(request: Mapping[str, Any]) -> Json:
    """The form that would give this request. In: a validated request, or a part of one."""
    data = {key: value for key, value in request.items() if key not in ("parameters", "reference")}
    if client := data.get("client"):
        data["client"] = {**client, "dpo": "true" if client.get("dpo") else ""}
    if main := data.get("main_agreement"):
        cap = "onbeperkt" if main.get("cap") == UNLIMITED else _shown(main.get("cap")) or ""
        data["main_agreement"] = {**main, "cap": cap}
    if parameters := request.get("parameters"):
        data["parameters"] = {name: NONE if value is None else _shown(value) for name, value in parameters.items()}
    data["asked"] = {
        "more": any((data.get("processing") or {}).values()),
        **{name: bool(data.get(name)) for name in ("transfers", "group_staff", "parameters")},
    }
    return data


def _shown(value: Any) -> Any:
    """A value of a request as a Belgian types it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str) and re.fullmatch(r"[0-9]+\.[0-9]+", value):
        return value.replace(".", ",")
    return value


def to_request(data: Mapping[str, Any], library: Library) -> Json:
    """The request that the form says so far: blanks left out, figures read. The blocks that must be there are always there.

    What cannot be read stays as typed, for the validation to name it.
    """
    asked = data.get("asked") or {}
    read = {key: _filled(value) for key, value in data.items() if key != "asked"}
    read["services"] = [item for item in data.get("services") or [] if item]
    client = read.get("client") or {}
    read["client"] = {"address": {}, "signatory": {}, "privacy_contact": {}, **_identified(client)}
    if "dpo" in client:
        read["client"]["dpo"] = client["dpo"] in ("true", True)
    main = read["main_agreement"] = read.get("main_agreement") or {}
    if "cap" in main:
        main["cap"] = UNLIMITED if main["cap"].casefold() in _UNLIMITED else amount(main["cap"])
    for part, question in (("processing", "more"), ("transfers", "transfers"), ("group_staff", "group_staff")):
        if not asked.get(question) or not read.get(part):
            read.pop(part, None)
    parameters = read.pop("parameters", None)
    if parameters and asked.get("parameters"):
        read["parameters"] = {
            name: typed_value(library.parameters[name], value) if name in library.parameters else value
            for name, value in parameters.items()
        }
    return {key: value for key, value in read.items() if value is not None}


def _identified(client: Mapping[str, Any]) -> Json:
    """The client with only the number that goes with its country; another one may be left from a change of mind."""
    country = (client.get("address") or {}).get("country")
    if country not in COUNTRIES:
        return dict(client)
    used = identified_by(country)
    return {key: value for key, value in client.items() if key not in NUMBERS or key == used}


def _filled(value: Any) -> Any:
    """The value without its blanks; None when nothing is left. Rows that hold nothing are dropped."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, Mapping):
        kept = {key: filled for key, item in value.items() if (filled := _filled(item)) is not None}
        return kept or None
    if isinstance(value, list):
        rows = [filled for item in value if (filled := _filled(item)) is not None]
        return rows or None
    return value


def typed_value(parameter: Parameter, typed: Any) -> Any:
    """What was typed for a parameter as a request has it; what cannot be read is given back unchanged."""
    if parameter.none is not None and typed == NONE:
        return None
    if not isinstance(typed, str):
        return typed
    match parameter.type:
        case "boolean":
            return {"true": True, "false": False}.get(typed, typed)
        case "duration":
            return int(typed) if _WHOLE.fullmatch(typed.strip()) else typed
        case "money" | "rate" | "number":
            return amount(typed)
    return typed


def amount(typed: str) -> str:
    """ "€ 2.500,00" → "2500.00". What is no amount is given back unchanged."""
    text = re.sub(r"[\s€]", "", typed)
    if "," in text:
        text = text.replace(".", "").replace(",", ".")
    elif _THOUSANDS.fullmatch(text):
        text = text.replace(".", "")
    return text or typed


def title(data: Mapping[str, Any]) -> str:
    """What a list of forms calls it: client and main agreement, as far as they are known."""
    parts = ((data.get("client") or {}).get("name"), (data.get("main_agreement") or {}).get("title"))
    return " – ".join(part.strip() for part in parts if isinstance(part, str) and part.strip())
