import copy
import json
import random
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lxml import etree
from openxml_audit import OpenXmlValidator

from dpa_service.adapters.docx import redline as writer
from dpa_service.adapters.docx.context import RenderError
from dpa_service.adapters.docx.redline import redline_docx
from dpa_service.adapters.docx.redline_proof import Read, accepted, prove, rejected
from dpa_service.adapters.docx.render import render_docx
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.errors import DomainError
from dpa_service.resources import examples_dir
from dpa_service.services.agreements.generate import assemble_request
from tests.support import snapshots
from tests.support.edits import articles, edited
from tests.support.word import W, body, parts

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
BASES = {"small": snapshots.small(), "sample": snapshots.sample(7, 3), "terms": snapshots.general_terms()}
seeds = st.integers(0, 2**32)


def made(old: dict[str, Any], new: dict[str, Any], **more: Any) -> bytes:
    return redline_docx(old, new, **({"author": "V. Oorbeeld", "date": NOW} | more))


def said(lines: list[Read]) -> list[Read]:
    """The lines without bookmarks, which a document that is rejected does not get back where they were."""
    return [line._replace(bookmarks=()) for line in lines]


def shown(lines: list[Read]) -> list[Read]:
    """The same of a redline, which ends in an empty paragraph of its own."""
    assert (lines[-1].kind, lines[-1].pieces) == ("p", ())
    return said(lines[:-1])


def changes(docx: bytes) -> list[etree._Element]:
    return list(body(docx).iter(f"{W}ins", f"{W}del", f"{W}pPrChange"))


def marked_words(docx: bytes) -> dict[str, str]:
    """The words inserted and deleted, by kind of change."""
    root = body(docx)
    return {
        "ins": "".join(t.text or "" for change in root.iter(f"{W}ins") for t in change.iter(f"{W}t")),
        "del": "".join(t.text or "" for change in root.iter(f"{W}del") for t in change.iter(f"{W}delText")),
    }


@pytest.mark.parametrize("base", BASES)
@given(seed=seeds, count=st.integers(0, 12))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_accepting_gives_the_new_document_and_rejecting_the_old_one(base: str, seed: int, count: int) -> None:
    old = BASES[base]
    new = edited(old, random.Random(seed), count)
    docx = made(old, new)
    assert shown(accepted(docx)) == said(accepted(render_docx(new)))
    assert shown(rejected(docx)) == said(rejected(render_docx(old)))
    back = made(new, old)
    assert shown(accepted(back)) == said(accepted(render_docx(old)))
    assert shown(rejected(back)) == said(rejected(render_docx(new)))


@given(seed=seeds, name=st.sampled_from(sorted(path.stem for path in examples_dir().glob("*.json"))))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_same_of_agreements_from_the_clause_library(library: Library, seed: int, name: str) -> None:
    old = assemble_request(json.loads((examples_dir() / f"{name}.json").read_text(encoding="utf-8")), library)
    new = edited(old, random.Random(seed), 25)
    docx = made(old, new)
    assert shown(accepted(docx)) == said(accepted(render_docx(new)))
    assert shown(rejected(docx)) == said(rejected(render_docx(old)))


