"""What becomes of the changes in a returned file: each is proposed as a deviation or dismissed with a reason; nothing is dropped."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.models import Agreement
from dpa_service.adapters.db.negotiation import DISMISSED, OPEN, TAKEN, NegotiationRound, ReturnedChange
from dpa_service.domain.comparison.returned import COSMETIC, SUSPICIOUS
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.request import request_from_dict
from dpa_service.domain.errors import DomainError, RequestInvalid
from dpa_service.domain.lifecycle import ISSUED
from dpa_service.services import idempotency
from dpa_service.services.agreements import agreements
from dpa_service.services.agreements.lifecycle import checked_reason
from dpa_service.services.agreements.request_schema import load_request
from dpa_service.services.errors import Conflict, NotFound
from dpa_service.services.library import library as releases
from dpa_service.services.negotiation import negotiation, rounds
from dpa_service.services.negotiation.proposing import merged
from dpa_service.services.negotiation.returned_annexes import is_annex, recognised_annex
from dpa_service.services.negotiation.returned_places import (
    COMMENT,
    TRACKED,
    WORDS,
    draft_of_snapshot,
    left_over,
    recognised_place,
)
from dpa_service.services.use_case import UseCase, use_case

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Proposed:
    """What a proposal did: the draft it went into, the keys of the deviations, how many changes it took along, voided approvals."""

    agreement_id: str
    keys: tuple[str, ...]
    changes: int
    opened: bool
    voided: int


def propose(session: Session, change_id: str, *, key: str | None = None, actor: str, now: datetime) -> Proposed:
    """Ask what a change was recognised as, on the draft; an issued agreement gets its next edition first.

    Every open change of words of the same clause goes along: what was recognised holds them all. A change that was proposed before
    stays as it is. Errors: ``NotFound``; ``Conflict`` (dismissed, not recognised, settled); what asking a deviation refuses.
    """
    with use_case(session, actor=actor, now=now) as work:
        asked = {"do": "change.propose", "change": change_id}
        if key is not None and (answer := idempotency.claim(work, key, asked)) is not None:
            return Proposed(answer["agreement_id"], tuple(answer["keys"]), 0, opened=False, voided=0)
        change, made = _locked(session, change_id)
        if change.state == TAKEN:
            draft = rounds.current(session, change.thread_id)
            done = Proposed(draft.id, (change.deviation_key or "",), 0, opened=False, voided=0)
        else:
            done = _propose(work, change, made)
        if key is not None:
            idempotency.settle(work, key, {"agreement_id": done.agreement_id, "keys": list(done.keys)})
        return done


def propose_all(session: Session, round_id: str, *, actor: str, now: datetime) -> tuple[int, list[tuple[str, str]]]:
    """Propose everything in a round that was recognised, but for clauses with a suspicious change.

    Out: how many clauses; (heading, why not) for those that were refused. Error: ``NotFound``.
    """
    with reading(session):
        made = session.get(NegotiationRound, round_id)
        if made is None:
            raise NotFound("round")
        recognised = (made.findings or {}).get("recognised") or {}
        waiting = [each for each in changes_of(session, round_id) if each.state == OPEN and each.kind in WORDS]
        doubtful = {each.data["place"] for each in waiting if each.data["weight"] == SUSPICIOUS}
        first: dict[int, tuple[str, str]] = {}
        for change in waiting:
            place = change.data["place"]
            if place not in doubtful and recognised.get(str(place), {}).get("entries"):
                first.setdefault(place, (change.id, str(change.data["heading"])))
    done, refused = 0, []
    for change_id, heading in first.values():
        try:
            propose(session, change_id, actor=actor, now=now)
            done += 1
        except RequestInvalid as trouble:
            refused.append((heading, trouble.errors[0].message))
        except DomainError as trouble:
            refused.append((heading, trouble.message))
    return done, refused


def dismiss(
    session: Session, change_id: str, reason: str, *, key: str | None = None, actor: str, now: datetime
) -> ReturnedChange:
    """Leave a change out, with the reason. Errors: ``NotFound``; ``RequestInvalid`` without a reason; ``Conflict`` once proposed."""
    reason = checked_reason(reason)
    with use_case(session, actor=actor, now=now) as work:
        asked = {"do": "change.dismiss", "change": change_id, "reason": reason}
        if key is not None and idempotency.claim(work, key, asked) is not None:
            return session.get_one(ReturnedChange, change_id)
        change, made = _locked(session, change_id)
        if change.state == TAKEN:
            raise Conflict("PROPOSED", f"{change.decided_by} proposed this change already; take the deviation back instead.")
        if change.state == DISMISSED and (change.reason, change.decided_by) != (reason, actor):
            raise Conflict("DISMISSED_ALREADY", f"{change.decided_by} dismissed this change already: {change.reason}")
        _dismissed(work, change, made, reason)
        _recognise_again(session, made, {change.data["place"]})
        if key is not None:
            idempotency.settle(work, key, {"change_id": change_id})
        return change


def dismiss_cosmetic(session: Session, round_id: str, reason: str, *, actor: str, now: datetime) -> int:
    """Leave out every open change of a round that is cosmetic. Out: how many. Errors: as ``dismiss``."""
    reason = checked_reason(reason)
    with use_case(session, actor=actor, now=now) as work:
        made = session.get(NegotiationRound, round_id, with_for_update=True, populate_existing=True)
        if made is None:
            raise NotFound("round")
        found = [each for each in changes_of(session, round_id) if each.state == OPEN and each.data["weight"] == COSMETIC]
        for change in found:
            _dismissed(work, change, made, reason)
        _recognise_again(session, made, {each.data["place"] for each in found})
        return len(found)


def reopen(session: Session, change_id: str, *, actor: str, now: datetime) -> ReturnedChange:
    """Undo a dismissal: the change waits again. Errors: ``NotFound``; ``Conflict`` for one that was proposed."""
    with use_case(session, actor=actor, now=now) as work:
        change, made = _locked(session, change_id)
        if change.state == TAKEN:
            raise Conflict("PROPOSED", "This change was proposed; take the deviation back instead.")
        if change.state == DISMISSED:
            change.state, change.reason, change.decided_by, change.decided_at = OPEN, None, None, None
            session.flush()
            _recognise_again(session, made, {change.data["place"]})
            work.note("change.reopen", "agreement", made.agreement_id, round=made.number, position=change.position)
        return change


def changes_of(session: Session, round_id: str) -> Sequence[ReturnedChange]:
    """The changes of a round in the order of its document, inside a transaction."""
    query = sa.select(ReturnedChange).where(ReturnedChange.round_id == round_id).order_by(ReturnedChange.position)
    return session.scalars(query).all()


# ---- deciding --------------------------------------------------------------------------------------------------------


def _locked(session: Session, change_id: str) -> tuple[ReturnedChange, NegotiationRound]:
    """A change with its round, locked: whoever decides about the same round waits."""
    round_id = session.scalar(sa.select(ReturnedChange.round_id).where(ReturnedChange.id == change_id))
    made = session.get(NegotiationRound, round_id, with_for_update=True, populate_existing=True) if round_id else None
    change = session.get(ReturnedChange, change_id, populate_existing=True)
    if made is None or change is None:
        raise NotFound("change")
    return change, made


def _propose(work: UseCase, change: ReturnedChange, made: NegotiationRound) -> Proposed:
    session = work.session
    if change.state == DISMISSED:
        raise Conflict("DISMISSED", "This change was dismissed; undo that first.")
    place = change.data["place"]
    found = ((made.findings or {}).get("recognised") or {}).get(str(place)) or {}
    if change.kind not in WORDS or not found.get("entries"):
        raise Conflict(
            "NOT_RECOGNISED", "This change cannot become a deviation by itself; ask it in your own words, or dismiss it."
        )
    current = rounds.refuse_settled(session, change.thread_id)
    opened = current.state == ISSUED
    current = negotiation.open_edition(work, current.id) if opened else agreements.locked_draft(session, current.id, None)
    library = releases.pinned(session, current.library_hash)
    along = [
        each for each in changes_of(session, made.id) if each.data["place"] == place and each.state == OPEN and each.kind in WORDS
    ]
    entries = [_reasoned(entry, place, changes_of(session, made.id)) for entry in found["entries"]]
    request, keys = merged(copy.deepcopy(current.request), entries, library)
    valid = load_request(request, library, current.family, reference=False)
    request_from_dict(valid, library)
    voided = agreements.rewrite(work, current, library, valid, current.client_id)
    for each in along:
        each.state, each.deviation_key, each.decided_by, each.decided_at = TAKEN, keys[0], work.actor, work.now
    session.flush()
    work.note(
        "change.propose", "agreement", current.id, round=made.number, positions=[each.position for each in along], keys=keys
    )
    return Proposed(current.id, tuple(keys), len(along), opened, len(voided))


def _reasoned(entry: Mapping[str, Any], place: int, changes: Iterable[ReturnedChange]) -> Json:
    """An entry with what the client wrote beside the clause as its reason."""
    if entry["class"] == "value":
        return dict(entry)
    said = next((str(each.data["text"]) for each in changes if each.kind == COMMENT and each.data["place"] == place), "")
    printable = " ".join("".join(sign for sign in said if sign.isprintable() or sign.isspace()).split())[:400]
    return {**entry, "reason": printable} if printable else dict(entry)


def _dismissed(work: UseCase, change: ReturnedChange, made: NegotiationRound, reason: str) -> None:
    change.state, change.reason, change.decided_by, change.decided_at = DISMISSED, reason, work.actor, work.now
    work.session.flush()
    work.note("change.dismiss", "agreement", made.agreement_id, round=made.number, position=change.position, kind=change.kind)


def _recognise_again(session: Session, made: NegotiationRound, places: Iterable[int]) -> None:
    """What the clauses are without the changes that are dismissed now."""
    baseline = session.get(NegotiationRound, made.baseline_id) if made.baseline_id else None
    if baseline is None or baseline.snapshot is None or made.findings is None:
        return
    snapshot = json.loads(baseline.snapshot)
    agreement = session.get_one(Agreement, baseline.agreement_id)
    library = _library_of(session, agreement, snapshot)
    draft = draft_of_snapshot(snapshot, library)
    findings = copy.deepcopy(made.findings)
    changes = changes_of(session, made.id)
    for index in places:
        if str(index) not in findings["recognised"]:
            continue
        mine = [each for each in changes if each.data["place"] == index and each.kind in WORDS]
        left = [each for each in mine if each.state != DISMISSED]
        place = {**findings["places"][index]}
        if len(left) < len(mine):
            place["silent"] = any(each.kind != TRACKED and each.data["weight"] != COSMETIC for each in left)
            place["weight"] = COSMETIC if all(each.data["weight"] == COSMETIC for each in left) else place["weight"]
        gone = [each.data for each in mine if each.state == DISMISSED and each.data["what"] != "withdrawn"]
        result = recognised_place(draft, place, gone) if left else recognised_place(draft, {**place, "words": False})
        if left and is_annex(library, place):
            result = recognised_annex(draft, snapshot, library, left_over(place, gone), ()) or result
        findings["recognised"][str(index)] = result.plain()
    made.findings = findings
    session.flush()


def _library_of(session: Session, agreement: Agreement, snapshot: Mapping[str, Any]) -> Library:
    """The release that a file was made with; a draft may have taken over a newer one since."""
    return releases.pinned(session, snapshot["library"]["hash"] or agreement.library_hash)
