"""A claim or a deadline given as JSON: read strictly, calculated by the domain, answered as plain JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import holidays
from marshmallow import RAISE, Schema, ValidationError, fields, validate

from dpa_service.domain import deadlines
from dpa_service.domain.errors import DomainError
from dpa_service.domain.liability import claim as claims
from dpa_service.domain.liability import liability
from dpa_service.domain.liability.claim import Claim, ClaimError, Item, Params, Prior
from dpa_service.services.agreements.request_schema import flatten

Json = dict[str, Any]
HORIZON = range(2018, 2061)  # the years for which a legal holiday is looked up


class Amount(fields.Field[Decimal]):
    """An amount in EUR as text ("2500.00"); sign and scale are the calculator's to judge, floats are refused."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, str | int) or len(str(value)) > 20:
            raise ValidationError('An amount is a text such as "2500.00".')
        try:
            amount = Decimal(value)
        except InvalidOperation:
            raise ValidationError('An amount is a text such as "2500.00".') from None
        if not amount.is_finite():
            raise ValidationError('An amount is a text such as "2500.00".')
        return amount


class NotNegative(Amount):
    """An amount that is not below zero and has at most two decimals."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Decimal:
        amount = super()._deserialize(value)
        if amount < 0 or amount != amount.quantize(claims.CENT):
            raise ValidationError("An amount is not negative and has at most two decimals.")
        return amount


class MainCap(NotNegative):
    """A main agreement's own cap: an amount or "unlimited"."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        return value if value == claims.UNLIMITED else super()._deserialize(value)


def _one_of(*names: str) -> validate.OneOf:
    return validate.OneOf(names, error="One of: {choices}.")


class Strict(Schema):
    """Unknown fields are refused."""

    class Meta:
        """As marshmallow wants it."""

        unknown = RAISE


class ItemSchema(Strict):
    """One head of damage."""

    kind = fields.String(required=True, validate=_one_of(*claims.KINDS))
    amount = Amount(required=True)
    bodily = fields.Boolean(truthy={True}, falsy={False})


class PriorSchema(Strict):
    """An earlier payment."""

    pool = fields.String(required=True, validate=_one_of(claims.MAIN, claims.OTHER))
    amount = NotNegative(required=True)
    contract_year = fields.Integer(strict=True, allow_none=True)


class ClaimSchema(Strict):
    """A claim in the form of the calculator's specification."""

    basis = fields.String(required=True, validate=_one_of(*claims.BASES))
    fault = fields.String(required=True, validate=_one_of(*claims.FAULTS))
    items = fields.List(fields.Nested(ItemSchema), load_default=list)
    gdpr_processor_breach = fields.Boolean(truthy={True}, falsy={False})
    outside_instructions = fields.Boolean(truthy={True}, falsy={False})
    instruction_unlawful = fields.Boolean(truthy={True}, falsy={False})
    not_responsible = fields.Boolean(truthy={True}, falsy={False})
    responsibility_share = Amount(validate=validate.Range(0, 1))
    third_party_misuse = fields.Boolean(truthy={True}, falsy={False})
    extra_contractual = fields.Boolean(truthy={True}, falsy={False})
    fees_paid = NotNegative(allow_none=True)
    main_agreement_cap = MainCap(allow_none=True)
    contract_year = fields.Integer(strict=True, allow_none=True)
    prior_payments = fields.List(fields.Nested(PriorSchema))


class ParamsSchema(Strict):
    """Departures from the house standard, by the calculator's names."""

    cap_fixed = NotNegative(allow_none=True)
    fee_limb = fields.Boolean(truthy={True}, falsy={False})
    fee_multiplier = Amount(validate=validate.Range(0))
    combine = fields.String(validate=_one_of("min", "max"))
    cap_other = NotNegative(allow_none=True)
    other_pool = fields.String(validate=_one_of("separate", "sub_limit"))
    aggregation = fields.String(validate=_one_of("agreement", "contract_year", "per_claim"))
    fault_gate = fields.String(validate=_one_of(*claims.FAULTS))
    direct_only = fields.Boolean(truthy={True}, falsy={False})
    gdpr_scope_gate = fields.Boolean(truthy={True}, falsy={False})
    require_lawful_instruction = fields.Boolean(truthy={True}, falsy={False})
    main_cap_mode = fields.String(validate=_one_of("main_governs", "lower", "higher", "ignore"))
    uncapped_from = fields.String(allow_none=True, validate=_one_of("gross", "fraud"))
    fines_recoverable = fields.Boolean(truthy={True}, falsy={False})
    website_excluded = fields.Boolean(truthy={True}, falsy={False})
    third_party_misuse_bases = fields.List(fields.String(validate=_one_of(*claims.CONTRACT_BASES)))
    indemnity = fields.String(validate=_one_of("customer", "mutual", "none"))
    cap_gross_factor = Amount(validate=validate.Range(1, 2))
    cap_ceiling = NotNegative(allow_none=True)
    bodily_uncapped = fields.Boolean(truthy={True}, falsy={False})


