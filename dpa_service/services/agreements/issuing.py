"""Issuing an agreement: number, frozen snapshot, both documents and their fingerprints, in one transaction."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.models import Agreement, AgreementIssue
from dpa_service.adapters.db.numbering import next_number
from dpa_service.adapters.docx.package import content_hash
from dpa_service.adapters.docx.render import render_docx
from dpa_service.adapters.pdf import render_pdf
from dpa_service.domain.contract.assembly import assemble, check_issuable
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.request import Request, request_from_dict
from dpa_service.domain.deadlines import day_of
from dpa_service.domain.lifecycle import DISCARDED, DRAFT, ISSUED, take
from dpa_service.services import idempotency
from dpa_service.services.agreements import agreements
from dpa_service.services.agreements.agreements import Details
from dpa_service.services.agreements.generate import snapshot_json
from dpa_service.services.errors import Damaged, NotFound
from dpa_service.services.library import library as releases
from dpa_service.services.negotiation import rounds
from dpa_service.services.negotiation.deviations import refuse_unapproved
from dpa_service.services.use_case import UseCase, use_case

SERIES = {"agreement": "DPA", "general-terms": "AV"}
MIMETYPES = {"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "pdf": "application/pdf"}


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it is handed out: a file name, and the bytes that were stored at issue or made now from a draft."""

    name: str
    mimetype: str
    content: bytes
    issued: bool


def issue(
    session: Session,
    agreement_id: str,
    *,
    key: str | None = None,
    expected_version: int | None = None,
    actor: str,
    now: datetime,
    today: date,
) -> Details:
    """Issue a draft: it gets the next number of the year of `today`, and never changes again.

    `key` makes a repeated call harmless. Error: ``NotFound``; ``Conflict`` when it is issued already or the key was used for something
    else; ``Stale``; ``NotCovered`` naming the duties of Art. 28 left open; ``DomainError`` for a clause that is not published.
    """
    with use_case(session, actor=actor, now=now) as work:
        asked = {"do": "agreement.issue", "agreement": agreement_id, "version": expected_version}
        if key is not None and idempotency.claim(work, key, asked) is not None:
            return agreements.details(session, agreement_id)
        agreement = agreements.locked_draft(session, agreement_id, expected_version)
        library = releases.pinned(session, agreement.library_hash)
        request = request_from_dict(agreement.request, library)
        _refuse_incomplete(library, request, agreement)
        refuse_unapproved(session, library, agreement_id, day_of(now))
        rounds.refuse_open(session, agreement.thread_id)
        reference = _reference(session, agreement, today)
        snapshot = assemble(
            library, request, document=agreement.family, reference=reference, agreement_id=agreement_id, draft=False
        )
        frozen = _freeze(work, agreement_id, reference, snapshot)
        agreement.state, agreement.reference, agreement.updated_at = ISSUED, reference, now
        agreement.search = f"{agreement.search} {reference.casefold()}"
        session.flush()
        _withdraw_previous(work, agreement, reference)
        fingerprints = {
            "snapshot_sha256": frozen.snapshot_sha256,
            "docx_sha256": frozen.docx_sha256,
            "pdf_sha256": frozen.pdf_sha256,
        }
        rounds.sent(work, agreement, frozen.docx, frozen.snapshot, f"{reference}.docx")
        work.send("agreement.issued", agreement_id, reference=reference, **fingerprints)
        work.note("agreement.issue", "agreement", agreement_id, reference=reference, library=library.hash, **fingerprints)
        if key is not None:
            idempotency.settle(work, key, {"agreement_id": agreement_id, "reference": reference})
        session.flush()
        return agreements.details(session, agreement_id)


def document(session: Session, agreement_id: str, kind: str) -> Document:
    """The Word file ("docx") or the PDF ("pdf"): of an issued agreement the stored bytes, of a draft one marked as such, made now.

    Error: ``NotFound``; ``Damaged`` when the stored bytes do not have their fingerprint; ``DomainError`` for a draft that cannot be made.
    """
    with reading(session):
        agreement = agreements.found(session, agreement_id)
        if agreement.state not in (DRAFT, DISCARDED):
            return _stored(session, agreement, kind)
    snapshot = agreements.preview(session, agreement_id)
    content = render_docx(snapshot) if kind == "docx" else render_pdf(snapshot)
    return Document(f"{snapshot['reference']}.{kind}", MIMETYPES[kind], content, False)


def _stored(session: Session, agreement: Agreement, kind: str) -> Document:
    columns = (
        (AgreementIssue.docx, AgreementIssue.docx_sha256) if kind == "docx" else (AgreementIssue.pdf, AgreementIssue.pdf_sha256)
    )
    row = session.execute(sa.select(*columns).where(AgreementIssue.agreement_id == agreement.id)).one_or_none()
    if row is None:
        raise NotFound("document")
    content, fingerprint = bytes(row[0]), row[1]
    if _sha256(content) != fingerprint:
        raise Damaged("DOCUMENT_DAMAGED", "The stored document was altered after it was issued; restore it from a backup.")
    return Document(f"{agreement.reference}.{kind}", MIMETYPES[kind], content, True)


def _refuse_incomplete(library: Library, request: Request, agreement: Agreement) -> None:
    """Before a number is taken: only published clauses, and for an agreement every duty of Art. 28 covered.

    General terms are not measured: they are not the contract that Art. 28(3) asks for.
    """
    trial = assemble(library, request, document=agreement.family, agreement_id=agreement.id, draft=False)
    if agreement.family == "agreement":
        check_issuable(trial)


def _reference(session: Session, agreement: Agreement, today: date) -> str:
    """The next number of the year; a later edition keeps the number of the first one that was issued and says which edition it is."""
    if agreement.edition > 1:
        query = sa.select(Agreement.reference).where(Agreement.thread_id == agreement.thread_id, Agreement.reference.is_not(None))
        if first := session.scalars(query.order_by(Agreement.edition)).first():
            return f"{first.partition('-v')[0]}-v{agreement.edition}"
    series = SERIES[agreement.family]
    return f"{series}-{today.year}-{next_number(session, series, today.year):04d}"


def _withdraw_previous(work: UseCase, agreement: Agreement, reference: str) -> None:
    """The edition before it, if it still waits for a signature, is withdrawn: two versions must not be signed."""
    previous = work.session.get(Agreement, agreement.previous_id, with_for_update=True) if agreement.previous_id else None
    if previous is not None and previous.state == ISSUED:
        previous.state, previous.updated_at = take("withdraw", previous.state), work.now
        previous.reason = f"→ {reference}"
        work.session.flush()
        work.note("agreement.withdraw", "agreement", previous.id, successor=agreement.id)


def _freeze(work: UseCase, agreement_id: str, reference: str, snapshot: dict[str, Any]) -> AgreementIssue:
    text = snapshot_json(snapshot)
    exactly = json.loads(text)  # what is stored is what the documents are made from
    docx, pdf = render_docx(exactly), render_pdf(exactly)
    frozen = AgreementIssue(
        agreement_id=agreement_id,
        reference=reference,
        issued_at=work.now,
        snapshot=text,
        snapshot_sha256=_sha256(text.encode()),
        docx=docx,
        docx_sha256=_sha256(docx),
        docx_content_hash=content_hash(docx),
        pdf=pdf,
        pdf_sha256=_sha256(pdf),
    )
    work.session.add(frozen)
    work.session.flush()
    return frozen


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
