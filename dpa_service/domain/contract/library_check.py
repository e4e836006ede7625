"""Checking a clause library as a whole: names, references, coverage, ladders, and every combination of options.

What can be seen in one file was already refused when the library was built; here clauses meet each other. Pure: the library in,
problems out.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dpa_service.domain.contract.assembly import assemble
from dpa_service.domain.contract.clause_text import Inline, Node, Print, Ref, TextTrouble, parse_inline
from dpa_service.domain.contract.clauses import Clause, Library
from dpa_service.domain.contract.conditions import Condition, Test
from dpa_service.domain.contract.coverage import uncovered
from dpa_service.domain.contract.library_build import FAMILIES, LANGUAGES, Locate
from dpa_service.domain.contract.printed_facts import KNOWN
from dpa_service.domain.contract.request import FACTS, Request, request_from_dict
from dpa_service.domain.contract.tables import BILLABLE, TABLES
from dpa_service.domain.contract.terms import Parameter, plain
from dpa_service.domain.errors import DomainError, Problem, RequestInvalid


def check_library(library: Library, published: Mapping[str, Mapping[str, str]], locate: Locate) -> list[Problem]:
    """Every mistake in the library; `published` maps clause id → version → content hash of what was published before."""
    check = _Check(library, locate)
    for clause in library.clauses.values():
        check.clause(clause)
        check.versions(clause, published.get(clause.id, {}))
    check.services()
    check.parameters()
    for family in FAMILIES:
        check.family(family)
    if not check.problems:  # combinations of a library with known mistakes would only repeat them
        check.combinations()
    return sorted(set(check.problems), key=lambda p: (p.file, p.line, p.message))


def unpublished(library: Library, published: Mapping[str, Mapping[str, str]]) -> list[Clause]:
    """The clauses whose status is published and whose version is not recorded yet."""
    return [c for c in library.clauses.values() if c.status == "published" and c.version not in published.get(c.id, {})]


class _Check:
    def __init__(self, library: Library, locate: Locate) -> None:
        self.library, self.locate = library, locate
        self.problems: list[Problem] = []
        self.used: set[str] = set()

    def trouble(self, file: str, line: int, message: str, remedy: str) -> None:
        self.problems.append(Problem(file, line, message, remedy))

    # ---- one clause ---------------------------------------------------------------------------------------------

    def clause(self, clause: Clause) -> None:
        file = f"{clause.id}/clause.yaml"

        def at(*keys: str) -> int:
            return self.locate(file, keys)

        families = [f for f in FAMILIES if clause.id in self.library.outlines[f].clauses]
        if not families and clause.status != "retired":
            self.trouble(file, 1, "no outline uses this clause.", "Add it to agreement.yaml or general-terms.yaml, or retire it.")
        names = set(self.condition(clause.when, file, at("when"))) if clause.when else set()
        anchors: set[str] = set()
        for language, text in clause.texts.items():
            path = f"{clause.id}/{language}.md"
            for node in text.walk():
                anchors |= {node.anchor} if node.anchor else set()
                names |= self.node(node, path, clause, families)
        names = {name for name in names if name in self.library.parameters}
        self.used |= names
        for name in sorted(names - set(clause.parameters)):
            self.trouble(file, at("parameters"), f"the text uses '{name}', and 'parameters' does not list it.", "Add it.")
        for name in sorted(set(clause.parameters) - names):
            known = name in self.library.parameters
            message = "the text does not use it" if known else "there is no such parameter"
            self.trouble(file, at("parameters"), f"'parameters' lists '{name}', but {message}.", "Take it out.")
        for element, places in clause.covers.items():
            duty, _, part = element.rpartition(".")
            requirement = self.library.requirements.get(duty)
            if requirement is None or part not in {e.id for e in requirement.elements}:
                self.trouble(file, at("covers", element), f"there is no element '{element}'.", "See requirements.yaml.")
            for place in sorted(set(places) - anchors):
                self.trouble(
                    file, at("covers", element), f"the text has no place {{#{place}}}.", f"Put {{#{place}}} in the text."
                )
        for key, others in (("requires", clause.requires), ("excludes", clause.excludes)):
            for other in others:
                if other not in self.library.clauses:
                    self.trouble(file, at(key), f"there is no clause '{other}'.", "Mend the name.")
        for code in clause.notices:
            if code not in self.library.notices:
                self.trouble(
                    file,
                    at("notices"),
                    f"there is no legal notice '{code}'.",
                    f"One of {', '.join(sorted(self.library.notices))}.",
                )
        for ladder in clause.ladders:
            for rung in ladder.rungs:
                for name in sorted({*rung.sets, *rung.asks} - names):
                    self.trouble(
                        file,
                        at("ladder"),
                        f"rung {rung.id} sets '{name}', which this clause's text does not use.",
                        "Print or test it.",
                    )
                for code in rung.approvers:
                    if code not in self.library.approvers:
                        self.trouble(file, at("ladder"), f"there is no approver '{code}'.", "See playbook.yaml.")

    def versions(self, clause: Clause, published: Mapping[str, str]) -> None:
        file = f"{clause.id}/clause.yaml"
        recorded = published.get(clause.version)
        if clause.status == "published" and recorded not in (None, clause.hash):
            self.trouble(
                file,
                self.locate(file, ("version",)),
                f"version {clause.version} was published with another content; a published version never changes.",
                "Raise the version (a change of wording 1.0.1, of substance 1.1.0), or restore the text.",
            )

    def node(self, node: Node, path: str, clause: Clause, families: Iterable[str]) -> set[str]:
        names = set(self.condition(node.when, path, node.line)) if node.when else set()
        inline = list(node.inline)
        if clause.kind == "closing" and node.points:
            self.trouble(path, node.line, "the closing words hold points, which the document does not print.", "Write sentences.")
        for when, cells in node.rows:
            names |= set(self.condition(when, path, node.line)) if when else set()
            inline += [part for cell in cells for part in cell]
        if node.directive and node.directive not in TABLES:
            self.trouble(path, node.line, f"there is no table '{node.directive}'.", f"One of {', '.join(sorted(TABLES))}.")
        names |= table_parameters(self.library, node.directive)
        for part in inline:
            match part:
                case Print(name):
                    names.add(name)
                    if name not in self.library.parameters and name not in KNOWN:
                        self.trouble(path, node.line, f"{{{name}}} is neither a parameter nor a fact.", "See the guide's lists.")
                case Ref():
                    self.reference(part, path, node.line, families)
        return names

    def reference(self, ref: Ref, path: str, line: int, families: Iterable[str]) -> None:
        target = self.library.clauses.get(ref.clause)
        if target is None:
            self.trouble(path, line, f"there is no clause '{ref.clause}' to refer to.", "Mend the name.")
            return
        if (target.kind == "annex") != ref.annex:
            right = "{annex:…}" if target.kind == "annex" else "{ref:…}"
            self.trouble(path, line, f"'{ref.clause}' is referred to in the wrong way.", f"Write {right}.")
        for family in families:
            if ref.clause not in self.library.outlines[family].clauses:
                self.trouble(
                    path, line, f"'{ref.clause}' is not part of {family}, where this clause stands.", "Take the reference out."
                )
        places = {node.anchor for text in target.texts.values() for node in text.walk()}
        if ref.anchor and ref.anchor not in places:
            self.trouble(
                path, line, f"clause '{ref.clause}' has no place {{#{ref.anchor}}}.", "Mend the name, or name the place."
            )

    def condition(self, condition: Condition, file: str, line: int) -> Iterator[str]:
        for test in condition.tests:
            yield test.name
            parameter = self.library.parameters.get(test.name)
            if test.op == "in" and test.name == "services":
                if test.literal not in self.library.services:
                    self.trouble(file, line, f"there is no service '{test.literal}'.", "See services.yaml.")
            elif parameter is None and test.name not in FACTS:
                self.trouble(
                    file, line, f"'{test.name}' in '{condition.source}' is neither a parameter nor a fact.", "See 'Conditions'."
                )
            elif parameter is not None and (message := _misfit(parameter, test)):
                self.trouble(file, line, f"condition '{condition.source}': {message}", "Mend the condition.")

    # ---- the library as a whole ---------------------------------------------------------------------------------

    def services(self) -> None:
        file = "services.yaml"
        for index, service in enumerate(self.library.services.values()):
            line = self.locate(file, ("services", index))
            for fact in service.facts:
                if fact not in FACTS:
                    self.trouble(
                        file, line, f"service '{service.id}' sets an unknown fact '{fact}'.", f"One of {', '.join(FACTS)}."
                    )
            for words in service.texts.values():
                for text in _texts(words):
                    try:
                        for part in parse_inline(text, line):
                            self.known(part, text, line)
                    except TextTrouble as trouble:
                        self.trouble(file, line, trouble.message, trouble.remedy)

    def known(self, part: Inline, text: str, line: int) -> None:
        if isinstance(part, Ref) or (isinstance(part, Print) and part.name not in self.library.parameters):
            self.trouble(
                "services.yaml", line, f"'{text[:40]}' prints something that is not a parameter.", "Print parameters only."
            )

    def parameters(self) -> None:
        for index, name in enumerate(self.library.parameters):
            if name not in self.used:
                line = self.locate("parameters.yaml", ("parameters", index))
                self.trouble("parameters.yaml", line, f"no clause prints '{name}'.", "Print it where it belongs, or delete it.")
        for index, rule in enumerate(self.library.rules):
            line = self.locate("parameters.yaml", ("rules", index))
            for condition in (rule.condition, rule.then):
                list(self.condition(condition, "parameters.yaml", line))

    def family(self, family: str) -> None:
        """An element covered by two clauses of one document hides the loss of one of them."""
        outline = self.library.outlines[family]
        owner: dict[str, str] = {}
        for name in outline.clauses:
            for element in self.library.clauses[name].covers:
                if (first := owner.setdefault(element, name)) != name:
                    file = f"{name}/clause.yaml"
                    line = self.locate(file, ("covers", element))
                    self.trouble(file, line, f"'{element}' is already covered by clause '{first}'.", "Keep it in one of the two.")

    def combinations(self) -> None:
        """Assemble every combination of facts, and every value of every parameter: nothing may dangle or be uncovered."""
        for family in FAMILIES:
            for said, request in probes(self.library, family):
                try:
                    snapshot = assemble(self.library, request, document=family, draft=True)
                except DomainError as trouble:
                    self.trouble(f"{family}.yaml", 1, f"with {said}: {trouble.message}", "See the clauses named.")
                    continue
                if family == "agreement" and (missing := uncovered(snapshot["coverage"])):
                    self.trouble(f"{family}.yaml", 1, f"with {said}: {', '.join(missing)} not covered.", "Cover every element.")


def _misfit(parameter: Parameter, test: Test) -> str | None:
    """What is wrong with a test on a parameter, or None."""
    if test.op in ("==", "!=") and parameter.choices and test.literal not in parameter.choices:
        return f"'{test.literal}' is not a value of {parameter.id} ({', '.join(parameter.choices)})."
    if test.op == "in" and (parameter.type != "choices" or test.literal not in parameter.choices):
        return f"{parameter.id} is not a list that can hold '{test.literal}'."
    if test.op == "true" and parameter.type != "boolean":
        return f"{parameter.id} is not yes or no; compare it, or write '{parameter.id} is set'."
    if test.op in ("<", "<=", ">", ">=") and parameter.type not in ("money", "rate", "number", "duration"):
        return f"{parameter.id} has no order."
    return None


def table_parameters(library: Library, table: str | None) -> set[str]:
    """The parameters that a table of the request prints: the tariff's duties, and what the catalogue's texts print in it."""
    if table == "tariff":
        return set(BILLABLE)
    keys = {"processing": ("purposes", "nature"), "data": ("data_types", "special_categories")}.get(str(table), (table,))
    found: set[str] = set()
    for service in library.services.values():
        for words in service.texts.values():
            for text in _texts({key: value for key, value in words.items() if key in keys}):
                with contextlib.suppress(TextTrouble):  # reported where the catalogue itself is checked
                    found |= {part.name for part in parse_inline(text, 1) if isinstance(part, Print)}
    return found & set(library.parameters)


def _texts(words: Mapping[str, Any]) -> Iterator[str]:
    for value in words.values():
        for item in [value] if isinstance(value, str) else value:
            yield from [item] if isinstance(item, str) else item.values()


OPTIONS = ("call_recording", "outbound", "special_categories", "transfers", "group_staff", "sub_processors", "main_cap", "foreign_client",
           "client_dpo")  # fmt: skip


def probes(library: Library, family: str) -> Iterator[tuple[str, Request]]:
    """(description, request) for every combination of facts under the standard, and for every other value of each parameter."""
    if family == "general-terms":
        yield "the standard", request_from_dict({"language": LANGUAGES[0], "effective_from": "2026-12-01"}, library)
    else:
        for size in range(len(OPTIONS) + 1):
            for options in itertools.combinations(OPTIONS, size):
                yield " + ".join(options) or "no options", probe_request(library, options)
    texts = {name: "Voorbeeldwaarde" for name, parameter in library.parameters.items() if parameter.type == "text"}
    for name, values in alternatives(library).items():
        for value in values:
            for options in ((), OPTIONS):
                try:
                    request = probe_request(library, options, {**texts, name: plain(value)})
                except RequestInvalid:  # a combination that the library's own rules refuse
                    continue
                yield f"{name} = {plain(value)}" + (" and every option" if options else ""), request


def alternatives(library: Library) -> dict[str, list[Any]]:
    """For every parameter the values that can change a text: each choice, both bounds, nothing, other words."""
    out: dict[str, list[Any]] = {}
    for name, parameter in library.parameters.items():
        match parameter.type:
            case "boolean":
                values: list[Any] = [not parameter.standard]
            case "choice":
                values = list(parameter.choices)
            case "choices":
                values = [(), parameter.choices]
            case "text":
                values = ["Voorbeeldwaarde"]
            case "duration":
                values = [int(bound) for bound in (parameter.minimum, parameter.maximum) if bound is not None]
            case _:
                values = [parameter.minimum, parameter.maximum]
        out[name] = [value for value in [*values, *([None] if parameter.none else [])] if value != parameter.standard]
    return out


def probe_request(library: Library, options: Iterable[str], parameters: Mapping[str, Any] | None = None) -> Request:
    """A made-up complete request with exactly the given options; used for checking only."""
    options = set(options)
    services = [service.id for service in library.services.values() if set(service.facts) <= options]
    contact = {"name": "Privacyteam", "email": "privacy@voorbeeld.example", "phone": None}
    supplier = {"name": "Voorbeeld Hosting BV", "address": "Voorbeeldlaan 1, 1000 Brussel", "registration": None, "service": "hosting",
                "data": "alle gegevens", "locations": ["BE"], "contact": "info@voorbeeld.example"}  # fmt: skip
    special = ["gegevens over gezondheid"] if "special_categories" in options else []
    foreign = "foreign_client" in options
    client = {
        "name": "Voorbeeld NV",
        "legal_form": "naamloze vennootschap",
        "enterprise_number": None if foreign else "0999.900.150",
        "registration": "KvK 00000000" if foreign else None,
        "address": {
            "street": "Voorbeeldstraat 1",
            "postal_code": "1000",
            "city": "Voorbeeldstad",
            "country": "NL" if foreign else "BE",
        },
        "signatory": {"name": "V. Oorbeeld", "role": "bestuurder"},
        "privacy_contact": contact,
        "dpo": "client_dpo" in options,
    }
    transfer = {"recipient": "Example Ltd", "country": "IN", "purpose": "ondersteuning", "tool": "standard_clauses",
                "assessment_date": "2026-10-01", "data_types": ["contactgegevens"]}  # fmt: skip
    data = {
        "language": LANGUAGES[0],
        "effective_from": "2026-12-01",
        "client": client,
        "main_agreement": {
            "title": "Raamovereenkomst",
            "date": "2026-11-01",
            "cap": "250000.00" if "main_cap" in options else None,
        },
        "services": services,
        "processing": {"special_categories": special},
        "sub_processors": [supplier] if "sub_processors" in options else [],
        "transfers": [transfer] if "transfers" in options else [],
        "group_staff": [{"name": "Voorbeeld Groep NV", "country": "BE", "tasks": "avonddienst"}]
        if "group_staff" in options
        else [],
        "parameters": dict(parameters or {}),
    }
    return request_from_dict(data, library)
