"""Sending issued documents: what waits, went or was refused and why; trying again; the export to a folder at once."""

from __future__ import annotations

from datetime import datetime

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from dpa_service.adapters.export_folder import ExportFolder
from dpa_service.services.errors import Conflict
from dpa_service.services.invoices import deliveries, delivery_list
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, now, runtime, session
from dpa_service.web.invoices import sending_words
from dpa_service.web.invoices.base import BILLERS, READERS, blueprint
from dpa_service.web.typed import Answer, chosen

PAGE, REFUSED_SHOWN = 50, 20
AT_ONCE = 200  # documents of one press of the button, so that the answer comes soon


@blueprint.get("/sending", endpoint="sending")
@allow(*READERS)
def overview() -> str:
    """What was refused with the reasons, and every document by state."""
    return _page()


@blueprint.post("/sending/export", endpoint="export_now")
@allow(*BILLERS)
def export_now() -> Answer:
    """Write what waits into the folder of the settings; the page then says what became of each document."""
    folder = runtime().config.export_folder
    if folder is None:
        abort(404)
    moment = now()
    done = list(deliveries.run(session(), ExportFolder(folder), actor=actor(), now=moment, limit=AT_ONCE))
    if not done:
        flash(
            _("Nothing is due now. What waits after a try that failed goes out again from the moment that stands beside it."),
            "info",
        )
        return redirect(url_for("invoices.sending"), 303)
    if len(done) == AT_ONCE:
        flash(_("%(n)s documents were handled; press the button again for the rest.", n=AT_ONCE), "info")
    return redirect(url_for("invoices.sending", run=moment.isoformat(), _anchor="h-run"), 303)


@blueprint.post("/sending/retry", endpoint="retry_all")
@allow(*BILLERS)
def retry_all() -> Answer:
    """Let everything that was refused wait again."""
    done = deliveries.retry_all(session(), actor=actor(), now=now())
    flash(ngettext("%(num)s document waits again.", "%(num)s documents wait again.", done), "success" if done else "info")
    return redirect(url_for("invoices.sending"), 303)


@blueprint.post("/sending/<hex:invoice_id>/retry", endpoint="retry")
@allow(*BILLERS)
def retry(invoice_id: str) -> Answer:
    """Let one document wait again."""
    try:
        deliveries.retry(session(), invoice_id, actor=actor(), now=now())
    except Conflict:
        flash(_("This document is not refused any more; look below what became of it."), "warning")
        return _page(), 409
    flash(_("The document waits again and goes out with the next run."), "success")
    return redirect(url_for("invoices.sending"), 303)


def _page() -> str:
    state = chosen("state", delivery_list.STATES)
    counts = delivery_list.counts(session())
    page = delivery_list.listing(session(), state=state, cursor=request.args.get("cursor"), limit=PAGE)
    refused = delivery_list.listing(session(), state=deliveries.FAILED, limit=REFUSED_SHOWN)
    moment = _moment(request.args.get("run", ""))
    return render_template(
        "invoices/sending.html",
        state=state,
        counts=counts,
        total=sum(counts.values()),
        page=page,
        refused=refused,
        run=delivery_list.handled_at(session(), moment, limit=AT_ONCE) if moment else [],
        folder=runtime().config.export_folder,
        words=sending_words,
    )


def _moment(text: str) -> datetime | None:
    """The moment of a run as the address names it; None for anything else."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
