"""The page of one clause of a draft, with what was chosen and typed on it and the look at that."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from flask import abort, render_template, request
from flask_babel import gettext as _

from dpa_service.adapters.db.models import Agreement
from dpa_service.domain.comparison.redline import ClauseChange
from dpa_service.domain.contract.clauses import Clause, Library
from dpa_service.domain.errors import DomainError, FieldError, RequestInvalid
from dpa_service.services.agreements import agreements
from dpa_service.services.agreements.form_data import of_request
from dpa_service.services.negotiation import deviation_list
from dpa_service.services.negotiation.deviation_entry import library_of, relative
from dpa_service.services.negotiation.deviation_look import Look, clause_now, look, lower_rungs
from dpa_service.serving.runtime import actor, session, today
from dpa_service.web.negotiation import clause_view as view
from dpa_service.web.negotiation.fields import MODIFIED, asked_added, entry_of, free_id
from dpa_service.web.negotiation.words import GROUPS, all_words, asked_words, trouble_words

Json = dict[str, Any]


def page_words() -> Json:
    """The words that every page of asking needs."""
    return {**asked_words(), "term_groups": GROUPS}


class ClausePage:
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
            **page_words(),
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
