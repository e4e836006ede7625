"""The agreement form: fill in, save at any time, see the agreement grow, make the draft."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, abort, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from dpa_service.adapters.db.forms import Form
from dpa_service.adapters.html import stylesheet
from dpa_service.domain.errors import DomainError, FieldError, RequestInvalid
from dpa_service.services.agreements import agreements, clients, forms
from dpa_service.services.agreements.form_data import blank
from dpa_service.services.agreements.form_preview import Preview, preview, problems
from dpa_service.services.errors import Conflict, Stale
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, library, now, session, today
from dpa_service.web import messages
from dpa_service.web.sales.base import TOOLS, blueprint, countries, wants_json
from dpa_service.web.sales.clients import choices
from dpa_service.web.sales.fields import form_data, reader
from dpa_service.web.sales.terms import negotiable, rows_of, starting_value
from dpa_service.web.shell import as_moment
from dpa_service.web.typed import searched

MAKERS = ("sales", "legal")
Answer = str | tuple[str, int] | BaseResponse


@blueprint.get("/forms", endpoint="forms")
@allow(*MAKERS)
def form_list() -> str:
    """My forms that are still open, and those I discarded."""
    open_, gone = (forms.mine(session(), owner=actor(), discarded=state) for state in (False, True))
    return render_template("sales/forms.html", forms=open_, discarded=gone, just=request.args.get("discarded"))


@blueprint.get("/forms/new")
@allow(*MAKERS)
def new_form() -> str:
    """An empty form, for `client` when it is given. Nothing is stored before the first save; the page brings its own id."""
    text, client_id = searched(), request.args.get("client")
    client = clients.get(session(), client_id) if client_id else None
    found = clients.listing(session(), text=text, limit=8).items if text else None
    data = blank(today(), client.data if client else None)
    return _page(_Open(uuid.uuid4().hex, data, 0, client.id if client else None), text=text, found=found)


@blueprint.get("/forms/<hex:form_id>")
@allow(*MAKERS)
def form(form_id: str) -> str:
    """A form as it was saved."""
    row = forms.get(session(), form_id, owner=actor())
    return _page(_Open.of(row))


@blueprint.post("/forms/<hex:form_id>")
@allow(*MAKERS)
def save_form(form_id: str) -> Answer:
    """Save what is filled in; and, by the button, add or take out a line, or make the draft."""
    row = forms.stored(session(), form_id, owner=actor())
    data = form_data(request.form, library(), row.data if row else None)
    _change_rows(data)
    version = request.form.get("version", 0, type=int)
    client_id = request.form.get("client_id") or None
    typed = _Open(form_id, data, version, client_id, row)
    try:
        saved = forms.save(
            session(), form_id, data, client_id=client_id, expected_version=version, actor=actor(), now=now()
        )  # fmt: skip
    except Stale:
        return _stale(typed)
    if wants_json():
        moment = as_moment(saved.updated_at)
        return jsonify({"version": saved.version, "saved": _("Saved at %(time)s", time=moment), "title": saved.title})
    if request.form.get("do") == "draft":
        return _draft(_Open.of(saved))
    if request.form.get("do") == "save":
        flash(_("Saved. You can come back to it under “My work”."), "success")
    return redirect(url_for("sales.form", form_id=form_id, _anchor=_anchor()), 303)


@blueprint.post("/forms/<hex:form_id>/preview", endpoint="preview")
@allow(*MAKERS)
def preview_form(form_id: str) -> Response:
    """The agreement of what is filled in now, saved or not, as JSON: html, coverage, terms, trace, missing, panels."""
    row = forms.stored(session(), form_id, owner=actor())
    data = form_data(request.form, library(), row.data if row else None)
    seen = preview(data, library())
    open_ = messages.messages(seen.errors, library())
    return jsonify(
        {
            "html": seen.html,
            "coverage": seen.snapshot["coverage"] if seen.snapshot else [],
            "terms": seen.terms,
            "trace": seen.snapshot["trace"] if seen.snapshot else [],
            "missing": [{"field": field, "message": text} for field, text in open_.items()],
            "trouble": seen.trouble,
            "panels": render_template("sales/_panels.html", **_panels(seen)),
        }
    )


@blueprint.post("/forms/<hex:form_id>/discard")
@allow(*MAKERS)
def discard_form(form_id: str) -> BaseResponse:
    """Put a form away; the page that follows offers to bring it back."""
    if forms.stored(session(), form_id, owner=actor()) is None:
        return redirect(url_for("sales.forms"), 303)  # never saved: there is nothing to put away
    forms.discard(session(), form_id, actor=actor(), now=now())
    return redirect(url_for("sales.forms", discarded=form_id), 303)


@blueprint.post("/forms/<hex:form_id>/restore")
@allow(*MAKERS)
def restore_form(form_id: str) -> BaseResponse:
    """Bring a discarded form back."""
    forms.restore(session(), form_id, actor=actor(), now=now())
    return redirect(url_for("sales.form", form_id=form_id), 303)


@blueprint.get("/forms/copy")
@allow(*MAKERS)
def copies() -> str:
    """Agreements whose answers can be taken over, found by `q`; for `client` when it is given."""
    text, client_id = searched(), request.args.get("client")
    client = clients.get(session(), client_id) if client_id else None
    page = agreements.listing(session(), text=text or None, cursor=request.args.get("cursor"), limit=25)
    rows = [row for row in page.items if row.family == "agreement"]
    return render_template("sales/copy.html", page=page, rows=rows, text=text, client=client)


@blueprint.post("/forms/copy")
@allow(*MAKERS)
def copy() -> BaseResponse:
    """A new form with the answers of an agreement."""
    agreement_id = request.form.get("agreement", "")
    made = forms.copy(session(), agreement_id, client_id=request.form.get("client") or None, actor=actor(), now=now())
    flash(_("The answers are copied into a new form. Check them before you make the draft."), "success")
    return redirect(url_for("sales.form", form_id=made.id), 303)


@blueprint.post("/agreements/<hex:agreement_id>/edit")
@allow(*MAKERS)
def edit_draft(agreement_id: str) -> BaseResponse:
    """To the caller's form of a draft."""
    try:
        made = forms.of_draft(session(), agreement_id, actor=actor(), now=now())
    except Conflict:
        flash(_("Only a draft can be changed. Copy its answers into a new form instead."), "warning")
        return redirect(url_for("everyone.agreement", agreement_id=agreement_id), 303)
    return redirect(url_for("sales.form", form_id=made.id), 303)


