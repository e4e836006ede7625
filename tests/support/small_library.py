"""A small clause library for the tests of assembly and checking: few clauses, every mechanism."""

from __future__ import annotations

import copy
from typing import Any

from dpa_service.adapters.library_files import read_files
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.library_build import build_library
from dpa_service.domain.contract.request import Request, request_from_dict
from dpa_service.resources import clauses_dir

HOUSE = read_files(clauses_dir())[0]


def clause(name: str, kind: str = "article", **more: Any) -> dict[str, Any]:
    """A clause.yaml as data."""
    return {"id": name, "version": "1.0.0", "status": "published", "kind": kind, "source": ["c1"], **more}


def raw() -> dict[str, Any]:
    """The raw content: mutate it, then `build`."""
    house = copy.deepcopy(HOUSE)
    parameters = [
        {"id": "cap", "type": "money", "standard": "2500.00", "minimum": "0.00", "maximum": "100000.00", "none": "onbeperkt", "rule": "d1",
         "nl": {"label": "Plafond"}},
        {"id": "days", "type": "duration", "unit": "days", "standard": 7, "minimum": 1, "maximum": 30, "rule": "b13", "nl": {"label": "Termijn"}},
        {"id": "firm", "type": "boolean", "standard": False, "rule": "c9", "nl": {"label": "Vast", "values": {"true": "wel", "false": "niet"}}},
    ]  # fmt: skip
    outline = {"nl": {"title": "Overeenkomst", "subtitle": "proef"}, "recitals": "whereas", "closing": "sign",
               "parts": [{"nl": "Een", "clauses": ["first", "recording"]}, {"nl": "Twee", "clauses": ["last"]}], "annexes": ["table"]}  # fmt: skip
    terms = {"nl": {"title": "Voorwaarden", "subtitle": "proef"}, "recitals": None, "closing": "sign", "annexes": [],
             "parts": [{"nl": "Een", "clauses": ["alone"]}]}  # fmt: skip
    return {
        "files": {
            "parameters.yaml": {"parameters": parameters, "rules": [{"if": "firm", "then": "days <= 20", "nl": "Een vaste termijn telt ten hoogste 20 dagen."}]},
            "requirements.yaml": {"requirements": [{"id": "28(3)", "nl": "Omschrijving", "elements": {"one": {"nl": "een"}, "two": {"nl": "twee"}, "nice": {"nl": "mooi", "detail": True}}}]},
            "services.yaml": {"services": [service("calls"), service("taping", ["call_recording"]), service("out", ["outbound"])]},
            "processor.yaml": house["processor.yaml"],
            "sub-processors.yaml": {"sub_processors": []},
            "playbook.yaml": house["playbook.yaml"],
            "layout.yaml": house["layout.yaml"],
            "notices.yaml": house["notices.yaml"],
            "agreement.yaml": {"id": "agreement", **outline},
            "general-terms.yaml": {"id": "general-terms", **terms},
            "whereas/clause.yaml": clause("whereas", "recitals"),
            "first/clause.yaml": clause("first", covers={"28(3).one": ["objection"]}, parameters=["days", "firm"], ladder=ladder()),
            "recording/clause.yaml": clause("recording", when="call_recording", requires=["first"]),
            "last/clause.yaml": clause("last", covers={"28(3).two": []}, parameters=["cap"]),
            "alone/clause.yaml": clause("alone"),
            "sign/clause.yaml": clause("sign", "closing"),
            "table/clause.yaml": clause("table", "annex", parameters=["days"]),
        },
        "texts": {
            "whereas/nl.md": "# Overwegingen\n1. {controller.name} is klant.\n2. {processor.name} verwerkt.\n",
            "first/nl.md": "# Eerste\n1. Zie artikel {ref:last}.\n2. {when firm} Vast.\n2. {#objection} Binnen {days} en niet later:\n   - a;\n   - {#b} b.\n",
            "recording/nl.md": "# Opname\n1. Zie artikel {ref:first#objection} en {annex:table}.\n",
            "last/nl.md": "# Laatste\n1. Hoogstens **{cap}**, zie artikel {ref:first#b}.\n",
            "alone/nl.md": "# Alleen\n1. Tekst.\n",
            "sign/nl.md": "# Ondertekening\n1. Opgemaakt op {agreement.effective_from}.\n",
            "table/nl.md": "# Bijlage\n## Doel\n{table:processing}\n## Duur\n{table:retention}\n## Plafond\n| Grond | Bedrag |\n|---|---|\n| d1 | vast |\n| {when call_recording} opname | ja |\n",
        },
    }  # fmt: skip


def service(name: str, facts: list[str] | None = None) -> dict[str, Any]:
    """A service of the catalogue."""
    words = {"name": f"Dienst {name}", "purposes": ["helpen"], "nature": ["raadplegen"], "data_types": ["naam"], "special_categories": [],
             "data_subjects": ["klanten"], "measures": [], "retention": [{"data": "alles", "period": "{days}"}]}  # fmt: skip
    return {"id": name, "nl": words, "facts": facts or []}


def ladder() -> dict[str, Any]:
    """A negotiation ladder of one rung."""
    return {
        "standard": "7 dagen",
        "rungs": [{"id": "F1", "nl": "14 dagen", "set": {"days": 14}, "approvers": ["DPO"]}],
        "walk_away": "langer dan 30",
    }


def build(content: dict[str, Any] | None = None) -> Library:
    """The library of `raw()` or of changed content."""
    return build_library(content or raw())


def request(library: Library, **changes: Any) -> Request:
    """A complete request for the small library; `changes` replace top-level keys, `client_name` the client's name."""
    name = changes.pop("client_name", "Voorbeeld NV")
    data = {
        "language": "nl",
        "effective_from": "2026-12-01",
        "client": {
            "name": name,
            "legal_form": "naamloze vennootschap",
            "enterprise_number": "0999.900.150",
            "address": {"street": "Voorbeeldstraat 1", "postal_code": "9000", "city": "Voorbeeldstad", "country": "BE"},
            "signatory": {"name": "V. Oorbeeld", "role": "bestuurder"},
            "privacy_contact": {"name": "Privacyteam", "email": "privacy@voorbeeld.example"},
        },
        "main_agreement": {"title": "Raamovereenkomst", "date": "2026-11-01"},
        "services": ["calls"],
        **changes,
    }
    return request_from_dict(data, library)
