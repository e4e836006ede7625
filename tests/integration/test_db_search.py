"""Search on both databases: a question about a term finds exactly the agreements whose effective term answers it."""

import itertools

import pytest

from dpa_service.domain.contract.terms import parse_value
from dpa_service.domain.term_query import TermQuery, understand
from dpa_service.services.agreements import agreements, lifecycle
from dpa_service.services.agreements.search import search
from tests.conftest import NOW
from tests.support.changed_library import asking_more

ASKED = [
    {},
    {"cap_fixed": "10000.00", "breach_notice_hours": 24},
    {"cap_fixed": "2000.00", "objection_days": 14},
    {"cap_fixed": None, "breach_notice_hours": 72},
    {"cap_other": None},
    {"assistance_rate": "85.50"},
]
TERMS = ("cap", "breach", "objection", "uurtarief", "andere schade", "multiplier")
FIGURES = ("0", "24", "48", "85,50", "2.500", "9999,99")


@pytest.fixture
def made(session, library, example):
    """An agreement for each set of terms, one of them made with another release of the library, and one put aside."""
    found = {}
    for number, parameters in enumerate(ASKED):
        release = asking_more(library) if number == 5 else library
        row = agreements.create_draft(session, release, example(parameters=parameters), actor="a", now=NOW).agreement
        found[row.id] = parameters
    gone = agreements.create_draft(session, library, example(parameters={"cap_fixed": "10000.00"}), actor="a", now=NOW)
    lifecycle.discard(session, gone.agreement.id, expected_version=1, actor="a", now=NOW)
    return found


def test_a_term_is_found_as_it_holds(session, library, made):
    for term, sign, figure in itertools.product(TERMS, (">", "<", ">=", "<=", "="), FIGURES):
        query = understand(f"{term} {sign} {figure}", library.parameters)
        found = {row.id for row in search(session, library, f"{term} {sign} {figure}").agreements}
        assert found == {name for name, asked in made.items() if holds(library, query, asked)}, (term, sign, figure)
    for text in ("cap = none", "andere schade onbeperkt"):
        query = understand(text, library.parameters)
        answer = search(session, library, text)
        assert {row.id for row in answer.agreements} == {name for name, asked in made.items() if holds(library, query, asked)}
        assert len(answer.agreements) == 1


def holds(library, query: TermQuery, asked) -> bool:
    parameter = library.parameters[query.parameter]
    value = parse_value(parameter, asked[parameter.id]) if parameter.id in asked else parameter.standard
    return query.holds(value, none_is_endless=parameter.none == "onbeperkt")


def test_the_value_is_shown_as_it_is_printed(session, library, made):
    answer = search(session, library, "cap at least 0")
    assert sorted(answer.values.values()) == sorted(["€\u00a02.500,00"] * 3 + ["€\u00a010.000,00", "€\u00a02.000,00"])


def test_words_numbers_and_wildcards(session, library, example):
    data = example()
    data["client"]["name"] = "100% Société_Générale"
    row = agreements.create_draft(session, library, data, actor="a", now=NOW).agreement
    agreements.create_draft(session, library, example("voorbeeld-energie"), actor="a", now=NOW)
    for text in ("societe", "GÉNÉRALE 100%", "generale societe", "100%", "_generale", data["client"]["enterprise_number"]):
        assert [found.id for found in search(session, library, text).agreements] == [row.id], text
    assert len(search(session, library, "zzz").agreements) == 0
    assert len(search(session, library, "   ").agreements) == 0
    assert len(search(session, library, "cap > 0", plain=True).agreements) == 0
