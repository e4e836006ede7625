"""The versions of house data: who changed what and when, which agreements print a version, and an earlier one restored."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from dpa_service.domain.errors import DomainError, RequestInvalid
from dpa_service.services.errors import NotFound
from dpa_service.services.house import house, house_changes
from dpa_service.services.house.house_schema import KINDS
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, now, runtime, session
from dpa_service.web.admin import forms
from dpa_service.web.admin.base import EDITORS, PAGES, TITLES, blueprint, done
from dpa_service.web.admin.words import labels


def history(kind: str) -> str:
    """Every version, newest first, with what it changed and who prints it."""
    versions = house.history(session(), runtime().library, kind)
    steps = [
        (each, house_changes.changes(kind, before.content, each.content) if before else [])
        for each, before in zip(versions, [*versions[1:], None], strict=True)
    ]
    counts = house_changes.counts(session(), kind)
    return render_template("admin/history.html", kind=kind, steps=steps, counts=counts, **_shared(kind))


def version(kind: str, number: int) -> str:
    """One version: its difference from the one before, and the agreements that print it."""
    base = runtime().library
    shown = house.version(session(), base, kind, number)
    current = house.current(session(), base, kind)
    before = house.version(session(), base, kind, number - 1) if number else None
    uses, total = house_changes.uses(session(), kind, shown.hash)
    return render_template(
        "admin/version.html",
        kind=kind,
        shown=shown,
        current=current,
        before=before,
        changes=house_changes.changes(kind, before.content if before else {}, shown.content),
        to_current=[] if number == current.number else house_changes.changes(kind, current.content, shown.content),
        uses=uses,
        total=total,
        **_shared(kind),
    )


def restore(kind: str, number: int) -> Response:
    """A new version with the content of an earlier one."""
    before = house.current(session(), runtime().library, kind)
    expected = forms.number(request.form.get("version"))
    try:
        made = house.restore(session(), runtime().library, kind, number, expected=expected, actor=actor(), now=now())
    except NotFound:
        raise
    except DomainError as trouble:
        why = " ".join(forms.named(trouble).values()) if isinstance(trouble, RequestInvalid) else trouble.message
        flash(_("Not restored. %(why)s", why=why), "error")
        return redirect(url_for(f"admin.{_name(kind)}_history"), 303)
    return done(kind, made, before)


def _shared(kind: str) -> dict[str, Any]:
    return {"title": TITLES[kind], "page": PAGES[kind], "name": _name(kind), "labels": labels()}


def _name(kind: str) -> str:
    return kind.replace("-", "_")


def _add(rule: str, name: str, view: Callable[..., Any], kind: str, method: str) -> None:
    """A route of its own for each kind of data, because not everyone may see each kind."""

    @wraps(view)
    def bound(**place: int) -> Any:
        return view(kind, **place)

    endpoint = bound.__name__ = f"{_name(kind)}_{name}"
    blueprint.add_url_rule(rule, endpoint=endpoint, view_func=allow(*EDITORS[kind])(bound), methods=[method])


for _kind in KINDS:
    _add(f"/{_kind}/history", "history", history, _kind, "GET")
    _add(f"/{_kind}/versions/<int:number>", "version", version, _kind, "GET")
    _add(f"/{_kind}/versions/<int:number>/restore", "restore", restore, _kind, "POST")
