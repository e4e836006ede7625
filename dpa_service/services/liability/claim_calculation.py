"""From a claim of the register to an answer: which terms, fees and earlier payments it is measured by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from dpa_service.adapters.db.liability import LiabilityClaim
from dpa_service.adapters.db.models import Agreement
from dpa_service.domain.liability.claim import Prior
from dpa_service.domain.liability.liability_terms import LiabilityTerms
from dpa_service.services.errors import NotFound
from dpa_service.services.liability.claim_result import answer, changed_terms, standard_terms
from dpa_service.services.liability.claim_schema import as_json, calculator_claim
from dpa_service.services.liability.liability_facts import Bound, bound_by, earlier_payments, fees_at, fees_received

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything an assessment is made of. `data` is the claim in its normal form; `fees` None where they are not known."""

    data: Json
    bound: Bound
    terms: LiabilityTerms
    fees: Decimal | None
    prior: tuple[Prior, ...]
    contract_year: int


def facts_of(session: Session, claim: LiabilityClaim, *, agreement_id: str | None = None, standard: bool = False) -> Facts:
    """The facts of a claim, inside a transaction; under another agreement's terms, or the house standard, where that is asked.

    Error: ``NotFound`` for an agreement that is not there or belongs to another client.
    """
    own = session.get_one(Agreement, claim.agreement_id)
    bound = bound_by(session, own)
    terms = standard_terms(bound.library) if standard else bound.terms
    if agreement_id not in (None, own.id):
        other = session.get(Agreement, agreement_id)
        if other is None or other.client_id != claim.client_id:
            raise NotFound("agreement of this client")
        bound = bound_by(session, other)
        terms = bound.terms
    paid = fees_received(session, claim.client_id)
    prior = earlier_payments(session, claim.agreement_id, but_of=claim.id or None)
    fees = fees_at(bound, paid, claim.event_day, terms.fee_basis)
    return Facts(dict(claim.data), bound, terms, fees, prior, claim.contract_year)


def calculated(facts: Facts, changes: Mapping[str, Any] | None = None) -> Json:
    """The answer (claim_result.answer), with the changes of a what-if. Error: ``RequestInvalid`` naming the field."""
    asked = dict(changes or {})
    params = asked.pop("params", {})
    fees = asked.pop("fees_paid", facts.fees)
    main_cap = asked.pop("main_agreement_cap", facts.bound.main_cap)
    prior = () if asked.pop("without_earlier_payments", False) else facts.prior
    claim = calculator_claim(
        {**facts.data, **as_json(asked)},
        fees_paid=fees,
        main_agreement_cap=main_cap,
        contract_year=facts.contract_year,
        prior_payments=prior,
    )
    bound = facts.bound
    agreement = {
        "id": bound.agreement_id,
        "reference": bound.reference,
        "effective_from": bound.effective_from.isoformat(),
        "effective_until": bound.effective_until.isoformat() if bound.effective_until else None,
        "contract_start": bound.contract_start.isoformat(),
        "deviations": {entry["id"]: str(entry.get("label") or entry["id"]) for entry in bound.deviations},
    }
    return answer(claim, changed_terms(facts.terms, params), bound.library, agreement=agreement)