class CaseSchema(Strict):
    """A case: the claim, and the terms where they depart from the standard."""

    claim = fields.Nested(ClaimSchema, required=True)
    params = fields.Nested(ParamsSchema, load_default=dict)


class DeadlineSchema(Strict):
    """A period to count."""

    event_at = fields.AwareDateTime(required=True, allow_none=True)
    n = fields.Integer(required=True, strict=True, validate=validate.Range(1, 10_000))
    unit = fields.String(required=True, validate=_one_of(*deadlines.UNITS))
    mode = fields.String(required=True, validate=_one_of(*deadlines.MODES))
    roll = fields.Boolean(truthy={True}, falsy={False}, load_default=True)
    response_received_at = fields.AwareDateTime(allow_none=True)


class CaseInvalid(DomainError):
    """A case that cannot be read; `fields` maps dotted paths to messages."""

    def __init__(self, found: Mapping[str, Any]) -> None:
        self.fields = {error.field: error.message for error in flatten(found)}
        super().__init__("CASE_INVALID", "; ".join(f"{name}: {message}" for name, message in self.fields.items()))


def _read(schema: Schema, data: Any) -> Json:
    if not isinstance(data, Mapping):
        raise CaseInvalid({"_schema": ["A JSON object is expected."]})
    try:
        loaded: Json = schema.load(data)
    except ValidationError as trouble:
        raise CaseInvalid(trouble.messages_dict) from trouble
    return loaded


def assess_case(data: Any) -> Json:
    """The assessment of ``{"claim": …, "params": …}`` as plain JSON, amounts as text. Raises CaseInvalid, ClaimError."""
    case = _read(CaseSchema(), data)
    claim, params = case["claim"], case["params"]
    claim["items"] = tuple(Item(**item) for item in claim["items"])
    claim["prior_payments"] = tuple(Prior(**prior) for prior in claim.get("prior_payments", ()))
    if "third_party_misuse_bases" in params:
        params["third_party_misuse_bases"] = tuple(params["third_party_misuse_bases"])
    return assessment_json(liability.assess(Claim(**claim), Params(**params)))


def assessment_json(found: claims.Assessment) -> Json:
    """An assessment as plain JSON: amounts as text, "unlimited" or null."""
    figures = ("payable", "overlay_payable", "recoverable", "recoverable_overlay", "cap", "remaining_after")
    trace = [
        {"step": step, "code": line.code, "rule": line.rule, "clause": line.clause, "in": _text(line.amount_in),
         "out": _text(line.amount_out), "param": line.parameter, "source": line.source}
        for step, line in enumerate(found.trace, start=1)
    ]  # fmt: skip
    return {
        **{name: _text(getattr(found, name)) for name in figures},
        "reasons": list(found.reasons),
        "notices": list(found.notices),
        "trace": trace,
    }


def deadline_case(data: Any) -> Json:
    """`last_day`, `expires_at` and, with a response (or none received), `status`. Raises CaseInvalid, DeadlineError."""
    case = _read(DeadlineSchema(), data)
    event: datetime | None = case["event_at"]
    found = None
    if event is not None:
        found = deadlines.deadline(
            event, case["n"], case["unit"], mode=case["mode"], roll=case["roll"], holidays=belgian_holidays()
        )
    answer: Json = {
        "last_day": found.last_day.isoformat() if found and found.last_day else None,
        "expires_at": found.expires_at.isoformat() if found else None,
    }
    if "response_received_at" in case:
        answer["status"] = deadlines.objection_status(found.expires_at if found else None, case["response_received_at"])
    return answer


def belgian_holidays() -> frozenset[Any]:
    """The ten Belgian legal holidays of the years that matter."""
    return frozenset(holidays.country_holidays("BE", years=HORIZON))


def error_json(trouble: DomainError) -> Json:
    """An invalid case as JSON: the code, what is wrong, and the fields where there are any."""
    told: Json = {"error": trouble.code, "message": trouble.message}
    if isinstance(trouble, CaseInvalid):
        told["fields"] = trouble.fields
    return told


def _text(value: Decimal | str | None) -> str | None:
    return format(value, "f") if isinstance(value, Decimal) else value


__all__ = ["CaseInvalid", "ClaimError", "assess_case", "assessment_json", "belgian_holidays", "deadline_case", "error_json"]
