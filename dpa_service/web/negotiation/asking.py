"""Sales and legal ask: the list of what is asked, the page of one clause, a look at what it would do, asking and taking back."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _

from dpa_service.adapters.db.models import Agreement
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.errors import DomainError, RequestInvalid
from dpa_service.domain.lifecycle import DRAFT
from dpa_service.services.agreements import agreements
from dpa_service.services.errors import Conflict, NotFound, Stale
from dpa_service.services.library.library_pages import search
from dpa_service.services.negotiation import deviation_list, negotiation
from dpa_service.services.negotiation.deviation_entry import library_of
from dpa_service.services.negotiation.deviation_look import key_asked
from dpa_service.services.paging import search_form
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, now, session, today
from dpa_service.web.negotiation import clause_view as view
from dpa_service.web.negotiation.base import ASKERS, Answer, blueprint, second, voided_words
from dpa_service.web.negotiation.clause_page import ClausePage, page_words
from dpa_service.web.negotiation.fields import ADDED, MODIFIED, asked_added
from dpa_service.web.negotiation.words import trouble_words
from dpa_service.web.sales.base import wants_json
from dpa_service.web.sales.terms import LANGUAGE
from dpa_service.web.typed import searched, version

Json = dict[str, Any]


@blueprint.get("/agreements/<hex:agreement_id>/negotiate")
@allow(*ASKERS)
def overview(agreement_id: str) -> Answer:
    """What is asked of this draft and how that stands, and the clauses that can be negotiated, found by `q`."""
    agreement = _draft(agreement_id)
    if agreement is None:
        return redirect(url_for("everyone.agreement", agreement_id=agreement_id))
    library = library_of(session(), agreement_id)
    snapshot, trouble = None, None
    try:
        snapshot = agreements.preview(session(), agreement_id)
    except DomainError as problem:
        trouble = trouble_words(problem, library)
    text = searched()
    asked = deviation_list.of_agreement(session(), agreement_id, actor=actor(), today=today())
    return render_template(
        "negotiation/overview.html",
        agreement=agreement,
        asked=asked,
        gone=deviation_list.history(session(), agreement_id, today=today()),
        parts=_parts(library, snapshot, text, {each.row.key: each for each in asked}) if snapshot else [],
        pages={each.row.id: _page_of(library, agreement, each.row) for each in asked},
        text=text,
        trouble=trouble,
        **page_words(),
    )


@blueprint.get("/agreements/<hex:agreement_id>/negotiate/<string(maxlength=100):clause>", endpoint="clause")
@allow(*ASKERS)
def clause_page(agreement_id: str, clause: str) -> Answer:
    """One clause: its ladders, its values, its text. `ask` chooses one already, as the links of the list do."""
    agreement = _draft(agreement_id)
    if agreement is None:
        return redirect(url_for("everyone.agreement", agreement_id=agreement_id))
    return ClausePage(agreement, clause).render()


@blueprint.post("/agreements/<hex:agreement_id>/negotiate/<string(maxlength=100):clause>/look", endpoint="look")
@allow(*ASKERS)
def look_first(agreement_id: str, clause: str) -> Answer:
    """What the choice on the page would do: the page again with that beside it, or for the script that part alone. Saves nothing."""
    agreement = _draft(agreement_id)
    if agreement is None:
        return second(_any(agreement_id), str(_("look at a deviation")), {})
    page = ClausePage(agreement, clause)
    seen = page.look()
    if wants_json():
        return jsonify({"html": page.panel(seen), "possible": bool(seen and seen.possible), "short": page.short(seen)})
    return page.render(seen)


@blueprint.post("/agreements/<hex:agreement_id>/negotiate/<string(maxlength=100):clause>", endpoint="ask")
@allow(*ASKERS)
def ask(agreement_id: str, clause: str) -> Answer:
    """Ask what is chosen. Says what it settled, for whom it waits, and which approvals it ended."""
    agreement = _draft(agreement_id)
    if agreement is None:
        return second(_any(agreement_id), str(_("ask a deviation")), _typed())
    page = ClausePage(agreement, clause)
    try:
        entry = page.entry()
        details = negotiation.ask(
            session(),
            agreement_id,
            entry,
            expected_version=version(),
            key=request.form.get("key", "")[:100] or None,
            actor=actor(),
            now=now(),
        )
    except RequestInvalid:
        return page.render(page.look()), 422
    except (Stale, Conflict) as trouble:
        if trouble.code == "KEY_REUSED":  # the browser's button "back" brought an old page: asked again knowingly
            return page.render(page.look()), 409
        return second(agreement, str(_("ask a deviation")), _typed())
    except DomainError:
        return page.render(page.look()), 422
    for sentence in voided_words(details.voided):
        flash(sentence, "warning")
    _tell(agreement_id, key_asked(entry))
    return redirect(url_for("negotiation.overview", agreement_id=agreement_id, _anchor="asked"), 303)


@blueprint.post("/agreements/<hex:agreement_id>/take-back")
@allow(*ASKERS)
def take_back(agreement_id: str) -> Answer:
    """Take one deviation back: the standard holds again. It can be asked again, and its history stays."""
    agreement, key = _any(agreement_id), request.form.get("take", "")[:200]
    try:
        details = negotiation.take_back(
            session(), agreement_id, key, expected_version=version(), actor=actor(), now=now()
        )  # fmt: skip
    except (Stale, Conflict):
        return second(agreement, str(_("take a deviation back")), {})
    except NotFound:
        flash(_("That is no longer asked."), "warning")
        return redirect(url_for("negotiation.overview", agreement_id=agreement_id), 303)
    except DomainError as trouble:
        flash(
            _("Not taken back: %(why)s", why=trouble_words(trouble, library_of(session(), agreement_id))), "error"
        )  # fmt: skip
        return redirect(url_for("negotiation.overview", agreement_id=agreement_id), 303)
    for sentence in voided_words(details.voided):
        flash(sentence, "warning")
    flash(_("Taken back: the standard holds again."), "success")
    return redirect(url_for("negotiation.overview", agreement_id=agreement_id, _anchor="asked"), 303)


@blueprint.post("/agreements/<hex:agreement_id>/editions", endpoint="next_edition")
@allow(*ASKERS)
def edition(agreement_id: str) -> Answer:
    """A new draft with what was issued, to negotiate further."""
    try:
        made = negotiation.next_edition(session(), agreement_id, actor=actor(), now=now())
    except Conflict:
        later = agreements.newest_edition(session(), agreement_id)
        if later != agreement_id:
            flash(_("There is a later edition already; go on there."), "warning")
            return redirect(url_for("everyone.agreement", agreement_id=later), 303)
        return second(_any(agreement_id), str(_("negotiate further")), {})
    flash(_("Edition %(n)s is a draft with everything that was agreed. Ask what else the client wants.", n=made.agreement.edition),
          "success")  # fmt: skip
    return redirect(url_for("negotiation.overview", agreement_id=made.agreement.id), 303)


def _any(agreement_id: str) -> Agreement:
    return agreements.get(session(), agreement_id).agreement


def _draft(agreement_id: str) -> Agreement | None:
    """The agreement while it is a draft with a counterparty. Error: 404 for what has none."""
    agreement = _any(agreement_id)
    if agreement.family != "agreement":
        abort(404)
    return agreement if agreement.state == DRAFT else None


def _typed() -> dict[str, str]:
    """What was typed, for the page of whoever comes second."""
    choice = request.form.get("ask", "")
    kind, _sep, rest = choice.partition(":")
    found = {str(_("Choice")): choice, str(_("Why the client asks it")): request.form.get("reason", "")}
    if kind == "value":
        found[str(_("Value"))] = request.form.get(f"parameters.{rest}", "")
    if kind == MODIFIED:
        found[str(_("Wording"))] = request.form.get("text", "")
    if kind == ADDED:
        found[str(_("Wording"))] = request.form.get("added_text", "")
    return found


def _tell(agreement_id: str, key: str | None) -> None:
    """Say how what was just asked stands."""
    for each in deviation_list.of_agreement(session(), agreement_id, actor=actor(), today=today()):
        if each.row.key == key:
            what = each.row.data.get("label", each.row.key)
            if each.waiting:
                people = ", ".join(f"{seat.name} ({seat.code})" for seat in each.waiting)
                flash(_("Asked: %(what)s. It waits for %(people)s.", what=what, people=people), "success")
            else:
                flash(_("Settled: %(what)s. Nobody else has to approve it.", what=what), "success")
            return
    flash(_("This is the standard, so nothing is asked."), "warning")


def _page_of(library: Library, agreement: Agreement, row: Any) -> str:
    """The address where a deviation is changed."""
    name, choice, extra = row.clause, None, {}
    if row.deviation_class == "fallback":
        choice = f"ladder:{row.row}:{row.rung}"
    elif row.deviation_class == "value":
        choice = row.key
    elif row.deviation_class == "added":
        entry = next((each for each in asked_added(agreement.request) if each["id"] == row.clause), None)
        name, choice = (entry["after"] if entry else library.outlines[agreement.family].articles[-1]), ADDED
        extra = {"added_id": row.clause}
    elif row.deviation_class in ("modified", "removed"):
        choice = row.deviation_class
    return url_for("negotiation.clause", agreement_id=agreement.id, clause=name, ask=choice, **extra)


def _parts(library: Library, snapshot: Json, text: str, asked: Json) -> list[Json]:
    """The articles of this document by part, then the annexes with values of their own; those that hold the words looked for."""
    wanted = search_form(text).split()
    found = search(library, text) if text else {}
    parts = []
    groups = [(part["title"], part["articles"]) for part in snapshot["parts"]]
    groups.append((str(_("Annexes")), snapshot["annexes"]))
    for title, items in groups:
        rows = []
        for item in items:
            clause = library.clauses.get(item["clause"])
            if clause is None or (title == groups[-1][0] and not view.single_values(library, clause, {}, {})):
                continue
            ladders = view.staircases(library, clause, asked, {})
            values = view.single_values(library, clause, asked, {}) if not ladders else []
            said = search_form(
                item["heading"],
                *(words for each in ladders for words in (each.title, each.standard, *(step.label for step in each.steps))),
                *(library.parameters[name].labels[LANGUAGE] for name in clause.parameters),
            )
            if not wanted or item["clause"] in found or all(word in said for word in wanted):
                mine = [each for each in asked.values() if each.row.clause == item["clause"]]
                rows.append({"item": item, "clause": clause, "ladders": ladders, "values": values, "asked": mine,
                             "excerpt": found.get(item["clause"], "")})  # fmt: skip
        if rows:
            parts.append({"title": title, "rows": rows})
    return parts
