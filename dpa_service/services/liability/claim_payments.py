"""Payments on claims. Each erodes its pool; none goes beyond what remains; none is ever changed: a counter-entry undoes it.

Whoever pays under an agreement first locks that agreement, so that two payments at once cannot both take the last euro.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import insert_if_absent, reading
from dpa_service.adapters.db.liability import ClaimAssessment, ClaimPayment, LiabilityClaim
from dpa_service.domain.errors import DomainError, FieldError, RequestInvalid
from dpa_service.domain.liability.claim import ZERO
from dpa_service.domain.liability.liability import assess
from dpa_service.domain.liability.liability_terms import uncapped_part
from dpa_service.services import idempotency
from dpa_service.services.agreements.lifecycle import checked_reason
from dpa_service.services.errors import Conflict, NotFound
from dpa_service.services.liability import claims
from dpa_service.services.liability.claim_result import pool_of
from dpa_service.services.liability.claim_schema import OUTSIDE, as_json, claim_of, load_payment, params_of
from dpa_service.services.liability.claims import ASSESSED, SETTLED
from dpa_service.services.liability.liability_facts import earlier_payments, paid_on_claim
from dpa_service.services.use_case import use_case

Json = dict[str, Any]


class Overdrawn(Conflict):
    """More than what remains: `pool`, `asked`, `remaining` (EUR)."""

    def __init__(self, pool: str, asked: Decimal, remaining: Decimal) -> None:
        self.pool, self.asked, self.remaining = pool, asked, remaining
        message = f"Asked {asked} EUR from pool '{pool}', of which {remaining} EUR remains for this claim; nothing was paid."
        DomainError.__init__(self, "OVERDRAWN", message)


@dataclass(frozen=True, slots=True)
class Room:
    """What can still be paid on a claim, in EUR: from the pool that its basis draws on, outside any cap by the clauses, and outside
    up to what was claimed. `cap` None where no cap holds."""

    pool: str
    capped: Decimal
    uncapped: Decimal
    claimed: Decimal
    cap: str | None

    def of(self, pool: str) -> Decimal:
        """What remains for a payment from `pool`."""
        if pool == OUTSIDE:
            return self.claimed
        return self.capped if pool == self.pool else ZERO


def room(session: Session, claim_id: str) -> Room:
    """What can be paid on a claim now. Error: ``NotFound``; ``Conflict`` for a claim that was not assessed."""
    with reading(session):
        return _room(session, claims.found(session, claim_id))


def pay(
    session: Session, claim_id: str, data: Any, *, key: str | None = None, expected_version: int | None = None, actor: str,
    now: datetime, today: date,
) -> ClaimPayment:  # fmt: skip
    """Pay on an assessed claim; with `settle` it is closed. In: ``PaymentBlock``; `key` makes a repeated call harmless.

    Error: ``NotFound``; ``RequestInvalid`` naming each wrong field; ``Stale``; ``Conflict`` for a claim that is not assessed;
    ``Overdrawn`` with the figures.
    """
    with use_case(session, actor=actor, now=now) as work:
        if key is not None and (known := idempotency.claim(work, key, {"do": "claim.pay", "claim": claim_id, "payment": data})):
            return session.get_one(ClaimPayment, known["payment_id"])
        claim = claims.locked(work, claim_id, expected_version, (ASSESSED,))
        valid = load_payment(data)
        _checked(valid, claim, today)
        left = _room(session, claim)
        pool, amount = valid["pool"], valid["amount"]
        if amount > left.of(pool):
            raise Overdrawn(pool, amount, left.of(pool))
        if pool == OUTSIDE and amount > left.uncapped and not valid.get("reason"):
            message = f"The clauses make {left.uncapped} EUR payable outside the caps; say why more is paid."
            raise RequestInvalid([FieldError("reason", "REQUIRED", message)])
        payment = ClaimPayment(
            id=uuid.uuid4().hex,
            claim_id=claim_id,
            agreement_id=claim.agreement_id,
            pool=pool,
            amount=amount,
            contract_year=claim.contract_year,
            paid_on=date.fromisoformat(valid["paid_on"]),
            counter_of=None,
            reason=valid.get("reason"),
            created_at=now,
            created_by=actor,
        )
        session.add(payment)
        session.flush()
        claims.moved(work, claim, SETTLED if valid.get("settle") else ASSESSED)
        work.note("claim.pay", "claim", claim_id, payment=payment.id, pool=pool, amount=as_json(amount), state=claim.state)
        work.send("claim.paid", claim_id, payment=payment.id, pool=pool, amount=as_json(amount))
        if key is not None:
            idempotency.settle(work, key, {"payment_id": payment.id})
        return payment


def correct(session: Session, payment_id: str, *, reason: str, actor: str, now: datetime) -> ClaimPayment:
    """Undo a payment by a counter-entry; the claim is open again, so that the right payment can be made.

    Error: ``NotFound``; ``Conflict`` when it was undone already or is a counter-entry; ``RequestInvalid`` without a reason.
    """
    reason = checked_reason(reason)
    with use_case(session, actor=actor, now=now) as work:
        claim_id = session.scalar(sa.select(ClaimPayment.claim_id).where(ClaimPayment.id == payment_id))
        if claim_id is None:
            raise NotFound("payment")
        claim = claims.locked(work, claim_id, None, (ASSESSED, SETTLED))
        payment = session.get_one(ClaimPayment, payment_id)
        if payment.counter_of is not None:
            raise Conflict("COUNTER_ENTRY", "This is a counter-entry itself; make the right payment as a new one.")
        row = {
            "id": uuid.uuid4().hex, "claim_id": claim_id, "agreement_id": payment.agreement_id, "pool": payment.pool,
            "amount": -payment.amount, "contract_year": payment.contract_year, "paid_on": payment.paid_on, "counter_of": payment_id,
            "reason": reason, "created_at": now, "created_by": actor,
        }  # fmt: skip
        if not insert_if_absent(session, ClaimPayment, row):
            raise Conflict("CORRECTED", "This payment was undone already.")
        claims.moved(work, claim, ASSESSED)
        work.note("claim.correct", "claim", claim_id, payment=row["id"], counter_of=payment_id, amount=as_json(row["amount"]))
        work.send("claim.corrected", claim_id, payment=row["id"], counter_of=payment_id)
        return session.get_one(ClaimPayment, row["id"])


def _checked(valid: Json, claim: LiabilityClaim, today: date) -> None:
    day = date.fromisoformat(valid["paid_on"])
    if day > today:
        raise RequestInvalid([FieldError("paid_on", "FUTURE", "This day is still to come; enter a payment once it was made.")])
    if day < claim.event_day:
        raise RequestInvalid([FieldError("paid_on", "BEFORE_EVENT", "This day lies before the event; correct it.")])


def _room(session: Session, claim: LiabilityClaim) -> Room:
    """The newest assessment calculated again with what the register has been paid since, less what was paid on this claim."""
    query = sa.select(ClaimAssessment.result).where(ClaimAssessment.claim_id == claim.id)
    kept = session.scalar(query.order_by(ClaimAssessment.number.desc()).limit(1))
    if kept is None:
        raise Conflict("NOT_ASSESSED", "Assess this claim first; then it can be paid.")
    told = claim_of(kept["inputs"]["claim"])
    asked = replace(told, prior_payments=earlier_payments(session, claim.agreement_id, but_of=claim.id))
    found = assess(asked, params_of(kept["inputs"]["params"]))
    pool, free = pool_of(asked, found), uncapped_part(found)
    paid = paid_on_claim(session, claim.id)
    whole = sum((item.amount for item in asked.items), ZERO)
    return Room(
        pool=pool,
        capped=max(ZERO, found.payable - free - paid.get(pool, ZERO)) if pool != OUTSIDE else ZERO,
        uncapped=max(ZERO, free - paid.get(OUTSIDE, ZERO)),
        claimed=max(ZERO, whole - sum(paid.values(), ZERO)),
        cap=as_json(found.cap),
    )
