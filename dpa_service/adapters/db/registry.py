"""Every module with tables, imported once, so that migrations and tests see the whole schema.

A part of the product adds its own line here.
"""

from dpa_service.adapters.db import accounts, assistance, forms, house, invoices, liability, lifecycle, negotiation  # noqa: F401
from dpa_service.adapters.db.models import Base

__all__ = ["Base"]
