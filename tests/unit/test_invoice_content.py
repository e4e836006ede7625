"""An issued document as JSON and back: every figure and word the same, files by name only."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from dpa_service.adapters.db.types import canonical
from dpa_service.domain.assistance.crediting import make_credit_note
from dpa_service.domain.assistance.invoicing import Endpoint
from dpa_service.services.invoices.invoice_content import from_dict, to_dict
from tests.support.invoices import DOMESTIC, DUTCH, GERMAN, invoice


@pytest.mark.parametrize("buyer", [DOMESTIC, DUTCH, GERMAN, replace(DOMESTIC, endpoint=Endpoint("0208", "0999000196"))])
def test_there_and_back(buyer):
    made = invoice([20, 50, 100], buyer)
    back = make_credit_note(
        made, {"1": 15}, before={}, number="C-2026-0001", issue_date=date(2026, 12, 1), reason="dubbel"
    ).document
    for document in (made, back):
        kept = json.loads(canonical(to_dict(document)))
        assert from_dict(kept) == replace(document, attachments=())
        assert [each["filename"] for each in kept["attachments"]] == [each.filename for each in document.attachments]
        assert to_dict(from_dict(kept)) == kept | {"attachments": []}
