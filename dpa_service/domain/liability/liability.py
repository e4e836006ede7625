"""The liability calculator: what the clauses say about a claim. Never "what is owed".

One pure function, `assess(claim, params)`. `params` are the effective terms that the clause texts print. Amounts are Decimal
EUR with two places; ROUND_HALF_UP on products only. Mandatory law is pointed at by notices and an overlay figure beside the
result; it never changes the result itself. Rules cited in the trace: a16, d1–d4, e, f1–f4, Art. 82.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from dpa_service.domain.liability.claim import (
    CENT,
    CONTRACT_BASES,
    FAULTS,
    MAIN,
    OTHER,
    UNLIMITED,
    ZERO,
    Assessment,
    Claim,
    ClaimError,
    Item,
    Line,
    Params,
)

# reason → (rule, clause of the agreement family, the parameter that decided)
_CITES: dict[str, tuple[str, str, str | None]] = {
    "WEBSITE_EXCLUDED": ("e", "general-liability", "website_excluded"),
    "THIRD_PARTY_MISUSE_EXCLUDED": ("a16", "general-liability", "third_party_misuse_bases"),
    "RECOURSE_BARRED": ("f4", "third-party-claims", "indemnity"),
    "RECOURSE_SHARE": ("Art. 82(5)", "third-party-claims", "indemnity"),
    "SCOPE_OK": ("f1–f2", "processor-liability", "gdpr_scope_gate"),
    "SCOPE_FAIL": ("f1–f2", "processor-liability", "gdpr_scope_gate"),
    "FAULT_NONE": ("d4, f3", "general-liability", "fault_gate"),
    "FAULT_BELOW_GATE": ("d4, f3", "general-liability", "fault_gate"),
    "FAULT_OK": ("d4, f3", "general-liability", "fault_gate"),
    "DIRECT_ADMITTED": ("d4", "general-liability", "direct_only"),
    "INDIRECT_ADMITTED": ("d4", "general-liability", "direct_only"),
    "INDIRECT_EXCLUDED": ("d4", "general-liability", "direct_only"),
    "FINE_ADMITTED": ("AR10", "processor-liability", "fines_recoverable"),
    "FINE_EXCLUDED": ("AR10", "processor-liability", "fines_recoverable"),
    "NOTHING_ELIGIBLE": ("d4", "general-liability", "direct_only"),
    "BODILY_UNCAPPED": ("art. 5.89 BW", "general-liability", "bodily_uncapped"),
    "CAP_NONE": ("d1", "general-liability", "uncapped_from"),
    "CAP_FIXED": ("d1", "general-liability", "cap_fixed"),
    "CAP_FEES": ("d1", "general-liability", "fee_limb"),
    "CAP_CEILING": ("d1", "general-liability", "combine"),
    "CAP_MAIN": ("d1, d3, f3", "general-liability", "main_cap_mode"),
    "CAP_OTHER": ("d2", "general-liability", "cap_other"),
    "CAP_TOTAL": ("d1, d2", "general-liability", "other_pool"),
    "ERODED": ("d1, AR1", "general-liability", "aggregation"),
    "CAPPED": ("d1", "general-liability", "aggregation"),
    "WITHIN_CAP": ("d1", "general-liability", "aggregation"),
    "ART82_NOT_MET": ("Art. 82(2)", "data-subject-compensation", None),
    "ART82_EXEMPT": ("Art. 82(3)", "data-subject-compensation", None),
    "ART82_FULL": ("Art. 82(4)", "data-subject-compensation", None),
    "INDEMNITY_100": ("f4", "third-party-claims", "indemnity"),
    "SHARE_82_5": ("Art. 82(5)", "data-subject-compensation", "indemnity"),
    "INDEMNITY_SHARED": ("f4", "third-party-claims", "indemnity"),
    "INDEMNITY_NONE": ("f4", "third-party-claims", "indemnity"),
}


@dataclass(slots=True)
class _Outcome:
    """One run through the steps of a contract claim."""

    payable: Decimal = ZERO
    cap: Decimal | str | None = None
    remaining_after: Decimal | None = None
    steps: list[tuple[str, Decimal | None, Decimal | str | None, str | None]] = field(default_factory=list)

    def say(self, code: str, before: Decimal | None = None, after: Decimal | str | None = None, by: str | None = None) -> None:
        """A step; `by` is the parameter that decided, where the code alone does not tell."""
        self.steps.append((code, before, after, by))

    def stop(self, code: str, before: Decimal) -> _Outcome:
        self.say(code, before, ZERO)
        self.payable, self.cap = ZERO, None
        return self

    @property
    def reasons(self) -> list[str]:
        return [code for code, *_ in self.steps]


def assess(claim: Claim, params: Params) -> Assessment:
    """What the clauses say about `claim` under `params`. Raises ClaimError; no figures come with an error."""
    _validate(claim)
    whole = _sum(claim.items, lambda item: item.kind != "fine")
    if claim.basis == "data_subject":
        return _data_subject(claim, params, whole)
    if claim.basis == "third_party_indemnity":
        return _third_party(claim, params, whole)
    outcome = _contract(claim, params, claim.items)
    overlay = _overlay(claim, params, outcome.payable, whole)
    return _result(claim, params, outcome, whole, overlay=overlay, recoverable=ZERO, recoverable_overlay=ZERO)


def _validate(claim: Claim) -> None:
    for item in claim.items:
        for amount in (item.amount,):
            if amount < 0:
                raise ClaimError(
                    "AMOUNT_NEGATIVE", f"An amount of damage is not below zero ({amount}); give it as a positive figure."
                )
            if amount != amount.quantize(CENT):
                raise ClaimError("AMOUNT_SCALE", f"An amount has at most two decimals ({amount}); round it yourself.")


def _sum(items: Iterable[Item], keep: Callable[[Item], bool]) -> Decimal:
    return sum((item.amount for item in items if keep(item)), ZERO)


def _round(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def _scope(claim: Claim, params: Params) -> bool:
    """f2: a processor duty of the GDPR broken, or acting outside (lawful) instructions (AR8)."""
    lawful = not (params.require_lawful_instruction and claim.instruction_unlawful)
    return claim.gdpr_processor_breach or (claim.outside_instructions and lawful)


def _contract(claim: Claim, params: Params, items: Sequence[Item]) -> _Outcome:
    """The steps of a claim in contract, in the order of the specification; a stop pays nothing and has no cap."""
    out = _Outcome()
    asked = _sum(items, lambda _: True)
    recourse = claim.basis == "controller_recourse"
    if claim.basis == "website" and params.website_excluded:
        return out.stop("WEBSITE_EXCLUDED", asked)
    if claim.third_party_misuse and claim.basis in params.third_party_misuse_bases:
        return out.stop("THIRD_PARTY_MISUSE_EXCLUDED", asked)
    if recourse:
        if params.indemnity == "customer":
            return out.stop("RECOURSE_BARRED", asked)
        out.say("RECOURSE_SHARE", asked, asked)
    if claim.basis in ("processor", "controller_recourse") and params.gdpr_scope_gate:
        if not _scope(claim, params):
            return out.stop("SCOPE_FAIL", asked)
        out.say("SCOPE_OK", asked, asked)
    if claim.fault == "none":
        return out.stop("FAULT_NONE", asked)
    if FAULTS.index(claim.fault) < FAULTS.index(params.fault_gate):
        return out.stop("FAULT_BELOW_GATE", asked)
    out.say("FAULT_OK", asked, asked)
    admitted = _admit(out, params, items)
    eligible = _sum(admitted, lambda _: True)
    bodily = _sum(admitted, lambda item: item.bodily) if params.bodily_uncapped else ZERO
    if recourse:
        eligible, bodily = _round(eligible * claim.responsibility_share), _round(bodily * claim.responsibility_share)
    if eligible == 0:
        return out.stop("NOTHING_ELIGIBLE", asked)
    if params.uncapped_from and FAULTS.index(claim.fault) >= FAULTS.index(params.uncapped_from):
        out.say("CAP_NONE", eligible, UNLIMITED)
        out.payable, out.cap = eligible, UNLIMITED
        return out
    if bodily:
        out.say("BODILY_UNCAPPED", eligible, eligible - bodily)
        eligible -= bodily
    _apply_cap(out, claim, params, eligible)
    out.payable += bodily
    return out


def _admit(out: _Outcome, params: Params, items: Sequence[Item]) -> list[Item]:
    """Step 6: which heads of damage count (d4, AR10)."""
    admits = {"direct": True, "indirect": not params.direct_only, "fine": params.fines_recoverable}
    for kind, admitted in admits.items():
        present = [item for item in items if item.kind == kind]
        if present:
            amount = _sum(present, lambda _: True)
            out.say(f"{kind.upper()}_{'ADMITTED' if admitted else 'EXCLUDED'}", amount, amount if admitted else ZERO)
    return [item for item in items if admits[item.kind]]


def _apply_cap(out: _Outcome, claim: Claim, params: Params, eligible: Decimal) -> None:
    """Steps 8 and 9: the cap, what earlier payments left of it, and what is payable."""
    if claim.basis in ("other", "website"):
        cap, code, prior = _other_cap(claim, params)
        free = "cap_other"
    else:
        cap, code = _main_cap(claim, params)
        prior = _prior(claim, params, MAIN)
        free = "main_cap_mode" if isinstance(claim.main_agreement_cap, str) and params.main_cap_mode != "ignore" else "cap_fixed"
    if cap is None:
        out.say("CAP_NONE", eligible, UNLIMITED, free)
        out.payable, out.cap = eligible, UNLIMITED
        return
    remaining = max(ZERO, cap - prior)
    out.say(code, eligible, cap)
    if prior > 0:
        out.say("ERODED", cap, remaining)
    out.payable = min(eligible, remaining)
    out.say("CAPPED" if eligible > remaining else "WITHIN_CAP", eligible, out.payable)
    out.cap, out.remaining_after = cap, remaining - out.payable


def _prior(claim: Claim, params: Params, pool: str) -> Decimal:
    """What earlier payments took from a pool, as the aggregation counts them (AR1)."""
    if params.aggregation == "per_claim":
        return ZERO
    same_year = params.aggregation == "contract_year"
    return sum((p.amount for p in claim.prior_payments
                if p.pool == pool and not (same_year and p.contract_year != claim.contract_year)), ZERO)  # fmt: skip


def _standard_cap(claim: Claim, params: Params) -> tuple[Decimal | None, str]:
    """d1: fee limb and fixed limb, the lower (or higher) of the two; a tie is named after the fixed one."""
    limbs: list[tuple[Decimal, str]] = []
    if params.cap_fixed is not None:
        limbs.append((params.cap_fixed, "CAP_FIXED"))
    if params.fee_limb:
        if claim.fees_paid is None:
            raise ClaimError("FEES_REQUIRED", "The cap follows the fees paid; give fees_paid up to the event, excluding VAT.")
        limbs.append((_round(claim.fees_paid * params.fee_multiplier), "CAP_FEES"))
    if not limbs:
        return None, "CAP_NONE"
    choose = min if params.combine == "min" else max
    cap, code = choose(limbs, key=lambda limb: limb[0])  # the first of equals, which is the fixed one
    if claim.fault in ("gross", "fraud"):
        cap = _round(cap * params.cap_gross_factor)
    if params.cap_ceiling is not None and cap > params.cap_ceiling:
        return params.cap_ceiling, "CAP_CEILING"
    return cap, code


def _main_cap(claim: Claim, params: Params) -> tuple[Decimal | None, str]:
    """The cap of the main pool: the standard one, or the main agreement's own (d1, d3, f3, AR6)."""
    own = claim.main_agreement_cap
    if own is None or params.main_cap_mode == "ignore":
        return _standard_cap(claim, params)
    main = None if isinstance(own, str) else own
    if params.main_cap_mode == "main_governs":
        return main, "CAP_MAIN"
    standard, code = _standard_cap(claim, params)
    lower = params.main_cap_mode == "lower"
    if main is None or standard is None:
        # one of the two is unlimited: the lower is the other one, the higher is unlimited
        finite = (main, "CAP_MAIN") if main is not None else (standard, code)
        return finite if lower else (None, "CAP_NONE")
    main_wins = main <= standard if lower else main >= standard
    return (main, "CAP_MAIN") if main_wins else (standard, code)


