"""Figures of assistance: hours and revenue per duty, client and month, what was not charged and why, free time used."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from dpa_service.api.assistance_roles import READERS
from dpa_service.api.billing_schemas import AllowancesSchema, AssistanceFiguresSchema, FiguresQuery, YearQuery
from dpa_service.api.blueprint import Blueprint
from dpa_service.services.invoices import billing_figures, figures_csv, invoices_plain
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import session, today

blp = Blueprint("billing-figures", __name__, description="Minutes and revenue; every approved minute stands in exactly one place")


@blp.route("/figures/assistance", methods=["GET"])
@blp.arguments(FiguresQuery, location="query")
@blp.response(200, AssistanceFiguresSchema)
@allow(*READERS)
def figures(query: dict[str, Any]) -> Response:
    """The work done from the first day to the last one and the documents issued in it, per duty, client and month."""
    return jsonify(invoices_plain.figures(_asked(query)))


@blp.route("/figures/assistance.csv", methods=["GET"])
@blp.arguments(FiguresQuery, location="query")
@blp.response(200, {"type": "string"}, content_type="text/csv")
@allow(*READERS)
def as_csv(query: dict[str, Any]) -> Response:
    """The same as CSV: semicolons, decimal commas, codes in the place of words."""
    return Response(figures_csv.csv_of(_asked(query)), mimetype="text/csv")


@blp.route("/figures/assistance/allowances", methods=["GET"])
@blp.arguments(YearQuery, location="query")
@blp.response(200, AllowancesSchema)
@allow(*READERS)
def allowances(query: dict[str, Any]) -> Response:
    """The free time of a calendar year: granted by the tariff now in force, used and left, by client."""
    rows = billing_figures.allowances(session(), query["year"] or today().year, today())
    return jsonify({"items": invoices_plain.allowances(rows)})


def _asked(query: dict[str, Any]) -> billing_figures.Figures:
    return billing_figures.figures(session(), query["first"], query["last"], client_id=query["client_id"])
