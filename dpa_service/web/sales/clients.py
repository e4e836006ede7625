"""Clients: find, look at, add, change; and what a number tells while it is typed."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.services.agreements import agreements, client_numbers, clients
from dpa_service.services.agreements.form_data import blank, of_request, to_request
from dpa_service.services.errors import Conflict, Stale
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, library, now, session, today
from dpa_service.web import messages
from dpa_service.web.sales.base import LEGAL_FORMS, ROLES_OF_SIGNATORY, SIZES, blueprint, countries
from dpa_service.web.sales.fields import client_data, reader
from dpa_service.web.typed import searched

READERS = ("sales", "legal", "dpo", "admin")
WRITERS = ("sales", "legal", "admin")
Answer = str | tuple[str, int] | BaseResponse


@blueprint.get("/clients", endpoint="clients")
@allow(*READERS)
def client_list() -> str:
    """Clients, newest first, or those whose name or number holds the words of `q`."""
    text = searched()
    page = clients.listing(session(), text=text or None, cursor=request.args.get("cursor"), limit=25)
    return render_template("sales/clients.html", page=page, text=text)


@blueprint.get("/clients/<hex:client_id>")
@allow(*READERS)
def client(client_id: str) -> str:
    """One client with its agreements."""
    row = clients.get(session(), client_id)
    page = agreements.listing(session(), client_id=client_id, cursor=request.args.get("cursor"), limit=25)
    return render_template("sales/client.html", client=row, v=reader(row.data), page=page, countries=dict(countries()))


@blueprint.route("/clients/new", methods=["GET", "POST"])
@allow(*WRITERS)
def new_client() -> Answer:
    """A new client; a number that is known leads to the client that has it."""
    if request.method == "GET":
        return _client_page({"client": blank(today())["client"]}, {})
    typed = {"client": client_data(request.form)}
    try:
        made = clients.create(session(), _read(typed), actor=actor(), now=now())
    except RequestInvalid as trouble:
        return _refused(typed, trouble)
    except Conflict:
        return _client_page(typed, {}, existing=_told(typed).existing), 409
    flash(_("%(name)s is added.", name=made.name), "success")
    return redirect(url_for("sales.client", client_id=made.id), 303)


@blueprint.route("/clients/<hex:client_id>/edit", methods=["GET", "POST"])
@allow(*WRITERS)
def edit_client(client_id: str) -> Answer:
    """Change a client; agreements keep what they print."""
    row = clients.get(session(), client_id)
    if request.method == "GET":
        return _client_page(of_request({"client": row.data}), {}, client=row)
    typed = {"client": client_data(request.form)}
    version = request.form.get("version", type=int)
    try:
        changed = clients.update(session(), client_id, _read(typed), expected_version=version or 0, actor=actor(), now=now())
    except RequestInvalid as trouble:
        return _refused(typed, trouble, client=row)
    except Stale:
        return _client_page(typed, {}, client=row, stale=True), 409
    except Conflict:
        return _client_page(typed, {}, client=row, existing=_told(typed).existing), 409
    flash(_("The changes are saved. Agreements keep what they print."), "success")
    return redirect(url_for("sales.client", client_id=changed.id), 303)


@blueprint.get("/clients/check")
@allow(*WRITERS)
def check_number() -> Response:
    """What a number tells, for the script beside the field: JSON with a sentence, and the client that has it."""
    told = client_numbers.check(session(), request.args.get("number", ""), request.args.get("country", "BE"))
    existing = told.existing
    return jsonify(
        {
            "ok": told.code is None,
            "field": told.field,
            "number": told.number,
            "country": told.country,
            "message": sentence(told),
            "existing": {"id": existing.id, "name": existing.name, "client": of_request({"client": existing.data})["client"],
                         "url": url_for("sales.client", client_id=existing.id),
                         "form": url_for("sales.new_form", client=existing.id)} if existing else None,
        }
    )  # fmt: skip


def sentence(told: client_numbers.Told) -> str:
    """What a number tells, in words."""
    if told.code is not None:
        return messages.message(FieldError(f"client.{told.field}", told.code, ""), library())
    if told.existing is not None:
        return str(_("This is %(name)s, who is a client already.", name=told.existing.name))
    if told.vat:
        return str(_("The check digits fit. VAT number: %(vat)s. Not yet a client.", vat=told.vat))
    return str(_("The check digits fit. Not yet a client."))


def choices() -> dict[str, Any]:
    """What the fields of a client choose from."""
    return {"countries": countries(), "legal_forms": LEGAL_FORMS, "signatory_roles": ROLES_OF_SIGNATORY, "sizes": SIZES}


def _read(typed: dict[str, Any]) -> dict[str, Any]:
    """The client as its validation reads it."""
    return dict(to_request(typed, library())["client"])


def _told(typed: dict[str, Any]) -> client_numbers.Told:
    read = _read(typed)
    number = read.get("enterprise_number") or read.get("vat_number") or ""
    return client_numbers.check(session(), number, read.get("address", {}).get("country", "BE"))


def _refused(typed: dict[str, Any], trouble: RequestInvalid, **more: Any) -> Answer:
    errors = [FieldError(f"client.{error.field}", error.code, error.message) for error in trouble.errors]
    return _client_page(typed, messages.messages(errors, library()), **more), 422


def _client_page(typed: dict[str, Any], errors: dict[str, str], *, client: Any = None, **more: Any) -> str:
    return render_template("sales/client_edit.html", v=reader(typed), errors=errors, client=client, **choices(), **more)
