"""The REST API under /api/v1, described by itself at /api/v1/openapi.json."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask
from flask_smorest import Api

from dpa_service.api import (
    accounting,
    agreements,
    assistance,
    billing_figures,
    billing_settings,
    catalogue,
    claims,
    clauses,
    clients,
    coverage,
    credit_notes,
    deviations,
    documents,
    drafts,
    estimates,
    exposure,
    fees,
    invoices,
    payments,
    rounds,
    time_entries,
    timers,
)
from dpa_service.api.assistance_bodies import bodies as assistance_bodies
from dpa_service.api.converters import Dotted, HexId
from dpa_service.api.deviation_schemas import asked_schema, decision_schema
from dpa_service.api.liability_bodies import bodies as liability_bodies
from dpa_service.api.schemas import ErrorSchema
from dpa_service.domain.contract.clauses import Library
from dpa_service.services.agreements.request_schema import client_json_schema, request_json_schema
from dpa_service.services.negotiation.deviation_entry import deviation_json_schema
from dpa_service.serving.runtime import library

PREFIX = "/api/v1"
BLUEPRINTS = (
    clients.blp,
    agreements.blp,
    deviations.blp,
    documents.blp,
    rounds.blp,
    coverage.blp,
    clauses.blp,
    catalogue.blp,
    claims.blp,
    fees.blp,
    exposure.blp,
    assistance.blp,
    estimates.blp,
    time_entries.blp,
    timers.blp,
    drafts.blp,
    invoices.blp,
    credit_notes.blp,
    payments.blp,
    accounting.blp,
    billing_figures.blp,
    billing_settings.blp,
)


class _Api(Api):  # type: ignore[misc]  # flask-smorest is not typed
    """flask-smorest without its application-wide error handler: errors are answered in serving/errors.py."""

    ERROR_SCHEMA = ErrorSchema

    def _register_error_handlers(self) -> None:
        pass

    def _openapi_json(self) -> Any:
        """The description with the service catalogue as it is now: it can be edited while the service runs."""
        _describe_bodies(self, library())
        return super()._openapi_json()


def register(app: Flask, base: Library) -> tuple[Blueprint, ...]:
    """Add the API to the application; the description carries the rules of this clause library. Out: its blueprints."""
    app.config.update(
        API_TITLE="Processor agreements",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=PREFIX,
        OPENAPI_JSON_PATH="openapi.json",
    )
    app.url_map.converters["hex"] = HexId
    app.url_map.converters["dotted"] = Dotted
    api = _Api(app)
    for converter in (HexId, Dotted):
        api.register_converter(converter, lambda made: {"type": "string", "pattern": f"^{made.regex}$"})
    api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    api.spec.options["security"] = [{"token": []}]
    _describe_bodies(api, base)
    for blueprint in BLUEPRINTS:
        api.register_blueprint(blueprint, url_prefix=PREFIX)
    return BLUEPRINTS


def _describe_bodies(api: Api, current: Library) -> None:
    """The bodies whose rules come from the clause library."""
    agreement = request_json_schema(current, "agreement", reference=False)
    known_client = agreement | {
        "title": "Request for an agreement with a client given by its id",
        "properties": {name: schema for name, schema in agreement["properties"].items() if name != "client"},
        "required": [name for name in agreement["required"] if name != "client"],
    }
    bodies = {
        "AgreementRequest": agreement,
        "AgreementRequestOfKnownClient": known_client,
        "GeneralTermsRequest": request_json_schema(current, "general-terms", reference=False),
        "ClientData": client_json_schema(),
        "DeviationRequest": asked_schema(deviation_json_schema(current), list(current.parameters)),
        "DeviationDecision": decision_schema(),
        **liability_bodies(),
        **assistance_bodies(),
    }
    for name, schema in bodies.items():
        api.spec.components.schemas[name] = {key: value for key, value in schema.items() if key != "$schema"}
