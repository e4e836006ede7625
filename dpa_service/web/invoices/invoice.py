"""The list of invoices, an invoice or credit note with its files, and the evidence of each line."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, render_template, request, url_for

from dpa_service.domain.assistance.communication import printed_communication
from dpa_service.services.agreements import agreements, clients, timeline
from dpa_service.services.invoices import invoice_files, invoice_list, invoicing, line_evidence
from dpa_service.services.invoices.billing import CREDIT, DISCARDED, DRAFT, INVOICE, ISSUED, PAID
from dpa_service.services.invoices.invoice_payments import OWED
from dpa_service.serving.access import allow
from dpa_service.serving.answers import download
from dpa_service.serving.runtime import session, today
from dpa_service.web.invoices import invoice_words, sending_words
from dpa_service.web.invoices.base import READERS, blueprint
from dpa_service.web.typed import Answer, chosen, hex_arg, searched

PAGE = 25
FEW = 3  # lines whose evidence is open in full at once
CSV = "csv"


@blueprint.get("/invoices", endpoint="invoices")
@allow(*READERS)
def invoices() -> str:
    """The list, newest first, by state, kind, client and words, with the sums of what fits."""
    text, client_id = searched(), hex_arg("client")
    state, kind = chosen("state", invoice_words.STATES), chosen("kind", (INVOICE, CREDIT))
    found = invoice_list.register(
        session(), state=state, kind=kind, client_id=client_id, text=text or None, today=today(),
        cursor=request.args.get("cursor"), limit=PAGE,
    )  # fmt: skip
    asked = (("q", text), ("state", state), ("kind", kind), ("client", client_id))
    return render_template(
        "invoices/invoices.html",
        found=found,
        rows=[(row, *invoice_words.standing(row.invoice, today())) for row in found.rows],
        text=text,
        state=state,
        kind=kind,
        states=invoice_words.STATES,
        client=clients.get(session(), client_id) if client_id else None,
        kept={name: value for name, value in asked if value},
    )


@blueprint.get("/invoices/<hex:invoice_id>", endpoint="invoice")
@allow(*READERS)
def invoice(invoice_id: str) -> Answer:
    """One document as it was issued, and what became of it since. A draft has its own page."""
    found = invoicing.get(session(), invoice_id)
    if found.invoice.state == DRAFT:
        return redirect(url_for("invoices.draft", invoice_id=invoice_id), 303)
    return invoice_page(invoice_id)


def invoice_page(invoice_id: str, errors: dict[str, str] | None = None, typed: dict[str, Any] | None = None) -> str:
    """The page of a document; with what was wrong in one of its forms."""
    found = invoicing.get(session(), invoice_id)
    row = found.invoice
    document = invoice_files.figures(session(), invoice_id) if found.frozen else None
    colour, words = invoice_words.standing(row, today())
    return render_template(
        "invoices/invoice.html",
        found=found,
        invoice=row,
        client=found.client,
        document=document,
        lines=list(zip(document.lines, found.lines, strict=True)) if document else [],
        colour=colour,
        words=words,
        late=invoice_list.days_late(row, today()),
        communication=printed_communication(row.communication) if row.communication else None,
        sending=sending_words,
        credited=invoicing.get(session(), row.credits_id).invoice if row.credits_id else None,
        can_credit=row.kind == INVOICE and row.state in (ISSUED, PAID),
        can_pay=row.kind == INVOICE and row.state in OWED,
        undone={payment.counter_of for payment in found.payments if payment.counter_of},
        sources=invoice_words.SOURCES,
        log=[(line, invoice_words.did(line)) for line in _log(row)],
        discarded=row.state == DISCARDED,
        today=today(),
        errors=errors or {},
        typed=typed or {},
    )


def _log(row: Any) -> list[Any]:
    """What happened to it; what happened to a credit note stands with its invoice."""
    own = list(timeline.of_object(session(), row.id))
    if row.credits_id:
        own += [line for line in timeline.of_object(session(), row.credits_id) if line.details.get("credit") == row.id]
    return own


@blueprint.get("/invoices/<hex:invoice_id>/files/<any(xml,pdf,timesheet,csv):kind>", endpoint="file")
@allow(*READERS)
def file(invoice_id: str, kind: str) -> Answer:
    """A file as it was issued: the UBL, the PDF, the timesheet as PDF or CSV."""
    if kind == CSV:
        return download(invoice_files.timesheet_csv(session(), invoice_id))
    return download(invoicing.document(session(), invoice_id, kind))


@blueprint.get("/invoices/<hex:invoice_id>/evidence", endpoint="evidence")
@allow(*READERS)
def evidence(invoice_id: str) -> Answer:
    """What stands behind each line: request, clause, tariff, log, approval, amount. Of many lines only `line` is open in full."""
    found = invoicing.get(session(), invoice_id)
    if found.invoice.state == DISCARDED:
        abort(404)
    chains = line_evidence.chains(session(), invoice_id)
    colour, words = invoice_words.standing(found.invoice, today())
    return render_template(
        "invoices/evidence.html",
        found=found,
        invoice=found.invoice,
        client=found.client,
        chains=chains,
        agreements={name: agreements.get(session(), name).agreement for name in {each.agreement_id for each in chains}},
        opened=request.args.get("line", type=int),
        all_open=len(chains) <= FEW,
        credit=found.invoice.kind == CREDIT,
        colour=colour,
        words=words,
        reasons=invoice_words.REASONS,
    )
