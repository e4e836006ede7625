"""Claims, payments and fees as they come in through a page or the API: one set of rules, every wrong field named with its code.

Amounts are EUR as text ("2500.00"). Days are ISO dates. What the rules cannot know (is the agreement in force on that day?) is
for the use cases.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError

from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.domain.liability.claim import BASES, FAULTS, KINDS, MAIN, OTHER, Claim, Item, Params, Prior
from dpa_service.services.agreements.request_fields import Block, Choice, Described, Flag, IsoDate, Items, Json, Line, Part, wrong
from dpa_service.services.agreements.request_schema import flatten

OUTSIDE = "outside"
POOLS = (MAIN, OTHER, OUTSIDE)
CURRENCY = "EUR"
MOST = Decimal("999999999.99")
_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,9})?")
_FOREIGN = re.compile(r"[A-Za-z$£¥₤₣]")
FACTS = ("gdpr_processor_breach", "outside_instructions", "instruction_unlawful", "not_responsible", "third_party_misuse",
         "extra_contractual")  # fmt: skip
# What each basis needs beside fault and items: a page asks no more than this.
QUESTIONS: dict[str, tuple[str, ...]] = {
    "contract_general": ("third_party_misuse", "extra_contractual"),
    "processor": ("gdpr_processor_breach", "outside_instructions", "instruction_unlawful", "third_party_misuse", "extra_contractual"),
    "other": ("third_party_misuse",),
    "website": ("third_party_misuse",),
    "controller_recourse": ("gdpr_processor_breach", "outside_instructions", "instruction_unlawful", "responsibility_share"),
    "data_subject": ("gdpr_processor_breach", "outside_instructions", "instruction_unlawful", "not_responsible",
                     "responsibility_share"),
    "third_party_indemnity": ("responsibility_share",),
}  # fmt: skip


class Money(Described):
    """An amount in EUR as text with a point and at most two decimals, above zero (or zero where `zero`)."""

    def __init__(self, *, zero: bool = False, unlimited: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.zero, self.unlimited = zero, unlimited

    def read(self, value: Any) -> Any:
        """The amount as Decimal with two decimals, or the word."""
        if self.unlimited and value == "unlimited":
            return value
        if isinstance(value, Decimal):
            value = format(value, "f")
        if not isinstance(value, str):
            raise wrong("AMOUNT", 'Give the amount as text with a point, such as "2500.00".')
        text = value.strip().removeprefix("€").removesuffix("€").strip()
        if _FOREIGN.search(text):
            raise wrong("CURRENCY", "Amounts are in euro; convert this one and give only the figure.")
        if not _NUMBER.fullmatch(text):
            raise wrong("AMOUNT", 'Give the amount as text with a point and no thousands separator, such as "2500.00".')
        amount = Decimal(text)
        if amount < 0:
            raise wrong("AMOUNT_NEGATIVE", "An amount is not below zero; give it as a positive figure.")
        if len(text.partition(".")[2]) > 2:  # also 1.250: three decimals, or thousands?
            raise wrong("AMOUNT_SCALE", "An amount has at most two decimals; round it yourself.")
        if amount == 0 and not self.zero:
            raise wrong("AMOUNT_ZERO", "Give an amount above zero, or leave the line out.")
        if amount > MOST:
            raise wrong("RANGE", "This amount is too large to be right; check it.")
        return amount.quantize(Decimal("0.01"))

    def json(self) -> Json:
        """A string with an amount."""
        word = "|unlimited" if self.unlimited else ""
        return {"type": "string", "pattern": rf"^([0-9]{{1,9}}(\.[0-9]{{1,2}})?{word})$", "examples": ["2500.00"]}


class Number(Described):
    """A decimal number as text between two bounds, with at most four decimals."""

    def __init__(self, least: str, most: str, **options: Any) -> None:
        super().__init__(**options)
        self.least, self.most = Decimal(least), Decimal(most)

    def read(self, value: Any) -> Decimal:
        """The number as Decimal."""
        text = str(value) if isinstance(value, str | Decimal) or (isinstance(value, int) and not isinstance(value, bool)) else ""
        if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,4})?", text.strip()):
            raise wrong("NUMBER", 'Give the number as text with a point, such as "0.5".')
        number = Decimal(text.strip())
        if not self.least <= number <= self.most:
            raise wrong("RANGE", f"Give a number from {self.least} to {self.most}.")
        return number

    def json(self) -> Json:
        """A string with a number."""
        return {"type": "string", "pattern": r"^[0-9]{1,6}(\.[0-9]{1,4})?$", "examples": ["0.5"]}


class Period(Described):
    """A month as YYYY-MM."""

    def read(self, value: Any) -> str:
        """The month."""
        if not isinstance(value, str) or not re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", value.strip()):
            raise wrong("PERIOD", "Give the month as YYYY-MM, such as 2026-11.")
        return value.strip()

    def json(self) -> Json:
        """A string."""
        return {"type": "string", "pattern": "^20[0-9]{2}-(0[1-9]|1[0-2])$"}


class Currency(Described):
    """EUR and nothing else."""

    def read(self, value: Any) -> str:
        """The word."""
        if not isinstance(value, str) or value.strip().upper() != CURRENCY:
            raise wrong("CURRENCY", "Amounts are in euro (EUR); convert this one first.")
        return CURRENCY

    def json(self) -> Json:
        """One word."""
        return {"type": "string", "enum": [CURRENCY]}


class ItemBlock(Block):
    """One head of damage."""

    kind = Choice(*KINDS, required=True, about="direct, indirect, or fine (an administrative fine)")
    amount = Money(required=True, about="EUR, at most two decimals")
    bodily = Flag(about="harm to the life or physical integrity of a person")
    label = Line(200, about="what it is, in a few words")
    currency = Currency(about="EUR; may be left out")


class FactsBlock(Block):
    """What the calculator asks about a claim, each with its meaning; ``QUESTIONS`` says which a basis needs."""

    basis = Choice(*BASES, required=True)
    fault = Choice(*FAULTS, required=True)
    items = Items(Part(ItemBlock()), required=True, least=1, most=100)
    gdpr_processor_breach = Flag(about="a duty of the GDPR for processors was not met (f2)")
    outside_instructions = Flag(about="the house acted outside or against the client's instructions (f2)")
    instruction_unlawful = Flag(about="the instruction it departed from was unlawful (AR8)")
    not_responsible = Flag(about="the house proves that it is not responsible in any way (Art. 82(3))")
    third_party_misuse = Flag(about="damage from misuse of data or systems by outsiders (a16)")
    extra_contractual = Flag(about="the claim is also pleaded in tort (AR14)")
    responsibility_share = Number("0", "1", about="the house's part in the responsibility, 0 to 1")


class ClaimBlock(FactsBlock):
    """A claim as it is reported."""

    event_day = IsoDate(required=True, about="the day of the event that caused the damage")
    reported_day = IsoDate(required=True, about="the day the claim reached the house")
    summary = Line(500, required=True, about="what happened, in a few words")
    claimant = Line(200, about="who claims, where it is not the client")


class ParamsBlock(Block):
    """Terms that a what-if changes, by the calculator's names. A cap is an amount or "unlimited"."""

    cap_fixed = Money(zero=True, unlimited=True)
    fee_limb = Flag()
    fee_multiplier = Number("0", "100")
    combine = Choice("min", "max")
    cap_other = Money(zero=True, unlimited=True)
    other_pool = Choice("separate", "sub_limit")
    aggregation = Choice("agreement", "contract_year", "per_claim")
    fault_gate = Choice("ordinary", "gross", "fraud")
    direct_only = Flag()
    gdpr_scope_gate = Flag()
    require_lawful_instruction = Flag()
    main_cap_mode = Choice("main_governs", "lower", "higher", "ignore")
    uncapped_from = Choice("gross", "fraud", "never")
    fines_recoverable = Flag()
    website_excluded = Flag()
    third_party_misuse_bases = Items(Choice("website", "other", "contract_general", "processor"))
    indemnity = Choice("customer", "mutual", "none")
    cap_gross_factor = Number("1", "2")
    cap_ceiling = Money(zero=True, unlimited=True)
    bodily_uncapped = Flag()


