"""The file that came back signed: kept as evidence, compared with what was issued, accepted by the machine or by a person.

Same words → signed at once. Differences, or a scan that has no words → somebody of legal decides and says why.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.confined import Refused
from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.lifecycle import ACCEPTED, DIFFERS, NO_TEXT, REFUSED, SAME, SET_ASIDE, WAITING, SignedCopy
from dpa_service.adapters.db.models import Agreement, AgreementIssue
from dpa_service.adapters.docx.reading import ReadFile, read_docx
from dpa_service.adapters.pdf_text import read_pdf
from dpa_service.domain.comparison.signed_text import FILLED, LIKENESS, compare, likeness
from dpa_service.domain.deadlines import day_of
from dpa_service.domain.errors import DomainError, FieldError, RequestInvalid
from dpa_service.domain.lifecycle import ISSUED
from dpa_service.services.agreements import agreements, issuing
from dpa_service.services.agreements.issuing import MIMETYPES, Document
from dpa_service.services.agreements.lifecycle import Signature, checked_reason, locked, sign
from dpa_service.services.errors import Conflict, Damaged, NotFound, Stale
from dpa_service.services.use_case import UseCase, use_case

MOST_BYTES = 10 * 2**20
# Remarks of the readers that a person must judge though the words are the same.
_TO_JUDGE = {"tracked", "embedded", "annotations", "pictures"}
_REFERENCE = re.compile(r"\b(?:DPA|AV)-\d{4}-\d{4,}(?:-v\d+)?\b")


@dataclass(frozen=True, slots=True)
class Checked:
    """What the machine makes of a file: its kind, the verdict (same, differs, no_text), differences and remarks."""

    kind: str
    verdict: str
    differences: list[dict[str, str]]
    remarks: list[str]


def upload(
    session: Session,
    agreement_id: str,
    *,
    name: str,
    content: bytes,
    facts: Mapping[str, Any],
    expected_version: int | None = None,
    actor: str,
    now: datetime,
) -> SignedCopy:
    """Keep a signed file and judge it; where its words are those that were issued, the agreement is signed.

    In: the file's own name and bytes; `facts`: signatory, signed_on, effective_from, effective_until as typed. The same file again
    gives the copy that is there. Errors: ``NotFound``, ``StepTaken``, ``ChangedMeanwhile``; ``RequestInvalid`` naming each wrong
    field, the file included.
    """
    with reading(session):
        agreement = agreements.found(session, agreement_id)
        issue = session.get(AgreementIssue, agreement_id)
        sha256 = hashlib.sha256(content).hexdigest()
        same = sa.select(SignedCopy).where(
            SignedCopy.agreement_id == agreement_id, SignedCopy.sha256 == sha256, SignedCopy.state.in_((WAITING, ACCEPTED))
        )
        known = session.scalars(same.order_by(SignedCopy.uploaded_at.desc())).first()
    if known is not None:
        return known  # a double click, or the same file twice
    checked: Checked | None = None
    signature, wrong = _facts(facts, issue, now)
    if agreement.state == ISSUED and issue is not None:
        try:
            checked = _check(session, agreement, name, content, str(facts.get("signatory") or ""))
        except DomainError as trouble:
            wrong.append(FieldError("file", trouble.code, trouble.message))
        if wrong or signature is None:
            raise RequestInvalid(wrong)
    with use_case(session, actor=actor, now=now) as work:
        agreement = locked(work, "sign", agreement_id, expected_version)
        if checked is None or signature is None:  # it was issued between the two looks
            raise Stale("agreement")
        copy = SignedCopy(
            id=uuid.uuid4().hex,
            agreement_id=agreement_id,
            uploaded_at=now,
            uploaded_by=actor,
            kind=checked.kind,
            name=_file_name(name, checked.kind),
            size=len(content),
            sha256=sha256,
            content=content,
            verdict=checked.verdict,
            findings={"differences": checked.differences, "remarks": checked.remarks},
            signatory=signature.signatory,
            signed_on=signature.signed_on,
            effective_from=signature.effective_from,
            effective_until=signature.effective_until,
            state=WAITING,
        )
        work.session.add(copy)
        work.session.flush()
        work.note("agreement.copy", "agreement", agreement_id, copy=copy.id, sha256=sha256, verdict=checked.verdict,
                  differences=len(checked.differences))  # fmt: skip
        if checked.verdict == SAME:
            _accept(work, agreement, copy, None)
        work.session.flush()
        return copy


def decide(
    session: Session, agreement_id: str, copy_id: str, *, accept: bool, reason: str, actor: str, now: datetime
) -> SignedCopy:
    """Decide on a copy that differs or cannot be compared: signed all the same, or refused.

    Errors: ``NotFound``; ``Conflict`` when it was decided already; ``StepTaken``; ``RequestInvalid`` without a reason.
    """
    reason = checked_reason(reason)
    with use_case(session, actor=actor, now=now) as work:
        if session.scalar(sa.select(SignedCopy.agreement_id).where(SignedCopy.id == copy_id)) != agreement_id:
            raise NotFound("signed file")
        agreement = locked(work, "sign", agreement_id, None) if accept else agreements.found(session, agreement_id)
        copy = session.get(SignedCopy, copy_id, with_for_update=True, populate_existing=True)
        if copy is None:
            raise NotFound("signed file")
        if copy.state != WAITING:
            raise Conflict("DECIDED", f"This file was decided on by {copy.decided_by} already.")
        if accept:
            _accept(work, agreement, copy, reason)
        else:
            copy.state, copy.decided_at, copy.decided_by, copy.reason = REFUSED, now, actor, reason
            work.note("agreement.copy_refuse", "agreement", agreement_id, copy=copy_id)
        work.session.flush()
        return copy


def copies(session: Session, agreement_id: str) -> Sequence[SignedCopy]:
    """The files that came back for an agreement, without their bytes, the newest first."""
    query = sa.select(SignedCopy).where(SignedCopy.agreement_id == agreement_id).order_by(SignedCopy.uploaded_at.desc())
    with reading(session):
        return session.scalars(query).all()


def copy_of(session: Session, agreement_id: str, copy_id: str) -> SignedCopy:
    """One of them, without its bytes. Error: ``NotFound``, also for a copy of another agreement."""
    with reading(session):
        copy = session.get(SignedCopy, copy_id)
    if copy is None or copy.agreement_id != agreement_id:
        raise NotFound("signed file")
    return copy


def document(session: Session, agreement_id: str, copy_id: str) -> Document:
    """Its bytes as they came. Errors: ``NotFound``; ``Damaged`` when they no longer have their fingerprint."""
    copy = copy_of(session, agreement_id, copy_id)
    with reading(session):
        content = bytes(session.scalars(sa.select(SignedCopy.content).where(SignedCopy.id == copy_id)).one())
    if hashlib.sha256(content).hexdigest() != copy.sha256:
        raise Damaged("DOCUMENT_DAMAGED", "The stored file was altered after it was uploaded; restore it from a backup.")
    return Document(copy.name, MIMETYPES[copy.kind], content, True)


def _accept(work: UseCase, agreement: Agreement, copy: SignedCopy, reason: str | None) -> None:
    copy.state, copy.decided_at, copy.decided_by, copy.reason = ACCEPTED, work.now, work.actor, reason
    signature = Signature(copy.signatory, copy.signed_on, copy.effective_from, copy.effective_until)
    if copy.verdict != SAME:
        work.note("agreement.copy_accept", "agreement", agreement.id, copy=copy.id, verdict=copy.verdict)
    sign(work, agreement, signature, copy_id=copy.id, sha256=copy.sha256)
    aside = sa.update(SignedCopy).where(
        SignedCopy.agreement_id == agreement.id, SignedCopy.state == WAITING, SignedCopy.id != copy.id
    )
    values = {"state": SET_ASIDE, "decided_at": work.now, "decided_by": work.actor}
    work.session.execute(aside.values(values).execution_options(synchronize_session=False))


def _check(session: Session, agreement: Agreement, name: str, content: bytes, signatory: str) -> Checked:
    """Read the file and compare it with the issued file of the same kind. Error: ``DomainError`` for a file that is not taken."""
    kind = _kind(name, content)
    snapshot = agreements.preview(session, agreement.id)
    read = read_docx if kind == "docx" else _pdf_of(snapshot)
    found = read(content)
    issued = read(issuing.document(session, agreement.id, kind).content)
    _refuse_other(found, agreement)
    remarks = list(found.remarks)
    if kind == "pdf" and (not found.text or "scan" in remarks):
        return Checked(kind, NO_TEXT, [], remarks)
    if likeness(issued.text, found.text) < LIKENESS:
        raise DomainError(
            "OTHER_TEXT", f"This file does not hold the text of {agreement.reference}. Choose the signed file of it."
        )
    differences = compare(issued.text, found.text, snapshot, allowed=[signatory], pages=kind == "pdf")
    same = all(each.kind == FILLED for each in differences) and not _TO_JUDGE & set(remarks)
    return Checked(kind, SAME if same else DIFFERS, [each.plain() for each in differences], remarks)


def _pdf_of(snapshot: Mapping[str, Any]) -> Callable[[bytes], ReadFile]:
    """The reader of this agreement's PDF: it knows what stands at the head and foot of its pages, in ours and in Word's."""
    labels = snapshot["labels"]
    marks = [snapshot["reference"], snapshot["title"], labels["page"]]
    return partial(read_pdf, marks=marks, also=[snapshot["agreement_id"], labels["of"]])


def _refuse_other(found: ReadFile, agreement: Agreement) -> None:
    """Refuse the file of another agreement, by the id inside or by the reference that it prints."""
    others = [name for name in found.agreement_ids if name != agreement.id]
    printed = set(_REFERENCE.findall(found.text))
    if others or (printed and agreement.reference not in printed):
        which = f" ({', '.join(sorted(printed - {agreement.reference}))})" if printed - {agreement.reference} else ""
        raise DomainError("OTHER_AGREEMENT", f"This file belongs to another agreement{which}, not to {agreement.reference}.")


def _kind(name: str, content: bytes) -> str:
    """ "docx" or "pdf", by the bytes and not by the name. Error: ``DomainError``."""
    if not content:
        raise DomainError("EMPTY", "Choose the signed file.")
    if len(content) > MOST_BYTES:
        raise DomainError("TOO_BIG", f"The file has more than {MOST_BYTES // 2**20} MB. Save it smaller and send that.")
    if content.startswith(b"PK\x03\x04"):
        return "docx"
    if content[:1024].lstrip().startswith(b"%PDF-"):
        return "pdf"
    if name.lower().endswith((".docx", ".pdf")):
        raise Refused("NOT_READABLE")
    raise DomainError("KIND", "Send the signed agreement as a .docx or .pdf file.")


def _file_name(name: str, kind: str) -> str:
    """The file's own name without folders and odd signs, for the list."""
    last = re.split(r"[/\\]", name)[-1]
    clean = re.sub(r"[^\w .()\-]", "_", last, flags=re.ASCII).strip(" .")[:100]
    return clean if clean.lower().endswith(f".{kind}") else f"{clean or 'signed'}.{kind}"


