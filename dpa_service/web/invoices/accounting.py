"""Exports for the accountants."""

from __future__ import annotations

from flask import render_template

from dpa_service.serving.access import allow
from dpa_service.web.invoices.base import BILLERS, blueprint


@blueprint.get("/accounting", endpoint="accounting")
@allow(*BILLERS)
def accounting() -> str:
    """To be built."""
    return render_template("invoices/accounting.html")
