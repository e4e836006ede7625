"""An issued invoice kept as JSON comes back the same, with its files and no others."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpa_service.domain.communication import document_number
from dpa_service.domain.crediting import make_credit_note
from dpa_service.domain.errors import DomainError
from dpa_service.domain.invoice_json import from_plain, to_plain
from dpa_service.domain.invoicing import Buyer, Endpoint
from tests.support.invoices import DOMESTIC, DUTCH, GERMAN, TIMESHEET, invoice

FILES = {hashlib.sha256(TIMESHEET.content).hexdigest(): TIMESHEET.content}
addressed = replace(DUTCH, endpoint=Endpoint("0106", "99999998"))


@given(st.lists(st.integers(1, 600), min_size=1, max_size=8), st.sampled_from([DOMESTIC, DUTCH, GERMAN, addressed]))
def test_a_document_kept_as_json_comes_back_the_same(minutes: list[int], buyer: Buyer) -> None:
    made = invoice(minutes, buyer)
    back = make_credit_note(
        made, {"1": 5}, before={}, number="C2026-00001", issue_date=date(2026, 12, 1), reason="dubbel"
    ).document
    for document in (made, back, replace(made, note="a\nb", due_date=None)):
        assert from_plain(json.loads(json.dumps(to_plain(document))), FILES) == document


def test_a_missing_or_other_file_is_refused() -> None:
    plain = to_plain(invoice())
    assert TIMESHEET.content.decode() not in json.dumps(plain)
    for files in ({}, dict.fromkeys(FILES, b"other")):
        with pytest.raises(DomainError):
            from_plain(plain, files)


def test_invoices_and_credit_notes_are_numbered_apart() -> None:
    assert document_number("380", 2026, 42) == "F2026-00042"
    assert document_number("381", 2026, 7) == "C2026-00007"