def _other_cap(claim: Claim, params: Params) -> tuple[Decimal | None, str, Decimal]:
    """d2: the pool for other damage, beside the main pool or inside it (AR2). Returns cap, code and what eroded it."""
    cap, prior = params.cap_other, _prior(claim, params, OTHER)
    if params.other_pool == "sub_limit":
        total, _ = _main_cap(claim, params)
        if total is not None:
            both = prior + _prior(claim, params, MAIN)
            if cap is None or max(ZERO, total - both) < max(ZERO, cap - prior):
                return total, "CAP_TOTAL", both
    return cap, "CAP_OTHER", prior


def _overlay(claim: Claim, params: Params, payable: Decimal, whole: Decimal) -> Decimal:
    """The second figure, beside the result: what is left of the limits at fraud and at bodily harm (art. 5.89 BW)."""
    share = claim.responsibility_share if claim.basis == "controller_recourse" else None

    def shared(amount: Decimal) -> Decimal:
        return amount if share is None else _round(amount * share)

    if claim.fault == "fraud":
        return shared(whole)
    bodily = [item for item in claim.items if item.bodily]
    if claim.fault in ("ordinary", "gross") and bodily:
        rest = _contract(claim, params, [item for item in claim.items if not item.bodily])
        return rest.payable + shared(_sum(bodily, lambda item: item.kind != "fine"))
    return payable


