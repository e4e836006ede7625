"""The timesheet that goes with an invoice or credit note: every entry with its raw and billed minutes, what is not charged and why. Pure.

It accounts for every minute: raw + rounding = billed = charged + not charged, per entry and in total. On the timesheet of a credit
note "charged" are the minutes it takes back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dpa_service.domain.assistance.assistance import REASONS, Entry, Settled
from dpa_service.domain.assistance.invoicing import DraftLine, Line, line_key
from dpa_service.domain.errors import DomainError

EARLIER = "invoiced_before"  # on a second invoice, after a credit note for part of the minutes: the part that was not released
KEPT = "not_credited"  # on a credit note: minutes of the entry that it does not take back, charged or free


@dataclass(frozen=True, slots=True)
class Row:
    """One entry: `parts` are the (reason, minutes) not charged here, `charged` what this invoice charges. `text` has no names."""

    work_date: date
    text: str
    raw: int
    billed: int
    parts: tuple[tuple[str, int], ...]
    charged: int


@dataclass(frozen=True, slots=True)
class Group:
    """The entries of one invoice line, or of a request (at one rate) of which nothing is charged: then `line` is None.

    `request` is the house's reference of the request, `case` the client's own of its case, where it gave one.
    """

    line: Line | None
    request: str
    title: str
    basis: str
    rate: Decimal
    rows: tuple[Row, ...]
    case: str | None = None

    @property
    def raw(self) -> int:
        """Registered minutes."""
        return sum(row.raw for row in self.rows)

    @property
    def billed(self) -> int:
        """Minutes after rounding up."""
        return sum(row.billed for row in self.rows)

    @property
    def charged(self) -> int:
        """Charged minutes."""
        return sum(row.charged for row in self.rows)


@dataclass(frozen=True, slots=True)
class Timesheet:
    """All groups, those of the invoice's lines first and in their order."""

    groups: tuple[Group, ...]

    def total(self, what: Callable[[Group], int]) -> int:
        """The sum over the groups: ``total(lambda group: group.raw)``."""
        return sum(what(group) for group in self.groups)

    @property
    def reasons(self) -> dict[str, int]:
        """Minutes not charged, by reason, in the order of REASONS."""
        found = Counter[str]()
        for group in self.groups:
            for row in group.rows:
                found.update(dict(row.parts))
        return {reason: found[reason] for reason in (*REASONS, EARLIER, KEPT) if found[reason]}


def timesheet(
    drafts: Iterable[DraftLine],
    settled: Iterable[Settled],
    words: Mapping[str, str],
    *,
    title: Callable[[Entry], str],
    basis: Callable[[Entry], str],
    cases: Mapping[str, str | None] | None = None,
) -> Timesheet:
    """The timesheet of an invoice.

    In: its lines with their charges; what became of those entries and of the entries that the client is shown although nothing of
    them is charged; `words`: entry id → what was done, as the client may read it; and `cases`: request → the client's own reference.
    Raises DomainError for a charge whose entry is not among the settled, because then the sheet would not account for every minute.
    """
    items = sorted(settled, key=lambda item: (item.entry.work_date, item.entry.sequence))
    lines = {line_key(draft.charges[0].entry): draft for draft in drafts}
    charged = {charge.entry.id: charge.minutes for draft in lines.values() for charge in draft.charges}
    if unknown := set(charged) - {item.entry.id for item in items}:
        raise DomainError(
            "TIMESHEET", f"The invoice charges entries that the timesheet does not know: {', '.join(sorted(unknown))}."
        )
    rows: dict[tuple[str, str, str, Decimal], list[Row]] = {key: [] for key in lines}
    first: dict[tuple[str, str, str, Decimal], Entry] = {}
    for item in items:
        key = line_key(item.entry)
        first.setdefault(key, item.entry)
        rows.setdefault(key, []).append(_row(item, words, charged.get(item.entry.id, 0)))
    groups = []
    for key, found in rows.items():
        line, entry = lines[key].line if key in lines else None, first[key]
        texts = (line.text, line.basis) if line else (title(entry), basis(entry))
        groups.append(Group(line, entry.request, *texts, entry.rate, tuple(found), (cases or {}).get(entry.request)))
    return Timesheet(tuple(groups))


@dataclass(frozen=True, slots=True)
class Released:
    """An entry of which a credit note takes `minutes` back: what was done, its raw minutes and those after rounding up."""

    work_date: date
    text: str
    raw: int
    billed: int
    minutes: int


def credit_timesheet(lines: Iterable[tuple[Line, str | None, Iterable[Released]]]) -> Timesheet:
    """The timesheet of a credit note. In: its lines, each with the client's reference of the case and what it releases.

    Raises DomainError where a line does not release exactly its own minutes.
    """
    groups = []
    for line, case, found in lines:
        rows = tuple(
            Row(each.work_date, each.text, each.raw, each.billed, ((KEPT, kept),) if (kept := each.billed - each.minutes) else (), each.minutes)
            for each in found
        )  # fmt: skip
        if sum(row.charged for row in rows) != line.minutes:
            raise DomainError("TIMESHEET", f"Line {line.id} credits {line.minutes} minutes and does not release as many.")
        groups.append(Group(line, line.reference, line.text, line.basis, line.rate, rows, case))
    return Timesheet(tuple(groups))


def _row(item: Settled, words: Mapping[str, str], charged: int) -> Row:
    earlier = item.charged - charged
    parts = (*item.parts, (EARLIER, earlier)) if earlier else item.parts
    return Row(item.entry.work_date, words.get(item.entry.id, ""), item.entry.minutes, item.billed, parts, charged)
