"""Assistance requests, estimates and minutes as plain JSON for the API: amounts as text in EUR, minutes whole, moments with their zone."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from dpa_service.adapters.db.assistance import AssistanceEstimate, AssistanceEvent, AssistanceRequest, MonthLock, TimeEntry
from dpa_service.domain.assistance.assistance import Estimate, Settled
from dpa_service.domain.assistance.duties import duty
from dpa_service.services.assistance.assistance_list import Details
from dpa_service.services.assistance.clock_states import states
from dpa_service.services.assistance.time_entries import NotDecided
from dpa_service.services.assistance.time_views import Row
from dpa_service.services.assistance.timers import Running
from dpa_service.services.assistance.timesheet_file import Report

Json = dict[str, Any]
GENERAL_TERMS = "general-terms"


def plain(value: Any) -> Any:
    """Amounts, days and moments as text, whatever holds them."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def columns(row: Any, *names: str) -> Json:
    """These attributes of a row."""
    return {name: plain(getattr(row, name)) for name in names}


def request(row: AssistanceRequest) -> Json:
    """A request as lists show it."""
    return columns(
        row, "id", "reference", "client_id", "agreement_id", "duty", "case_reference", "subject", "state", "urgent", "caused",
        "clock_started", "due_at", "closed_at", "version", "created_at", "created_by", "updated_at",
    )  # fmt: skip


def request_details(found: Details, waits: str | None, now: datetime) -> Json:
    """A request with all that belongs to it; `waits`: why work on it should wait (estimates.blocked)."""
    row, about = found.request, duty(found.request.duty)
    general = found.agreement is not None and found.agreement.family == GENERAL_TERMS
    return {
        **request(row),
        "client": found.client.name,
        "agreement": found.agreement.reference if found.agreement else None,
        "clause": about.general_clause if general else about.clause,
        "clocks": [
            {**each.clock, "state": each.state, "at": plain(each.at), "stopped_by": each.item} for each in states(row, now)
        ],
        "checklist": [
            {"item": item.id, "clause": item.clause, "done": item.id in row.checklist, **_tick(row.checklist.get(item.id))}
            for item in about.checklist
        ],
        "facts": plain(row.facts),
        "forwarded": plain(row.forwarded),
        "events": [event(each) for each in found.events],
        "estimates": [estimate(each) for each in found.estimates],
        "entries": [entry(each) for each in found.entries],
        "minutes": found.minutes,
        "work_waits": waits,
    }


def event(row: AssistanceEvent) -> Json:
    """A line of the log."""
    return columns(row, "id", "number", "kind", "text", "created_at", "created_by")


def estimate(row: AssistanceEstimate) -> Json:
    """An estimate that was kept."""
    return columns(
        row, "id", "request_id", "number", "minutes", "billed_minutes", "free_minutes", "rate", "amount", "why", "starts_at_once",
        "state", "answer", "answered_at", "created_at", "created_by",
    )  # fmt: skip


def trial(found: Estimate) -> Json:
    """An estimate that was not kept."""
    return {
        "minutes": found.minutes, "billed_minutes": found.billed, "free_minutes": found.free, "charged_minutes": found.charged,
        "rate": plain(found.rate), "amount": plain(found.amount), "why": list(found.why), "needs_approval": found.needs_approval,
        "starts_at_once": found.starts_at_once,
    }  # fmt: skip


def entry(row: TimeEntry) -> Json:
    """An entry of time."""
    return columns(
        row, "id", "request_id", "client_id", "agreement_id", "work_date", "person", "minutes", "note", "rate", "increment", "sources",
        "caused", "first_audit_day", "audit_failing", "waived", "state", "decided_by", "decided_at", "correction_of", "reason", "refusal",
        "external_key", "created_at", "created_by",
    )  # fmt: skip


def entry_details(found: Row) -> Json:
    """An entry with what becomes of it; `settled` is None for a rejected one."""
    return {
        **entry(found.entry),
        "reference": found.request.reference,
        "client": found.client.name,
        "corrected_by": found.correction.id if found.correction else None,
        "invoiced": found.invoiced,
        "settled": settled(found.settled) if found.settled else None,
    }


def settled(found: Settled) -> Json:
    """Minutes of an entry: raw + rounding = billed = not charged, by reason + charged."""
    return {
        "raw": found.entry.minutes, "rounding": found.rounding, "billed": found.billed, "not_charged": dict(found.parts),
        "charged": found.charged,
    }  # fmt: skip


def decided(asked: int, left: list[NotDecided]) -> Json:
    """What became of a decision about several entries."""
    rows = [{"id": each.entry_id, "code": each.code, "message": each.message} for each in left]
    return {"decided": asked - len(left), "not_decided": rows}


def report(found: Report) -> Json:
    """What became of an upload."""
    refused = [columns(each, "line", "field", "code", "message") for each in found.refused]
    return {"accepted": found.accepted, "known": found.known, "minutes": found.minutes, "refused": refused}


def timer(found: Running, now: datetime) -> Json:
    """A timer that runs."""
    return {
        "request_id": found.timer.request_id, "reference": found.request.reference, "client": found.client.name,
        "note": found.timer.note, "started_at": plain(found.timer.started_at), "work_date": plain(found.day),
        "minutes": found.minutes(now), "locked": found.locked,
    }  # fmt: skip


def month(row: MonthLock) -> Json:
    """A locked month."""
    return columns(row, "month", "locked_at", "locked_by")


def _tick(tick: Json | None) -> Json:
    return {"at": tick["at"], "by": tick["by"]} if tick else {"at": None, "by": None}
