"""Lines, VAT, totals and credit notes: to the cent, and nothing lost between the minutes and the money."""

from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.be import ogm_vcs

from dpa_service.adapters.number_checks import NUMBERS
from dpa_service.domain.assistance.assistance import amount, settle
from dpa_service.domain.assistance.communication import (
    communication_for,
    communication_valid,
    printed_communication,
    structured_communication,
)
from dpa_service.domain.assistance.crediting import Credit, make_credit_note, released
from dpa_service.domain.assistance.invoice_check import problems
from dpa_service.domain.assistance.invoicing import VAT_REFUND, Buyer, Invoice, InvoiceError, PostalAddress, treatment, vat_on
from tests.support.invoices import DOMESTIC, DUTCH, GERMAN, TARIFF, drafts, entries, invoice

CENT = Decimal("0.01")
DAY = date(2026, 12, 1)
minutes_lists = st.lists(st.integers(1, 600), min_size=1, max_size=12)
rates = st.integers(4500, 25000).map(lambda cents: Decimal(cents) / 100)
buyers = st.sampled_from([DOMESTIC, DUTCH, GERMAN])


def test_vat_is_taken_once_on_the_sum_of_the_rounded_lines() -> None:
    made = invoice([15, 15, 15])
    assert [line.net for line in made.lines] == [Decimal("23.88")] * 3
    assert (made.net, made.tax, made.total) == (Decimal("71.64"), Decimal("15.04"), Decimal("86.68"))


@given(minutes_lists, rates, st.integers(1, 60), buyers)
def test_every_total_derives_from_the_lines(minutes: list[int], rate: Decimal, increment: int, buyer: Buyer) -> None:
    made = invoice(minutes, buyer, replace(TARIFF, rate=rate, audit_rate_cap=rate, increment=increment))
    for line in made.lines:
        assert line.net == (line.minutes * line.rate / 60).quantize(CENT, ROUND_HALF_UP)
        assert (line.hours * line.rate).quantize(CENT, ROUND_HALF_UP) == line.net  # what is printed can be recomputed
        assert abs(line.hours * 60 - line.minutes) < 1
    assert made.net == sum(line.net for line in made.lines)
    assert made.tax == (made.net * made.vat[0].rate / 100).quantize(CENT, ROUND_HALF_UP)
    assert made.total == made.payable == made.net + made.tax
    assert problems(made, NUMBERS) == []


@given(st.lists(st.integers(1, 300), min_size=1, max_size=20), st.integers(1, 4), st.integers(0, 5))
def test_lines_hold_every_charged_minute_once(minutes: list[int], per_request: int, free_hours: int) -> None:
    given_ = entries(minutes, replace(TARIFF, free_minutes=60 * free_hours), per_request)
    settled = {item.entry.id: item for item in settle(given_)}
    if not any(item.charged for item in settled.values()):
        with pytest.raises(InvoiceError):
            drafts(given_)
        return
    found = Counter[str]()
    for draft in drafts(given_):
        assert draft.line.minutes == sum(charge.minutes for charge in draft.charges)
        assert len({(c.entry.request, c.entry.rate) for c in draft.charges}) == 1
        assert draft.line.start <= draft.line.end
        found.update({charge.entry.id: charge.minutes for charge in draft.charges})
    assert found == Counter({name: item.charged for name, item in settled.items() if item.charged})
    assert [draft.line.id for draft in drafts(given_)] == [str(n) for n in range(1, len(drafts(given_)) + 1)]
    assert drafts(list(reversed(given_))) == drafts(given_)


def test_an_audit_dearer_than_its_cap_gets_a_line_at_the_cap() -> None:
    given_ = entries([60] * 7, replace(TARIFF, rate=Decimal("120.00"), audit_rate_cap=Decimal("95.00")))
    assert {draft.line.duty: draft.line.rate for draft in drafts(given_)}["audit"] == Decimal("95.00")


# ---- VAT -------------------------------------------------------------------------------------------------------------


def test_vat_is_charged_at_home_and_shifted_in_the_union() -> None:
    assert [(treatment(b).category, treatment(b).rate) for b in (DOMESTIC, DUTCH)] == [("S", Decimal(21)), ("AE", Decimal(0))]
    assert treatment(DUTCH).code == "VATEX-EU-AE"
    greek = replace(DUTCH, address=PostalAddress("Odos 1", "10431", "Athina", "GR"), vat_number="EL094259216")
    assert treatment(greek).category == "AE"


def test_vat_is_never_shifted_without_a_number_nor_outside_the_union() -> None:
    with pytest.raises(InvoiceError) as refused:
        treatment(replace(DUTCH, vat_number=None))
    assert refused.value.code == "NO_VAT_NUMBER"
    with pytest.raises(InvoiceError) as refused:
        treatment(replace(DUTCH, address=PostalAddress("Road 1", "SW1", "London", "GB"), vat_number="GB980780684"))
    assert refused.value.code == "OUTSIDE_EU"
    belgian_number = replace(DUTCH, vat_number=DOMESTIC.vat_number)
    assert treatment(belgian_number).category == "S"


# ---- credit notes ----------------------------------------------------------------------------------------------------


def credit(given_: Invoice, minutes: dict[str, int], before: dict[str, int] | None = None) -> Credit:
    return make_credit_note(given_, minutes, before=before or {}, number="C2026-0001", issue_date=DAY, reason="verkeerd dossier")


