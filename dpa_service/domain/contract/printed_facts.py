"""The facts of parties and request that a clause text may print: ``{controller.name}``, ``{main.date}`` and their like.

A fact that is absent stays out of the mapping, so that printing it is an error and never a blank.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from dpa_service.domain.contract.request import UNLIMITED, Party, Request
from dpa_service.domain.contract.wording import country, long_date, money

PARTY = ("name", "legal_form", "identification", "address", "signatory", "signatory_role", "privacy_name", "privacy_email",
         "privacy_phone")  # fmt: skip
HOUSE = ("dpo_email", "insured_sum", "court_seat", "in_force_since")
KNOWN = frozenset(
    [f"{side}.{name}" for side in ("controller", "processor") for name in PARTY]
    + [f"processor.{name}" for name in HOUSE]
    + ["main.identification", "main.title", "main.date", "main.cap"]
    + [
        "agreement.reference",
        "agreement.effective_from",
        "agreement.duration",
        "processing.subject",
        "processing.start",
    ]
)


def printed_facts(
    request: Request, house: Party, profile: Mapping[str, Any], words: Mapping[str, Any], reference: str
) -> dict[str, str]:
    """Name → text for every fact that is present. `words` is the layout of the language, `profile` the house's own data."""
    language = request.language
    facts = {f"processor.{name}": text for name, text in party_facts(house, words, language).items()}
    facts["processor.dpo_email"] = str(profile["dpo_email"])
    facts["processor.insured_sum"] = money(Decimal(str(profile["insured_sum"])), language)
    facts["processor.court_seat"] = str(profile["court_seat"])
    if since := profile.get("in_force_since"):
        facts["processor.in_force_since"] = long_date(request.effective_from.fromisoformat(str(since)), language)
    if request.client:
        facts |= {f"controller.{name}": text for name, text in party_facts(request.client, words, language).items()}
    if main := request.main_agreement:
        facts["main.title"], facts["main.date"] = main.title, long_date(main.date, language)
        known = words["main_agreement"]["referenced" if main.reference else "plain"]
        facts["main.identification"] = known.format(title=main.title, date=facts["main.date"], reference=main.reference)
        if main.cap is not None:
            facts["main.cap"] = words["main_cap"]["unlimited"] if main.cap == UNLIMITED else money(Decimal(main.cap), language)
    names = ", ".join(_inner(item.name(language)) for item in request.services)
    if request.subject or names:
        facts["processing.subject"] = request.subject or words["subject"].format(services=names)
    start = long_date(request.effective_from, language)
    facts |= {"agreement.reference": reference, "agreement.effective_from": start, "processing.start": start,
              "agreement.duration": words["duration"]["main"]}  # fmt: skip
    return facts


def _inner(name: str) -> str:
    """A service's name as it stands inside a sentence."""
    return name[:1].lower() + name[1:]


def party_facts(party: Party, words: Mapping[str, Any], language: str) -> dict[str, str]:
    """One party's printable facts (without prefix)."""
    facts = {
        "name": party.name,
        "legal_form": party.legal_form,
        "identification": identification(party, words),
        "address": postal(party, language),
        "signatory_role": party.signatory_role,
        "privacy_name": party.privacy_name,
        "privacy_email": party.privacy_email,
    }
    if party.signatory:
        facts["signatory"] = party.signatory
    if party.privacy_phone:
        facts["privacy_phone"] = party.privacy_phone
    return facts


def identification(party: Party, words: Mapping[str, Any]) -> str:
    """ "ondernemingsnummer 0427.073.974, RPR Brussel", a VAT number, or the registration as given."""
    if party.enterprise_number:
        number = words["party"]["enterprise_number"].format(number=party.enterprise_number)
    elif party.vat_number:
        number = words["party"]["vat_number"].format(number=party.vat_number)
    else:
        number = party.registration or ""
    return ", ".join(part for part in (number, party.register) if part)


def postal(party: Party, language: str) -> str:
    """ "Louizalaan 251, 1050 Brussel", with the country when it is not Belgium."""
    address = party.address
    text = f"{address.street}, {address.postal_code} {address.city}"
    return f"{text}, {country(address.country, language)}" if party.foreign else text


def description(party: Party, words: Mapping[str, Any], language: str) -> list[str]:
    """The lines under the party's name on the cover."""
    templates = words["party"]
    if party.signatory:
        represented = templates["represented"].format(name=party.signatory, role=party.signatory_role)
    else:
        represented = templates["represented_role"].format(role=party.signatory_role)
    return [
        party.legal_form,
        templates["seat"].format(address=postal(party, language)),
        identification(party, words),
        represented,
    ]
