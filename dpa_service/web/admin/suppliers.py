"""The sub-processors of the house: the list that Annex III prints, a row added, changed or removed."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from dpa_service.domain.contract.library_build import LANGUAGES
from dpa_service.domain.lifecycle import DRAFT
from dpa_service.domain.roles import ADMIN, DPO
from dpa_service.services.agreements.countries import EEA
from dpa_service.services.house import house, house_changes
from dpa_service.services.house.house_schema import ALL, SERVICES, SUB_PROCESSORS, load_supplier
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import runtime, session
from dpa_service.web.admin import forms
from dpa_service.web.admin.base import Page, blueprint, done, shown_version
from dpa_service.web.admin.words import labels

Json = dict[str, Any]
FIELDS = ("name", "address", "registration", "service", "data", "contact")


@blueprint.get("/sub-processors")
@allow(ADMIN, DPO)
def sub_processors() -> str:
    """The list in force, and which agreements print which version of it."""
    current = _current()
    undo = forms.number(request.args.get("undo"))
    counts = house_changes.counts(session(), SUB_PROCESSORS)
    return render_template(
        "admin/sub_processors.html",
        current=current,
        rows=_rows(current),
        names=_service_names(),
        counts=counts,
        older_drafts=sum(states.get(DRAFT, 0) for version, states in counts.items() if version != current.hash),
        eea=EEA,
        country_name=forms.country_name,
        undo=undo if 0 <= undo == current.number - 1 else None,
    )


@blueprint.route("/sub-processors/add", methods=["GET", "POST"])
@allow(ADMIN, DPO)
def add_sub_processor() -> Page:
    """A new row at the end."""
    current = _current()
    if request.method == "GET":
        return _form(current, {"locations": ["BE"], ALL: True}, None)
    row = _typed()
    attempt = forms.save(
        SUB_PROCESSORS, lambda old: _with(old, None, _valid(row)), prefix=f"sub_processors[{len(_rows(current))}]."
    )
    if attempt.made is None:
        return _form(attempt.current or current, row, None, attempt), attempt.status
    return done(SUB_PROCESSORS, attempt.made, current)


@blueprint.route("/sub-processors/<int:row>", methods=["GET", "POST"])
@allow(ADMIN, DPO)
def sub_processor(row: int) -> Page:
    """One row, by its place in the list; the version that the form carries makes sure that it is still that row."""
    current = _current()
    stored = _row(current, row)
    if request.method == "GET":
        return _form(current, {**stored, ALL: stored.get("services", ALL) == ALL}, row)
    given = _typed()
    attempt = forms.save(SUB_PROCESSORS, lambda old: _with(old, row, _valid(given)), prefix=f"sub_processors[{row - 1}].")
    if attempt.made is None:
        return _form(attempt.current or current, given, row, attempt), attempt.status
    return done(SUB_PROCESSORS, attempt.made, current)


@blueprint.route("/sub-processors/<int:row>/remove", methods=["GET", "POST"])
@allow(ADMIN, DPO)
def remove_sub_processor(row: int) -> Page:
    """Ask once, then take the row out; the earlier version brings it back."""
    current = _current()
    if request.method == "GET":
        return render_template("admin/remove_sub_processor.html", current=current, row=row, supplier=_row(current, row))
    attempt = forms.save(SUB_PROCESSORS, lambda old: _with(old, row, None))
    if attempt.made is None:
        message = next(iter(attempt.errors.values()), None) or _(
            "Somebody changed the list meanwhile; nothing was removed. Look at it again."
        )
        flash(message, "error")
        return redirect(url_for("admin.sub_processors"), 303)
    return redirect(url_for("admin.sub_processors", undo=attempt.made.number - 1), 303)


def _current() -> house.Version:
    return house.current(session(), runtime().library, SUB_PROCESSORS)


def _rows(version: house.Version) -> list[Json]:
    return list(version.content.get("sub_processors") or ())


def _row(version: house.Version, row: int) -> Json:
    rows = _rows(version)
    if not 1 <= row <= len(rows):
        abort(404)
    return rows[row - 1]


def _with(old: Json, row: int | None, supplier: Json | None) -> Json:
    """The content with a row added (no row), replaced, or taken out (no supplier)."""
    rows = list(old.get("sub_processors") or ())
    if row is None:
        rows.append(supplier)
    elif row > len(rows):
        abort(404)
    else:
        rows[row - 1 : row] = [supplier] if supplier is not None else []
    return {"sub_processors": rows}


def _valid(row: Json) -> Json:
    """The row under its rules first, so that errors are named by its own fields."""
    return load_supplier({key: value for key, value in row.items() if key != ALL}, _service_names())


def _typed() -> Json:
    """The row that the form says."""
    form = request.form
    row = forms.nested(FIELDS, form)
    others = form.get("other_locations", "").upper().replace(";", ",").replace(",", " ").split()
    row["locations"] = list(dict.fromkeys([*form.getlist("locations"), *others]))
    row[ALL] = form.get("all_services") == ALL
    row["services"] = ALL if row[ALL] else form.getlist("services")
    return row


def _form(current: house.Version, values: Json, row: int | None, attempt: forms.Attempt | None = None) -> str:
    errors = dict(attempt.errors) if attempt else {}
    for name in [name for name in errors if name.startswith("locations")]:  # the codes stand in one field
        errors.setdefault("locations", errors.pop(name))
    return render_template(
        "admin/sub_processor.html",
        current=current,
        row=row,
        values=values,
        errors=errors,
        attempt=attempt or forms.Attempt(),
        shown_version=shown_version(current, attempt),
        eea=forms.countries(EEA),
        others=[code for code in values.get("locations", ()) if code not in EEA],
        names=_service_names(),
        labels=labels(),
    )


def _service_names() -> dict[str, str]:
    """Id and name of every service, retired ones included."""
    catalogue = house.current(session(), runtime().library, SERVICES).content
    return {entry["id"]: str(entry[LANGUAGES[0]]["name"]) for entry in catalogue.get("services") or ()}
