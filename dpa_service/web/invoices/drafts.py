"""Drafts: the list, one draft as it would be issued today with all that stops it, its texts, preview, issuing and discarding."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from dpa_service.domain.assistance.invoicing import InvoiceError
from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.services.assistance import assistance_list
from dpa_service.services.errors import Conflict, NotFound, Stale
from dpa_service.services.invoices import billing, draft_check, invoice_list, invoicing
from dpa_service.services.invoices.billing import DISCARDED, DRAFT
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, now, runtime, session, today
from dpa_service.web.invoices.base import BILLERS, READERS, blueprint
from dpa_service.web.invoices.trouble_words import label, sentence, told
from dpa_service.web.shell import as_hours
from dpa_service.web.typed import Answer, key, searched, version

PAGE = 50


@blueprint.get("/drafts", endpoint="drafts")
@allow(*READERS)
def drafts() -> str:
    """All drafts, newest first, with what would stop their issue as far as the parties go."""
    text = searched()
    page = invoice_list.register(
        session(), state=DRAFT, text=text or None, today=today(), cursor=request.args.get("cursor"), limit=PAGE
    )
    found = draft_check.party_troubles(session(), runtime().library, [row.invoice.id for row in page.rows])
    troubles = {row.invoice.id: told(found[row.invoice.id], row.invoice.client_id) for row in page.rows}
    return render_template("invoices/drafts.html", page=page, text=text, troubles=troubles)


@blueprint.get("/drafts/<hex:invoice_id>", endpoint="draft")
@allow(*READERS)
def draft(invoice_id: str) -> Answer:
    """One draft; what was issued is shown as an invoice."""
    found = invoicing.get(session(), invoice_id)
    if found.invoice.state not in (DRAFT, DISCARDED):
        return redirect(url_for("invoices.invoice", invoice_id=invoice_id))
    return draft_page(found)


@blueprint.get("/drafts/<hex:invoice_id>/<any(invoice,timesheet):kind>.pdf", endpoint="draft_preview")
@allow(*READERS)
def preview(invoice_id: str, kind: str) -> Answer:
    """The draft as it would look, marked as one; where it cannot be made the draft's page says why."""
    try:
        made = invoicing.preview(session(), runtime().library, invoice_id, kind=kind.replace("invoice", "pdf"), today=today())
    except (RequestInvalid, InvoiceError):
        return draft_page(invoicing.get(session(), invoice_id)), 422
    except NotFound:  # issued meanwhile, or never there: its page knows
        return redirect(url_for("invoices.draft", invoice_id=invoice_id))
    answer = Response(made.content, mimetype=made.mimetype)
    answer.headers.set("Content-Disposition", "inline", filename=made.name)
    return answer


@blueprint.post("/drafts/<hex:invoice_id>/texts", endpoint="edit_draft")
@allow(*BILLERS)
def edit(invoice_id: str) -> Answer:
    """Other texts on the lines and under them."""
    found = invoicing.get(session(), invoice_id)
    typed = {name: text[:2000] for name, text in request.form.items() if name == "note" or name.startswith("texts.")}
    texts = {  # a text is one line, wherever the browser broke it
        line.id: " ".join(typed[f"texts.{line.id}"].splitlines()) for line in found.lines if f"texts.{line.id}" in typed
    }
    try:
        billing.edit_texts(
            session(), invoice_id, texts, note=typed.get("note"), expected_version=version() or 0, actor=actor(), now=now()
        )
    except RequestInvalid as trouble:
        return draft_page(found, typed, {error.field: _wrong_text(error, found) for error in trouble.errors}), 422
    except Stale:
        return draft_page(invoicing.get(session(), invoice_id), typed, stale=True), 412
    except Conflict:
        return _moved(invoice_id)
    flash(_("The texts are saved."), "success")
    known = {line.text for line in found.lines} | {found.invoice.note}
    for text in dict.fromkeys(text for text in (*texts.values(), typed.get("note", "")) if text not in known):
        if hints := assistance_list.hints(session(), found.invoice.client_id, text):
            flash(
                _("“%(what)s” looks like it says who somebody is. An invoice holds case references only; change it if so.",
                  what=hints[0][1]),
                "warning",
            )  # fmt: skip
    return redirect(url_for("invoices.draft", invoice_id=invoice_id), 303)


