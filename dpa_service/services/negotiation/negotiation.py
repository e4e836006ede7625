"""What sales asks and what the approvers decide: each a change of the draft's request and of the rows beside it, in one transaction."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from dpa_service.adapters.db.models import Agreement, Deviation
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.request import request_from_dict
from dpa_service.domain.deadlines import day_of
from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.domain.lifecycle import DRAFT, ISSUED, WITHDRAWN
from dpa_service.domain.negotiation import approval
from dpa_service.domain.negotiation.approval import APPROVE, COUNTER, COUNTERED, DECISIONS, REJECT, REJECTED
from dpa_service.services import idempotency
from dpa_service.services.agreements import agreements
from dpa_service.services.agreements.agreements import Details
from dpa_service.services.agreements.lifecycle import checked_reason
from dpa_service.services.agreements.request_schema import load_request
from dpa_service.services.errors import Conflict, NotFound, Stale
from dpa_service.services.library import library as releases
from dpa_service.services.negotiation.deviations import (
    Voided,
    decisions_of,
    key_of,
    open_rows,
    proposal_of,
    record,
    seats_of,
    settle,
)
from dpa_service.services.use_case import UseCase, use_case

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision did: the row as it stands, the seats that were filled, and what took its place after a counter-proposal."""

    row: Deviation
    seats: tuple[str, ...]
    counter: Deviation | None = None


class DecidedMeanwhile(Stale):
    """Somebody else decided or edited since the caller looked: `row` is how it stands, `last` who did what."""

    def __init__(self, row: Deviation, last: str | None) -> None:
        super().__init__("deviation")
        self.row, self.last = row, last
        if last is not None:
            self.message = f"Decided or edited since you looked: {last}. It is now {row.state}; look at it again."


def ask(
    session: Session,
    agreement_id: str,
    entry: Mapping[str, Any],
    *,
    expected_version: int | None,
    key: str | None = None,
    actor: str,
    now: datetime,
) -> Details:
    """Ask one deviation on a draft; it takes the place of what was asked under the same key.

    In: an entry of a request's `deviations`, or ``{"class": "value", "parameter": …, "value": …}``; `key` makes a repeated call harmless.
    Out: the agreement, with the approvals that an edit made worthless. Errors: ``NotFound``, ``Conflict`` once issued, ``Stale``,
    ``RequestInvalid``, ``DomainError`` when the document cannot be assembled with it.
    """
    with use_case(session, actor=actor, now=now) as work:
        asked = {"do": "deviation.ask", "agreement": agreement_id, "entry": dict(entry)}
        if key is not None and idempotency.claim(work, key, asked) is not None:
            return agreements.details(session, agreement_id)
        agreement = agreements.locked_draft(session, agreement_id, expected_version)
        voided = _rewritten(work, agreement, lambda request: put(request, entry))
        if key is not None:
            idempotency.settle(work, key, {"agreement_id": agreement_id})
        return _details(session, agreement_id, voided)


def take_back(
    session: Session, agreement_id: str, deviation_key: str, *, expected_version: int | None, actor: str, now: datetime
) -> Details:
    """Take a deviation back: the standard holds again. Errors: as ``ask``; ``NotFound`` for a key that is not asked."""
    with use_case(session, actor=actor, now=now) as work:
        agreement = agreements.locked_draft(session, agreement_id, expected_version)
        if deviation_key not in {row.key for row in open_rows(session, agreement_id)}:
            raise NotFound("deviation")
        voided = _rewritten(work, agreement, lambda request: drop(request, deviation_key))
        return _details(session, agreement_id, voided)


