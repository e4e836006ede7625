"""The two parties of an invoice: the house with its bank details, and the client with what finance noted about its invoices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from dpa_service.adapters.db.assistance import BillingProfile
from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.models import Client
from dpa_service.adapters.number_checks import NUMBERS
from dpa_service.domain.assistance import billing_parties
from dpa_service.domain.assistance.invoice_check import enterprise_number_valid
from dpa_service.domain.assistance.invoicing import VAT_SCHEMES, Buyer, Endpoint, Seller, digits
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.request import party
from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.services.assistance.assistance_schema import ProfileBlock, load
from dpa_service.services.errors import NotFound, Stale
from dpa_service.services.house import house
from dpa_service.services.house.house_schema import PROCESSOR
from dpa_service.services.use_case import use_case

BELGIAN = "0208"  # the Peppol scheme of enterprise numbers


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

    def changed(old: dict[str, Any]) -> dict[str, Any]:
        given, own = data.get("vat_number"), f"BE{digits(str(old['enterprise_number']))}"
        if isinstance(given, str) and NUMBERS.vat(billing_parties.compact(given)) and billing_parties.compact(given) != own:
            message = f"The house's VAT number is {own}; with another one no invoice could be issued. Leave it out."
            raise RequestInvalid([FieldError("invoicing.vat_number", "NOT_OURS", message)])
        return {**old, "invoicing": dict(data)}

    return house.save(session, base, PROCESSOR, changed, expected=expected, actor=actor, now=now)


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


def mark(profile: BillingProfile | None) -> str:
    """By which a later save sees whether the profile is still the one that its author saw."""
    return profile.updated_at.isoformat() if profile else "none"


def save_profile(
    session: Session, client_id: str, data: Any, *, expected: str | None = None, actor: str, now: datetime
) -> BillingProfile:  # fmt: skip
    """Note what a client wants on its invoices from now on. In: ``ProfileBlock``; `expected`, the ``mark`` of what the author saw.

    Error: ``NotFound``; ``RequestInvalid``, also for an address on the network whose check digits do not fit; ``Stale``.
    """
    valid = load(ProfileBlock(), data)
    endpoint = valid.get("endpoint") or {}
    with use_case(session, actor=actor, now=now) as work:
        client = session.get(Client, client_id, with_for_update=True)
        if client is None:
            raise NotFound("client")
        row = session.get(BillingProfile, client_id)
        if expected is not None and expected != mark(row):
            raise Stale("billing profile")
        if endpoint:
            endpoint = _endpoint(endpoint, party(client.data).address.country)
        if row is None:
            row = BillingProfile(client_id=client_id)
            session.add(row)
        row.reference, row.order_number, row.email = valid.get("reference"), valid.get("order_number"), valid.get("email")
        row.endpoint_scheme, row.endpoint_value = endpoint.get("scheme"), endpoint.get("value")
        row.updated_at, row.updated_by = now, actor
        session.flush()
        work.note("billing.profile", "client", client_id, endpoint=row.endpoint_scheme)
        return row


def _endpoint(given: Mapping[str, str], country: str) -> dict[str, str]:
    """An address on the network in its normal form. Error: ``RequestInvalid`` (field ``endpoint.…``) for one that reaches nobody."""
    scheme, value = given["scheme"], billing_parties.compact(given["value"])
    if country == "BE" and scheme != BELGIAN:
        message = "A Belgian client is reached by its enterprise number (scheme 0208)."
        raise RequestInvalid([FieldError("endpoint.scheme", "BELGIAN", message)])
    if scheme == BELGIAN:
        value = value.removeprefix("BE")
        fits = enterprise_number_valid(value)
    elif scheme == "0106":
        fits = value.isascii() and value.isdigit() and len(value) == 8
    else:
        fits = NUMBERS.vat(value) and {"BE": "9925", **VAT_SCHEMES}.get(value[:2]) == scheme
    if not fits:
        message = f"This is no number of scheme {scheme}; copy it from the client or from the Peppol directory."
        raise RequestInvalid([FieldError("endpoint.value", "ENDPOINT", message)])
    return {"scheme": scheme, "value": value}
