"""Clients."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, url_for

from dpa_service.adapters.db.models import Client
from dpa_service.api.blueprint import Blueprint
from dpa_service.api.body import expected_version, json_body, with_etag
from dpa_service.api.schemas import ClientPage, ClientSchema, PageQuery, body_of, if_match
from dpa_service.services.agreements import clients
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, now, session

blp = Blueprint("clients", __name__, description="The controllers that agreements are made with")


@blp.route("/clients", methods=["GET"])
@blp.arguments(PageQuery, location="query")
@blp.response(200, ClientPage)
@allow("sales", "legal", "dpo", "admin")
def listing(query: dict[str, Any]) -> Any:
    """Clients, newest first; q looks in name and number."""
    return clients.listing(session(), **query)


@blp.route("/clients", methods=["POST"])
@blp.doc(**body_of("ClientData"))
@blp.response(201, ClientSchema)
@allow("sales", "legal", "admin")
def create() -> Response:
    """A new client; 409 when its number is known."""
    client = clients.create(session(), json_body(), actor=actor(), now=now())
    answer = _answer(client, 201)
    answer.headers["Location"] = url_for("clients.read", client_id=client.id)
    return answer


@blp.route("/clients/<hex:client_id>", methods=["GET"])
@blp.response(200, ClientSchema)
@allow("sales", "legal", "dpo", "admin")
def read(client_id: str) -> Response:
    """One client; the ETag is what a change needs as If-Match."""
    return _answer(clients.get(session(), client_id))


@blp.route("/clients/<hex:client_id>", methods=["PUT"])
@blp.doc(parameters=[if_match(required=True)], **body_of("ClientData"))
@blp.response(200, ClientSchema)
@allow("sales", "legal", "admin")
def update(client_id: str) -> Response:
    """Replace a client's data. What earlier agreements print does not change."""
    version = expected_version(needed=True)
    return _answer(clients.update(session(), client_id, json_body(), expected_version=version, actor=actor(), now=now()))


def _answer(client: Client, status: int = 200) -> Response:
    answer = jsonify(ClientSchema().dump(client))
    answer.status_code = status
    return with_etag(answer, client.version)
