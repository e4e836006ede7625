"""The pages of everyone: my work, lists, search, the agreement with its steps, the audit log. One blueprint, one file a subject."""

from dpa_service.web import everyone_agreement, everyone_audit, everyone_lists, everyone_signed, everyone_steps
from dpa_service.web.everyone_base import blueprint

__all__ = [
    "blueprint",
    "everyone_agreement",
    "everyone_audit",
    "everyone_lists",
    "everyone_signed",
    "everyone_steps",
]
