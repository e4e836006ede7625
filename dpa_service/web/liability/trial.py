"""What-if: change the facts or the terms and see the result move; the same claim under several sets of terms. Nothing is saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import abort, jsonify, render_template, request, url_for
from flask_babel import gettext as _

from dpa_service.domain.errors import DomainError, RequestInvalid
from dpa_service.domain.lifecycle import DRAFT
from dpa_service.services.agreements import agreements
from dpa_service.services.errors import NotFound
from dpa_service.services.liability import claim_trials, claims
from dpa_service.services.liability.claim_trials import OWN, STANDARD, Subject
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import library, session, today
from dpa_service.web.liability import reading
from dpa_service.web.liability.base import READERS, blueprint, in_words
from dpa_service.web.liability.claims import form_choices, with_rows
from dpa_service.web.liability.stairs import Stair, sentence, stairs
from dpa_service.web.typed import Answer, hex_arg

CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Side:
    """One column: what it is called, the answer with its stairs, or why there is none."""

    title: str
    answer: Any
    stairs: list[Stair]
    sentence: str
    trouble: str | None = None


@blueprint.route("/claims/<hex:claim_id>/what-if", methods=["GET", "POST"])
@allow(*READERS)
def what_if(claim_id: str) -> Answer:
    """A claim of the register with other facts or terms."""
    row = claims.get(session(), claim_id).claim
    values = reading.typed(request.form) if request.method == "POST" else reading.shown(row.data)
    return _page(Subject(claim_id=claim_id), row.agreement_id, row.client_id, values, row)


@blueprint.route("/liability/what-if", methods=["GET", "POST"])
@allow(*READERS)
def try_out() -> Answer:
    """Facts that are no claim yet, against an agreement or a draft."""
    agreement_id = hex_arg("agreement")
    if agreement_id is None:
        abort(404)
    row = agreements.get(session(), agreement_id).agreement
    if row.family != "agreement" or row.client_id is None:
        abort(404)
    start = {"basis": "processor", "fault": "gross", "items": [{"kind": "direct", "amount": "10000,00", "label": "", "bodily": ""}],
             "gdpr_processor_breach": True, "params": {}}  # fmt: skip
    values = reading.typed(request.form) if request.method == "POST" else start
    day = max(today(), row.effective_from) if row.state == DRAFT else min(today(), row.effective_until or today())
    subject = Subject(agreement_id=agreement_id, data={"event_day": day.isoformat()})
    return _page(subject, agreement_id, row.client_id, values, None)


def _page(subject: Subject, agreement_id: str, client_id: str, values: dict[str, Any], row: Any) -> Answer:
    compare = request.form.get("compare", "")
    others = [each for each in claim_trials.candidates(session(), client_id) if each.id != agreement_id]
    titles = {STANDARD: str(_("house standard"))} | {each.id: _title(each) for each in others}
    compare = compare if compare in titles else ""
    values = {"responsibility_share": "", "fees_paid": "", "main_agreement_cap": "", "without_earlier_payments": False} | values
    values = dict.fromkeys(reading.TEXTS, "") | dict.fromkeys(reading.FLAGS, False) | values
    errors: dict[str, str] = {}
    sides: list[Side] = []
    if request.method == "POST" or values["items"]:
        sides, errors = _sides(subject, values, compare, titles)
    if request.accept_mimetypes.best == "application/json":
        said = render_template("liability/_sides.html", sides=sides, errors=errors, agreement_id=agreement_id)
        return jsonify({"html": said, "errors": reading.on_page(errors, values)})
    page = render_template(
        "liability/what_if.html",
        claim=row,
        agreement=agreements.get(session(), agreement_id).agreement,
        agreement_id=agreement_id,
        action=url_for("liability.what_if", claim_id=row.id) if row else url_for("liability.try_out", agreement=agreement_id),
        values=with_rows(values),
        errors=reading.on_page(errors, values),
        sides=sides,
        compare=compare,
        titles=titles,
        terms=_terms(),
        changed_terms=[name for name, text in values["params"].items() if text],
        **form_choices(),
    )
    return (page, 422) if errors else page


def _sides(subject: Subject, values: dict[str, Any], compare: str, titles: dict[str, str]) -> tuple[list[Side], dict[str, str]]:
    """The columns: with the changed terms, as agreed where that differs, and what it is compared with."""
    data = reading.changes(values)
    params = data.pop("params", {})
    if subject.data is not None:  # no claim of the register: the facts are the claim
        missing = {name: str(_("Choose one.")) for name in ("basis", "fault") if name not in data}
        if missing or "items" not in data:
            return [], missing or {"items": str(_("Damage: give at least one amount."))}
    found: list[Side] = []
    try:
        if params:
            found.append(_side(_("With your terms"), claim_trials.tried(session(), subject, [OWN], data | {"params": params})[0]))
        found.append(_side(_("As agreed"), claim_trials.tried(session(), subject, [OWN], data)[0]))
    except RequestInvalid as trouble:
        return [], in_words(trouble)
    if compare:
        try:
            found.append(_side(titles[compare], claim_trials.tried(session(), subject, [compare], data)[0]))
        except NotFound:
            abort(404)
        except RequestInvalid as trouble:
            found.append(Side(titles[compare], None, [], "", "; ".join(in_words(trouble).values())))
        except DomainError as trouble:
            found.append(Side(titles[compare], None, [], "", trouble.message))
    return found, {}


def _side(title: str, answer: Any) -> Side:
    return Side(str(title), answer, stairs(answer), sentence(answer))


def _title(row: Any) -> str:
    if row.state == DRAFT:
        return str(_("draft “%(title)s”", title=row.title))
    return str(row.reference)


def _terms() -> list[tuple[str, str, str, list[tuple[str, str]]]]:
    """The terms a what-if can change: name, label, kind, and what to choose from, in the words that the agreement prints."""
    known, found = library().parameters, []
    for name in reading.PARAMS:
        parameter = known.get(name)
        if parameter is None:
            continue
        label = next(iter(parameter.labels.values()))
        words = (parameter.values or {}).get("nl", {})
        if name in reading.YES_NO:
            options = [("true", words.get("true", str(_("yes")))), ("false", words.get("false", str(_("no"))))]
        else:
            options = [(option, words.get(option, option)) for option in reading.CHOICES.get(name, ())]
            if name == "uncapped_from":
                options[0] = ("never", parameter.none or str(_("never")))
        found.append((name, label, "choice" if options else "amount" if name in reading.AMOUNTS else "number", options))
    return found
