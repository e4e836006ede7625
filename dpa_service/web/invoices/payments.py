"""Payments by hand or from a bank statement, and what is overdue."""

from __future__ import annotations

from flask import render_template

from dpa_service.serving.access import allow
from dpa_service.web.invoices.base import READERS, blueprint


@blueprint.get("/payments", endpoint="payments")
@allow(*READERS)
def payments() -> str:
    """To be built."""
    return render_template("invoices/payments.html")