def _own_share(claim: Claim, whole: Decimal) -> Decimal:
    """What remains with the client when the house bears its own part (Art. 82(5))."""
    return whole - _round(whole * claim.responsibility_share)


def _data_subject(claim: Claim, params: Params, whole: Decimal) -> Assessment:
    """Art. 82(4): the whole damage, no caps; then what the client gives back (f4 or Art. 82(5))."""
    out, recoverable = _Outcome(), ZERO
    _drop_fines(out, claim)
    if not _scope(claim, params):
        out.say("ART82_NOT_MET", whole, ZERO)
    elif claim.not_responsible:
        out.say("ART82_EXEMPT", whole, ZERO)
    else:
        out.say("ART82_FULL", whole, whole)
        out.payable = whole
        recoverable = whole if params.indemnity == "customer" else _own_share(claim, whole)
        out.say("INDEMNITY_100" if params.indemnity == "customer" else "SHARE_82_5", whole, recoverable)
    return _recovered(claim, params, out, whole, recoverable)


def _third_party(claim: Claim, params: Params, whole: Decimal) -> Assessment:
    """f4: what the client holds the house harmless for; nothing is payable to the client."""
    out = _Outcome()
    _drop_fines(out, claim)
    code, recoverable = {
        "customer": ("INDEMNITY_100", whole),
        "mutual": ("INDEMNITY_SHARED", _own_share(claim, whole)),
        "none": ("INDEMNITY_NONE", ZERO),
    }[params.indemnity]
    out.say(code, whole, recoverable)
    return _recovered(claim, params, out, whole, recoverable)


