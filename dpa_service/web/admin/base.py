"""What the administration's pages share: the blueprint, who edits which data, and what follows a save."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from dpa_service.domain.roles import ADMIN, DPO
from dpa_service.services.house import house
from dpa_service.services.house.house_schema import PLAYBOOK, PROCESSOR, SERVICES, SUB_PROCESSORS
from dpa_service.web.admin import forms

blueprint = Blueprint("admin", __name__, url_prefix="/admin")

# Who may see and edit which data; the list of sub-processors is the data protection officer's too.
EDITORS = {PROCESSOR: (ADMIN,), SERVICES: (ADMIN,), SUB_PROCESSORS: (ADMIN, DPO), PLAYBOOK: (ADMIN,)}
TITLES = {
    PROCESSOR: lazy_gettext("Processor profile"),
    SUB_PROCESSORS: lazy_gettext("Sub-processors"),
    SERVICES: lazy_gettext("Service catalogue"),
    PLAYBOOK: lazy_gettext("Playbook"),
}
PAGES = {
    PROCESSOR: "admin.processor",
    SUB_PROCESSORS: "admin.sub_processors",
    SERVICES: "admin.services",
    PLAYBOOK: "admin.playbook",
}
Page = str | Response | tuple[str, int]


def shown_version(current: house.Version, attempt: forms.Attempt | None) -> int:
    """The version that a form is about: after errors the one it came with, after another author's change the newest."""
    if attempt is None or attempt.current is not None:
        return current.number
    return forms.number(request.form.get("version"))


def done(kind: str, made: house.Version, before: house.Version, page: str | None = None) -> Response:
    """Say what was saved and go back to the page of the data."""
    if made.number == before.number:
        flash(_("Nothing was different, so no new version was made."), "info")
    elif kind == PLAYBOOK:
        flash(_("Saved as version %(n)s. It holds from now on, for what waits for approval too.", n=made.number), "success")
    else:
        flash(_("Saved as version %(n)s. New agreements print it; issued ones stay as they are.", n=made.number), "success")
    return redirect(url_for(page or PAGES[kind]), 303)
