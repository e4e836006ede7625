"""The sales path: clients, the agreement form with its live preview, issuing. One blueprint, one file a subject."""

from dpa_service.web import sales_clients, sales_forms, sales_issue
from dpa_service.web.sales_base import blueprint

__all__ = ["blueprint", "sales_clients", "sales_forms", "sales_issue"]
