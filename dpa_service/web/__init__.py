"""The pages, one blueprint per group of users. Each module adds its blueprint to the tuple."""

from dpa_service.web import account, admin, everyone, legal, negotiation, pages, sales, users

BLUEPRINTS = (
    pages.blueprint,
    everyone.blueprint,
    account.blueprint,
    users.blueprint,
    sales.blueprint,
    negotiation.blueprint,
    legal.blueprint,
    admin.blueprint,
)

__all__ = ["BLUEPRINTS"]
