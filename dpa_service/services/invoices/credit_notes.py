"""Credit notes: by whole lines or by minutes, issued at once in their own series; they release exactly the minutes they credit."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.assistance import TimeEntry
from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.invoices import BillingAllocation, Invoice, InvoiceLine
from dpa_service.adapters.db.numbering import next_number
from dpa_service.domain.assistance.assistance import ZERO
from dpa_service.domain.assistance.crediting import Credit, make_credit_note, released
from dpa_service.domain.assistance.invoicing import DraftLine
from dpa_service.domain.assistance.invoicing import Invoice as Document
from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.services import idempotency
from dpa_service.services.agreements.lifecycle import checked_reason
from dpa_service.services.errors import Conflict, NotFound
from dpa_service.services.invoices.billing import CREDIT, INVOICE, ISSUED, PAID, line_row, lines_of, locked
from dpa_service.services.invoices.invoice_making import DRAFT_NUMBER, Made, credit_sheet, frozen, refuse_problems
from dpa_service.services.invoices.invoice_payments import settled_state
from dpa_service.services.invoices.invoicing import SERIES, Details, get_inside, issued_document, put_figures
from dpa_service.services.use_case import UseCase, use_case

ALL = "all"


@dataclass(frozen=True, slots=True)
class Release:
    """Minutes of an entry that a credit note lets go of, so that they can be invoiced again, and the invoice's line they are on."""

    line: InvoiceLine
    entry: TimeEntry
    minutes: int


def creditable(session: Session, invoice_id: str) -> dict[str, int]:
    """Line id → minutes that can still be credited, inside a transaction."""
    before = _before(session, invoice_id)
    return {line.id: line.minutes - before.get(line.id, 0) for line in lines_of(session, invoice_id)}


def left(session: Session, invoice_id: str) -> dict[str, int]:
    """The same, in a transaction of its own."""
    with reading(session):
        return creditable(session, invoice_id)


def credit(
    session: Session, invoice_id: str, minutes: Mapping[str, int | str], *, reason: str, key: str | None = None, actor: str, now: datetime,
    today: date,
) -> Details:  # fmt: skip
    """A credit note. In: line id → minutes to take back, or "all" for what is left of the line; `reason` is printed on it.

    Out: the credit note. The minutes can be invoiced again, or their entries corrected. Error: ``NotFound``; ``RequestInvalid``;
    ``InvoiceError`` CREDIT_TOO_MUCH, NOTHING_TO_CREDIT; ``Conflict`` for a draft, a credit note or a key used with something else.
    """
    reason = checked_reason(reason)
    with use_case(session, actor=actor, now=now) as work:
        asked = {"do": "invoice.credit", "invoice": invoice_id, "minutes": dict(minutes), "reason": reason}
        if key is not None and (known := idempotency.claim(work, key, asked)):
            return get_inside(session, known["invoice_id"])
        invoice = locked(work, invoice_id, (ISSUED, PAID))
        if invoice.kind != INVOICE:
            raise Conflict("CREDIT_NOTE", "A credit note is not credited; make a new invoice.")
        lines = lines_of(session, invoice_id)
        wanted = _wanted(minutes, creditable(session, invoice_id), lines)
        made = _maker(session, invoice_id, lines, wanted, reason=reason, today=today)
        trial = made(DRAFT_NUMBER)
        refuse_problems(trial.document, earlier=trial.earlier)
        sequence = next_number(session, SERIES[CREDIT], today.year)
        whole = made(f"{SERIES[CREDIT]}-{today.year}-{sequence:04d}")
        refuse_problems(whole.document, earlier=whole.earlier)
        note = _kept(work, invoice, whole.document, sequence, today, reason)
        credited = [line for line in lines if wanted.get(line.id)]
        for made_line, line in zip(whole.document.lines, credited, strict=True):
            row = line_row(note.id, DraftLine(made_line, ()), line.request_id, line.id)
            session.add(row)
            session.flush()
            _release(work, line, row.id, wanted[line.id])
        invoice.credited += whole.document.total
        settled_state(work, invoice)
        document, sheet = Made(whole.document, credit_sheet(session, note.id)).with_timesheet()
        kept = frozen(work, note, document, sheet)
        work.note("invoice.credit", "invoice", invoice_id, credit=note.id, number=note.number, total=format(note.total, "f"),
                  minutes=sum(wanted.values()), xml_sha256=kept.xml_sha256)  # fmt: skip
        if key is not None:
            idempotency.settle(work, key, {"invoice_id": note.id, "number": note.number})
        session.flush()
        return get_inside(session, note.id)


