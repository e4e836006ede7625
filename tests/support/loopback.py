"""An access point in this process, with mock-einvoice as the receiver: it judges what comes in, and answers when the test says so."""

from __future__ import annotations

from mockeinvoice.buyer import Buyer, TurnedAway

from dpa_service.domain.assistance.envelope import DELIVERED, FAILED, SENT, Envelope, Refused, Status


class Loopback:
    """A sender as services/invoices/deliveries.py asks it; `buyer` answers by hand: ``AB`` acknowledged, ``AP`` accepted, ``RE`` rejected."""

    channel = "loopback"

    def __init__(self) -> None:
        self.buyer, self.held = Buyer(answers="never"), dict[str, str]()

    def can_receive(self, participant: str) -> bool:
        """Belgian companies."""
        return participant.startswith("0208:")

    def send(self, envelope: Envelope) -> Status:
        """Hand it to the receiver, who turns away what the rules forbid."""
        if envelope.id not in self.held:
            try:
                self.held[envelope.id] = self.buyer.receive(envelope.content).id
            except TurnedAway as away:
                raise Refused(away.code, away.reason) from away
        return Status(SENT, envelope.id)

    def poll(self, remote_id: str) -> Status | None:
        """What the receiver said last."""
        if remote_id not in self.held:
            return None
        said = self.buyer.invoices[self.held[remote_id]].status
        if said == "RE":
            return Status(
                FAILED, remote_id, "REJECTED", "The receiver rejected the invoice; ask it why, or credit it and invoice anew."
            )
        return Status(DELIVERED if said else SENT, remote_id)
