"""The files of a negotiation: sending a draft, the list of rounds with what each conceded, one round, and the redline of any two."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.models import Agreement, Deviation
from dpa_service.adapters.db.negotiation import OPEN, SENT, DeviationDecision, NegotiationRound, ReturnedChange
from dpa_service.adapters.docx.redline import redline_docx
from dpa_service.adapters.docx.render import render_docx
from dpa_service.domain.comparison.redline import Redline, redline
from dpa_service.domain.contract.assembly import assemble
from dpa_service.domain.contract.request import request_from_dict
from dpa_service.domain.lifecycle import DRAFT
from dpa_service.domain.negotiation.approval import APPROVE
from dpa_service.services import idempotency
from dpa_service.services.agreements import agreements
from dpa_service.services.agreements.generate import snapshot_json
from dpa_service.services.agreements.issuing import MIMETYPES, Document
from dpa_service.services.errors import Conflict, Damaged, NotFound
from dpa_service.services.library import library as releases
from dpa_service.services.negotiation import rounds
from dpa_service.services.negotiation.returned_decisions import changes_of
from dpa_service.services.use_case import use_case

STANDARD, NOW = "standard", "now"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Conceded:
    """A deviation that a sent file holds and the one before it did not, or no longer: `by` approved it."""

    label: str
    standard: str
    agreed: str
    by: tuple[str, ...]
    came: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A round in the list: how many of its changes there are and how many wait, what it conceded (sent) or gave up,
    and why it was not read (`refused`: code, message)."""

    round: NegotiationRound
    reference: str | None
    changes: int
    open: int
    conceded: tuple[Conceded, ...] = ()
    refused: Json | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """The rounds of one negotiation: the agreement that was asked for, its newest edition, and the lines, the first round first."""

    agreement: Agreement
    current: Agreement
    lines: tuple[Line, ...]

    @property
    def open(self) -> int:
        """How many changes wait."""
        return sum(line.open for line in self.lines)