class WhatIfBlock(Block):
    """What a what-if changes: facts of the claim, terms, fees, the main agreement's cap, earlier payments left out."""

    basis = Choice(*BASES)
    fault = Choice(*FAULTS)
    items = Items(Part(ItemBlock()), least=1, most=100)
    gdpr_processor_breach = Flag()
    outside_instructions = Flag()
    instruction_unlawful = Flag()
    not_responsible = Flag()
    third_party_misuse = Flag()
    extra_contractual = Flag()
    responsibility_share = Number("0", "1")
    params = Part(ParamsBlock())
    fees_paid = Money(zero=True, about="the fees that count, EUR excluding VAT")
    main_agreement_cap = Money(zero=True, unlimited=True)
    without_earlier_payments = Flag()


class PaymentBlock(Block):
    """A payment on a claim. `settle` closes the claim with it; `reason` is needed for more than the clauses say."""

    pool = Choice(*POOLS, required=True)
    amount = Money(required=True)
    paid_on = IsoDate(required=True)
    settle = Flag()
    reason = Line(500)
    currency = Currency()


class FeeBlock(Block):
    """A sum of fees received, excluding VAT; a credit note is a positive amount of that kind."""

    received_on = IsoDate(required=True, about="the day the money (or the credit note) came")
    amount = Money(required=True, about="EUR excluding VAT, at most two decimals")
    kind = Choice("payment", "credit_note")
    period = Period(about="the month it is for")
    external_key = Line(100, about="your own name of this payment; the same one again changes nothing")
    currency = Currency()


class ImportedFeeBlock(FeeBlock):
    """The same out of another program: the client by number or id, and a key that makes repeating harmless."""

    client = Line(100, required=True, about="the client's id, enterprise number or VAT number")
    external_key = Line(100, required=True, about="your own name of this payment; the same one again changes nothing")


