"""How an issued document leaves the house: what every sender can do, and the default sender, a folder of files.

An access-point vendor is another class with the same three functions. Sending the same envelope twice does nothing twice: `id` is the
envelope's own name, the same at every try.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from dpa_service.domain.errors import DomainError
from dpa_service.domain.invoicing import Endpoint

QUEUED, SENDING, SENT, DELIVERED, EXPORTED, FAILED = "queued", "sending", "sent", "delivered", "exported", "failed"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,60}")


class NotSent(DomainError):
    """A document that a sender did not take: `code`, a message in words for finance, and whether trying again can help."""

    def __init__(self, code: str, message: str, *, again: bool) -> None:
        super().__init__(code, message)
        self.again = again


@dataclass(frozen=True, slots=True)
class Envelope:
    """A document on its way: its own `id`, the document's number, from whom and to whom, and the UBL."""

    id: str
    number: str
    sender: Endpoint
    receiver: Endpoint
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a sender says of an envelope: `state` (sent, delivered, exported, failed), its own name for it, and words when it failed."""

    state: str
    remote_id: str
    message: str | None = None


class Sender(Protocol):
    """A way out. `channel` names it in the records."""

    channel: str

    def can_receive(self, participant: Endpoint) -> bool:
        """Whether somebody can be reached this way."""

    def send(self, envelope: Envelope) -> Receipt:
        """Send it; the same envelope again gives the same receipt. Raises NotSent."""

    def poll(self, remote_id: str) -> Receipt:
        """What became of it since. Raises NotSent."""


@dataclass(frozen=True, slots=True)
class ExportFolder:
    """Writes each document to a folder, from where another program sends it. A file is there whole or not at all."""

    folder: Path
    channel: str = "folder"

    def can_receive(self, participant: Endpoint) -> bool:
        """A folder takes everything."""
        return bool(participant.value)

    def send(self, envelope: Envelope) -> Receipt:
        """Write ``NUMBER.xml``. Other bytes under a number that is there already are refused: a number is issued once."""
        if not _NAME.fullmatch(envelope.number):
            raise NotSent("NAME", f"The number {envelope.number!r} cannot be the name of a file.", again=False)
        path = self.folder / f"{envelope.number}.xml"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as trouble:
            raise NotSent("FOLDER", f"The export folder cannot be made: {trouble.strerror or trouble}.", again=True) from trouble
        try:
            self._write(path, envelope.content)
        except FileExistsError:
            if path.read_bytes() != envelope.content:
                raise NotSent(
                    "OTHER_BYTES",
                    f"The folder holds another document under {envelope.number}; nothing was written over it.",
                    again=False,
                ) from None
        except OSError as trouble:
            raise NotSent(
                "FOLDER", f"The export folder cannot be written: {trouble.strerror or trouble}.", again=True
            ) from trouble
        return Receipt(EXPORTED, path.name)

    def poll(self, remote_id: str) -> Receipt:
        """Exported is the last that a folder knows."""
        return Receipt(EXPORTED, remote_id)

    def _write(self, path: Path, content: bytes) -> None:
        """All or nothing: written aside, flushed to disk, then given its name, which fails where the name is taken."""
        aside = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
        try:
            with aside.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.link(aside, path)
        finally:
            aside.unlink(missing_ok=True)
        directory = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(directory)  # the name survives a power cut too
        finally:
            os.close(directory)
