"""What the API of claims, fees and exposure takes and answers. Amounts are EUR as text with two decimals ("2500.00"), or the word
"unlimited" where there is no limit; days are ISO dates."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from dpa_service.api.schemas import PageQuery
from dpa_service.domain.liability.exposure import OUTSIDE, REASONS
from dpa_service.services.liability.claim_schema import POOLS, Money
from dpa_service.services.liability.claim_words import CASES
from dpa_service.services.liability.claim_words import REASONS as STEP_WORDS
from dpa_service.services.liability.claims import STATES
from dpa_service.services.liability.exposure import ONLY

_ID = validate.Regexp("^[0-9a-f]{32}$")
_EUR = "EUR, text with two decimals"
_LIMIT = 'EUR as text with two decimals, or "unlimited"'
CODES = "; ".join(f"{code}: {text}" for code, text in STEP_WORDS.items())
CASE_CODES = "; ".join(f"{code}: {text}" for code, text in CASES.items())
NOTICES = "N_BODILY, N_CONCURRENCE, N_DATA_SUBJECT, N_FINE, N_FRAUD, N_GROSS_B2B, N_INDEMNITY, N_MISUSE, N_ORDINARY, N_WEBSITE, N_ZERO_CAP"


def _eur(**more: Any) -> fields.String:
    return fields.String(required=True, metadata={"description": more.pop("about", _EUR)}, **more)


class ClaimsQuery(PageQuery):
    """Which claims."""

    state = fields.String(load_default=None, validate=validate.OneOf(STATES))
    client_id = fields.String(load_default=None, validate=_ID)
    agreement_id = fields.String(load_default=None, validate=_ID)


class AssessmentNumberQuery(Schema):
    """Which assessment."""

    number = fields.Integer(load_default=None, validate=validate.Range(1, 1_000_000))


class FileQuery(Schema):
    """How a file is called."""

    name = fields.String(required=True, validate=validate.Length(1, 200))


def _amount(text: str) -> None:
    Money(zero=True).read(text)


class DayQuery(Schema):
    """The state of a day, past or to come; today where none is given."""

    day = fields.Date(load_default=None)


def _printable(text: str) -> None:
    if not text.isprintable():
        raise ValidationError("Give a text on one line, without control characters.")


class ExposureQuery(DayQuery):
    """Which positions."""

    text = fields.String(load_default=None, data_key="q", validate=[validate.Length(max=100), _printable])
    only_ = fields.String(load_default=None, data_key="only", validate=validate.OneOf(ONLY))
    case = fields.String(load_default=None, validate=validate.OneOf(REASONS), metadata={"description": CASE_CODES})
    above = fields.String(load_default=None, validate=_amount, metadata={"description": f"the total is above this: {_EUR}"})


class PositionsQuery(ExposureQuery):
    """Which page of positions."""

    offset = fields.Integer(load_default=0, validate=validate.Range(0, 10_000_000))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 500))


# ---- answers ---------------------------------------------------------------------------------------------------------


class ResultSchema(Schema):
    """The figures of an assessment: what the clauses say, not what is owed."""

    payable = _eur()
    overlay_payable = _eur(about=f"beside the result: payable where mandatory law sets the limits aside; {_EUR}")
    recoverable = _eur(about=f"from the client; {_EUR}")
    recoverable_overlay = _eur()
    cap = _eur(about=f"before earlier payments; {_LIMIT}; null where the claim stops before a cap", allow_none=True)
    remaining_after = _eur(about=f"left of the cap afterwards; {_EUR}; null where no finite cap held", allow_none=True)
    reasons = fields.List(fields.String(), required=True, metadata={"description": CODES})
    notices = fields.List(fields.String(), required=True, metadata={"description": f"points of mandatory law: {NOTICES}"})
    trace = fields.List(
        fields.Dict(),
        required=True,
        metadata={
            "description": "a line for each reason: step, code, rule, clause, in, out (EUR), param, source (standard or a deviation)"
        },
    )


class AnswerSchema(Schema):
    """An assessment with what people read: the staircase, the notices with their confidence, and all that went in."""

    label = fields.String(required=True)
    result = fields.Nested(ResultSchema, required=True)
    stairs = fields.List(
        fields.Dict(),
        required=True,
        metadata={
            "description": "claimed, admitted, cap, paid, payable, recoverable, each with amount (EUR) and the lines that made it"
        },
    )
    pool = fields.String(required=True, metadata={"description": f"the pool that a payment takes from: {', '.join(POOLS)}"})
    uncapped = _eur(about=f"what of payable no cap holds for; {_EUR}")
    notices = fields.List(
        fields.Dict(),
        required=True,
        metadata={"description": "code, confidence (H, M or L, as collected), text; no lawyer has reviewed them"},
    )
    not_reviewed = fields.String(required=True)
    warnings = fields.List(
        fields.Dict(), required=True, metadata={"description": "OWN_WORDING or CLAUSE_REMOVED, with clause and deviation"}
    )
    agreement = fields.Dict(required=True, allow_none=True)
    inputs = fields.Dict(required=True, metadata={"description": "claim and params, enough to calculate the same again"})


class ClaimSummary(Schema):
    """A claim in a list."""

    id = fields.String(required=True)
    reference = fields.String(required=True)
    client_id = fields.String(required=True)
    agreement_id = fields.String(required=True)
    state = fields.String(required=True, metadata={"description": ", ".join(STATES)})
    contract_year = fields.Integer(required=True)
    reason = fields.String(required=True, allow_none=True, metadata={"description": "of a rejection"})
    version = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)
    created_by = fields.String(required=True)
    claim = fields.Dict(required=True, metadata={"description": "as reported"})


class ListedClaimSchema(ClaimSummary):
    """A claim with its figures."""

    claimed = _eur()
    payable = _eur(allow_none=True, about=f"as the newest assessment says; {_EUR}; null before the first one")
    paid_total = _eur(about=f"counter-entries deducted; {_EUR}")


class ClaimPage(Schema):
    """Some claims."""

    items = fields.List(fields.Nested(ListedClaimSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class PaymentSchema(Schema):
    """A payment, or the counter-entry that undoes one."""

    id = fields.String(required=True)
    pool = fields.String(required=True)
    amount = _eur(about=f"below zero for a counter-entry; {_EUR}")
    contract_year = fields.Integer(required=True)
    paid_on = fields.String(required=True)
    counter_of = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    created_by = fields.String(required=True)


class DocumentSchema(Schema):
    """A file kept with a claim."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    mimetype = fields.String(required=True)
    size = fields.Integer(required=True)
    sha256 = fields.String(required=True)


