"""The pages, one blueprint per group of users. Each module adds its blueprint to the tuple."""

from dpa_service.web import (
    account,
    admin,
    approvals,
    assistance,
    everyone,
    invoices,
    legal,
    liability,
    negotiation,
    pages,
    rounds,
    sales,
    users,
)

BLUEPRINTS = (
    pages.blueprint,
    everyone.blueprint,
    account.blueprint,
    users.blueprint,
    sales.blueprint,
    negotiation.blueprint,
    approvals.blueprint,
    rounds.blueprint,
    legal.blueprint,
    liability.blueprint,
    assistance.blueprint,
    invoices.blueprint,
    admin.blueprint,
)

__all__ = ["BLUEPRINTS"]
