"""Agreements before they are issued: drafting, changing, looking at, finding."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.models import Agreement, AgreementIssue, Client, Deviation
from dpa_service.adapters.db.types import canonical
from dpa_service.domain.contract.assembly import assemble
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.request import request_from_dict
from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.domain.lifecycle import DISCARDED, DRAFT
from dpa_service.services import idempotency
from dpa_service.services.agreements import clients
from dpa_service.services.agreements.request_schema import load_request
from dpa_service.services.errors import Conflict, NotFound, Stale
from dpa_service.services.library import library as releases
from dpa_service.services.negotiation.deviations import Voided, open_rows, sync
from dpa_service.services.paging import Page, page_of, search_form
from dpa_service.services.use_case import UseCase, use_case

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Details:
    """An agreement with its deviations and, once issued, the fingerprints of what was issued (without the documents).

    `voided` are the approvals that the change just made took away.
    """

    agreement: Agreement
    deviations: list[Deviation]
    issue: AgreementIssue | None
    voided: tuple[Voided, ...] = ()


def create_draft(
    session: Session,
    library: Library,
    data: Any,
    *,
    document: str = "agreement",
    client_id: str | None = None,
    key: str | None = None,
    actor: str,
    now: datetime,
) -> Details:
    """A new draft from a request, tied to this release of the clause library.

    In: the request (docs/request.md) with its client inside, or without and `client_id`; `key` makes a repeated call harmless.
    Error: ``RequestInvalid`` naming every wrong field, ``NotFound`` for the client, ``DomainError`` when it cannot be assembled,
    ``LibraryProblem`` when a published clause was changed, ``Conflict`` for a key used before with something else.
    """
    with use_case(session, actor=actor, now=now) as work:
        asked = {"do": "agreement.create", "document": document, "client_id": client_id, "request": _hashed(data)}
        if key is not None and (known := idempotency.claim(work, key, asked)):
            return details(session, known["agreement_id"])
        valid = _validated(session, library, data, document, client_id)
        agreement_id = uuid.uuid4().hex
        snapshot = _assembled(library, valid, document, agreement_id)
        releases.ensure(work, library)
        agreement = Agreement(
            id=agreement_id,
            family=document,
            state=DRAFT,
            reference=None,
            created_by=actor,
            created_at=now,
            thread_id=agreement_id,
            edition=1,
            library_hash=library.hash,
            **_columns(work, valid, snapshot, client_id),
        )
        session.add(agreement)
        session.flush()
        sync(work, agreement, library, snapshot)
        work.note("agreement.create", "agreement", agreement_id, library=library.hash, request=_hashed(valid))
        if key is not None:
            idempotency.settle(work, key, {"agreement_id": agreement_id})
        session.flush()
        return details(session, agreement_id)


def update_draft(
    session: Session,
    agreement_id: str,
    data: Any,
    *,
    client_id: str | None = None,
    expected_version: int | None,
    renew: Library | None = None,
    actor: str,
    now: datetime,
) -> Details:
    """Replace a draft's request. It keeps its release of the clause library unless `renew` gives another one.

    Error: as ``create_draft``; ``NotFound``; ``Stale`` when it is no longer at `expected_version`; ``Conflict`` once issued.
    """
    with use_case(session, actor=actor, now=now) as work:
        agreement = locked_draft(session, agreement_id, expected_version)
        library = renew or releases.pinned(session, agreement.library_hash)
        voided = rewrite(work, agreement, library, _validated(session, library, data, agreement.family, client_id), client_id)
        return replace(details(session, agreement_id), voided=tuple(voided))


def rewrite(
    work: UseCase,
    agreement: Agreement,
    library: Library,
    valid: Json,
    client_id: str | None = None,
    *,
    proposer: str | None = None,
    closing: Mapping[str, str] | None = None,
) -> list[Voided]:
    """Give a locked draft another request, inside a use case; returns the approvals that this makes worthless.

    `proposer` and `closing` are those of ``deviations.sync``. Error: ``RequestInvalid``, ``DomainError`` when it cannot be assembled.
    """
    snapshot = _assembled(library, valid, agreement.family, agreement.id)
    releases.ensure(work, library)
    agreement.library_hash = library.hash
    for name, value in _columns(work, valid, snapshot, client_id).items():
        setattr(agreement, name, value)
    flag_modified(agreement, "updated_at")  # the version counts every change, also one within the same microsecond
    work.session.flush()
    voided = sync(work, agreement, library, snapshot, proposer=proposer, closing=closing)
    work.note(
        "agreement.update", "agreement", agreement.id, library=library.hash, request=_hashed(valid), version=agreement.version
    )
    return voided


def get(session: Session, agreement_id: str) -> Details:
    """One agreement. Error: ``NotFound``."""
    with reading(session):
        return details(session, agreement_id)


def preview(session: Session, agreement_id: str) -> Json:
    """The assembled agreement (docs/snapshot.md): of a draft as it would be now, of an issued one as it was issued.

    Error: ``NotFound``; ``DomainError`` when a draft cannot be assembled.
    """
    with reading(session):
        agreement = found(session, agreement_id)
        if agreement.state not in (DRAFT, DISCARDED):
            stored = session.scalar(sa.select(AgreementIssue.snapshot).where(AgreementIssue.agreement_id == agreement_id))
            return dict(json.loads(stored or "null"))
        library = releases.pinned(session, agreement.library_hash)
        return _assembled(library, agreement.request, agreement.family, agreement_id)


def listing(
    session: Session,
    *,
    state: str | None = None,
    client_id: str | None = None,
    text: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Agreement]:
    """Agreements, newest first; `text` is looked for in reference, client and title. Error: ``RequestInvalid`` (cursor)."""
    query = sa.select(Agreement)
    if state is not None:
        query = query.where(Agreement.state == state)
    if client_id is not None:
        query = query.where(Agreement.client_id == client_id)
    if text:
        query = query.where(Agreement.search.contains(search_form(text), autoescape=True))
    with reading(session):
        return page_of(session, query, Agreement, cursor, limit)


def found(session: Session, agreement_id: str) -> Agreement:
    """The agreement, inside a transaction. Error: ``NotFound``."""
    agreement = session.get(Agreement, agreement_id)
    if agreement is None:
        raise NotFound("agreement")
    return agreement


def later_edition(session: Session, agreement: Agreement) -> Agreement | None:
    """The newest edition after this one that was not discarded, inside a transaction."""
    query = sa.select(Agreement).where(
        Agreement.thread_id == agreement.thread_id, Agreement.edition > agreement.edition, Agreement.state != DISCARDED
    )
    return session.scalars(query.order_by(Agreement.edition.desc())).first()


def editions(session: Session, thread_id: str) -> Sequence[Agreement]:
    """Every edition of an agreement, the first one first, also those that were put aside."""
    with reading(session):
        return session.scalars(
            sa.select(Agreement).where(Agreement.thread_id == thread_id).order_by(Agreement.edition, Agreement.created_at)
        ).all()


def newest_edition(session: Session, agreement_id: str) -> str:
    """The id of the newest edition of an agreement, or its own. Error: ``NotFound``."""
    with reading(session):
        agreement = found(session, agreement_id)
        later = later_edition(session, agreement)
        return later.id if later else agreement.id


def locked_draft(session: Session, agreement_id: str, expected_version: int | None) -> Agreement:
    """The draft, locked until the end of the transaction. Error: ``NotFound``, ``Conflict`` once issued, ``Stale``."""
    agreement = session.get(Agreement, agreement_id, with_for_update=True, populate_existing=True)
    if agreement is None:
        raise NotFound("agreement")
    if agreement.state == DISCARDED:
        raise Conflict("DISCARDED", "This draft was discarded; restore it first.")
    if agreement.state != DRAFT:
        raise Conflict(
            "ALREADY_ISSUED", f"This agreement was issued as {agreement.reference} and no longer changes; make a new one."
        )
    if expected_version is not None and agreement.version != expected_version:
        raise Stale("agreement")
    return agreement


def _validated(session: Session, library: Library, data: Any, document: str, client_id: str | None) -> Json:
    """The request in its normal form, with the data of the client that was named by its id."""
    if client_id is not None and document != "agreement":
        raise RequestInvalid([FieldError("client_id", "NOT_USED", "General terms have no counterparty; leave the client out.")])
    if client_id is not None and isinstance(data, Mapping):
        if data.get("client") is not None:
            message = "Give the client in the request or by its id, not both."
            raise RequestInvalid([FieldError("client", "CLIENT_TWICE", message)])
        client = session.get(Client, client_id)
        if client is None:
            raise NotFound("client")
        data = {**data, "client": client.data}
    return load_request(data, library, document, reference=False)


def _assembled(library: Library, valid: Mapping[str, Any], document: str, agreement_id: str) -> Json:
    return assemble(library, request_from_dict(valid, library), document=document, agreement_id=agreement_id)


def _columns(work: UseCase, valid: Json, snapshot: Json, client_id: str | None) -> Json:
    """What of an agreement follows from its request."""
    party, main = valid.get("client"), valid.get("main_agreement", {})
    if client_id is None and party is not None:
        client_id = clients.keep(work, party)[0].id
    title = f"{party['name']} – {main['title']}" if party else str(snapshot["title"])
    return {
        "client_id": client_id,
        "title": title,
        "search": search_form(title, main.get("reference")),
        "request": valid,
        "effective_from": date.fromisoformat(valid["effective_from"]),
        "updated_at": work.now,
    }


def details(session: Session, agreement_id: str) -> Details:
    """An agreement with all that belongs to it, inside a transaction. Error: ``NotFound``."""
    agreement = found(session, agreement_id)
    return Details(agreement, open_rows(session, agreement_id), session.get(AgreementIssue, agreement_id))


def _hashed(data: Any) -> str:
    """The fingerprint of a request; a request with values that cannot be stored is refused later, with its fields named."""
    try:
        return hashlib.sha256(canonical(data).encode(errors="surrogatepass")).hexdigest()
    except TypeError:
        return hashlib.sha256(json.dumps(data, sort_keys=True, default=str).encode()).hexdigest()
