"""The pages of assistance: requests, estimates, minutes and their approval. One blueprint, one file a subject."""

from dpa_service.web.assistance import approve, entry, estimates, forward, incident, months, requests, sheet, timer, upload
from dpa_service.web.assistance.base import blueprint

__all__ = ["approve", "blueprint", "entry", "estimates", "forward", "incident", "months", "requests", "sheet", "timer", "upload"]
