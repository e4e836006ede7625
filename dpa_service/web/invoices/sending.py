"""What waits to be sent, and what the network refused."""

from __future__ import annotations

from flask import render_template

from dpa_service.serving.access import allow
from dpa_service.web.invoices.base import READERS, blueprint


@blueprint.get("/sending", endpoint="sending")
@allow(*READERS)
def sending() -> str:
    """To be built."""
    return render_template("invoices/sending.html")
