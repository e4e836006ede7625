"""The approvers' pages: the queue, deciding, absences, figures. One blueprint, one file a subject."""

from dpa_service.web.approvals import absences, decide, figures, queue
from dpa_service.web.approvals.base import blueprint

__all__ = ["absences", "blueprint", "decide", "figures", "queue"]
