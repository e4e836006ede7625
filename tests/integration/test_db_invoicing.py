"""From request to issued invoice on both databases."""

from __future__ import annotations

from decimal import Decimal

import pytest

from dpa_service.adapters.number_checks import NUMBERS
from dpa_service.adapters.ubl_read import check
from dpa_service.services import invoicing
from tests.support.assistance import approved, bound_client, house_account, issued, request

pytestmark = pytest.mark.usefixtures("plain_documents", "no_approvals")


@pytest.fixture
def no_approvals(monkeypatch):
    monkeypatch.setattr("dpa_service.services.issuing.refuse_unapproved", lambda *_: None)


@pytest.fixture
def client_id(session, library, example):
    house_account(session, library)
    return bound_client(session, library, example())


def test_from_request_to_issued_invoice(session, library, client_id):
    asked = request(session, client_id)
    entries = [approved(session, asked.id, worked) for worked in (20, 50)]
    made = issued(session, library, client_id)
    assert (made.invoice.number, made.invoice.state, made.invoice.net) == ("F-2026-0001", "issued", Decimal("142.50"))
    assert made.delivery.state == "queued"
    xml = invoicing.document(session, made.invoice.id, "xml")
    assert check(xml.content, NUMBERS) == []
    behind = invoicing.evidence(session, made.invoice.id)
    assert [(each.request.id, [(entry.id, worked) for entry, worked in each.entries]) for each in behind] == [
        (asked.id, [(entries[0].id, 30), (entries[1].id, 60)])
    ]
    assert all(entry.decided_by == "approver" for entry, _ in behind[0].entries)
    assert "Bijlage" in behind[0].line.basis
