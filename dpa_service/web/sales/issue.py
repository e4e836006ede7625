"""Issuing from the pages, and the documents of an agreement."""

from __future__ import annotations

import uuid

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from dpa_service.domain.contract.coverage import uncovered
from dpa_service.domain.errors import DomainError, NotCovered
from dpa_service.domain.lifecycle import DRAFT
from dpa_service.services.agreements import agreements, issuing
from dpa_service.services.errors import Conflict, Stale
from dpa_service.services.negotiation import deviation_list
from dpa_service.services.negotiation.deviation_entry import library_of
from dpa_service.services.negotiation.deviations import NotApproved
from dpa_service.services.negotiation.rounds import returned_open
from dpa_service.serving.access import allow
from dpa_service.serving.answers import download
from dpa_service.serving.runtime import actor, now, session, today
from dpa_service.web.negotiation.words import asked_words, trouble_words
from dpa_service.web.sales.base import blueprint

MAKERS = ("sales", "legal")
KNOWN_REFUSALS = ("NOT_APPROVED", "RETURNED_OPEN", "NOT_COVERED")  # the page says each in its own words


@blueprint.get("/agreements/<hex:agreement_id>/issue", endpoint="confirm_issue")
@allow(*MAKERS)
def confirm(agreement_id: str) -> str | BaseResponse:
    """The one question before issuing: what will be issued, what it departs in, and that it cannot change afterwards."""
    if agreements.get(session(), agreement_id).agreement.state != DRAFT:
        return redirect(url_for("everyone.agreement", agreement_id=agreement_id))
    return _page(agreement_id)


def _page(agreement_id: str, refused: DomainError | None = None) -> str:
    """The question, with what stands in the way of issuing and the ways out. In: why the last attempt was `refused`."""
    row = agreements.get(session(), agreement_id).agreement
    agreed = row.family == "agreement"
    try:
        snapshot, trouble = agreements.preview(session(), agreement_id), None
    except DomainError as problem:
        snapshot, trouble = None, problem
    asked = deviation_list.of_agreement(session(), agreement_id, actor=actor(), today=today())
    duties = uncovered(snapshot["coverage"]) if snapshot and agreed else []
    known = library_of(session(), agreement_id)
    return render_template(
        "sales/issue.html",
        agreement=row,
        asked=asked,
        waits=[each for each in asked if each.waiting],
        returned=returned_open(session(), row.thread_id),
        uncovered=duties,
        suspects=[each for each in asked if each.row.deviation_class not in ("value", "fallback")] if duties else [],
        trouble=trouble_words(trouble, known) if trouble else None,
        refused=refused is not None,
        other=refused.message if refused is not None and refused.code not in KNOWN_REFUSALS else None,
        key=uuid.uuid4().hex,
        **asked_words(),
    )


@blueprint.post("/agreements/<hex:agreement_id>/issue")
@allow(*MAKERS)
def issue(agreement_id: str) -> BaseResponse | tuple[str, int]:
    """Issue, once it was confirmed. A second click, or a second tab, finds it issued and says so."""
    if request.form.get("confirm") != "yes":
        return redirect(url_for("sales.confirm_issue", agreement_id=agreement_id), 303)
    back = redirect(url_for("everyone.agreement", agreement_id=agreement_id), 303)
    version, key = request.form.get("version", type=int), request.form.get("key", "")[:100] or None
    try:
        details = issuing.issue(
            session(), agreement_id, key=key, expected_version=version, actor=actor(), now=now(), today=today()
        )  # fmt: skip
    except Stale:
        flash(_("The draft was changed since you opened it. Look at it again before you issue it."), "error")
        return redirect(url_for("sales.confirm_issue", agreement_id=agreement_id), 303)
    except (NotApproved, NotCovered) as trouble:
        return _page(agreement_id, trouble), 409
    except Conflict as trouble:
        if trouble.code == "RETURNED_OPEN":
            return _page(agreement_id, trouble), 409
        state = agreements.get(session(), agreement_id).agreement
        flash(_("This agreement was issued already, as %(reference)s.", reference=state.reference or "–"), "warning")
        return back
    except DomainError as trouble:
        return _page(agreement_id, trouble), 422
    flash(
        _(
            "Issued as %(reference)s. Next: download the document, have it signed, and upload the signed file here.",
            reference=details.agreement.reference,
        ),
        "success",
    )
    return back


@blueprint.get("/agreements/<hex:agreement_id>/document.<any(docx,pdf):kind>")
@allow()
def document(agreement_id: str, kind: str) -> Response:
    """The Word file or the PDF."""
    return download(issuing.document(session(), agreement_id, kind))
