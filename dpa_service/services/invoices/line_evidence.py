"""What stands behind each line of an invoice or credit note, from the clause to the amount: the unbroken chain, for people to read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.assistance import AssistanceRequest, TimeEntry
from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.invoices import BillingAllocation, Invoice, InvoiceLine
from dpa_service.domain.assistance.assistance import (
    ALLOWANCE,
    REPLACED,
    Tariff,
    billed_minutes,
    reason_free,
    tariff_from_dict,
)
from dpa_service.domain.assistance.clause_quotes import Quote, quotes
from dpa_service.domain.assistance.duties import DUTIES
from dpa_service.domain.assistance.timesheet import EARLIER
from dpa_service.services.assistance.settlement import entry_of
from dpa_service.services.assistance.tariffs import snapshot_of
from dpa_service.services.assistance.time_entries import APPROVED
from dpa_service.services.errors import NotFound
from dpa_service.services.invoices.billing import CREDIT, lines_of

Json = dict[str, Any]
AUDIT_TERMS = {"audit_rate_cap", "audit_cost"}  # what an audit costs, and nothing else
KEPT = "kept"  # on a credit note: the minutes of an entry that stay on the invoice


@dataclass(frozen=True, slots=True)
class Work:
    """One entry behind a line: raw + rounding = `billed` = `parts` (reason, minutes) + `charged` here; `credited` of those since."""

    entry: TimeEntry
    billed: int
    parts: tuple[tuple[str, int], ...]
    charged: int
    credited: int

    @property
    def rounding(self) -> int:
        """Minutes that rounding up adds."""
        return self.billed - self.entry.minutes


@dataclass(frozen=True, slots=True)
class Other:
    """A line of another document that has to do with this one: the invoice's line, or a credit note's."""

    invoice_id: str
    number: str
    position: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Chain:
    """A line with what stands behind it; `line` is None for work that is on the timesheet only because nothing of it is charged.

    `agreement` and `quotes` are those of the work date, `deviations` the departures from the standard that shaped the tariff.
    `others`: for a line of an invoice the lines that credited it, for a credit note's the line it credits.
    """

    line: InvoiceLine | None
    request: AssistanceRequest
    agreement_id: str
    tariff: Tariff
    quotes: Sequence[Quote]
    deviations: Sequence[Json]
    work: Sequence[Work]
    others: Sequence[Other]

    def total(self, what: str) -> int:
        """Minutes of all its entries: raw, rounding, billed, charged or credited."""
        return sum(each.entry.minutes if what == "raw" else int(getattr(each, what)) for each in self.work)

    @property
    def not_charged(self) -> dict[str, int]:
        """Reason → minutes."""
        found: dict[str, int] = defaultdict(int)
        for each in self.work:
            for reason, minutes in each.parts:
                found[reason] += minutes
        return dict(found)

    @property
    def approvals(self) -> list[tuple[str, Any, int]]:
        """Who approved, when (the last time), and how many entries."""
        found: dict[str, list[Any]] = defaultdict(list)
        for each in self.work:
            if each.entry.decided_by:
                found[each.entry.decided_by].append(each.entry.decided_at)
        return [(person, max(moments), len(moments)) for person, moments in found.items()]


def chains(session: Session, invoice_id: str) -> list[Chain]:
    """What stands behind each line, in the order of the lines; then work of which nothing is charged. Error: ``NotFound``."""
    with reading(session):
        invoice = session.get(Invoice, invoice_id)
        if invoice is None:
            raise NotFound("invoice")
        lines = lines_of(session, invoice_id)
        held = _held(session, invoice, lines)
        wanted = {line.request_id for line in lines} | {each.entry.request_id for group in held.values() for each in group}
        requests = {row.id: row for row in _by_ids(session, AssistanceRequest, wanted)}
        others = _others(session, lines)
        snapshots = {each.entry.agreement_id: Json() for group in held.values() for each in group}
        snapshots = {name: snapshot_of(session, name) for name in snapshots}

        def chain(line: InvoiceLine | None, work: Sequence[Work]) -> Chain:
            first = work[0].entry
            request, snapshot = requests[first.request_id], snapshots[first.agreement_id]
            reasons = list(dict.fromkeys(reason for each in work for reason, _ in each.parts))
            return Chain(
                line, request, first.agreement_id, tariff_from_dict(first.tariff), quotes(snapshot, request.duty, reasons),
                _deviations(snapshot, request.duty, work), work, others.get(line.id, ()) if line else (),
            )  # fmt: skip

        found = [chain(line, held[line.id]) for line in lines if held.get(line.id)]
        return found + [chain(None, group) for group in _apart(held.get("", ()))]


def _held(session: Session, invoice: Invoice, lines: Sequence[InvoiceLine]) -> dict[str, list[Work]]:
    """Line id (or "" for nothing charged) → its entries in the order of the work."""
    credit = invoice.kind == CREDIT
    query = sa.select(TimeEntry, BillingAllocation).join(BillingAllocation, BillingAllocation.entry_id == TimeEntry.id)
    if credit:
        query = query.where(BillingAllocation.credit_line_id.in_([line.id for line in lines]))
    else:
        query = query.where(BillingAllocation.invoice_id == invoice.id)
    rows: dict[str, dict[str, list[BillingAllocation]]] = defaultdict(lambda: defaultdict(list))
    entries: dict[str, TimeEntry] = {}
    for entry, held in session.execute(query.order_by(TimeEntry.work_date, TimeEntry.sequence)):
        entries[entry.id] = entry
        rows[(held.credit_line_id if credit else held.line_id) or ""][entry.id].append(held)
    free = _free(session, [(entries[name], held[0].free_minutes) for name, held in rows.pop("", {}).items()])
    found = {line: [_charged(entries[name], held, credit) for name, held in group.items()] for line, group in rows.items()}
    return found | {"": free}


def _charged(entry: TimeEntry, held: Sequence[BillingAllocation], credit: bool) -> Work:
    """An entry of which a line charges, or a credit note's line gives back, the minutes of `held`."""
    billed, free = billed_minutes(entry.minutes, entry.increment), held[0].free_minutes
    here = sum(each.minutes for each in held)
    rest = billed - free - here
    parts = ((ALLOWANCE, free), (KEPT if credit else EARLIER, rest))
    since = 0 if credit else sum(each.minutes for each in held if each.released_at is not None)
    return Work(entry, billed, tuple(part for part in parts if part[1]), here, since)


