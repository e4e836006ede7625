"""Minutes as pages show them: each entry with its request, client, what will be charged of it, and its corrections."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.assistance import AssistanceRequest, MonthLock, TimeEntry
from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.invoices import BillingAllocation, Invoice
from dpa_service.adapters.db.models import Client
from dpa_service.domain.assistance.assistance import Settled
from dpa_service.services.assistance.assistance_requests import OPEN
from dpa_service.services.assistance.settlement import expected
from dpa_service.services.assistance.time_entries import APPROVED, REJECTED, invoiced, trouble, undecided
from dpa_service.services.errors import NotFound
from dpa_service.services.paging import search_form

MOST_CHOICES, MOST_QUEUED = 200, 300


@dataclass(frozen=True, slots=True)
class Row:
    """An entry. `settled`: what becomes of it if everything that waits is approved (None for a rejected one); `original` the entry it
    corrects, `correction` the one that corrects it; `invoiced`: on a draft or an invoice; `why_not`: the code why the one who looks
    cannot decide about it."""

    entry: TimeEntry
    request: AssistanceRequest
    client: Client
    settled: Settled | None
    original: TimeEntry | None
    correction: TimeEntry | None
    invoiced: bool
    why_not: str | None = None

    @property
    def counts(self) -> bool:
        """Whether its minutes are part of a total: neither rejected nor corrected."""
        return self.entry.state != REJECTED and self.correction is None


@dataclass(frozen=True, slots=True)
class Choice:
    """A request that minutes can be written on."""

    request: AssistanceRequest
    client: str


@dataclass(frozen=True, slots=True)
class OnInvoice:
    """Charged minutes of an entry on a draft or an invoice (0: on its timesheet only); `released`: credited or discarded since."""

    invoice_id: str
    number: str | None
    state: str
    minutes: int
    released: bool


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits for approval, by person and client; `more`: entries that are not shown for their number; and who and whose wait."""

    rows: Sequence[Row]
    more: int
    people: Sequence[str]
    clients: Sequence[tuple[str, str]]


def sheet(session: Session, person: str, first: date, last: date) -> list[Row]:
    """A person's entries from the first day to the last, in the order of the work."""
    query = sa.select(TimeEntry).where(TimeEntry.person == person, TimeEntry.work_date.between(first, last))
    with reading(session):
        return _rows(session, session.scalars(query.order_by(TimeEntry.work_date, TimeEntry.created_at, TimeEntry.id)).all())


def one(session: Session, entry_id: str) -> Row:
    """An entry. Error: ``NotFound``."""
    with reading(session):
        entry = session.get(TimeEntry, entry_id)
        if entry is None:
            raise NotFound("entry of time")
        return _rows(session, [entry])[0]


def on_invoices(session: Session, entry_id: str) -> list[OnInvoice]:
    """The drafts, invoices and timesheets that an entry stands on, in the order in which they were made."""
    query = sa.select(BillingAllocation, Invoice.id, Invoice.number, Invoice.state)
    query = query.join(Invoice, Invoice.id == BillingAllocation.invoice_id).where(BillingAllocation.entry_id == entry_id)
    with reading(session):
        rows = session.execute(query.order_by(Invoice.created_at, Invoice.id, BillingAllocation.piece)).all()
        return [OnInvoice(row[1], row[2], row[3], row[0].minutes, row[0].released_at is not None) for row in rows]


