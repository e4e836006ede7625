"""The bodies that the API of claims, fees and exposure takes, as JSON Schema: the rules of the fields themselves."""

from __future__ import annotations

from typing import Any

from dpa_service.domain.liability.claim import FAULTS
from dpa_service.services.agreements.request_fields import block_schema
from dpa_service.services.liability.claim_schema import (
    ClaimBlock,
    FactsBlock,
    FeeBlock,
    ImportedFeeBlock,
    ParamsBlock,
    PaymentBlock,
    WhatIfBlock,
)

Json = dict[str, Any]
ERRORS = (
    "Errors of amounts: AMOUNT (no such figure), AMOUNT_NEGATIVE, AMOUNT_SCALE (more than two decimals), AMOUNT_ZERO, CURRENCY (not euro), "
    "RANGE. Of days: DATE, FUTURE, BEFORE_EVENT, OUTSIDE_AGREEMENT (no agreement of the client held on the day). Of fees: FEES_REQUIRED "
    "(the cap follows fees that were never entered). Of states: CLAIM_STATE, NOT_ASSESSED, PAID_ON, CORRECTED, COUNTER_ENTRY, OVERDRAWN "
    "(the fields pool, asked and remaining carry the figures)."
)


def bodies() -> Json:
    """The bodies that these routes take, as JSON Schema by component name."""
    claim = block_schema(ClaimBlock())
    client = {"type": "string", "pattern": "^[0-9a-f]{32}$", "description": "the client the claim is against the agreement of"}
    imported = {"type": "array", "items": block_schema(ImportedFeeBlock()), "minItems": 1, "maxItems": 1000}
    what_if = block_schema(WhatIfBlock())
    reason = {"type": "string", "minLength": 1, "maxLength": 500}
    terms = {
        "type": "string",
        "pattern": "^(own|standard|[0-9a-f]{32})$",
        "description": "own, standard, or an agreement or draft",
    }
    return {
        "ClaimData": claim | {"description": ERRORS},
        "NewClaim": claim | {"properties": {"client_id": client, **claim["properties"]}, "required": ["client_id", *claim["required"]],
                             "description": ERRORS},
        "ClaimWhatIf": what_if,
        "ClaimComparison": {
            "type": "object",
            "properties": {"terms": {"type": "array", "items": terms, "minItems": 1, "maxItems": 5}, "changes": what_if},
            "required": ["terms"],
            "additionalProperties": False,
        },
        "ClaimPayment": block_schema(PaymentBlock()),
        "ReasonData": {"type": "object", "properties": {"reason": reason}, "required": ["reason"], "additionalProperties": False},
        "FeeData": block_schema(FeeBlock()),
        "FeeImport": {"type": "object", "properties": {"fees": imported}, "required": ["fees"], "additionalProperties": False},
        "AssessmentCase": _case(),
    }  # fmt: skip


def _case() -> Json:
    """A case of the calculator by itself: the claim, with what a register would know, and departures from the standard."""
    eur: Json = {"type": "string", "pattern": r"^[0-9]{1,12}(\.[0-9]{1,2})?$", "examples": ["2500.00"]}
    limit = {"anyOf": [eur, {"const": "unlimited"}, {"type": "null"}]}
    maybe = {"anyOf": [eur, {"type": "null"}]}
    year = {"anyOf": [{"type": "integer"}, {"type": "null"}]}
    facts = block_schema(FactsBlock())
    item = {
        "type": "object",
        "properties": {"kind": {"enum": ["direct", "indirect", "fine"]}, "amount": eur, "bodily": {"type": "boolean"}},
        "required": ["kind", "amount"],
        "additionalProperties": False,
    }
    flags = {name: {"type": "boolean"} for name, schema in facts["properties"].items() if "boolean" in str(schema)}
    prior = {
        "type": "object",
        "properties": {"pool": {"enum": ["main", "other"]}, "amount": eur, "contract_year": year},
        "required": ["pool", "amount"],
        "additionalProperties": False,
    }
    claim = {
        **flags,
        "basis": facts["properties"]["basis"],
        "fault": {"enum": list(FAULTS)},
        "items": {"type": "array", "items": item},
        "responsibility_share": {"type": "string", "description": "0 to 1"},
        "fees_paid": maybe,
        "main_agreement_cap": limit,
        "contract_year": year,
        "prior_payments": {"type": "array", "items": prior},
    }
    params = block_schema(ParamsBlock())["properties"]
    named: Json = {name: dict(schema) for name, schema in params.items()}
    named |= dict.fromkeys(("cap_fixed", "cap_other", "cap_ceiling"), maybe)
    named["uncapped_from"] = {"enum": ["gross", "fraud", None]}
    return {
        "type": "object",
        "description": f"null is no cap, no limit. {ERRORS}",
        "properties": {
            "claim": {"type": "object", "properties": claim, "required": ["basis", "fault"], "additionalProperties": False},
            "params": {"type": "object", "properties": named, "additionalProperties": False},
        },
        "required": ["claim"],
        "additionalProperties": False,
    }