def _facts(facts: Mapping[str, Any], issue: AgreementIssue | None, now: datetime) -> tuple[Signature | None, list[FieldError]]:
    """The facts of the signature, or what is wrong with them."""
    wrong: list[FieldError] = []

    def day(field: str, *, needed: bool) -> date | None:
        text = str(facts.get(field) or "").strip()
        parts = re.fullmatch(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})", text)
        try:
            if parts:
                return date(int(parts[3]), int(parts[2]), int(parts[1]))
            if text:
                return date.fromisoformat(text)
        except ValueError:
            pass
        if text or needed:
            wrong.append(FieldError(field, "DATE" if text else "REQUIRED", "Give a date, such as 1/12/2026."))
        return None

    signatory = " ".join(str(facts.get("signatory") or "").split())
    if not signatory or len(signatory) > 200:
        wrong.append(FieldError("signatory", "REQUIRED", "Say who signed for the client."))
    signed_on, begins, ends = (
        day("signed_on", needed=True),
        day("effective_from", needed=True),
        day("effective_until", needed=False),
    )
    if signed_on and signed_on > day_of(now):
        wrong.append(FieldError("signed_on", "FUTURE", "This day is still to come; give the day on which it was signed."))
    if signed_on and issue and signed_on < day_of(issue.issued_at):
        wrong.append(
            FieldError("signed_on", "TOO_EARLY", "It was issued later than this day; give the day on which it was signed.")
        )
    if begins and ends and ends <= begins:
        wrong.append(FieldError("effective_until", "ORDER", "Give a day after the first day, or leave it empty."))
    if wrong or signed_on is None or begins is None:
        return None, wrong
    return Signature(signatory, signed_on, begins, ends), wrong
