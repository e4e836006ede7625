"""The claims register: reporting, changing, assessing, rejecting; what-if and comparison without saving anything.

reported ──assess──► assessed ──pay──► settled;  reported | assessed ──reject──► rejected
A claim is assessed under the agreement that was in force on the day of the event, with the fees and earlier payments of the register.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.liability import ClaimAssessment, ClaimDocument, ClaimPayment, LiabilityClaim
from dpa_service.adapters.db.models import Agreement, Client
from dpa_service.adapters.db.numbering import next_number
from dpa_service.adapters.db.types import canonical
from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.domain.liability.liability_terms import contract_year
from dpa_service.services import idempotency
from dpa_service.services.agreements.lifecycle import checked_reason
from dpa_service.services.errors import Conflict, NotFound, Stale
from dpa_service.services.liability import claim_schema as schema
from dpa_service.services.liability.claim_calculation import Json, calculated, facts_of
from dpa_service.services.liability.liability_facts import bound_by, in_force_on, paid_on_claim, signed_agreements
from dpa_service.services.paging import Page, page_of
from dpa_service.services.use_case import UseCase, use_case

REPORTED, ASSESSED, SETTLED, REJECTED = "reported", "assessed", "settled", "rejected"
STATES = (REPORTED, ASSESSED, SETTLED, REJECTED)
SERIES = "SCH"


@dataclass(frozen=True, slots=True)
class Details:
    """A claim with all that belongs to it: assessments (the newest first), payments (the oldest first), files without their bytes,
    and `paid`: pool → EUR, counter-entries deducted."""

    claim: LiabilityClaim
    client: Client
    agreement: Agreement
    assessments: Sequence[ClaimAssessment]
    payments: Sequence[ClaimPayment]
    documents: Sequence[ClaimDocument]
    paid: dict[str, Decimal]

    @property
    def latest(self) -> Json | None:
        """What the newest assessment said (claim_result.answer), or None."""
        return self.assessments[0].result if self.assessments else None


def report(
    session: Session, client_id: str, data: Any, *, key: str | None = None, actor: str, now: datetime, today: date
) -> LiabilityClaim:  # fmt: skip
    """A new claim against the client's agreement in force on the day of the event. In: ``ClaimBlock``; `key` makes repeating harmless.

    Error: ``NotFound``; ``RequestInvalid`` naming each wrong field (``event_day`` OUTSIDE_AGREEMENT where no agreement held);
    ``Conflict`` for a key used with something else.
    """
    with use_case(session, actor=actor, now=now) as work:
        if key is not None and (
            known := idempotency.claim(work, key, {"do": "claim.report", "client": client_id, "claim": data})
        ):
            return session.get_one(LiabilityClaim, known["claim_id"])
        if session.get(Client, client_id) is None:
            raise NotFound("client")
        valid, agreement = _placed(session, client_id, data, today)
        event = date.fromisoformat(valid["event_day"])
        claim = LiabilityClaim(
            id=uuid.uuid4().hex,
            reference=f"{SERIES}-{today.year}-{next_number(session, SERIES, today.year):04d}",
            client_id=client_id,
            agreement_id=agreement.id,
            state=REPORTED,
            basis=valid["basis"],
            event_day=event,
            reported_day=date.fromisoformat(valid["reported_day"]),
            contract_year=contract_year(bound_by(session, agreement).contract_start, event),
            data=valid,
            reason=None,
            created_at=now,
            created_by=actor,
            updated_at=now,
        )
        session.add(claim)
        session.flush()
        work.note("claim.report", "claim", claim.id, agreement=agreement.id, facts=_sha256(valid))
        work.send("claim.reported", claim.id, reference=claim.reference, agreement=agreement.id)
        if key is not None:
            idempotency.settle(work, key, {"claim_id": claim.id})
        return claim


def update(
    session: Session, claim_id: str, data: Any, *, expected_version: int | None, actor: str, now: datetime, today: date
) -> LiabilityClaim:  # fmt: skip
    """Replace what was reported; an assessed claim is then to be assessed again. Errors: as ``report``; ``Stale``; ``Conflict`` once
    something was paid or decided."""
    with use_case(session, actor=actor, now=now) as work:
        claim = locked(work, claim_id, expected_version, (REPORTED, ASSESSED))
        if session.scalar(sa.select(sa.func.count()).select_from(ClaimPayment).where(ClaimPayment.claim_id == claim_id)):
            raise Conflict("PAID_ON", "Something was paid on this claim; its facts no longer change.")
        valid, agreement = _placed(session, claim.client_id, data, today)
        event = date.fromisoformat(valid["event_day"])
        claim.data, claim.basis, claim.agreement_id, claim.event_day = valid, valid["basis"], agreement.id, event
        claim.reported_day = date.fromisoformat(valid["reported_day"])
        claim.contract_year = contract_year(bound_by(session, agreement).contract_start, event)
        _moved(work, claim, REPORTED, "claim.update", facts=_sha256(valid))
        return claim


def assess(
    session: Session, claim_id: str, *, expected_version: int | None = None, actor: str, now: datetime
) -> ClaimAssessment:  # fmt: skip
    """Assess a claim and keep the answer for good, with everything it was made of.

    Error: ``NotFound``, ``Stale``, ``Conflict`` for a claim that is decided; ``RequestInvalid`` with ``fees_paid`` FEES_REQUIRED where
    the cap follows fees that were never entered.
    """
    with use_case(session, actor=actor, now=now) as work:
        claim = locked(work, claim_id, expected_version, (REPORTED, ASSESSED))
        told = calculated(facts_of(session, claim))
        last = session.scalar(sa.select(sa.func.max(ClaimAssessment.number)).where(ClaimAssessment.claim_id == claim_id))
        row = ClaimAssessment(
            id=uuid.uuid4().hex,
            claim_id=claim_id,
            number=(last or 0) + 1,
            result=told,
            sha256=_sha256(told),
            created_at=now,
            created_by=actor,
        )
        session.add(row)
        session.flush()
        figures = {name: told["result"][name] for name in ("payable", "cap", "recoverable")}
        _moved(work, claim, ASSESSED, "claim.assess", assessment=row.id, number=row.number, sha256=row.sha256, **figures)
        return row


def what_if(session: Session, claim_id: str, changes: Any) -> Json:
    """The claim as it would come out with `changes` (``WhatIfBlock``); nothing is saved. Error: ``NotFound``; ``RequestInvalid``."""
    asked = schema.load_what_if(changes)
    with reading(session):
        return calculated(facts_of(session, found(session, claim_id)), asked)


def try_out(session: Session, client_id: str, data: Any, changes: Any = None, *, today: date) -> Json:
    """A claim that is not in the register, assessed as it would be. Errors: as ``report``; nothing is saved."""
    asked = schema.load_what_if(changes or {})
    with reading(session):
        if session.get(Client, client_id) is None:
            raise NotFound("client")
        valid, agreement = _placed(session, client_id, data, today)
        event = date.fromisoformat(valid["event_day"])
        year = contract_year(bound_by(session, agreement).contract_start, event)
        shown = LiabilityClaim(
            id="", agreement_id=agreement.id, client_id=client_id, data=valid, event_day=event, contract_year=year
        )
        return calculated(facts_of(session, shown), asked)


def compare(session: Session, claim_id: str, sides: Sequence[Mapping[str, Any]]) -> list[Json]:
    """The same claim under several sets of terms, in the order asked.

    In: sides as ``{"terms": "agreement"}`` (its own), ``{"terms": "standard"}`` or ``{"terms": "agreement", "id": another agreement}``,
    each with optional changes of ``WhatIfBlock``. Error: ``NotFound``; ``RequestInvalid``.
    """
    with reading(session):
        claim, answers = found(session, claim_id), []
        for number, side in enumerate(sides):
            changes = {name: value for name, value in side.items() if name not in ("terms", "id")}
            if side.get("terms") not in ("agreement", "standard"):
                raise RequestInvalid([FieldError(f"sides[{number}].terms", "CHOICE", "Give one of: agreement, standard.")])
            facts = facts_of(session, claim, agreement_id=side.get("id"), standard=side["terms"] == "standard")
            answers.append(calculated(facts, schema.load_what_if(changes)))
        return answers


def reject(
    session: Session, claim_id: str, *, reason: str, expected_version: int | None = None, actor: str, now: datetime
) -> LiabilityClaim:  # fmt: skip
    """Reject a claim, with a reason. Error: ``NotFound``, ``Stale``, ``Conflict`` when something was paid; ``RequestInvalid``."""
    reason = checked_reason(reason)
    with use_case(session, actor=actor, now=now) as work:
        claim = locked(work, claim_id, expected_version, (REPORTED, ASSESSED))
        if any(paid_on_claim(session, claim_id).values()):
            raise Conflict("PAID_ON", "Something was paid on this claim; undo that by a counter-entry first.")
        claim.reason = reason
        _moved(work, claim, REJECTED, "claim.reject")
        return claim


def get(session: Session, claim_id: str) -> Details:
    """A claim with all that belongs to it. Error: ``NotFound``."""
    with reading(session):
        claim = found(session, claim_id)

        def of(table: type[Any], *order: Any) -> Sequence[Any]:
            return session.scalars(sa.select(table).where(table.claim_id == claim_id).order_by(*order)).all()

        return Details(
            claim,
            session.get_one(Client, claim.client_id),
            session.get_one(Agreement, claim.agreement_id),
            of(ClaimAssessment, ClaimAssessment.number.desc()),
            of(ClaimPayment, ClaimPayment.created_at, ClaimPayment.counter_of.is_not(None), ClaimPayment.id),
            of(ClaimDocument, ClaimDocument.created_at, ClaimDocument.id),
            paid_on_claim(session, claim_id),
        )


def listing(
    session: Session, *, state: str | None = None, client_id: str | None = None, text: str | None = None, cursor: str | None = None,
    limit: int = 50,
) -> Page[LiabilityClaim]:  # fmt: skip
    """Claims, newest first; `text` is the reference or part of it. Error: ``RequestInvalid`` for a wrong cursor."""
    query = sa.select(LiabilityClaim)
    if state is not None:
        query = query.where(LiabilityClaim.state == state)
    if client_id is not None:
        query = query.where(LiabilityClaim.client_id == client_id)
    if text:
        query = query.where(LiabilityClaim.reference.icontains(text.strip(), autoescape=True))
    with reading(session):
        return page_of(session, query, LiabilityClaim, cursor, limit)  # type: ignore[arg-type]


# ---- inside a transaction --------------------------------------------------------------------------------------------


def found(session: Session, claim_id: str) -> LiabilityClaim:
    """The claim. Error: ``NotFound``."""
    claim = session.get(LiabilityClaim, claim_id)
    if claim is None:
        raise NotFound("claim")
    return claim


def locked(work: UseCase, claim_id: str, expected_version: int | None, states: Sequence[str]) -> LiabilityClaim:
    """The claim, locked together with its agreement: two payments under one cap wait for each other.

    Error: ``NotFound``; ``Conflict`` for another state than `states`; ``Stale``.
    """
    session = work.session
    agreement_id = session.scalar(sa.select(LiabilityClaim.agreement_id).where(LiabilityClaim.id == claim_id))
    if agreement_id is None:
        raise NotFound("claim")
    session.get(Agreement, agreement_id, with_for_update=True)
    claim = session.get_one(LiabilityClaim, claim_id, with_for_update=True, populate_existing=True)
    if claim.agreement_id != agreement_id:  # it moved to another agreement between the two looks
        raise Stale("claim")
    if claim.state not in states:
        raise Conflict("CLAIM_STATE", f"This claim is {claim.state}; that step is for a claim that is {' or '.join(states)}.")
    if expected_version is not None and claim.version != expected_version:
        raise Stale("claim")
    return claim


def moved(work: UseCase, claim: LiabilityClaim, state: str) -> None:
    """A new state and version."""
    claim.state, claim.updated_at = state, work.now
    flag_modified(claim, "updated_at")
    work.session.flush()


def _moved(work: UseCase, claim: LiabilityClaim, state: str, action: str, **details: Any) -> None:
    moved(work, claim, state)
    work.note(action, "claim", claim.id, version=claim.version, **details)


def _placed(session: Session, client_id: str, data: Any, today: date) -> tuple[Json, Agreement]:
    """The claim in its normal form and the agreement it is against."""
    valid = schema.load_claim(data)
    event, reported = date.fromisoformat(valid["event_day"]), date.fromisoformat(valid["reported_day"])
    if late := [name for name, day in (("event_day", event), ("reported_day", reported)) if day > today]:
        raise RequestInvalid(FieldError(name, "FUTURE", "This day is still to come; give a day up to today.") for name in late)
    agreement = in_force_on(session, client_id, event)
    if agreement is None:
        raise RequestInvalid([FieldError("event_day", "OUTSIDE_AGREEMENT", _outside(session, client_id))])
    return valid, agreement


def _outside(session: Session, client_id: str) -> str:
    spans = [
        f"{a.reference} from {a.effective_from} {f'until {a.effective_until} (excluded)' if a.effective_until else 'on'}"
        for a in signed_agreements(session, client_id)
    ]
    return f"No agreement of this client was in force on that day. In force: {'; '.join(spans) or 'none was ever signed'}."


def _sha256(value: Any) -> str:
    return hashlib.sha256(canonical(value).encode()).hexdigest()
