"""The audit log for those who answer for it."""

from __future__ import annotations

from flask import render_template, request
from flask_babel import gettext as _

from dpa_service.domain.roles import ADMIN, DPO
from dpa_service.services.agreements import timeline
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import session
from dpa_service.web.everyone.base import blueprint
from dpa_service.web.everyone.words import ACTIONS, OBJECTS, did
from dpa_service.web.typed import roles, searched

PAGE = 50


@blueprint.get("/audit")
@allow(ADMIN, DPO)
def audit() -> str:
    """Who did what to which object, the last first; by person, object and action."""
    person, object_id, action = searched("person"), searched("object"), searched("action")
    cursor = request.args.get("cursor", type=int)
    page = timeline.listing(
        session(), person=person or None, object_id=object_id or None, action=action or None, cursor=cursor, limit=PAGE
    )
    kept = {name: value for name, value in (("person", person), ("object", object_id), ("action", action)) if value}
    return render_template(
        "everyone/audit.html",
        page=page,
        lines=[(line, did(line)) for line in page.items],
        person=person,
        object_id=object_id,
        action=action,
        actions=[("", _("every action")), *((name, str(ACTIONS.get(name, name))) for name in timeline.actions(session()))],
        people=timeline.people(session()),
        objects=OBJECTS,
        kept=kept,
        may_check=ADMIN in roles(),
    )
