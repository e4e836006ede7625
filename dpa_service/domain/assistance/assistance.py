"""Minutes of assistance and what is charged for them: the tariff of an agreement, rounding, free time, estimates. Pure.

Raw minutes are whole and never rewritten. Billed minutes are computed: rounded up per entry to the client's increment
(assistance-fees#measure). What is billed falls into parts, each with a reason code, and the rest is charged:

    raw + rounding = billed = charged + allowance + duty_free + caused + audit_first_day + audit_failing + waived + replaced

The order of taking free time is the order of the work (Annex V): work date, then the entry's sequence number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from dpa_service.domain.assistance.duties import DUTIES, duty
from dpa_service.domain.contract.terms import Value
from dpa_service.domain.errors import DomainError

CENT, ZERO = Decimal("0.01"), Decimal("0.00")
MOST_MINUTES = 24 * 60  # of one entry: an entry is about one day

# why a billed minute is not charged
ALLOWANCE, DUTY_FREE, CAUSED, FIRST_DAY, FAILING, WAIVED, REPLACED = (
    "allowance", "duty_free", "caused", "audit_first_day", "audit_failing", "waived", "replaced",
)  # fmt: skip
REASONS = (REPLACED, WAIVED, DUTY_FREE, CAUSED, FAILING, FIRST_DAY, ALLOWANCE)


@dataclass(frozen=True, slots=True)
class Tariff:
    """What one agreement (`agreement`: its reference) charges for assistance, as its effective terms say and its Annex V prints.

    Rates are EUR an hour without VAT, the rest minutes or days; `free_duties` are those that Annex V calls free of charge.
    """

    agreement: str
    rate: Decimal
    audit_rate_cap: Decimal
    increment: int
    free_minutes: int
    quote_minutes: int
    payment_days: int
    free_if_caused: bool
    audit_cost: str
    free_duties: frozenset[str]

    def rate_for(self, name: str) -> Decimal:
        """EUR an hour for a duty; for an audit at most its own cap (audits#cost)."""
        return min(self.rate, self.audit_rate_cap) if duty(name).id == "audit" else self.rate


def tariff(terms: Mapping[str, Value], agreement: str) -> Tariff:
    """The tariff in the effective terms of an agreement. Raises DomainError for terms without one of its figures."""
    try:
        return Tariff(
            agreement=agreement,
            rate=Decimal(str(terms["assistance_rate"])),
            audit_rate_cap=Decimal(str(terms["audit_rate_cap"])),
            increment=int(str(terms["assistance_increment"])),
            free_minutes=60 * int(str(terms["assistance_free_hours"])),
            quote_minutes=60 * int(str(terms["quote_from_hours"])),
            payment_days=int(str(terms["payment_days"])),
            free_if_caused=bool(terms["assistance_free_if_caused"]),
            audit_cost=str(terms["audit_cost"]),
            free_duties=frozenset(name for name, each in DUTIES.items() if not terms[each.billable]),
        )
    except KeyError as missing:
        raise DomainError("NO_TARIFF", f"The terms of {agreement} lack {missing}, so nothing can be charged under it.") from None


def tariff_to_dict(value: Tariff) -> dict[str, object]:
    """The plain JSON form, as an entry of time keeps it."""
    plain = {name: getattr(value, name) for name in Tariff.__slots__}
    return {
        **plain,
        "rate": str(value.rate),
        "audit_rate_cap": str(value.audit_rate_cap),
        "free_duties": sorted(value.free_duties),
    }


def tariff_from_dict(plain: Mapping[str, object]) -> Tariff:
    """The tariff that `tariff_to_dict` wrote."""
    duties = plain["free_duties"]
    assert isinstance(duties, list | tuple)
    return Tariff(
        agreement=str(plain["agreement"]),
        rate=Decimal(str(plain["rate"])),
        audit_rate_cap=Decimal(str(plain["audit_rate_cap"])),
        increment=int(str(plain["increment"])),
        free_minutes=int(str(plain["free_minutes"])),
        quote_minutes=int(str(plain["quote_minutes"])),
        payment_days=int(str(plain["payment_days"])),
        free_if_caused=bool(plain["free_if_caused"]),
        audit_cost=str(plain["audit_cost"]),
        free_duties=frozenset(str(name) for name in duties),
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """Minutes of work on one day for one request, with the tariff in force on that day (a snapshot: later tariffs change nothing).

    `sequence` orders the entries of a day and is unique for the client. `replaces` is the entry that this one corrects: the old
    one stays and is not charged. `caused`: needed because of a failing of the house (assistance-fees#caused). `first_audit_day`
    and `audit_failing` are facts of the audit (audits#first-day, #material). `waived`: the house decided not to charge.
    """

    id: str
    sequence: int
    work_date: date
    request: str
    duty: str
    minutes: int
    tariff: Tariff
    replaces: str | None = None
    caused: bool = False
    first_audit_day: bool = False
    audit_failing: bool = False
    waived: bool = False

    @property
    def rate(self) -> Decimal:
        """EUR an hour."""
        return self.tariff.rate_for(self.duty)


def check_minutes(minutes: object, *, correction: bool = False) -> int:
    """Raw minutes as typed or sent: whole, 1 to 1440; a correction may say 0. Raises DomainError."""
    least = 0 if correction else 1
    if isinstance(minutes, bool) or not isinstance(minutes, int) or not least <= minutes <= MOST_MINUTES:
        raise DomainError("MINUTES", f"Give whole minutes, {least} to {MOST_MINUTES}; longer work goes on several days.")
    return minutes


def billed_minutes(minutes: int, increment: int) -> int:
    """Rounded up to a multiple of the increment. Rounding twice changes nothing: 90 at 15 stay 90."""
    return -(-minutes // increment) * increment


@dataclass(frozen=True, slots=True)
class Settled:
    """What becomes of one entry: `parts` are (reason, minutes) not charged; `charged` the rest of the billed minutes."""

    entry: Entry
    billed: int
    parts: tuple[tuple[str, int], ...]

    @property
    def rounding(self) -> int:
        """Minutes that rounding up adds to the raw minutes."""
        return self.billed - self.entry.minutes

    @property
    def not_charged(self) -> int:
        """Minutes of all parts together."""
        return sum(minutes for _, minutes in self.parts)

    @property
    def charged(self) -> int:
        """Minutes to invoice."""
        return self.billed - self.not_charged

    @property
    def free(self) -> int:
        """Minutes taken from the yearly free time."""
        return sum(minutes for reason, minutes in self.parts if reason == ALLOWANCE)


def reason_free(entry: Entry) -> str | None:
    """Why the whole entry is free of charge, None when it is charged. None of these reasons uses up free time."""
    tariff = entry.tariff
    if entry.waived:
        return WAIVED
    if entry.duty in tariff.free_duties:
        return DUTY_FREE
    if entry.caused and tariff.free_if_caused:
        return CAUSED
    if entry.duty == "audit" and entry.audit_failing and tariff.audit_cost == "material_failing":
        return FAILING
    if entry.duty == "audit" and entry.first_audit_day and tariff.audit_cost == "first_day":
        return FIRST_DAY
    return None


def settle(entries: Iterable[Entry], frozen: Mapping[str, int] | None = None) -> list[Settled]:
    """What becomes of all entries of ONE client, in the order of the work; the order they are given in does not matter.

    `frozen` holds, for entries that have been on an invoice, the free minutes they took then: these keep them and come first, so
    that an entry written late never changes an invoice. Free time is counted a calendar year of the work date, up to what the
    tariff in force on that day allows. Raises DomainError when two entries share an id or a sequence number.
    """
    ordered = sorted(entries, key=lambda entry: (entry.work_date, entry.sequence))
    if len({entry.id for entry in ordered}) != len(ordered) or len({entry.sequence for entry in ordered}) != len(ordered):
        raise DomainError("ENTRIES", "Two entries of a client cannot have the same id or sequence number.")
    replaced = {entry.replaces for entry in ordered if entry.replaces}
    why = {entry.id: REPLACED if entry.id in replaced else reason_free(entry) for entry in ordered}
    kept = {name: free for name, free in (frozen or {}).items() if name in why and why[name] is None}
    used: dict[int, int] = {}
    for entry in ordered:
        used[entry.work_date.year] = used.get(entry.work_date.year, 0) + kept.get(entry.id, 0)
    settled = []
    for entry in ordered:
        billed, reason = billed_minutes(entry.minutes, entry.tariff.increment), why[entry.id]
        if reason is None:
            reason, year = ALLOWANCE, entry.work_date.year
            free = kept.get(entry.id, min(billed, max(0, entry.tariff.free_minutes - used[year])))
            used[year] += 0 if entry.id in kept else free
        else:
            free = billed
        settled.append(Settled(entry, billed, ((reason, free),) if free else ()))
    return settled


@dataclass(frozen=True, slots=True)
class Allowance:
    """The free time of a calendar year: minutes granted (by the tariff of `day`), used and left."""

    year: int
    granted: int
    used: int

    @property
    def left(self) -> int:
        """Minutes that can still be taken."""
        return max(0, self.granted - self.used)


def allowance(settled: Iterable[Settled], tariff: Tariff, year: int) -> Allowance:
    """How much of a year's free time is used, seen from the tariff now in force."""
    return Allowance(year, tariff.free_minutes, sum(item.free for item in settled if item.entry.work_date.year == year))


def amount(minutes: int, rate: Decimal) -> Decimal:
    """EUR for minutes at a rate an hour, to the cent, half up. (Several entries on one line: add the minutes first.)"""
    return (minutes * rate / 60).quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate before the work: minutes, the amount without VAT, and whether work waits for the client's approval.

    `why` holds ``QUOTE_FROM_HOURS`` (the agreement asks it: assistance-fees#quote) and ``AMOUNT`` (the house's own limit).
    `starts_at_once`: an urgent request starts before the approval; the estimate is sent all the same.
    """

    minutes: int
    billed: int
    free: int
    charged: int
    rate: Decimal
    amount: Decimal
    why: tuple[str, ...]
    starts_at_once: bool

    @property
    def needs_approval(self) -> bool:
        """Whether the estimate is to be sent for approval."""
        return bool(self.why)


def estimate(
    tariff: Tariff,
    name: str,
    minutes: int,
    *,
    free_left: int = 0,
    caused: bool = False,
    urgent: bool = False,
    approval_from: Decimal | None = None,
) -> Estimate:
    """An estimate at the client's own rate. `approval_from`: the house's limit in EUR from which it always asks.

    Assistance that is free for this client needs no approval: the article on estimates is about the fee.
    """
    check_minutes(min(minutes, MOST_MINUTES))
    billed, rate = billed_minutes(minutes, tariff.increment), tariff.rate_for(name)
    gratis = name in tariff.free_duties or (caused and tariff.free_if_caused)
    free = billed if gratis else min(billed, free_left)
    cost = amount(billed - free, rate)
    why = () if gratis else tuple(
        code
        for code, asked in (
            ("QUOTE_FROM_HOURS", minutes >= tariff.quote_minutes),
            ("AMOUNT", approval_from is not None and cost >= approval_from),
        )
        if asked
    )  # fmt: skip
    return Estimate(minutes, billed, free, billed - free, rate, cost, why, starts_at_once=bool(why) and urgent)


def exceeds(accepted_minutes: int, spent: int, further: int = 0) -> bool:
    """Whether work done and planned goes beyond the accepted estimate, so that a new one is due first (assistance-fees#quote)."""
    return spent + further > accepted_minutes
