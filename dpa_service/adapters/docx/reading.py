"""The words of an uploaded Word file, read safely: never by an office program, never following a link."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dpa_service.adapters import confined

_READER = Path(__file__).with_name("reading_child.py")


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What a file says: its text, the ids of agreements inside, and what a person should know (``external``, ``tracked`` …)."""

    text: str
    agreement_ids: tuple[str, ...]
    remarks: tuple[str, ...]
    pages: int = 0


def read_docx(content: bytes) -> ReadFile:
    """The words of a Word file. Error: ``confined.Refused``.

    Pictures stand as "▣". Deleted revisions are left out, inserted ones are in; text boxes, notes, headers and footers come after the
    body. What the page number fields print is left out.
    """
    answer = confined.read(_READER, content)
    return ReadFile(answer["text"], tuple(answer["agreement_ids"]), tuple(answer["remarks"]))
