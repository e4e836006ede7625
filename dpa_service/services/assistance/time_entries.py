"""Minutes worked: logged at the tariff of the work date, corrected by new entries, approved or rejected by a second person.

logged ──approve──► approved;  logged ──reject──► rejected. A correction is an entry of its own that names the one it replaces; once it
is approved, the old one is no longer charged. Everything about a client's minutes waits for the lock on that client.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from dpa_service.adapters.db.assistance import AssistanceRequest, MonthLock, TimeEntry
from dpa_service.adapters.db.engine import hold, reading
from dpa_service.adapters.db.invoices import BillingAllocation
from dpa_service.adapters.db.models import Client
from dpa_service.domain.assistance.assistance import tariff_to_dict
from dpa_service.domain.errors import DomainError, FieldError, RequestInvalid
from dpa_service.services import idempotency
from dpa_service.services.agreements.lifecycle import checked_reason
from dpa_service.services.assistance.assistance_schema import CorrectionBlock, EntryBlock, load
from dpa_service.services.assistance.tariffs import InForce, in_force
from dpa_service.services.errors import Conflict, NotFound
from dpa_service.services.use_case import UseCase, use_case

Json = dict[str, Any]
LOGGED, APPROVED, REJECTED = "logged", "approved", "rejected"
MONTHS = "months"  # the lock that who writes minutes shares and who locks a month has alone, so that none slip in meanwhile


def record(
    session: Session, request_id: str, data: Any, *, key: str | None = None, actor: str, now: datetime, today: date
) -> TimeEntry:  # fmt: skip
    """Minutes on a request. In: ``EntryBlock``; `key` makes a repeated call harmless.

    Error: ``NotFound``; ``RequestInvalid``; ``Conflict`` for a locked month or a key used with something else; ``DomainError`` NO_TERMS.
    """
    with use_case(session, actor=actor, now=now) as work:
        asked = {"do": "time.record", "request": request_id, "entry": data}
        if key is not None and (known := idempotency.claim(work, key, asked)):
            return session.get_one(TimeEntry, known["entry_id"])
        valid = checked(data, today)
        entry = add(work, request_of(work, request_id), valid, {})
        work.note("time.record", "time", entry.id, request=request_id, minutes=entry.minutes, work_date=valid["work_date"])
        if key is not None:
            idempotency.settle(work, key, {"entry_id": entry.id})
        return entry


def correct(
    session: Session, entry_id: str, data: Any, *, reason: str, key: str | None = None, actor: str, now: datetime, today: date
) -> TimeEntry:  # fmt: skip
    """The right figures of an entry, as a new entry that waits for approval. In: ``CorrectionBlock``; 0 minutes undo the entry.

    Error: ``NotFound``; ``RequestInvalid``; ``Conflict``: INVOICED (credit or discard first), CORRECTED (correct the newer one), REJECTED,
    MONTH_LOCKED.
    """
    reason = checked_reason(reason)
    with use_case(session, actor=actor, now=now) as work:
        asked = {"do": "time.correct", "entry": entry_id, "data": data, "reason": reason}
        if key is not None and (known := idempotency.claim(work, key, asked)):
            return session.get_one(TimeEntry, known["entry_id"])
        old = locked(work, [entry_id])[0]
        changes = load(CorrectionBlock(), data)
        if old.state == REJECTED:
            raise Conflict("REJECTED", "This entry was rejected; write the right one down as a new entry.")
        if corrected_by(session, [entry_id]):
            raise Conflict("CORRECTED", "This entry has a correction already; correct or reject that one.")
        if invoiced(session, [entry_id]):
            message = "This entry is on an invoice. Discard the draft, or credit these minutes first; then correct the entry."
            raise Conflict("INVOICED", message)
        same = {name: getattr(old, name) for name in ("minutes", "note", "person", "caused", "first_audit_day", "audit_failing")}
        valid = {**same, "work_date": old.work_date.isoformat(), **changes}
        _refuse_day(valid, today)
        _refuse_locked(session, old.work_date)
        entry = add(work, session.get_one(AssistanceRequest, old.request_id), valid, {}, correction_of=entry_id, reason=reason)
        work.note("time.correct", "time", entry.id, corrects=entry_id, before=old.minutes, minutes=entry.minutes)
        if key is not None:
            idempotency.settle(work, key, {"entry_id": entry.id})
        return entry


@dataclass(frozen=True, slots=True)
class NotDecided:
    """An entry that was not approved or rejected: its id, the code and why."""

    entry_id: str
    code: str
    message: str


def approve(session: Session, entry_ids: Sequence[str], *, actor: str, now: datetime) -> list[NotDecided]:
    """Approve entries that somebody else worked and wrote down. Out: those that were not approved, and why; the others are.

    Approving what is approved already changes nothing. Error: ``NotFound`` for an entry that does not exist.
    """
    return _decide(session, entry_ids, APPROVED, None, actor, now)


def reject(session: Session, entry_ids: Sequence[str], *, reason: str, actor: str, now: datetime) -> list[NotDecided]:
    """Reject entries, with a reason; they are never charged. Out: as ``approve``. Error: ``NotFound``, ``RequestInvalid``."""
    return _decide(session, entry_ids, REJECTED, checked_reason(reason), actor, now)


def waive(session: Session, entry_id: str, *, reason: str, actor: str, now: datetime) -> TimeEntry:
    """Decide not to charge an entry; it uses up no free time. Error: ``NotFound``, ``RequestInvalid``; ``Conflict`` once invoiced."""
    reason = checked_reason(reason)
    with use_case(session, actor=actor, now=now) as work:
        entry = locked(work, [entry_id])[0]
        if invoiced(session, [entry_id]):
            raise Conflict("INVOICED", "This entry is on an invoice; discard the draft or credit the line instead.")
        entry.waived = reason
        session.flush()
        work.note("time.waive", "time", entry_id)
        return entry


def waiting(
    session: Session, *, person: str | None = None, client_id: str | None = None, limit: int = 500
) -> Sequence[TimeEntry]:
    """Entries that wait for approval, the oldest work first; of a corrected entry only its correction."""
    query = sa.select(TimeEntry).where(undecided())
    if person is not None:
        query = query.where(TimeEntry.person == person)
    if client_id is not None:
        query = query.where(TimeEntry.client_id == client_id)
    with reading(session):
        return session.scalars(query.order_by(TimeEntry.work_date, TimeEntry.client_id, TimeEntry.sequence).limit(limit)).all()


def of_person(session: Session, person: str, first: date, last: date) -> Sequence[TimeEntry]:
    """A person's entries from the first day to the last one: the day sheet."""
    query = sa.select(TimeEntry).where(TimeEntry.person == person, TimeEntry.work_date.between(first, last))
    with reading(session):
        return session.scalars(query.order_by(TimeEntry.work_date, TimeEntry.created_at, TimeEntry.id)).all()


