"""Issuing from the pages, and the documents of an agreement."""

from __future__ import annotations

import uuid

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from dpa_service.domain.coverage import uncovered
from dpa_service.domain.errors import DomainError, NotCovered
from dpa_service.domain.lifecycle import DRAFT
from dpa_service.services import agreements, issuing
from dpa_service.services.errors import Conflict, Stale
from dpa_service.serving.access import allow
from dpa_service.serving.answers import download
from dpa_service.serving.runtime import actor, now, session, today
from dpa_service.web.sales_base import blueprint

MAKERS = ("sales", "legal")


@blueprint.get("/agreements/<hex:agreement_id>/issue", endpoint="confirm_issue")
@allow(*MAKERS)
def confirm(agreement_id: str) -> str | BaseResponse:
    """The one question before issuing: what will be issued, what it departs in, and that it cannot change afterwards."""
    details = agreements.get(session(), agreement_id)
    if details.agreement.state != DRAFT:
        return redirect(url_for("everyone.agreement", agreement_id=agreement_id))
    snapshot = agreements.preview(session(), agreement_id)
    return render_template(
        "sales/issue.html",
        agreement=details.agreement,
        deviations=snapshot["deviations"],
        uncovered=uncovered(snapshot["coverage"]) if details.agreement.family == "agreement" else [],
        key=uuid.uuid4().hex,
    )


@blueprint.post("/agreements/<hex:agreement_id>/issue")
@allow(*MAKERS)
def issue(agreement_id: str) -> BaseResponse:
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
    except Conflict:
        state = agreements.get(session(), agreement_id).agreement
        flash(_("This agreement was issued already, as %(reference)s.", reference=state.reference or "–"), "warning")
        return back
    except NotCovered as trouble:
        flash(_("Not issued: these duties of Art. 28 are not covered: %(duties)s.", duties=", ".join(trouble.duties)), "error")
        return back
    except DomainError as trouble:
        flash(_("Not issued: %(reason)s", reason=trouble.message), "error")
        return back
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