def _free(session: Session, entries: Sequence[tuple[TimeEntry, int]]) -> list[Work]:
    """Entries that are on the timesheet only, each with the reason why nothing of it is charged. In: with the free time each took."""
    query = sa.select(TimeEntry.correction_of).where(
        TimeEntry.correction_of.in_([entry.id for entry, _ in entries]), TimeEntry.state == APPROVED
    )
    replaced = set(session.scalars(query))
    duties = {row.id: row.duty for row in _by_ids(session, AssistanceRequest, {entry.request_id for entry, _ in entries})}
    found = []
    for entry, free in entries:
        whole = reason_free(entry_of(entry, "", duties[entry.request_id], {}))
        reason = ALLOWANCE if free else whole or (REPLACED if entry.id in replaced else ALLOWANCE)
        billed = billed_minutes(entry.minutes, entry.increment)
        found.append(Work(entry, billed, ((reason, billed),), 0, 0))
    return found


def _apart(work: Iterable[Work]) -> list[list[Work]]:
    """Entries that are not charged, by request and agreement."""
    found: dict[tuple[str, str], list[Work]] = defaultdict(list)
    for each in work:
        found[each.entry.request_id, each.entry.agreement_id].append(each)
    return list(found.values())


def _deviations(snapshot: Json, name: str, work: Sequence[Work]) -> list[Json]:
    """The departures from the standard that shaped what a duty costs, as standard and agreed words."""
    others = {each.billable for each in DUTIES.values() if each.id != name} | (AUDIT_TERMS if name != "audit" else set())
    sources = {each["parameter"]: each for item in work for each in item.entry.sources if each["parameter"] not in others}
    known = {each["id"]: each for each in snapshot["deviations"]}
    found = []
    for name, source in sources.items():
        change = next((one for one in known.get(source["deviation"], {}).get("changes", ()) if one["parameter"] == name), None)
        standard = change["standard_text"] if change else ""
        found.append({"id": source["deviation"], "label": source["label"], "agreed": source["text"], "standard": standard})
    return found


def _others(session: Session, lines: Sequence[InvoiceLine]) -> dict[str, list[Other]]:
    found: dict[str, list[Other]] = defaultdict(list)
    query = sa.select(InvoiceLine, Invoice.number).join(Invoice, Invoice.id == InvoiceLine.invoice_id)
    credits = {line.credits_line_id: line for line in lines if line.credits_line_id}
    for row, number in session.execute(query.where(InvoiceLine.id.in_(credits))):
        found[credits[row.id].id].append(Other(row.invoice_id, str(number), row.position, row.minutes))
    mine = query.where(InvoiceLine.credits_line_id.in_([line.id for line in lines]))
    for row, number in session.execute(mine.order_by(Invoice.year, Invoice.sequence)):
        found[str(row.credits_line_id)].append(Other(row.invoice_id, str(number), row.position, row.minutes))
    return found


def _by_ids(session: Session, table: type[Any], ids: Iterable[str]) -> Sequence[Any]:
    return session.scalars(sa.select(table).where(table.id.in_(sorted(ids)))).all()
