"""An assessment as a document for the file says it: plain texts in Dutch, the same for Word and PDF."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dpa_service.domain.contract.terms import STANDARD
from dpa_service.domain.contract.wording import NBSP, long_date, money
from dpa_service.domain.deadlines import day_of
from dpa_service.domain.liability.claim import UNLIMITED
from dpa_service.services.liability.claim_words import BASES, FACTS, FAULTS, KINDS, NOT_REVIEWED, POOLS, STEPS

if TYPE_CHECKING:
    from dpa_service.adapters.db.liability import ClaimAssessment
    from dpa_service.services.liability.claims import Details

Json = dict[str, Any]
NL = "nl"
BESIDE = "Wat dwingend recht kan veranderen"
_CLAUSES = {
    "general-liability": "algemene aansprakelijkheid", "processor-liability": "aansprakelijkheid als verwerker",
    "third-party-claims": "aanspraken van derden", "data-subject-compensation": "rechten van betrokkenen",
}  # fmt: skip
_WARNINGS = {
    "OWN_WORDING": "Het artikel over {clause} heeft een eigen tekst (afwijking {deviation}). De cijfers volgen de bedragen en keuzes; lees "
    "die tekst zelf na.",
    "CLAUSE_REMOVED": "Het artikel over {clause} is weggelaten (afwijking {deviation}). Wat het beperkte, geldt hier niet.",
}
_FEES = {
    "agreement": "tot en met de dag van de gebeurtenis", "last_12_months": "in de twaalf maanden tot en met de gebeurtenis",
    "contract_year": "in het contractjaar van de gebeurtenis",
}  # fmt: skip


def told(details: Details, assessment: ClaimAssessment) -> Json:
    """The data of the templates assessment.docx and assessment.typ: texts, lists of texts, and nothing else."""
    claim, answer = details.claim, assessment.result
    day = day_of(assessment.created_at)
    return {
        "language": NL,
        "title": "Beoordeling van een schadegeval",
        "subtitle": f"{answer['label']}: geen oordeel over wat wettelijk verschuldigd is",
        "reference": claim.reference,
        "number": str(assessment.number),
        "fingerprint": assessment.sha256,
        "date": {"iso": day.isoformat(), "text": long_date(day, NL)},
        "labels": {"page": "pagina", "of": "van"},
        "facts": _facts(details, answer, day),
        "summary": str(claim.data["summary"]),
        "items_title": "Gevorderde schade",
        "item_heads": ["Schadepost", "Aard", "Bedrag"],
        "items": [_item(item, number) for number, item in enumerate(claim.data["items"], start=1)],
        "stairs_title": answer["label"],
        "stair_heads": ["Stap", "Volgens", "Bedrag"],
        "stairs": [_stair(step, answer) for step in answer["stairs"]],
        "beside_title": BESIDE,
        "beside": _beside(answer),
        "notices": [
            {"text": n["text"], "confidence": f"zekerheid: {n['confidence_text']} ({n['confidence']})"} for n in answer["notices"]
        ],
        "not_reviewed": NOT_REVIEWED,
        "warnings": [warning_text(warning) for warning in answer["warnings"]],
        "warnings_title": "Let op",
        "made_of_title": "Waarop de berekening steunt",
        "made_of": _made_of(answer),
    }


def warning_text(warning: Json) -> str:
    """A warning of an answer as a sentence."""
    clause = _CLAUSES.get(warning["clause"], warning["clause"])
    return _WARNINGS[warning["code"]].format(clause=clause, deviation=warning["deviation"])


def origin(line: Json, deviations: Json) -> str:
    """Where the figure of a step comes from: the house standard, or which deviation with its term and value."""
    changed = [shape for shape in line["shaped_by"] if shape["source"] != STANDARD]
    if not line["shaped_by"]:
        return "wet"
    if not changed:
        return "huisstandaard"
    return "; ".join(
        f"afwijking {s['source']} ({s['label']}: {s['value']})"
        if s["source"] in deviations
        else f"proef ({s['label']}: {s['value']})"
        for s in changed
    )


def shown(amount: str | None) -> str:
    """An amount of an answer as it is printed."""
    if amount is None:
        return "–"
    return "onbeperkt" if amount == UNLIMITED else money(Decimal(amount), NL)


def _facts(details: Details, answer: Json, day: date) -> list[list[str]]:
    claim, data, agreement = details.claim, details.claim.data, answer["agreement"]
    holds = [FACTS[name] for name in FACTS if data.get(name)]
    rows: list[tuple[str, str | None]] = [
        ("Referentie", f"{claim.reference}, beoordeling van {long_date(day, NL)}"),
        ("Klant", details.client.name),
        ("Wie vordert", data.get("claimant")),
        ("Overeenkomst", f"{agreement['reference']}, van kracht vanaf {_day(agreement['effective_from'])}"),
        ("Gebeurtenis", long_date(claim.event_day, NL)),
        ("Gemeld", long_date(claim.reported_day, NL)),
        ("Grondslag", BASES[data["basis"]]),
        ("Fout", FAULTS[data["fault"]]),
        ("Vaststaande feiten", "; ".join(holds)),
        ("Aandeel van de verwerker", _percent(data.get("responsibility_share"))),
    ]
    return [[name, value] for name, value in rows if value]


def _item(item: Json, number: int) -> list[str]:
    kind = KINDS[item["kind"]] + (", leven of fysieke integriteit" if item.get("bodily") else "")
    return [item.get("label") or f"Post {number}", kind, shown(item["amount"])]


def _stair(step: Json, answer: Json) -> Json:
    lines = [{"text": _reason(line), "by": _by(line, answer)} for line in step["lines"]]
    return {"name": STEPS[step["step"]], "amount": shown(step["amount"]), "lines": lines,
            "strong": step["step"] in ("payable", "recoverable")}  # fmt: skip


def _reason(line: Json) -> str:
    """The words of a step, with the amount of the heads of damage that it lets through or not."""
    heads = line["code"].startswith(("DIRECT_", "INDIRECT_", "FINE_"))
    return f"{line['text'].removesuffix('.')}: {shown(line['in'])}." if heads else str(line["text"])


def _by(line: Json, answer: Json) -> str:
    """ "artikel 22.4, regel d1; afwijking A16 (…)"."""
    place = f"artikel{NBSP}{line['article']}, " if line.get("article") else ""
    return f"{place}regel {line['rule']}; {origin(line, answer['agreement']['deviations'])}"


def _beside(answer: Json) -> list[str]:
    """The second figures, only where they differ: beside the result, never inside it."""
    found, sentences = answer["result"], []
    if found["overlay_payable"] != found["payable"]:
        sentences.append(
            f"Als dwingend recht de beperkingen opzijzet, kan het te betalen bedrag {shown(found['overlay_payable'])} worden in plaats van "
            f"{shown(found['payable'])}."
        )
    if found["recoverable_overlay"] != found["recoverable"]:
        sentences.append(
            f"Wat van de klant terug te vorderen is, kan dan {shown(found['recoverable_overlay'])} worden in plaats van "
            f"{shown(found['recoverable'])}."
        )
    return sentences


def _made_of(answer: Json) -> list[list[str]]:
    claim, inputs = answer["inputs"]["claim"], answer["inputs"]
    fees = claim["fees_paid"]
    rows = [
        ["Vergoedingen die meetellen", f"{shown(fees)} ({_FEES[inputs['fee_basis']]})" if fees is not None else "niet ingegeven"],
        ["Plafond van de hoofdovereenkomst", shown(claim["main_agreement_cap"]) if claim["main_agreement_cap"] else "geen"],
        ["Contractjaar van de gebeurtenis", str(claim["contract_year"])],
    ]
    rows += [[f"Eerder betaald uit {POOLS[p['pool']]}", f"{shown(p['amount'])} (contractjaar {p['contract_year']})"]
             for p in claim["prior_payments"]]  # fmt: skip
    if found := answer["result"]["remaining_after"]:
        rows.append(["Over na deze betaling", shown(found)])
    return rows


def _day(text: str) -> str:
    return long_date(date.fromisoformat(text), NL)


def _percent(share: str | None) -> str | None:
    return None if share is None else f"{(Decimal(share) * 100).normalize():f}{NBSP}%".replace(".", ",")
