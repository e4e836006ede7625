"""The playbook: which role fills which seat and what it is called, how long approvals stay good, when somebody is reminded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import render_template, request

from dpa_service.domain.contract.playbook import DAYS, OWN_AUTHORITY, settings
from dpa_service.domain.roles import ADMIN, ROLES
from dpa_service.services.house import house
from dpa_service.services.house.house_schema import PLAYBOOK
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import library, runtime, session
from dpa_service.web.admin import forms
from dpa_service.web.admin.base import Page, blueprint, done, shown_version
from dpa_service.web.admin.words import labels
from dpa_service.web.approvals.words import ROLE_WORDS


@blueprint.route("/playbook", methods=["GET", "POST"])
@allow(ADMIN)
def playbook() -> Page:
    """The seats of the ladders and the days."""
    current = house.current(session(), runtime().library, PLAYBOOK)
    if request.method == "GET":
        return _page(current, _typed())
    data = _read(request.form)
    attempt = forms.save(PLAYBOOK, lambda _old: data)
    if attempt.made is None:
        return _page(attempt.current or current, request.form, attempt), attempt.status
    return done(PLAYBOOK, attempt.made, current)


def _typed() -> dict[str, str]:
    """The playbook in force as fields."""
    now = library()
    values = dict(zip(DAYS, map(str, settings(now)), strict=True))
    for seat, entry in now.approvers.items():
        values |= {f"approvers.{seat}.role": entry["role"], f"approvers.{seat}.nl": entry["nl"]}
    return values


def _read(form: Mapping[str, str]) -> dict[str, Any]:
    """The fields as house data. A day that is no number stays what it is and is refused by name."""
    days = {name: int(text) if (text := form.get(name, "").strip()).isdecimal() and len(text) < 6 else text for name in DAYS}
    seats = runtime().library.approvers
    names = [f"approvers.{seat}.{key}" for seat in seats for key in ("role", "nl")]
    return {**forms.nested(names, form), **days}


def _page(current: house.Version, values: Mapping[str, str], attempt: forms.Attempt | None = None) -> str:
    return render_template(
        "admin/playbook.html",
        current=current,
        values=values,
        shown_version=shown_version(current, attempt),
        attempt=attempt or forms.Attempt(),
        labels=labels(),
        seats=list(runtime().library.approvers),
        own=OWN_AUTHORITY,
        days=DAYS,
        roles=[(role, str(ROLE_WORDS[role])) for role in ROLES],
    )
