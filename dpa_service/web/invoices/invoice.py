"""The list of invoices, an invoice with its files, and the evidence of each line."""

from __future__ import annotations

from flask import render_template

from dpa_service.serving.access import allow
from dpa_service.web.invoices.base import READERS, blueprint


@blueprint.get("/invoices", endpoint="invoices")
@allow(*READERS)
def invoices() -> str:
    """To be built."""
    return render_template("invoices/invoices.html")
