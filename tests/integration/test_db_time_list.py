"""Lists of minutes, and drafts for many clients under one key, on both databases."""

from __future__ import annotations

from datetime import date

import pytest

from dpa_service.services.assistance import time_entries, time_list
from dpa_service.services.errors import Conflict
from dpa_service.services.invoices import billing, draft_run
from tests.conftest import NOW, TODAY
from tests.support.assistance import APPROVER, FINANCE, WORKER, approved, fast, minutes, request

DAYS = ("2026-11-04", "2026-11-05", "2026-11-06")


@pytest.fixture
def sessions(billed_sessions, monkeypatch):
    fast(monkeypatch)
    return billed_sessions


def test_every_entry_is_on_one_page_and_filters_leave_out_the_others(session, billed):
    asked, other = request(session, billed.plain), request(session, billed.dealt)
    made = [minutes(session, asked.id, 20, day).id for day in DAYS] + [minutes(session, other.id, 20, DAYS[0], person="ann").id]
    time_entries.reject(session, made[:1], reason="Ander dossier", actor=APPROVER, now=NOW)
    right = time_entries.correct(session, made[1], {"minutes": 30}, reason="Vergeten", actor=WORKER, now=NOW, today=TODAY).id
    made.append(right)
    seen, cursor = [], None
    while True:
        page = time_list.listing(session, cursor=cursor, limit=2)
        seen, cursor = seen + [row.id for row in page.items], page.next
        if cursor is None:
            break
    assert sorted(seen) == sorted(made)
    for filters, expected in (
        ({"person": "ann"}, made[3:4]),
        ({"person": WORKER, "client_id": billed.dealt}, []),
        ({"request_id": asked.id, "first": date.fromisoformat(DAYS[1])}, [*made[1:3], right]),
        ({"state": "waiting"}, made[2:]),
        ({"last": date.fromisoformat(DAYS[0]), "state": "rejected"}, made[:1]),
    ):
        assert {row.id for row in time_list.listing(session, **filters).items} == set(expected), filters


def test_a_run_under_a_key_is_told_again_and_done_once(session, billed):
    for client_id in (billed.plain, billed.dealt):
        approved(session, request(session, client_id).id, 100)
    who = {"actor": FINANCE, "now": NOW}
    run = draft_run.run(session, until=TODAY, key="maand", **who)
    approved(session, request(session, billed.plain).id, 30)
    assert draft_run.run(session, until=TODAY, key="maand", **who) == run
    assert {row.client_id for row in run if row.invoice_id} == {billed.plain, billed.dealt}
    with pytest.raises(Conflict):
        draft_run.run(session, until=date(2026, 11, 1), key="maand", **who)
    assert [row.client_id for row in draft_run.run(session, until=TODAY, key="later", **who)] == [billed.plain]
    assert billing.clients_with_work(session, TODAY) == []
