"""A file that came back: kept as evidence whatever it is, and read against the files that were sent."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.models import Agreement
from dpa_service.adapters.db.negotiation import OPEN, RECEIVED, SENT, NegotiationRound, ReturnedChange
from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.services import idempotency
from dpa_service.services.agreements import agreements
from dpa_service.services.errors import Conflict
from dpa_service.services.library import library as releases
from dpa_service.services.negotiation import rounds
from dpa_service.services.negotiation.returned_reading import DOCX, PDF, Reading, Sent, read_file
from dpa_service.services.use_case import UseCase, use_case

MOST_BYTES = 10 * 2**20
LONGEST_NOTE = 500
Json = dict[str, Any]


def upload(
    session: Session,
    agreement_id: str,
    *,
    name: str,
    content: bytes,
    note: str = "",
    key: str | None = None,
    actor: str,
    now: datetime,
) -> NegotiationRound:
    """Keep a returned file as a round and read it; what is in it waits for somebody.

    A file that is refused, damaged or of another agreement is kept too, with the reason (`findings["refused"]`). The same file again
    gives the round that is there. Errors: ``NotFound``; ``RequestInvalid`` (no file, too large, note); ``Conflict`` once the agreement
    is signed or ended, or where nothing was sent yet.
    """
    note = _checked(content, note)
    sha256 = hashlib.sha256(content).hexdigest()
    with reading(session):
        agreement = agreements.found(session, agreement_id)
        thread = agreement.thread_id
        known = _same_file(session, thread, sha256)
        if known is None:
            current = rounds.refuse_settled(session, thread)
            sent, ids = _sent_files(session, thread), _editions(session, thread)
            library = releases.pinned(session, current.library_hash)
    if known is not None:
        return known
    if not sent:
        raise Conflict(
            "NOTHING_SENT", "Nothing was sent to the other side yet; send the draft first, then upload what comes back."
        )
    read = read_file(content, sent, ids, library)
    with use_case(session, actor=actor, now=now) as work:
        asked = {"do": "round.upload", "agreement": agreement_id, "sha256": sha256, "name": name, "note": note}
        if key is not None and (answer := idempotency.claim(work, key, asked)) is not None:
            return session.get_one(NegotiationRound, answer["round_id"])
        session.get(Agreement, thread, with_for_update=True, populate_existing=True)  # one round at a time
        if (known := _same_file(session, thread, sha256)) is None:
            known = _kept(work, agreement, name, content, sha256, note, read)
        if key is not None:
            idempotency.settle(work, key, {"round_id": known.id})
        session.flush()
        return known


# ---- keeping ---------------------------------------------------------------------------------------------------------


def _checked(content: bytes, note: str) -> str:
    if not content:
        raise RequestInvalid([FieldError("file", "EMPTY", "Choose the file that came back.")])
    if len(content) > MOST_BYTES:
        message = f"The file has more than {MOST_BYTES // 2**20} MB. Save it without pictures and send that."
        raise RequestInvalid([FieldError("file", "TOO_BIG", message)])
    note = " ".join(note.split())
    if len(note) > LONGEST_NOTE or not note.isprintable():
        raise RequestInvalid([FieldError("note", "LENGTH", f"A note has at most {LONGEST_NOTE} characters, on one line.")])
    return note


def _kept(
    work: UseCase, agreement: Agreement, name: str, content: bytes, sha256: str, note: str, read: Reading
) -> NegotiationRound:
    made = NegotiationRound(
        id=uuid.uuid4().hex,
        thread_id=agreement.thread_id,
        agreement_id=agreement.id,
        number=rounds.next_number(work.session, agreement.thread_id),
        direction=RECEIVED,
        kind=read.kind,
        name=file_name(name, read.kind),
        size=len(content),
        sha256=sha256,
        content=content,
        baseline_id=read.baseline,
        findings=read.findings() | {"other": _other(work.session, read)},
        note=note or None,
        at=work.now,
        actor=work.actor,
    )
    work.session.add(made)
    work.session.flush()
    for position, (place, kind, data) in enumerate(read.changes, start=1):
        clause = read.places[place]
        about = {name: clause[name] for name in ("label", "heading", "method", "confidence")}
        work.session.add(
            ReturnedChange(
                id=uuid.uuid4().hex,
                round_id=made.id,
                thread_id=agreement.thread_id,
                position=position,
                clause=clause["clause"] or None,
                kind=kind,
                data={**data, **about, "place": place},
                state=OPEN,
            )
        )
    work.session.flush()
    refused = read.refused[0] if read.refused else None
    work.note(
        "round.received", "agreement", agreement.id, round=made.number, sha256=sha256, changes=len(read.changes), refused=refused
    )
    work.send("round.received", agreement.id, round=made.number, changes=len(read.changes))
    return made


def _other(session: Session, read: Reading) -> Json | None:
    """The agreement that a refused file belongs to, where it is one of ours: its id and name."""
    found = read.verdict.get("found")
    if not read.refused or read.refused[0] != "OTHER_AGREEMENT" or not found:
        return None
    query = sa.select(Agreement).where(sa.or_(Agreement.id == found, Agreement.reference == found))
    other = session.scalars(query).first()
    return {"id": other.id, "name": other.reference or other.title} if other else None


def file_name(name: str, kind: str) -> str:
    """A file's own name without folders and odd signs, for the list and the download."""
    last = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    clean = re.sub(r"[^\w .()\-]", "_", last, flags=re.ASCII).strip(" .")[:100] or "returned"
    if kind in (DOCX, PDF):
        return clean if clean.lower().endswith(f".{kind}") else f"{clean}.{kind}"
    return f"{clean}.bin"


def _same_file(session: Session, thread: str, sha256: str) -> NegotiationRound | None:
    query = sa.select(NegotiationRound).where(
        NegotiationRound.thread_id == thread, NegotiationRound.sha256 == sha256, NegotiationRound.direction == RECEIVED
    )
    return session.scalars(query).first()


def _sent_files(session: Session, thread: str) -> list[Sent]:
    query = (
        sa.select(NegotiationRound.id, NegotiationRound.content, NegotiationRound.snapshot)
        .where(NegotiationRound.thread_id == thread, NegotiationRound.direction == SENT, NegotiationRound.snapshot.is_not(None))
        .order_by(NegotiationRound.number)
    )
    return [Sent(name, bytes(content), json.loads(str(snapshot))) for name, content, snapshot in session.execute(query)]


def _editions(session: Session, thread: str) -> frozenset[str]:
    return frozenset(session.scalars(sa.select(Agreement.id).where(Agreement.thread_id == thread)))
