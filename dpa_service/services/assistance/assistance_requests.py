"""Assistance requests: opened under a duty with its clocks and checklist, logged, forwarded with proof, closed.

open ──close──► closed ──reopen──► open. Texts hold case references; what looks like a person's name is pointed out, never refused.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from dpa_service.adapters.db.assistance import AssistanceEvent, AssistanceRequest
from dpa_service.adapters.db.models import Client
from dpa_service.adapters.db.numbering import next_number
from dpa_service.domain.assistance.duties import duty
from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.services import idempotency
from dpa_service.services.agreements.lifecycle import checked_reason
from dpa_service.services.assistance import assistance_clocks
from dpa_service.services.assistance.assistance_schema import ForwardBlock, IncidentBlock, NoteBlock, RequestBlock, load
from dpa_service.services.assistance.tariffs import in_force
from dpa_service.services.errors import Conflict, NotFound, Stale
from dpa_service.services.use_case import UseCase, use_case

Json = dict[str, Any]
OPEN, CLOSED = "open", "closed"
SERIES = "BIJ"
NOTE, FORWARDED, CHECKED, FACTS, ESTIMATE, STATE = "note", "forwarded", "checked", "facts", "estimate", "state"
# the clock of the house → the item of the checklist that stops it; a return is complete once the copies are destroyed too, and its
# confirmation comes after
MET_BY = {"forward": "forwarded", "notice": "notified", "completion": "destroyed", "backups": "backups_scheduled"}

# the item of an incident's checklist → the facts that it asks
ASKED_BY = {
    "nature": ("nature", "known_at"), "persons_and_records": ("persons", "records"), "contact": ("contact",),
    "consequences": ("consequences",), "measures": ("measures",),
}  # fmt: skip


def open_request(
    session: Session, client_id: str, data: Any, *, key: str | None = None, actor: str, now: datetime, today: date
) -> AssistanceRequest:  # fmt: skip
    """A new request of a client. In: ``RequestBlock``; `key` makes a repeated call harmless. It gets a reference of its own.

    Error: ``NotFound``; ``RequestInvalid``; ``Conflict`` for a key used with something else; ``DomainError`` NO_TERMS.
    """
    with use_case(session, actor=actor, now=now) as work:
        asked = {"do": "assistance.open", "client": client_id, "request": _plain(data)}
        if key is not None and (known := idempotency.claim(work, key, asked)):
            return session.get_one(AssistanceRequest, known["request_id"])
        if session.get(Client, client_id) is None:
            raise NotFound("client")
        valid = load(RequestBlock(), data)
        started = valid["clock_started"]
        if started > now:
            raise RequestInvalid([FieldError("clock_started", "FUTURE", "This moment is still to come; give when it happened.")])
        terms = in_force(session, client_id, today)
        clocks = assistance_clocks.counted(valid["duty"], terms.terms, started)
        row = AssistanceRequest(
            id=uuid.uuid4().hex,
            reference=f"{SERIES}-{today.year}-{next_number(session, SERIES, today.year):04d}",
            client_id=client_id,
            agreement_id=terms.agreement_id,
            duty=valid["duty"],
            case_reference=valid.get("case_reference"),
            subject=valid["subject"],
            state=OPEN,
            urgent=bool(valid.get("urgent")),
            caused=bool(valid.get("caused")),
            clock_started=started,
            clocks=clocks,
            due_at=assistance_clocks.due(clocks),
            checklist={},
            facts={},
            forwarded=None,
            closed_at=None,
            created_at=now,
            created_by=actor,
            updated_at=now,
        )
        session.add(row)
        session.flush()
        work.note("assistance.open", "assistance", row.id, reference=row.reference, client=client_id, duty=row.duty)
        if key is not None:
            idempotency.settle(work, key, {"request_id": row.id})
        return row


def add_note(
    session: Session, request_id: str, data: Any, *, key: str | None = None, actor: str, now: datetime
) -> AssistanceEvent:  # fmt: skip
    """A line in the log. In: ``NoteBlock``. Error: ``NotFound``, ``RequestInvalid``, ``Conflict`` for a key used with something else."""
    text = load(NoteBlock(), data)["text"]
    with use_case(session, actor=actor, now=now) as work:
        asked = {"do": "assistance.note", "request": request_id, "text": text}
        if key is not None and (known := idempotency.claim(work, key, asked)):
            return session.get_one(AssistanceEvent, known["event_id"])
        row = locked(work, request_id, None)
        event = log(work, row, NOTE, text)
        work.note("assistance.note", "assistance", row.id, event=event.id)
        if key is not None:
            idempotency.settle(work, key, {"event_id": event.id})
        return event


def check_item(
    session: Session, request_id: str, item: str, *, done: bool = True, happened: datetime | None = None,
    expected_version: int | None = None, actor: str, now: datetime,
) -> AssistanceRequest:  # fmt: skip
    """Tick an item of the duty's checklist, or take the tick away; an item that is ticked keeps its first tick.

    `happened`: when it was done, now where it is left out; a clock that the item stops stops then. Error: ``NotFound`` also for an item
    the duty has not; ``Stale``; ``RequestInvalid`` for a moment outside the request; ``Conflict`` PROVEN for taking away the tick of a
    forwarding that has its proof.
    """

    def change(work: UseCase, row: AssistanceRequest) -> Json:
        if item not in {each.id for each in duty(row.duty).checklist}:
            raise NotFound("item of this checklist")
        if not done and item == "forwarded" and row.forwarded is not None:
            raise Conflict("PROVEN", "The forwarding is recorded with its proof; this tick stays.")
        if happened is not None and not row.clock_started <= happened <= now:
            raise RequestInvalid([FieldError("happened", "MOMENT", "Give a moment between the start of the clock and now.")])
        _tick(work, row, item, done, happened)
        return {"item": item, "done": done}

    return _changed(session, request_id, "assistance.check", change, expected_version, actor, now)


def forward(
    session: Session, request_id: str, data: Any, *, expected_version: int | None = None, actor: str, now: datetime
) -> AssistanceRequest:  # fmt: skip
    """Note that a data subject's request which came to the house went to the client, with the proof. In: ``ForwardBlock``.

    Error: ``NotFound``, ``Stale``, ``RequestInvalid``; ``Conflict`` for another duty, or when it was forwarded already.
    """
    valid = load(ForwardBlock(), data)

    def change(work: UseCase, row: AssistanceRequest) -> Json:
        if row.duty != "dsr":
            raise Conflict("NOT_A_REQUEST", "Only a data subject's request is forwarded.")
        if row.forwarded is not None:
            raise Conflict("FORWARDED", "This request was forwarded already; write what else happened in the log.")
        if not row.clock_started <= valid["sent_at"] <= now:
            message = "Give a moment between the receipt of the request and now."
            raise RequestInvalid([FieldError("sent_at", "MOMENT", message)])
        row.forwarded = {**_plain(valid), "by": actor}
        _tick(work, row, "forwarded", done=True, happened=valid["sent_at"])
        log(work, row, FORWARDED, f"{valid['channel']}: {valid['proof']}")
        work.send("assistance.forwarded", row.id, reference=row.reference)
        return {"sent_at": row.forwarded["sent_at"], "channel": valid["channel"]}

    return _changed(session, request_id, "assistance.forward", change, expected_version, actor, now)


def incident_facts(
    session: Session, request_id: str, data: Any, *, expected_version: int | None = None, actor: str, now: datetime
) -> AssistanceRequest:  # fmt: skip
    """What is known of an incident (Art. 33(3)); given fields replace what was there, a null takes it away, the others stay. The items
    of the checklist that ask these facts follow them. In: ``IncidentBlock``.

    Error: ``NotFound``, ``Stale``, ``RequestInvalid``; ``Conflict`` for another duty.
    """
    read = load(IncidentBlock(), data)
    if (known_at := read.get("known_at")) and known_at > now:
        raise RequestInvalid([FieldError("known_at", "FUTURE", "This moment is still to come; give when it became known.")])
    valid = _plain(read)
    taken = {name for name, value in data.items() if value is None}

    def change(work: UseCase, row: AssistanceRequest) -> Json:
        if row.duty != "incident":
            raise Conflict("NOT_AN_INCIDENT", "Only an incident has these facts.")
        before = row.facts
        row.facts = {**{name: value for name, value in before.items() if name not in taken}, **valid}
        named = sorted({*valid, *(taken & set(before))})
        log(work, row, FACTS, ", ".join(named))
        for item, asked in ASKED_BY.items():
            was, is_now = (all(name in facts for name in asked) for facts in (before, row.facts))
            if was != is_now and is_now != (item in row.checklist):
                _tick(work, row, item, done=is_now)
        return {"fields": named}

    return _changed(session, request_id, "assistance.facts", change, expected_version, actor, now)


def close(
    session: Session, request_id: str, *, reason: str, expected_version: int | None = None, actor: str, now: datetime
) -> AssistanceRequest:  # fmt: skip
    """Close a request, saying how it ended; its minutes stay and are charged. Error: ``NotFound``, ``Stale``, ``Conflict``, ``RequestInvalid``."""
    text = checked_reason(reason)

    def change(work: UseCase, row: AssistanceRequest) -> Json:
        if row.state != OPEN:
            raise Conflict("CLOSED", "This request is closed already.")
        row.state, row.closed_at, row.due_at = CLOSED, now, None
        log(work, row, STATE, text)
        return {}

    return _changed(session, request_id, "assistance.close", change, expected_version, actor, now)


def reopen(
    session: Session, request_id: str, *, reason: str, expected_version: int | None = None, actor: str, now: datetime
) -> AssistanceRequest:  # fmt: skip
    """Open a closed request again. Errors: as ``close``."""
    text = checked_reason(reason)

    def change(work: UseCase, row: AssistanceRequest) -> Json:
        if row.state != CLOSED:
            raise Conflict("OPEN", "This request is open.")
        row.state, row.closed_at = OPEN, None
        row.due_at = assistance_clocks.due(row.clocks, _met(row))
        log(work, row, STATE, text)
        return {}

    return _changed(session, request_id, "assistance.reopen", change, expected_version, actor, now)


# ---- inside a transaction --------------------------------------------------------------------------------------------


def locked(work: UseCase, request_id: str, expected_version: int | None) -> AssistanceRequest:
    """The request, locked. Error: ``NotFound``, ``Stale``."""
    row = work.session.get(AssistanceRequest, request_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("assistance request")
    if expected_version is not None and row.version != expected_version:
        raise Stale("assistance request")
    return row


def log(work: UseCase, row: AssistanceRequest, kind: str, text: str) -> AssistanceEvent:
    """A line in the log of a locked request."""
    last = work.session.scalar(sa.select(sa.func.max(AssistanceEvent.number)).where(AssistanceEvent.request_id == row.id))
    event = AssistanceEvent(
        id=uuid.uuid4().hex,
        request_id=row.id,
        number=(last or 0) + 1,
        kind=kind,
        text=text,
        created_at=work.now,
        created_by=work.actor,
    )
    work.session.add(event)
    work.session.flush()
    return event


def _changed(
    session: Session, request_id: str, action: str, change: Callable[[UseCase, AssistanceRequest], Json], expected: int | None,
    actor: str, now: datetime,
) -> AssistanceRequest:  # fmt: skip
    with use_case(session, actor=actor, now=now) as work:
        row = locked(work, request_id, expected)
        details = change(work, row)
        row.updated_at = now
        flag_modified(row, "updated_at")
        session.flush()
        work.note(action, "assistance", row.id, version=row.version, **details)
        return row


def _tick(work: UseCase, row: AssistanceRequest, item: str, done: bool, happened: datetime | None = None) -> None:
    if done == (item in row.checklist):
        return
    rest = {name: value for name, value in row.checklist.items() if name != item}
    row.checklist = {**rest, item: {"at": (happened or work.now).isoformat(), "by": work.actor}} if done else rest
    if row.state == OPEN:
        row.due_at = assistance_clocks.due(row.clocks, _met(row))
    log(work, row, CHECKED, f"{'+' if done else '-'} {item}")


def _met(row: AssistanceRequest) -> list[str]:
    return [clock for clock, item in MET_BY.items() if item in row.checklist]


def _plain(data: Any) -> Any:
    """As JSON keeps it: moments as text."""
    if isinstance(data, dict):
        return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in data.items()}
    return data