def try_out(
    session: Session, invoice_id: str, minutes: Mapping[str, int | str], *, reason: str, today: date
) -> tuple[Credit, list[Release]]:  # fmt: skip
    """What a credit note would say and which minutes it would release, in the order of the lines; nothing is written.

    In and errors: as for ``credit``.
    """
    reason = checked_reason(reason)
    with reading(session):
        invoice = session.get(Invoice, invoice_id)
        if invoice is None:
            raise NotFound("invoice")
        if invoice.kind != INVOICE or invoice.state not in (ISSUED, PAID):
            raise Conflict("INVOICE_STATE", f"This document is {invoice.state}; an issued or paid invoice is credited.")
        lines = lines_of(session, invoice_id)
        wanted = _wanted(minutes, creditable(session, invoice_id), lines)
        made = _maker(session, invoice_id, lines, wanted, reason=reason, today=today)(DRAFT_NUMBER)
        refuse_problems(made.document, earlier=made.earlier)
        found = []
        for line in lines:
            rows = _open(session, line)
            entries = {each.id: entry for each, entry in rows}
            for name, taken in released([(each.id, each.minutes) for each, _ in rows], wanted.get(line.id, 0)):
                found.append(Release(line, entries[name], taken))
        return made, found


def _maker(
    session: Session, invoice_id: str, lines: Sequence[InvoiceLine], wanted: Mapping[str, int], *, reason: str, today: date
) -> Callable[[str], Credit]:  # fmt: skip
    """What makes the credit note under a number."""
    document, before = issued_document(session, invoice_id), _before(session, invoice_id)
    positions = {line.id: str(line.position) for line in lines}
    earlier = {positions[name]: taken for name, taken in before.items()}
    chosen = {positions[name]: taken for name, taken in wanted.items()}
    return lambda number: make_credit_note(document, chosen, before=earlier, number=number, issue_date=today, reason=reason)


def _wanted(minutes: Mapping[str, int | str], left: Mapping[str, int], lines: Sequence[InvoiceLine]) -> dict[str, int]:
    if set(minutes) - {line.id for line in lines}:
        raise NotFound("line of this invoice")
    found, wrong = {}, []
    for name, value in minutes.items():
        if value == ALL:
            found[name] = left[name]
        elif isinstance(value, bool) or not isinstance(value, int) or value < 0:
            wrong.append(FieldError(f"minutes.{name}", "MINUTES", f"Give whole minutes up to {left[name]}, or all."))
        else:
            found[name] = value
    if wrong:
        raise RequestInvalid(wrong)
    return found


def _before(session: Session, invoice_id: str) -> dict[str, int]:
    """Line id of the invoice → minutes that its credit notes took."""
    line = sa.orm.aliased(InvoiceLine)
    query = sa.select(InvoiceLine.id, sa.func.sum(line.minutes)).join(line, line.credits_line_id == InvoiceLine.id)
    rows = session.execute(query.where(InvoiceLine.invoice_id == invoice_id).group_by(InvoiceLine.id))
    return {name: int(taken) for name, taken in rows}


def _kept(work: UseCase, invoice: Invoice, document: Document, sequence: int, today: date, reason: str) -> Invoice:
    note = Invoice(
        id=uuid.uuid4().hex,
        kind=CREDIT,
        state=ISSUED,
        client_id=invoice.client_id,
        payment_days=invoice.payment_days,
        agreement=invoice.agreement,
        note=document.note,
        paid=ZERO,
        credited=ZERO,
        credits_id=invoice.id,
        reason=reason,
        created_at=work.now,
        created_by=work.actor,
        updated_at=work.now,
    )
    put_figures(note, document, SERIES[CREDIT], today.year, sequence)
    work.session.add(note)
    work.session.flush()
    return note


def _release(work: UseCase, line: InvoiceLine, credit_line_id: str, minutes: int) -> None:
    """Let go of the last minutes of the line: whole allocations, and of one more the end of it as a row of its own."""
    session = work.session
    open_ = {each.id: each for each, _ in _open(session, line)}
    for name, taken in released([(name, each.minutes) for name, each in open_.items()], minutes):
        each = open_[name]
        if taken == each.minutes:
            each.released_at, each.credit_line_id = work.now, credit_line_id
            continue
        each.minutes -= taken
        part = BillingAllocation(
            id=uuid.uuid4().hex, entry_id=each.entry_id, piece=each.piece + each.minutes, minutes=taken, free_minutes=each.free_minutes,
            invoice_id=each.invoice_id, line_id=each.line_id, released_at=work.now, credit_line_id=credit_line_id,
        )  # fmt: skip
        session.add(part)
    session.flush()


def _open(session: Session, line: InvoiceLine) -> list[tuple[BillingAllocation, TimeEntry]]:
    """What the line still holds, in the order of the work."""
    query = sa.select(BillingAllocation, TimeEntry).join(TimeEntry, TimeEntry.id == BillingAllocation.entry_id)
    mine = query.where(BillingAllocation.line_id == line.id, BillingAllocation.released_at.is_(None))
    rows = session.execute(mine.order_by(TimeEntry.work_date, TimeEntry.sequence, BillingAllocation.piece))
    return [(each, entry) for each, entry in rows]
