"""Idempotency keys: a call repeated with the same key gives the answer of the first one and does nothing again."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import insert_if_absent, reading
from dpa_service.adapters.db.models import IdempotencyKey
from dpa_service.services.errors import Conflict
from dpa_service.services.use_case import UseCase


def claim(work: UseCase, key: str, asked: Any) -> dict[str, Any] | None:
    """The answer given before to this key, or None for the first caller, who must call ``settle`` in the same use case.

    In: `asked`, plain JSON of everything that the call asks. A second caller waits until the first one is done.
    Error: ``Conflict`` when the key came before with something else.
    """
    values = {"actor": work.actor, "key": key, "request_hash": _hash(asked), "answer": {}, "created_at": work.now}
    if insert_if_absent(work.session, IdempotencyKey, values):
        return None
    return _answer(work.session.get_one(IdempotencyKey, (work.actor, key), populate_existing=True), asked)


def known(session: Session, key: str, asked: Any, *, actor: str) -> dict[str, Any] | None:
    """The answer given before to this key, or None; nothing is claimed. For work that takes several transactions. Error: as ``claim``."""
    with reading(session):
        row = session.get(IdempotencyKey, (actor, key))
        return None if row is None else _answer(row, asked)


def settle(work: UseCase, key: str, answer: dict[str, Any]) -> None:
    """Keep the answer of the first caller: ids and figures, from which the same result can be read again."""
    work.session.get_one(IdempotencyKey, (work.actor, key), populate_existing=True).answer = answer


def _answer(row: IdempotencyKey, asked: Any) -> dict[str, Any]:
    if row.request_hash != _hash(asked):
        raise Conflict("KEY_REUSED", "This Idempotency-Key was used for another request; send a new key with a new request.")
    return dict(row.answer)


def _hash(asked: Any) -> str:
    """Of what was sent, before anybody has checked it: figures and signs that the fields refuse afterwards are hashed all the same."""
    text = json.dumps(asked, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
