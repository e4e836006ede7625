"""The negotiation's pages: asking, the look before it, taking back, the next edition. One blueprint, one file a subject."""

from dpa_service.web.negotiation import asking
from dpa_service.web.negotiation.base import blueprint

__all__ = ["asking", "blueprint"]
