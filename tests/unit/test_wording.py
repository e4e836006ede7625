from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpa_service.domain.contract import wording
from dpa_service.services.agreements.countries import COUNTRIES, EEA

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (0, "nul"), (1, "één"), (7, "zeven"), (14, "veertien"), (20, "twintig"), (21, "eenentwintig"), (22, "tweeëntwintig"),
        (33, "drieëndertig"), (48, "achtenveertig"), (90, "negentig"), (100, "honderd"), (101, "honderdeen"),
        (180, "honderdtachtig"), (365, "driehonderdvijfenzestig"), (1000, "duizend"), (1001, "duizend een"),
        (2250, "tweeduizend tweehonderdvijftig"),
    ],
)  # fmt: skip
def test_dutch_number_words(n: int, words: str) -> None:
    assert wording.number_words_nl(n) == words


@given(st.integers(0, 9999), st.integers(0, 9999))
def test_number_words_tell_numbers_apart(a: int, b: int) -> None:
    assert (wording.number_words_nl(a) == wording.number_words_nl(b)) == (a == b)


@pytest.mark.parametrize("n", [-1, 10_000])
def test_number_words_know_their_limits(n: int) -> None:
    with pytest.raises(ValueError, match=str(n)):
        wording.number_words_nl(n)


def test_periods_are_written_twice_and_kept_together() -> None:
    assert wording.duration(7, "days", "nl") == f"7{NBSP}(zeven){NBSP}dagen"
    assert wording.duration(1, "days", "nl") == f"1{NBSP}(één){NBSP}dag"
    assert wording.duration(48, "hours", "nl", short=True) == f"48{NBSP}uur"
    assert wording.duration(2, "working_days", "nl") == f"2{NBSP}(twee){NBSP}Werkdagen"


def test_amounts_and_dates_are_belgian() -> None:
    assert wording.money(Decimal("2500"), "nl") == f"€{NBSP}2.500,00"
    assert wording.money(Decimal("1250000.5"), "nl") == f"€{NBSP}1.250.000,50"
    assert wording.rate(Decimal("95"), "nl") == f"€{NBSP}95,00 per uur"
    assert wording.number(Decimal("1.50"), "nl") == "1,5"
    assert wording.long_date(date(2026, 12, 1), "nl") == f"1{NBSP}december{NBSP}2026"


@pytest.mark.parametrize(("n", "roman"), [(1, "I"), (4, "IV"), (9, "IX"), (14, "XIV"), (40, "XL"), (1994, "MCMXCIV")])
def test_roman(n: int, roman: str) -> None:
    assert wording.upper_roman(n) == roman


def test_letters_go_on_as_word_does() -> None:
    assert [wording.lower_letter(n) for n in (1, 26, 27, 28, 53)] == ["a", "z", "aa", "bb", "aaa"]


def test_every_country_that_a_request_may_name_has_its_name() -> None:
    assert wording.country("BE", "nl") == "België"
    assert all(wording.country(code, "nl").strip() for code in COUNTRIES)
    assert [code in COUNTRIES for code in ("BE", "IN", "EU", "be", "XX", "")] == [True, True, False, False, False, False]
    assert len(EEA) == 30
    assert "GB" not in EEA
