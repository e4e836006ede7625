"""Payments: what is overdue and what came in lately; recording and undoing one on the page of its invoice."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from dpa_service.adapters.bank_statements import CSV_COLUMNS
from dpa_service.domain.assistance.assistance import ZERO
from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.services.agreements.form_data import amount
from dpa_service.services.errors import Conflict
from dpa_service.services.invoices import invoice_list, invoice_payments, invoicing
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, now, session, today
from dpa_service.web.invoices import invoice_words
from dpa_service.web.invoices.base import BILLERS, READERS, blueprint
from dpa_service.web.invoices.invoice import invoice_page
from dpa_service.web.invoices.invoice_words import in_words
from dpa_service.web.shell import as_money
from dpa_service.web.typed import Answer, key

REFUND = "refund"
MOST_LATE = 200  # overdue invoices on the page; the list has all of them
FIELDS = ("direction", "amount", "paid_on", "reference")


@blueprint.get("/payments", endpoint="payments")
@allow(*READERS)
def payments() -> str:
    """What is overdue, the last payments, and the form for a bank statement."""
    return payments_page()


def payments_page(errors: dict[str, str] | None = None, **shown: Any) -> str:
    """The page of payments; with what became of a statement."""
    late = invoice_payments.overdue(session(), today())
    return render_template(
        "invoices/payments.html",
        late=late,
        most=MOST_LATE,
        late_total=sum((row.left for row in late), ZERO),
        received=invoice_list.received(session()),
        sources=invoice_words.SOURCES,
        columns=CSV_COLUMNS,
        errors=errors or {},
        **shown,
    )


@blueprint.post("/invoices/<hex:invoice_id>/payments", endpoint="record_payment")
@allow(*BILLERS)
def record(invoice_id: str) -> Answer:
    """A sum received, or paid back, by hand."""
    typed = {name: request.form.get(name, "")[:200] for name in FIELDS}
    data: dict[str, Any] = {name: typed[name].strip() for name in ("paid_on", "reference") if typed[name].strip()}
    if typed["amount"].strip():
        data["amount"] = amount(typed["amount"])
    if typed["direction"] == REFUND:
        data["refund"] = True
    try:
        made = invoice_payments.record(session(), invoice_id, data, key=key(), actor=actor(), now=now(), today=today())
    except RequestInvalid as trouble:
        return invoice_page(invoice_id, in_words(trouble), typed), 422
    except Conflict as trouble:
        if trouble.code == "PAYMENT_KNOWN":
            return invoice_page(invoice_id, in_words([FieldError("reference", trouble.code, "")]), typed), 409
        flash(
            _("Nothing was recorded now: this form was sent before with something else, or the document takes no payments."),
            "warning",
        )
        return redirect(url_for("invoices.invoice", invoice_id=invoice_id), 303)
    said = (
        _("%(amount)s is recorded as received.") if made.amount > 0 else _("%(amount)s is recorded as paid back to the client.")
    )
    flash(said % {"amount": as_money(abs(made.amount))}, "success")
    return redirect(url_for("invoices.invoice", invoice_id=invoice_id), 303)


@blueprint.post("/invoices/<hex:invoice_id>/payments/<hex:payment_id>/correct", endpoint="correct_payment")
@allow(*BILLERS)
def correct(invoice_id: str, payment_id: str) -> Answer:
    """Undo a payment by a counter-entry, with a reason."""
    reason = request.form.get("reason", "")[:600]
    if payment_id not in {payment.id for payment in invoicing.get(session(), invoice_id).payments}:
        abort(404)
    try:
        invoice_payments.correct(session(), payment_id, reason=reason, actor=actor(), now=now())
    except RequestInvalid as trouble:
        words = next(iter(in_words(trouble).values()))
        return invoice_page(invoice_id, {f"undo-{payment_id}": words}, {"undo": payment_id, "reason": reason}), 422
    except Conflict:
        flash(_("This payment was undone already."), "warning")
        return invoice_page(invoice_id), 409
    flash(_("A counter-entry undoes it. Record the right sum as a new payment."), "success")
    return redirect(url_for("invoices.invoice", invoice_id=invoice_id), 303)
