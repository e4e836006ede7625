"""The comparison of a signed text with the issued one, without files."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpa_service.domain.comparison.signed_text import compare, likeness, normal, reading_order
from tests.support.snapshots import sample

SNAPSHOT = sample(6, 3, draft=False)
ISSUED = "\n".join(words for _, words in reading_order(SNAPSHOT))


def test_the_same_words_differ_in_nothing():
    assert compare(ISSUED, ISSUED, SNAPSHOT) == []
    assert compare(ISSUED, ISSUED.replace(" ", "\u00a0\n").replace("“", '"'), SNAPSHOT) == []
    assert likeness(ISSUED, ISSUED) == 1


@given(st.data())
def test_every_changed_word_is_found_and_shown(data):
    words = normal(ISSUED).split(" ")
    at = data.draw(st.integers(0, len(words) - 1))
    how = data.draw(st.sampled_from(["changed", "removed", "added"]))
    new = {"changed": ["Qqq"], "removed": [], "added": ["Qqq", words[at]]}[how]
    pages = data.draw(st.booleans())
    found = compare(ISSUED, " ".join([*words[:at], *new, *words[at + 1 :]]), SNAPSHOT, pages=pages)
    if pages and how == "removed" and not re.search(r"\w", words[at]):
        return  # a dash that stands alone
    assert found
    if new:
        assert any("Qqq" in each.found for each in found)
    else:
        assert sum(len(each.issued.split()) - len(each.found.split()) for each in found) == 1
    assert all(each.kind != "filled" for each in found)


@given(st.lists(st.sampled_from(ISSUED.split()), max_size=60))
def test_any_text_is_compared_without_an_error(words):
    compare(ISSUED, " ".join(words), SNAPSHOT)
    assert 0 <= likeness(ISSUED, " ".join(words)) <= 1


def test_another_text_is_unlike():
    assert likeness(ISSUED, "geheel iets anders " * 400) < 0.2
    assert likeness(ISSUED, ISSUED + " meer woorden" * len(ISSUED)) < 0.6  # buried in other words


def test_each_difference_is_named_by_the_clause_where_it_stands():
    at = 0
    text = normal(ISSUED)
    for place, words in reading_order(SNAPSHOT):
        clause = normal(words)
        at = text.index(clause, at)
        middle = at + len(clause.split(" ")[0])
        (found,) = compare(text, f"{text[:middle]} Qqq{text[middle:]}", SNAPSHOT)
        assert found.place == place


@pytest.mark.parametrize("added", ["Gent, 1 december 2026", "gelezen en goedgekeurd", "12/11/2026"])
def test_signing_words_count_only_in_the_signature_block(added):
    text = normal(ISSUED)
    city = {"parties": [{**SNAPSHOT["parties"][0], "description": ["met zetel te 9000 Gent"]}, *SNAPSHOT["parties"][1:]]}
    snapshot = {**SNAPSHOT, **city}
    *_, closing = [words for place, words in reading_order(snapshot) if place.signature]
    end = text.index(normal(closing)) + len(normal(closing))
    (inside,) = compare(text, f"{text[:end]} {added}{text[end:]}", snapshot)
    assert inside.kind == "filled"
    start = text.index(normal(SNAPSHOT["parts"][0]["articles"][0]["heading"]))
    outside = compare(text, f"{text[:start]}{added} {text[start:]}", snapshot)
    assert {each.kind for each in outside} == {"added"}


def test_another_layout_is_no_difference_between_pages_and_is_one_between_word_files():
    title = SNAPSHOT["labels"]["toc"]
    headings = " 3 ".join(place.heading for place, _ in reading_order(SNAPSHOT))
    cover, rest = normal(ISSUED).split(" ", 1)
    first = normal(next(words for place, words in reading_order(SNAPSHOT) if place.clause != "cover"))
    body = rest[rest.index(first) :]
    ours = f"{cover} {title} {headings} {body}"
    heading = normal(SNAPSHOT["parts"][0]["articles"][0]["heading"])
    theirs = ours.replace(title, title.upper()).replace(" 3 ", " ", 5).replace(heading, heading.upper())
    word = next(word for word in body.split() if len(word) > 9 and word.isalpha() and word not in headings)
    theirs = theirs.replace(word, f"{word[:5]}- {word[5:]}")
    assert compare(ours, theirs, SNAPSHOT, pages=True) == []
    assert compare(ours, theirs, SNAPSHOT) != []
    added = theirs.replace(title.upper(), f"{title.upper()} zonder plafond", 1)
    assert any("zonder plafond" in each.found for each in compare(ours, added, SNAPSHOT, pages=True))
