"""The clause library: its clauses now, and every version that an agreement was made with."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from dpa_service.api.blueprint import Blueprint
from dpa_service.domain.contract.clauses import Clause
from dpa_service.services.errors import NotFound
from dpa_service.services.library import library as releases
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import library, session

blp = Blueprint("clauses", __name__, description="The clauses and their versions")

_OBJECT = {"type": "object"}


@blp.route("/clauses", methods=["GET"])
@blp.response(200, _OBJECT)
@allow("sales", "legal", "dpo", "admin")
def listing() -> Response:
    """Every clause of the library in force, and the library's hash."""
    current = library()
    return jsonify({"library_hash": current.hash, "items": [_summary(clause) for clause in current.clauses.values()]})


@blp.route("/clauses/<string(maxlength=100):clause_id>", methods=["GET"])
@blp.response(200, _OBJECT)
@allow("sales", "legal", "dpo", "admin")
def read(clause_id: str) -> Response:
    """One clause: what it covers, its parameters, its negotiation ladder, its text per language."""
    clause = _known(clause_id)
    details = {
        "covers": {element: list(places) for element, places in clause.covers.items()},
        "parameters": list(clause.parameters),
        "notices": list(clause.notices),
        "content": _content(clause),
    }
    return jsonify(_summary(clause) | details)


@blp.route("/clauses/<string(maxlength=100):clause_id>/versions", methods=["GET"])
@blp.response(200, _OBJECT)
@allow("sales", "legal", "dpo", "admin")
def versions(clause_id: str) -> Response:
    """The versions of a clause, newest first. A version is kept from the first agreement that is made with it."""
    clause = _known(clause_id)
    kept: list[dict[str, Any]] = [
        {"version": row.version, "hash": row.hash, "status": row.status, "first_seen": row.first_seen.isoformat()}
        for row in releases.versions(session(), clause_id)
    ]
    if clause.version not in {row["version"] for row in kept}:
        kept.insert(0, {"version": clause.version, "hash": clause.hash, "status": clause.status, "first_seen": None})
    return jsonify({"items": kept})


@blp.route("/clauses/<string(maxlength=100):clause_id>/versions/<dotted:number>", methods=["GET"])
@blp.response(200, _OBJECT)
@allow("sales", "legal", "dpo", "admin")
def version(clause_id: str, number: str) -> Response:
    """One version of a clause with its text."""
    clause = _known(clause_id)
    if number == clause.version:
        return jsonify(_summary(clause) | {"content": _content(clause)})
    row = releases.version(session(), clause_id, number)
    return jsonify({"id": row.clause, "version": row.version, "hash": row.hash, "status": row.status, "content": row.content})


def _known(clause_id: str) -> Clause:
    clause = library().clauses.get(clause_id)
    if clause is None:
        raise NotFound("clause")
    return clause


def _summary(clause: Clause) -> dict[str, Any]:
    return {"id": clause.id, "version": clause.version, "hash": clause.hash, "status": clause.status, "kind": clause.kind,
            "source": list(clause.source)}  # fmt: skip


def _content(clause: Clause) -> dict[str, Any]:
    return releases.clause_content(library(), clause.id)
