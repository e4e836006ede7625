"""The pages of finance: work in progress, drafts, invoices, credit notes, payments, sending, accounting, figures. One blueprint, one file a subject."""

from dpa_service.web.invoices import accounting, credit, drafts, figures, invoice, payments, sending, settings, work
from dpa_service.web.invoices.base import blueprint

__all__ = ["accounting", "blueprint", "credit", "drafts", "figures", "invoice", "payments", "sending", "settings", "work"]
