"""An access point on this machine: the product's sender on one side, mock-einvoice as the receiving company on the other."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from dpa_service.adapters.sending import DELIVERED, FAILED, SENT, Envelope, NotSent, Receipt
from dpa_service.domain.invoicing import Endpoint


@dataclass
class Loopback:
    """A sender that posts to a receiving company and takes its word for what became of a document."""

    url: str
    channel: str = "loopback"
    reachable: set[str] = field(default_factory=lambda: {"0208", "9930", "9944", "0106"})
    taken: dict[str, Receipt] = field(default_factory=dict)

    def can_receive(self, participant: Endpoint) -> bool:
        return participant.scheme in self.reachable

    def send(self, envelope: Envelope) -> Receipt:
        if envelope.id in self.taken:  # an access point knows an envelope by its name
            return self.taken[envelope.id]
        status, answer = self._ask("/invoices", envelope.content)
        if status != 201:
            findings = "; ".join(f"{each['code']}: {each['text']}" for each in answer.get("findings", []))
            raise NotSent("REFUSED", findings or str(answer), again=False)
        self.taken[envelope.id] = Receipt(SENT, answer["id"])
        return self.taken[envelope.id]

    def poll(self, remote_id: str) -> Receipt:
        status, answer = self._ask(f"/_mock/invoices/{remote_id}")
        if status != 200:
            raise NotSent("UNKNOWN", f"The access point knows no document {remote_id}.", again=False)
        if answer["status"] == "RE":
            said = "; ".join(reason for response in answer["responses"] for reason in self._reasons(response["document"]))
            return Receipt(FAILED, remote_id, said or "refused by the receiver")
        return Receipt(DELIVERED if answer["status"] else SENT, remote_id)

    def _reasons(self, path: str) -> list[str]:
        """The reasons in an Invoice Response, in the receiver's words."""
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return [element.text or "" for element in etree.fromstring(answer.read()).iter("{*}StatusReason")]

    def respond(self, remote_id: str, code: str, text: str = "") -> None:
        """The receiver says something of a document: AB acknowledged, RE rejected, AP accepted."""
        reasons = [{"code": "OTH", "text": text}] if text else []
        status, answer = self._ask(
            f"/_mock/invoices/{remote_id}/responses", json.dumps({"code": code, "reasons": reasons}).encode()
        )
        assert status == 201, answer

    def _ask(self, path: str, content: bytes | None = None) -> tuple[int, dict[str, Any]]:
        try:
            with urllib.request.urlopen(urllib.request.Request(self.url + path, data=content), timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, json.load(refused)
        except urllib.error.URLError as trouble:
            raise NotSent("UNREACHABLE", f"The access point cannot be reached: {trouble.reason}.", again=True) from None


@contextmanager
def loopback() -> Iterator[Loopback]:
    """A running access point with nothing received yet."""
    from mockeinvoice.buyer import Buyer
    from mockeinvoice.server import serve

    server = serve(Buyer(), port=0, quiet=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Loopback(f"http://127.0.0.1:{server.server_address[1]}")
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
