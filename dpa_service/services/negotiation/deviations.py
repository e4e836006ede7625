"""The deviations of a draft: kept beside its request, settled or waiting for their approvers, voided when they are edited.

The request is what departs; a row here says how that stands. A row belongs to one key; an edit closes it and opens another.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.accounts import User
from dpa_service.adapters.db.models import Agreement, Deviation
from dpa_service.adapters.db.negotiation import Absence, DeviationDecision, DeviationValue
from dpa_service.domain.contract.asked import ADDED, FALLBACK, UNTRACKED, VALUE, subject_key
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.playbook import OWN_AUTHORITY, role_of, settings, weight
from dpa_service.domain.deadlines import day_of
from dpa_service.domain.errors import DomainError
from dpa_service.domain.negotiation import approval
from dpa_service.domain.negotiation.approval import (
    APPROVE,
    APPROVED,
    OPEN,
    PROPOSED,
    REPLACED,
    WITHDRAWN,
    Decision,
    Proposal,
    Standing,
    standing,
)
from dpa_service.services.house import house_playbook
from dpa_service.services.use_case import UseCase

Json = dict[str, Any]


class NotApproved(DomainError):
    """An agreement with deviations that are not approved; `waiting` says which (label, words) and for which seats."""

    def __init__(self, waiting: Iterable[tuple[str, str, Sequence[str]]]) -> None:
        self.waiting = list(waiting)
        named = "; ".join(f"{label} ({words}) waits for {', '.join(seats)}" for label, words, seats in self.waiting)
        super().__init__("NOT_APPROVED", f"Not issued: {named}.")


@dataclass(frozen=True, slots=True)
class Voided:
    """An approval that an edit made worthless: of what, and who had given it."""

    label: str
    words: str
    approved_by: tuple[str, ...]


def open_rows(session: Session, agreement_id: str) -> list[Deviation]:
    """The deviations that are part of an agreement, in the order of its document."""
    query = sa.select(Deviation).where(Deviation.agreement_id == agreement_id, Deviation.state.in_(OPEN))
    return sorted(session.scalars(query).all(), key=lambda row: (len(row.label), row.label))


def sync(
    work: UseCase,
    agreement: Agreement,
    library: Library,
    snapshot: Json,
    *,
    proposer: str | None = None,
    closing: Mapping[str, str] | None = None,
) -> list[Voided]:
    """Bring the rows in line with the agreement as it is now assembled, inside a use case.

    What is new or edited is proposed by `proposer` (the actor, unless a counter-proposal speaks for somebody else); what is within
    sales' own authority is settled at once. `closing` tells the state of a row that goes (key → rejected or countered; else withdrawn or
    replaced). Approvals of the edition before that still fit are taken over. Returns the approvals that the edit made worthless.
    """
    wanted = {entry["key"]: entry for entry in snapshot["deviations"]}
    reasons = _reasons(snapshot)
    kept: dict[str, Deviation] = {}
    voided: list[Voided] = []
    for row in open_rows(work.session, agreement.id):
        entry = wanted.get(row.key)
        if entry is not None and entry["fingerprint"] == row.fingerprint:
            row.label, row.data, row.approvers, row.reason = entry["id"], entry, entry["approvers"], reasons.get(row.key)
            kept[row.key] = row
            settle(work, library, row)
            continue
        yes = tuple(dict.fromkeys(each.decided_by for each in decisions_of(work.session, row.id) if each.decision == APPROVE))
        if entry is not None and yes and not closing:
            voided.append(Voided(entry["id"], entry["label"], yes))
        row.state = (closing or {}).get(row.key) or (REPLACED if entry is not None else WITHDRAWN)
        row.settled_at = work.now
        work.session.execute(sa.delete(DeviationValue).where(DeviationValue.deviation_id == row.id))
        work.note(
            "deviation.close", "agreement", agreement.id, deviation=row.id, key=row.key, state=row.state, approvals=len(yes)
        )
    for key, entry in wanted.items():
        if key not in kept:
            _propose(work, agreement, library, entry, reasons.get(key), proposer or work.actor)
    work.session.flush()
    return voided


def _propose(work: UseCase, agreement: Agreement, library: Library, entry: Json, reason: str | None, proposer: str) -> None:
    row = Deviation(
        id=uuid.uuid4().hex,
        agreement_id=agreement.id,
        key=entry["key"],
        label=entry["id"],
        deviation_class=entry["class"],
        clause=entry["clause"],
        row=entry["row"],
        rung=entry["rung"],
        data=entry,
        approvers=entry["approvers"],
        fingerprint=entry["fingerprint"],
        weight=weight(entry),
        state=PROPOSED,
        reason=reason,
        proposed_by=proposer,
        proposed_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    work.session.add_all(
        DeviationValue(
            deviation_id=row.id,
            parameter=change["parameter"],
            agreement_id=agreement.id,
            old_value=change["standard"],
            new_value=change["agreed"],
        )
        for change in entry["changes"]
    )
    _take_over(work, agreement, row)
    if own := [seat for seat in OWN_AUTHORITY if seat in row.approvers]:
        playbook, held = house_playbook.present(work.session, library), roles_of(work.session, proposer)
        for seat in own:
            if role_of(playbook, seat) in held:
                record(work, row, seat, APPROVE, by=proposer)
    work.session.flush()
    work.note("deviation.propose", "agreement", agreement.id, deviation=row.id, key=row.key, kind=row.deviation_class,
              approvers=list(row.approvers), fingerprint=row.fingerprint)  # fmt: skip
    settle(work, library, row)


def _take_over(work: UseCase, agreement: Agreement, row: Deviation) -> None:
    """The approvals that the edition before had for exactly the same; they keep their days."""
    if agreement.previous_id is None:
        return
    query = (
        sa.select(DeviationDecision)
        .join(Deviation, Deviation.id == DeviationDecision.deviation_id)
        .where(
            Deviation.agreement_id == agreement.previous_id,
            Deviation.key == row.key,
            Deviation.fingerprint == row.fingerprint,
            Deviation.state.in_(OPEN),
            DeviationDecision.decision == APPROVE,
            DeviationDecision.fingerprint == row.fingerprint,
        )
    )
    for earlier in work.session.scalars(query).all():
        row.proposed_by = work.session.get_one(Deviation, earlier.deviation_id).proposed_by
        work.session.add(
            DeviationDecision(
                id=uuid.uuid4().hex, deviation_id=row.id, seat=earlier.seat, decision=APPROVE, fingerprint=row.fingerprint,
                decided_by=earlier.decided_by, on_behalf_of=earlier.on_behalf_of, decided_at=earlier.decided_at, reason=earlier.reason,
            )
        )  # fmt: skip


def record(
    work: UseCase,
    row: Deviation,
    seat: str,
    decision: str,
    *,
    by: str,
    on_behalf_of: str | None = None,
    reason: str | None = None,
) -> None:
    """Write a decision, inside a use case."""
    work.session.add(
        DeviationDecision(
            id=uuid.uuid4().hex, deviation_id=row.id, seat=seat, decision=decision, fingerprint=row.fingerprint, decided_by=by,
            on_behalf_of=on_behalf_of, decided_at=work.now, reason=reason,
        )
    )  # fmt: skip
    work.session.flush()


def settle(work: UseCase, library: Library, row: Deviation) -> None:
    """The state that follows from the decisions: approved once every seat has said yes, proposed again when that has expired."""
    before, now = row.state, APPROVED if standing_of(work.session, library, row, day_of(work.now)).complete else PROPOSED
    if before != now:
        row.state = now
        row.settled_at = work.now if now == APPROVED else None
        if now == APPROVED:
            work.note("deviation.approved", "agreement", row.agreement_id, deviation=row.id, key=row.key)
            work.send("deviation.approved", row.agreement_id, deviation=row.id)


def decisions_of(session: Session, deviation_id: str) -> Sequence[DeviationDecision]:
    """What was decided about one row, the earliest first."""
    query = sa.select(DeviationDecision).where(DeviationDecision.deviation_id == deviation_id)
    return session.scalars(query.order_by(DeviationDecision.decided_at, DeviationDecision.id)).all()


def proposal_of(row: Deviation) -> Proposal:
    """The row as the domain decides about it."""
    return Proposal(row.proposed_by, tuple(row.approvers), row.fingerprint, row.state)


def standing_of(session: Session, library: Library, row: Deviation, today: date) -> Standing:
    """How a row stands on a day."""
    said = [
        Decision(each.seat, each.decision, each.decided_by, day_of(each.decided_at), each.fingerprint, each.on_behalf_of)
        for each in decisions_of(session, row.id)
    ]
    return standing(proposal_of(row), said, today, settings(house_playbook.present(session, library))[0])


def refuse_unapproved(session: Session, library: Library, agreement_id: str, today: date) -> None:
    """Raise NotApproved where a deviation of the agreement is not approved on this day, whatever its row says."""
    waiting = []
    for row in open_rows(session, agreement_id):
        stands = standing_of(session, library, row, today)
        if not stands.complete:
            waiting.append((row.label, str(row.data.get("label", row.key)), stands.open))
    if waiting:
        raise NotApproved(waiting)


def roles_of(session: Session, email: str) -> frozenset[str]:
    """The roles of somebody who may sign in; nobody's are none."""
    user = session.scalars(sa.select(User).where(User.email == email, User.active.is_(True))).first()
    return user.role_names if user else frozenset()


