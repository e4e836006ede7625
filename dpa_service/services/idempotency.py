"""Idempotency keys: a call repeated with the same key gives the answer of the first one and does nothing again."""

from __future__ import annotations

import hashlib
from typing import Any

from dpa_service.adapters.db.engine import insert_if_absent
from dpa_service.adapters.db.models import IdempotencyKey
from dpa_service.adapters.db.types import canonical
from dpa_service.services.errors import Conflict
from dpa_service.services.use_case import UseCase


def claim(work: UseCase, key: str, asked: Any) -> dict[str, Any] | None:
    """The answer given before to this key, or None for the first caller, who must call ``settle`` in the same use case.

    In: `asked`, plain JSON of everything that the call asks. A second caller waits until the first one is done.
    Error: ``Conflict`` when the key came before with something else.
    """
    asked_hash = hashlib.sha256(canonical(asked).encode()).hexdigest()
    values = {"actor": work.actor, "key": key, "request_hash": asked_hash, "answer": {}, "created_at": work.now}
    if insert_if_absent(work.session, IdempotencyKey, values):
        return None
    known = work.session.get_one(IdempotencyKey, (work.actor, key), populate_existing=True)
    if known.request_hash != asked_hash:
        raise Conflict("KEY_REUSED", "This Idempotency-Key was used for another request; send a new key with a new request.")
    return dict(known.answer)


def settle(work: UseCase, key: str, answer: dict[str, Any]) -> None:
    """Keep the answer of the first caller: ids and figures, from which the same result can be read again."""
    work.session.get_one(IdempotencyKey, (work.actor, key), populate_existing=True).answer = answer
