"""The pages of everyone: my work, lists, search, the agreement with its steps, the audit log. One blueprint, one file a subject."""

from dpa_service.web.everyone import agreement, audit, lists, signed, steps
from dpa_service.web.everyone.base import blueprint

__all__ = [
    "agreement",
    "audit",
    "blueprint",
    "lists",
    "signed",
    "steps",
]
