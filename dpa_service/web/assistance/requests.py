"""Assistance requests: the list, a new one, and one with its clocks, checklist and log."""

from __future__ import annotations

from flask import render_template

from dpa_service.serving.access import allow
from dpa_service.web.assistance.base import blueprint


@blueprint.get("/assistance", endpoint="requests")
@allow()
def requests() -> str:
    """To be built."""
    return render_template("assistance/requests.html")
