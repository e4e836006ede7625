"""The page of one agreement: where it stands, what comes next, what it says, its files, and what happened to it."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from flask_babel import gettext as _
from markupsafe import Markup

from dpa_service.adapters.db.lifecycle import WAITING
from dpa_service.adapters.html import render_html
from dpa_service.domain.contract.coverage import uncovered
from dpa_service.domain.errors import DomainError
from dpa_service.domain.lifecycle import DISCARDED, DRAFT, ISSUED, MAY, WITHDRAWN, steps_for
from dpa_service.domain.roles import LEGAL, SALES
from dpa_service.services.agreements import agreements, clients, signed_document, timeline
from dpa_service.services.errors import NotFound
from dpa_service.services.negotiation import deviation_list, round_files
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, session, today
from dpa_service.web.everyone.base import blueprint
from dpa_service.web.everyone.words import did
from dpa_service.web.negotiation.words import asked_words
from dpa_service.web.shell import as_date
from dpa_service.web.typed import roles

VIEWS = ("overview", "document", "timeline")


@blueprint.get("/agreements/<hex:agreement_id>")
@allow()
def agreement(agreement_id: str) -> str:
    """The agreement; `view` chooses the overview, the document or the timeline."""
    details = agreements.get(session(), agreement_id)
    row = details.agreement
    view = request.args.get("view", "")
    view = view if view in VIEWS else "overview"
    snapshot, trouble = _snapshot(agreement_id)
    copies = signed_document.copies(session(), agreement_id) if row.state not in (DRAFT, DISCARDED) else []
    mine = roles()
    asked = deviation_list.of_agreement(session(), agreement_id, actor=actor(), today=today())
    return render_template(
        "everyone/agreement.html",
        agreement=row,
        issue=details.issue,
        asked=asked,
        asked_waiting=[each for each in asked if each.waiting] if row.state == DRAFT else [],
        editions=agreements.editions(session(), row.thread_id),
        negotiates=row.family == "agreement" and bool(mine & {SALES, LEGAL}),
        **asked_words(),
        client=clients.get(session(), row.client_id) if row.client_id else None,
        view=view,
        returned_waiting=round_files.waiting(session(), row.thread_id),
        snapshot=snapshot,
        trouble=trouble,
        body=Markup(render_html(snapshot, standalone=False)) if view == "document" and snapshot else None,  # noqa: S704
        open_duties=uncovered(snapshot["coverage"]) if snapshot and row.family == "agreement" else [],
        copies=copies,
        waiting=[copy for copy in copies if copy.state == WAITING],
        lines=[(line, did(line)) for line in timeline.of_object(session(), agreement_id)],
        steps=[step for step in steps_for(row.state, mine) if step != "sign" or row.family == "agreement"],
        may=lambda step: bool(MAY[step] & mine),
        successor=_successor(row.successor_id),
        standing=standing(row),
        drafting=row.state in (DRAFT, DISCARDED),
        terms_changed=[term for term in (snapshot or {}).get("terms", {}).values() if term["source"] != "standard"],
    )


def standing(row: Any) -> str:
    """Where an agreement stands today, in a sentence."""
    day = today()
    if row.state == DRAFT:
        return str(_("A draft: it can still be changed and has no number yet."))
    if row.state == DISCARDED:
        return str(_("A draft that was put aside. It can be brought back."))
    if row.state == ISSUED and row.family != "agreement":
        return str(_("Issued. General terms are not signed."))
    if row.state == ISSUED:
        return str(_("Issued and not yet signed: it binds nobody until it is."))
    if row.state == WITHDRAWN:
        return str(_("Withdrawn before it was signed."))
    until = row.effective_until
    if until is not None and until <= day:
        return str(_("No longer in force: it held until %(day)s, that day excluded.", day=as_date(until)))
    if row.effective_from > day:
        return str(_("Signed; takes effect on %(day)s.", day=as_date(row.effective_from)))
    if until is not None:
        return str(_("In force until %(day)s, that day excluded.", day=as_date(until)))
    return str(_("In force since %(day)s.", day=as_date(row.effective_from)))


def _snapshot(agreement_id: str) -> tuple[dict[str, Any] | None, str | None]:
    """The assembled agreement, or why a draft cannot be assembled."""
    try:
        return agreements.preview(session(), agreement_id), None
    except NotFound:
        raise
    except DomainError as trouble:
        return None, trouble.message


def _successor(successor_id: str | None) -> Any:
    return agreements.get(session(), successor_id).agreement if successor_id else None