def load_claim(data: Any) -> Json:
    """A claim as plain JSON in its normal form. Error: ``RequestInvalid`` naming every wrong field."""
    valid = _loaded(ClaimBlock(), data)
    wrong_fields = []
    if valid["reported_day"] < valid["event_day"]:
        message = "It was reported before it happened; correct one of the two days."
        wrong_fields.append(FieldError("reported_day", "BEFORE_EVENT", message))
    if valid["basis"] == "controller_recourse" and "responsibility_share" not in valid:
        message = "Recourse is for the house's share: give it, from 0 to 1."
        wrong_fields.append(FieldError("responsibility_share", "REQUIRED", message))
    if wrong_fields:
        raise RequestInvalid(wrong_fields)
    plain: Json = as_json(valid)
    return plain


def load_what_if(data: Any) -> Json:
    """The changes of a what-if, typed: amounts as Decimal. Error: ``RequestInvalid``."""
    return _loaded(WhatIfBlock(), data)


def load_payment(data: Any) -> Json:
    """A payment, typed. Error: ``RequestInvalid``."""
    return _loaded(PaymentBlock(), data)


def load_fee(data: Any, *, imported: bool = False) -> Json:
    """A sum of fees, typed: `amount` below zero for a credit note. Error: ``RequestInvalid``."""
    valid = _loaded(ImportedFeeBlock() if imported else FeeBlock(), data)
    if valid.pop("kind", "payment") == "credit_note":
        valid["amount"] = -valid["amount"]
    valid.pop("currency", None)
    return valid


def _loaded(block: Block, data: Any) -> Json:
    if not isinstance(data, Mapping):
        raise RequestInvalid([FieldError("", "TYPE", "An object is expected: { … }.")])
    try:
        return dict(block.load(data))
    except ValidationError as trouble:
        raise RequestInvalid(flatten(trouble.messages)) from trouble


def as_json(value: Any) -> Any:
    """Plain JSON: amounts and numbers as text."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        return {key: as_json(item) for key, item in value.items()}
    return [as_json(item) for item in value] if isinstance(value, list | tuple) else value


# ---- to and from the calculator --------------------------------------------------------------------------------------


def calculator_claim(data: Mapping[str, Any], **register: Any) -> Claim:
    """The claim of the calculator out of `data` in its normal form; `register` adds fees, earlier payments, main cap, contract year."""
    items = tuple(Item(item["kind"], Decimal(item["amount"]), bool(item.get("bodily"))) for item in data["items"])
    flags: Json = {name: bool(data.get(name)) for name in FACTS}
    share = Decimal(str(data.get("responsibility_share", "1")))
    return Claim(data["basis"], data["fault"], items, responsibility_share=share, **flags, **register)


def claim_json(claim: Claim) -> Json:
    """A calculator's claim as the vectors write it, enough to calculate the same again."""
    return {
        "basis": claim.basis,
        "fault": claim.fault,
        "items": [{"kind": i.kind, "amount": as_json(i.amount), "bodily": i.bodily} for i in claim.items],
        **{name: getattr(claim, name) for name in FACTS},
        "responsibility_share": as_json(claim.responsibility_share),
        "fees_paid": as_json(claim.fees_paid),
        "main_agreement_cap": as_json(claim.main_agreement_cap),
        "contract_year": claim.contract_year,
        "prior_payments": [
            {"pool": p.pool, "amount": as_json(p.amount), "contract_year": p.contract_year} for p in claim.prior_payments
        ],
    }


def claim_of(data: Mapping[str, Any]) -> Claim:
    """The claim that ``claim_json`` wrote."""
    fees, main = data["fees_paid"], data["main_agreement_cap"]
    return calculator_claim(
        data,
        fees_paid=None if fees is None else Decimal(fees),
        main_agreement_cap=main if main in (None, "unlimited") else Decimal(main),
        contract_year=data["contract_year"],
        prior_payments=tuple(Prior(p["pool"], Decimal(p["amount"]), p["contract_year"]) for p in data["prior_payments"]),
    )


_DECIMALS = ("cap_fixed", "fee_multiplier", "cap_other", "cap_gross_factor", "cap_ceiling")


def params_json(params: Params) -> Json:
    """The params as plain JSON, with `sources`."""
    names = [name for name in Params.__dataclass_fields__ if name != "sources"]
    return {**{name: as_json(getattr(params, name)) for name in names}, "sources": dict(params.sources)}


def params_of(data: Mapping[str, Any]) -> Params:
    """The params that ``params_json`` wrote."""
    typed: Json = {}
    for name, value in data.items():
        if name == "sources":
            typed[name] = tuple(sorted(value.items()))
        elif name in _DECIMALS and value is not None:
            typed[name] = Decimal(value)
        else:
            typed[name] = tuple(value) if isinstance(value, list) else value
    return Params(**typed)
