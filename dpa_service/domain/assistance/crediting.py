"""Credit notes: by line or by minutes, with positive amounts and a reference to the invoice; and the minutes they release. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from dpa_service.domain.assistance.assistance import ZERO, amount
from dpa_service.domain.assistance.invoicing import (
    CREDIT_NOTE,
    VAT_REFUND,
    Attachment,
    Invoice,
    InvoiceError,
    Line,
    Preceding,
    printed_hours,
    vat_on,
)


@dataclass(frozen=True, slots=True)
class Credit:
    """A credit note; the minutes it takes back (line id of the invoice → minutes); and `earlier`, the net amount credited before."""

    document: Invoice
    minutes: Mapping[str, int]
    earlier: Decimal


def make_credit_note(
    invoice: Invoice,
    minutes: Mapping[str, int],
    *,
    before: Mapping[str, int],
    number: str,
    issue_date: date,
    reason: str,
    attachments: tuple[Attachment, ...] = (),
) -> Credit:
    """A credit note for minutes of lines of an issued invoice. Amounts are positive.

    In: line id → minutes to credit now, and `before`: what earlier credit notes of this invoice took. Each amount is what the
    invoice would lose: the amount for all minutes credited so far less the amount of those before. So an invoice credited in
    any number of parts comes to exactly nothing, at the price of at most one cent against hours × rate in a later part.
    Raises InvoiceError for an unknown line, for more minutes than are left, and for nothing to credit.
    """
    known = {line.id: line for line in invoice.lines}
    for name, wanted in minutes.items():
        if name not in known:
            raise InvoiceError("UNKNOWN_LINE", f"Invoice {invoice.number} has no line {name}.")
        left = known[name].minutes - before.get(name, 0)
        if not 0 <= wanted <= left:
            raise InvoiceError("CREDIT_TOO_MUCH", f"Line {name} has {left} minutes left to credit; {wanted} were asked.")
    lines = tuple(
        _credited(known[name], wanted, before.get(name, 0), str(n))
        for n, (name, wanted) in enumerate(
            ((line.id, minutes.get(line.id, 0)) for line in invoice.lines if minutes.get(line.id)), 1
        )
    )
    if not lines:
        raise InvoiceError("NOTHING_TO_CREDIT", "Choose at least one line, or minutes of one, to credit.")
    group = invoice.vat[0]
    earlier = sum((amount(before.get(line.id, 0), line.rate) for line in invoice.lines), ZERO)
    net = sum((line.net for line in lines), ZERO)
    tax = vat_on(earlier + net, group.rate) - vat_on(earlier, group.rate)
    words = [f"Creditnota bij factuur {invoice.number} van {invoice.issue_date:%d/%m/%Y}: {reason}."]
    if group.category == "S":
        words.append(VAT_REFUND)
    document = replace(
        invoice, type_code=CREDIT_NOTE, number=number, issue_date=issue_date, due_date=None,
        start=min(line.start for line in lines), end=max(line.end for line in lines), lines=lines,
        vat=(replace(group, taxable=net, tax=tax),), net=net, tax=tax, total=net + tax, payable=net + tax, communication=None,
        payment_terms=f"In mindering van factuur {invoice.number}; een betaald bedrag wordt terugbetaald.", note=" ".join(words),
        preceding=Preceding(invoice.number, invoice.issue_date), attachments=attachments,
    )  # fmt: skip
    return Credit(document, {name: wanted for name, wanted in minutes.items() if wanted}, earlier)


def _credited(line: Line, minutes: int, before: int, name: str) -> Line:
    net = amount(before + minutes, line.rate) - amount(before, line.rate)
    raw = line.raw_minutes if minutes == line.minutes else min(minutes, line.raw_minutes)
    return replace(line, id=name, minutes=minutes, raw_minutes=raw, net=net, hours=printed_hours(minutes, line.rate, net))


def released(charges: Sequence[tuple[str, int]], minutes: int) -> list[tuple[str, int]]:
    """Which entries a credit of a line's minutes releases: (entry id, minutes), the last work first.

    In: the line's charges that are not yet released, in the order of the work. Raises InvoiceError when they hold fewer minutes.
    """
    found, left = [], minutes
    for entry, open_minutes in reversed(charges):
        taken = min(left, open_minutes)
        if taken:
            found.append((entry, taken))
        left -= taken
    if left:
        raise InvoiceError("CREDIT_TOO_MUCH", f"The line has {minutes - left} minutes left to release; {minutes} were asked.")
    return found
