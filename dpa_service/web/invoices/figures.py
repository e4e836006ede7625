"""Hours and revenue per duty, client and month; allowances; what is not billed and why."""

from __future__ import annotations

from flask import render_template

from dpa_service.serving.access import allow
from dpa_service.web.invoices.base import READERS, blueprint


@blueprint.get("/figures/assistance", endpoint="figures")
@allow(*READERS)
def figures() -> str:
    """To be built."""
    return render_template("invoices/figures.html")
