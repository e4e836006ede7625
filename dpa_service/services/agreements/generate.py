"""Generating the files of one agreement without a database: validate, assemble, render, write all or nothing."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dpa_service.adapters.docx.render import render_docx
from dpa_service.adapters.pdf import render_pdf, unprintable
from dpa_service.domain.contract.assembly import assemble, check_issuable
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.request import request_from_dict
from dpa_service.services.agreements.request_schema import load_request


def assemble_request(data: Any, library: Library, document: str = "agreement") -> dict[str, Any]:
    """The snapshot for an unvalidated request. Raises RequestInvalid naming every wrong field, or DomainError.

    A request with a reference makes the final document (every duty of Art. 28 covered, published clauses only, else refused); one
    without makes a draft, marked as such. The published terms have no counterparty: of a client's request they take the
    language and the date, never what that client negotiated.
    """
    if document == "general-terms" and isinstance(data, dict) and "client" in data:
        data = {key: value for key, value in data.items() if key not in ("parameters", "reference")}
    request = request_from_dict(load_request(data, library, document), library)
    final = request.reference is not None
    snapshot = assemble(library, request, document=document, draft=not final)
    if final and document == "agreement":
        check_issuable(snapshot)
    return snapshot


def snapshot_json(snapshot: dict[str, Any]) -> str:
    """The snapshot as the text that is written and stored."""
    return json.dumps(snapshot, ensure_ascii=False, indent=1, sort_keys=False) + "\n"


@dataclass(frozen=True, slots=True)
class Made:
    """The files that were written, and the characters that the PDF shows as an empty box because no font of it has them."""

    paths: list[Path]
    unprintable: list[str]


def generate_files(data: Any, library: Library, document: str, out: Path) -> Made:
    """Write agreement.docx, agreement.pdf and agreement.json into `out`.

    Everything is made before anything is written; each file then appears as a whole. Raises RequestInvalid, DomainError, OSError.
    """
    snapshot = assemble_request(data, library, document)
    contents = {
        "agreement.docx": render_docx(snapshot),
        "agreement.pdf": render_pdf(snapshot),
        "agreement.json": snapshot_json(snapshot).encode(),
    }
    out.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, content in contents.items():
        handle, draft = tempfile.mkstemp(dir=out, prefix=f".{name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(draft).chmod(0o644)
        paths.append(Path(draft).replace(out / name))
    return Made(paths, unprintable(snapshot))
