"""The tariff in force for a client on a day: that of its signed agreement, else of the general terms (b3), with what shaped it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.models import Agreement, AgreementIssue
from dpa_service.domain import lifecycle
from dpa_service.domain.assistance.assistance import Tariff, tariff
from dpa_service.domain.assistance.duties import DUTIES
from dpa_service.domain.errors import DomainError
from dpa_service.domain.lifecycle import ENDED, ISSUED, SIGNED, SUPERSEDED
from dpa_service.services.errors import NotFound

Json = dict[str, Any]
TARIFF_TERMS = (
    "assistance_rate", "audit_rate_cap", "assistance_increment", "assistance_free_hours", "quote_from_hours", "payment_days",
    "assistance_free_if_caused", "audit_cost", *(each.billable for each in DUTIES.values()),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class InForce:
    """What holds for a client on a day: `terms` (parameter → value), its `tariff`, and `sources`: the deviations that shaped the
    tariff, as ``{"parameter", "label", "deviation", "text"}``."""

    agreement_id: str
    reference: str
    family: str
    terms: Mapping[str, Any]
    tariff: Tariff
    sources: tuple[Json, ...]


def in_force(session: Session, client_id: str, day: date, seen: dict[str, InForce] | None = None) -> InForce:
    """The tariff of a client on a day, inside a transaction. `seen` keeps what was read, by agreement, for many days at once.

    Error: ``DomainError`` NO_TERMS where neither an agreement was in force nor general terms were issued.
    """
    query = sa.select(Agreement).where(
        Agreement.client_id == client_id,
        Agreement.family == "agreement",
        Agreement.state.in_((SIGNED, SUPERSEDED, ENDED)),
        Agreement.effective_from <= day,
    )
    agreement = lifecycle.in_force(session.scalars(query).all(), day) or _general_terms(session, day)
    if agreement is None:
        raise DomainError(
            "NO_TERMS",
            f"On {day} no agreement of this client was in force and no general terms were issued, so there is no tariff. "
            "Record the signature of the agreement, or issue the general terms.",
        )
    known = seen if seen is not None else {}
    if agreement.id not in known:
        known[agreement.id] = of_snapshot(agreement, snapshot_of(session, agreement.id))
    return known[agreement.id]


def agreements_in_force(session: Session, client_ids: Iterable[str], day: date) -> dict[str, str]:
    """Client → the agreement of its own in force on a day, for many clients at once, inside a transaction; others are left out."""
    dated: dict[str, list[Any]] = defaultdict(list)
    wanted, columns = sorted(client_ids), (Agreement.id, Agreement.client_id, Agreement.state, Agreement.effective_from)
    for start in range(0, len(wanted), 500):
        query = sa.select(*columns, Agreement.effective_until).where(
            Agreement.client_id.in_(wanted[start : start + 500]),
            Agreement.family == "agreement",
            Agreement.state.in_((SIGNED, SUPERSEDED, ENDED)),
            Agreement.effective_from <= day,
        )
        for row in session.execute(query):
            dated[row.client_id].append(row)
    found = {client_id: lifecycle.in_force(rows, day) for client_id, rows in dated.items()}
    return {client_id: row.id for client_id, row in found.items() if row is not None}


def of_snapshot(agreement: Agreement, snapshot: Json) -> InForce:
    """The same from the frozen agreement itself."""
    reference = str(snapshot["reference"])
    terms = {name: term["value"] for name, term in snapshot["terms"].items()}
    sources = tuple(
        {"parameter": name, "label": term["label"], "deviation": term["source"], "text": term["text"]}
        for name in TARIFF_TERMS
        if (term := snapshot["terms"].get(name)) and term["source"] != "standard"
    )
    return InForce(agreement.id, reference, agreement.family, terms, tariff(terms, reference), sources)


def snapshot_of(session: Session, agreement_id: str) -> Json:
    """What was issued, inside a transaction. Error: ``NotFound``."""
    text = session.scalar(sa.select(AgreementIssue.snapshot).where(AgreementIssue.agreement_id == agreement_id))
    if text is None:
        raise NotFound("issued agreement")
    return dict(json.loads(text))


def _general_terms(session: Session, day: date) -> Agreement | None:
    """The general terms that held on a day: the last ones issued that had begun."""
    query = sa.select(Agreement).where(
        Agreement.family == "general-terms", Agreement.state == ISSUED, Agreement.effective_from <= day
    )
    return session.scalars(query.order_by(Agreement.effective_from.desc(), Agreement.created_at.desc()).limit(1)).first()
