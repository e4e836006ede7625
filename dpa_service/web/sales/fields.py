"""Between the fields of a page and the data of a form: fields are named by the dotted path of a request (docs/request.md)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from dpa_service.domain.contract.clauses import Library
from dpa_service.services.agreements.form_data import ASKED, NONE

Json = dict[str, Any]

CLIENT = (
    "name", "legal_form", "enterprise_number", "vat_number", "registration", "register", "dpo", "language", "sector", "size",
    "address.street", "address.postal_code", "address.city", "address.country", "signatory.name", "signatory.role",
    "privacy_contact.name", "privacy_contact.email", "privacy_contact.phone",
)  # fmt: skip
MAIN = ("title", "date", "reference", "cap")
LINES = ("purposes", "nature", "data_types", "special_categories", "data_subjects", "measures")
ROWS = {
    "transfers": ("recipient", "country", "purpose", "tool", "assessment_date", "data_types"),
    "group_staff": ("name", "country", "tasks"),
    "processing.retention": ("data", "period"),
}
MOST_ROWS = 100
_ROW = re.compile(r"(transfers|group_staff|processing\.retention)\[([0-9]{1,4})\]\.([a-z_]+)")
_STEP = re.compile(r"([^.\[\]]+)|\[([0-9]+)\]")

Posted = MultiDict[str, str]


def client_data(posted: Posted) -> Json:
    """The client of a posted page, as typed."""
    client: Json = {}
    for name in CLIENT:
        _put(client, name, posted.get(f"client.{name}", "")[:1000])
    return client


def form_data(posted: Posted, library: Library, before: Mapping[str, Any] | None = None) -> Json:
    """The data of a posted form. In: `before`, what is stored: parts that the page does not show stay (a list of sub-processors that
    is the agreement's own, texts of a service for this client).

    Fields that the form does not have are not read.
    """
    before = before or {}
    data: Json = {"language": "nl", "effective_from": posted.get("effective_from", ""), "client": client_data(posted)}
    data["main_agreement"] = {name: posted.get(f"main_agreement.{name}", "") for name in MAIN}
    own = {item["id"]: item for item in before.get("services") or [] if isinstance(item, Mapping)}
    data["services"] = [own.get(name, name) for name in posted.getlist("services") if name in library.services]
    data["processing"] = {name: _lines(posted.get(f"processing.{name}", "")) for name in LINES}
    data["processing"]["subject"] = posted.get("processing.subject", "")
    data["processing"]["retention"] = _rows(posted, "processing.retention")
    data["transfers"], data["group_staff"] = _rows(posted, "transfers"), _rows(posted, "group_staff")
    data["parameters"] = _parameters(posted, library)
    if before.get("sub_processors") is not None and posted.get("house_sub_processors") != "true":
        data["sub_processors"] = before["sub_processors"]
    if before.get("deviations"):
        data["deviations"] = before["deviations"]  # asked on the pages of the negotiation
    data["asked"] = {name: posted.get(f"asked.{name}") == "true" for name in ASKED}
    if posted.get("js") != "true":  # without the script every part is in view, and what stands in one counts
        filled = {"more": data["processing"], "transfers": data["transfers"], "group_staff": data["group_staff"]}
        data["asked"] |= {name: True for name, part in filled.items() if _holds(part)}
    data["asked"]["parameters"] = bool(data["parameters"])
    return data


def _parameters(posted: Posted, library: Library) -> Json:
    read: Json = {}
    for name, parameter in library.parameters.items():
        field = f"parameters.{name}"
        if field not in posted:
            continue
        if parameter.type == "choices":
            read[name] = [value for value in posted.getlist(field) if value]
        elif parameter.none is not None and posted.get(f"none.{name}") == "true":
            read[name] = NONE
        else:
            read[name] = posted[field]
    return read


def _rows(posted: Posted, part: str) -> list[Json]:
    """The rows of a part in the order of their numbers; rows without any words are left out."""
    found: dict[int, Json] = {}
    for field, value in posted.items():
        match = _ROW.fullmatch(field)
        if match and match[1] == part and match[3] in ROWS[part]:
            row = found.setdefault(int(match[2]), {})
            row[match[3]] = _lines(value) if match[3] == "data_types" else value
    rows = [found[index] for index in sorted(found)][:MOST_ROWS]
    return [row for row in rows if _holds({name: value for name, value in row.items() if name not in ("tool", "country")})]


def _lines(text: str) -> list[str]:
    """One entry a line, as typed; blank lines are no entries."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def _holds(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_holds(item) for item in value.values())
    if isinstance(value, list):
        return any(_holds(item) for item in value)
    return bool(str(value).strip()) if value is not None else False


def _put(data: Json, name: str, value: Any) -> None:
    *path, last = name.split(".")
    for step in path:
        data = data.setdefault(step, {})
    data[last] = value


def reader(data: Mapping[str, Any]) -> Callable[[str], Any]:
    """A function for templates: the value at a dotted path as a field shows it; lists of lines joined, absent values empty."""

    def value(field: str) -> Any:
        found: Any = data
        for name, index in _STEP.findall(field):
            try:
                found = found[int(index)] if index else found[name]
            except (KeyError, IndexError, TypeError):
                return ""
        if isinstance(found, list) and all(isinstance(item, str) for item in found):
            return "\n".join(found)
        return "" if found is None else found

    return value
