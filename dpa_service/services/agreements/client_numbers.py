"""What an enterprise or VAT number tells before anything is saved: whether it can be right, its normal form, and who has it already."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from marshmallow import ValidationError
from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.models import Client
from dpa_service.services.agreements.countries import COUNTRIES, EU
from dpa_service.services.agreements.request_fields import EnterpriseNumber, VatNumber
from dpa_service.services.agreements.request_schema import identified_by

_LONGEST = 30


@dataclass(frozen=True, slots=True)
class Told:
    """`field` is where the number belongs and `number` its normal form; `code` says what is wrong with it (None: nothing).

    `vat` is the Belgian VAT number that follows from an enterprise number, `country` the one that a VAT number names,
    `existing` the client that has this number.
    """

    field: str
    number: str
    code: str | None = None
    vat: str | None = None
    country: str | None = None
    existing: Client | None = None


def check(session: Session, typed: str, country: str = "BE") -> Told:
    """What `typed` tells for a client of `country`. A VAT number of another EU country is recognised by its letters."""
    text = typed.strip()[:_LONGEST]
    letters = text[:2].upper().replace("EL", "GR")
    if letters in EU - {"BE"}:
        return _vat(session, text, letters)
    if country in COUNTRIES and identified_by(country) == "vat_number" and letters != "BE":
        return _vat(session, text, country)
    return _belgian(session, text)


def _belgian(session: Session, text: str) -> Told:
    try:
        number = EnterpriseNumber().read(text)
    except ValidationError:
        digits = sum(sign.isdigit() for sign in text)
        return Told("enterprise_number", text, "CHECK_DIGITS" if digits in (9, 10) else "TEN_DIGITS")
    vat = "BE" + number.replace(".", "")
    return Told("enterprise_number", number, vat=vat, country="BE", existing=_holder(session, number))


def _vat(session: Session, text: str, country: str) -> Told:
    try:
        number = VatNumber().read(text)
    except ValidationError:
        return Told("vat_number", text, "VAT_NUMBER", country=country)
    return Told("vat_number", number, country=country, existing=_holder(session, number))


def _holder(session: Session, number: str) -> Client | None:
    with reading(session):
        return session.scalars(sa.select(Client).where(Client.identity == number)).one_or_none()
