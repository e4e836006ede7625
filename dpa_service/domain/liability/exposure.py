"""The most that the clauses of one agreement can make the house pay, by pool, and the cases in which they set no limit.

Computed from the same terms as the calculator; equal to the largest figure that any sequence of claims can get out of it. What is
owed to data subjects (Art. 82 GDPR) no clause can limit: it is named in `OUTSIDE` and never in a sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from dpa_service.domain.liability.claim import CENT, FAULTS, UNLIMITED, ZERO, Params

INFINITE = Decimal("Infinity")
OUTSIDE = ("ART82",)  # claims of data subjects: outside every cap, in every agreement
Amount = Decimal | str

# Why there is no limit, or none in one case. The first five take the figure itself away.
NO_CAP, MAIN_UNLIMITED, FEES_UNKNOWN, NO_CAP_OTHER, ALWAYS_UNCAPPED = (
    "NO_CAP", "MAIN_UNLIMITED", "FEES_UNKNOWN", "NO_CAP_OTHER", "ALWAYS_UNCAPPED",
)  # fmt: skip
GROSS_UNCAPPED, FRAUD_UNCAPPED, BODILY_UNCAPPED, PER_CLAIM = "GROSS_UNCAPPED", "FRAUD_UNCAPPED", "BODILY_UNCAPPED", "PER_CLAIM"
REASONS = (NO_CAP, MAIN_UNLIMITED, FEES_UNKNOWN, NO_CAP_OTHER, ALWAYS_UNCAPPED, GROSS_UNCAPPED, FRAUD_UNCAPPED, BODILY_UNCAPPED,
           PER_CLAIM)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Exposure:
    """The most by pool, in EUR or "unlimited": `main`, `other`, and `total`, their sum.

    Where a cap holds only for part of the cases, the figure is that cap and `unlimited` names the other cases (reason codes in
    the order of REASONS). `counted`: the figures are for the whole agreement, for each contract year, or for each claim.
    `upper_bound`: the fees are not known and the figure may be lower.
    """

    main: Amount
    other: Amount
    total: Amount
    unlimited: tuple[str, ...] = ()
    counted: str = "agreement"
    upper_bound: bool = False

    @property
    def most(self) -> Amount:
        """The most in any case at all: "unlimited" as soon as one case has no limit."""
        return UNLIMITED if self.unlimited else self.total


def exposure(params: Params, *, fees: Decimal | None, main_cap: Amount | None) -> Exposure:
    """The exposure under `params`.

    In: `fees` that count, in EUR, or None where they are not known (then any amount is possible); `main_cap` the main agreement's
    own cap: None, EUR, or "unlimited".
    """
    main, other = _figures(params, INFINITE if fees is None else fees, main_cap)
    least = _figures(params, ZERO, main_cap) if fees is None else (main, other)
    return Exposure(
        main=_told(main),
        other=_told(other),
        total=_told(main + other),
        unlimited=tuple(code for code in REASONS if code in _reasons(params, main, other, least[0], main_cap)),
        counted=params.aggregation,
        upper_bound=(main, other) != least,
    )


def effect(before: Exposure, after: Exposure) -> Amount:
    """What a change adds to the most the house can pay: EUR (below zero where it lowers it), or "unlimited" when it takes a limit
    away that was there. 0.00 where neither had one."""
    if set(after.unlimited) - set(before.unlimited):
        return UNLIMITED
    if isinstance(before.total, str) or isinstance(after.total, str):
        return ZERO
    return after.total - before.total


def added_cases(before: Exposure, after: Exposure) -> tuple[str, ...]:
    """The cases without limit that a change brings, as reason codes."""
    return tuple(code for code in after.unlimited if code not in before.unlimited)


def _figures(params: Params, fees: Decimal, main_cap: Amount | None) -> tuple[Decimal, Decimal]:
    """The cap of the main pool and what the other pool can take, before erosion; infinite where nothing limits it."""
    if _capped_faults(params) == ():
        return INFINITE, INFINITE
    main = _main(params, fees, main_cap)
    other = INFINITE if params.cap_other is None else params.cap_other
    return main, min(main, other) if params.other_pool == "sub_limit" else other


def _capped_faults(params: Params) -> tuple[str, ...]:
    """The degrees of fault for which something is payable and a cap holds."""
    gate = max(1, FAULTS.index(params.fault_gate))
    free = FAULTS.index(params.uncapped_from) if params.uncapped_from else len(FAULTS)
    return FAULTS[gate:free]


def _main(params: Params, fees: Decimal, main_cap: Amount | None) -> Decimal:
    if main_cap is None or params.main_cap_mode == "ignore":
        return _standard(params, fees)
    own = INFINITE if isinstance(main_cap, str) else main_cap
    if params.main_cap_mode == "main_governs":
        return own
    choose = min if params.main_cap_mode == "lower" else max
    return choose(own, _standard(params, fees))


def _standard(params: Params, fees: Decimal) -> Decimal:
    """d1, raised at gross fault and fraud where the agreement says so, and never above the insured sum where it says that."""
    limbs = [] if params.cap_fixed is None else [params.cap_fixed]
    if params.fee_limb:
        limbs.append(_product(fees, params.fee_multiplier))
    if not limbs:
        return INFINITE
    cap = min(limbs) if params.combine == "min" else max(limbs)
    if {"gross", "fraud"} & set(_capped_faults(params)):
        cap = _product(cap, params.cap_gross_factor)
    return cap if params.cap_ceiling is None else min(cap, params.cap_ceiling)


def _product(amount: Decimal, factor: Decimal) -> Decimal:
    return amount if amount == INFINITE else (amount * factor).quantize(CENT, ROUND_HALF_UP)


def _reasons(params: Params, main: Decimal, other: Decimal, least_main: Decimal, main_cap: Amount | None) -> set[str]:
    found = set()
    gate_fraud = params.fault_gate == "fraud"
    if params.uncapped_from:
        found.add(GROSS_UNCAPPED if params.uncapped_from == "gross" and not gate_fraud else FRAUD_UNCAPPED)
    if _capped_faults(params) == ():
        found.add(ALWAYS_UNCAPPED)
    elif main == INFINITE:
        by_main = isinstance(main_cap, str) and params.main_cap_mode in ("main_governs", "higher")
        found.add(MAIN_UNLIMITED if by_main else FEES_UNKNOWN if least_main != INFINITE else NO_CAP)
    if other == INFINITE and _capped_faults(params) != ():
        found.add(NO_CAP_OTHER)
    if params.bodily_uncapped:
        found.add(BODILY_UNCAPPED)
    if params.aggregation == "per_claim":
        found.add(PER_CLAIM)
    return found


def _told(amount: Decimal) -> Amount:
    return UNLIMITED if amount == INFINITE else amount
