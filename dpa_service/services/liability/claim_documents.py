"""Files kept with a claim, as they came, and the assessment as a Word file or PDF for the file."""

from __future__ import annotations

import hashlib
import re
import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.assessment_files import assessment_docx, assessment_pdf
from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.liability import ClaimAssessment, ClaimDocument
from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.services.agreements.issuing import MIMETYPES, Document
from dpa_service.services.errors import Conflict, Damaged, NotFound
from dpa_service.services.liability import claims
from dpa_service.services.liability.assessment_document import told
from dpa_service.services.use_case import use_case

MOST_BYTES, MOST_FILES = 20 * 2**20, 200
# By what a file is, not by what it says it is. Anything else is kept as plain bytes and only ever handed out as a download.
_KINDS = (
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x89PNG\r\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
)
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069/\\:*?\"<>|]")


def attach(session: Session, claim_id: str, *, name: str, content: bytes, actor: str, now: datetime) -> ClaimDocument:
    """Keep a file with a claim; the same bytes again give the file that is there.

    Error: ``NotFound``; ``RequestInvalid`` (field ``file``: EMPTY, TOO_LARGE, TOO_MANY).
    """
    sha256 = hashlib.sha256(content).hexdigest()
    if trouble := _trouble(content):
        raise RequestInvalid([trouble])
    with use_case(session, actor=actor, now=now) as work:
        claims.locked(work, claim_id, None, claims.STATES)
        same = sa.select(ClaimDocument).where(ClaimDocument.claim_id == claim_id, ClaimDocument.sha256 == sha256)
        if (known := session.scalars(same).first()) is not None:
            return known
        count = session.scalar(sa.select(sa.func.count()).select_from(ClaimDocument).where(ClaimDocument.claim_id == claim_id))
        if (count or 0) >= MOST_FILES:
            raise RequestInvalid([FieldError("file", "TOO_MANY", f"A claim holds at most {MOST_FILES} files.")])
        kind = next((kind for start, kind in _KINDS if content.startswith(start)), "application/octet-stream")
        row = ClaimDocument(
            id=uuid.uuid4().hex,
            claim_id=claim_id,
            name=_UNSAFE.sub("_", name).strip(" .")[-120:] or "bestand",
            mimetype=kind,
            size=len(content),
            sha256=sha256,
            content=content,
            created_at=now,
            created_by=actor,
        )
        session.add(row)
        session.flush()
        work.note("claim.attach", "claim", claim_id, document=row.id, sha256=sha256, size=row.size)
        return row


def attached(session: Session, claim_id: str, document_id: str) -> Document:
    """A kept file. Error: ``NotFound``; ``Damaged`` when the bytes do not have their fingerprint."""
    with reading(session):
        row = session.get(ClaimDocument, document_id)
        if row is None or row.claim_id != claim_id:
            raise NotFound("file of this claim")
        content = bytes(row.content)
        if hashlib.sha256(content).hexdigest() != row.sha256:
            raise Damaged("DOCUMENT_DAMAGED", "The stored file was altered after it came in; restore it from a backup.")
        return Document(row.name, row.mimetype, content, True)


def assessment(session: Session, claim_id: str, kind: str, number: int | None = None) -> Document:
    """An assessment that was kept, the newest unless `number`, as "docx" or "pdf"; the same assessment gives the same words.

    Error: ``NotFound``; ``Conflict`` for a claim that was never assessed.
    """
    details = claims.get(session, claim_id)
    if not details.assessments:
        raise Conflict("NOT_ASSESSED", "Assess this claim first; then it can be printed.")
    chosen: ClaimAssessment | None = next((row for row in details.assessments if number in (None, row.number)), None)
    if chosen is None or kind not in MIMETYPES:
        raise NotFound("assessment")
    data = told(details, chosen)
    content = assessment_docx(data) if kind == "docx" else assessment_pdf(data)
    return Document(f"{details.claim.reference}-beoordeling-{chosen.number}.{kind}", MIMETYPES[kind], content, True)


def _trouble(content: bytes) -> FieldError | None:
    if not content:
        return FieldError("file", "EMPTY", "This file is empty; choose another one.")
    if len(content) > MOST_BYTES:
        return FieldError("file", "TOO_LARGE", f"A file has at most {MOST_BYTES // 2**20} MB.")
    return None