class ClaimSchema(ClaimSummary):
    """A claim with its assessments (the newest first), payments and files."""

    paid = fields.Dict(required=True, metadata={"description": f"pool → {_EUR}"})
    assessments = fields.List(fields.Dict(), required=True)
    payments = fields.List(fields.Nested(PaymentSchema), required=True)
    documents = fields.List(fields.Nested(DocumentSchema), required=True)


class RoomSchema(Schema):
    """What can still be paid on a claim."""

    pool = fields.String(required=True)
    remaining = _eur(about=f"from that pool; {_EUR}")
    uncapped = _eur(about=f"outside every cap; {_EUR}")
    claimed_and_unpaid = _eur()
    cap = _eur(allow_none=True, about=_LIMIT)


class SidesSchema(Schema):
    """The same claim under several sets of terms."""

    items = fields.List(fields.Nested(AnswerSchema), required=True)


class FeeSchema(Schema):
    """A sum of fees received, excluding VAT."""

    id = fields.String(required=True)
    client_id = fields.String(required=True)
    received_on = fields.String(required=True)
    amount = _eur(about=f"below zero for a credit note or counter-entry; {_EUR}")
    period = fields.String(required=True, allow_none=True)
    source = fields.String(required=True)
    external_key = fields.String(required=True, allow_none=True)
    counter_of = fields.String(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    created_by = fields.String(required=True)


class FeesSchema(Schema):
    """A client's fees, the newest first."""

    items = fields.List(fields.Nested(FeeSchema), required=True)
    total = _eur()


class RefusedSchema(Schema):
    """A wrong field of one line."""

    line = fields.Integer(required=True, metadata={"description": "in the file, its heads being line 1; in a list from 1"})
    field = fields.String(required=True)
    code = fields.String(required=True)
    message = fields.String(required=True)


class FeeReportSchema(Schema):
    """What became of several sums: the right ones are taken, the others told about."""

    accepted = fields.Integer(required=True)
    known = fields.Integer(required=True, metadata={"description": "taken before, known by their external_key"})
    total = _eur(about=f"of the accepted ones; {_EUR}")
    refused = fields.List(fields.Nested(RefusedSchema), required=True)


class PortfolioSchema(Schema):
    """The most the clauses can make the house pay, on one day. What data subjects can claim (Art. 82 GDPR) is in no figure."""

    day = fields.String(required=True)
    agreements = fields.Integer(required=True)
    main = _eur()
    other = _eur()
    total = _eur(about=f"without the positions that have no limit; {_EUR}")
    standard = _eur(about=f"the same agreements under the house standard; {_EUR}")
    no_limit = fields.Integer(required=True, metadata={"description": "positions with a case without limit"})
    endless_total = fields.Integer(required=True, metadata={"description": "positions whose total has no figure"})
    fees_unknown = fields.Integer(required=True)
    own_wording = fields.Integer(required=True)
    cases = fields.Dict(required=True, metadata={"description": f"how many of each: {CASE_CODES}"})
    insured_sum = _eur()
    above_insured = fields.Integer(required=True)
    exceeded = fields.Boolean(
        required=True, metadata={"description": "the alert: above the insured sum, or a case without limit"}
    )
    by_deviation = fields.List(fields.Dict(), required=True, metadata={"description": "parameters, count, adds (EUR), no_limit"})


class PositionsSchema(Schema):
    """Positions, those without limit first, then the largest."""

    items = fields.List(fields.Dict(), required=True)
    more = fields.Boolean(required=True)


class ClientExposureSchema(Schema):
    """The exposure of one client on a day."""

    client_id = fields.String(required=True)
    day = fields.String(required=True)
    agreement_id = fields.String(required=True, allow_none=True, metadata={"description": "null where no agreement held"})
    exposure = fields.Dict(required=True, allow_none=True, metadata={"description": f"main, other, total: {_LIMIT}"})
    standard = fields.Dict(required=True, allow_none=True)
    fees = _eur(allow_none=True, about=f"that count; {_EUR}; null where none were entered")
    deviations = fields.List(fields.Dict(), required=True, metadata={"description": "deviation, label, parameters, adds"})
    paid = fields.Dict(required=True)
    left = fields.Dict(required=True)
    insured_sum = _eur()
    exceeded = fields.Boolean(required=True)
    outside = fields.List(fields.String(), required=True, metadata={"description": f"in no figure: {', '.join(OUTSIDE)}"})
    history = fields.List(fields.Dict(), required=True)
