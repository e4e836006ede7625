"""Claims, fees and exposure as plain JSON, for the API and for pages: amounts as text in EUR, "unlimited" where there is no limit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from dpa_service.adapters.db.liability import ClaimDocument, ClaimPayment, ExposureRow, FeePayment, LiabilityClaim
from dpa_service.domain.liability.claim import UNLIMITED
from dpa_service.domain.liability.exposure import Exposure
from dpa_service.services.liability.claim_payments import Overdrawn, Room
from dpa_service.services.liability.claim_schema import as_json
from dpa_service.services.liability.claims import Details
from dpa_service.services.liability.exposure import Portfolio, Position
from dpa_service.services.liability.exposure_detail import Adds, ClientExposure, Pending
from dpa_service.services.liability.fees import Report

Json = dict[str, Any]


def fee(row: FeePayment) -> Json:
    """A sum of fees."""
    return {
        "id": row.id, "client_id": row.client_id, "received_on": row.received_on.isoformat(), "amount": as_json(row.amount),
        "period": row.period, "source": row.source, "external_key": row.external_key, "counter_of": row.counter_of,
        "created_at": row.created_at.isoformat(), "created_by": row.created_by,
    }  # fmt: skip


def fee_report(report: Report) -> Json:
    """What became of an upload."""
    refused = [{"line": r.line, "field": r.field, "code": r.code, "message": r.message} for r in report.refused]
    return {"accepted": report.accepted, "known": report.known, "total": as_json(report.total), "refused": refused}


def claim(row: LiabilityClaim) -> Json:
    """A claim as lists show it, with what was reported."""
    return {
        "id": row.id, "reference": row.reference, "client_id": row.client_id, "agreement_id": row.agreement_id, "state": row.state,
        "contract_year": row.contract_year, "reason": row.reason, "version": row.version, "created_at": row.created_at.isoformat(),
        "created_by": row.created_by, "claim": row.data,
    }  # fmt: skip


def claim_details(found: Details) -> Json:
    """A claim with its assessments, payments and files."""
    return {
        **claim(found.claim),
        "paid": as_json(found.paid),
        "assessments": [
            {"number": row.number, "sha256": row.sha256, "created_at": row.created_at.isoformat(), "created_by": row.created_by,
             **row.result}
            for row in found.assessments
        ],
        "payments": [payment(row) for row in found.payments],
        "documents": [document(row) for row in found.documents],
    }  # fmt: skip


def payment(row: ClaimPayment) -> Json:
    """A payment or its counter-entry."""
    return {
        "id": row.id, "pool": row.pool, "amount": as_json(row.amount), "contract_year": row.contract_year,
        "paid_on": row.paid_on.isoformat(), "counter_of": row.counter_of, "reason": row.reason,
        "created_at": row.created_at.isoformat(), "created_by": row.created_by,
    }  # fmt: skip


def document(row: ClaimDocument) -> Json:
    """A file kept with a claim, without its bytes."""
    return {"id": row.id, "name": row.name, "mimetype": row.mimetype, "size": row.size, "sha256": row.sha256}


def room(found: Room) -> Json:
    """What can still be paid on a claim."""
    return {"pool": found.pool, "remaining": as_json(found.capped), "uncapped": as_json(found.uncapped),
            "claimed_and_unpaid": as_json(found.claimed), "cap": found.cap}  # fmt: skip


def overdrawn(refused: Overdrawn) -> Json:
    """The figures of a refused payment."""
    return {"pool": refused.pool, "asked": as_json(refused.asked), "remaining": as_json(refused.remaining)}


def exposure(found: Exposure) -> Json:
    """An exposure by pool."""
    return {
        "main": as_json(found.main), "other": as_json(found.other), "total": as_json(found.total), "unlimited": list(found.unlimited),
        "counted": found.counted, "upper_bound": found.upper_bound,
    }  # fmt: skip


def exposure_row(row: ExposureRow) -> Json:
    """A stretch of an agreement's exposure."""
    return {
        "agreement_id": row.agreement_id, "from": row.from_day.isoformat(), "until": row.until_day and row.until_day.isoformat(),
        "main": _limit(row.main), "other": _limit(row.other), "total": _limit(row.total), "standard": _limit(row.standard),
        "unlimited": row.unlimited, "counted": row.counted, "upper_bound": row.upper_bound, "own_wording": row.own_wording,
    }  # fmt: skip


def position(found: Position) -> Json:
    """One agreement in the portfolio."""
    return {"client_id": found.client_id, "client": found.client, "reference": found.reference, **exposure_row(found.row)}


def portfolio(found: Portfolio) -> Json:
    """The sums of a day."""
    names = ("agreements", "main", "other", "total", "standard", "no_limit", "endless_total", "fees_unknown", "own_wording", "cases",
             "insured_sum", "above_insured", "exceeded")  # fmt: skip
    return {
        "day": found.day.isoformat(),
        **{name: as_json(getattr(found, name)) for name in names},
        "by_deviation": [
            {"parameters": list(group.parameters), "count": group.count, "adds": as_json(group.adds), "no_limit": group.no_limit}
            for group in found.by_deviation
        ],
    }


def client_exposure(found: ClientExposure) -> Json:
    """One client on a day; `exposure` is null where no agreement holds."""
    return {
        "client_id": found.client.id,
        "day": found.day.isoformat(),
        "agreement_id": found.bound.agreement_id if found.bound else None,
        "exposure": exposure(found.now) if found.now else None,
        "standard": exposure(found.standard) if found.standard else None,
        "fees": as_json(found.fees),
        "deviations": [adds(each) for each in found.deviations],
        "paid": as_json(found.paid),
        "left": {pool: _limit(amount) for pool, amount in found.left.items()},
        "insured_sum": as_json(found.insured_sum),
        "exceeded": found.exceeded,
        "outside": list(found.outside),
        "history": [exposure_row(row) for row in found.rows],
    }


def pending(found: Pending) -> Json:
    """What the deviations of a draft would do."""
    return {
        "standard": exposure(found.standard),
        "draft": exposure(found.draft),
        "current": exposure(found.current) if found.current else None,
        "deviations": [adds(each) for each in found.deviations],
        "adds": as_json(found.adds),
        "new_cases": list(found.new_cases),
        "insured_sum": as_json(found.insured_sum),
        "exceeded": found.exceeded,
    }


def adds(found: Adds) -> Json:
    """What one deviation adds."""
    return {"deviation": found.deviation, "label": found.label, "parameters": list(found.parameters), "adds": as_json(found.adds)}


def _limit(amount: Decimal | None) -> str | None:
    return UNLIMITED if amount is None else format(amount, "f")