def stands_in_for(session: Session, deputy: str, today: date) -> dict[str, frozenset[str]]:
    """Who is absent on a day and has `deputy` decide: their e-mail and roles."""
    query = sa.select(Absence.absent).where(Absence.deputy == deputy, Absence.first_day <= today, Absence.last_day >= today)
    return {email: roles_of(session, email) for email in session.scalars(query).all()}


def seats_of(session: Session, library: Library, row: Deviation, actor: str, today: date) -> dict[str, str | None]:
    """The waiting seats that `actor` may fill on a day → on whose behalf (None: their own role)."""
    library = house_playbook.present(session, library)
    proposal, waiting = proposal_of(row), standing_of(session, library, row, today).open
    roles = {seat: role_of(library, seat) for seat in row.approvers}
    own = approval.seats_for(proposal, actor, roles_of(session, actor), roles, waiting, OWN_AUTHORITY)
    found: dict[str, str | None] = dict.fromkeys(own)
    for absent, held in stands_in_for(session, actor, today).items():
        if absent != proposal.proposer:
            for seat in approval.seats_for(proposal, actor, held, roles, waiting):
                found.setdefault(seat, absent)
    return found


def _reasons(snapshot: Json) -> dict[str, str]:
    """Why the client asks each deviation, by its key."""
    found = {}
    for entry in snapshot["request"].get("deviations") or ():
        if reason := entry.get("reason"):
            found[key_of(entry)] = reason
    return found


def key_of(entry: Mapping[str, Any]) -> str:
    """The key of an entry as it is asked: one of a request's `deviations`, or a value. Error: KeyError where it names no subject."""
    kind = str(entry["class"])
    name = entry[{VALUE: "parameter", FALLBACK: "row", ADDED: "id"}.get(kind, "clause")]
    return subject_key(kind, name, worded=kind != UNTRACKED or entry.get("text") is not None)