# ---- inside a transaction --------------------------------------------------------------------------------------------


def undecided() -> sa.ColumnElement[bool]:
    """Which entries wait for somebody's decision: about a corrected one nobody decides any more, only about its correction."""
    newer = aliased(TimeEntry)
    corrected = sa.exists().where(newer.correction_of == TimeEntry.id, newer.state != REJECTED)
    return sa.and_(TimeEntry.state == LOGGED, ~corrected)


def checked(data: Any, today: date) -> Json:
    """An entry in its normal form. Error: ``RequestInvalid``."""
    valid = load(EntryBlock(), data)
    _refuse_day(valid, today)
    return valid


def request_of(work: UseCase, request_id: str) -> AssistanceRequest:
    """The request, with its client locked. Error: ``NotFound``."""
    row = work.session.get(AssistanceRequest, request_id)
    if row is None:
        raise NotFound("assistance request")
    work.session.get(Client, row.client_id, with_for_update=True)
    return row


def add(
    work: UseCase, request: AssistanceRequest, valid: Mapping[str, Any], seen: dict[str, InForce], *, correction_of: str | None = None,
    reason: str | None = None,
) -> TimeEntry:  # fmt: skip
    """The entry, with the tariff of its day. In: a request whose client is locked. Error: ``Conflict`` MONTH_LOCKED; NO_TERMS."""
    session, day = work.session, date.fromisoformat(valid["work_date"])
    _refuse_locked(session, day)
    terms = in_force(session, request.client_id, day, seen)
    last = session.scalar(sa.select(sa.func.max(TimeEntry.sequence)).where(TimeEntry.client_id == request.client_id))
    entry = TimeEntry(
        id=uuid.uuid4().hex,
        client_id=request.client_id,
        request_id=request.id,
        sequence=(last or 0) + 1,
        work_date=day,
        person=valid.get("person") or work.actor,
        minutes=valid["minutes"],
        note=valid["note"],
        agreement_id=terms.agreement_id,
        tariff=tariff_to_dict(terms.tariff),
        rate=terms.tariff.rate_for(request.duty),
        increment=terms.tariff.increment,
        sources=list(terms.sources),
        caused=bool(valid.get("caused", request.caused)),
        first_audit_day=bool(valid.get("first_audit_day")),
        audit_failing=bool(valid.get("audit_failing")),
        waived=None,
        state=LOGGED,
        decided_by=None,
        decided_at=None,
        correction_of=correction_of,
        reason=reason,
        external_key=valid.get("external_key"),
        created_at=work.now,
        created_by=work.actor,
    )
    session.add(entry)
    session.flush()
    return entry


