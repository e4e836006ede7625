"""What is handed to a sender of e-invoices, and what it answers. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from dpa_service.domain.errors import DomainError

SENT, DELIVERED, EXPORTED, FAILED = "sent", "delivered", "exported", "failed"


class Refused(DomainError):
    """The sender or the receiver refuses the document for good; the message is for finance to read."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A document on its way. `id` is the same at every try; `sender` and `receiver` are electronic addresses as scheme:number."""

    id: str
    invoice_id: str
    number: str
    sender: str
    receiver: str
    sha256: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Status:
    """Where an envelope is: a state, the sender's own id for it, and for a refusal its code and words."""

    state: str
    remote_id: str
    code: str | None = None
    message: str | None = None
