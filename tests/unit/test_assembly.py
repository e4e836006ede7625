import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpa_service.domain.contract.assembly import assemble, check_issuable
from dpa_service.domain.contract.request import request_from_dict
from dpa_service.domain.errors import DomainError, NotCovered, RequestInvalid
from tests.support.small_library import build, clause, raw, request

NBSP = "\u00a0"


def texts(snapshot: dict) -> list[str]:
    return [
        f"{p['label']} " + "".join(run["text"] for run in p["runs"])
        for part in snapshot["parts"]
        for article in part["articles"]
        for p in article["paragraphs"]
    ]


def test_numbers_and_references_follow_what_is_in() -> None:
    library = build()
    without = assemble(library, request(library))
    with_it = assemble(library, request(library, services=["calls", "taping"]))
    assert [a["label"] for part in without["parts"] for a in part["articles"]] == ["1", "2"]
    assert texts(without)[0] == f"1.1 Zie artikel{NBSP}2."
    assert texts(with_it)[0] == f"1.1 Zie artikel{NBSP}3."
    assert f"2.1 Zie artikel{NBSP}1.2 en Bijlage{NBSP}I." in texts(with_it)
    assert texts(with_it)[-1] == f"3.1 Hoogstens €{NBSP}2.500,00, zie artikel{NBSP}1.2(b)."
    assert [r["label"] for r in without["recitals"]["paragraphs"]] == ["(A)", "(B)"]


def test_a_kept_paragraph_moves_the_numbers_below_it() -> None:
    library = build()
    snapshot = assemble(library, request(library, parameters={"firm": True}))
    assert texts(snapshot)[1:3] == ["1.2 Vast.", f"1.3 Binnen 7{NBSP}(zeven){NBSP}dagen en niet later:"]
    assert texts(snapshot)[-1].endswith(f"artikel{NBSP}1.3(b).")
    assert snapshot["coverage"][0]["elements"][0]["place"] == "1.3"


def test_every_reference_points_at_a_bookmark_with_its_printed_number() -> None:
    library = build()
    for options in itertools.product([True, False], repeat=2):
        services = ["calls"] + (["taping"] if options[0] else [])
        snapshot = assemble(library, request(library, services=services, parameters={"firm": options[1]}))
        printed = {a["bookmark"]: a["label"] for part in snapshot["parts"] for a in part["articles"]}
        printed |= {a["bookmark"]: f"Bijlage{NBSP}{a['label']}" for a in snapshot["annexes"]}
        for part in snapshot["parts"]:
            for article in part["articles"]:
                for p in article["paragraphs"]:
                    printed |= {q["bookmark"]: q["full_label"] for q in [p, *p["points"]] if q["bookmark"]}
        refs = [
            (run["ref"], run["text"])
            for part in snapshot["parts"]
            for a in part["articles"]
            for p in a["paragraphs"]
            for run in p["runs"]
            if "ref" in run
        ]
        assert refs
        assert all(printed[target] == text for target, text in refs)


def test_the_trace_gives_every_clause_a_reason() -> None:
    library = build()
    trace = {row["clause"]: row for row in assemble(library, request(library))["trace"]}
    assert set(trace) == set(library.outlines["agreement"].clauses)
    assert trace["recording"]["included"] is False
    assert "gespreksopname" in trace["recording"]["reason"]
    assert all(row["reason"] for row in trace.values())


def test_a_parameter_becomes_a_deviation_of_class_value_in_one_place() -> None:
    library = build()
    snapshot = assemble(library, request(library, parameters={"cap": "25000.00", "days": 14, "firm": False}))
    assert [(d["id"], d["key"], d["class"], d["clause"]) for d in snapshot["deviations"]] == [
        ("A1", "value:days", "value", "first"),
        ("A2", "value:cap", "value", "last"),
    ]
    assert snapshot["deviations"][1]["agreed_text"] == f"€{NBSP}25.000,00"
    assert snapshot["terms"]["cap"] == {"value": "25000.00", "text": f"€{NBSP}25.000,00", "label": "Plafond", "source": "A2"}
    assert any("25.000,00" in line for line in texts(snapshot))


def test_a_refused_combination_names_the_field() -> None:
    with pytest.raises(RequestInvalid) as caught:
        request(build(), parameters={"firm": True, "days": 30})
    assert [(e.field, e.code) for e in caught.value.errors] == [("parameters.firm", "RULE")]


