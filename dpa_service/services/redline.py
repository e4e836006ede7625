"""The redline of two requests: what changed from one agreement to the other, as a Word file with tracked changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dpa_service.adapters.docx.redline import redline_docx
from dpa_service.domain.clauses import Library
from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.services.generate import assemble_request


def redline_files(old: Any, new: Any, library: Library, *, now: datetime, author: str = "", document: str = "agreement") -> bytes:
    """The .docx that leads from the agreement of `old` to that of `new`, two unvalidated requests.

    `author` signs the changes (empty: the processor of the new agreement) at `now`. Errors: RequestInvalid naming every wrong
    field of both, as ``old.…`` and ``new.…``; DomainError, REDLINE_UNPROVEN among them.
    """
    made, wrong = [], []
    for name, data in (("old", old), ("new", new)):
        try:
            made.append(assemble_request(data, library, document))
        except RequestInvalid as refused:
            wrong += [FieldError(f"{name}.{error.field}".rstrip("."), error.code, error.message) for error in refused.errors]
    if wrong:
        raise RequestInvalid(wrong)
    before, after = made
    return redline_docx(before, after, author=author.strip() or after["parties"][-1]["name"], date=now)
