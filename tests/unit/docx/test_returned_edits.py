"""Random edits of random clauses are found again: in the right clause, tracked or silent, and nothing else is."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dpa_service.adapters.docx.render import render_docx
from dpa_service.domain.comparison.returned import BOOKMARK, SUBSTANTIVE, Change, ClauseFindings, Comparison, compare
from dpa_service.domain.comparison.returned_manifest import marks_of_snapshot
from tests.support import snapshots
from tests.support.returned_word import Returned, stream

SNAPSHOT = snapshots.sample(4, 2)
DOCX = render_docx(SNAPSHOT)
ISSUED = stream(DOCX)
MARKS = marks_of_snapshot(SNAPSHOT)
NAMES = {mark.bookmark: mark.clause for mark in MARKS}
WORD = st.text("bcdfghjklmnpqrstvwxz", min_size=4, max_size=12).map(lambda letters: f"{letters}qx")
some = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def found(docx: bytes) -> Comparison:
    return compare(ISSUED, stream(docx), MARKS)


def changes(result: Comparison) -> list[tuple[ClauseFindings, Change]]:
    return [(clause, change) for clause in result.clauses for change in (*clause.tracked, *clause.silent)]


def whole(change: Change) -> tuple[str, str]:
    return change.old.strip(), change.new.strip()


@st.composite
def places(draw: st.DrawFn) -> tuple[Returned, str, Any]:
    """A file, a clause, and a paragraph of it with a word that can be edited."""
    file = Returned(DOCX)
    name = draw(st.sampled_from(file.clauses()))
    paragraphs = [paragraph for paragraph in file.paragraphs(name)[1:] if file.spots(paragraph)]
    return file, name, draw(st.sampled_from(paragraphs))


@st.composite
def word_places(draw: st.DrawFn) -> tuple[Returned, str, Any, str]:
    """… and the run of one word, with the word."""
    file, name, paragraph = draw(places())
    run, start, end = draw(st.sampled_from(file.spots(paragraph)))
    word = run.find(run.tag[:-1] + "t").text[start:end]
    return file, name, file.cut(run, start, end), word


def only(result: Comparison, bookmark: str, tracked: bool) -> Change:
    """The one finding there is, in its clause; all other clauses are as they were."""
    [(clause, change)] = changes(result)
    assert clause.clause == NAMES[bookmark]
    assert change.tracked == tracked
    assert (change.author, change.date) == (("Jurist Klant", "2026-12-03T10:15:00Z") if tracked else ("", ""))
    assert (clause.method, clause.confidence > 0.6) == (BOOKMARK, True)
    assert [each.clause for each in result.clauses if each.state != "unchanged"] == [clause.clause]
    return change


@some
@given(word_places(), WORD, st.booleans())
def test_a_word_inserted(place: tuple[Returned, str, Any, str], word: str, tracked: bool) -> None:
    file, name, run, _ = place
    file.insert(run, f" {word}", tracked=tracked)
    change = only(found(file.saved()), name, tracked)
    assert (change.kind, whole(change), change.weight) == ("inserted", ("", word), SUBSTANTIVE)


@some
@given(word_places(), st.booleans())
def test_a_word_deleted(place: tuple[Returned, str, Any, str], tracked: bool) -> None:
    file, name, run, word = place
    file.delete(run, tracked=tracked)
    change = only(found(file.saved()), name, tracked)
    assert (change.kind, change.weight) in [("deleted", SUBSTANTIVE), ("replaced", SUBSTANTIVE)]
    assert word in change.old


@some
@given(word_places(), WORD, st.booleans(), st.booleans(), st.integers(0, 99))
def test_a_word_replaced_in_a_file_that_a_program_saved_anew(
    place: tuple[Returned, str, Any, str], word: str, tracked: bool, ids: bool, seed: int
) -> None:
    file, name, run, old = place
    file.replace(run, word, tracked=tracked)
    file.split_runs(seed)
    if ids:
        file.repeat_ids()
    change = only(found(file.saved()), name, tracked)
    assert change.kind == "replaced"
    assert old in change.old
    assert word in change.new


@some
@given(word_places(), WORD)
def test_a_tracked_change_that_was_accepted_is_silent(place: tuple[Returned, str, Any, str], word: str) -> None:
    file, name, run, old = place
    file.replace(run, word, tracked=True)
    file.accept_all()
    change = only(found(file.saved()), name, False)
    assert old in change.old
    assert word in change.new


@some
@given(word_places(), WORD)
def test_a_forged_deletion_is_seen(place: tuple[Returned, str, Any, str], word: str) -> None:
    file, name, run, _ = place
    file.forge_deletion(run, f" {word}")
    result = found(file.saved())
    [(_, told), (clause, silent)] = changes(result)
    assert (told.kind, told.tracked, whole(told)) == ("deleted", True, (word, ""))
    assert (silent.kind, silent.tracked, whole(silent), clause.clause) == ("inserted", False, ("", word), NAMES[name])
    assert silent.reasons == ("never-issued",)


@some
@given(places(), WORD, st.booleans())
def test_a_paragraph_added(place: tuple[Returned, str, Any], word: str, tracked: bool) -> None:
    file, name, paragraph = place
    file.add_paragraph(paragraph, f"De Verwerker {word} voortaan.", tracked=tracked)
    change = only(found(file.saved()), name, tracked)
    assert (change.kind, whole(change)) == ("inserted", ("", f"De Verwerker {word} voortaan."))


@some
@given(places(), st.booleans())
def test_a_paragraph_deleted(place: tuple[Returned, str, Any], tracked: bool) -> None:
    file, name, paragraph = place
    if len(paragraph.getparent().findall(paragraph.tag)) == 1:
        return  # the only paragraph of a cell stays
    text = "".join(t.text or "" for t in paragraph.iter(paragraph.tag[:-1] + "t"))
    file.delete_paragraph(paragraph, tracked=tracked)
    change = only(found(file.saved()), name, tracked)
    assert (change.kind, whole(change)) == ("deleted", (text.strip(), ""))


@some
@given(st.data(), WORD, st.booleans(), st.booleans())
def test_a_table_row(data: st.DataObject, word: str, tracked: bool, added: bool) -> None:
    file = Returned(DOCX)
    name = data.draw(st.sampled_from([each for each in file.clauses() if len(file.rows(each)) > 2]))
    row = data.draw(st.sampled_from(file.rows(name)[1:]))
    cells = row.findall(row.tag[:-2] + "tc")
    if added:
        file.add_row(row, [f"{word}{n}" for n in range(len(cells))], tracked=tracked)
    else:
        file.delete_row(row, tracked=tracked)
    change = only(found(file.saved()), name, tracked)
    assert change.kind == ("row-" if tracked else "") + ("inserted" if added else "deleted")
    assert all(f"{word}{n}" in change.new for n in range(len(cells))) or not added


@some
@given(word_places(), WORD, st.booleans())
def test_a_comment_with_answers(place: tuple[Returned, str, Any, str], word: str, resolved: bool) -> None:
    file, name, run, on = place
    file.comment(run, f"Graag {word}.", replies=("Akkoord.", "Toch niet."), resolved=resolved)
    result = found(file.saved())
    assert changes(result) == []
    [(clause, note)] = [(clause.clause, note) for clause in result.clauses for note in clause.comments]
    assert (clause, note.text, note.anchored, note.resolved) == (NAMES[name], f"Graag {word}.", on, resolved)
    assert [reply.text for reply in note.replies] == ["Akkoord.", "Toch niet."]


@some
@given(word_places(), WORD, st.booleans())
def test_a_file_without_bookmarks_or_properties(place: tuple[Returned, str, Any, str], word: str, tracked: bool) -> None:
    file, name, run, old = place
    file.replace(run, word, tracked=tracked)
    result = found(file.as_google())
    [(clause, change)] = changes(result)
    assert (clause.clause, change.tracked) == (NAMES[name], tracked)
    assert clause.method in ("heading", "similarity")
    assert old in change.old
    assert word in change.new


@some
@given(st.integers(0, 10**6), st.booleans(), st.booleans())
def test_a_file_that_was_only_saved_has_no_findings(seed: int, ids: bool, google: bool) -> None:
    file = Returned(DOCX)
    file.split_runs(seed)
    if ids:
        file.repeat_ids()
    result = found(file.as_google() if google else file.saved())
    assert changes(result) == []
    assert {clause.state for clause in result.clauses} == {"unchanged"}
    assert result.weight == ""
    assert ("references-typed" in result.remarks) == google


@some
@given(
    st.data(),
    st.lists(st.tuples(st.sampled_from(["insert", "replace", "forge", "paragraph"]), st.booleans()), min_size=2, max_size=8),
)
def test_many_edits_at_once_are_all_found(data: st.DataObject, edits: list[tuple[str, bool]]) -> None:
    """Every new word is in one finding of its own clause, every other clause is as it was, and the views hold all words."""
    file = Returned(DOCX)
    expected = []
    for number, (edit, tracked) in enumerate(edits):
        name = data.draw(st.sampled_from(file.clauses()))
        paragraph = data.draw(st.sampled_from([each for each in file.paragraphs(name)[1:] if file.spots(each)]))
        run = file.cut(*data.draw(st.sampled_from(file.spots(paragraph))))
        word = f"nieuw{number}qx"
        if edit == "paragraph":
            file.add_paragraph(paragraph, f"Voortaan {word}.", tracked=tracked)
        elif edit == "forge":
            file.forge_deletion(run, f" {word}")
            expected.append((NAMES[name], False, word))
        elif edit == "insert":
            file.insert(run, f" {word}", tracked=tracked)
        else:
            file.replace(run, word, tracked=tracked)
        expected.append((NAMES[name], tracked or edit == "forge", word))
    result = found(file.saved())
    told = [(clause.clause, change.tracked, change.old + change.new) for clause, change in changes(result)]
    for clause, tracked, word in expected:
        assert [each for each in told if each[:2] == (clause, tracked) and word in each[2]], (word, told)
    assert {each[0] for each in told} == {each[0] for each in expected}
    for view, side in (("original", "inserted"), ("accepted", "deleted")):
        whole_file = "".join(p.text for q in stream(file.saved()).paragraphs if q.place == "body" for p in q.pieces
                             if getattr(p, side) is None and not p.field.startswith("TOC"))  # fmt: skip
        kept = "".join(getattr(each, view) for each in result.clauses if each.clause != "margins")
        assert sorted(kept.replace("\n", "")) == sorted(whole_file)