@given(seed=seeds)
@settings(max_examples=15, deadline=None)
def test_every_redline_is_sound(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    old = BASES["small"]
    docx = made(old, edited(old, random.Random(seed), 8))
    target: Path = tmp_path_factory.mktemp("redline") / "redline.docx"
    target.write_bytes(docx)
    assert not OpenXmlValidator().validate(target).errors
    assert Document(str(target)).paragraphs
    root = body(docx)
    ids = [item.get(f"{W}id") for item in root.iter() if item.get(f"{W}id") and item.tag != f"{W}bookmarkEnd"]
    assert len(set(ids)) == len(ids)
    ends = [item.get(f"{W}id") for item in root.iter(f"{W}bookmarkEnd")]
    starts = [item.get(f"{W}id") for item in root.iter(f"{W}bookmarkStart")]
    assert sorted(starts, key=str) == sorted(ends, key=str)
    open_now: set[str | None] = set()
    for item in root.iter(f"{W}bookmarkStart", f"{W}bookmarkEnd"):
        if item.tag == f"{W}bookmarkStart":
            open_now.add(item.get(f"{W}id"))
        else:
            assert item.get(f"{W}id") in open_now  # no bookmark ends before it starts


def test_the_same_documents_give_no_change_and_the_same_bytes() -> None:
    old = snapshots.small()
    docx = made(old, copy.deepcopy(old))
    assert changes(docx) == []
    assert made(old, old) == docx
    assert b"TOC" not in parts(docx)["word/document.xml"]


def test_only_the_words_that_changed_are_marked() -> None:
    old = snapshots.small()
    new = copy.deepcopy(old)
    run = articles(new)[0]["paragraphs"][0]["runs"][0]
    before = run["text"]
    run["text"] = before.replace("uitvoeringskosten", "aanzienlijke meerkosten")
    assert run["text"] != before
    docx = made(old, new)
    assert marked_words(docx) == {"del": "uitvoeringskosten", "ins": "aanzienlijke meerkosten"}
    assert {(c.get(f"{W}author"), c.get(f"{W}date")) for c in changes(docx)} == {("V. Oorbeeld", "2026-11-23T09:30:00Z")}


def test_a_renumbered_reference_is_one_deleted_and_one_inserted_field() -> None:
    old = snapshots.small()
    new = copy.deepcopy(old)
    reference = next(run for run in articles(new)[0]["paragraphs"][1]["runs"] if "ref" in run)
    before, reference["text"] = reference["text"], "99.9"
    docx = made(old, new)
    assert marked_words(docx) == {"del": before, "ins": "99.9"}
    for change in changes(docx):
        kinds = [mark.get(f"{W}fldCharType") for mark in change.iter(f"{W}fldChar")]
        assert kinds == ["begin", "separate", "end"]


def test_a_new_look_of_the_same_words_is_a_change() -> None:
    old = snapshots.small()
    new = copy.deepcopy(old)
    bold = next(run for run in articles(new)[0]["paragraphs"][1]["runs"] if run.get("bold"))
    del bold["bold"]
    assert marked_words(made(old, new)) == {"del": bold["text"], "ins": bold["text"]}


def test_rows_and_tables_are_marked_as_such() -> None:
    old = snapshots.small()
    new = copy.deepcopy(old)
    tables = [block for annex in new["annexes"] for block in annex["blocks"] if block["kind"] == "table"]
    tables[0]["rows"].append([[{"text": "geheel andere inhoud"}] for _ in tables[0]["rows"][0]])
    tables[1]["rows"].pop()
    root = body(made(old, new))
    assert len(list(root.iter(f"{W}trPr"))) > 2
    assert [sum(row.find(f"{W}{kind}") is not None for row in root.iter(f"{W}trPr")) for kind in ("ins", "del")] == [1, 1]


def test_bookmarks_stay_where_they_are_and_stand_once() -> None:
    old = snapshots.small()
    new = copy.deepcopy(old)
    gone = new["parts"][1]["articles"].pop()
    first = new["parts"][0]["articles"]
    first.reverse()  # moved: removed here, added there
    new = edited(new, random.Random(1), 0)  # references to the article that is gone become words
    names = [mark.get(f"{W}name") for mark in body(made(old, new)).iter(f"{W}bookmarkStart")]
    assert len(set(names)) == len(names)
    assert gone["bookmark"] in names
    places = {name: line.text for line in accepted(made(old, new)) for name in line.bookmarks}
    assert all(places[article["bookmark"]] == article["heading"] for article in first)


def test_author_and_date_are_the_callers() -> None:
    old = snapshots.small()
    new = edited(old, random.Random(3), 6)
    brussels = NOW.astimezone(timezone(timedelta(hours=1)))
    docx = made(old, new, author='A & "B" <C>\x00\n', date=brussels)
    assert {c.get(f"{W}author") for c in changes(docx)} == {'A & "B" <C>'}
    assert {c.get(f"{W}date") for c in changes(docx)} == {"2026-11-23T09:30:00Z"}
    assert docx == made(old, new, author='A & "B" <C>', date=NOW)
    with pytest.raises(RenderError):
        made(old, {**new, "closing": {}})
    with pytest.raises(ValueError, match="time zone"):
        made(old, new, date=datetime(2026, 11, 23))


def tampering(part: bytes) -> dict[str, bytes]:
    """A redline that says something else, in every way that a mistake of ours could."""
    return {
        "a word more": part.replace(b">Definities<", b">Definities!<", 1)
        if b">Definities<" in part
        else part.replace(b"De ", b"Een ", 1),
        "a deletion kept": re.sub(rb"<w:del ([^>]*)>(.*?)</w:del>", rb"<w:ins \1>\2</w:ins>", part, count=1, flags=re.DOTALL),
        "an insertion not marked": re.sub(rb"<w:ins [^>]*[^/]>(.*?)</w:ins>", rb"\1", part, count=1, flags=re.DOTALL),
        "a mark not marked": re.sub(rb"<w:rPr><w:ins [^>]*/></w:rPr>", b"", part, count=1),
        "a row not marked": re.sub(rb"<w:ins [^>]*/></w:trPr>", b"</w:trPr>", part, count=1),
        "a style lost": part.replace(b'<w:pStyle w:val="Lid"/>', b'<w:pStyle w:val="Punt"/>', 1),
        "bold lost": part.replace(b"<w:rPr><w:b/><w:bCs/></w:rPr>", b"", 1),
        "a number twice": re.sub(rb'w:id="\d+"', b'w:id="1"', part, count=5),
        "a bookmark lost": re.sub(rb'<w:bookmarkStart w:id="\d+" w:name="_cl_[^>]*>', b"", part, count=1),
        "a paragraph lost": re.sub(rb"<w:p>(?:(?!</w:p>).)*Verwerker (?:(?!</w:p>).)*</w:p>", b"", part, count=1),
        "another field": part.replace(rb" REF _", rb" REF x_", 1),
    }


def changed_pair() -> tuple[dict[str, Any], dict[str, Any]]:
    old = snapshots.small()
    new = copy.deepcopy(old)
    new["parts"][0]["articles"][0]["paragraphs"][0]["runs"] = [
        {"text": "Elke Partij bewaart twee exemplaren van de instructies."}
    ]
    new["parts"][0]["articles"][0]["paragraphs"].insert(0, _plain("Een nieuw lid."))
    table = next(block for block in new["annexes"][0]["blocks"] if block["kind"] == "table")
    table["rows"].append([[{"text": "geheel nieuw"}] for _ in table["columns"]])
    return old, new


def _plain(words: str) -> dict[str, Any]:
    return {"label": "1.1", "anchor": None, "bookmark": None, "runs": [{"text": words}], "points": []}


@pytest.mark.parametrize("name", sorted(tampering(b"")))
def test_a_redline_that_is_wrong_is_never_served(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = changed_pair()
    genuine = writer.merge

    def wrong(*args: Any, **more: Any) -> bytes:
        right = genuine(*args, **more)
        tampered = tampering(right)[name]
        assert tampered != right
        return tampered

    made(old, new)
    monkeypatch.setattr(writer, "merge", wrong)
    with pytest.raises(DomainError) as refused:
        made(old, new)
    assert refused.value.code == "REDLINE_UNPROVEN"


def test_the_proof_knows_the_documents_apart() -> None:
    old, new = changed_pair()
    one, other = (parts(render_docx(snapshot))["word/document.xml"] for snapshot in (old, new))
    part = parts(made(old, new))["word/document.xml"]
    prove(part, one, other)
    for wrong in ((part, other, one), (part, one, one), (part, other, other), (one, one, other)):
        with pytest.raises(DomainError):
            prove(*wrong)


@given(
    lines=st.lists(st.sampled_from("abcdef"), min_size=1, max_size=5),
    others=st.lists(st.sampled_from("abcdef"), min_size=1, max_size=5),
)
@example(lines=["a"], others=["a", "b"])
@example(lines=["a", "b"], others=["a"])
@example(lines=["a", "b"], others=["c", "d", "e"])
@settings(max_examples=20, deadline=None)
def test_lines_of_a_cell_come_and_go(lines: list[str], others: list[str]) -> None:
    """The last paragraph mark of a cell can neither come nor go: Word has no cell without one."""
    old = snapshots.small()
    new = copy.deepcopy(old)
    for snapshot, words in ((old, lines), (new, others)):
        table = next(block for block in snapshot["annexes"][0]["blocks"] if block["kind"] == "table")
        cell: list[dict[str, Any]] = []
        for letter in words:
            cell += [{"text": "", "break": True}] * bool(cell) + [{"text": f"regel {letter * 9}"}]
        table["rows"][1][1] = cell
    docx = made(old, new)
    for cell_element in body(docx).iter(f"{W}tc"):
        last = [child for child in cell_element if child.tag == f"{W}p"][-1]
        row = cell_element.getparent()
        assert row is not None
        if row.find(f"{W}trPr/{W}ins") is None and row.find(f"{W}trPr/{W}del") is None:
            assert last.find(f"{W}pPr/{W}rPr") is None
