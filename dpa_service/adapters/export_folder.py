"""The default way out for e-invoices: a folder that another program, or a person, takes them from.

A file appears whole or not at all, is on the disk before the sender says so, and is never written over: the same bytes again are
recognised, other bytes under one number are refused. Beside the folder's files the names of what was handed over are kept (`.sent`),
so that an envelope stays known when its file was taken away.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
from pathlib import Path

from dpa_service.domain.assistance.envelope import EXPORTED, Envelope, Refused, Status

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}")


class ExportFolder:
    """Writes ``<number>.xml`` into `folder`, which is made when it is missing."""

    channel = "export-folder"

    def __init__(self, folder: Path) -> None:
        self.folder, self.known = folder, folder / ".sent"

    def can_receive(self, participant: str) -> bool:
        """A folder takes everything that has an address."""
        return bool(participant)

    def send(self, envelope: Envelope) -> Status:
        """Write it. Error: ``Refused`` OTHER_BYTES, NUMBER or DAMAGED; OSError when the folder cannot be written."""
        if not _NAME.fullmatch(envelope.number):
            raise Refused("NUMBER", f"{envelope.number} cannot be the name of a file.")
        if hashlib.sha256(envelope.content).hexdigest() != envelope.sha256:
            raise Refused(
                "DAMAGED", f"The stored bytes of {envelope.number} do not have their fingerprint; restore them from a backup."
            )
        self.known.mkdir(parents=True, exist_ok=True)
        before = self._mark(envelope.number)
        if before is not None and before[1] != envelope.sha256:
            raise Refused("OTHER_BYTES", f"{envelope.number} was exported before with another content; nothing was written over.")
        if before is None:
            _placed(self.folder / f"{envelope.number}.xml", envelope)
            _written(self.known / envelope.number, f"{envelope.id} {envelope.sha256}\n".encode())
        return Status(EXPORTED, envelope.id)

    def poll(self, remote_id: str) -> Status | None:
        """Whether an envelope was handed over, by its id."""
        for mark in sorted(self.known.glob("*")) if self.known.is_dir() else ():
            if mark.read_text(encoding="utf-8").split()[0] == remote_id:
                return Status(EXPORTED, remote_id)
        return None

    def _mark(self, number: str) -> tuple[str, str] | None:
        with contextlib.suppress(FileNotFoundError):
            name, sha256 = (self.known / number).read_text(encoding="utf-8").split()
            return name, sha256
        return None


def _placed(path: Path, envelope: Envelope) -> None:
    """The file itself; one that is there already with the same bytes is a try that was cut off before it was marked."""
    try:
        _written(path, envelope.content)
    except FileExistsError:
        if path.read_bytes() != envelope.content:
            raise Refused(
                "OTHER_BYTES", f"{path.name} is there already with another content; nothing was written over."
            ) from None


def _written(path: Path, content: bytes) -> None:
    """A new file, whole and on the disk. Error: FileExistsError."""
    handle, name = tempfile.mkstemp(prefix=".part-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o640)
        os.link(name, path)  # unlike a rename, it fails when the name is taken
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        Path(name).unlink(missing_ok=True)
