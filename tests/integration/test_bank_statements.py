"""Statements of the bank and what they pay: CODA and CSV read, damaged files refused, payments laid beside invoices."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpa_service.adapters.bank_statements import StatementError, read_statement
from dpa_service.domain.assistance.communication import communication_for, printed_communication
from dpa_service.domain.assistance.payments import (
    EXACT,
    OUTGOING,
    PAID_BEFORE,
    PARTLY,
    SEEN,
    TOO_MUCH,
    UNKNOWN,
    Match,
    Movement,
    Open,
    communication_of,
    match,
)

ACCOUNT = "BE49999000000171"
FIRST, SECOND = communication_for(2026, 1), communication_for(2026, 2)


@dataclass
class Paid:
    """A movement of the CODA file that the tests make; `details` split it."""

    amount: str
    communication: str = ""
    text: str = ""
    name: str = "Bakkerij Voorbeeld BV"
    details: tuple[Paid, ...] = ()


def placed(*parts: tuple[int, str]) -> str:
    """A line of 128 signs with texts at their places (counted from 0)."""
    line = [" "] * 128
    for place, text in parts:
        line[place : place + len(text)] = text
    assert len(line) == 128
    return "".join(line)


def cents(amount: str | Decimal) -> tuple[str, str]:
    value = Decimal(amount)
    return ("1" if value < 0 else "0"), f"{int(abs(value) * 1000):015d}"


def coda(*paid: Paid, opening: str = "1000.00") -> str:
    """A whole statement of 25 November 2026."""
    sign, figure = cents(opening)
    lines = [placed((0, "0"), (5, "251126"), (127, "2")), placed((0, "12"), (2, "001"), (5, f"{ACCOUNT} EUR"), (42, sign), (43, figure),
                                                                   (125, "214"))]  # fmt: skip
    for number, each in enumerate(paid, 1):
        for detail, part in enumerate((each, *each.details)):
            sign, figure = cents(part.amount)
            mark = f"{number:04d}{detail:04d}"
            said = f"1101{part.communication}" if part.communication else f"0{part.text[:53]}"
            lines.append(placed((0, "21"), (2, mark), (10, f"REF{number:03d}{detail:03d}"), (31, sign), (32, figure), (47, "251126"),
                                (53, "00150000"), (61, said), (115, "251126"), (125, "1")))  # fmt: skip
            lines.append(placed((0, "22"), (2, mark), (10, part.text[53:106])))
            lines.append(
                placed((0, "23"), (2, mark), (10, "BE71096123456769 EUR"), (47, part.name[:35]), (82, part.text[106:149]))
            )
    amounts = [Decimal(each.amount) for each in paid]
    sign, figure = cents(Decimal(opening) + sum(amounts))
    lines.append(placed((0, "8"), (1, "001"), (4, f"{ACCOUNT} EUR"), (41, sign), (42, figure), (57, "251126")))
    out, into = -sum(a for a in amounts if a < 0), sum(a for a in amounts if a > 0)
    lines.append(
        placed((0, "9"), (16, f"{len(lines):06d}"), (22, cents(Decimal(out))[1]), (37, cents(Decimal(into))[1]), (127, "2"))
    )
    return "\r\n".join(lines) + "\r\n"


def test_a_coda_file_gives_its_movements() -> None:
    long = "Betaling van de factuur van november met een lange uitleg " + printed_communication(SECOND) + " dank u"
    found = read_statement(coda(Paid("86.68", FIRST), Paid("-12.50", text="kosten"), Paid("100.00", text=long)).encode())
    assert [(each.amount, each.booked) for each in found] == [
        (Decimal("86.68"), date(2026, 11, 25)), (Decimal("-12.50"), date(2026, 11, 25)), (Decimal("100.00"), date(2026, 11, 25)),
    ]  # fmt: skip
    assert found[0].structured == FIRST
    assert found[0].counterparty == "Bakkerij Voorbeeld BV"
    assert found[0].account == "BE71096123456769"
    assert communication_of(found[2]) == SECOND
    assert len({each.reference for each in found}) == 3
    assert read_statement(coda(Paid("86.68", FIRST), Paid("-12.50"), Paid("100.00")).encode())[0].reference == found[0].reference


def test_a_sum_with_details_gives_its_details() -> None:
    parts = (Paid("60.00", FIRST), Paid("40.00", SECOND))
    found = read_statement(coda(Paid("100.00", details=parts)).encode())
    assert [(each.amount, each.structured) for each in found] == [(Decimal("60.00"), FIRST), (Decimal("40.00"), SECOND)]
    found = read_statement(coda(Paid("100.00", FIRST, details=(Paid("60.00"),))).encode())
    assert [(each.amount, each.structured) for each in found] == [(Decimal("100.00"), FIRST)]


def test_letters_of_older_systems_are_read() -> None:
    found = read_statement(coda(Paid("10.00", name="Café Voorbeeld")).encode("iso-8859-1"))
    assert found[0].counterparty == "Café Voorbeeld"


def test_a_file_that_was_cut_off_or_changed_books_nothing() -> None:
    whole = coda(Paid("86.68", FIRST), Paid("20.00", SECOND))
    lines = whole.splitlines()
    damaged = {
        "the last line gone": lines[:-1],
        "a movement gone": [*lines[:2], *lines[5:]],
        "another amount": [line.replace("000000000086680", "000000000096680") if line[:2] == "21" else line for line in lines],
        "another balance": [line[:42] + "9" + line[43:] if line[0] == "8" else line for line in lines],
        "a short line": [lines[0], lines[1][:-1], *lines[2:]],
        "no figure": [line.replace("000000000086680", "00000000008668X") for line in lines],
        "no header": [line for line in lines if line[0] != "0"],
    }
    assert {name for name, given_ in damaged.items() if refused("\r\n".join(given_).encode())} == set(damaged)
    assert not refused(whole.encode())


def refused(content: bytes) -> bool:
    try:
        read_statement(content)
    except StatementError:
        return True
    return False


def test_a_csv_file_gives_its_movements() -> None:
    text = f"Datum;Bedrag;Mededeling;Tegenpartij\r\n25/11/2026;1.086,68;{printed_communication(FIRST)};Bakkerij\r\n2026-11-26;-5.00;kosten;\r\n;;;\r\n"
    found = read_statement(text.encode("utf-8-sig"))
    assert [(each.booked, each.amount, each.counterparty) for each in found] == [
        (date(2026, 11, 25), Decimal("1086.68"), "Bakkerij"), (date(2026, 11, 26), Decimal("-5.00"), None),
    ]  # fmt: skip
    assert communication_of(found[0]) == FIRST
    assert read_statement(text.encode()) == found


@pytest.mark.parametrize(
    "text", ["", "a;b\n1;2", "datum;bedrag;mededeling\nmorgen;1,00;x", "datum;bedrag;mededeling\n2026-11-25;1,005;x"]
)
def test_a_csv_file_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(StatementError):
        read_statement(text.encode())


# ---- laid beside the invoices ----------------------------------------------------------------------------------------

OPEN = [Open("F2026-0001", FIRST, Decimal("86.68")), Open("F2026-0002", SECOND, Decimal("100.00"))]


def paid(amount: str, communication: str | None, reference: str = "r1", text: str = "") -> Movement:
    return Movement(reference, date(2026, 11, 25), Decimal(amount), text, communication)


@pytest.mark.parametrize(
    ("movement", "state", "left"),
    [
        (paid("86.68", FIRST), EXACT, "0.00"),
        (paid("80.00", FIRST), PARTLY, "6.68"),
        (paid("90.00", FIRST), TOO_MUCH, "-3.32"),
        (paid("86.68", None, text=f"fact {printed_communication(FIRST)}"), EXACT, "0.00"),
        (paid("86.68", None, text="factuur F2026-0001"), UNKNOWN, None),
        (paid("86.68", None, text=f"{printed_communication(FIRST)} en {printed_communication(SECOND)}"), UNKNOWN, None),
        (paid("86.68", communication_for(2026, 9)), UNKNOWN, None),
        (paid("86.68", FIRST[:-1] + str((int(FIRST[-1]) + 1) % 10)), UNKNOWN, None),
        (paid("-86.68", FIRST), OUTGOING, None),
    ],
)
def test_a_payment_is_laid_beside_its_invoice_by_the_communication_alone(
    movement: Movement, state: str, left: str | None
) -> None:
    (found,) = match([movement], OPEN)
    assert (found.state, found.left) == (state, None if left is None else Decimal(left))
    assert found.invoice == ("F2026-0001" if left else None)


def test_the_same_statement_twice_books_nothing_twice() -> None:
    first = paid("86.68", FIRST)
    assert [each.state for each in match([first, first], OPEN)] == [EXACT, SEEN]
    assert [each.state for each in match([first], OPEN, seen={"r1"})] == [SEEN]


def test_an_invoice_paid_twice_is_told() -> None:
    assert [each.state for each in match([paid("86.68", FIRST), paid("86.68", FIRST, "r2")], OPEN)] == [EXACT, PAID_BEFORE]


@given(st.lists(st.tuples(st.integers(1, 20000), st.sampled_from([FIRST, SECOND, None])), max_size=8))
def test_what_is_left_is_what_was_open_less_what_was_booked(given_: list[tuple[int, str | None]]) -> None:
    movements = [replace(paid("1", code, f"r{n}"), amount=Decimal(amount) / 100) for n, (amount, code) in enumerate(given_)]
    found = match(movements, OPEN)
    assert [each.movement for each in found] == movements
    for invoice in OPEN:
        booked: list[Match] = [each for each in found if each.invoice == invoice.number and each.state != PAID_BEFORE]
        if booked:
            assert booked[-1].left == invoice.left - sum(each.movement.amount for each in booked)
