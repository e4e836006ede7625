"""The bank details of the house, and what a client wants on its invoices."""

from __future__ import annotations

from flask import render_template

from dpa_service.serving.access import allow
from dpa_service.web.invoices.base import BILLERS, blueprint


@blueprint.get("/invoices/settings", endpoint="settings")
@allow(*BILLERS)
def settings() -> str:
    """To be built."""
    return render_template("invoices/settings.html")
