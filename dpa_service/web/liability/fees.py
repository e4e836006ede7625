"""Fees received: per client and period, by hand, out of a CSV file, undone by counter-entries; what counts for a cap."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.domain.liability.claim import ZERO
from dpa_service.domain.liability.liability_terms import fees_for
from dpa_service.services.agreements import clients
from dpa_service.services.agreements.form_data import amount
from dpa_service.services.errors import Conflict
from dpa_service.services.liability import exposure_detail, fee_file, fees
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, now, runtime, session, today
from dpa_service.web.liability.base import BOOKKEEPERS, READERS, blueprint, in_words
from dpa_service.web.liability.words import field_words
from dpa_service.web.shell import as_money
from dpa_service.web.typed import Answer, key, searched

PAGE, SHOWN_REFUSED = 25, 200
FIELDS = ("received_on", "amount", "kind", "period", "external_key")
BASES = ("agreement", "last_12_months", "contract_year")


@blueprint.get("/fees", endpoint="fees")
@allow(*READERS)
def overview() -> str:
    """Choose a client, or upload a file."""
    return _overview({})


@blueprint.post("/fees/upload", endpoint="upload_fees")
@allow(*BOOKKEEPERS)
def upload() -> Answer:
    """Take the right lines of a file and tell about the others."""
    given = request.files.get("file")
    content = given.read(fee_file.MOST_BYTES + 1) if given else b""
    if not content.strip():
        return _overview({"file": field_words(FieldError("file", "EMPTY", ""))}), 422
    try:
        report = fees.upload(session(), content, actor=actor(), now=now(), today=today())
    except RequestInvalid as trouble:
        return _overview(in_words(trouble)), 422
    return _overview({}, report), 422 if report.refused else 200


@blueprint.get("/fees/<hex:client_id>", endpoint="client_fees")
@allow(*READERS)
def of_client(client_id: str) -> str:
    """The entries of a client in a period, and what counts for a cap today."""
    return _client_page(client_id, {}, {})


@blueprint.post("/fees/<hex:client_id>", endpoint="record_fee")
@allow(*BOOKKEEPERS)
def record(client_id: str) -> Answer:
    """Enter a sum by hand."""
    typed = {name: request.form.get(name, "")[:200] for name in FIELDS}
    data = {name: value.strip() for name, value in typed.items() if value.strip()}
    if "amount" in data:
        data["amount"] = amount(data["amount"])
    try:
        made = fees.record(session(), client_id, data, key=key(), actor=actor(), now=now(), today=today())
    except RequestInvalid as trouble:
        return _client_page(client_id, in_words(trouble), typed), 422
    except Conflict as trouble:
        return _client_page(
            client_id, {"external_key": field_words(FieldError("external_key", trouble.code, trouble.message))}, typed
        ), 409
    flash(_("%(amount)s is entered.", amount=as_money(made.amount)), "success")
    return redirect(url_for("liability.client_fees", client_id=client_id), 303)


@blueprint.post("/fees/<hex:client_id>/entries/<hex:fee_id>/correct")
@allow(*BOOKKEEPERS)
def correct_fee(client_id: str, fee_id: str) -> Answer:
    """Undo an entry by a counter-entry, with a reason."""
    reason = request.form.get("reason", "")[:600]
    if fee_id not in {row.id for row in fees.listing(session(), client_id).rows}:
        flash(_("This entry is not one of this client."), "warning")
        return _client_page(client_id, {}, {}), 404
    try:
        fees.correct(session(), fee_id, reason=reason, actor=actor(), now=now())
    except RequestInvalid as trouble:
        errors = {"correct": next(iter(in_words(trouble).values()))}
        return _client_page(client_id, errors, {"correct": fee_id, "correct_reason": reason}), 422
    except Conflict:
        flash(_("This entry was undone already."), "warning")
        return _client_page(client_id, {}, {}), 409
    flash(_("A counter-entry undoes it. Enter the right sum as a new one."), "success")
    return redirect(url_for("liability.client_fees", client_id=client_id), 303)


def _overview(errors: dict[str, str], report: fees.Report | None = None) -> str:
    text = searched()
    refused = [(row, _why(row)) for row in report.refused[:SHOWN_REFUSED]] if report else []
    return render_template(
        "liability/fees.html",
        text=text,
        page=clients.listing(session(), text=text or None, limit=PAGE),
        errors=errors,
        report=report,
        refused=refused,
        refused_lines=len({row.line for row in report.refused}) if report else 0,
        example=fee_file.EXAMPLE,
    )


def _why(row: fees.Refused) -> str:
    return field_words(FieldError(row.field, row.code, row.message))


def _client_page(client_id: str, errors: dict[str, str], typed: dict[str, Any]) -> str:
    client = clients.get(session(), client_id)
    found = fees.listing(session(), client_id)
    first, last, trouble = _period()
    rows = [row for row in found.rows if (not first or row.received_on >= first) and (not last or row.received_on <= last)]
    bound = exposure_detail.of_client(session(), runtime().library, client_id, today()).bound
    paid = [(row.received_on, row.amount) for row in found.rows]
    start = bound.contract_start if bound else None
    own = bound.terms.fee_basis if bound else None
    totals = [
        (basis, fees_for(basis, paid, today(), start or today()), basis == own)
        for basis in BASES
        if paid and (start or basis != "contract_year")
    ]
    return render_template(
        "liability/client_fees.html",
        client=client,
        rows=rows,
        all_rows=found.rows,
        shown_total=sum((row.amount for row in rows), ZERO),
        undone={row.counter_of for row in found.rows if row.counter_of},
        totals=totals,
        bound=bound,
        first=first,
        last=last,
        period_trouble=trouble,
        errors=errors,
        typed=typed,
    )


def _period() -> tuple[date | None, date | None, str | None]:
    days: list[date | None] = []
    trouble = None
    for name in ("from", "until"):
        text = request.args.get(name, "").strip()
        try:
            days.append(date.fromisoformat(text) if text else None)
        except ValueError:
            days.append(None)
            trouble = str(_("This is not a day of the calendar; everything is shown."))
    return days[0], days[1], trouble
