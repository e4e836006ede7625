"""A changed clause is recognised as exactly the rung, value or wording that it is."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dpa_service.domain.contract.asked import REMOVED, VALUE
from dpa_service.domain.contract.assembly import assemble
from dpa_service.domain.contract.request import request_from_dict
from dpa_service.domain.contract.terms import plain, print_value
from dpa_service.domain.contract.wording_source import draft_of
from dpa_service.domain.errors import DomainError
from dpa_service.domain.negotiation.read_figure import figures, whole_figure
from dpa_service.domain.negotiation.recognised import RUNG, SAME, WALK_AWAY, WORDING
from dpa_service.domain.negotiation.recognition import added, recognise
from dpa_service.domain.negotiation.reworded import plain_line
from dpa_service.resources import examples_dir
from dpa_service.services.agreements.request_schema import load_request

REFERENCE = "DPA-2026-0001"
SLOW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def issued(library, request_data):
    return texts(library, request_data)


@pytest.fixture(scope="module")
def request_data(library):
    data = json.loads((examples_dir() / "voorbeeld-energie.json").read_text(encoding="utf-8"))
    return load_request(data | {"parameters": {}}, library, "agreement")


def runs(paragraphs) -> Iterator[str]:
    for each in paragraphs:
        yield plain_line("".join(run["text"] for run in each["runs"]))
        yield from runs(each["points"])


def texts(library, data) -> dict[str, str]:
    """Every article of a request as a returned file gives it: the heading, then a paragraph a line."""
    snapshot = assemble(library, request_from_dict(data, library), reference=REFERENCE)
    return {
        each["clause"]: "\n".join([each["heading"], *runs(each["paragraphs"])])
        for part in snapshot["parts"]
        for each in part["articles"]
    }


def draft(library, data):
    return draft_of(library, request_from_dict(data, library), reference=REFERENCE)


def with_entries(data, entries):
    made = copy.deepcopy(data)
    for entry in entries:
        if entry["class"] == "value":
            made["parameters"] = {**(made.get("parameters") or {}), entry["parameter"]: entry["value"]}
        else:
            made["deviations"] = [*(made.get("deviations") or []), entry]
    return made


@SLOW
@given(data=st.data())
def test_a_rung_is_recognised_as_that_rung(library, request_data, issued, data):
    """The clause as it reads with a rung, held beside the standard text: the same rung comes out, and gives the same text again."""
    pairs = [(ladder, rung) for c in library.clauses.values() for ladder in c.ladders if ladder.row for rung in ladder.rungs]
    ladder, rung = data.draw(st.sampled_from(pairs))
    values = {}
    for name in rung.asks:
        parameter = library.parameters[name]
        if parameter.type == "text":
            return
        values[name] = plain(data.draw(st.sampled_from([each for each in range(1, 60) if _takes(parameter, each)])))
    entry = {"class": "fallback", "row": ladder.row, "rung": rung.id} | ({"values": values} if values else {})
    try:
        after = texts(library, with_entries(request_data, [entry]))
    except DomainError:
        return
    before, base = issued, draft(library, request_data)
    changed = [clause for clause in after if before.get(clause) != after[clause] and clause in before]
    homes = [clause for clause in changed if clause in library.clauses and ladder in library.clauses[clause].ladders]
    for clause in homes:
        found = recognise(base, clause, before[clause], after[clause])
        assert found.kind in (RUNG, VALUE), (clause, found)
        if found.kind == RUNG:
            assert {**entry} in found.entries or _same_values(library, found.entries, entry), found
        again = texts(library, with_entries(request_data, found.entries))
        assert again[clause] == after[clause]


def _takes(parameter, number):
    return (parameter.minimum is None or number >= parameter.minimum) and (
        parameter.maximum is None or number <= parameter.maximum
    )


def _same_values(library, entries, entry):
    """Another rung of the same ladder that sets the same values."""

    def sets(each):
        ladder = next(ld for c in library.clauses.values() for ld in c.ladders if ld.row == each["row"])
        return dict(next(r for r in ladder.rungs if r.id == each["rung"]).sets)

    return any(each["class"] == "fallback" and sets(each) == sets(entry) for each in entries)


@SLOW
@given(data=st.data())
def test_another_figure_is_recognised_as_that_value(library, request_data, issued, data):
    base, before = draft(library, request_data), issued
    numeric = [p for p in library.parameters.values() if p.type in ("duration", "money", "rate", "number")]
    parameter = data.draw(st.sampled_from(numeric))
    low, high = int(parameter.minimum or 0), int(parameter.maximum or 10_000)
    value = data.draw(st.integers(low + (low == 0 and parameter.type == "number"), high))
    raw = value if parameter.type == "duration" else str(value)
    try:
        after = texts(library, with_entries(request_data, [{"class": "value", "parameter": parameter.id, "value": raw}]))
    except DomainError:
        return
    for clause in (
        each for each in after if parameter.id in library.clauses[each].parameters and before.get(each) != after[each]
    ):
        found = recognise(base, clause, before[clause], after[clause])
        again = with_entries(request_data, found.entries)
        assert found.kind in (RUNG, VALUE), found
        assert texts(library, again)[clause] == after[clause]
        assert request_from_dict(again, library).values == {parameter.id: request_from_dict(
            with_entries(request_data, [{"class": "value", "parameter": parameter.id, "value": raw}]), library
        ).parameters[parameter.id]}  # fmt: skip


WORDS = st.sampled_from(
    ["onverwijld", "schriftelijk", "redelijk", "bovendien", "volledig", "uitsluitend", "voorafgaand", "kosteloos"]
)


@SLOW
@given(data=st.data())
def test_other_words_come_back_as_the_text_that_was_returned(library, request_data, issued, data):
    """Words put in and taken out at random: asking what was recognised gives exactly the returned text."""
    base, before = draft(library, request_data), issued
    clause = data.draw(st.sampled_from(sorted(before)))
    lines = before[clause].split("\n")
    for _ in range(data.draw(st.integers(1, 4))):
        index = data.draw(st.integers(1, len(lines) - 1))
        words = lines[index].split(" ")
        at = data.draw(st.integers(0, len(words)))
        if data.draw(st.booleans()) or len(words) < 4:
            words.insert(at, data.draw(WORDS))
        else:
            words[at : at + 1] = []
        lines[index] = " ".join(words)
    after = "\n".join(lines)
    silent = data.draw(st.booleans())
    found = recognise(base, clause, before[clause], after, silent=silent)
    if found.kind in (SAME, RUNG, VALUE):  # a word put in and taken out again, or figures that became others
        return
    if found.kind == WALK_AWAY:
        return
    assert found.kind == WORDING
    assert found.entries[0]["class"] == ("untracked" if silent else "modified")
    try:
        again = texts(library, with_entries(request_data, found.entries))
    except DomainError:  # a term or a place that others refer to was taken out: said when it is proposed
        return
    assert again[clause] == after


def test_a_paragraph_that_was_added_and_one_that_went(library, request_data, issued):
    base, before = draft(library, request_data), issued
    clause = "confidentiality"
    lines = before[clause].split("\n")
    after = "\n".join([*lines[:-1], "De Verwerker legt de lijst van die personen voor.", lines[-1]])
    found = recognise(base, clause, before[clause], after)
    assert texts(library, with_entries(request_data, found.entries))[clause] == after
    assert found.kind == WORDING
    assert found.confidence > 0.6


@pytest.mark.parametrize("said", ["14 dagen", "14 (veertien) dagen", "veertien dagen", "14\u00a0kalenderdagen", "twee weken"])
def test_a_period_may_be_written_in_many_ways(library, request_data, issued, said):
    base, before = draft(library, request_data), issued["sub-processors"]
    after = before.replace("7 (zeven) dagen", said)
    assert after != before
    found = recognise(base, "sub-processors", before, after)
    assert found.entries == ({"class": "fallback", "row": 2, "rung": "F1"},)


def test_a_silent_figure_is_untracked_and_a_doubtful_one_says_so(library, request_data, issued):
    base, before = draft(library, request_data), issued["sub-processors"]
    found = recognise(base, "sub-processors", before, before.replace("7 (zeven)", "20 (zeven)"), silent=True)
    assert found.entries == ({"class": "untracked", "clause": "sub-processors", "values": {"objection_days": 20}},)
    assert {"doubt", "silent"} <= {note.code for note in found.notes}
    assert found.confidence < 0.8


def test_a_figure_beyond_the_bounds_is_the_walk_away_position(library, request_data, issued):
    base, before = draft(library, request_data), issued["sub-processors"]
    found = recognise(base, "sub-processors", before, before.replace("7 (zeven) dagen", "90 (negentig) dagen"))
    assert (found.kind, found.entries) == (WALK_AWAY, ())
    assert found.notes[0].words["said"] == "90 (negentig) dagen"
    assert found.notes[0].words["high"] == "30 dagen"


def test_what_is_gone_is_removed_and_a_figure_beside_other_words_stays_a_value(library, request_data, issued):
    base, before = draft(library, request_data), issued["sub-processors"]
    heading = before.split("\n")[0]
    for gone in ("", heading, f"{heading}\n[opzettelijk weggelaten]"):
        assert recognise(base, "sub-processors", before, gone).kind == REMOVED
    after = before.replace("7 (zeven) dagen na de aankomst", "14 (veertien) dagen na de bewezen aankomst")
    found = recognise(base, "sub-processors", before, after)
    assert found.kind == WORDING
    assert "{objection_days}" in found.entries[0]["text"]
    assert found.entries[1] == {"class": "value", "parameter": "objection_days", "value": 14}
    assert texts(library, with_entries(request_data, found.entries))["sub-processors"] == after


def test_an_added_article_keeps_its_points(library, request_data, issued):
    text = "Escrow\nDe Verwerker bewaart de broncode bij:\neen notaris;\neen bewaarder.\nDe kosten worden gedeeld {50/50}."
    found = added("audits", text, 1)
    after = texts(library, with_entries(request_data, found.entries))["added-1"]
    assert after == text.replace("{50/50}", "(50/50)")
    assert "neutral" in {note.code for note in found.notes}
    assert "   - een notaris;" in found.entries[0]["text"]


@given(st.data())
def test_what_is_printed_is_read_as_what_it_is(library, data):
    parameter = data.draw(
        st.sampled_from([p for p in library.parameters.values() if p.type in ("duration", "money", "rate", "number")])
    )
    low, high = int(parameter.minimum or 1), int(parameter.maximum or 100_000)
    number = data.draw(st.integers(max(low, 1), high))
    value = number if parameter.type == "duration" else print_value and type(parameter.standard)(number)
    for short in (True, False):
        figure = whole_figure(parameter, plain_line(print_value(parameter, value, "nl", short=short)))
        assert figure is not None
        assert (figure.value, figure.doubt, figure.trouble) == (value, False, "")


@pytest.mark.parametrize(
    ("said", "value", "doubt"),
    [("€ 5.000", "5000.00", False), ("5.000 euro", "5000.00", False), ("EUR 5000,50", "5000.50", False), ("€ 5,000.00", "5000.00", False),
     ("€ 5,000", "5000.00", True), ("€ 5.000,-", "5000.00", False), ("€5000", "5000.00", False)],
)  # fmt: skip
def test_amounts_are_read_as_people_write_them(library, said, value, doubt):
    found = list(figures(library.parameters["cap_fixed"], f"een bedrag van {said}, per jaar"))
    assert [(plain(each.value), each.doubt) for each in found] == [(value, doubt)]
