"""The wording of a clause as source text: asked as own wording, it changes nothing."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dpa_service.domain.contract.assembly import assemble
from dpa_service.domain.contract.request import request_from_dict
from dpa_service.domain.contract.wording_source import source_of
from dpa_service.domain.errors import DomainError
from dpa_service.resources import examples_dir
from dpa_service.services.agreements.request_schema import load_request

EXAMPLES = sorted(path.stem for path in examples_dir().glob("*.json"))


def assembled(library, data):
    return assemble(library, request_from_dict(data, library), reference="DPA-2026-0001")


def articles(snapshot):
    return {each["clause"]: each for part in snapshot["parts"] for each in part["articles"]}


def loaded(library, name):
    data = json.loads((examples_dir() / f"{name}.json").read_text(encoding="utf-8"))
    return load_request(data, library, "agreement")


@pytest.mark.parametrize("name", EXAMPLES)
def test_asked_as_own_wording_it_gives_the_same_text(library, name):
    """Every article of the example at once: each gets its own wording, and no word and no number changes."""
    data = loaded(library, name)
    if not data.get("client"):
        pytest.skip("general terms have no counterparty")
    before = articles(assembled(library, data))
    request = request_from_dict(data, library)
    other = copy.deepcopy(data)
    other["deviations"] = [
        {"class": "modified", "clause": clause, "text": source_of(library, request, clause)} for clause in before
    ]
    after = articles(assembled(library, other))
    assert list(after) == list(before)
    for clause, article in before.items():
        assert [after[clause][key] for key in ("heading", "label", "paragraphs")] == [
            article[key] for key in ("heading", "label", "paragraphs")
        ], clause


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_with_any_rungs_of_the_ladders(library, data):
    """The same with the paragraphs that the rungs of the ladders choose."""
    request = loaded(library, "voorbeeld-bakkerij") | {"parameters": {}}
    ladders = [(ladder, clause) for clause in library.clauses.values() for ladder in clause.ladders if ladder.row]
    chosen = data.draw(st.lists(st.sampled_from(ladders), max_size=4, unique_by=lambda pair: pair[0].row))
    request["deviations"] = []
    for ladder, _ in chosen:
        rung = data.draw(st.sampled_from([rung for rung in ladder.rungs if not rung.asks] or [None]))
        if rung is not None:
            request["deviations"].append({"class": "fallback", "row": ladder.row, "rung": rung.id})
    try:
        known = request_from_dict(request, library)
        before = articles(assembled(library, request))
    except DomainError:
        return  # a combination that the library refuses
    clause = data.draw(st.sampled_from(sorted(before)))
    own = {"class": "modified", "clause": clause, "text": source_of(library, known, clause)}
    after = articles(assembled(library, {**request, "deviations": [*request["deviations"], own]}))
    assert after[clause]["paragraphs"] == before[clause]["paragraphs"]


def test_own_wording_that_is_there_comes_back_as_it_was_written(library):
    data = loaded(library, "voorbeeld-bakkerij")
    text = "# Ernst\n\n1. {#severability} Een ongeldige bepaling raakt de **andere** niet.\n"
    data["deviations"] = [{"class": "modified", "clause": "severability", "text": text}]
    assert source_of(library, request_from_dict(data, library), "severability") == text
