"""A look at what asking a deviation would do, before anything is saved: the agreement assembled without it and with it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import reading
from dpa_service.domain.comparison.redline import ClauseChange, Redline, redline
from dpa_service.domain.contract.asked import ADDED, FALLBACK, MODIFIED, UNTRACKED, VALUE, ladder_of
from dpa_service.domain.contract.assembly import assemble
from dpa_service.domain.contract.clause_text import TextTrouble, parse_clause_text
from dpa_service.domain.contract.clauses import Clause, Ladder, Library, Rung
from dpa_service.domain.contract.coverage import uncovered
from dpa_service.domain.contract.own_wording import loose_figures
from dpa_service.domain.contract.playbook import LIABILITY, OWN_AUTHORITY, is_concession, reached, role_of, touching
from dpa_service.domain.contract.request import Request, facts, request_from_dict
from dpa_service.domain.contract.terms import ValueTrouble, parse_value
from dpa_service.domain.contract.wording_source import as_source, kept_nodes
from dpa_service.domain.errors import DomainError, FieldError, RequestInvalid
from dpa_service.domain.lifecycle import DRAFT
from dpa_service.domain.negotiation.approval import APPROVE
from dpa_service.services.agreements import agreements
from dpa_service.services.agreements.form_preview import CAPS, TARIFF, WINDOWS
from dpa_service.services.agreements.request_schema import load_request
from dpa_service.services.errors import Conflict
from dpa_service.services.house import house_playbook
from dpa_service.services.library import library as releases
from dpa_service.services.negotiation.deviations import Voided, decisions_of, key_of, open_rows, roles_of
from dpa_service.services.negotiation.negotiation import drop, put

Json = dict[str, Any]
GROUPS = ("caps", "windows", "tariff", "other")


@dataclass(frozen=True, slots=True)
class TermChange:
    """A term that becomes another one: its group (``caps``, ``windows``, ``tariff``, ``other``), and as printed before and after."""

    id: str
    group: str
    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Lower:
    """A rung below what is asked, which might do: its row and title in the playbook, its words and approvers."""

    row: int | None
    rung: str
    title: str
    label: str
    approvers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """What a deviation would do. `deviation` is its entry in the document, None where nothing departs or nothing can be assembled.

    `settled`: within the own authority of who asks. `voided`: approvals that would no longer hold. `newly_open` are duties of Art. 28 that
    this leaves uncovered, `open` all that then are. `errors` and `trouble` say why it cannot be asked like this.
    """

    key: str | None
    deviation: Json | None = None
    approvers: tuple[str, ...] = ()
    settled: bool = False
    voided: tuple[Voided, ...] = ()
    terms: tuple[TermChange, ...] = ()
    newly_open: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    change: Redline | None = None
    lower: tuple[Lower, ...] = ()
    loose: tuple[str, ...] = ()
    errors: tuple[FieldError, ...] = ()
    trouble: DomainError | None = None

    @property
    def possible(self) -> bool:
        """Whether it can be asked."""
        return not self.errors and self.trouble is None and self.deviation is not None


def look(session: Session, agreement_id: str, entry: Mapping[str, Any], *, actor: str) -> Look:
    """What asking `entry` (as for ``negotiation.ask``) on a draft would do. Nothing is saved.

    What is wrong with the entry is in the result. Errors: ``NotFound``; ``Conflict`` for what is no draft.
    """
    with reading(session):
        agreement = agreements.found(session, agreement_id)
        if agreement.state != DRAFT:
            raise Conflict("NOT_A_DRAFT", f"The agreement is {agreement.state}; open a next edition to negotiate further.")
        library = releases.pinned(session, agreement.library_hash)
        key = key_asked(entry)
        seen = compared(library, agreement.request, agreement.family, entry, key)
        if seen.deviation is None:
            return seen
        playbook, held = house_playbook.present(session, library), roles_of(session, actor)
        own = set(seen.approvers) <= {seat for seat in OWN_AUTHORITY if role_of(playbook, seat) in held}
        return replace(seen, settled=own, voided=_voided(session, agreement_id, seen.deviation))


def key_asked(entry: Mapping[str, Any]) -> str | None:
    """The key under which an entry is asked; None where it names nothing."""
    if entry.get("class") == VALUE:
        return f"value:{entry['parameter']}" if isinstance(entry.get("parameter"), str) else None
    try:
        return key_of(entry)
    except KeyError:
        return None


def compared(library: Library, request: Mapping[str, Any], family: str, entry: Mapping[str, Any], key: str | None) -> Look:
    """The agreement without `entry` and with it. In: the draft's request, validated before. Pure."""
    without, with_it = dict(copy.deepcopy(request)), dict(copy.deepcopy(request))
    if key is not None:
        drop(without, key)
    try:
        put(with_it, entry)
        after = _assembled(library, with_it, family)
    except RequestInvalid as trouble:
        return Look(key, errors=tuple(trouble.errors))
    except DomainError as trouble:
        return Look(key, trouble=trouble, lower=lower_rungs(library, entry))
    try:
        before = _assembled(library, without, family)
    except DomainError:  # something else that is asked rests on this one
        before = _assembled(library, dict(request), family)
    found = next((each for each in after["deviations"] if each["key"] == key), None)
    newly = [duty for duty in uncovered(after["coverage"]) if duty not in uncovered(before["coverage"])]
    return Look(
        key,
        deviation=found,
        approvers=tuple(found["approvers"]) if found else (),
        terms=_terms(library, before, after),
        newly_open=tuple(newly),
        open=tuple(uncovered(after["coverage"])),
        change=redline(before, after),
        lower=lower_rungs(library, entry),
        loose=_loose(library, entry, after["language"]),
    )


