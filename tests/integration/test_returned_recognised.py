"""Whole returned files: every clause is recognised as what it is, and asking that gives the returned text."""

from __future__ import annotations

import copy
import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dpa_service.adapters.docx.render import render_docx
from dpa_service.domain.comparison.signed_text import normal
from dpa_service.domain.contract.asked import ladder_of
from dpa_service.domain.contract.assembly import assemble
from dpa_service.domain.contract.request import request_from_dict
from dpa_service.domain.errors import DomainError
from dpa_service.domain.negotiation.reworded import LABEL
from dpa_service.resources import examples_dir
from dpa_service.services.agreements.request_schema import load_request
from dpa_service.services.negotiation.proposing import merged
from dpa_service.services.negotiation.returned_places import article_texts
from dpa_service.services.negotiation.returned_reading import Sent, read_file
from tests.support.returned_word import Returned, edited

REFERENCE, AGREEMENT = "DPA-2026-0001", "a" * 32


@pytest.fixture(scope="module")
def request_data(library):
    data = json.loads((examples_dir() / "voorbeeld-energie.json").read_text(encoding="utf-8"))
    return load_request(
        {key: value for key, value in data.items() if key != "reference"} | {"parameters": {}}, library, "agreement"
    )


def assembled(library, data):
    made = assemble(library, request_from_dict(data, library), reference=REFERENCE, agreement_id=AGREEMENT)
    return json.loads(json.dumps(made))


@pytest.fixture(scope="module")
def sent(library, request_data):
    snapshot = assembled(library, request_data)
    return Sent("r" * 32, render_docx(snapshot), snapshot)


def read(content, sent, library):
    found = read_file(content, [sent], frozenset({AGREEMENT}), library)
    assert found.refused is None
    return found


def asked(library, data, entries):
    """The request with what was recognised."""
    return load_request(merged(copy.deepcopy(data), entries, library)[0], library, "agreement")


def same_words(one: str, other: str) -> bool:
    """Whether two texts say the same; the numbers of references follow the text that is assembled."""
    return re.sub(LABEL, "#", normal(one)) == re.sub(LABEL, "#", normal(other))


@pytest.mark.parametrize(
    ("row", "rung", "values"),
    [
        (2, "F2", {}),
        (6, "F1", {}),
        (12, "F2", {}),
        (16, "F2", {}),
        (17, "F2", {}),
        (19, "F2", {}),
        (21, "F2", {"courts": "Gent"}),
    ],
)
def test_a_rung_taken_over_without_a_mark_is_recognised_everywhere_it_shows(library, request_data, sent, row, rung, values):
    entry = {"class": "fallback", "row": row, "rung": rung} | ({"values": values} if values else {})
    wanted = asked(library, request_data, [entry])
    found = read(render_docx(assembled(library, wanted)), sent, library)
    clause = ladder_of(library, row)[0].id
    shows = {each["clause"]: found.recognised[place] for place, each in enumerate(found.places) if place in found.recognised}
    assert (shows[clause]["kind"], shows[clause]["entries"][0]["class"]) == ("rung", "untracked")
    articles_and_annexes = {name: each for name, each in shows.items() if name in library.clauses}
    assert all(each["kind"] in ("rung", "value", "same") for each in articles_and_annexes.values()), articles_and_annexes
    entries = [entry for each in articles_and_annexes.values() for entry in each["entries"]]
    terms = request_from_dict(asked(library, request_data, entries), library).values
    assert terms == {
        name: value
        for name, value in request_from_dict(wanted, library).values.items()
        if value != library.parameters[name].standard
    }


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_random_edits_are_proposed_as_they_came_back(library, request_data, sent, data):
    """Words put in, taken out and replaced, marked or not, and whole paragraphs: asking each clause gives what came back."""
    file = Returned(sent.content)
    names = [name for name in file.clauses() if file.paragraphs(name)]
    for _ in range(data.draw(st.integers(1, 3))):
        paragraphs = file.paragraphs(data.draw(st.sampled_from(names)))
        paragraph = data.draw(st.sampled_from(paragraphs))
        tracked = data.draw(st.booleans())
        spots = [spot for spot in file.spots(paragraph) if spot[2] > spot[1]]
        if data.draw(st.integers(0, 3)) == 0 or not spots:
            file.add_paragraph(paragraph, "De Partijen leggen dit schriftelijk vast.", tracked=tracked)
            continue
        run = file.cut(*data.draw(st.sampled_from(spots)))
        if data.draw(st.booleans()):
            file.replace(run, "onverwijld", tracked=tracked)
        else:
            file.delete(run, tracked=tracked)
    found = read(file.saved(), sent, library)
    for place, recognised in found.recognised.items():
        clause = found.places[place]["clause"]
        if not recognised["entries"] or clause not in library.clauses:
            continue
        try:
            made = asked(library, request_data, recognised["entries"])
            text = article_texts(assembled(library, made))
        except DomainError:
            continue  # a term or a place that others need was taken out: said when it is proposed
        if clause in text:
            assert same_words(text[clause], found.places[place]["accepted"]), clause


def test_comments_and_looks_wait_too_and_a_comment_is_no_words(library, sent):
    def edit(file):
        paragraph = next(each for name in file.clauses() for each in file.paragraphs(name) if len(file.spots(each)) > 5)
        spots = file.spots(paragraph)
        file.comment(file.cut(*spots[3]), "Kan dit korter?", replies=("Neen.",), resolved=False)
        file.look(file.cut(*file.spots(paragraph)[0]), "strike")

    found = read(edited(sent.content, edit), sent, library)
    kinds = {kind: data for _, kind, data in found.changes}
    assert kinds["comment"]["replies"][0]["text"] == "Neen."
    assert kinds["formatting"]["added"] == ["strike"]
    assert all(not each["entries"] for each in found.recognised.values())


def test_a_file_without_bookmarks_is_read_by_its_words(library, request_data, sent):
    file = Returned(sent.content)
    words = next(
        (each, spot) for name in file.clauses() for each in file.paragraphs(name) for spot in file.spots(each)
        if (spot[0].findtext("{*}t") or "")[spot[1] : spot[2]] == "vertraging"
    )[1]  # fmt: skip
    file.replace(file.cut(*words), "uitstel", tracked=False)
    found = read(file.as_google(), sent, library)
    place = next(index for index, each in enumerate(found.places) if "uitstel" in each["accepted"])
    assert found.recognised[place]["kind"] == "wording"
    clause = found.places[place]["clause"]
    text = article_texts(assembled(library, asked(library, request_data, found.recognised[place]["entries"])))[clause]
    assert "uitstel" in text


def test_a_file_with_more_changes_than_anybody_handles_is_kept_and_not_read(library, sent, monkeypatch):
    from dpa_service.services.negotiation import returned_reading

    monkeypatch.setattr(returned_reading, "MOST_CHANGES", 1)

    def edit(file):
        for name in file.clauses()[:3]:
            paragraph = file.paragraphs(name)[-1]
            file.add_paragraph(paragraph, "De Partijen leggen dit vast.", tracked=True)

    found = read_file(edited(sent.content, edit), [sent], frozenset({AGREEMENT}), library)
    assert (found.refused[0], found.changes) == ("TOO_MANY", ())
