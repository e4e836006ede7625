"""Each kind of mistake in the clause library gets a message with file, line and remedy."""

from typing import Any

import pytest

from dpa_service.domain.contract.library_check import check_library, unpublished
from dpa_service.domain.errors import LibraryProblem, Problem
from tests.support.small_library import build, raw


def problems(content: dict[str, Any], published: dict | None = None) -> list[Problem]:
    try:
        library = build(content)
    except LibraryProblem as refused:
        return refused.problems
    return check_library(library, published or {}, lambda _file, _keys: 1)


def test_the_small_library_is_sound() -> None:
    assert problems(raw()) == []


def change(path: str, **keys: Any):
    def apply(content: dict[str, Any]) -> None:
        content["files"][path] |= keys

    return apply


def text(path: str, words: str):
    def apply(content: dict[str, Any]) -> None:
        content["texts"][path] = words

    return apply


def drop(path: str):
    def apply(content: dict[str, Any]) -> None:
        content["files"].pop(path, None)
        content["texts"].pop(path, None)

    return apply


def parameter(index: int, **keys: Any):
    def apply(content: dict[str, Any]) -> None:
        content["files"]["parameters.yaml"]["parameters"][index] |= keys

    return apply


@pytest.mark.parametrize(
    ("mistake", "file", "said"),
    [
        (change("last/clause.yaml", id="other"), "last/clause.yaml", "not the folder's name"),
        (change("last/clause.yaml", version="1"), "last/clause.yaml", "form 1.0.0"),
        (change("last/clause.yaml", status="final"), "last/clause.yaml", "unknown status"),
        (change("last/clause.yaml", colour="red"), "last/clause.yaml", "unknown key 'colour'"),
        (change("last/clause.yaml", when="transfers and"), "last/clause.yaml", "condition"),
        (change("last/clause.yaml", when="nobody"), "last/clause.yaml", "neither a parameter nor a fact"),
        (change("last/clause.yaml", when="cap"), "last/clause.yaml", "not yes or no"),
        (change("last/clause.yaml", when="moon in services"), "last/clause.yaml", "no service 'moon'"),
        (change("last/clause.yaml", parameters=[]), "last/clause.yaml", "does not list it"),
        (change("last/clause.yaml", parameters=["cap", "days"]), "last/clause.yaml", "does not use it"),
        (change("last/clause.yaml", covers={"28(3).nothing": []}), "last/clause.yaml", "no element"),
        (change("last/clause.yaml", covers={"28(3).two": ["nowhere"]}), "last/clause.yaml", "no place"),
        (change("last/clause.yaml", covers={"28(3).one": [], "28(3).two": []}), "last/clause.yaml", "already covered by clause 'first'"),
        (change("last/clause.yaml", covers={}), "agreement.yaml", "28(3) not covered"),
        (change("last/clause.yaml", requires=["moon"]), "last/clause.yaml", "no clause 'moon'"),
        (change("last/clause.yaml", requires=["recording"]), "agreement.yaml", "needs clause 'recording'"),
        (change("last/clause.yaml", notices=["N_MOON"]), "last/clause.yaml", "no legal notice"),
        (change("first/clause.yaml", ladder={"standard": "x"}), "first/clause.yaml", "'rungs' is missing"),
        (change("first/clause.yaml", ladder={"standard": "x", "walk_away": "y", "rungs": [{"id": "F1", "nl": "z", "approvers": []}]}), "first/clause.yaml", "sets nothing"),
        (change("first/clause.yaml", ladder={"standard": "x", "walk_away": "y", "rungs": [{"id": "F1", "nl": "z", "set": {"days": 99}, "approvers": ["DPO"]}]}), "first/clause.yaml", "between 1 and 30"),
        (change("first/clause.yaml", ladder={"standard": "x", "walk_away": "y", "rungs": [{"id": "F1", "nl": "z", "set": {"cap": None}, "approvers": ["DPO"]}]}), "first/clause.yaml", "does not use"),
        (change("first/clause.yaml", ladder={"standard": "x", "walk_away": "y", "rungs": [{"id": "F1", "nl": "z", "set": {"days": 9}, "approvers": ["POPE"]}]}), "first/clause.yaml", "no approver"),
        (text("last/nl.md", "# Laatste\n1. Hoogstens {cap} en {moon}.\n"), "last/nl.md", "neither a parameter nor a fact"),
        (text("last/nl.md", "# Laatste\n1. {cap}, zie {ref:moon}.\n"), "last/nl.md", "no clause 'moon'"),
        (text("last/nl.md", "# Laatste\n1. {cap}, zie {ref:first#moon}.\n"), "last/nl.md", "no place {#moon}"),
        (text("last/nl.md", "# Laatste\n1. {cap}, zie {ref:table}.\n"), "last/nl.md", "wrong way"),
        (text("last/nl.md", "# Laatste\n1. {cap}, zie {ref:alone}.\n"), "last/nl.md", "not part of agreement"),
        (text("last/nl.md", "# Laatste\n1. {cap}, zie {ref:recording}.\n"), "agreement.yaml", "refers to 'recording'"),
        (text("last/nl.md", "# Laatste\n1. {cap} {when firm} x.\n"), "last/nl.md", "beginning"),
        (text("table/nl.md", "# Bijlage\n{table:moon}\n"), "table/nl.md", "no table 'moon'"),
        (text("alone/nl.md", "# Alleen\n1. {controller.name}.\n"), "general-terms.yaml", "controller.name"),
        (text("sign/nl.md", "# Slot\n1. Gedaan:\n   - punt.\n"), "sign/nl.md", "closing words hold points"),
        (text("orphan/nl.md", "# Wees\n1. Tekst.\n"), "orphan/clause.yaml", "no clause.yaml"),
        (drop("last/nl.md"), "last/nl.md", "nl text is missing"),
        (drop("last/clause.yaml"), "agreement.yaml", "no clause 'last'"),
        (drop("playbook.yaml"), "playbook.yaml", "file is missing"),
        (parameter(0, type="euro"), "parameters.yaml", "unknown type"),
        (parameter(0, standard="250000.00"), "parameters.yaml", "between"),
        (parameter(0, nl={}), "parameters.yaml", "label is missing"),
        (parameter(0, maximum=None), "parameters.yaml", "no bounds"),
        (parameter(1, unit="fortnights"), "parameters.yaml", "unknown unit"),
        (parameter(2, nl={"label": "Vast", "values": {"true": "ja"}}), "parameters.yaml", "true and for false"),
    ],
)  # fmt: skip
def test_each_mistake_is_named(mistake: Any, file: str, said: str) -> None:
    content = raw()
    mistake(content)
    found = [p for p in problems(content) if p.file == file and said in p.message]
    assert found, problems(content)
    assert all(p.remedy and p.line >= 1 for p in found)


