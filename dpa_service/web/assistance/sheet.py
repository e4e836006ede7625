"""The day sheet: minutes of one person, day by day; corrections."""

from __future__ import annotations

from flask import render_template

from dpa_service.serving.access import allow
from dpa_service.web.assistance.base import blueprint


@blueprint.get("/time", endpoint="sheet")
@allow()
def sheet() -> str:
    """To be built."""
    return render_template("assistance/sheet.html")
