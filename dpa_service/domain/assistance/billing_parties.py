"""Seller and buyer of an invoice from what the house and its clients are elsewhere: the profile, and the party of a request. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dpa_service.domain.assistance.invoicing import Buyer, Endpoint, PostalAddress, Seller, digits
from dpa_service.domain.contract.request import Party
from dpa_service.domain.errors import FieldError, RequestInvalid

REQUIRED = ("iban",)  # of the profile's `invoicing`: without it no invoice can be paid


def seller(profile: Mapping[str, Any]) -> Seller:
    """The house on its invoices: the profile (clauses/processor.yaml) and its part `invoicing`.

    `invoicing` holds ``iban`` and, where they exist, ``bic``, ``email``, ``contact``, ``phone``, ``vat_number`` (else BE and the
    enterprise number). Raises RequestInvalid naming what is missing.
    """
    own = profile.get("invoicing") or {}
    missing = [FieldError(f"invoicing.{name}", "REQUIRED", f"Enter the house's {name}: invoices cannot be made without it.")
               for name in REQUIRED if not own.get(name)]  # fmt: skip
    if missing:
        raise RequestInvalid(missing)
    number, address = digits(str(profile["enterprise_number"])), profile["address"]
    return Seller(
        name=profile["name"],
        enterprise_number=number,
        vat_number=compact(own.get("vat_number") or f"BE{number}"),
        address=PostalAddress(address["street"], str(address["postal_code"]), address["city"], address["country"]),
        iban=compact(own["iban"]),
        bic=compact(own["bic"]) if own.get("bic") else None,
        email=own.get("email"),
        contact=own.get("contact"),
        phone=own.get("phone"),
        legal_form=profile.get("legal_form"),
        register=profile.get("register"),
    )


def buyer(
    party: Party,
    *,
    reference: str | None = None,
    order: str | None = None,
    email: str | None = None,
    endpoint: Endpoint | None = None,
) -> Buyer:
    """A client on its invoices: the party of its agreement, with what finance noted (reference BT-10, order BT-13, e-mail, address).

    A Belgian client's VAT number is BE and its enterprise number unless the party states another.
    """
    number = digits(party.enterprise_number) if party.enterprise_number else None
    vat = compact(party.vat_number) if party.vat_number else f"BE{number}" if number and party.address.country == "BE" else None
    return Buyer(
        name=party.name,
        address=PostalAddress(party.address.street, party.address.postal_code, party.address.city, party.address.country),
        vat_number=vat,
        enterprise_number=number,
        reference=reference,
        order=order,
        email=email,
        endpoint=endpoint,
    )


def compact(number: str) -> str:
    """A number as machines write it: without spaces, points and dashes, in capitals."""
    return "".join(sign for sign in number if sign.isalnum()).upper()