def queue(
    session: Session, actor: str, *, person: str | None = None, client_id: str | None = None, month: str | None = None
) -> Queue:  # fmt: skip
    """What waits, by person, client and day; `why_not` is about the actor's approving."""
    with reading(session):
        waits = undecided()
        people = session.scalars(sa.select(TimeEntry.person).where(waits).distinct().order_by(TimeEntry.person)).all()
        whose = sa.select(Client.id, Client.name).join(TimeEntry, TimeEntry.client_id == Client.id).where(waits).distinct()
        query = sa.select(TimeEntry).join(Client, Client.id == TimeEntry.client_id).where(waits)
        for column, value in ((TimeEntry.person, person), (TimeEntry.client_id, client_id)):
            query = query if value is None else query.where(column == value)
        if month is not None:
            query = query.where(sa.func.substr(sa.cast(TimeEntry.work_date, sa.String), 1, 7) == month)
        count = session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
        order = (TimeEntry.person, Client.name, Client.id, TimeEntry.work_date, TimeEntry.sequence)
        entries = session.scalars(query.order_by(*order).limit(MOST_QUEUED)).all()
        return Queue(
            _rows(session, entries, actor),
            count - len(entries),
            people,
            [(row[0], row[1]) for row in session.execute(whose.order_by(Client.name, Client.id))],
        )


def choices(session: Session, person: str) -> list[Choice]:
    """Open requests to write minutes on: those this person worked on last first, then the newest."""
    mine = sa.select(sa.func.max(TimeEntry.created_at)).where(
        TimeEntry.person == person, TimeEntry.request_id == AssistanceRequest.id
    )
    query = _with_client().where(AssistanceRequest.state == OPEN)
    query = query.order_by(mine.scalar_subquery().desc().nulls_last(), AssistanceRequest.created_at.desc(), AssistanceRequest.id)
    with reading(session):
        return [Choice(row[0], row[1]) for row in session.execute(query.limit(MOST_CHOICES))]


def find(session: Session, text: str) -> list[Choice]:
    """The request that a text means: its id, or a reference in it; else the open ones with these words in reference, case or client."""
    words = search_form(text).split()
    query = _with_client()
    with reading(session):
        exact = query.where(
            sa.or_(AssistanceRequest.id == text.strip(), sa.func.lower(AssistanceRequest.reference).in_(words[:20]))
        )
        found = session.execute(exact.limit(5)).all()
        if not found and words:
            for word in words[:20]:
                query = query.where(
                    sa.or_(
                        AssistanceRequest.reference.icontains(word, autoescape=True),
                        AssistanceRequest.case_reference.icontains(word, autoescape=True),
                        Client.search.contains(word, autoescape=True),
                    )
                )
            newest = AssistanceRequest.created_at.desc()
            found = session.execute(query.where(AssistanceRequest.state == OPEN).order_by(newest).limit(5)).all()
        return [Choice(row[0], row[1]) for row in found]


def _with_client() -> sa.Select[AssistanceRequest, str]:
    return sa.select(AssistanceRequest, Client.name).join(Client, Client.id == AssistanceRequest.client_id)


def _rows(session: Session, entries: Sequence[TimeEntry], actor: str | None = None) -> list[Row]:
    ids = [entry.id for entry in entries]
    requests = _by_id(session, AssistanceRequest, {entry.request_id for entry in entries})
    clients = _by_id(session, Client, {entry.client_id for entry in entries})
    originals = _by_id(session, TimeEntry, {entry.correction_of for entry in entries if entry.correction_of})
    newer = session.scalars(sa.select(TimeEntry).where(TimeEntry.correction_of.in_(ids), TimeEntry.state != REJECTED))
    corrections = {row.correction_of: row for row in newer}
    settled, held = expected(session, clients), invoiced(session, ids)
    locks = set(session.scalars(sa.select(MonthLock.month))) if actor else set()
    superseded = {str(old): row.id for old, row in corrections.items()}
    found = []
    for entry in entries:
        why = trouble(entry, APPROVED, actor, superseded, locks) if actor else None
        found.append(
            Row(
                entry, requests[entry.request_id], clients[entry.client_id], settled.get(entry.id),
                originals.get(str(entry.correction_of)), corrections.get(entry.id), entry.id in held, why.code if why else None,
            )
        )  # fmt: skip
    return found


def _by_id(session: Session, table: type[Any], ids: Collection[str]) -> dict[str, Any]:
    return {row.id: row for row in session.scalars(sa.select(table).where(table.id.in_(ids)))}