def decide(
    session: Session,
    deviation_id: str,
    decision: str,
    *,
    seen: int,
    reason: str = "",
    counter: Mapping[str, Any] | None = None,
    actor: str,
    now: datetime,
) -> Decided:
    """Approve, reject, or counter a deviation, from every seat that is open to the actor.

    In: `seen`, the row's version that the actor looked at; `reason`, needed to reject or counter; `counter`, the entry that takes its place
    (as for ``ask``). Rejecting takes it out of the draft. A counter-proposal counts as asked by who asked first and as approved by its
    author. Errors: ``NotFound``; ``DecidedMeanwhile``; ``NotAllowed``; ``Conflict`` once issued; ``RequestInvalid``.
    """
    if decision not in DECISIONS:
        raise RequestInvalid([FieldError("decision", "CHOICE", f"Give one of: {', '.join(DECISIONS)}.")])
    reason = checked_reason(reason) if decision != APPROVE or reason.strip() else ""
    with use_case(session, actor=actor, now=now) as work:
        agreement_id = _agreement_of(session, deviation_id)
        agreement = session.get(Agreement, agreement_id, with_for_update=True, populate_existing=True)
        row = session.get(Deviation, deviation_id, with_for_update=True, populate_existing=True)
        if agreement is None or row is None:
            raise NotFound("deviation")
        if row.version != seen or row.state not in approval.OPEN:
            raise DecidedMeanwhile(row, last_said(session, row))
        if agreement.state != DRAFT:
            raise Conflict("ALREADY_ISSUED", f"The agreement is {agreement.state}; what was issued no longer changes.")
        library = releases.pinned(session, agreement.library_hash)
        seats = seats_of(session, library, row, actor, day_of(now))
        approval.check_decision(proposal_of(row), tuple(seats), actor)
        for seat, behalf in seats.items():
            record(work, row, seat, decision, by=actor, on_behalf_of=behalf, reason=reason or None)
        work.note(f"deviation.{decision}", "agreement", agreement.id, deviation=row.id, key=row.key, seats=sorted(seats))
        flag_modified(row, "state")  # the version counts every decision, also one that leaves the state as it was
        if decision == APPROVE:
            settle(work, library, row)
            session.flush()
            return Decided(row, tuple(seats))
        return _replaced(work, agreement, library, row, tuple(seats), decision, counter)


def _replaced(
    work: UseCase,
    agreement: Agreement,
    library: Library,
    row: Deviation,
    seats: tuple[str, ...],
    decision: str,
    counter: Mapping[str, Any] | None,
) -> Decided:
    """After a rejection or a counter-proposal: the request without it, or with the other entry in its place."""
    if decision == COUNTER and counter is None:
        raise RequestInvalid([FieldError("counter", "REQUIRED", "Say what you propose instead.")])

    def change(request: Json) -> None:
        drop(request, row.key)
        if decision == COUNTER and counter is not None:
            put(request, counter)

    proposer = row.proposed_by
    closing = {row.key: REJECTED if decision == REJECT else COUNTERED}
    before = {each.id for each in open_rows(work.session, agreement.id)}
    _rewritten(work, agreement, change, proposer=proposer, closing=closing)
    made = _made(work.session, agreement.id, counter, before) if decision == COUNTER and counter is not None else None
    if (
        made is not None and made.clause != row.clause
    ):  # else its author would approve a proposal of their own about something else
        message = "A counter-proposal is about the same clause; ask anything else as a deviation of its own."
        raise RequestInvalid([FieldError("counter", "OTHER_SUBJECT", message)])
    if made is not None:
        for seat, behalf in seats_of(work.session, library, made, work.actor, day_of(work.now)).items():
            record(work, made, seat, APPROVE, by=work.actor, on_behalf_of=behalf)
        settle(work, library, made)
    work.send(f"deviation.{closing[row.key]}", agreement.id, deviation=row.id)
    work.session.flush()
    return Decided(row, seats, made)


def _made(session: Session, agreement_id: str, counter: Mapping[str, Any], before: set[str]) -> Deviation | None:
    """The row that a counter-proposal opened; None where it brings the standard back. What else changed with it is not its author's."""
    key = key_of(counter)
    return next((each for each in open_rows(session, agreement_id) if each.key == key and each.id not in before), None)


