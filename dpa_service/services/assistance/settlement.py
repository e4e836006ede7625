"""What became of a client's minutes: which are free and why, which are on an invoice, which wait to be charged. Inside a transaction.

Only approved entries count. An entry that has been on an invoice keeps the free time it took then (`free_minutes` of its allocations).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.assistance import AssistanceRequest, TimeEntry
from dpa_service.adapters.db.invoices import BillingAllocation
from dpa_service.domain.assistance.assistance import Entry, Settled, settle, tariff_from_dict
from dpa_service.services.assistance.time_entries import APPROVED, LOGGED, REJECTED


@dataclass(frozen=True, slots=True)
class Standing:
    """One approved entry: what it is settled at, its allocations, and `held`: a correction of it waits for approval.

    raw + rounding = billed = not charged (with reason) + invoiced + unbilled, always.
    """

    row: TimeEntry
    settled: Settled
    allocations: Sequence[BillingAllocation]
    held: bool

    @property
    def invoiced(self) -> int:
        """Charged minutes on drafts and invoices, credited ones taken off."""
        return sum(each.minutes for each in self.allocations if each.released_at is None)

    @property
    def unbilled(self) -> int:
        """Charged minutes that no invoice holds."""
        return self.settled.charged - self.invoiced

    @property
    def seen(self) -> bool:
        """Whether it has been on an invoice or its timesheet."""
        return bool(self.allocations)

    def gaps(self) -> list[tuple[int, int]]:
        """The unbilled minutes as (first minute, how many): what is charged less the pieces that invoices hold."""
        taken = sorted((each.piece, each.minutes) for each in self.allocations if each.released_at is None and each.minutes)
        found, at = [], 0
        for piece, minutes in [*taken, (self.settled.charged, 0)]:
            if piece > at:
                found.append((at, piece - at))
            at = max(at, piece + minutes)
        return found


def standings(session: Session, client_ids: Iterable[str]) -> dict[str, list[Standing]]:
    """Client → its approved entries in the order of the work."""
    found: dict[str, list[Standing]] = {}
    wanted = sorted(client_ids)
    for start in range(0, len(wanted), 200):
        found |= _some(session, wanted[start : start + 200])
    return found


def expected(session: Session, client_ids: Iterable[str]) -> dict[str, Settled]:
    """Entry → what would become of it if everything that waits were approved today: what a page says beforehand."""
    found: dict[str, Settled] = {}
    wanted = sorted(client_ids)
    for start in range(0, len(wanted), 200):
        for rows in _some(session, wanted[start : start + 200], (APPROVED, LOGGED)).values():
            found |= {item.row.id: item.settled for item in rows}
    return found


def _some(
    session: Session, client_ids: Sequence[str], counted: Collection[str] = (APPROVED,)
) -> dict[str, list[Standing]]:  # fmt: skip
    mine = TimeEntry.client_id.in_(client_ids)
    query = sa.select(TimeEntry, AssistanceRequest.reference, AssistanceRequest.duty).join(
        AssistanceRequest, AssistanceRequest.id == TimeEntry.request_id
    )
    rows = session.execute(query.where(mine, TimeEntry.state != REJECTED)).all()
    allocations: dict[str, list[BillingAllocation]] = defaultdict(list)
    join = sa.select(BillingAllocation).join(TimeEntry, TimeEntry.id == BillingAllocation.entry_id)
    for each in session.scalars(join.where(mine).order_by(BillingAllocation.entry_id, BillingAllocation.piece)):
        allocations[each.entry_id].append(each)
    by_client: dict[str, list[tuple[TimeEntry, str, str]]] = defaultdict(list)
    for entry, reference, duty in rows:
        by_client[entry.client_id].append((entry, reference, duty))
    return {client: _client(found, allocations, counted) for client, found in by_client.items()}


def _client(
    rows: Sequence[tuple[TimeEntry, str, str]], allocations: Mapping[str, Any], counted: Collection[str]
) -> list[Standing]:  # fmt: skip
    known = {row.id: row for row, _, _ in rows}
    held = {row.correction_of for row in known.values() if row.state == LOGGED and row.correction_of}
    approved = {row.id: entry_of(row, reference, duty, known, counted) for row, reference, duty in rows if row.state in counted}
    frozen = {name: allocations[name][0].free_minutes for name in approved if name in allocations}
    return [Standing(known[item.entry.id], item, allocations.get(item.entry.id, ()), item.entry.id in held)
            for item in settle(approved.values(), frozen)]  # fmt: skip


def entry_of(
    row: TimeEntry, reference: str, duty: str, known: Mapping[str, TimeEntry], counted: Collection[str] = (APPROVED,)
) -> Entry:  # fmt: skip
    """The entry of the domain. A correction of a correction that was never approved replaces the entry before that."""
    replaces = row.correction_of
    while replaces is not None and (old := known.get(replaces)) is not None and old.state not in counted:
        replaces = old.correction_of
    return Entry(
        id=row.id,
        sequence=row.sequence,
        work_date=row.work_date,
        request=reference,
        duty=duty,
        minutes=row.minutes,
        tariff=tariff_from_dict(row.tariff),
        replaces=replaces,
        caused=row.caused,
        first_audit_day=row.first_audit_day,
        audit_failing=row.audit_failing,
        waived=row.waived is not None,
    )
