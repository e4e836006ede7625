"""Clients: the controllers that agreements are made with."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from dpa_service.adapters.db.engine import insert_if_absent, reading
from dpa_service.adapters.db.models import Client
from dpa_service.services.agreements.request_schema import load_client
from dpa_service.services.errors import Conflict, NotFound, Stale
from dpa_service.services.paging import Page, page_of, search_form
from dpa_service.services.use_case import UseCase, use_case

Json = dict[str, Any]


def create(session: Session, data: Any, *, actor: str, now: datetime) -> Client:
    """A new client. In: the `client` of a request (docs/request.md). Error: ``RequestInvalid``; ``Conflict`` for a known number."""
    valid = load_client(data)
    with use_case(session, actor=actor, now=now) as work:
        client, new = keep(work, valid)
        if not new:
            raise Conflict("CLIENT_EXISTS", f"A client with this number exists: {client.id}. Change that one.")
    return client


def keep(work: UseCase, valid: Json) -> tuple[Client, bool]:
    """The client with the number of `valid`, made when it is new, inside a use case; and whether it is new.

    A known client keeps its own data: what an agreement prints is in the agreement's request.
    """
    values = {
        "id": uuid.uuid4().hex,
        "identity": identity(valid),
        "version": 1,
        "created_at": work.now,
        "updated_at": work.now,
        **_columns(valid),
    }
    new = insert_if_absent(work.session, Client, values)
    client = work.session.scalars(sa.select(Client).where(Client.identity == values["identity"])).one()
    if new:
        work.note("client.create", "client", client.id)
    return client, new


def get(session: Session, client_id: str) -> Client:
    """One client. Error: ``NotFound``."""
    with reading(session):
        return _found(session.get(Client, client_id))


def update(session: Session, client_id: str, data: Any, *, expected_version: int | None, actor: str, now: datetime) -> Client:
    """Replace a client's data; agreements keep what they print. Error: ``NotFound``, ``Stale``, ``RequestInvalid``, ``Conflict``."""
    valid = load_client(data)
    with use_case(session, actor=actor, now=now) as work:
        client = _found(session.get(Client, client_id, with_for_update=True))
        if expected_version is not None and client.version != expected_version:
            raise Stale("client")
        number = identity(valid)
        taken = sa.select(Client.id).where(Client.identity == number, Client.id != client_id)
        if other := session.scalar(taken):
            raise Conflict("CLIENT_EXISTS", f"Another client has this number: {other}.")
        client.identity, client.updated_at = number, now
        for name, value in _columns(valid).items():
            setattr(client, name, value)
        flag_modified(client, "updated_at")  # the version counts every change, also one within the same microsecond
        session.flush()
        work.note("client.update", "client", client.id, version=client.version)
    return client


def listing(session: Session, *, text: str | None = None, cursor: str | None = None, limit: int = 50) -> Page[Client]:
    """Clients, newest first, whose name or number holds `text`. Error: ``RequestInvalid`` for a wrong cursor."""
    query = sa.select(Client)
    if text:
        query = query.where(Client.search.contains(search_form(text), autoescape=True))
    with reading(session):
        return page_of(session, query, Client, cursor, limit)


def identity(valid: Json) -> str:
    """What makes a client the same client: its Belgian or EU number, or country and registration."""
    if number := valid.get("enterprise_number") or valid.get("vat_number"):
        return str(number)
    return f"{valid['address']['country']} {search_form(valid['registration'])}"


def _columns(valid: Json) -> Json:
    number = valid.get("enterprise_number") or valid.get("vat_number") or valid.get("registration")
    digits = "".join(sign for sign in str(number) if sign.isalnum())
    return {"name": valid["name"], "data": valid, "search": search_form(valid["name"], number, digits)}


def _found(client: Client | None) -> Client:
    if client is None:
        raise NotFound("client")
    return client
