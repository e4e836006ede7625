"""LibreOffice as the judge of the redline: its own accept and reject must give the new and the old document."""

import json
import random
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dpa_service.adapters.docx.redline import redline_docx
from dpa_service.adapters.docx.redline_proof import Read, accepted
from dpa_service.adapters.docx.render import render_docx
from dpa_service.domain.contract.clauses import Library
from dpa_service.resources import examples_dir
from dpa_service.services.agreements.generate import assemble_request
from tests.support import snapshots
from tests.support.edits import edited
from tests.support.office import settled
from tests.support.word import W, body

pytestmark = pytest.mark.libreoffice
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
RENAMED = {"TextBody": "BodyText"}  # what LibreOffice calls this style in the files it writes


def words(line: Read) -> str:
    """The words of a paragraph. What a field prints is left out: LibreOffice computes it anew, and random edits number nothing anew."""
    open_fields, said = 0, ""
    for text, look in line.pieces:
        open_fields += look.endswith("field begin") - look.endswith("field end")
        said += text if not open_fields else ""
    return said


def lines(docx: bytes) -> list[tuple[str, str]]:
    """Style and words of every paragraph that has any.

    Without the empty ones: LibreOffice cannot take away a paragraph that stands directly before a table, and leaves it empty.
    """
    found = []
    for line in accepted(docx):
        if line.kind == "p" and line.text.strip():
            style = re.search(r'<w:pStyle w:val="(\w+)"', line.properties)
            name = style[1] if style else ""
            found.append((RENAMED.get(name, name), words(line)))
    return found


def pair(name: str, library: Library) -> tuple[dict[str, Any], dict[str, Any]]:
    if name.startswith("random"):
        old = snapshots.sample(9, 4)
        return old, edited(old, random.Random(name), 14)

    def example(stem: str, **changes: Any) -> dict[str, Any]:
        request = json.loads((examples_dir() / f"{stem}.json").read_text(encoding="utf-8"))
        return assemble_request(request | changes, library)

    if name == "standard":
        return example("voorbeeld-energie", parameters={}), example("voorbeeld-energie")
    return example("voorbeeld-alles"), example("voorbeeld-energie")


@pytest.mark.parametrize("name", ["standard", "two clients", "random 1", "random 2"])
def test_libreoffice_accepts_and_rejects_to_the_same_documents(name: str, library: Library, tmp_path: Path) -> None:
    old, new = pair(name, library)
    docx = redline_docx(old, new, author="V. Oorbeeld & Co", date=NOW)
    for decision, snapshot in (("Accept", new), ("Reject", old)):
        made = settled(docx, decision, tmp_path)  # type: ignore[arg-type]
        assert lines(made) == lines(render_docx(snapshot)), decision
        assert not list(body(made).iter(f"{W}ins", f"{W}del")), decision
