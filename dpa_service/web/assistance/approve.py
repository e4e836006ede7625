"""Minutes that wait for a second person."""

from __future__ import annotations

from flask import render_template

from dpa_service.serving.access import allow
from dpa_service.web.assistance.base import APPROVERS, blueprint


@blueprint.get("/time/approvals", endpoint="approvals")
@allow(*APPROVERS)
def approvals() -> str:
    """To be built."""
    return render_template("assistance/approvals.html")
