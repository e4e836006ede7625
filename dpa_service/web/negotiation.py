"""The negotiation's pages: asking, the look before it, taking back, the next edition. One blueprint, one file a subject."""

from dpa_service.web import negotiation_asking
from dpa_service.web.negotiation_base import blueprint

__all__ = ["blueprint", "negotiation_asking"]