def test_a_missing_clause_names_both() -> None:
    content = raw()
    content["files"]["last/clause.yaml"] = clause("last", requires=["recording"], parameters=["cap"])
    library = build(content)
    with pytest.raises(DomainError, match="'last' needs clause 'recording'"):
        assemble(library, request(library))


def test_contradicting_clauses_are_both_named() -> None:
    content = raw()
    content["files"]["last/clause.yaml"] = clause("last", excludes=["recording"], parameters=["cap"])
    library = build(content)
    with pytest.raises(DomainError, match="'last' contradicts clause 'recording'"):
        assemble(library, request(library, services=["taping"]))


def test_a_dangling_reference_and_a_missing_value_are_errors_not_blanks() -> None:
    content = raw()
    content["texts"]["last/nl.md"] = "# Laatste\n1. Zie artikel {ref:recording}.\n"
    library = build(content)
    with pytest.raises(DomainError, match="'last' refers to 'recording'"):
        assemble(library, request(library))
    content["texts"]["last/nl.md"] = "# Laatste\n1. Met {main.cap}.\n"
    library = build(content)
    with pytest.raises(DomainError, match=r"'last' prints \{main.cap\}"):
        assemble(library, request(library))


def test_a_draft_clause_cannot_be_issued() -> None:
    content = raw()
    content["files"]["last/clause.yaml"]["status"] = "draft"
    library = build(content)
    assemble(library, request(library), draft=True)
    with pytest.raises(DomainError, match=r"'last' 1.0.0 is draft"):
        assemble(library, request(library), draft=False)


def test_deleting_a_clause_flips_exactly_its_requirements() -> None:
    library = build()
    before = assemble(library, request(library))
    check_issuable(before)
    content = raw()
    content["files"]["agreement.yaml"]["parts"][1]["clauses"] = []
    content["texts"]["first/nl.md"] = content["texts"]["first/nl.md"].replace("artikel {ref:last}", "hieronder")
    shorter = build(content)
    after = assemble(shorter, request(shorter))
    flipped = [e["id"] for row in after["coverage"] for e in row["elements"] if not e["covered"] and not e["detail"]]
    assert flipped == ["two"]
    with pytest.raises(NotCovered, match=r"28\(3\)"):
        check_issuable(after)


HOSTILE = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40) | st.sampled_from(
    [
        "A & B <Ltd>",
        "{{ 7*7 }}",
        "{cap}",
        "{ref:last}",
        "{% raw %}",
        "**vet**",
        '"; DROP',
        "حمد & שלום",
        "🦊 NV",
        "{controller.name}",
    ]
)


@given(HOSTILE)
def test_a_name_is_printed_as_it_is(name: str) -> None:
    library = build()
    snapshot = assemble(library, request(library, client_name=name))
    assert snapshot["parties"][0]["name"] == name
    assert snapshot["recitals"]["paragraphs"][0]["runs"][0]["text"] == f"{name} is klant."


@given(HOSTILE)
def test_what_a_request_adds_is_printed_as_it_is(text: str) -> None:
    library = build()
    snapshot = assemble(library, request(library, processing={"purposes": [text]}))
    rows = next(b["rows"] for b in snapshot["annexes"][0]["blocks"] if b["kind"] == "table")
    assert rows[-1][1] == [{"text": text}]


def test_the_same_request_gives_the_same_snapshot_and_it_is_plain_json() -> None:
    one, two = build(), build(raw())
    first, second = assemble(one, request(one)), assemble(two, request(two))
    assert json.dumps(first) == json.dumps(second)
    assert json.loads(json.dumps(first)) == first
    assert first["reference"].startswith("ONTWERP-")
    assert assemble(one, request(one, client_name="Ander NV"))["reference"] != first["reference"]


def test_static_table_rows_follow_their_condition() -> None:
    library = build()
    rows = [
        len(assemble(library, request(library, services=s))["annexes"][0]["blocks"][-1]["rows"]) for s in (["calls"], ["taping"])
    ]
    assert rows == [1, 2]


def test_a_list_whose_last_point_drops_out_still_ends_in_a_full_stop() -> None:
    content = raw()
    content["texts"]["alone/nl.md"] = "# Alleen\n1. Lijst:\n   - een;\n   - twee; en\n   - {when transfers} drie.\n"
    library = build(content)
    document = assemble(
        library, request_from_dict({"language": "nl", "effective_from": "2026-12-01"}, library), document="general-terms"
    )
    points = document["parts"][0]["articles"][0]["paragraphs"][0]["points"]
    assert ["".join(run["text"] for run in point["runs"]) for point in points] == ["een;", "twee."]
