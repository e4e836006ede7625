"""The steps of an agreement after it was drafted, other than issuing: discard, restore, withdraw, sign, end; and what is in force.

Every step goes through domain.lifecycle.take. Whoever comes second hears who was first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.models import Agreement, AuditLog, Client
from dpa_service.domain import lifecycle
from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.domain.lifecycle import ENDED, SIGNED, SUPERSEDED
from dpa_service.services.errors import Conflict, NotFound, Stale
from dpa_service.services.liability import exposure_rows
from dpa_service.services.use_case import UseCase, use_case

LONGEST_REASON = 500


class StepTaken(Conflict):
    """Somebody else was first, or the state does not allow the step: `state` is how the agreement stands, `last` who did what."""

    def __init__(self, step: str, agreement: Agreement, last: AuditLog | None) -> None:
        self.step, self.agreement_id, self.state, self.last = step, agreement.id, agreement.state, last
        who = f" by {last.actor}" if last else ""
        super().__init__("STEP_TAKEN", f"The agreement is {agreement.state} already; the last change was made{who}.")


class ChangedMeanwhile(Stale):
    """Somebody changed the agreement since the caller read it: `last` says who and when."""

    def __init__(self, step: str, agreement: Agreement, last: AuditLog | None) -> None:
        super().__init__("agreement")
        self.step, self.agreement_id, self.state, self.last = step, agreement.id, agreement.state, last


@dataclass(frozen=True, slots=True)
class Signature:
    """The facts of a signature: who signed for the client, on which day, and from and until which day (excluded) it holds."""

    signatory: str
    signed_on: date
    effective_from: date
    effective_until: date | None = None


def discard(session: Session, agreement_id: str, *, expected_version: int | None, actor: str, now: datetime) -> Agreement:
    """Put a draft aside; ``restore`` brings it back. Errors: ``NotFound``, ``StepTaken``, ``ChangedMeanwhile``."""
    return _simple(session, "discard", agreement_id, expected_version, actor, now)


def restore(session: Session, agreement_id: str, *, expected_version: int | None, actor: str, now: datetime) -> Agreement:
    """Bring a discarded draft back. Errors: as ``discard``."""
    return _simple(session, "restore", agreement_id, expected_version, actor, now)


def withdraw(
    session: Session, agreement_id: str, *, reason: str, expected_version: int | None, actor: str, now: datetime
) -> Agreement:
    """Withdraw what was issued and not signed; its number stays used. Errors: as ``discard``; ``RequestInvalid`` without a reason."""
    reason = checked_reason(reason)
    with use_case(session, actor=actor, now=now) as work:
        agreement = locked(work, "withdraw", agreement_id, expected_version)
        agreement.reason = reason
        _moved(work, agreement, "withdraw")
        return agreement


def end(
    session: Session,
    agreement_id: str,
    *,
    last_day: date,
    reason: str,
    expected_version: int | None,
    actor: str,
    now: datetime,
) -> Agreement:
    """End a signed agreement: `last_day` is the last one on which it holds, past or to come.

    Errors: as ``discard``; ``RequestInvalid`` without a reason or for a day before it began.
    """
    wrong = [error for error in (_reason_error(reason),) if error]
    with use_case(session, actor=actor, now=now) as work:
        agreement = locked(work, "end", agreement_id, expected_version)
        if last_day < agreement.effective_from:
            wrong.append(FieldError("last_day", "TOO_EARLY", "Give a day on or after the day it took effect."))
        elif agreement.effective_until is not None and last_day >= agreement.effective_until:
            wrong.append(FieldError("last_day", "TOO_LATE", "It ends earlier than that already; give an earlier day."))
        if wrong:
            raise RequestInvalid(wrong)
        agreement.effective_until, agreement.reason = last_day + timedelta(days=1), reason.strip()
        _moved(work, agreement, "end", effective_until=agreement.effective_until.isoformat())
        exposure_rows.refresh(work, agreement.client_id)
        return agreement


def sign(work: UseCase, agreement: Agreement, signature: Signature, *, copy_id: str, sha256: str) -> None:
    """Make an issued agreement signed, inside a use case, and let it follow the client's agreement that held until then.

    In: an agreement from ``locked`` with the step "sign".
    """
    agreement.signatory, agreement.signed_on = signature.signatory, signature.signed_on
    agreement.effective_from, agreement.effective_until = signature.effective_from, signature.effective_until
    _moved(work, agreement, "sign", copy=copy_id, sha256=sha256, signed_on=signature.signed_on.isoformat(),
           effective_from=signature.effective_from.isoformat())  # fmt: skip
    for other in _others(work, agreement):
        if other.effective_from <= agreement.effective_from:
            if other.effective_until is None or other.effective_until > agreement.effective_from:
                _supersede(work, other, agreement)
        else:  # an older agreement, signed late: the one that begins later stays in force from its own day
            _supersede(work, agreement, other)
            break
    exposure_rows.refresh(work, agreement.client_id)


def agreement_in_force(session: Session, client_id: str, day: date) -> Agreement | None:
    """The agreement whose terms hold for a client on a day, or None."""
    query = sa.select(Agreement).where(
        Agreement.client_id == client_id,
        Agreement.family == "agreement",
        Agreement.state.in_((SIGNED, SUPERSEDED, ENDED)),
        Agreement.effective_from <= day,
    )
    with reading(session):
        return lifecycle.in_force(session.scalars(query).all(), day)


def locked(work: UseCase, step: str, agreement_id: str, expected_version: int | None) -> Agreement:
    """The agreement, locked for `step` until the end of the transaction, with its client where the step concerns others of it.

    Errors: ``NotFound``, ``StepTaken``, ``ChangedMeanwhile``; ``Conflict`` for signing general terms.
    """
    session = work.session
    if step in ("sign", "end"):  # always the client first: two agreements of one client are then signed one after the other
        client_id = session.scalar(sa.select(Agreement.client_id).where(Agreement.id == agreement_id))
        if client_id:
            session.get(Client, client_id, with_for_update=True)
    agreement = session.get(Agreement, agreement_id, with_for_update=True, populate_existing=True)
    if agreement is None:
        raise NotFound("agreement")
    if step not in lifecycle.steps_from(agreement.state):
        raise StepTaken(step, agreement, _last(session, agreement_id))
    if step == "sign" and agreement.family != "agreement":
        raise Conflict("NOT_SIGNED", "General terms have no counterparty and are not signed.")
    if expected_version is not None and agreement.version != expected_version:
        raise ChangedMeanwhile(step, agreement, _last(session, agreement_id))
    return agreement


def checked_reason(reason: str) -> str:
    """The reason without spaces around it. Error: ``RequestInvalid`` for none, or one that is too long."""
    if error := _reason_error(reason):
        raise RequestInvalid([error])
    return reason.strip()


def _reason_error(reason: str) -> FieldError | None:
    if not reason.strip():
        return FieldError("reason", "REQUIRED", "Say why, in a few words.")
    if len(reason) > LONGEST_REASON:
        return FieldError("reason", "LENGTH", f"Keep it under {LONGEST_REASON} characters.")
    return None


def _simple(session: Session, step: str, agreement_id: str, version: int | None, actor: str, now: datetime) -> Agreement:
    with use_case(session, actor=actor, now=now) as work:
        agreement = locked(work, step, agreement_id, version)
        _moved(work, agreement, step)
        return agreement


def _moved(work: UseCase, agreement: Agreement, step: str, **details: str | int) -> None:
    """Take the step: new state, new version, audit line."""
    agreement.state = lifecycle.take(step, agreement.state)
    agreement.updated_at = work.now
    flag_modified(agreement, "updated_at")
    work.session.flush()
    work.note(f"agreement.{step}", "agreement", agreement.id, version=agreement.version, **details)


def _others(work: UseCase, agreement: Agreement) -> Sequence[Agreement]:
    """The client's other agreements that were signed, locked, the earliest first."""
    if agreement.client_id is None or agreement.family != "agreement":
        return ()
    query = (
        sa.select(Agreement)
        .where(
            Agreement.client_id == agreement.client_id,
            Agreement.family == agreement.family,
            Agreement.state.in_((SIGNED, SUPERSEDED, ENDED)),
            Agreement.id != agreement.id,
            sa.or_(Agreement.effective_until.is_(None), Agreement.effective_until > Agreement.effective_from),
        )
        .order_by(Agreement.effective_from, Agreement.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return work.session.scalars(query).all()


def _supersede(work: UseCase, before: Agreement, after: Agreement) -> None:
    """Let `before` hold until `after` begins. One that was superseded or ended already keeps its state; only its last day moves."""
    before.effective_until = min(before.effective_until or after.effective_from, after.effective_from)
    if before.state != ENDED:
        before.successor_id = after.id
    details = {"successor": after.id, "effective_until": before.effective_until.isoformat()}
    if before.state == SIGNED:
        _moved(work, before, "supersede", **details)
    else:
        before.updated_at = work.now
        flag_modified(before, "updated_at")
        work.session.flush()
        work.note("agreement.shorten", "agreement", before.id, version=before.version, **details)


def _last(session: Session, agreement_id: str) -> AuditLog | None:
    query = sa.select(AuditLog).where(AuditLog.object_id == agreement_id).order_by(AuditLog.seq.desc()).limit(1)
    line = session.scalars(query).first()
    if line is not None:
        session.expunge(line)  # it is told about after the transaction was rolled back, which empties what it holds
    return line