@given(minutes_lists, rates, buyers)
def test_an_invoice_and_its_credit_note_are_nothing(minutes: list[int], rate: Decimal, buyer: Buyer) -> None:
    made = invoice(minutes, buyer, replace(TARIFF, rate=rate, audit_rate_cap=rate))
    back = credit(made, {line.id: line.minutes for line in made.lines})
    assert (back.document.net, back.document.tax, back.document.total) == (made.net, made.tax, made.total)
    assert [(line.net, line.hours) for line in back.document.lines] == [(line.net, line.hours) for line in made.lines]
    assert problems(back.document, NUMBERS, earlier=back.earlier) == []


@given(minutes_lists, rates, st.integers(1, 60), buyers, st.data())
def test_an_invoice_credited_in_any_parts_comes_to_nothing(
    minutes: list[int], rate: Decimal, increment: int, buyer: Buyer, data: st.DataObject
) -> None:
    made = invoice(minutes, buyer, replace(TARIFF, rate=rate, audit_rate_cap=rate, increment=increment))
    left = {line.id: line.minutes for line in made.lines}
    net = tax = Decimal(0)
    while any(left.values()):
        wanted = {name: data.draw(st.integers(0, most)) for name, most in left.items()}
        if not any(wanted.values()):
            wanted = left
        before = {line.id: line.minutes - left[line.id] for line in made.lines}
        back = credit(made, dict(wanted), before)
        # a cent a line is the most that a part can differ from its own hours × rate
        assert all(line.net > 0 and abs(line.net - amount(line.minutes, line.rate)) <= CENT for line in back.document.lines)
        assert back.minutes == {name: most for name, most in wanted.items() if most}
        assert problems(back.document, NUMBERS, earlier=back.earlier) == []
        net, tax = net + back.document.net, tax + back.document.tax
        left = {name: most - wanted[name] for name, most in left.items()}
    assert (net, tax) == (made.net, made.tax)


def test_a_credit_note_is_positive_names_its_invoice_and_states_the_vat_mention() -> None:
    made = invoice([20, 40])
    back = credit(made, {"2": 15}).document
    assert back.type_code == "381"
    assert back.preceding is not None
    assert (back.preceding.number, back.preceding.issue_date) == (made.number, made.issue_date)
    assert VAT_REFUND in (back.note or "")
    assert back.due_date is None
    assert back.communication is None
    assert (len(back.lines), back.lines[0].minutes, back.lines[0].reference) == (1, 15, made.lines[1].reference)
    assert back.net == amount(15, TARIFF.rate)
    assert [credit(made, {"2": minutes}).document.lines[0].raw_minutes for minutes in (15, 44, 45)] == [15, 40, 40]
    partly_free = replace(made, lines=(replace(made.lines[0], raw_minutes=100), made.lines[1]))
    assert credit(partly_free, {"1": made.lines[0].minutes}).document.lines[0].raw_minutes == 100
    assert VAT_REFUND not in (credit(invoice([20], DUTCH), {"1": 15}).document.note or "")


@pytest.mark.parametrize(
    ("minutes", "before", "code"),
    [
        ({"1": 31}, {}, "CREDIT_TOO_MUCH"),
        ({"1": 16}, {"1": 15}, "CREDIT_TOO_MUCH"),
        ({"1": -1}, {}, "CREDIT_TOO_MUCH"),
        ({"9": 5}, {}, "UNKNOWN_LINE"),
        ({"1": 0}, {}, "NOTHING_TO_CREDIT"),
        ({}, {}, "NOTHING_TO_CREDIT"),
    ],
)
def test_no_more_is_credited_than_was_invoiced(minutes: dict[str, int], before: dict[str, int], code: str) -> None:
    with pytest.raises(InvoiceError) as refused:
        credit(invoice([30]), minutes, before)
    assert refused.value.code == code


@given(st.lists(st.tuples(st.uuids().map(str), st.integers(1, 200)), min_size=1, max_size=8), st.data())
def test_a_credit_releases_exactly_its_minutes_the_last_work_first(charges: list[tuple[str, int]], data: st.DataObject) -> None:
    total = sum(minutes for _, minutes in charges)
    wanted = data.draw(st.integers(1, total))
    freed = released(charges, wanted)
    assert sum(minutes for _, minutes in freed) == wanted
    open_minutes = dict(charges)
    assert all(0 < minutes <= open_minutes[name] for name, minutes in freed)
    assert [name for name, _ in freed] == [name for name, _ in reversed(charges)][: len(freed)]
    with pytest.raises(InvoiceError):
        released(charges, total + 1)


# ---- numbers ---------------------------------------------------------------------------------------------------------


@given(st.integers(0, 10**10 - 1))
def test_the_structured_communication_agrees_with_the_banks(base: int) -> None:
    made = structured_communication(base)
    assert ogm_vcs.is_valid(made)
    assert communication_valid(made)
    assert ogm_vcs.compact(printed_communication(made)) == made
    assert not communication_valid(f"{(int(made) + 1) % 10**12:012d}")


def test_a_structured_communication_with_remainder_nothing_ends_in_97() -> None:
    assert structured_communication(97).endswith("97")
    assert printed_communication(communication_for(2026, 123)) == f"+++202/6000/123{2026000123 % 97:02d}+++"
    with pytest.raises(InvoiceError):
        communication_for(2026, 1_000_000)


@given(st.integers(0, 10**9).map(lambda cents: Decimal(cents) / 100))
def test_vat_is_rounded_half_up(taxable: Decimal) -> None:
    exact = taxable * 21 / 100
    assert -Decimal("0.005") <= exact - vat_on(taxable, Decimal(21)) < Decimal("0.005")
    assert vat_on(Decimal("0.50"), Decimal(21)) == Decimal("0.11")  # 0.105
