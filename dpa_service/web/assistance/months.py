"""Months that are locked."""

from __future__ import annotations

from flask import render_template

from dpa_service.serving.access import allow
from dpa_service.web.assistance.base import LOCKERS, blueprint


@blueprint.get("/time/months", endpoint="months")
@allow(*LOCKERS)
def months() -> str:
    """To be built."""
    return render_template("assistance/months.html")
