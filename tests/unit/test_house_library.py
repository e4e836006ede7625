"""The house's own clause library: what Art. 28 asks is there, whatever is negotiated, and text and terms agree."""

import copy
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dpa_service.adapters.library_files import library_to_dict, load_library, read_published
from dpa_service.domain.contract.assembly import assemble, check_issuable
from dpa_service.domain.contract.coverage import uncovered
from dpa_service.domain.contract.library_build import build_library
from dpa_service.domain.contract.library_check import OPTIONS, alternatives, probe_request, unpublished
from dpa_service.domain.contract.request import request_from_dict
from dpa_service.domain.contract.terms import plain, print_value
from dpa_service.domain.errors import RequestInvalid
from dpa_service.resources import clauses_dir
from tests.support.words import words

LIBRARY = load_library()
ALTERNATIVES = alternatives(LIBRARY)
TEXTS = {name: "Voorbeeldwaarde" for name, parameter in LIBRARY.parameters.items() if parameter.type == "text"}

# the matrix of the published terms: F full, P partial, N none
PUBLISHED_TERMS = {
    "28(1)": "P", "28(2)": "P", "28(3)": "N", "28(3)-controller": "P", "28(3)(a)": "P", "28(3)(b)": "P", "28(3)(c)": "P",
    "28(3)(d)": "P", "28(3)(e)": "F", "28(3)(f)": "P", "28(3)(g)": "P", "28(3)(h)": "P", "28(3)-alert": "P", "28(4)": "P",
    "28(9)": "P", "28(10)": "N", "29": "N", "30(2)": "N", "31": "N", "32": "P", "33(2)": "F", "35": "F", "36": "F", "44-49": "P", "82": "P",
}  # fmt: skip


def general_terms() -> dict[str, Any]:
    request = request_from_dict({"language": "nl", "effective_from": "2026-12-01"}, LIBRARY)
    return assemble(LIBRARY, request, document="general-terms")


def test_the_published_terms_leave_exactly_the_known_gaps() -> None:
    marks = {"full": "F", "partial": "P", "none": "N"}
    assert {row["duty"]: marks[row["status"]] for row in general_terms()["coverage"]} == PUBLISHED_TERMS


@pytest.mark.parametrize("options", [(), OPTIONS], ids=["plain", "every option"])
def test_the_standard_agreement_leaves_none(options: tuple[str, ...]) -> None:
    snapshot = assemble(LIBRARY, probe_request(LIBRARY, options), draft=False)
    check_issuable(snapshot)
    assert not snapshot["deviations"]
    assert all(e["covered"] for row in snapshot["coverage"] for e in row["elements"])


@pytest.mark.parametrize("name", LIBRARY.outlines["agreement"].clauses)
def test_deleting_a_clause_flips_exactly_its_requirements(name: str) -> None:
    content = copy.deepcopy(library_to_dict(LIBRARY))
    outline = content["files"]["agreement.yaml"]
    if name == outline["closing"]:
        content["files"][f"{name}/clause.yaml"]["covers"] = {}
    else:
        outline["recitals"] = None if outline["recitals"] == name else outline["recitals"]
        outline["annexes"] = [annex for annex in outline["annexes"] if annex != name]
        for part in outline["parts"]:
            part["clauses"] = [clause for clause in part["clauses"] if clause != name]
    for path, text in content["texts"].items():
        content["texts"][path] = re.sub(r"\{(ref|annex):" + name + r"(#[a-z0-9-]+)?\}", "–", text)
    for data in content["files"].values():
        if "requires" in data:
            data["requires"] = [other for other in data["requires"] if other != name]
    library = build_library(content)
    rows = assemble(library, probe_request(library, OPTIONS, {"cap_fixed": "3000.00"}))["coverage"]
    missing = {f"{row['duty']}.{e['id']}" for row in rows for e in row["elements"] if not e["covered"]}
    assert missing == set(LIBRARY.clauses[name].covers)


