"""A text that names a person is noticed; case references and ordinary work are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.be import nn

from dpa_service.domain.case_text import EMAIL, NAME, NATIONAL_NUMBER, PHONE, TITLED, national_number_valid, suspicions


def national_number(base: int) -> str:
    return f"{base:09d}{97 - base % 97:02d}"


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Opzoeking Fien Voorbeeld", [NAME]),
        ("Verzoek van Fien Voorbeeld behandeld", [NAME]),
        ("Kopie bezorgd aan Jan Van den Voorbeeld-Fictief", [NAME]),
        ("Opname van mevr. de Verzonnen gewist", [TITLED]),
        ("antwoord aan fien.voorbeeld@example.com", [EMAIL]),
        (f"rijksregisternummer {national_number(850730033)}", [NATIONAL_NUMBER]),
        ("gebeld op +32 470 00 00 00", [PHONE]),
        ("gebeld op 0470 00 00 00", [PHONE]),
        ("BIJ-2026-0012: Opzoeking in het gesprekkenarchief en kopie bezorgd", []),
        ("Wissing in twee systemen, bevestiging op 25/11/2026, 3 opnamen", []),
        ("Onderzoek van logbestanden, artikel 33 AVG, ticket 20261125-0042", []),
        ("Melding aan de Gegevensbeschermingsautoriteit", []),
        ("", []),
    ],
)
def test_a_person_is_noticed_and_work_is_not(text: str, kinds: list[str]) -> None:
    assert [each.kind for each in suspicions(text)] == kinds


def test_the_client_s_own_name_is_no_data_subject() -> None:
    assert [each.words for each in suspicions("Vraag van Voorbeeld Energie")] == ["Voorbeeld Energie"]
    assert suspicions("Vraag van Voorbeeld Energie", known=["Voorbeeld Energie NV"]) == []


@given(st.integers(10**6, 99_12_31_998))
def test_national_numbers_are_judged_as_the_register_does(base: int) -> None:
    number = national_number(base)
    assert national_number_valid(number)
    if nn.is_valid(number):
        assert [each.kind for each in suspicions(f"nr {number[:2]}.{number[2:4]}.{number[4:6]}-{number[6:9]}.{number[9:]}")] == [
            NATIONAL_NUMBER
        ]


@given(st.text(max_size=300))
def test_any_text_is_judged(text: str) -> None:
    assert all(each.words in " ".join(text.split()) or each.words in text for each in suspicions(text))