def locked(work: UseCase, entry_ids: Sequence[str]) -> list[TimeEntry]:
    """Entries in the order given, with their clients locked in one order for everybody. Error: ``NotFound``."""
    session = work.session
    clients = session.scalars(sa.select(TimeEntry.client_id).where(TimeEntry.id.in_(entry_ids)).distinct()).all()
    for client_id in sorted(clients):
        session.get(Client, client_id, with_for_update=True)
    query = sa.select(TimeEntry).where(TimeEntry.id.in_(entry_ids)).execution_options(populate_existing=True)
    found = {entry.id: entry for entry in session.scalars(query)}
    if any(name not in found for name in entry_ids):
        raise NotFound("entry of time")
    return [found[name] for name in dict.fromkeys(entry_ids)]


def corrected_by(session: Session, entry_ids: Sequence[str]) -> dict[str, str]:
    """Entry → its correction that was not rejected."""
    query = sa.select(TimeEntry.correction_of, TimeEntry.id).where(
        TimeEntry.correction_of.in_(entry_ids), TimeEntry.state != REJECTED
    )
    return {str(old): new for old, new in session.execute(query)}


def invoiced(session: Session, entry_ids: Sequence[str]) -> set[str]:
    """Those of the entries that have charged minutes on a draft or an invoice which were not credited."""
    query = sa.select(BillingAllocation.entry_id).where(
        BillingAllocation.entry_id.in_(entry_ids), BillingAllocation.released_at.is_(None), BillingAllocation.minutes > 0
    )
    return set(session.scalars(query))


def _decide(
    session: Session, entry_ids: Sequence[str], state: str, reason: str | None, actor: str, now: datetime
) -> list[NotDecided]:  # fmt: skip
    left: list[NotDecided] = []
    with use_case(session, actor=actor, now=now) as work:
        entries = locked(work, entry_ids)
        newer = corrected_by(session, entry_ids)
        locks = _locks(session, {entry.work_date for entry in entries})
        for entry in entries:
            why = trouble(entry, state, actor, newer, locks)
            if why is not None:
                left.append(NotDecided(entry.id, why.code, why.message))
            elif entry.state == LOGGED:
                entry.state, entry.decided_by, entry.decided_at = state, actor, now
                entry.refusal = reason
                work.note(f"time.{'approve' if state == APPROVED else 'reject'}", "time", entry.id, minutes=entry.minutes)
        session.flush()
    return left


def trouble(
    entry: TimeEntry, state: str, actor: str, newer: Mapping[str, str], locks: Collection[str]
) -> DomainError | None:  # fmt: skip
    """Why the actor cannot bring an entry in this state, or None. In: entry → correction, and the locked months."""
    if entry.state == state:
        return None
    if entry.state != LOGGED:
        return Conflict("DECIDED", f"This entry is {entry.state} already.")
    if actor in (entry.person, entry.created_by):
        return Conflict("OWN_ENTRY", "Somebody else than who worked or wrote it down decides about it.")
    if entry.id in newer:
        return Conflict("CORRECTED", "This entry has a correction; decide about that one.")
    if f"{entry.work_date:%Y-%m}" in locks:
        return _month_locked(entry.work_date)
    return None


def _refuse_day(valid: Mapping[str, Any], today: date) -> None:
    if date.fromisoformat(valid["work_date"]) > today:
        raise RequestInvalid(
            [FieldError("work_date", "FUTURE", "This day is still to come; write minutes down once they were worked.")]
        )


def _refuse_locked(session: Session, day: date) -> None:
    if _locks(session, {day}):
        raise _month_locked(day)


def _month_locked(day: date) -> Conflict:
    return Conflict("MONTH_LOCKED", f"The month {day:%Y-%m} is locked; unlock it first, or write the minutes on a later day.")


def _locks(session: Session, days: set[date]) -> set[str]:
    """Those of the months of these days that are locked."""
    hold(session, MONTHS, shared=True)
    months = {f"{day:%Y-%m}" for day in days}
    return set(session.scalars(sa.select(MonthLock.month).where(MonthLock.month.in_(months))))
