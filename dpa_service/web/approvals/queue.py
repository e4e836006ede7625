"""The queue of what waits for approval."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from flask_babel import gettext as _

from dpa_service.services.library.library_pages import heading
from dpa_service.services.negotiation import absences, approvals
from dpa_service.services.negotiation.approvals import Filters
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, library, session, today
from dpa_service.web.approvals.base import blueprint, role
from dpa_service.web.approvals.words import CLASS_WORDS
from dpa_service.web.typed import chosen


@blueprint.get("/approvals", endpoint="queue")
@allow()
def queue() -> str:
    """What waits for me, or with `all` for anybody, the most urgent first; `seat`, `role`, `clause` and `class` narrow it down."""
    current, everything = library(), request.args.get("all") == "1"
    filters = Filters(
        seat=chosen("seat", current.approvers),
        role=role(),
        clause=chosen("clause", current.clauses),
        kind=chosen("class", CLASS_WORDS),
    )
    page = approvals.queue(
        session(), current, actor=actor(), today=today(), everything=everything, filters=filters,
        cursor=request.args.get("cursor"),
    )  # fmt: skip
    kept: dict[str, Any] = {
        name: value
        for name, value in (
            ("all", "1" if everything else None), ("seat", filters.seat), ("role", filters.role), ("clause", filters.clause),
            ("class", filters.kind),
        )
        if value
    }  # fmt: skip
    return render_template(
        "approvals/queue.html",
        page=page,
        soon=approvals.expiring(session(), current, actor=actor(), today=today()) if not request.args.get("cursor") else [],
        everything=everything,
        filters=filters,
        kept=kept,
        seats=[(seat, f"{seat} · {entry['nl']}") for seat, entry in current.approvers.items()],
        clauses=[(name, heading(current, name)) for name in current.outlines["agreement"].articles],
        away=absences.current(session(), today=today(), of=actor()),
        today=today(),
        me=actor(),
        title=_("What waits for approval") if everything else _("What waits for me"),
    )
