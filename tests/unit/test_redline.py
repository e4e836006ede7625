"""The redline as data: every word of both agreements once, paired by clause and place."""

import copy
import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dpa_service.domain.comparison.alignment import Bit, Line, merged, paired
from dpa_service.domain.comparison.redline import ClauseChange, Redline, redline
from dpa_service.domain.comparison.redline_lines import clauses
from dpa_service.domain.comparison.textdiff import DELETE, EQUAL, INSERT
from dpa_service.domain.contract.clauses import Library
from dpa_service.resources import examples_dir
from dpa_service.services.agreements.generate import assemble_request
from tests.support import snapshots
from tests.support.edits import WORDS, articles, edited

BASES = {"small": snapshots.small(), "sample": snapshots.sample(9, 3), "terms": snapshots.general_terms()}


def said(change: ClauseChange, gone: str) -> list[Any]:
    """A clause as one of the two documents has it: heading and lines, words that are `gone` left out."""

    def line(spans: Any) -> str:
        return "".join(span.text for span in spans if span.op != gone)

    absent = "added" if gone == INSERT else "removed"
    lines: list[Any] = [line(change.heading)]
    for block in change.blocks:
        if block.status == absent:
            continue
        label = block.old_label if gone == INSERT else block.new_label
        if block.kind == "table":
            assert block.head is not None
            lines.append([[line(cell) for cell in row.cells] for row in (block.head, *block.rows) if row.status != absent])
        else:
            lines.append((block.kind, label, line(block.spans)))
    return lines


def document(change: Redline, gone: str) -> list[Any]:
    absent = "added" if gone == INSERT else "removed"
    return [said(clause, gone) for clause in change.clauses if clause.status != absent]


def whole(snapshot: dict[str, Any]) -> list[Any]:
    """The same of a snapshot by itself."""

    def words(bits: Any) -> str:
        return "".join(bit.text for bit in bits)

    return [
        [
            words(clause.heading),
            *(
                [[words(cell) for cell in row] for row in (item.columns, *item.rows)]
                if item.kind == "table"
                else (item.kind, item.label, words(item.bits))
                for item in clause.items
            ),
        ]
        for clause in clauses(snapshot)
    ]


@pytest.mark.parametrize("base", BASES)
@given(seed=st.integers(0, 2**32), count=st.integers(0, 14))
@settings(max_examples=20, deadline=None)
def test_both_documents_stand_in_the_redline(base: str, seed: int, count: int) -> None:
    old = BASES[base]
    new = edited(old, random.Random(seed), count)
    change = redline(old, new)
    assert document(change, INSERT) == whole(old)
    assert document(change, DELETE) == whole(new)
    assert change.differs == any(clause.status != "same" for clause in change.clauses)
    assert change.differs or whole(old) == whole(new)
    names = [clause.anchor for clause in change.clauses if clause.kind != "part"]
    assert len(set(names)) == len(names)
    assert sum(len(group) for _, group in change.stretches) == len(change.clauses)


bits = st.lists(
    st.builds(
        Bit,
        st.one_of(st.sampled_from(WORDS), st.text(max_size=12)).filter(bool),
        st.sampled_from(["", "bold"]),
        st.sampled_from(["", "", "", "_cl_1", "_cl_2"]),
    ),
    max_size=8,
)


def joined(line: list[Bit]) -> list[Bit]:
    """Neighbours of one look as one: the same line."""
    out: list[Bit] = []
    for bit in line:
        if out and not bit.atom and not out[-1].atom and out[-1].look == bit.look:
            out[-1] = Bit(out[-1].text + bit.text, bit.look)
        else:
            out.append(bit)
    return out


@given(old=bits, new=bits)
@settings(max_examples=120, deadline=None)
def test_merged_words_give_both_lines_back_with_their_looks_and_references(old: list[Bit], new: list[Bit]) -> None:
    changes = merged(old, new)
    assert joined([bit for op, bit in changes if op != INSERT]) == joined(old)
    assert joined([bit for op, bit in changes if op != DELETE]) == joined(new)
    if joined(old) == joined(new):
        assert {op for op, _ in changes} <= {EQUAL}


lines = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from(["", "een twee", "een twee drie", "vier", "vijf zes"])), max_size=9
)


