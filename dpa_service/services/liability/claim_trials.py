"""What-if: one claim under changed facts, and under several sets of terms beside each other. Nothing is saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.models import Agreement
from dpa_service.domain.liability.liability_terms import contract_year
from dpa_service.domain.lifecycle import DISCARDED, DRAFT, WITHDRAWN
from dpa_service.services.agreements import agreements
from dpa_service.services.errors import NotFound
from dpa_service.services.liability import claims
from dpa_service.services.liability.claim_calculation import Facts, Json, calculated, facts_of
from dpa_service.services.liability.claim_result import standard_terms
from dpa_service.services.liability.claim_schema import load_what_if
from dpa_service.services.liability.liability_facts import (
    Bound,
    bound_by,
    bound_by_snapshot,
    earlier_payments,
    fees_at,
    fees_received,
)
from dpa_service.services.library import library as releases

OWN, STANDARD = "own", "standard"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is tried: a claim of the register; or an agreement or draft, with `data` (``event_day`` and what else is known)."""

    claim_id: str | None = None
    agreement_id: str | None = None
    data: Mapping[str, Any] | None = None


def candidates(session: Session, client_id: str) -> Sequence[Agreement]:
    """The agreements and drafts of a client whose terms a claim can be tried under, the newest first."""
    page = agreements.listing(session, client_id=client_id, limit=100)
    return [row for row in page.items if row.family == "agreement" and row.state not in (DISCARDED, WITHDRAWN)]


def tried(session: Session, subject: Subject, terms: Sequence[str], changes: Any = None) -> list[Json]:
    """The answers (claim_result.answer) under each of `terms`, in their order, all with the same changed facts.

    In: terms "own" (of the agreement that the claim is against), "standard", or the id of an agreement or draft of this client;
    `changes` as ``WhatIfBlock``; those of its `params` hold for "own" and for other agreements alike. Error: ``NotFound``;
    ``RequestInvalid`` naming each wrong field; ``DomainError`` for a draft that cannot be assembled.
    """
    asked = load_what_if(changes or {})
    named = sorted({*terms, subject.agreement_id or OWN} - {OWN, STANDARD})
    drafts = {name: agreements.preview(session, name) for name in named if agreements.get(session, name).agreement.state == DRAFT}
    with reading(session):
        own = _own(session, subject, drafts)
        answers = []
        for name in terms:
            facts = own if name == OWN else _under(session, own, name, drafts)
            answers.append(calculated(facts, {**asked, "params": {}} if name == STANDARD else asked))
        return answers


def _own(session: Session, subject: Subject, drafts: Mapping[str, Any]) -> Facts:
    if subject.claim_id is not None:
        return facts_of(session, claims.found(session, subject.claim_id))
    bound = _bound(session, str(subject.agreement_id), drafts)
    data = dict(subject.data or {})
    day = date.fromisoformat(data["event_day"]) if data.get("event_day") else bound.effective_from
    paid = fees_received(session, bound.client_id)
    prior = earlier_payments(session, bound.agreement_id)
    return Facts(data, bound, bound.terms, fees_at(bound, paid, day), prior, contract_year(bound.contract_start, day))


def _under(session: Session, own: Facts, name: str, drafts: Mapping[str, Any]) -> Facts:
    """The same claim under the house standard or another agreement of the client: its terms, its main agreement's cap."""
    day = _day(own)
    paid = fees_received(session, own.bound.client_id)
    if name == STANDARD:
        terms = standard_terms(own.bound.library)
        return replace(own, terms=terms, fees=fees_at(own.bound, paid, day, terms.fee_basis))
    bound = _bound(session, name, drafts)
    if bound.client_id != own.bound.client_id:
        raise NotFound("agreement of this client")
    year = contract_year(bound.contract_start, day)
    return replace(own, bound=bound, terms=bound.terms, fees=fees_at(bound, paid, day), contract_year=year)


def _day(facts: Facts) -> date:
    """The day of the event; of facts without one, the day on which the agreement takes effect."""
    text = facts.data.get("event_day")
    return date.fromisoformat(text) if text else facts.bound.effective_from


def _bound(session: Session, agreement_id: str, drafts: Mapping[str, Any]) -> Bound:
    row = session.get(Agreement, agreement_id)
    if row is None or row.family != "agreement" or row.client_id is None:
        raise NotFound("agreement")
    if agreement_id not in drafts:
        return bound_by(session, row)
    return bound_by_snapshot(row, drafts[agreement_id], releases.pinned(session, row.library_hash))