@dataclass(frozen=True, slots=True)
class Received:
    """One round with its changes, the round that it answers, and the negotiation that it belongs to."""

    agreement: Agreement
    current: Agreement
    round: NegotiationRound
    findings: Json
    baseline: NegotiationRound | None
    changes: tuple[ReturnedChange, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """Two texts of one negotiation side by side: their names, snapshots and the difference."""

    agreement: Agreement
    old: Json
    new: Json
    change: Redline


def send_draft(
    session: Session, agreement_id: str, *, note: str = "", key: str | None = None, actor: str, now: datetime
) -> NegotiationRound:
    """Record the draft as it is now as sent to the other side; a copy without marks to negotiate in. The same text twice is one round.

    Errors: ``NotFound``; ``Conflict`` for what is no draft; ``DomainError`` when it cannot be assembled.
    """
    with use_case(session, actor=actor, now=now) as work:
        asked = {"do": "round.send", "agreement": agreement_id, "note": note}
        if key is not None and (answer := idempotency.claim(work, key, asked)) is not None:
            return session.get_one(NegotiationRound, answer["round_id"])
        agreement = agreements.locked_draft(session, agreement_id, None)
        library = releases.pinned(session, agreement.library_hash)
        snapshot = assemble(
            library, request_from_dict(agreement.request, library), document=agreement.family, agreement_id=agreement_id
        )
        text = snapshot_json(snapshot)
        before = [each for each in rounds.of_thread(session, agreement.thread_id) if each.direction == SENT]
        if before and before[-1].snapshot == text:
            made = before[-1]
        else:
            content = render_docx(json.loads(text))
            made = rounds.sent(work, agreement, content, text, f"{snapshot['reference']}.docx", note.strip() or None)
        if key is not None:
            idempotency.settle(work, key, {"round_id": made.id})
        return made


def overview(session: Session, agreement_id: str) -> Overview:
    """The rounds of a negotiation. Error: ``NotFound``."""
    with reading(session):
        agreement = agreements.found(session, agreement_id)
        query = sa.select(Agreement).where(Agreement.thread_id == agreement.thread_id)
        references = {each.id: each.reference for each in session.scalars(query)}
        total = _counts(session, agreement.thread_id)
        waiting = _counts(session, agreement.thread_id, OPEN)
        lines, before = [], list[Json]()
        said = _approvers(session, agreement.thread_id)
        for each in rounds.of_thread(session, agreement.thread_id):
            conceded: tuple[Conceded, ...] = ()
            if each.snapshot is not None:
                deviations = json.loads(each.snapshot)["deviations"]
                conceded = tuple(_conceded(before, deviations, said))
                before = deviations
            reference, refused = references.get(each.agreement_id), (each.findings or {}).get("refused")
            lines.append(Line(each, reference, total.get(each.id, 0), waiting.get(each.id, 0), conceded, refused))
        return Overview(agreement, rounds.newest(session, agreement), tuple(lines))


def waiting(session: Session, thread_id: str) -> int:
    """How many changes of returned files wait in a negotiation."""
    with reading(session):
        return rounds.open_changes(session, thread_id)


def received(session: Session, agreement_id: str, number: int) -> Received:
    """One round, sent or received. Error: ``NotFound``."""
    with reading(session):
        agreement, made = _round(session, agreement_id, number)
        baseline = session.get(NegotiationRound, made.baseline_id) if made.baseline_id else None
        return Received(
            agreement,
            rounds.newest(session, agreement),
            made,
            made.findings or {},
            baseline,
            tuple(changes_of(session, made.id)),
        )


def change_with_round(session: Session, change_id: str) -> tuple[ReturnedChange, NegotiationRound]:
    """A change and its round. Error: ``NotFound``."""
    with reading(session):
        change = session.get(ReturnedChange, change_id)
        if change is None:
            raise NotFound("change")
        return change, session.get_one(NegotiationRound, change.round_id)


def document(session: Session, agreement_id: str, number: int) -> Document:
    """The bytes of a round as they were sent or came. Errors: ``NotFound``; ``Damaged`` when they have another fingerprint."""
    with reading(session):
        _, made = _round(session, agreement_id, number)
        content = bytes(made.content)
    if hashlib.sha256(content).hexdigest() != made.sha256:
        raise Damaged("DOCUMENT_DAMAGED", "The stored file was altered after it was kept; restore it from a backup.")
    return Document(made.name, MIMETYPES.get(made.kind, "application/octet-stream"), content, True)


def compared(session: Session, agreement_id: str, old: str, new: str) -> Compared:
    """The difference of two texts: "standard", "now" or the number of a sent round. Errors: ``NotFound``; ``Conflict`` for a received one."""
    agreement = agreements.get(session, agreement_id).agreement
    before, after = (snapshot_of(session, agreement, which) for which in (old, new))
    return Compared(agreement, before, after, redline(before, after))


def redline_file(session: Session, agreement_id: str, old: str, new: str, *, author: str, now: datetime) -> Document:
    """The same as a Word file with tracked changes. Errors: as ``compared``; ``DomainError`` REDLINE_UNPROVEN: it is not handed out then."""
    agreement = agreements.get(session, agreement_id).agreement
    before, after = (snapshot_of(session, agreement, which) for which in (old, new))
    who = f"{after['parties'][-1]['name']} ({author})"
    content = redline_docx(before, after, author=who, date=now.replace(microsecond=0))
    name = f"{after['reference']}-{_name(old)}-{_name(new)}.docx"
    return Document(name, MIMETYPES["docx"], content, False)


def snapshot_of(session: Session, agreement: Agreement, which: str) -> Json:
    """The assembled agreement "now" (the newest edition as it stands), as the "standard" has it for this client, or of a sent round."""
    with reading(session):
        current = rounds.newest(session, agreement)
        if which.isascii() and which.isdigit() and len(which) < 6:
            _, made = _round(session, agreement.id, int(which))
            if made.snapshot is None:
                raise Conflict("RECEIVED", f"Round {made.number} came back from the other side; its page shows what it changed.")
            return dict(json.loads(made.snapshot))
    now = agreements.preview(session, current.id)
    if which == NOW:
        return now
    if which != STANDARD:
        raise NotFound("round")
    with reading(session):
        library = releases.pinned(session, current.library_hash)
        request = {name: value for name, value in current.request.items() if name not in ("parameters", "deviations")}
        return assemble(
            library,
            request_from_dict(request, library),
            document=current.family,
            reference=now["reference"],
            agreement_id=current.id,
            draft=current.state == DRAFT,
        )


def _name(which: str) -> str:
    return f"ronde{which}" if which.isdigit() else {STANDARD: "standaard", NOW: "nu"}[which]


def _round(session: Session, agreement_id: str, number: int) -> tuple[Agreement, NegotiationRound]:
    agreement = agreements.found(session, agreement_id)
    query = sa.select(NegotiationRound).where(
        NegotiationRound.thread_id == agreement.thread_id, NegotiationRound.number == number
    )
    made = session.scalars(query).first()
    if made is None:
        raise NotFound("round")
    return agreement, made


def _counts(session: Session, thread: str, state: str | None = None) -> dict[str, int]:
    query = sa.select(ReturnedChange.round_id, sa.func.count()).where(ReturnedChange.thread_id == thread)
    if state is not None:
        query = query.where(ReturnedChange.state == state)
    return {name: int(count) for name, count in session.execute(query.group_by(ReturnedChange.round_id))}


def _approvers(session: Session, thread: str) -> dict[tuple[str, str], list[str]]:
    """(key, fingerprint) of a deviation → who approved it."""
    query = (
        sa.select(Deviation.key, Deviation.fingerprint, DeviationDecision.decided_by)
        .join(DeviationDecision, DeviationDecision.deviation_id == Deviation.id)
        .join(Agreement, Agreement.id == Deviation.agreement_id)
        .where(Agreement.thread_id == thread, DeviationDecision.decision == APPROVE)
        .order_by(DeviationDecision.decided_at)
    )
    found: dict[tuple[str, str], list[str]] = {}
    for key, fingerprint, who in session.execute(query):
        people = found.setdefault((key, fingerprint), [])
        if who not in people:
            people.append(who)
    return found


def _conceded(
    before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]], said: Mapping[tuple[str, str], Sequence[str]]
) -> list[Conceded]:
    old = {each["key"]: each for each in before}
    new = {each["key"]: each for each in after}
    came = [each for key, each in new.items() if key not in old or old[key]["fingerprint"] != each["fingerprint"]]
    gone = [each for key, each in old.items() if key not in new]
    return [
        Conceded(
            each["label"],
            each["standard_text"],
            each["agreed_text"],
            tuple(said.get((each["key"], each["fingerprint"]), ())),
            each in came,
        )
        for each in (*came, *gone)
    ]
