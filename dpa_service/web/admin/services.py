"""The service catalogue: what each service brings into the annexes; a service added, changed, retired or brought back."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from dpa_service.domain.roles import ADMIN
from dpa_service.services.house import house
from dpa_service.services.house.house_schema import FACTS, SERVICES, TABLE, load_service, printable
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import runtime, session
from dpa_service.web.admin import forms
from dpa_service.web.admin.base import Page, blueprint, done, shown_version
from dpa_service.web.admin.words import labels

Json = dict[str, Any]
LANGUAGE = "nl"
LISTS = tuple(name for name in TABLE if name != "retention")
AREAS = tuple(f"{LANGUAGE}.{name}" for name in LISTS)
LINE = 80  # signs on a line of a text area, about
FREE_ROWS = 2  # empty rows at the end of the retention table


@blueprint.get("/services")
@allow(ADMIN)
def services() -> str:
    """The catalogue in force and the retired services."""
    current = _current()
    return render_template(
        "admin/services.html",
        current=current,
        offered=_entries(current),
        retired=_entries(current, retired=True),
        facts=_fact_words(),
    )


@blueprint.route("/services/add", methods=["GET", "POST"])
@allow(ADMIN)
def add_service() -> Page:
    """A new service; its id follows from its name."""
    current = _current()
    if request.method == "GET":
        return _form(current, {LANGUAGE: {"retention": []}, "facts": []}, None)
    service = _typed()
    service["id"] = _new_id(service[LANGUAGE].get("name", ""), {entry["id"] for entry in current.content["services"]})
    attempt = forms.save(SERVICES, lambda old: _with(old, None, _valid(service)), lists=AREAS)
    if attempt.made is None:
        return _form(attempt.current or current, service, None, attempt), attempt.status
    return done(SERVICES, attempt.made, current)


@blueprint.route("/services/<service_id>", methods=["GET", "POST"])
@allow(ADMIN)
def service(service_id: str) -> Page:
    """The texts of one service."""
    current = _current()
    stored = _entry(current, service_id)
    if request.method == "GET":
        return _form(current, stored, service_id)
    given = _typed() | {"id": service_id}
    attempt = forms.save(SERVICES, lambda old: _with(old, service_id, _valid(given)), lists=AREAS)
    if attempt.made is None:
        return _form(attempt.current or current, given, service_id, attempt), attempt.status
    return done(SERVICES, attempt.made, current)


@blueprint.route("/services/<service_id>/retire", methods=["GET", "POST"])
@allow(ADMIN)
def retire_service(service_id: str) -> Page:
    """Ask once, then offer the service no more; agreements that have it keep it."""
    current = _current()
    if request.method == "GET":
        return render_template("admin/retire_service.html", current=current, service=_entry(current, service_id))
    return _offered(service_id, retired=True)


@blueprint.post("/services/<service_id>/return")
@allow(ADMIN)
def return_service(service_id: str) -> Page:
    """Offer a retired service again."""
    return _offered(service_id, retired=False)


def _offered(service_id: str, *, retired: bool) -> Page:
    before = _current()
    _entry(before, service_id, retired=not retired)

    def change(old: Json) -> Json:
        moved = ({**entry, "retired": retired} if entry["id"] == service_id else entry for entry in old["services"])
        return {"services": list(moved)}

    attempt = forms.save(SERVICES, change)
    if attempt.made is not None:
        return done(SERVICES, attempt.made, before)
    message = next(iter(attempt.errors.values()), None) or _("Somebody changed the catalogue meanwhile; look at it again.")
    flash(message, "error")
    return redirect(url_for("admin.services"), 303)


def _current() -> house.Version:
    return house.current(session(), runtime().library, SERVICES)


def _entries(version: house.Version, *, retired: bool = False) -> list[Json]:
    return [entry for entry in version.content.get("services") or () if bool(entry.get("retired")) is retired]


def _entry(version: house.Version, service_id: str, *, retired: bool = False) -> Json:
    return next((entry for entry in _entries(version, retired=retired) if entry["id"] == service_id), None) or abort(404)


def _with(old: Json, service_id: str | None, entry: Json) -> Json:
    """The catalogue with a service added (no id) or replaced."""
    if service_id is None:
        return {"services": [*old["services"], entry]}
    return {"services": [entry if known["id"] == service_id else known for known in old["services"]]}


def _valid(entry: Json) -> Json:
    """The service under its rules first, so that errors are named by its own fields."""
    return load_service(entry, runtime().library)


def _typed() -> Json:
    """The service that the form says: a line of a text area is an entry, a row of the retention table with both cells empty none."""
    form = request.form
    words: Json = {name: forms.lines(form.get(f"{LANGUAGE}.{name}", "")) for name in LISTS}
    if name := form.get(f"{LANGUAGE}.name", "").strip():
        words["name"] = name
    rows = zip(form.getlist("retention.data"), form.getlist("retention.period"), strict=False)
    filled = [(data.strip(), period.strip()) for data, period in rows if data.strip() or period.strip()]
    words["retention"] = [{key: text for key, text in (("data", data), ("period", period)) if text} for data, period in filled]
    return {LANGUAGE: words, "facts": [fact for fact in FACTS if fact in form.getlist("facts")]}


def _form(current: house.Version, values: Json, service_id: str | None, attempt: forms.Attempt | None = None) -> str:
    return render_template(
        "admin/service.html",
        current=current,
        service_id=service_id,
        words=values[LANGUAGE],
        chosen=values.get("facts", ()),
        lists=LISTS,
        printable={name: printable(runtime().library, name) for name in TABLE},
        terms={name: next(iter(parameter.labels.values()), name) for name, parameter in runtime().library.parameters.items()},
        heights={name: 1 + sum(1 + len(text) // LINE for text in values[LANGUAGE].get(name, ())) for name in LISTS},
        rows=[*values[LANGUAGE].get("retention", ()), *({} for _row in range(FREE_ROWS))],
        attempt=attempt or forms.Attempt(),
        shown_version=shown_version(current, attempt),
        facts=_fact_words(),
        labels=labels(),
    )


def _fact_words() -> dict[str, str]:
    """What a service can bring with it."""
    return {
        "call_recording": _("Calls are recorded: the agreement gets the article on call recording"),
        "outbound": _("We contact people first: the agreement gets the duties for campaigns"),
    }


def _new_id(name: str, taken: set[str]) -> str:
    """An id from a name: "Web chat & bots" → "web-chat-bots"; a number makes it unique."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50].strip("-")
    base = base if base[:1].isalpha() else f"service-{base}".strip("-")
    used = taken | {"add", "history", "versions"}  # addresses of this page
    return next(found for n in range(1, 1000) if (found := base if n == 1 else f"{base}-{n}") not in used)
