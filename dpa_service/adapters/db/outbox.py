"""The outbox: messages to the outside wait in the database until a worker sends them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from dpa_service.adapters.db.models import OutboxMessage


def put(session: Session, *, now: datetime, topic: str, object_id: str, payload: Mapping[str, Any]) -> str:
    """Leave a message in the transaction of what it tells about and give its id. `payload` is plain JSON, ids and figures only."""
    message = OutboxMessage(
        id=uuid.uuid4().hex,
        created_at=now,
        topic=topic,
        object_id=object_id,
        payload=dict(payload),
        attempts=0,
        sent_at=None,
    )
    session.add(message)
    session.flush()
    return message.id
