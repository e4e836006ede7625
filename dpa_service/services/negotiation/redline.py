"""The redline of two requests: what changed from one agreement to the other, as a Word file with tracked changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dpa_service.adapters.docx.redline import redline_docx
from dpa_service.domain.contract.assembly import assemble
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.request import Request, request_from_dict
from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.services.agreements.request_schema import load_request


def redline_files(old: Any, new: Any, library: Library, *, now: datetime, author: str = "") -> bytes:
    """The .docx that leads from the agreement of `old` to that of `new`, two unvalidated requests.

    `author` signs the changes (empty: the processor of the new agreement) at `now`. Of two drafts the old one takes the number of the
    new one, which is no change between them. A redline may show what cannot be issued: its coverage is not judged here. Errors:
    RequestInvalid naming every wrong field of both, as ``old.…`` and ``new.…``; DomainError, REDLINE_UNPROVEN among them.
    """
    before, after = _requests(old, new, library)
    agreed = assemble(library, after, draft=after.reference is None)
    both_drafts = before.reference is None and after.reference is None
    number = {"reference": agreed["reference"], "agreement_id": agreed["agreement_id"]} if both_drafts else {}
    standard = assemble(library, before, draft=before.reference is None, **number)
    return redline_docx(standard, agreed, author=author.strip() or agreed["parties"][-1]["name"], date=now)


def _requests(old: Any, new: Any, library: Library) -> tuple[Request, Request]:
    """Both requests, or every wrong field of both."""
    made, wrong = [], []
    for name, data in (("old", old), ("new", new)):
        try:
            made.append(request_from_dict(load_request(data, library), library))
        except RequestInvalid as refused:
            wrong += [FieldError(f"{name}.{error.field}".rstrip("."), error.code, error.message) for error in refused.errors]
    if wrong:
        raise RequestInvalid(wrong)
    return made[0], made[1]