def next_edition(session: Session, agreement_id: str, *, key: str | None = None, actor: str, now: datetime) -> Details:
    """A new draft with what was issued, to negotiate further; when it is issued, the one before it is withdrawn.

    Approvals that still fit are taken over. Errors: ``NotFound``; ``Conflict`` for an agreement that is not issued, or where a later
    edition exists already.
    """
    with use_case(session, actor=actor, now=now) as work:
        if key is not None and (known := idempotency.claim(work, key, {"do": "agreement.edition", "agreement": agreement_id})):
            return agreements.details(session, known["agreement_id"])
        made = open_edition(work, agreement_id)
        if key is not None:
            idempotency.settle(work, key, {"agreement_id": made.id})
        return agreements.details(session, made.id)


def open_edition(work: UseCase, agreement_id: str) -> Agreement:
    """``next_edition`` inside a use case: the new draft, locked."""
    session = work.session
    previous = session.get(Agreement, agreement_id, with_for_update=True, populate_existing=True)
    if previous is None:
        raise NotFound("agreement")
    if previous.state not in (ISSUED, WITHDRAWN):
        raise Conflict("NOT_ISSUED", f"The agreement is {previous.state}; only what was issued gets a next edition.")
    if later := agreements.later_edition(session, previous):
        raise Conflict("EDITION_EXISTS", f"Edition {later.edition} exists already; go on there.")
    library = releases.pinned(session, previous.library_hash)
    made = Agreement(
        id=uuid.uuid4().hex,
        family=previous.family,
        state=DRAFT,
        reference=None,
        created_by=work.actor,
        created_at=work.now,
        thread_id=previous.thread_id,
        previous_id=previous.id,
        edition=previous.edition + 1,
        library_hash=previous.library_hash,
        client_id=previous.client_id,
        title=previous.title,
        search=previous.search,
        request=previous.request,
        effective_from=previous.effective_from,
        updated_at=work.now,
    )
    session.add(made)
    session.flush()
    agreements.rewrite(work, made, library, copy.deepcopy(previous.request), previous.client_id)
    work.note("agreement.edition", "agreement", made.id, previous=previous.id, edition=made.edition)
    return made


def put(request: Json, entry: Mapping[str, Any]) -> None:
    """Put an asked deviation into a request, in the place of what stood under its key."""
    if entry.get("class") == "value":
        if not isinstance(entry.get("parameter"), str):
            raise RequestInvalid([FieldError("parameter", "REQUIRED", "Name the term whose value is asked.")])
        request["parameters"] = {**(request.get("parameters") or {}), entry["parameter"]: entry.get("value")}
        return
    entries = [dict(each) for each in request.get("deviations") or ()]
    try:
        key = key_of(entry)
        at = next((index for index, each in enumerate(entries) if key_of(each) == key), None)
    except KeyError:  # the schema will say which field is missing
        at = None
    request["deviations"] = [*entries, dict(entry)] if at is None else [*entries[:at], dict(entry), *entries[at + 1 :]]


def drop(request: Json, key: str) -> None:
    """Take what stands under a key out of a request."""
    kind, _, name = key.partition(":")
    if kind == "value":
        request["parameters"] = {other: value for other, value in (request.get("parameters") or {}).items() if other != name}
    else:
        request["deviations"] = [each for each in request.get("deviations") or () if key_of(each) != key]


def last_said(session: Session, row: Deviation) -> str | None:
    """Who decided last about a row, and what: "legal@…: approve"."""
    said = decisions_of(session, row.id)
    return f"{said[-1].decided_by}: {said[-1].decision}" if said else None


def _rewritten(work: UseCase, agreement: Agreement, change: Any, **options: Any) -> list[Voided]:
    """The draft with a changed request, validated as if it were typed."""
    library = releases.pinned(work.session, agreement.library_hash)
    request = copy.deepcopy(agreement.request)
    change(request)
    valid = load_request(request, library, agreement.family, reference=False)
    request_from_dict(valid, library)
    return agreements.rewrite(work, agreement, library, valid, agreement.client_id, **options)


def _details(session: Session, agreement_id: str, voided: list[Voided]) -> Details:
    found = agreements.details(session, agreement_id)
    return Details(found.agreement, found.deviations, found.issue, tuple(voided))


def _agreement_of(session: Session, deviation_id: str) -> str:
    row = session.get(Deviation, deviation_id)
    if row is None:
        raise NotFound("deviation")
    return row.agreement_id
