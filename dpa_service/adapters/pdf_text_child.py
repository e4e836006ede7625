"""The reader of PDF files that runs by itself under limits (adapters/confined.py). Imports nothing of the product."""

from __future__ import annotations

import json
import sys
from typing import Any

import pypdfium2
from pypdfium2 import raw

MOST_PAGES = 300


def read(content: bytes) -> dict[str, Any]:
    """The text of every page."""
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as trouble:
        return {"refused": "PASSWORD" if "password" in str(trouble).lower() else "NOT_READABLE"}
    if len(document) > MOST_PAGES:
        return {"refused": "TOO_BIG"}
    remarks = set()
    pictured = 0
    for page in document:
        if any(True for _ in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE])):
            pictured += 1
        if _written_on(page):
            remarks.add("annotations")
    if pictured:
        remarks.add("scan" if pictured >= len(document) else "pictures")
    return {"pages": [page.get_textpage().get_text_bounded() for page in document], "remarks": sorted(remarks)}


def _written_on(page: pypdfium2.PdfPage) -> bool:
    """Whether something lies over the page other than links and signature fields: it shows, and the text layer does not have it."""
    for index in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        kind = raw.FPDFAnnot_GetSubtype(annotation)
        raw.FPDFPage_CloseAnnot(annotation)
        if kind not in (raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_WIDGET, raw.FPDF_ANNOT_POPUP):
            return True
    return False


def main() -> None:
    """Standard input to standard output."""
    try:
        answer = read(sys.stdin.buffer.read())
    except MemoryError:
        answer = {"refused": "TOO_BIG"}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
