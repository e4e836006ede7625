"""What the liability calculator reads and answers: a claim, the terms it is measured by, and the assessment.

Amounts are Decimal EUR with two places.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from dpa_service.domain.errors import DomainError

CENT, ZERO = Decimal("0.01"), Decimal("0.00")
UNLIMITED = "unlimited"
FAULTS = ("none", "ordinary", "gross", "fraud")
CONTRACT_BASES = ("contract_general", "processor", "other", "website", "controller_recourse")
BASES = (*CONTRACT_BASES, "data_subject", "third_party_indemnity")
KINDS = ("direct", "indirect", "fine")
MAIN, OTHER = "main", "other"


class ClaimError(DomainError):
    """A claim that cannot be assessed: ``AMOUNT_NEGATIVE``, ``AMOUNT_SCALE``, ``FEES_REQUIRED`` …; no figures come with it."""


@dataclass(frozen=True, slots=True)
class Item:
    """One head of damage: `kind` direct, indirect or fine; `amount` in EUR; `bodily` for harm to life or integrity."""

    kind: str
    amount: Decimal
    bodily: bool = False


@dataclass(frozen=True, slots=True)
class Prior:
    """An earlier payment that erodes a pool (main or other). Sums paid to data subjects or outside the cap never stand here."""

    pool: str
    amount: Decimal
    contract_year: int | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim. `responsibility_share` is the house's part (0 to 1); `main_agreement_cap` None, an amount or "unlimited"."""

    basis: str
    fault: str
    items: tuple[Item, ...]
    gdpr_processor_breach: bool = False
    outside_instructions: bool = False
    instruction_unlawful: bool = False
    not_responsible: bool = False
    responsibility_share: Decimal = Decimal(1)
    third_party_misuse: bool = False
    extra_contractual: bool = False
    fees_paid: Decimal | None = None
    main_agreement_cap: Decimal | str | None = None
    contract_year: int | None = None
    prior_payments: tuple[Prior, ...] = ()


@dataclass(frozen=True, slots=True)
class Params:
    """The terms the calculator reads; the defaults are the house standard. `sources` names the deviation a value comes from.

    `cap_gross_factor` multiplies the agreement's own caps at gross fault and fraud, `cap_ceiling` (the insured sum) bounds them, and
    `bodily_uncapped` pays harm to life or integrity outside the cap: rungs of the ladder, neutral in the standard.
    """

    cap_fixed: Decimal | None = Decimal("2500.00")
    fee_limb: bool = True
    fee_multiplier: Decimal = Decimal(1)
    combine: str = "min"
    cap_other: Decimal | None = Decimal("1000.00")
    other_pool: str = "separate"
    aggregation: str = "agreement"
    fault_gate: str = "gross"
    direct_only: bool = True
    gdpr_scope_gate: bool = True
    require_lawful_instruction: bool = True
    main_cap_mode: str = "main_governs"
    uncapped_from: str | None = None
    fines_recoverable: bool = False
    website_excluded: bool = True
    third_party_misuse_bases: tuple[str, ...] = ("website", "other")
    indemnity: str = "customer"
    cap_gross_factor: Decimal = Decimal(1)
    cap_ceiling: Decimal | None = None
    bodily_uncapped: bool = False
    sources: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One step of the trace: reason code, the rule it rests on, the clause of the agreement, the amount in and out (EUR or
    "unlimited" or None), the parameter that decided, and its source ("standard" or a deviation id)."""

    code: str
    rule: str
    clause: str
    amount_in: Decimal | None
    amount_out: Decimal | str | None
    parameter: str | None
    source: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the clauses say. `cap` is before erosion; `remaining_after` None where no finite cap applied."""

    payable: Decimal
    overlay_payable: Decimal
    recoverable: Decimal
    recoverable_overlay: Decimal
    cap: Decimal | str | None
    remaining_after: Decimal | None
    reasons: tuple[str, ...]
    notices: tuple[str, ...]
    trace: tuple[Line, ...]
