"""Whether every approved minute of a client stands in exactly one place."""

from __future__ import annotations

from itertools import pairwise

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.invoices import Invoice
from dpa_service.services.assistance.settlement import standings


def accounted(session: Session, client_id: str) -> None:
    """Every approved minute stands in exactly one place; drafts, invoices and credit notes agree with the allocations."""
    with reading(session):
        found = standings(session, [client_id]).get(client_id, [])
        for item in found:
            assert item.settled.billed == item.unbilled + item.invoiced + item.settled.not_charged
            assert item.unbilled >= 0
            assert sum(size for _, size in item.gaps()) == item.unbilled
            held = sorted((each.piece, each.minutes) for each in item.allocations if each.released_at is None and each.minutes)
            assert all(piece + size <= after for (piece, size), (after, _) in pairwise(held))
            assert all(piece >= 0 and piece + size <= item.settled.charged for piece, size in held)
        lines = session.execute(
            sa.text(
                "SELECT l.id, l.minutes, COALESCE((SELECT SUM(a.minutes) FROM billing_allocation a WHERE a.line_id = l.id "
                "AND a.released_at IS NULL), 0), COALESCE((SELECT SUM(c.minutes) FROM invoice_line c WHERE c.credits_line_id = l.id), 0) "
                "FROM invoice_line l WHERE l.credits_line_id IS NULL"
            )
        ).all()
        assert all(charged == held + credited for _, charged, held, credited in lines)
        for row in session.scalars(sa.select(Invoice).where(Invoice.kind == "invoice", Invoice.number.is_not(None))):
            assert row.credited <= row.total
            assert (row.state == "credited") == (row.credited == row.total)
