"""The pages of assistance: requests, estimates, minutes and their approval. One blueprint, one file a subject."""

from dpa_service.web.assistance import approve, estimates, months, requests, sheet, timer, upload
from dpa_service.web.assistance.base import blueprint

__all__ = ["approve", "blueprint", "estimates", "months", "requests", "sheet", "timer", "upload"]
