"""The pages of liability: claims from opening to payment, what-if, fees, exposure; who may do what; wrong input."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest

from dpa_service.serving.runtime import EXTENSION, library, session
from dpa_service.services import claims
from tests.conftest import NOW, TODAY
from tests.support.liability import EVENT, fee, signed

pytestmark = pytest.mark.usefixtures("plain_documents", "no_approvals")
READERS = ("legal", "finance", "dpo", "admin")
FORM = {
    "event_day": EVENT, "reported_day": "2026-06-01", "summary": "Bestand naar het verkeerde adres", "basis": "processor", "fault": "gross",
    "gdpr_processor_breach": "true", "items[0].kind": "direct", "items[0].amount": "9.000,00", "items[0].label": "Meldingskosten",
    "items[1].kind": "indirect", "items[1].amount": "", "items[1].label": "",
}  # fmt: skip


@pytest.fixture
def no_approvals(monkeypatch):
    monkeypatch.setattr("dpa_service.services.issuing.refuse_unapproved", lambda *_: None)


@pytest.fixture(autouse=True)
def clock(app):
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], clock=lambda: NOW)


@pytest.fixture
def agreement(app, example):
    with app.app_context():
        made = signed(session(), library(), example())
        fee(session(), made.client_id, "40000.00")
        return made


@pytest.fixture
def opened(as_role, agreement):
    """A claim opened through the page, and the browser of legal."""
    legal = as_role("legal")

    def open_claim(**changes):
        answer = legal.post("/claims/new", data=FORM | {"client": agreement.client_id} | changes)
        assert answer.status_code == 303, re.findall(r"<li><a href=\"#.*?</li>", answer.text)
        return answer.location.rpartition("/")[2]

    return legal, open_claim


def test_every_reader_sees_every_page(as_role, agreement, opened):
    _, open_claim = opened
    claim_id = open_claim()
    pages = ["/claims", "/claims?q=SCH&state=assessed", f"/claims/{claim_id}", f"/claims/{claim_id}/what-if",
             f"/liability/what-if?agreement={agreement.id}", "/exposure", "/exposure?day=2025-06-01", f"/exposure/{agreement.client_id}",
             "/fees", f"/fees/{agreement.client_id}", f"/claims?client={agreement.client_id}", "/", f"/agreements/{agreement.id}"]  # fmt: skip
    for role in READERS:
        browser = as_role(role)
        for path in pages:
            answer = browser.get(path)
            assert answer.status_code == 200, (role, path, answer.text[:400])
            assert answer.text.count("<h1") == 1, path
            assert "style=" not in answer.text, path
