"""The calculator's answer as people and programs read it: the figures, the staircase, what stands beside it, and what went in.

One shape everywhere: an assessment that is kept, a what-if, a comparison, the API, the document.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.terms import ValueTrouble, effective_terms, print_value
from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.domain.liability.claim import MAIN, OTHER, UNLIMITED, ZERO, Assessment, Claim, ClaimError, Line
from dpa_service.domain.liability.liability import assess
from dpa_service.domain.liability.liability_terms import (
    LiabilityTerms,
    article,
    from_terms,
    shaped_by,
    uncapped_part,
    with_values,
)
from dpa_service.services.liability.assess_case import assessment_json
from dpa_service.services.liability.claim_schema import OUTSIDE, as_json, claim_json, params_json
from dpa_service.services.liability.claim_words import CONFIDENCE, LABEL, NOT_REVIEWED, REASONS

Json = dict[str, Any]
WHAT_IF = "what-if"
_GATES = ("WEBSITE_EXCLUDED", "THIRD_PARTY_MISUSE_EXCLUDED", "RECOURSE_BARRED", "RECOURSE_SHARE", "SCOPE_OK", "SCOPE_FAIL", "FAULT_NONE",
          "FAULT_BELOW_GATE", "FAULT_OK", "DIRECT_ADMITTED", "INDIRECT_ADMITTED", "INDIRECT_EXCLUDED", "FINE_ADMITTED",
          "FINE_EXCLUDED", "NOTHING_ELIGIBLE", "ART82_NOT_MET", "ART82_EXEMPT")  # fmt: skip
_CAPS = ("BODILY_UNCAPPED", "CAP_NONE", "CAP_FIXED", "CAP_FEES", "CAP_CEILING", "CAP_MAIN", "CAP_OTHER", "CAP_TOTAL")
_PAID, _ENDS = ("ERODED",), ("CAPPED", "WITHIN_CAP", "ART82_FULL")
_BACK = ("INDEMNITY_100", "SHARE_82_5", "INDEMNITY_SHARED", "INDEMNITY_NONE")


def standard_terms(library: Library) -> LiabilityTerms:
    """The house standard of a release, without articles."""
    insured = library.processor.get("insured_sum")
    return from_terms(effective_terms(library.parameters), insured_sum=None if insured is None else Decimal(str(insured)))


def changed_terms(terms: LiabilityTerms, changes: Mapping[str, Any]) -> LiabilityTerms:
    """The terms with some params replaced, each with the source "what-if". In: as ``ParamsBlock`` reads them."""
    if not changes:
        return terms
    values: Json = {}
    for name, value in changes.items():
        values[name] = None if value in (UNLIMITED, "never") else tuple(value) if isinstance(value, list) else value
    return with_values(terms, values, WHAT_IF)


def answer(claim: Claim, terms: LiabilityTerms, library: Library, *, agreement: Json | None = None) -> Json:
    """Assess and tell. Error: ``RequestInvalid`` naming the field, where the calculator refuses; no figures come with it."""
    try:
        found = assess(claim, terms.params)
    except ClaimError as trouble:
        raise RequestInvalid([FieldError(_field(trouble.code), trouble.code, trouble.message)]) from trouble
    told = assessment_json(found)
    lines = [_line(line, terms, library) for line in found.trace]
    told["trace"] = [{**plain, **line} for plain, line in zip(told["trace"], lines, strict=True)]
    return {
        "label": LABEL,
        "result": told,
        "stairs": _stairs(claim, found, lines),
        "pool": pool_of(claim, found),
        "uncapped": as_json(uncapped_part(found)),
        "notices": notices(found.notices, library),
        "not_reviewed": NOT_REVIEWED,
        "warnings": _warnings(terms),
        "agreement": agreement,
        "inputs": {
            "claim": claim_json(claim),
            "params": params_json(terms.params),
            "fee_basis": terms.fee_basis,
            "direct_damage": terms.direct_damage,
        },
    }


def pool_of(claim: Claim, found: Assessment) -> str:
    """The pool that a payment of the capped part erodes: main, other, or outside where no cap holds."""
    if found.cap is None or isinstance(found.cap, str):
        return OUTSIDE
    return OTHER if claim.basis in ("other", "website") else MAIN


def notices(codes: tuple[str, ...], library: Library) -> list[Json]:
    """What mandatory law may change: a point for a lawyer with its confidence; never part of the figures."""
    return [
        {
            "code": code,
            "confidence": library.notices[code]["confidence"],
            "confidence_text": CONFIDENCE[library.notices[code]["confidence"]],
            "text": library.notices[code]["nl"],
        }
        for code in codes
        if code in library.notices
    ]


def _field(code: str) -> str:
    return "fees_paid" if code == "FEES_REQUIRED" else "items"


def _line(line: Line, terms: LiabilityTerms, library: Library) -> Json:
    return {
        "text": REASONS[line.code],
        "article": article(terms, line),
        "shaped_by": [_shape(name, source, terms, library) for name, source in shaped_by(terms, line)],
    }


def _shape(name: str, source: str, terms: LiabilityTerms, library: Library) -> Json:
    """One term behind a step: its printed label and value, and where it comes from."""
    parameter = library.parameters.get(name)
    value = getattr(terms.params, name, None) if hasattr(terms.params, name) else getattr(terms, name, None)
    try:
        text = print_value(parameter, value, "nl") if parameter else str(value)
    except (ValueTrouble, KeyError):  # a value of a what-if that no text prints
        text = str(as_json(value))
    return {"parameter": name, "label": parameter.labels["nl"] if parameter else name, "value": text, "source": source}


def _stairs(claim: Claim, found: Assessment, lines: list[Json]) -> list[Json]:
    """Claimed → admitted → cap → already paid → payable → recoverable; each step with the lines that made it."""
    told = [{"code": line.code, "rule": line.rule, "clause": line.clause, "parameter": line.parameter, "source": line.source,
             "in": as_json(line.amount_in), "out": as_json(line.amount_out), **extra}
            for line, extra in zip(found.trace, lines, strict=True)]  # fmt: skip

    def step(name: str, amount: Decimal | str | None, codes: tuple[str, ...]) -> Json:
        return {"step": name, "amount": as_json(amount), "lines": [line for line in told if line["code"] in codes]}

    eroded = next((line for line in found.trace if line.code == "ERODED"), None)
    used = (
        eroded.amount_in - eroded.amount_out if eroded and eroded.amount_in and isinstance(eroded.amount_out, Decimal) else ZERO
    )
    stairs = [step("claimed", sum((item.amount for item in claim.items), ZERO), ())]
    if claim.basis != "third_party_indemnity":
        stairs.append(step("admitted", _admitted(found), _GATES))
        stairs.append(step("cap", UNLIMITED if claim.basis == "data_subject" and found.payable else found.cap, _CAPS))
        stairs.append(step("paid", used, _PAID))
    stairs.append(step("payable", found.payable, _ENDS))
    if claim.basis in ("data_subject", "third_party_indemnity"):
        dropped = ("FINE_EXCLUDED",) if claim.basis == "third_party_indemnity" else ()  # which has no step of what is admitted
        stairs.append(step("recoverable", found.recoverable, (*dropped, *_BACK)))
    return stairs


def _admitted(found: Assessment) -> Decimal:
    """What counts before any cap: what goes into the first step about caps; nothing where a gate stopped the claim."""
    for line in found.trace:
        if (line.code in _CAPS or line.code in _ENDS) and line.amount_in is not None:
            return line.amount_in
    return ZERO


def _warnings(terms: LiabilityTerms) -> list[Json]:
    """What the figures do not know: clauses with own wording, and those that were taken out."""
    own = [{"code": "OWN_WORDING", "clause": clause, "deviation": by} for clause, by in sorted(terms.rewritten.items())]
    return own + [{"code": "CLAUSE_REMOVED", "clause": clause, "deviation": by} for clause, by in sorted(terms.removed.items())]
