"""Is the service alive, and does its database answer? Public, and silent about everything else."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Blueprint, Response, jsonify

from dpa_service.adapters.db.engine import reading
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import session

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
@allow("guest")
def health() -> tuple[Response, int]:
    """200 when the database answers and has its tables, else 503."""
    try:
        with reading(session()) as current:
            current.execute(sa.text("SELECT version_num FROM alembic_version"))
    except sa.exc.SQLAlchemyError:
        return jsonify({"status": "unavailable"}), 503
    return jsonify({"status": "ok"}), 200
