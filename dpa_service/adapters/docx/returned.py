"""A returned Word file as a stream of words with their states, read safely: never by an office program, never following a link."""

from __future__ import annotations

from pathlib import Path

from dpa_service.adapters import confined
from dpa_service.domain.comparison.returned_stream import Stream, stream_of

_READER = Path(__file__).with_name("returned_child.py")


def read_returned(content: bytes) -> Stream:
    """The stream of a .docx, in a process of its own. Error: ``confined.Refused`` (TOO_BIG, NOT_READABLE, PASSWORD, MACROS, UNSAFE)."""
    return stream_of(confined.read(_READER, content))
