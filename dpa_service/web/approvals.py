"""The approvers' pages: the queue, deciding, absences, figures. One blueprint, one file a subject."""

from dpa_service.web import approvals_absences, approvals_decide, approvals_figures, approvals_queue
from dpa_service.web.approvals_base import blueprint

__all__ = ["approvals_absences", "approvals_decide", "approvals_figures", "approvals_queue", "blueprint"]
