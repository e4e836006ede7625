"""Questions about terms, as people type them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpa_service.adapters.library_files import load_library
from dpa_service.domain.contract.wording import money
from dpa_service.domain.term_query import OPERATORS, SYNONYMS, figures, read_number, understand

PARAMETERS = load_library().parameters


@pytest.mark.parametrize(
    ("text", "parameter", "operator", "value"),
    [
        ("cap above 2500", "cap_fixed", ">", "2500"),
        ("plafond boven 2.500", "cap_fixed", ">", "2500"),
        ("Plafond meer dan € 2.500,00", "cap_fixed", ">", "2500"),
        ("the cap is 2500", "cap_fixed", "=", "2500"),
        ("cap >= 25k", "cap_fixed", ">=", "25000"),
        ("breach < 48", "breach_notice_hours", "<", "48"),
        ("breach<48", "breach_notice_hours", "<", "48"),
        ("inbreuk hoogstens 24 uur", "breach_notice_hours", "<=", "24"),
        ("bezwaar vanaf 14 dagen", "objection_days", ">=", "14"),
        ("uurtarief onder 95,50", "assistance_rate", "<", "95.50"),
        ("exit_days > 30", "exit_days", ">", "30"),
        ("andere schade onbeperkt", "cap_other", "none", None),
        ("cap = none", "cap_fixed", "none", None),
    ],
)
def test_a_question_about_a_term_is_understood(text, parameter, operator, value):
    query = understand(text, PARAMETERS)
    assert query is not None
    assert (query.parameter, query.operator, query.value) == (parameter, operator, None if value is None else Decimal(value))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Voorbeeld Energie",
        "DPA-2026-0001",
        "0999.900.150",
        "cap",
        "cap above",
        "cap above much",
        "is",
        "> 5",
        "geen",
        "de <b> > 3",
    ],
)
def test_other_words_are_no_question_about_a_term(text):
    assert understand(text, PARAMETERS) is None


def test_every_term_with_a_figure_is_found_by_its_label_its_id_and_its_synonyms():
    for name in figures(PARAMETERS):
        for words in (name, PARAMETERS[name].labels["nl"], *SYNONYMS.get(name, ())):
            for sign, spelled in OPERATORS.items():
                query = understand(f"{words} {spelled[-1]} 7", PARAMETERS)
                assert query is not None, words
                assert (query.parameter, query.operator) == (name, sign)


def test_no_two_terms_share_a_synonym_and_each_exists():
    words = [word for name in SYNONYMS for word in SYNONYMS[name]]
    assert len(words) == len(set(words))
    assert set(SYNONYMS) <= set(PARAMETERS)


@given(st.decimals(min_value=0, max_value=10**9, places=2))
def test_an_amount_is_read_as_it_is_printed(amount):
    assert read_number(money(amount, "nl")) == amount
    assert read_number(str(amount)) == amount


@given(st.text(max_size=40))
def test_any_text_is_read_without_an_error(text):
    understand(text, PARAMETERS)
    understand(f"cap > {text}", PARAMETERS)
