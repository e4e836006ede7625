"""From the raw content of the library files to a Library, naming every mistake with file, line and remedy.

Raw content is plain JSON: ``{"files": {path: data}, "texts": {path: text}}``. It is also what a release stores, so that an
old agreement's library can be rebuilt from the database. Lines come from `locate(path, keys)`, which the file loader gives.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from dpa_service.domain.contract import clauses as c
from dpa_service.domain.contract.clause_text import ClauseText, TextTrouble, parse_clause_text
from dpa_service.domain.contract.conditions import Condition, ConditionTrouble, parse_condition
from dpa_service.domain.contract.playbook import DAYS as PLAYBOOK_DAYS
from dpa_service.domain.contract.terms import TYPES, Parameter, ValueTrouble, parse_value
from dpa_service.domain.contract.wording import UNITS
from dpa_service.domain.errors import LibraryProblem, Problem
from dpa_service.domain.roles import ROLES

Keys = tuple[str | int, ...]
Locate = Callable[[str, Keys], int]
FAMILIES = ("agreement", "general-terms")
LANGUAGES = ("nl",)


def canonical(data: object) -> str:
    """JSON with sorted keys and no spaces: the form that is hashed."""
    return json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def content_hash(data: object) -> str:
    """SHA-256 (hex) of the canonical JSON of `data`."""
    return hashlib.sha256(canonical(data).encode()).hexdigest()


def build_library(raw: Mapping[str, Any], locate: Locate | None = None) -> c.Library:
    """Build the library from raw content. Raises LibraryProblem with every mistake of form that was found."""
    builder = _Builder(raw, locate or (lambda _file, _keys: 1))
    library = builder.build()
    if builder.problems:
        raise LibraryProblem(builder.problems)
    return library


class _Builder:
    def __init__(self, raw: Mapping[str, Any], locate: Locate) -> None:
        self.files: Mapping[str, Any] = raw["files"]
        self.texts: Mapping[str, str] = raw["texts"]
        self.raw, self.locate = raw, locate
        self.problems: list[Problem] = []

    # ---- small readers: each names what is wrong and goes on -----------------------------------------------------

    def trouble(self, file: str, keys: Keys, message: str, remedy: str) -> None:
        self.problems.append(Problem(file, self.locate(file, keys), message, remedy))

    def mapping(self, file: str, keys: Keys, data: Any, known: Sequence[str], required: Sequence[str]) -> Mapping[str, Any]:
        if not isinstance(data, Mapping):
            self.trouble(file, keys, "a block of 'key: value' lines is expected here.", f"Give {', '.join(required)}.")
            return {}
        for key in data:
            if key not in known:
                self.trouble(file, (*keys, key), f"unknown key '{key}'.", f"Known here: {', '.join(known)}.")
        for key in required:
            if data.get(key) is None:
                self.trouble(file, keys, f"'{key}' is missing.", f"Add '{key}: …'.")
        return data

    def strings(self, file: str, keys: Keys, data: Any) -> tuple[str, ...]:
        if isinstance(data, str):
            return (data,)
        if data is None:
            return ()
        if not isinstance(data, list) or not all(isinstance(item, str) for item in data):
            self.trouble(file, keys, "a list of texts is expected here.", "Write [a, b] or one '- …' per line.")
            return ()
        return tuple(data)

    def labels(self, file: str, keys: Keys, data: Any) -> dict[str, str]:
        out = {}
        for language in LANGUAGES:
            label = data.get(language) if isinstance(data, Mapping) else None
            if not isinstance(label, str) or not label.strip():
                self.trouble(file, keys, f"the {language} text is missing.", f"Add '{language}: …'.")
                label = "?"
            out[language] = label
        return out

    def condition(self, file: str, keys: Keys, data: Any) -> Condition | None:
        if data in (None, "always"):
            return None
        try:
            return parse_condition(str(data))
        except ConditionTrouble as trouble:
            self.trouble(file, keys, str(trouble), "See 'Conditions' in the guide.")
            return None

    def file(self, name: str) -> Any:
        if name not in self.files:
            self.problems.append(Problem(name, 1, "the file is missing.", "Restore it."))
            return {}
        return self.files[name] or {}

    # ---- the parts ----------------------------------------------------------------------------------------------

    def build(self) -> c.Library:
        data = self.mapping("parameters.yaml", (), self.file("parameters.yaml"), ("parameters", "rules"), ("parameters",))
        parameters: dict[str, Parameter] = {}
        for index, entry in enumerate(data.get("parameters") or []):
            if (parameter := self.parameter(index, entry)) is not None:
                if parameter.id in parameters:
                    self.trouble("parameters.yaml", ("parameters", index), f"'{parameter.id}' stands here twice.", "Delete one.")
                parameters[parameter.id] = parameter
        names = sorted({path.split("/")[0] for path in [*self.files, *self.texts] if "/" in path})
        built = [self.clause(name, parameters) for name in names]
        return c.Library(
            hash=content_hash(self.raw),
            parameters=parameters,
            rules=tuple(self.rule(index, entry) for index, entry in enumerate(data.get("rules") or [])),
            requirements={r.id: r for r in self.requirements()},
            clauses={clause.id: clause for clause in built if clause},
            outlines={family: self.outline(family) for family in FAMILIES},
            services={service.id: service for service in self.services()},
            processor=self.file("processor.yaml"),
            sub_processors=tuple(self.file("sub-processors.yaml").get("sub_processors") or ()),
            approvers=self.playbook(),
            notices=self.file("notices.yaml").get("notices") or {},
            layout=self.file("layout.yaml"),
            raw=self.raw,
        )

    def playbook(self) -> Mapping[str, Mapping[str, str]]:
        """The approvers; the days beside them are checked here and read by domain/contract/playbook.py."""
        file = "playbook.yaml"
        data = self.mapping(file, (), self.file(file), ("approvers", *PLAYBOOK_DAYS), ("approvers",))
        for key, (least, most) in PLAYBOOK_DAYS.items():
            days = data.get(key, least)
            if isinstance(days, bool) or not isinstance(days, int) or not least <= days <= most:
                self.trouble(file, (key,), f"'{key}' is no number of days.", f"Give a whole number from {least} to {most}.")
        approvers = data.get("approvers")
        if not isinstance(approvers, Mapping):
            return {}
        for code, entry in approvers.items():
            holder = self.mapping(file, ("approvers", code), entry, ("role", *LANGUAGES), ("role", *LANGUAGES))
            if holder.get("role") is not None and holder["role"] not in ROLES:
                self.trouble(
                    file, ("approvers", code, "role"), f"unknown role '{holder['role']}'.", f"One of {', '.join(ROLES)}."
                )
        return approvers

    def parameter(self, index: int, entry: Any) -> Parameter | None:
        file, keys = "parameters.yaml", ("parameters", index)
        known = ("id", "type", "unit", "standard", "minimum", "maximum", "none", "rule", "concession", "approvers", "nl")
        data = self.mapping(file, keys, entry, known, ("id", "type", "rule", "nl"))
        if not data.get("id") or data.get("type") not in TYPES or not isinstance(data.get("nl"), Mapping):
            if data.get("type") not in TYPES:
                self.trouble(file, (*keys, "type"), f"unknown type '{data.get('type')}'.", f"One of {', '.join(TYPES)}.")
            return None
        words = {
            language: {str(key).lower() if isinstance(key, bool) else str(key): text for key, text in values.items()}
            for language in LANGUAGES
            if isinstance(values := data.get(language, {}).get("values"), Mapping)
        }
        bounds = {key: Decimal(str(data[key])) for key in ("minimum", "maximum") if data.get(key) is not None}
        labels = {language: str(data[language]["label"]) for language in LANGUAGES if data.get(language, {}).get("label")}
        parameter = Parameter(data["id"], data["type"], None, str(data.get("rule")), labels, data.get("unit"),
                              bounds.get("minimum"), bounds.get("maximum"), data.get("none"), words or None,
                              data.get("concession"), self.strings(file, (*keys, "approvers"), data.get("approvers")))  # fmt: skip
        if parameter.concession not in (None, "higher", "lower"):
            self.trouble(file, (*keys, "concession"), f"unknown direction '{parameter.concession}'.", "Write higher or lower.")
        if unknown := [name for name in parameter.approvers if name not in (self.file("playbook.yaml").get("approvers") or {})]:
            self.trouble(file, (*keys, "approvers"), f"unknown approver '{unknown[0]}'.", "Add it to playbook.yaml.")
        if not labels:
            self.trouble(file, (*keys, "nl"), "the label is missing.", "Add 'label: …'.")
        if parameter.type == "duration" and parameter.unit not in UNITS:
            self.trouble(file, keys, f"unknown unit '{parameter.unit}'.", f"One of {', '.join(sorted(UNITS))}.")
            return None
        if parameter.type in ("duration", "money", "rate", "number") and len(bounds) < 2:
            self.trouble(file, keys, f"'{parameter.id}' has no bounds.", "Add minimum and maximum.")
        if parameter.type in ("choice", "choices") and not words:
            self.trouble(file, keys, f"'{parameter.id}' has no wording of its choices.", "Add 'values:' under nl.")
            return None
        if parameter.type == "boolean" and set(parameter.choices) != {"true", "false"}:
            self.trouble(file, keys, f"'{parameter.id}' needs wording for true and for false.", "Add both under nl.values.")
            return None
        try:
            return replace(parameter, standard=parse_value(parameter, data.get("standard")))
        except ValueTrouble as trouble:
            self.trouble(file, (*keys, "standard"), trouble.message, "Mend the standard or the bounds.")
            return parameter

    def rule(self, index: int, entry: Any) -> c.Rule:
        file, keys = "parameters.yaml", ("rules", index)
        data = self.mapping(file, keys, entry, ("if", "then", "nl"), ("if", "then", "nl"))
        always = parse_condition("not (x is set) or x is set")
        condition = self.condition(file, (*keys, "if"), data.get("if")) or always
        then = self.condition(file, (*keys, "then"), data.get("then")) or always
        return c.Rule(condition, then, self.labels(file, keys, data))

    def requirements(self) -> list[c.Requirement]:
        file, out = "requirements.yaml", []
        for index, entry in enumerate(self.file(file).get("requirements") or []):
            keys: Keys = ("requirements", index)
            data = self.mapping(file, keys, entry, ("id", "nl", "elements"), ("id", "nl", "elements"))
            elements = tuple(
                c.Element(name, self.labels(file, (*keys, "elements", name), element), bool(element.get("detail")))
                for name, element in (data.get("elements") or {}).items()
            )
            out.append(c.Requirement(str(data.get("id")), self.labels(file, keys, data), elements))
        return out

    def services(self) -> list[c.Service]:
        file, out = "services.yaml", []
        lists = ("purposes", "nature", "data_types", "special_categories", "data_subjects", "measures")
        for index, entry in enumerate(self.file(file).get("services") or []):
            keys: Keys = ("services", index)
            data = self.mapping(file, keys, entry, ("id", "nl", "facts"), ("id", "nl"))
            texts = {}
            for language in LANGUAGES:
                known = ("name", *lists, "retention")
                words = self.mapping(file, (*keys, language), data.get(language), known, known)
                texts[language] = {"name": words.get("name", "?")}
                for key in lists:
                    texts[language][key] = self.strings(file, (*keys, language, key), words.get(key))
                texts[language]["retention"] = tuple(
                    self.mapping(file, (*keys, language, "retention", i), item, ("data", "period"), ("data", "period"))
                    for i, item in enumerate(words.get("retention") or [])
                )
            out.append(c.Service(str(data.get("id")), texts, self.strings(file, (*keys, "facts"), data.get("facts"))))
        return out

    def outline(self, family: str) -> c.Outline:
        file = f"{family}.yaml"
        known = ("id", "nl", "recitals", "parts", "closing", "annexes")
        data = self.mapping(file, (), self.file(file), known, ("id", "nl", "parts", "closing"))
        titles = {language: data.get(language) or {} for language in LANGUAGES}
        parts = []
        for index, entry in enumerate(data.get("parts") or []):
            part = self.mapping(file, ("parts", index), entry, ("nl", "clauses"), ("nl", "clauses"))
            names = self.strings(file, ("parts", index, "clauses"), part.get("clauses"))
            parts.append(c.Part(self.labels(file, ("parts", index), part), names))
        outline = c.Outline(
            family,
            {language: str(words.get("title", "?")) for language, words in titles.items()},
            {language: str(words.get("subtitle", "?")) for language, words in titles.items()},
            data.get("recitals"),
            tuple(parts),
            str(data.get("closing")),
            self.strings(file, ("annexes",), data.get("annexes")),
        )
        seen: set[str] = set()
        for name in outline.clauses:
            if f"{name}/clause.yaml" not in self.files:
                self.trouble(file, (), f"there is no clause '{name}'.", f"Make clauses/{name}/ or take it out of the outline.")
            if name in seen:
                self.trouble(file, (), f"clause '{name}' stands in the outline twice.", "Delete one.")
            seen.add(name)
        return outline

    def clause(self, name: str, parameters: Mapping[str, Parameter]) -> c.Clause | None:
        file = f"{name}/clause.yaml"
        if file not in self.files:
            self.problems.append(Problem(file, 1, "the folder has no clause.yaml.", "Add it; see the guide."))
            return None
        known = ("id", "version", "status", "kind", "source", "when", "requires", "excludes", "covers", "parameters", "notices",
                 "ladder")  # fmt: skip
        data = self.mapping(file, (), self.files[file], known, ("id", "version", "status", "kind", "source"))
        if not data:
            return None
        if data.get("id") != name:
            self.trouble(file, ("id",), f"id '{data.get('id')}' is not the folder's name.", f"Write 'id: {name}'.")
        if not re.fullmatch(r"\d+\.\d+\.\d+", str(data.get("version"))):
            self.trouble(file, ("version",), "the version is not of the form 1.0.0.", 'Write version: "1.0.0".')
        for key, allowed in (("status", c.STATUSES), ("kind", c.KINDS)):
            if data.get(key) not in allowed:
                self.trouble(file, (key,), f"unknown {key} '{data.get(key)}'.", f"One of {', '.join(allowed)}.")
                return None
        covers = data.get("covers") or {}
        if not isinstance(covers, Mapping):
            self.trouble(file, ("covers",), "covers is a list of 'element: place' lines.", 'Write "28(3)(h).audits": audits.')
            covers = {}
        ladders = data.get("ladder") or []
        sources = {path: text for path, text in self.texts.items() if path.startswith(f"{name}/")}
        return c.Clause(
            id=name,
            version=str(data.get("version")),
            status=data["status"],
            kind=data["kind"],
            hash=content_hash([{key: value for key, value in data.items() if key != "status"}, sources]),
            source=self.strings(file, ("source",), data.get("source")),
            covers={str(key): self.strings(file, ("covers", key), value) for key, value in covers.items()},
            parameters=self.strings(file, ("parameters",), data.get("parameters")),
            texts={language: text for language in LANGUAGES if (text := self.text(name, language, data["kind"]))},
            when=self.condition(file, ("when",), data.get("when")),
            requires=self.strings(file, ("requires",), data.get("requires")),
            excludes=self.strings(file, ("excludes",), data.get("excludes")),
            notices=self.strings(file, ("notices",), data.get("notices")),
            ladders=tuple(
                self.ladder(file, ("ladder", index) if isinstance(ladders, list) else ("ladder",), entry, parameters)
                for index, entry in enumerate(ladders if isinstance(ladders, list) else [ladders])
            ),
        )

    def text(self, name: str, language: str, kind: str) -> ClauseText | None:
        path = f"{name}/{language}.md"
        if path not in self.texts:
            self.problems.append(Problem(path, 1, f"the {language} text is missing.", "Add the file."))
            return None
        try:
            return parse_clause_text(self.texts[path], kind)
        except TextTrouble as trouble:
            self.problems.append(Problem(path, trouble.line, trouble.message, trouble.remedy))
            return None

    def ladder(self, file: str, keys: Keys, entry: Any, parameters: Mapping[str, Parameter]) -> c.Ladder:
        known = ("standard", "rungs", "walk_away", "title", "row")
        data = self.mapping(file, keys, entry, known, ("standard", "rungs", "walk_away"))
        rungs = []
        for index, item in enumerate(data.get("rungs") or []):
            here = (*keys, "rungs", index)
            rung = self.mapping(file, here, item, ("id", "nl", "set", "asks", "approvers"), ("id", "nl", "approvers"))
            sets = {}
            for name, value in (rung.get("set") or {}).items():
                if name not in parameters:
                    self.trouble(file, (*here, "set", name), f"unknown parameter '{name}'.", "See parameters.yaml.")
                    continue
                try:
                    sets[name] = parse_value(parameters[name], value)
                except ValueTrouble as trouble:
                    self.trouble(file, (*here, "set", name), trouble.message, "Mend the value.")
            asks = self.strings(file, (*here, "asks"), rung.get("asks"))
            if not sets and not asks:
                self.trouble(
                    file,
                    here,
                    f"rung {rung.get('id')} sets nothing.",
                    "Give 'set: {parameter: value}' or 'asks: [parameter]'.",
                )
            approvers = self.strings(file, (*here, "approvers"), rung.get("approvers"))
            rungs.append(c.Rung(str(rung.get("id")), self.labels(file, here, rung), sets, approvers, asks))
        return c.Ladder(str(data.get("standard")), tuple(rungs), str(data.get("walk_away")), data.get("title"), data.get("row"))