def test_a_parameter_that_nothing_prints_is_a_mistake() -> None:
    content = raw()
    content["files"]["parameters.yaml"]["parameters"].append(
        {"id": "unused", "type": "text", "standard": "x", "rule": "g4", "nl": {"label": "Ongebruikt"}}
    )
    assert [p.message for p in problems(content)] == ["no clause prints 'unused'."]


def test_published_text_never_changes_under_its_version() -> None:
    library = build()
    published = {"last": {"1.0.0": library.clauses["last"].hash}}
    assert problems(raw(), published) == []
    assert "last" not in {clause.id for clause in unpublished(library, published)}
    content = raw()
    content["texts"]["last/nl.md"] = content["texts"]["last/nl.md"].replace("Hoogstens", "Ten hoogste")
    (problem,) = problems(content, published)
    assert "never changes" in problem.message
    assert "Raise the version" in problem.remedy
    content["files"]["last/clause.yaml"]["version"] = "1.0.1"
    assert problems(content, published) == []
    assert "last" in {clause.id for clause in unpublished(build(content), published)}


def test_retiring_a_clause_does_not_change_its_content() -> None:
    content = raw()
    content["files"]["last/clause.yaml"]["status"] = "retired"
    assert build(content).clauses["last"].hash == build().clauses["last"].hash
