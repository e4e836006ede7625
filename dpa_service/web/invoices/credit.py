"""Credit notes: of a whole invoice, by line or by minutes; what it will take back is shown before it is issued."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from dpa_service.domain.assistance.invoicing import InvoiceError
from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.services.assistance import assistance_list
from dpa_service.services.errors import Conflict
from dpa_service.services.invoices import credit_notes, invoicing
from dpa_service.services.invoices.billing import INVOICE, ISSUED, PAID
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, now, session, today
from dpa_service.web.assistance.time_words import looks_personal, read_minutes
from dpa_service.web.invoices import trouble_words
from dpa_service.web.invoices.base import BILLERS, blueprint
from dpa_service.web.invoices.invoice_words import in_words
from dpa_service.web.shell import as_hours
from dpa_service.web.typed import Answer, key, new_key

LONGEST = 600


@blueprint.get("/invoices/<hex:invoice_id>/credit", endpoint="credit")
@allow(*BILLERS)
def form(invoice_id: str) -> Answer:
    """Choose what is credited, and why."""
    found = invoicing.get(session(), invoice_id)
    if refused := _refused(found):
        return refused
    return _form(found, {"what": "all"}, {})


@blueprint.post("/invoices/<hex:invoice_id>/credit", endpoint="make_credit")
@allow(*BILLERS)
def make(invoice_id: str) -> Answer:
    """Show what will be credited; or, confirmed, issue the credit note for exactly those minutes."""
    found = invoicing.get(session(), invoice_id)
    typed = {name: value[:LONGEST] for name, value in request.form.items()}
    if request.form.get("do") == "confirm":
        return _issue(found, typed)
    if refused := _refused(found):
        return refused
    minutes, errors = _read(found, typed)
    try:
        shown, releases = credit_notes.try_out(session(), invoice_id, minutes, reason=typed.get("reason", ""), today=today())
    except RequestInvalid as trouble:
        errors |= _words(trouble, found.client.id)
    except InvoiceError as trouble:
        errors.setdefault("lines", trouble_words.sentence(FieldError("", trouble.code, trouble.message)))
    except Conflict:
        return _meanwhile(invoice_id)
    if errors:
        return _form(found, typed, errors), 422
    hints = assistance_list.hints(session(), found.client.id, typed.get("reason", ""))
    return _form(found, typed, {}, shown=shown, releases=releases, minutes=minutes, personal=looks_personal(hints))


def _issue(found: invoicing.Details, typed: dict[str, str]) -> Answer:
    """Issue the credit note that was shown. Sent twice, it is issued once."""
    given = {line.id: typed.get(f"minutes.{line.id}", "") for line in found.lines}
    minutes = {name: int(text) for name, text in given.items() if text.isdecimal() and len(text) < 8}
    try:
        made = credit_notes.credit(
            session(),
            found.invoice.id,
            minutes,
            reason=typed.get("reason", ""),
            key=key(),
            actor=actor(),
            now=now(),
            today=today(),
        )
    except Conflict:
        return _meanwhile(found.invoice.id)
    except RequestInvalid as trouble:
        return _form(found, typed, _words(trouble, found.client.id)), 422
    except InvoiceError:
        errors = {"lines": _("Somebody credited part of this meanwhile. Look at what is left, and try again.")}
        return _form(found, typed, errors), 409
    flash(
        _("%(number)s is issued. Its minutes can be invoiced again, or their entries corrected.", number=made.invoice.number),
        "success",
    )
    return redirect(url_for("invoices.invoice", invoice_id=made.invoice.id), 303)


def _meanwhile(invoice_id: str) -> Answer:
    flash(
        _("Nothing was credited now: this form was sent before with something else, or the invoice was credited meanwhile."),
        "warning",
    )
    return redirect(url_for("invoices.invoice", invoice_id=invoice_id), 303)


def _refused(found: invoicing.Details) -> Answer | None:
    """Where nothing can be credited: the invoice's own page, with why."""
    row = found.invoice
    if row.kind == INVOICE and row.state in (ISSUED, PAID):
        return None
    said = _("A credit note is not credited; make a new invoice of the minutes.") if row.kind != INVOICE else (
        _("Everything on this invoice is credited already.") if row.state == "credited" else _("Only an issued invoice is credited.")
    )  # fmt: skip
    flash(said, "warning")
    return redirect(url_for("invoices.invoice", invoice_id=row.id), 303)


def _read(found: invoicing.Details, typed: dict[str, str]) -> tuple[dict[str, int], dict[str, str]]:
    """What was chosen as minutes of each line, and what cannot be read."""
    left = credit_notes.left(session(), found.invoice.id)
    chosen: dict[str, int] = {}
    errors: dict[str, str] = {}
    for line in found.lines:
        text = typed.get(f"minutes.{line.id}", "").strip()
        if typed.get("what") == "all" or typed.get(f"whole.{line.id}"):
            chosen[line.id] = left[line.id]
        elif text:
            minutes = read_minutes(text)
            if not isinstance(minutes, int):
                errors[f"minutes.{line.id}"] = _("Line %(number)s: give minutes as 90 or 1:30.", number=line.position)
            elif minutes > left[line.id]:
                words = {"number": line.position, "left": as_hours(left[line.id])}
                errors[f"minutes.{line.id}"] = _("Line %(number)s has %(left)s left to credit.", **words)
            else:
                chosen[line.id] = minutes
    return {name: minutes for name, minutes in chosen.items() if minutes}, errors


def _words(trouble: RequestInvalid, client_id: str) -> dict[str, str]:
    own = [error for error in trouble.errors if error.field == "reason"]
    others = [error for error in trouble.errors if error.field != "reason"]
    return in_words(own) | {told.field or "lines": told.sentence for told in trouble_words.told(others, client_id)}


def _form(found: invoicing.Details, typed: dict[str, str], errors: dict[str, str], **shown: Any) -> str:
    return render_template(
        "invoices/credit.html",
        found=found,
        invoice=found.invoice,
        client=found.client,
        left=credit_notes.left(session(), found.invoice.id),
        typed=typed,
        errors=errors,
        key=key() or new_key(),
        **shown,
    )
