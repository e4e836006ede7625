"""Sales and legal ask: the list of what is asked, the page of one clause, a look at what it would do, asking and taking back."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _

from dpa_service.adapters.db.models import Agreement
from dpa_service.domain.clauses import Clause, Library
from dpa_service.domain.errors import DomainError, FieldError, RequestInvalid
from dpa_service.domain.lifecycle import DRAFT
from dpa_service.domain.redline import ClauseChange
from dpa_service.services import agreements, deviation_list, negotiation
from dpa_service.services.deviation_entry import library_of, relative
from dpa_service.services.deviation_look import Look, clause_now, key_asked, look, lower_rungs
from dpa_service.services.errors import Conflict, NotFound, Stale
from dpa_service.services.form_data import of_request
from dpa_service.services.library_pages import search
from dpa_service.services.paging import search_form
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, now, session, today
from dpa_service.web import negotiation_clause_view as view
from dpa_service.web.everyone_base import version, words
from dpa_service.web.negotiation_base import ASKERS, Answer, blueprint, second, voided_words
from dpa_service.web.negotiation_fields import ADDED, MODIFIED, asked_added, entry_of, free_id
from dpa_service.web.negotiation_words import GROUPS, all_words, asked_words, trouble_words
from dpa_service.web.sales_base import wants_json
from dpa_service.web.sales_terms import LANGUAGE

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
    text = words()
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
        **_words(),
    )


@blueprint.get("/agreements/<hex:agreement_id>/negotiate/<string(maxlength=100):clause>", endpoint="clause")
@allow(*ASKERS)
def clause_page(agreement_id: str, clause: str) -> Answer:
    """One clause: its ladders, its values, its text. `ask` chooses one already, as the links of the list do."""
    agreement = _draft(agreement_id)
    if agreement is None:
        return redirect(url_for("everyone.agreement", agreement_id=agreement_id))
    return _Page(agreement, clause).render()


@blueprint.post("/agreements/<hex:agreement_id>/negotiate/<string(maxlength=100):clause>/look", endpoint="look")
@allow(*ASKERS)
def look_first(agreement_id: str, clause: str) -> Answer:
    """What the choice on the page would do: the page again with that beside it, or for the script that part alone. Saves nothing."""
    agreement = _draft(agreement_id)
    if agreement is None:
        return second(_any(agreement_id), str(_("look at a deviation")), {})
    page = _Page(agreement, clause)
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
    page = _Page(agreement, clause)
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


class _Page:
    """The page of one clause of a draft, with what was chosen and typed on it."""

    def __init__(self, agreement: Agreement, name: str) -> None:
        self.agreement, self.name = agreement, name
        self.library: Library = library_of(session(), agreement.id)
        outline = self.library.outlines[agreement.family]
        if name not in outline.clauses:
            abort(404)
        self.clause: Clause = self.library.clauses[name]
        self.article = name in outline.articles
        self.errors: dict[str, str] = {}
        self.trouble: str | None = None

    def entry(self) -> Json:
        """What is asked. Error: ``RequestInvalid``."""
        wanted = entry_of(request.form, self.name, self.library, self.agreement.request)
        if wanted["class"] == MODIFIED and wanted["text"] == view.own_text(self.library, self.clause, self._standard())[0]:
            same = str(_("This is the standard text. Change the words that the client wants otherwise."))
            raise RequestInvalid([FieldError("text", "SAME_TEXT", same)])
        return wanted

    def look(self, entry: Json | None = None) -> Look | None:
        """What the choice would do; None, with the errors named, where it cannot be understood."""
        try:
            wanted = entry or self.entry()
        except RequestInvalid as trouble:
            self.errors = all_words(self._named(trouble.errors), self.library)
            return None
        seen = look(session(), self.agreement.id, wanted, actor=actor())
        seen = replace(seen, errors=tuple(relative(seen.errors, wanted)), lower=seen.lower or lower_rungs(self.library, wanted))
        self.errors = all_words(self._named(seen.errors), self.library)
        self.trouble = trouble_words(seen.trouble, self.library) if seen.trouble else None
        return seen

    def _standard(self) -> Json:
        return view.without_clause(self.agreement.request, self.name)

    def _named(self, errors: Iterable[FieldError]) -> list[FieldError]:
        """Errors with the names of this page's fields."""
        own = f"parameters.{request.values.get('ask', '').partition(':')[2]}"
        return [replace(error, field=own) if error.field == "value" else error for error in errors]

    def panel(self, seen: Look | None) -> str:
        """What stands beside the choices."""
        return render_template("negotiation/_look.html", **self._look_parts(seen))

    def _look_parts(self, seen: Look | None) -> Json:
        changed = [c for c in seen.change.clauses if c.status != "same"] if seen and seen.change else []
        hidden = {"annex-deviations"}
        shown = [c for c in changed if not c.only_numbers and c.id not in hidden and c.kind not in ("cover", "part")]
        own = [c for c in shown if c.id == self.name or c.id.startswith("added-")]
        return {
            "seen": seen,
            "library": self.library,
            "agreement": self.agreement,
            "clause": self.clause,
            "errors": self.errors,
            "trouble": self.trouble,
            "seats": view.named(self.library, seen.approvers) if seen else (),
            "lower": [(each, view.named(self.library, each.approvers)) for each in seen.lower] if seen else [],
            "changes": [_changed_lines(c) for c in own + [c for c in shown if c not in own]],
            "short": self.short(seen),
            "renumbered": sum(c.only_numbers for c in changed),
            "now_text": None if seen else self._now(),
            "chosen": bool(request.values.get("ask")),
            **_words(),
        }

    def short(self, seen: Look | None) -> str:
        """The look in a few words, for a narrow screen."""
        if self.errors or self.trouble:
            return str(_("Not like this"))
        if seen is None or not seen.possible:
            return ""
        return str(_("Settled at once") if seen.settled else _("Approval: %(seats)s", seats=", ".join(seen.approvers)))

    def _now(self) -> Any:
        try:
            return clause_now(self.library, self.agreement.request, self.agreement.family, self.name)
        except DomainError:
            return None

    def render(self, seen: Look | None = None) -> str:
        """The page."""
        draft = self.agreement.request
        if request.method == "GET" and request.args.get("ask") and seen is None:
            seen = self._linked()
        posted = request.form if request.method == "POST" else None
        snapshot = self._snapshot()
        numbers = {each["clause"]: each["label"] for part in (snapshot or {}).get("parts", ()) for each in part["articles"]}
        asked = {
            each.row.key: each for each in deviation_list.of_agreement(session(), self.agreement.id, actor=actor(), today=today())
        }
        typed = self._typed_values()
        added = next((each for each in asked_added(draft) if each["id"] == request.values.get("added_id")), None)
        text = view.own_text(self.library, self.clause, draft)[0] if self.article else ""
        return render_template(
            "negotiation/clause.html",
            label=numbers.get(self.name),
            article=self.article,
            present=snapshot is None or self.name in numbers or not self.article,
            choice=request.values.get("ask", ""),
            ladders=view.staircases(self.library, self.clause, asked, draft),
            values=view.single_values(self.library, self.clause, asked, typed),
            text=posted.get("text", text) if posted else text,
            own=asked.get(f"text:{self.name}") or asked.get(f"found:{self.name}"),
            printed=view.printed(self.clause, (snapshot or {}).get("terms", {})),
            places=view.places(self.library, self.clause, numbers),
            text_seats=view.wording_approvers(self.library, self.clause),
            added_seats=view.wording_approvers(self.library, None),
            added_id=added["id"] if added else free_id(each["id"] for each in asked_added(draft)),
            added_text=posted.get("added_text", "") if posted else (added or {}).get("text", _new_article()),
            reason=posted.get("reason", "") if posted else self._reason(asked),
            key=uuid.uuid4().hex,
            version=(posted.get("version") if posted else None) or self.agreement.version,
            **self._look_parts(seen),
        )

    def _linked(self) -> Look | None:
        """The look at a rung that a link chose; what needs more words waits for them."""
        kind, _sep, rest = request.args["ask"].partition(":")
        row, _sep, rung = rest.partition(":")
        if kind != "ladder" or not row.isdigit() or len(row) > 3:
            return None
        ladder = next((each for each in self.clause.ladders if each.row == int(row)), None)
        chosen = next((each for each in ladder.rungs if each.id == rung), None) if ladder else None
        return self.look({"class": "fallback", "row": int(row), "rung": rung}) if chosen and not chosen.asks else None

    def _typed_values(self) -> Json:
        if request.method != "POST":
            return {
                name: _shown(self.library, name, value)
                for name, value in (self.agreement.request.get("parameters") or {}).items()
            }
        typed: Json = {}
        for name in self.library.parameters:
            for field in (f"parameters.{name}", f"values.{name}"):
                if field in request.form:
                    typed[name] = request.form[field]
        return typed

    def _snapshot(self) -> Json | None:
        try:
            return agreements.preview(session(), self.agreement.id)
        except DomainError:
            return None

    def _reason(self, asked: Json) -> str:
        key = request.args.get("ask", "").rpartition(":")[0] if request.args.get("ask", "").startswith("ladder:") else ""
        return (asked[key].row.reason or "") if key in asked else ""


def _shown(library: Library, name: str, value: Any) -> Any:
    """A value of a request as it is typed."""
    return of_request({"parameters": {name: value}})["parameters"][name] if name in library.parameters else value


def _new_article() -> str:
    return "# \n\n1. "


def _changed_lines(change: ClauseChange) -> ClauseChange:
    """A clause with only the lines and rows that change."""
    kept = (block for block in change.blocks if block.status != "same")
    return replace(change, blocks=tuple(replace(b, rows=tuple(row for row in b.rows if row.status != "same")) for b in kept))


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


def _words() -> Json:
    return {**asked_words(), "term_groups": GROUPS}
