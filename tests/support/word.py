"""Reading Word files back in the tests: parts, structure, and LibreOffice as the judge."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from docx import Document
from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def parts(docx: bytes) -> dict[str, bytes]:
    """The parts of a package by name."""
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def body(docx: bytes) -> etree._Element:
    """The root of word/document.xml."""
    return etree.fromstring(parts(docx)["word/document.xml"])


def structure(docx: bytes) -> dict[str, bytes]:
    """Every XML part in canonical form, without the empty runs that docxtpl leaves and without the order of package lists."""
    found = {}
    for name, content in parts(docx).items():
        root = etree.fromstring(content)
        for empty in [r for r in root.iter(f"{W}r") if all(c.tag in (f"{W}rPr", f"{W}t") and not c.text for c in r)]:
            parent = empty.getparent()
            assert parent is not None
            parent.remove(empty)
        if name.endswith(".rels") or name == "[Content_Types].xml":
            root[:] = sorted(root, key=lambda item: sorted(item.attrib.items()))
        found[name] = etree.tostring(root, method="c14n")
    return found


def paragraphs(docx: bytes) -> list[str]:
    """The text of every paragraph as python-docx reads it, cells included, in document order."""
    document = Document(io.BytesIO(docx))
    texts = []
    for element in document.element.body.iter(f"{W}p"):
        pieces = []
        for item in element.iter(f"{W}t", f"{W}br", f"{W}tab"):
            pieces.append({f"{W}t": item.text or "", f"{W}br": "\n", f"{W}tab": "\t"}[str(item.tag)])
        texts.append("".join(pieces))
    return texts


def by_libreoffice(docx: bytes, kind: str, folder: Path) -> Path:
    """The document as LibreOffice converts it to `kind` ("txt:Text", "pdf"), with a profile of its own. Skips without LibreOffice."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice (soffice) is not installed")
    source = folder / "given" / "agreement.docx"
    source.parent.mkdir(exist_ok=True)
    source.write_bytes(docx)
    profile = (folder / "profile").as_uri()
    command = [
        office,
        f"-env:UserInstallation={profile}",
        "--headless",
        "--convert-to",
        kind,
        "--outdir",
        str(folder),
        str(source),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    made = folder / f"agreement.{kind.split(':')[0]}"
    assert made.exists(), "LibreOffice could not open the document"
    return made