def _drop_fines(out: _Outcome, claim: Claim) -> None:
    if any(item.kind == "fine" for item in claim.items):
        out.say("FINE_EXCLUDED", _sum(claim.items, lambda item: item.kind == "fine"), ZERO)


def _recovered(claim: Claim, params: Params, out: _Outcome, whole: Decimal, recoverable: Decimal) -> Assessment:
    overlay = min(recoverable, _own_share(claim, whole)) if claim.fault == "fraud" else recoverable
    return _result(claim, params, out, whole, overlay=out.payable, recoverable=recoverable, recoverable_overlay=overlay)


def _result(claim: Claim, params: Params, out: _Outcome, whole: Decimal, *, overlay: Decimal, recoverable: Decimal,
            recoverable_overlay: Decimal) -> Assessment:  # fmt: skip
    sources = dict(params.sources)
    trace = []
    for code, before, after, by in out.steps:
        rule, clause, cited = _CITES[code]
        parameter = by or cited
        source = sources.get(parameter, "standard") if parameter else "standard"
        trace.append(Line(code, rule, clause, before, after, parameter, source))
    return Assessment(
        payable=out.payable,
        overlay_payable=overlay,
        recoverable=recoverable,
        recoverable_overlay=recoverable_overlay,
        cap=out.cap,
        remaining_after=out.remaining_after,
        reasons=tuple(out.reasons),
        notices=_notices(claim, out, whole),
        trace=tuple(trace),
    )


def _notices(claim: Claim, out: _Outcome, whole: Decimal) -> tuple[str, ...]:
    reasons = set(out.reasons)
    contract = claim.basis in CONTRACT_BASES
    holds = {
        "N_BODILY": any(item.bodily for item in claim.items),
        "N_CONCURRENCE": claim.extra_contractual,
        "N_DATA_SUBJECT": claim.basis == "data_subject",
        "N_FINE": any(item.kind == "fine" for item in claim.items),
        "N_FRAUD": claim.fault == "fraud",
        "N_GROSS_B2B": claim.fault == "gross" and contract and out.payable < whole,
        "N_INDEMNITY": bool(reasons & {"INDEMNITY_100", "RECOURSE_BARRED"}),
        "N_MISUSE": "THIRD_PARTY_MISUSE_EXCLUDED" in reasons,
        "N_ORDINARY": claim.fault == "ordinary" and "FAULT_BELOW_GATE" in reasons,
        "N_WEBSITE": "WEBSITE_EXCLUDED" in reasons,
        "N_ZERO_CAP": out.cap == ZERO and not isinstance(out.cap, str),
    }
    return tuple(sorted(code for code, held in holds.items() if held))
