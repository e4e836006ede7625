"""Pages by key: a page starts after the last row of the one before, however many rows come in meanwhile."""

from __future__ import annotations

import base64
import binascii
import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.models import Agreement, Client
from dpa_service.domain.errors import FieldError, RequestInvalid

LIMIT = 100
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows, newest first, and the cursor of the page after it (None on the last one)."""

    items: Sequence[Row]
    next: str | None


def page_of(
    session: Session, query: sa.Select[Any], model: type[Client | Agreement], cursor: str | None, limit: int
) -> Page[Any]:
    """One page of `query`. In: the cursor as given out before, or None. Error: ``RequestInvalid`` for any other cursor."""
    limit = max(1, min(limit, LIMIT))
    if cursor is not None:
        moment, last = _decode(cursor)
        query = query.where(sa.or_(model.created_at < moment, sa.and_(model.created_at == moment, model.id < last)))
    rows = session.scalars(query.order_by(model.created_at.desc(), model.id.desc()).limit(limit + 1)).all()
    items = rows[:limit]
    return Page(items, _encode(items[-1].created_at, items[-1].id) if len(rows) > limit else None)


def search_form(*texts: str | None) -> str:
    """Texts as they are searched: without case and accents, so that "societe" finds "Société"."""
    joined = unicodedata.normalize("NFKD", " ".join(text for text in texts if text)).casefold()
    return "".join(sign for sign in joined if not unicodedata.combining(sign))


def _encode(moment: datetime, last: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([moment.astimezone(UTC).isoformat(), last]).encode()).decode().rstrip("=")


def _decode(cursor: str) -> tuple[datetime, str]:
    try:
        moment, last = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        parsed = datetime.fromisoformat(moment)
        if parsed.tzinfo is None or not isinstance(last, str) or not last.isalnum():
            raise ValueError("not one of ours")
    except (ValueError, TypeError, binascii.Error, RecursionError) as trouble:
        message = "This is not a cursor of a page before; leave it out to start at the first page."
        raise RequestInvalid([FieldError("cursor", "CURSOR", message)]) from trouble
    return parsed, last
