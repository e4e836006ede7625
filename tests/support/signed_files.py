"""Word files as they come back signed, honest and not: with other words or other parts."""

from __future__ import annotations

import io
import zipfile


def repacked(docx: bytes, changes: dict[str, bytes | None]) -> bytes:
    """The package with parts replaced, added or (None) left out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(docx)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = changes.get(name, old.read(name))
            if data is not None:
                new.writestr(name, data)
        for name, data in changes.items():
            if name not in old.namelist() and data is not None:
                new.writestr(name, data)
    return out.getvalue()


def part(docx: bytes, name: str = "word/document.xml") -> bytes:
    """One part."""
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        return archive.read(name)


def changed_docx(docx: bytes, old: str, new: str, count: int = 1) -> bytes:
    """The file with some of its words replaced."""
    body = part(docx).decode()
    assert old in body, old
    return repacked(docx, {"word/document.xml": body.replace(old, new, count).encode()})
