"""The administration's front page, and the processor's profile."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from dpa_service.domain.roles import ADMIN
from dpa_service.services.house import house, house_overview
from dpa_service.services.house.house_schema import PROCESSOR
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import now, runtime, session
from dpa_service.web.admin import forms
from dpa_service.web.admin.base import PAGES, TITLES, Page, blueprint, done, shown_version
from dpa_service.web.admin.words import labels

PROFILE = (
    "name",
    "legal_form",
    "enterprise_number",
    "register",
    "address.street",
    "address.postal_code",
    "address.city",
    "address.country",
    "signatory.name",
    "signatory.role",
    "privacy_contact.name",
    "privacy_contact.email",
    "privacy_contact.phone",
    "dpo_email",
    "insured_sum",
    "court_seat",
    "in_force_since",
)

SHOWN_FAULTS = 10


@blueprint.get("")
@allow(ADMIN)
def home() -> str:
    """What runs here, in plain words."""
    running = runtime()
    facts = house_overview.overview(session(), running.library, running.config.clauses, now=now())
    return render_template("admin/home.html", facts=facts, titles=TITLES, pages=PAGES)


@blueprint.post("/audit/check")
@allow(ADMIN)
def audit_check() -> Response:
    """Read the whole chain and say whether every line fits."""
    lines, faults = house_overview.audit_faults(session())
    if not faults:
        flash(_("All %(n)s lines were read: every line fits the one before it.", n=lines), "success")
    for fault in faults[:SHOWN_FAULTS]:
        flash(_("The audit log does not fit: %(reason)s.", reason=fault.reason), "error")
    if len(faults) > SHOWN_FAULTS:
        flash(_("And %(n)s more. `dpa audit verify` names them all.", n=len(faults) - SHOWN_FAULTS), "error")
    return redirect(url_for("admin.home"), 303)


@blueprint.route("/processor", methods=["GET", "POST"])
@allow(ADMIN)
def processor() -> Page:
    """The house as every new agreement prints it."""
    current = house.current(session(), runtime().library, PROCESSOR)
    if request.method == "GET":
        values = forms.typed(PROFILE, current.content)
        values["insured_sum"] = forms.shown_amount(values["insured_sum"])
        return _profile_page(current, values)
    data = forms.nested(PROFILE, request.form)
    if "insured_sum" in data:
        data["insured_sum"] = forms.amount(data["insured_sum"])
    # the bank details of invoices are kept with the profile and filled in elsewhere
    attempt = forms.save(PROCESSOR, lambda old: data | {name: old[name] for name in ("invoicing",) if name in old})
    if attempt.made is None:
        return _profile_page(attempt.current or current, request.form, attempt), attempt.status
    return done(PROCESSOR, attempt.made, current)


def _profile_page(current: house.Version, values: Any, attempt: forms.Attempt | None = None) -> str:
    return render_template(
        "admin/processor.html",
        current=current,
        values=values,
        shown_version=shown_version(current, attempt),
        attempt=attempt or forms.Attempt(),
        countries=forms.countries(),
        labels=labels(),
    )
