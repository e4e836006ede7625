"""The timesheet accounts for every minute, and its lines are the invoice's."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpa_service.adapters.invoice_pdf import WORDS
from dpa_service.adapters.timesheet_csv import inert, timesheet_csv
from dpa_service.domain.assistance.assistance import REASONS, Settled, settle
from dpa_service.domain.assistance.invoicing import Charge, DraftLine, draft_lines
from dpa_service.domain.assistance.timesheet import EARLIER, KEPT, Released, Timesheet, credit_timesheet, timesheet
from dpa_service.domain.errors import DomainError
from tests.support.invoices import TARIFF, entries


def made(settled: list[Settled], share: int = 1) -> tuple[list[DraftLine], Timesheet]:
    """Lines for a part of the charged minutes (all when `share` is 1), and their timesheet."""
    drafts = draft_lines(
        [Charge(item.entry, item.charged // share) for item in settled], lambda e: e.duty, lambda e: "artikel 14"
    )
    return drafts, timesheet(drafts, settled, {}, title=lambda e: e.duty, basis=lambda e: "artikel 14")


clients = st.builds(
    lambda minutes, hours, per, free: settle(
        entries(minutes, replace(TARIFF, free_minutes=60 * hours, free_duties=frozenset(free)), per_request=per)
    ),
    st.lists(st.integers(1, 600), min_size=1, max_size=15),
    st.integers(0, 5),
    st.integers(1, 4),
    st.sets(st.sampled_from(["alert", "incident"])),
).filter(lambda settled: any(item.charged for item in settled))


@given(clients)
def test_every_minute_is_on_the_sheet_once(settled: list[Settled]) -> None:
    drafts, sheet = made(settled)
    assert sheet.total(lambda group: group.raw) == sum(item.entry.minutes for item in settled)
    assert sheet.total(lambda group: group.billed) == sum(item.billed for item in settled)
    assert sheet.total(lambda group: group.charged) == sum(item.charged for item in settled)
    parts = Counter[str]()
    for item in settled:
        parts.update(dict(item.parts))
    assert sheet.reasons == dict(parts)
    assert sheet.total(lambda group: group.billed - group.charged) == sum(sheet.reasons.values())
    assert sum(len(group.rows) for group in sheet.groups) == len(settled)
    assert [group.line for group in sheet.groups if group.line] == [draft.line for draft in drafts]
    assert all(group.charged == (group.line.minutes if group.line else 0) for group in sheet.groups)


@given(clients.filter(lambda settled: any(item.charged > 1 for item in settled)))
def test_minutes_invoiced_before_are_told_apart(settled: list[Settled]) -> None:
    _, sheet = made(settled, share=2)
    kept = sum(item.charged - item.charged // 2 for item in settled)
    assert sheet.reasons.get(EARLIER, 0) == kept
    assert sheet.total(lambda group: group.billed - group.charged) == sum(sheet.reasons.values())


def test_a_charge_without_its_entry_is_refused() -> None:
    settled = settle(entries([30, 30]))
    drafts, _ = made(settled)
    with pytest.raises(DomainError):
        timesheet(drafts, settled[:1], {}, title=lambda e: "", basis=lambda e: "")


@given(clients, st.data())
def test_the_sheet_of_a_credit_note_holds_what_it_takes_back(settled: list[Settled], data: st.DataObject) -> None:
    drafts, _ = made(settled)
    billed = {item.entry.id: item.billed for item in settled}
    lines, taken = [], 0
    for draft in drafts:
        found = []
        for charge in draft.charges:
            minutes = data.draw(st.integers(0, charge.minutes))
            found.append(Released(charge.entry.work_date, "", charge.entry.minutes, billed[charge.entry.id], minutes))
            taken += minutes
        lines.append((replace(draft.line, minutes=sum(each.minutes for each in found)), "ZAAK-1", found))
    sheet = credit_timesheet(lines)
    assert sheet.total(lambda group: group.charged) == taken
    assert sheet.total(lambda group: group.billed - group.charged) == sheet.reasons.get(KEPT, 0)
    with pytest.raises(DomainError):
        credit_timesheet([(replace(lines[0][0], minutes=lines[0][0].minutes + 1), None, lines[0][2])])


def test_every_reason_has_words() -> None:
    assert set(WORDS["nl"]["reasons"]) == {*REASONS, EARLIER, KEPT}


def test_the_csv_has_a_row_per_entry_and_no_formula() -> None:
    settled = settle([*entries([30, 20], replace(TARIFF, free_minutes=60)), replace(entries([5] * 9)[8], request="=1+1")])
    drafts, _ = made(settled)
    sheet = timesheet(drafts, settled, {"e0": '=HYPERLINK("x")'}, title=lambda e: "Bijstand", basis=lambda e: "artikel 14")
    rows = timesheet_csv(sheet).decode("utf-8-sig").splitlines()
    assert len(rows) == 1 + len(settled)
    assert not any(cell.strip('"').startswith(("=", "+", "@")) for row in rows for cell in row.split(";"))
    assert [inert(text) for text in ("=1", " +1", "-x", "@x", "gewoon", "")] == ["'=1", "' +1", "'-x", "'@x", "gewoon", ""]
