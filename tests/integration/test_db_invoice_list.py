"""The list of invoices with its sums, the chain behind each line, and trying out a credit note: on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.invoices import BillingAllocation, Invoice
from dpa_service.domain.assistance.assistance import REPLACED
from dpa_service.domain.assistance.timesheet import EARLIER
from dpa_service.services.assistance import time_entries
from dpa_service.services.errors import Conflict
from dpa_service.services.invoices import credit_notes, invoice_list, invoice_payments, line_evidence
from dpa_service.services.invoices.line_evidence import KEPT
from tests.conftest import NOW, TODAY
from tests.support.assistance import (
    FINANCE,
    approve,
    approved,
    bound_client,
    drafted,
    fast,
    house_account,
    issued,
    minutes,
    request,
)

pytestmark = pytest.mark.usefixtures("plain_documents")


@pytest.fixture
def work(session, library, example, monkeypatch):
    """A client with a yearly free hour and three approved entries of one request, in the order of the work."""
    fast(monkeypatch)
    house_account(session, library)
    client = bound_client(session, library, example(), assistance_rate="80.00", assistance_free_hours=1)
    asked = request(session, client)
    for day, worked in ((4, 70), (5, 50), (6, 65)):
        approved(session, asked.id, worked, f"2026-11-0{day}")
    return client, asked


def test_every_minute_of_the_chain_is_accounted_for_through_credit_and_a_second_invoice(session, library, work):
    client, asked = work
    first = issued(session, library, client)
    line = first.lines[0]
    before = credit_notes.try_out(session, first.invoice.id, {line.id: 80}, reason="Te veel", today=TODAY)
    with reading(session):
        assert session.scalar(sa.select(sa.func.count()).select_from(Invoice)) == 1  # nothing was written
    note = credit_notes.credit(session, first.invoice.id, {line.id: 80}, reason="Te veel", actor=FINANCE, now=NOW, today=TODAY)
    shown, released = before
    assert (shown.document.net, shown.document.tax, shown.document.total) == (
        note.invoice.net,
        note.invoice.tax,
        note.invoice.total,
    )
    held = sa.select(BillingAllocation.entry_id, BillingAllocation.minutes)
    with reading(session):
        given_back = {tuple(row) for row in session.execute(held.where(BillingAllocation.credit_line_id == note.lines[0].id))}
    assert {(each.entry.id, each.minutes) for each in released} == given_back

    wrong = minutes(session, asked.id, 20, "2026-11-09")
    approve(session, wrong)
    approve(
        session,
        time_entries.correct(
            session, wrong.id, {"minutes": 40}, reason="Rest vergeten", key="c", actor="worker", now=NOW, today=TODAY
        ),
    )
    second = issued(session, library, client)
    for document in (first, note, second):
        charged = 0
        for chain in line_evidence.chains(session, document.invoice.id):
            assert chain.quotes[0].lines
            assert [each.entry.work_date for each in chain.work] == sorted(each.entry.work_date for each in chain.work)
            for each in chain.work:
                assert each.entry.minutes + each.rounding == each.billed == each.charged + sum(taken for _, taken in each.parts)
            assert chain.total("charged") == (chain.line.minutes if chain.line else 0)
            charged += chain.total("charged")
        assert charged == sum(each.minutes for each in document.lines)
    (old,), (credited,) = (line_evidence.chains(session, each.invoice.id) for each in (first, note))
    assert old.total("credited") == credited.total("charged") == 80
    assert [other.number for other in old.others] == [note.invoice.number]
    assert [(other.number, other.position) for other in credited.others] == [(first.invoice.number, line.position)]
    assert set(credited.not_charged) == {KEPT}
    again, corrected = line_evidence.chains(session, second.invoice.id)
    assert EARLIER in again.not_charged
    assert (corrected.line, set(corrected.not_charged)) == (None, {REPLACED})
    with pytest.raises(Conflict):
        credit_notes.try_out(session, note.invoice.id, {}, reason="x", today=TODAY)


def test_the_sums_are_those_of_the_rows(session, library, work):
    client, _ = work
    whole = issued(session, library, client)
    note = credit_notes.credit(
        session, whole.invoice.id, {whole.lines[0].id: 30}, reason="x", actor=FINANCE, now=NOW, today=TODAY
    ).invoice  # fmt: skip
    first = whole.invoice
    drafted(session, client)
    later = first.due_date + timedelta(days=3)
    data = {"amount": "10.00", "paid_on": TODAY.isoformat(), "reference": "AFS-1"}
    invoice_payments.record(session, first.id, data, actor=FINANCE, now=NOW, today=TODAY)
    with pytest.raises(Conflict, match="reference"):
        invoice_payments.record(session, first.id, data, actor=FINANCE, now=NOW, today=TODAY)
    found = invoice_list.register(session, today=later)
    by_number = {row.invoice.number: row for row in found.rows}
    assert set(by_number) == {first.number, note.number, None}
    assert (by_number[first.number].late, by_number[note.number].late, by_number[note.number].left) == (3, 0, None)
    left = first.total - note.total - 10
    assert by_number[first.number].left == left
    sums = found.sums
    assert (sums.documents, sums.net, sums.tax, sums.total, sums.left) == (
        2, first.net - note.net, first.tax - note.tax, first.total - note.total, left,
    )  # fmt: skip
    assert (sums.drafts, sums.drafts_net) == (1, by_number[None].invoice.net)
    late = invoice_list.register(session, state=invoice_list.LATE, today=later)
    assert ([row.invoice.id for row in late.rows], late.sums.left) == ([first.id], left)
    assert not invoice_list.register(session, state=invoice_list.LATE, today=first.due_date).rows
    page = invoice_list.register(session, today=later, limit=1)
    assert page.sums == sums  # of all that fits, not only of the page
    rest = invoice_list.register(session, today=later, limit=5, cursor=page.next)
    assert {row.invoice.id for row in [*page.rows, *rest.rows]} == {row.invoice.id for row in found.rows}
    for text in (first.communication, f"+++{first.communication[:3]}/{first.communication[3:7]}"):
        assert [row.invoice.id for row in invoice_list.register(session, text=text, today=later).rows] == [first.id]
    assert not invoice_list.register(session, text="100 % niets", today=later).rows
