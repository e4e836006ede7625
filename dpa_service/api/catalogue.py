"""What a request may choose from: parameters, services, and the rules of a request itself."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from dpa_service.api.blueprint import Blueprint
from dpa_service.api.schemas import DocumentQuery
from dpa_service.domain.contract.terms import Parameter, plain
from dpa_service.services.agreements.request_schema import request_json_schema
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import library

blp = Blueprint("catalogue", __name__, description="What a request may choose from")

_OBJECT = {"type": "object"}


@blp.route("/parameters", methods=["GET"])
@blp.response(200, _OBJECT)
@allow()
def parameters() -> Response:
    """Every figure and choice of the house terms, with its standard and its bounds."""
    return jsonify({"items": [_parameter(parameter) for parameter in library().parameters.values()]})


@blp.route("/services", methods=["GET"])
@blp.response(200, _OBJECT)
@allow()
def services() -> Response:
    """The catalogue of services, with what each brings into the annexes."""
    items = [{"id": service.id, "facts": list(service.facts), "texts": service.texts} for service in library().services.values()]
    return jsonify({"items": items})


@blp.route("/schemas/request.json", methods=["GET"])
@blp.arguments(DocumentQuery, location="query")
@blp.response(200, _OBJECT)
@allow()
def request_schema(query: dict[str, Any]) -> Response:
    """The JSON Schema (draft 2020-12) of a request."""
    return jsonify(request_json_schema(library(), query["document"]))


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "id": parameter.id,
        "type": parameter.type,
        "unit": parameter.unit,
        "standard": plain(parameter.standard),
        "minimum": plain(parameter.minimum),
        "maximum": plain(parameter.maximum),
        "optional": parameter.none is not None,
        "choices": list(parameter.choices),
        "rule": parameter.rule,
        "labels": dict(parameter.labels),
        "values": {language: dict(words) for language, words in (parameter.values or {}).items()},
    }