def _assembled(library: Library, request: Json, family: str) -> Json:
    valid = load_request(request, library, family, reference=False)
    return assemble(library, request_from_dict(valid, library), document=family, reference="ONTWERP")


def _voided(session: Session, agreement_id: str, deviation: Json) -> tuple[Voided, ...]:
    """The approvals of what stands under the same key now and is asked otherwise."""
    for row in open_rows(session, agreement_id):
        if row.key == deviation["key"] and row.fingerprint != deviation["fingerprint"]:
            yes = tuple(dict.fromkeys(each.decided_by for each in decisions_of(session, row.id) if each.decision == APPROVE))
            return (Voided(row.label, str(row.data.get("label", row.key)), yes),) if yes else ()
    return ()


def _terms(library: Library, before: Json, after: Json) -> tuple[TermChange, ...]:
    """The terms that become others, caps first."""
    changed = [
        TermChange(name, group_of(library, name), term["label"], before["terms"][name]["text"], term["text"])
        for name, term in after["terms"].items()
        if term["value"] != before["terms"][name]["value"]
    ]
    return tuple(sorted(changed, key=lambda change: GROUPS.index(change.group)))


def group_of(library: Library, name: str) -> str:
    """Where a term stands when someone asks what caps, windows and tariff become."""
    tariff = {library.home(known) for known in TARIFF if known in library.parameters}
    if name in CAPS or name in LIABILITY:
        return "caps"
    if name in TARIFF or library.home(name) in tariff:
        return "tariff"
    return "windows" if name in WINDOWS or library.parameters[name].type == "duration" else "other"


def lower_rungs(library: Library, entry: Mapping[str, Any]) -> tuple[Lower, ...]:
    """The rungs that concede less than what is asked: those below a rung or a value; for own wording, the clause's own ladders."""
    match entry.get("class"):
        case "fallback":
            found = ladder_of(library, entry.get("row"))
            if found is None:
                return ()
            names = [rung.id for rung in found[1].rungs]
            at = names.index(entry["rung"]) if entry.get("rung") in names else 0
            return tuple(_lower(found[0], found[1], rung) for rung in found[1].rungs[:at])
        case "value":
            return _below_value(library, entry)
        case "modified" | "removed" | "untracked":
            clause = library.clauses.get(str(entry.get("clause")))
            return tuple(_lower(clause, ladder, ladder.rungs[0]) for ladder in clause.ladders if ladder.rungs) if clause else ()
    return ()


def _below_value(library: Library, entry: Mapping[str, Any]) -> tuple[Lower, ...]:
    parameter = library.parameters.get(str(entry.get("parameter")))
    if parameter is None:
        return ()
    try:
        value = parse_value(parameter, entry.get("value"))
    except ValueTrouble:
        return ()
    if not is_concession(library, parameter, value):
        return ()
    enough = {(ladder.row, rung.id) for ladder, rung in reached(library, parameter, value)}
    return tuple(
        _lower(found[0], ladder, rung)
        for ladder, rung in touching(library, parameter.id)
        if (ladder.row, rung.id) not in enough and (found := ladder_of(library, ladder.row))
    )


def _lower(clause: Clause, ladder: Ladder, rung: Rung) -> Lower:
    language = next(iter(clause.texts))
    return Lower(ladder.row, rung.id, ladder.title or clause.texts[language].heading, rung.labels[language], rung.approvers)


def _loose(library: Library, entry: Mapping[str, Any], language: str) -> tuple[str, ...]:
    """The figures in own wording that nothing calculates with."""
    if entry.get("class") not in (MODIFIED, ADDED, UNTRACKED) or not isinstance(entry.get("text"), str):
        return ()
    try:
        text = parse_clause_text(entry["text"].replace("\r\n", "\n").strip("\n ") + "\n", "article")
    except TextTrouble:
        return ()
    standard = library.clauses.get(str(entry.get("clause")))
    return tuple(loose_figures(text, standard.texts[language] if standard and entry["class"] != ADDED else None))


# ---- the standard text of one clause, to begin own wording with ------------------------------------------------------


def standard_source(library: Library, data: Mapping[str, Any], clause: str) -> str:
    """The text of an article as this client would get it, in the notation of the library. In: a validated request."""
    request = request_from_dict(data, library)
    text = library.clauses[clause].texts[request.language]
    return as_source(text.heading, kept_nodes(text.nodes, environment(library, request)))


def environment(library: Library, request: Request) -> Json:
    """What the conditions of the clauses test, for one request."""
    standard = {name: parameter.standard for name, parameter in library.parameters.items()}
    departs = bool(request.asked) or any(standard[name] != value for name, value in request.values.items())
    return {**facts(request, deviations=departs), **standard, **request.values}


def clause_now(library: Library, data: Mapping[str, Any], family: str, clause: str) -> ClauseChange | None:
    """One clause from its standard wording, as this client would get it, to what is asked now; None where the document lacks it.

    In: a draft's request, validated before.
    """
    own = {name for name in data.get("parameters") or {} if library.home(name) == clause}
    standard = {
        **data,
        "parameters": {name: value for name, value in (data.get("parameters") or {}).items() if name not in own},
        "deviations": [each for each in data.get("deviations") or () if _clause_of(library, each) != clause],
    }
    now = _assembled(library, dict(data), family)
    try:
        before = _assembled(library, standard, family)
    except DomainError:  # something else that is asked rests on it
        before = now
    return next((each for each in redline(before, now).clauses if each.id == clause), None)


def _clause_of(library: Library, entry: Mapping[str, Any]) -> str | None:
    """The clause that an entry of a request's `deviations` changes."""
    if entry["class"] == FALLBACK:
        found = ladder_of(library, entry["row"])
        return found[0].id if found else None
    clause: str | None = entry.get("clause")
    return clause
