"""From the terms of one agreement to what the liability calculator reads, with the source and the article of each figure.

The agreement's own snapshot decides: its terms (value and source), its articles (labels), and its removed or rewritten clauses.
A removed clause takes its protection with it; a rewritten one is named, because no program can read what it now says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from typing import Any

from dpa_service.domain.contract.terms import STANDARD, Terms, plain
from dpa_service.domain.liability.claim import ZERO, Assessment, Line, Params

CLAUSES = ("general-liability", "processor-liability", "third-party-claims", "data-subject-compensation")
_MONEY = ("cap_fixed", "cap_other", "fee_multiplier", "cap_gross_factor")
_READ = tuple(f.name for f in fields(Params) if f.name not in ("cap_ceiling", "sources"))
# What holds when a clause was taken out of the agreement: the common rule, without what the clause added or limited.
_WITHOUT: dict[str, dict[str, Any]] = {
    "general-liability": {
        "cap_fixed": None, "fee_limb": False, "cap_other": None, "fault_gate": "ordinary", "direct_only": False,
        "website_excluded": False, "third_party_misuse_bases": (), "uncapped_from": None, "bodily_uncapped": False,
        "cap_gross_factor": Decimal(1), "main_cap_mode": "main_governs", "other_pool": "separate", "aggregation": "agreement",
    },
    "processor-liability": {"gdpr_scope_gate": False, "fines_recoverable": False},
    "third-party-claims": {"indemnity": "none"},
}  # fmt: skip
# Every term that shaped a step, beside the one that the trace names: a reader sees which of them was negotiated.
_SHAPED = {
    "CAP_FIXED": ("cap_fixed", "combine", "fee_limb", "cap_gross_factor"),
    "CAP_FEES": ("fee_limb", "fee_basis", "fee_multiplier", "combine", "cap_fixed", "cap_gross_factor"),
    "CAP_CEILING": ("combine", "cap_fixed", "fee_basis", "fee_multiplier"),
    "CAP_MAIN": ("main_cap_mode",),
    "CAP_OTHER": ("cap_other",),
    "CAP_TOTAL": ("other_pool", "cap_fixed", "fee_limb", "combine"),
    "DIRECT_ADMITTED": ("direct_only", "direct_damage"),
    "INDIRECT_EXCLUDED": ("direct_only", "direct_damage"),
    "SCOPE_OK": ("gdpr_scope_gate", "require_lawful_instruction"),
    "SCOPE_FAIL": ("gdpr_scope_gate", "require_lawful_instruction"),
}
_GATE = ("gate-gross", "gate-ordinary", "gate-fraud")
_DIRECT = ("direct", "direct-listed", "indirect")
_TOTAL = ("total-lower", "total-higher", "total-fees", "total-fees-multiplied", "total-fixed", "total-none")
_SCOPE = ("gated", "gated-literal", "ungated")
_INDEMNITY = ("customer", "mutual", "none")
# reason → the places of its clause where the rule is printed; the first one that this agreement has is cited
_PLACES: dict[str, tuple[str, ...]] = {
    "WEBSITE_EXCLUDED": ("website",), "THIRD_PARTY_MISUSE_EXCLUDED": ("misuse",), "RECOURSE_BARRED": ("no-recourse",),
    "RECOURSE_SHARE": ("recourse-limits",), "SCOPE_OK": _SCOPE, "SCOPE_FAIL": _SCOPE, "FAULT_NONE": _GATE,
    "FAULT_BELOW_GATE": _GATE, "FAULT_OK": _GATE, "DIRECT_ADMITTED": _DIRECT, "INDIRECT_ADMITTED": _DIRECT,
    "INDIRECT_EXCLUDED": _DIRECT, "NOTHING_ELIGIBLE": _DIRECT, "FINE_ADMITTED": ("fines",), "FINE_EXCLUDED": ("fines",),
    "BODILY_UNCAPPED": ("bodily",), "CAP_FIXED": _TOTAL, "CAP_FEES": _TOTAL, "CAP_CEILING": _TOTAL,
    "CAP_MAIN": ("main-cap",), "CAP_OTHER": ("other", "other-unlimited"), "CAP_TOTAL": ("sub-limit",),
    "ERODED": ("erosion", "erosion-year"), "CAPPED": ("aggregation",), "WITHIN_CAP": ("aggregation",),
    "ART82_NOT_MET": ("defences",), "ART82_EXEMPT": ("defences",), "ART82_FULL": ("data-subjects",),
    "INDEMNITY_100": _INDEMNITY, "INDEMNITY_SHARED": _INDEMNITY, "INDEMNITY_NONE": _INDEMNITY,
    "SHARE_82_5": ("settlement-share",),
}  # fmt: skip
_NO_CAP = {  # CAP_NONE has one place for each term that can take the cap away
    "uncapped_from": ("uncapped-gross", "uncapped-fraud"), "cap_fixed": ("total-none",), "fee_limb": ("total-none",),
    "cap_other": ("other-unlimited",), "main_cap_mode": ("main-cap",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LiabilityTerms:
    """What one agreement says about liability.

    `params` as the calculator reads them, sources included; `fee_basis` which fees count and `direct_damage` how direct damage is
    described, both with their source in `sources` (every term that is not standard → deviation id). `removed` and `rewritten`:
    clause → deviation id. `labels`: place ("general-liability" or "general-liability#total-lower") → label printed in this agreement.
    `insured_sum`: what the text prints as such, in EUR.
    """

    params: Params
    fee_basis: str
    direct_damage: str
    sources: Mapping[str, str]
    removed: Mapping[str, str]
    rewritten: Mapping[str, str]
    labels: Mapping[str, str]
    insured_sum: Decimal | None = None

    def source(self, parameter: str) -> str:
        """ "standard", or the deviation the term comes from."""
        return self.sources.get(parameter, STANDARD)


def from_snapshot(snapshot: Mapping[str, Any], *, insured_sum: Decimal | None) -> LiabilityTerms:
    """The liability terms of an assembled agreement (docs/snapshot.md). `insured_sum` is the one its text prints, in EUR."""
    values = {name: term["value"] for name, term in snapshot["terms"].items()}
    sources = {name: term["source"] for name, term in snapshot["terms"].items() if term["source"] != STANDARD}
    texts = [entry for entry in snapshot.get("deviations") or () if entry.get("clause") in CLAUSES]
    removed = {entry["clause"]: entry["id"] for entry in texts if entry["class"] == "removed"}
    rewritten = {entry["clause"]: entry["id"] for entry in texts if _rewrites(entry) and entry["clause"] not in removed}
    return _built(values, sources, insured_sum, removed, rewritten, _labels(snapshot))


def from_terms(terms: Terms, *, insured_sum: Decimal | None) -> LiabilityTerms:
    """The liability terms of effective terms that are not assembled; there are no articles to cite then."""
    values = {name: plain(value) for name, value in terms.items()}
    sources = {name: terms.term(name).source for name in terms if terms.term(name).source != STANDARD}
    return _built(values, sources, insured_sum, {}, {}, {})


def article(terms: LiabilityTerms, line: Line) -> str | None:
    """The label that this agreement prints where the rule of a trace line stands ("17.4"); the article's own where it names no
    paragraph; None when the agreement does not have the clause."""
    places = _NO_CAP.get(line.parameter or "", ()) if line.code == "CAP_NONE" else _PLACES.get(line.code, ())
    for place in places:
        if label := terms.labels.get(f"{line.clause}#{place}"):
            return label
    return terms.labels.get(line.clause)


def shaped_by(terms: LiabilityTerms, line: Line) -> tuple[tuple[str, str], ...]:
    """Every (parameter, source) that shaped a trace line, the one that decided first."""
    names = ([line.parameter] if line.parameter else []) + [n for n in _SHAPED.get(line.code, ()) if n != line.parameter]
    return tuple((name, terms.source(name)) for name in names)


def with_values(terms: LiabilityTerms, values: Mapping[str, Any], source: str) -> LiabilityTerms:
    """The terms with some params (and perhaps `fee_basis`) replaced, each from `source`; the insured sum bounds them as the text would
    say then, unless `values` sets `cap_ceiling` itself."""
    rest = {name: value for name, value in values.items() if name != "fee_basis"}
    sources = {**terms.sources, **dict.fromkeys(values, source)}
    if source == STANDARD:
        sources = {name: by for name, by in sources.items() if by != STANDARD}
    params = replace(terms.params, **rest)
    if "cap_ceiling" not in rest:
        params = _bounded(params, terms.insured_sum)
    params = replace(params, sources=tuple(sorted(sources.items())))
    return replace(terms, params=params, sources=sources, fee_basis=str(values.get("fee_basis", terms.fee_basis)))


def uncapped_part(found: Assessment) -> Decimal:
    """What of `payable` no cap holds for, in EUR: such payments erode no pool."""
    if found.cap is None or isinstance(found.cap, str):
        return found.payable
    if "BODILY_UNCAPPED" not in found.reasons:
        return ZERO
    capped = next(line.amount_out for line in found.trace if line.code in ("CAPPED", "WITHIN_CAP"))
    return found.payable - (capped if isinstance(capped, Decimal) else ZERO)


def _built(values: Mapping[str, Any], sources: Mapping[str, str], insured_sum: Decimal | None, removed: Mapping[str, str],
           rewritten: Mapping[str, str], labels: Mapping[str, str]) -> LiabilityTerms:  # fmt: skip
    typed = {name: _typed(name, values[name]) for name in _READ if name in values}
    known = dict(sources)
    for clause, deviation in removed.items():
        for name, value in _WITHOUT.get(clause, {}).items():
            typed[name], known[name] = value, deviation
    params = replace(_bounded(Params(**typed), insured_sum), sources=tuple(sorted(known.items())))
    return LiabilityTerms(
        params=params,
        fee_basis=str(values.get("fee_basis", "agreement")),
        direct_damage=str(values.get("direct_damage", "undefined")),
        sources=known,
        removed=removed,
        rewritten=rewritten,
        labels=labels,
        insured_sum=insured_sum,
    )


def _bounded(params: Params, insured_sum: Decimal | None) -> Params:
    """The text of the higher-of cap: "zonder ooit meer te bedragen dan" the insured sum. The other caps do not name it."""
    bounded = params.fee_limb and params.cap_fixed is not None and params.combine == "max"
    return replace(params, cap_ceiling=insured_sum if bounded else None)


def _typed(name: str, value: Any) -> Any:
    if name in _MONEY:
        return None if value is None else Decimal(str(value))
    return tuple(value) if isinstance(value, list | tuple) else value


def _rewrites(entry: Mapping[str, Any]) -> bool:
    """Own wording: `modified`, or `untracked` with a text and not only with values."""
    return entry["class"] == "modified" or (entry["class"] == "untracked" and not entry.get("changes"))


def _labels(snapshot: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in snapshot.get("parts") or ():
        for item in part["articles"]:
            if item["clause"] in CLAUSES:
                found[item["clause"]] = item["label"]
                for place, label in _places(item.get("paragraphs") or ()):
                    found[f"{item['clause']}#{place}"] = label
    return found


def _places(paragraphs: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, str]]:
    for paragraph in paragraphs:
        if paragraph.get("anchor"):
            yield paragraph["anchor"], paragraph.get("full_label") or paragraph["label"]
        yield from _places(paragraph.get("points") or ())


# ---- which fees count ------------------------------------------------------------------------------------------------


def fees_for(basis: str, payments: Iterable[tuple[date, Decimal]], event_day: date, contract_start: date) -> Decimal:
    """The fees that count for the fee limb at an event, in EUR excluding VAT; credit notes are negative payments (AR4).

    In: `payments` (day received, amount). ``agreement``: everything up to and on the event's day. ``last_12_months``: the twelve
    months that end with that day. ``contract_year``: the contract year of the event, counted from `contract_start`, as the text
    says without "up to". Out: never below zero. Error: ValueError for an unknown basis.
    """
    match basis:
        case "agreement":
            first, last = date.min, event_day
        case "last_12_months":
            first, last = _next_day(add_years(event_day, -1)), event_day
        case "contract_year":
            first, last = year_bounds(contract_start, event_day)
        case _:
            raise ValueError(f"there is no fee basis '{basis}'")
    return max(ZERO, sum((amount for day, amount in payments if first <= day <= last), ZERO))


def contract_year(contract_start: date, day: date) -> int:
    """The number of the contract year that holds `day`: 1 for the first, 0 or less before the contract began."""
    year = day.year - contract_start.year
    return year + 1 if add_years(contract_start, year) <= day else year


def year_bounds(contract_start: date, day: date) -> tuple[date, date]:
    """The first and the last day of the contract year that holds `day`."""
    number = contract_year(contract_start, day)
    return add_years(contract_start, number - 1), date.fromordinal(add_years(contract_start, number).toordinal() - 1)


def add_years(day: date, years: int) -> date:
    """The same day of another year; 29 February becomes 28 February where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _next_day(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)
