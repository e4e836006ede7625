"""Assistance requests as pages read them: one with all that belongs to it, lists, the clocks that run, and hints while typing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.assistance import AssistanceEstimate, AssistanceEvent, AssistanceRequest, TimeEntry
from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.models import Agreement, Client
from dpa_service.domain.assistance.personal_hint import personal_hints
from dpa_service.services.assistance.assistance_requests import OPEN, SERIES
from dpa_service.services.assistance.tariffs import InForce, in_force, snapshot_of
from dpa_service.services.assistance.time_entries import REJECTED
from dpa_service.services.errors import NotFound
from dpa_service.services.paging import Page, page_of, search_form

Json = dict[str, Any]
_REFERENCE = re.compile(rf"\s*{SERIES}[\s\-/]*(20\d\d)[\s\-/]*0*(\d{{1,6}})\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Details:
    """A request with its client, the terms it falls under, its log (oldest first), estimates and entries (both newest first)."""

    request: AssistanceRequest
    client: Client
    agreement: Agreement | None
    events: Sequence[AssistanceEvent]
    estimates: Sequence[AssistanceEstimate]
    entries: Sequence[TimeEntry]

    @property
    def minutes(self) -> int:
        """Raw minutes written down and not rejected or corrected."""
        corrected = {entry.correction_of for entry in self.entries if entry.state != REJECTED}
        return sum(entry.minutes for entry in self.entries if entry.state != REJECTED and entry.id not in corrected)


def get(session: Session, request_id: str) -> Details:
    """A request with all that belongs to it. Error: ``NotFound``."""
    with reading(session):
        row = session.get(AssistanceRequest, request_id)
        if row is None:
            raise NotFound("assistance request")

        def of(table: type[Any], *order: Any) -> Sequence[Any]:
            return session.scalars(sa.select(table).where(table.request_id == request_id).order_by(*order)).all()

        return Details(
            row,
            session.get_one(Client, row.client_id),
            session.get(Agreement, row.agreement_id) if row.agreement_id else None,
            of(AssistanceEvent, AssistanceEvent.number),
            of(AssistanceEstimate, AssistanceEstimate.number.desc()),
            of(TimeEntry, TimeEntry.work_date.desc(), TimeEntry.sequence.desc()),
        )


def listing(
    session: Session, *, state: str | None = None, duty: str | None = None, client_id: str | None = None, text: str | None = None,
    cursor: str | None = None, limit: int = 50,
) -> Page[AssistanceRequest]:  # fmt: skip
    """Requests, newest first; `text` is words of a reference or of the client's name or number. Error: ``RequestInvalid``."""
    query = sa.select(AssistanceRequest)
    for column, value in (
        (AssistanceRequest.state, state),
        (AssistanceRequest.duty, duty),
        (AssistanceRequest.client_id, client_id),
    ):
        if value is not None:
            query = query.where(column == value)
    for word in search_form(text).split():
        client = sa.select(Client.id).where(Client.search.contains(word, autoescape=True))
        query = query.where(
            sa.or_(
                AssistanceRequest.reference.icontains(word, autoescape=True),
                AssistanceRequest.case_reference.icontains(word, autoescape=True),
                AssistanceRequest.client_id.in_(client),
            )
        )
    with reading(session):
        return page_of(session, query, AssistanceRequest, cursor, limit)  # type: ignore[arg-type]


def running(session: Session, *, limit: int = 50) -> Sequence[AssistanceRequest]:
    """Open requests with a clock of the house that still runs, the first to end first."""
    query = sa.select(AssistanceRequest).where(AssistanceRequest.state == OPEN, AssistanceRequest.due_at.is_not(None))
    with reading(session):
        return session.scalars(query.order_by(AssistanceRequest.due_at, AssistanceRequest.id).limit(limit)).all()


def by_reference(session: Session, text: str) -> AssistanceRequest | None:
    """The request that "BIJ-2026-0001", "bij 2026/1" and the like name; None for other words and numbers that were not given."""
    named = _REFERENCE.fullmatch(text)
    if named is None:
        return None
    with reading(session):
        reference = f"{SERIES}-{named[1]}-{int(named[2]):04d}"
        return session.scalar(sa.select(AssistanceRequest).where(AssistanceRequest.reference == reference))


def basis(session: Session, client_id: str, today: date) -> tuple[InForce, Json]:
    """What a request opened today would rest on: the terms in force, and the document as it was issued. Error: ``DomainError`` NO_TERMS."""
    with reading(session):
        found = in_force(session, client_id, today)
        return found, snapshot_of(session, found.agreement_id)


def names(session: Session, client_ids: Iterable[str]) -> dict[str, str]:
    """Client → name, for a list."""
    with reading(session):
        found = session.execute(sa.select(Client.id, Client.name).where(Client.id.in_(set(client_ids))))
        return {row.id: row.name for row in found}


def hints(session: Session, client_id: str, text: str) -> list[tuple[str, str]]:
    """What in a text looks like a person's name or other personal data (kind, words); the client's own name may stand there."""
    with reading(session):
        name = session.scalar(sa.select(Client.name).where(Client.id == client_id))
    return personal_hints(text, [name] if name else [])