@blueprint.get("/agreement.css")
@allow()
def agreement_css() -> Response:
    """The style sheet of an agreement that stands inside a page."""
    return Response(stylesheet(), mimetype="text/css")


class _Open:
    """A form on its page: its id, answers and version, and its stored row when there is one."""

    def __init__(self, form_id: str, data: dict[str, Any], version: int, client_id: str | None, row: Form | None = None) -> None:
        self.id, self.data, self.version, self.client_id, self.row = form_id, data, version, client_id, row

    @classmethod
    def of(cls, row: Form) -> _Open:
        """As it is stored."""
        return cls(row.id, row.data, row.version, row.client_id, row)


def _draft(open_: _Open) -> Answer:
    """Make the draft of a form that was just saved, or say what is still missing."""
    if errors := problems(open_.data, library()):
        return _page(open_, errors=errors), 422
    overwrite = request.form.get("overwrite") == "true"
    try:
        made = forms.make_draft(session(), library(), open_.id, overwrite=overwrite, actor=actor(), now=now())
    except RequestInvalid as trouble:
        return _page(open_, errors=trouble.errors), 422
    except Stale:
        return _page(open_, behind=True), 409
    except Conflict:
        return _page(open_, closed=True), 409
    except DomainError as trouble:
        return _page(open_, trouble=trouble.message), 422
    flash(_("The draft is made. Read it through, then issue it."), "success")
    return redirect(url_for("everyone.agreement", agreement_id=made.agreement.id), 303)


def _stale(typed: _Open) -> Answer:
    """The form was changed elsewhere: say so and keep what is typed here; saving again replaces the other version knowingly."""
    words = _("This form was changed in another tab or window. What you see here is not saved yet.")
    if wants_json():
        answer = jsonify({"stale": True, "message": words})
        answer.status_code = 409
        return answer
    current = forms.get(session(), typed.id, owner=actor())
    typed.version = current.version
    return _page(typed, stale=words), 409


def _change_rows(data: dict[str, Any]) -> None:
    """What the buttons of the page without script do: a further line, a further term, one taken out."""
    if (name := request.form.get("add_parameter")) and name in library().parameters and request.form.get("add") == "parameter":
        data["parameters"].setdefault(name, starting_value(library().parameters[name]))
        data["asked"]["parameters"] = True
    if taken := request.form.get("remove"):
        data["parameters"].pop(taken.removeprefix("parameters."), None)
        data["asked"]["parameters"] = bool(data["parameters"])


def _anchor() -> str | None:
    """Back to the part of the page whose button was pressed."""
    return "terms" if request.form.get("add") or request.form.get("remove") else None


def _page(open_: _Open, *, errors: list[FieldError] | None = None, **more: Any) -> str:
    """The form with its preview beside it."""
    if open_.row is None and open_.version and not more:
        abort(404)
    seen = preview(open_.data, library())
    known = clients.get(session(), open_.client_id) if open_.client_id else None
    asked = open_.data.get("asked") or {}
    made = open_.row.agreement_id if open_.row else None
    value = reader(open_.data)
    return render_template(
        "sales/form.html",
        form=open_,
        v=value,
        asked=asked,
        known=known,
        draft=agreements.get(session(), made).agreement if made else None,
        client_open=known is None or any(error.field.startswith("client") for error in [*(errors or []), *seen.errors]),
        chosen={item["id"] if isinstance(item, dict) else item for item in open_.data.get("services") or []},
        own_texts={item["id"] for item in open_.data.get("services") or [] if isinstance(item, dict) and len(item) > 1},
        services=library().services.values(),
        errors=messages.messages(errors or [], library()),
        tools=TOOLS,
        third_countries=[("", ""), *countries(outside_eea=True)],
        terms_chosen=rows_of(library(), open_.data.get("parameters") or {}),
        negotiable=negotiable(library()),
        **choices(),
        **_panels(seen),
        **more,
    )  # fmt: skip


def _panels(seen: Preview) -> dict[str, Any]:
    headings = {name: clause.texts["nl"].heading or name for name, clause in library().clauses.items() if "nl" in clause.texts}
    return {"preview": seen, "open_fields": messages.messages(seen.errors, library()), "headings": headings}