settings_of = st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in ALTERNATIVES.items()})


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sets(st.sampled_from(OPTIONS)), settings_of)
def test_any_allowed_set_of_deviations_keeps_every_duty_and_every_number(options: set[str], chosen: dict[str, Any]) -> None:
    parameters = {name: plain(value) for name, value in chosen.items()}
    try:
        request = probe_request(LIBRARY, options, parameters)
    except RequestInvalid:
        request = None
    if request is None:  # the library's own rules refuse this combination
        return
    snapshot = assemble(LIBRARY, request, draft=False)
    assert uncovered(snapshot["coverage"]) == []
    assert {change["parameter"] for d in snapshot["deviations"] for change in d["changes"]} <= set(chosen)
    articles = [article for part in snapshot["parts"] for article in part["articles"]]
    assert [article["label"] for article in articles] == [str(n) for n in range(1, len(articles) + 1)]
    text = words(snapshot)
    assert "{" not in text
    assert "  " not in text
    for deviation in snapshot["deviations"]:
        (change,) = deviation["changes"]
        assert snapshot["terms"][change["parameter"]]["text"] == change["agreed_text"] == deviation["agreed_text"]
        assert deviation["agreed_text"] in text


def contexts(parameter: str) -> list[dict[str, Any]]:
    """The standard, and every rung of the ladders of the clauses that use the parameter."""
    found: list[dict[str, Any]] = [{}]
    for clause in LIBRARY.clauses.values():
        if parameter in clause.parameters:
            for ladder in clause.ladders:
                for rung in ladder.rungs:
                    found.append(
                        {**{name: plain(value) for name, value in rung.sets.items()}, **{name: TEXTS[name] for name in rung.asks}}
                    )
    return found


@pytest.mark.parametrize("name", [n for n, p in LIBRARY.parameters.items() if p.type in ("money", "rate", "number", "duration")])
def test_the_figure_in_the_text_is_the_figure_in_the_terms(name: str) -> None:
    parameter = LIBRARY.parameters[name]
    outside = {"agreement": probe_request, "general-terms": None}
    for value in [v for v in ALTERNATIVES[name] if v is not None]:
        printed = print_value(parameter, value, "nl")
        short = print_value(parameter, value, "nl", short=True)
        seen = False
        for context in contexts(name):
            try:
                request = outside["agreement"](LIBRARY, OPTIONS, {**context, name: plain(value)})  # type: ignore[misc]
            except RequestInvalid:
                continue
            snapshot = assemble(LIBRARY, request)
            without_annex = words({**snapshot, "annexes": [a for a in snapshot["annexes"] if a["clause"] != "annex-deviations"]})
            seen = seen or printed in without_annex or short in without_annex
        if name == "minor_age":  # a parameter of the published terms alone
            changed = request_from_dict({"language": "nl", "effective_from": "2026-12-01", "parameters": {name: value}}, LIBRARY)
            seen = printed in words(assemble(LIBRARY, changed, document="general-terms"))
        assert seen, f"{name} = {printed} is printed nowhere"


def test_every_rung_changes_the_text_it_negotiates() -> None:
    standard = words(assemble(LIBRARY, probe_request(LIBRARY, OPTIONS)))
    for clause in LIBRARY.clauses.values():
        for ladder in clause.ladders:
            for rung in ladder.rungs:
                values = {name: plain(value) for name, value in rung.sets.items()} | {name: TEXTS[name] for name in rung.asks}
                snapshot = assemble(LIBRARY, probe_request(LIBRARY, OPTIONS, values), draft=False)
                without = words({**snapshot, "annexes": [a for a in snapshot["annexes"] if a["clause"] != "annex-deviations"]})
                assert without != standard, f"{clause.id} {rung.id}"
                assert snapshot["deviations"]
                check_issuable(snapshot)


def test_every_negotiable_row_of_the_playbook_has_its_ladder() -> None:
    rows = sorted(ladder.row for clause in LIBRARY.clauses.values() for ladder in clause.ladders if ladder.row)
    assert rows == list(range(1, 23))


def test_every_published_clause_version_is_recorded() -> None:
    published = read_published(clauses_dir())
    assert [clause.id for clause in unpublished(LIBRARY, published)] == []
    assert all(published[c.id][c.version] == c.hash for c in LIBRARY.clauses.values() if c.status == "published")


def test_every_house_rule_that_binds_is_cited_by_a_clause_of_the_published_terms() -> None:
    outline = LIBRARY.outlines["general-terms"]
    cited = {rule for name in outline.clauses for rule in LIBRARY.clauses[name].source}
    wanted = {
        f"{letter}{n}"
        for letter, last in (("b", 16), ("c", 16), ("d", 4), ("e", 5), ("f", 4), ("g", 5))
        for n in range(1, last + 1)
    }
    assert wanted - cited == set()
