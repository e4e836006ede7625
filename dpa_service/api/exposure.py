"""The exposure: the most the clauses can make the house pay, of the portfolio and of one client, on any day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from flask import Response, jsonify, stream_with_context

from dpa_service.api.blueprint import Blueprint
from dpa_service.api.liability_schemas import (
    ClientExposureSchema,
    DayQuery,
    ExposureQuery,
    PortfolioSchema,
    PositionsQuery,
    PositionsSchema,
)
from dpa_service.domain.roles import ADMIN, DPO, FINANCE, LEGAL
from dpa_service.services.liability import exposure as portfolio
from dpa_service.services.liability import exposure_detail, liability_plain
from dpa_service.services.liability.exposure import Filter
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import runtime, session, today

blp = Blueprint("exposure", __name__, description="The most the clauses can make the house pay, in EUR as text with two decimals")

READERS = (LEGAL, FINANCE, DPO, ADMIN)


@blp.route("/exposure", methods=["GET"])
@blp.arguments(ExposureQuery, location="query")
@blp.response(200, PortfolioSchema)
@allow(*READERS)
def overview(query: dict[str, Any]) -> Response:
    """The sums of a day, against the insured sum of that day."""
    day, asked = _asked(query)
    return jsonify(liability_plain.portfolio(portfolio.portfolio(session(), runtime().library, day, asked)))


@blp.route("/exposure/positions", methods=["GET"])
@blp.arguments(PositionsQuery, location="query")
@blp.response(200, PositionsSchema)
@allow(*READERS)
def positions(query: dict[str, Any]) -> Response:
    """The agreements behind the sums, those without limit first, then the largest."""
    day, asked = _asked(query)
    limit = query["limit"]
    rows = portfolio.positions(session(), runtime().library, day, asked, offset=query["offset"], limit=limit + 1)
    return jsonify({"items": [liability_plain.position(row) for row in rows[:limit]], "more": len(rows) > limit})


@blp.route("/exposure.csv", methods=["GET"])
@blp.arguments(ExposureQuery, location="query")
@blp.response(200, {"type": "string"}, content_type="text/csv")
@allow(*READERS)
def as_csv(query: dict[str, Any]) -> Response:
    """The same as CSV: semicolons, amounts in Belgian notation, "onbeperkt" for no limit."""
    day, asked = _asked(query)
    lines = portfolio.csv_of(session(), runtime().library, day, asked)
    return Response(stream_with_context(lines), mimetype="text/csv")


@blp.route("/clients/<hex:client_id>/exposure", methods=["GET"])
@blp.arguments(DayQuery, location="query")
@blp.response(200, ClientExposureSchema)
@allow(*READERS)
def of_client(query: dict[str, Any], client_id: str) -> Response:
    """One client on a day: by pool, by deviation, what was paid and is left, and over time."""
    found = exposure_detail.of_client(session(), runtime().library, client_id, query["day"] or today())
    return jsonify(liability_plain.client_exposure(found))


def _asked(query: dict[str, Any]) -> tuple[date, Filter]:
    above = None if query["above"] is None else Decimal(query["above"])
    return query["day"] or today(), Filter(query["text"], query["only_"], query["case"], above)