@given(old=lines, new=lines)
@settings(max_examples=120, deadline=None)
def test_every_line_is_paired_once_in_the_order_of_both(old: list[tuple[str, str]], new: list[tuple[str, str]]) -> None:
    pairs = paired(*[[Line(kind, text, index) for index, (kind, text) in enumerate(side)] for side in (old, new)])
    assert [a for a, _ in pairs if a is not None] == list(range(len(old)))
    assert [b for _, b in pairs if b is not None] == list(range(len(new)))
    assert all(old[a][0] == new[b][0] for a, b in pairs if a is not None and b is not None)
    assert (None, None) not in pairs


def test_a_changed_value_marks_its_words_and_nothing_else(library: Library) -> None:
    request = json.loads((examples_dir() / "voorbeeld-energie.json").read_text(encoding="utf-8"))
    request["reference"] = "DPA-2026-9001"
    request["parameters"] = {}
    old = assemble_request(request, library)
    request["parameters"] = {"objection_days": 14}
    new = assemble_request(request, library)
    change = redline(old, new)
    by_status = {clause.id: clause.status for clause in change.clauses if clause.status != "same"}
    assert by_status == {"sub-processors": "changed", "annex-deviations": "added"}
    clause = next(clause for clause in change.clauses if clause.id == "sub-processors")
    spans = [span for block in clause.blocks for span in block.spans if span.op != EQUAL]
    assert [span.op for span in spans] == [DELETE, INSERT]
    assert old["terms"]["objection_days"]["text"].startswith(spans[0].text)
    assert new["terms"]["objection_days"]["text"].startswith(spans[1].text)
    assert (change.counts.changed, change.counts.added, change.counts.removed) == (1, 1, 0)
    assert change.counts.words_inserted > change.counts.words_deleted > 0


def test_a_clause_that_stands_elsewhere_is_moved_and_keeps_its_id() -> None:
    old = snapshots.small()
    new = copy.deepcopy(old)
    new["parts"][0]["articles"].reverse() if len(new["parts"][0]["articles"]) > 1 else new["parts"].reverse()
    moved = [clause for clause in redline(old, new).clauses if clause.moved]
    assert {clause.status for clause in moved} == {"added", "removed"}
    assert len({clause.id for clause in moved if clause.kind == "article"}) * 2 == len([c for c in moved if c.kind == "article"])


def test_new_numbers_of_references_alone_are_told_apart() -> None:
    old = snapshots.small()
    new = copy.deepcopy(old)
    article = articles(new)[0]
    for run in article["paragraphs"][1]["runs"]:
        if "ref" in run:
            run["text"] = "99"
    found = {clause.id: clause for clause in redline(old, new).clauses}
    assert found[article["clause"]].only_numbers
    article["paragraphs"][0]["runs"][0]["text"] += " En meer."
    found = {clause.id: clause for clause in redline(old, new).clauses}
    assert not found[article["clause"]].only_numbers


def test_a_label_that_moves_up_is_no_change() -> None:
    old = snapshots.sample(3, 0)
    for article in articles(old):  # references to the annexes would dangle
        for paragraph in article["paragraphs"]:
            paragraph["points"] = []
    new = copy.deepcopy(old)
    first = articles(new)[0]
    new["parts"][0]["articles"].remove(first)
    for article in articles(new):
        article["label"] = str(int(article["label"]) - 1)
    kept = {clause.id: clause for clause in redline(old, new).clauses if clause.kind == "article"}
    assert kept.pop(first["clause"]).status == "removed"
    assert kept
    for clause in kept.values():
        assert clause.status == "same"
        assert int(clause.old_label) == int(clause.new_label) + 1


def test_long_lists_are_paired_by_their_equal_lines() -> None:
    """Beyond a limit lines are no longer compared one with each other: a table of a thousand rows must not take minutes."""
    old = [f"regel {number} van de lijst" for number in range(1000)]
    new = [line for number, line in enumerate(old) if number % 3] + ["nog een regel"]
    pairs = paired(*[[Line("row", text, text) for text in side] for side in (old, new)])
    assert [pair for pair in pairs if None not in pair] == [(line, line) for line in new[:-1]]
    assert [a for a, _ in pairs if a is not None] == old
    assert [b for _, b in pairs if b is not None] == new
