"""The two parties of an invoice: the house with its bank details, and the client with what finance noted about its invoices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from dpa_service.adapters.db.assistance import BillingProfile
from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.models import Client
from dpa_service.domain.assistance import billing_parties
from dpa_service.domain.assistance.invoicing import Buyer, Endpoint, Seller
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.request import party
from dpa_service.services.assistance.assistance_schema import ProfileBlock, load
from dpa_service.services.errors import NotFound
from dpa_service.services.house import house
from dpa_service.services.house.house_schema import PROCESSOR
from dpa_service.services.use_case import use_case


def seller(session: Session, base: Library) -> Seller:
    """The house on its invoices. In: the clause library as its files are. Error: ``RequestInvalid`` naming what is missing
    (``invoicing.iban``), which is filled in with the processor profile."""
    return billing_parties.seller(house.current(session, base, PROCESSOR).content)


def bank_details(session: Session, base: Library) -> tuple[dict[str, Any], int]:
    """What invoices print of the house beside its profile (``InvoicingBlock``; empty when never filled in), and the profile's version."""
    found = house.current(session, base, PROCESSOR)
    return dict(found.content.get("invoicing") or {}), found.number


def save_bank_details(
    session: Session, base: Library, data: Mapping[str, Any], *, expected: int, actor: str, now: datetime
) -> house.Version:  # fmt: skip
    """Fill them in. In: ``InvoicingBlock`` (house_schema.py); `expected`, the version that the author saw. A new version of the processor
    profile, with the same agreements as before. Error: ``RequestInvalid`` (fields ``invoicing.…``), ``Stale``."""
    return house.save(
        session, base, PROCESSOR, lambda old: {**old, "invoicing": dict(data)}, expected=expected, actor=actor, now=now
    )


def buyer(session: Session, client: Client, fallback_reference: str | None) -> Buyer:
    """A client on its invoices; without a reference of its own it sees that of its agreement, because Peppol asks one."""
    profile = session.get(BillingProfile, client.id)
    reference, order = (profile.reference, profile.order_number) if profile else (None, None)
    endpoint = Endpoint(profile.endpoint_scheme, profile.endpoint_value or "") if profile and profile.endpoint_scheme else None
    return billing_parties.buyer(
        party(client.data),
        reference=reference or (None if order else fallback_reference),
        order=order,
        email=profile.email if profile else None,
        endpoint=endpoint,
    )


def profile(session: Session, client_id: str) -> BillingProfile | None:
    """What finance noted about a client's invoices, or None. Error: ``NotFound``."""
    with reading(session):
        if session.get(Client, client_id) is None:
            raise NotFound("client")
        return session.get(BillingProfile, client_id)


def save_profile(session: Session, client_id: str, data: Any, *, actor: str, now: datetime) -> BillingProfile:
    """Note what a client wants on its invoices from now on. In: ``ProfileBlock``. Error: ``NotFound``, ``RequestInvalid``."""
    valid = load(ProfileBlock(), data)
    endpoint = valid.get("endpoint") or {}
    with use_case(session, actor=actor, now=now) as work:
        if session.get(Client, client_id, with_for_update=True) is None:
            raise NotFound("client")
        row = session.get(BillingProfile, client_id)
        if row is None:
            row = BillingProfile(client_id=client_id)
            session.add(row)
        row.reference, row.order_number, row.email = valid.get("reference"), valid.get("order_number"), valid.get("email")
        row.endpoint_scheme, row.endpoint_value = endpoint.get("scheme"), endpoint.get("value")
        row.updated_at, row.updated_by = now, actor
        session.flush()
        work.note("billing.profile", "client", client_id, endpoint=row.endpoint_scheme)
        return row
