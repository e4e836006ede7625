"""The sales path: clients, the agreement form with its live preview, issuing. One blueprint, one file a subject."""

from dpa_service.web.sales import clients, forms, issue
from dpa_service.web.sales.base import blueprint

__all__ = ["blueprint", "clients", "forms", "issue"]
