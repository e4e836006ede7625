"""Work in progress: approved minutes that no invoice holds, by client and age."""

from __future__ import annotations

from flask import render_template

from dpa_service.serving.access import allow
from dpa_service.web.invoices.base import READERS, blueprint


@blueprint.get("/work-in-progress", endpoint="work")
@allow(*READERS)
def work() -> str:
    """To be built."""
    return render_template("invoices/work.html")