@blueprint.post("/drafts/<hex:invoice_id>/discard", endpoint="discard_draft")
@allow(*BILLERS)
def discard(invoice_id: str) -> Answer:
    """Put the draft aside; its minutes can be charged again."""
    found = invoicing.get(session(), invoice_id)
    minutes = sum(line.minutes for line in found.lines)
    try:
        billing.discard(session(), invoice_id, expected_version=version() or 0, actor=actor(), now=now())
    except Stale:
        return draft_page(invoicing.get(session(), invoice_id), stale=True), 412
    except Conflict:
        return _moved(invoice_id)
    flash(_("The draft is discarded; %(hours)s can be charged again.", hours=as_hours(minutes)), "success")
    until = max(line.end for line in found.lines)
    return redirect(url_for("invoices.client_work", client_id=found.invoice.client_id, until=until), 303)


@blueprint.post("/drafts/<hex:invoice_id>/issue", endpoint="issue_draft")
@allow(*BILLERS)
def issue(invoice_id: str) -> Answer:
    """Issue it: it gets its number and never changes again."""
    try:
        made = invoicing.issue(
            session(),
            runtime().library,
            invoice_id,
            key=key(),
            expected_version=version() or 0,
            actor=actor(),
            now=now(),
            today=today(),
        ).invoice
    except (RequestInvalid, InvoiceError):
        return draft_page(invoicing.get(session(), invoice_id), refused=True), 422
    except Stale:
        return draft_page(invoicing.get(session(), invoice_id), stale=True), 412
    except Conflict:
        return _moved(invoice_id)
    flash(_("Invoice %(number)s is issued.", number=made.number), "success")
    return redirect(url_for("invoices.invoice", invoice_id=invoice_id), 303)


def draft_page(
    found: invoicing.Details, typed: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None, *, stale: bool = False,
    refused: bool = False,
) -> str:  # fmt: skip
    """The page of a draft, with what was typed and was wrong in it. A discarded draft only says that it is one."""
    invoice = found.invoice
    if invoice.state == DISCARDED:
        return render_template("invoices/draft.html", found=found, invoice=invoice, trial=None)
    trial = draft_check.trial(session(), runtime().library, invoice.id, today=today())
    behind = {each.line.id: each.entries for each in invoicing.evidence(session(), invoice.id)}
    return render_template(
        "invoices/draft.html",
        found=found,
        invoice=invoice,
        trial=trial,
        troubles=told(trial.troubles, invoice.client_id),
        behind=behind,
        entries=sum(len(entries) for entries in behind.values()),
        minutes=sum(line.minutes for line in found.lines),
        start=min(line.start for line in found.lines),
        end=max(line.end for line in found.lines),
        typed=typed or {},
        errors=errors or {},
        stale=stale,
        refused=refused,
        today=today(),
        most_text=billing.MOST_TEXT,
        most_note=billing.MOST_NOTE,
    )


def _wrong_text(error: FieldError, found: invoicing.Details) -> str:
    """A refused text, named by the number of its line."""
    position = next((line.position for line in found.lines if error.field == f"texts.{line.id}"), None)
    what = label(f"lines[{position - 1}].text") if position else label(error.field)
    return f"{what}: {sentence(error)}"


def _moved(invoice_id: str) -> Answer:
    """What became of a draft that somebody else issued or discarded meanwhile."""
    found = invoicing.get(session(), invoice_id)
    if found.invoice.state == DISCARDED:
        return draft_page(found), 409
    if found.invoice.state == DRAFT:  # the form was sent before, and its draft was changed since
        return draft_page(found, stale=True), 409
    flash(_("Somebody issued this draft meanwhile, as %(number)s. Nothing was changed.", number=found.invoice.number), "warning")
    return redirect(url_for("invoices.invoice", invoice_id=invoice_id), 303)
