"""The caller's timer, and the months whose minutes no longer change."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from dpa_service.api.assistance_bodies import ReasonBlock, StopBlock, TimerBlock
from dpa_service.api.assistance_roles import LOCKERS
from dpa_service.api.blueprint import Blueprint
from dpa_service.api.body import created, json_body, no_body
from dpa_service.api.schemas import OptionalKey, body_of
from dpa_service.api.time_schemas import MonthsSchema, RunningSchema, TimeEntryDetailsSchema
from dpa_service.services.assistance import assistance_plain, month_locks, time_views, timers
from dpa_service.services.assistance.assistance_schema import load
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, now, session

blp = Blueprint("timers", __name__, description="One timer a person; and months that are locked")

_MONTH = "/months/<string(maxlength=100):month>"


@blp.route("/timer", methods=["GET"])
@blp.response(200, RunningSchema)
@allow()
def read() -> Response:
    """The caller's timer, or null."""
    return _running()


@blp.route("/timer", methods=["POST"])
@blp.doc(**body_of("TimerData"))
@blp.response(200, RunningSchema)
@allow()
def start() -> Response:
    """Start the caller's timer; 409 RUNNING when it runs already."""
    asked = load(TimerBlock(), json_body())
    timers.start(session(), asked["request_id"], note=asked.get("note", ""), actor=actor(), now=now())
    return _running()


@blp.route("/timer", methods=["DELETE"])
@blp.response(200, RunningSchema)
@allow()
def drop() -> Response:
    """Stop it without writing anything down."""
    no_body()
    timers.drop(session(), actor=actor(), now=now())
    return _running()


@blp.route("/timer/stop", methods=["POST"])
@blp.arguments(OptionalKey, location="headers")
@blp.doc(**body_of("TimerStop"))
@blp.response(201, TimeEntryDetailsSchema)
@allow()
def stop(headers: dict[str, Any]) -> Response:
    """Stop it and write the minutes down on the day it was started, rounded up to a whole minute. Refused, it runs on."""
    note = load(StopBlock(), json_body()).get("note")
    made = timers.stop(session(), note=note, key=headers["key"], actor=actor(), now=now())
    return created(assistance_plain.entry_details(time_views.one(session(), made.id)))


@blp.route("/months", methods=["GET"])
@blp.response(200, MonthsSchema)
@allow(*LOCKERS)
def months() -> Response:
    """The locked months, the newest first."""
    return _months()


@blp.route(_MONTH, methods=["PUT"])
@blp.response(200, MonthsSchema)
@allow(*LOCKERS)
def lock(month: str) -> Response:
    """Lock a month that has ended (2026-10); 409 WAITING while entries of it wait for approval. Locking it twice changes nothing."""
    no_body()
    month_locks.lock(session(), month, actor=actor(), now=now())
    return _months()


@blp.route(f"{_MONTH}/unlock", methods=["POST"])
@blp.doc(**body_of("ReasonData"))
@blp.response(200, MonthsSchema)
@allow(*LOCKERS)
def unlock(month: str) -> Response:
    """Unlock a month, with a reason."""
    reason = load(ReasonBlock(), json_body())["reason"]
    month_locks.unlock(session(), month, reason=reason, actor=actor(), now=now())
    return _months()


def _running() -> Response:
    found = timers.shown(session(), actor())
    return jsonify({"timer": assistance_plain.timer(found, now()) if found else None})


def _months() -> Response:
    return jsonify({"items": [assistance_plain.month(row) for row in month_locks.listing(session())]})
