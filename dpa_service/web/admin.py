"""The administration: its front page and the processor's profile; the lists and their versions are in the modules beside this one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from dpa_service.domain.roles import ADMIN, DPO
from dpa_service.services import house, house_overview
from dpa_service.services.house_schema import PROCESSOR, SERVICES, SUB_PROCESSORS
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import now, runtime, session
from dpa_service.web import admin_forms as forms
from dpa_service.web.admin_words import labels

blueprint = Blueprint("admin", __name__, url_prefix="/admin")

# Who may see and edit which data; the list of sub-processors is the data protection officer's too.
EDITORS = {PROCESSOR: (ADMIN,), SERVICES: (ADMIN,), SUB_PROCESSORS: (ADMIN, DPO)}
TITLES = {
    PROCESSOR: lazy_gettext("Processor profile"),
    SUB_PROCESSORS: lazy_gettext("Sub-processors"),
    SERVICES: lazy_gettext("Service catalogue"),
}
PAGES = {PROCESSOR: "admin.processor", SUB_PROCESSORS: "admin.sub_processors", SERVICES: "admin.services"}
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

Page = str | Response | tuple[str, int]


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
    attempt = forms.save(PROCESSOR, lambda _old: data)
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


def shown_version(current: house.Version, attempt: forms.Attempt | None) -> int:
    """The version that a form is about: after errors the one it came with, after another author's change the newest."""
    if attempt is None or attempt.current is not None:
        return current.number
    return forms.number(request.form.get("version"))


def done(kind: str, made: house.Version, before: house.Version, page: str | None = None) -> Response:
    """Say what was saved and go back to the page of the data."""
    if made.number == before.number:
        flash(_("Nothing was different, so no new version was made."), "info")
    else:
        flash(_("Saved as version %(n)s. New agreements print it; issued ones stay as they are.", n=made.number), "success")
    return redirect(url_for(page or PAGES[kind]), 303)


# At the end, because they add their routes to the blueprint above.
from dpa_service.web import admin_services, admin_suppliers, admin_versions  # noqa: E402, F401
