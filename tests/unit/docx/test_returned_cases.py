"""What returned files do that random edits do not: clauses moved, merged and gone, hidden words, machine-printed ones, second rounds."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from lxml import etree

from dpa_service.adapters.docx.render import render_docx
from dpa_service.domain.comparison.returned import (
    COSMETIC,
    COVER,
    HEADING,
    MARGINS,
    MISSING,
    NO_CLAUSE,
    SUBSTANTIVE,
    SUSPICIOUS,
    Change,
    ClauseFindings,
    Comparison,
    compare,
)
from dpa_service.domain.comparison.returned_manifest import marks_of_snapshot, marks_of_stream
from tests.support import snapshots
from tests.support.returned_word import Returned, W, edited, stream, words
from tests.support.signed_files import part, repacked

SNAPSHOT = snapshots.sample(6, 2)
DOCX = render_docx(SNAPSHOT)
ISSUED = stream(DOCX)
MARKS = marks_of_snapshot(SNAPSHOT)
MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
TABLED = next(name for name in Returned(DOCX).clauses() if len(Returned(DOCX).rows(name)) > 2)
AUDIT = next(mark for mark in MARKS if mark.clause == "clause-3")


def found(docx: bytes) -> Comparison:
    return compare(ISSUED, stream(docx), MARKS)


def after(edit: Callable[[Returned], None]) -> Comparison:
    return found(edited(DOCX, edit))


def clause(result: Comparison, name: str = AUDIT.clause) -> ClauseFindings:
    return next(each for each in result.clauses if each.clause == name)


def changed(result: Comparison) -> list[str]:
    return [each.clause for each in result.clauses if each.state != "unchanged"]


def word(file: Returned, paragraph: int = 1, number: int = 1) -> Any:
    """The run of one word of the clause."""
    run, start, end = file.spots(file.paragraphs(AUDIT.bookmark)[paragraph])[number]
    return file.cut(run, start, end)


def text(run: Any) -> str:
    return run.find(f"{W}t").text


# ---- clauses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tracked", [True, False])
def test_a_new_article_stands_under_no_clause(tracked: bool) -> None:
    def edit(file: Returned) -> None:
        last = file.paragraphs(AUDIT.bookmark)[-1]
        heading = file.add_paragraph(last, "Boetes", tracked=tracked, style="Heading1")
        file.add_paragraph(heading, "De Verwerker betaalt 5.000 euro.", tracked=tracked, style="Lid")

    result = after(edit)
    [new] = [each for each in result.clauses if each.state != "unchanged"]
    assert (new.clause, new.state, new.heading, new.after, new.method) == (NO_CLAUSE, "added", "Boetes", AUDIT.clause, HEADING)
    assert (new.issued, new.accepted) == ("", "Boetes\nDe Verwerker betaalt 5.000 euro.")
    [change] = new.tracked if tracked else new.silent
    assert change.kind == "inserted"
    assert new.original == ("" if tracked else new.accepted)


@pytest.mark.parametrize("google", [True, False])
def test_a_clause_that_was_moved_is_compared_where_it_was(google: bool) -> None:
    file = Returned(DOCX)
    target = file.paragraphs(file.clauses()[1])[0]
    file.replace(word(file), "gewijzigd", tracked=False)
    for paragraph in file.paragraphs(AUDIT.bookmark):
        target.addprevious(paragraph)
    result = found(file.as_google() if google else file.saved())
    assert changed(result) == [AUDIT.clause]
    assert (clause(result).state, [each.new for each in clause(result).silent]) == ("moved", ["gewijzigd"])
    assert result.weight == SUBSTANTIVE


def test_two_clauses_merged() -> None:
    result = after(lambda file: file.delete_paragraph(file.paragraphs(AUDIT.bookmark)[0], tracked=False))
    [change] = clause(result).silent
    assert (changed(result), change.kind, change.old.strip()) == ([AUDIT.clause], "deleted", AUDIT.heading)
    assert clause(result).method == "similarity"
    assert 0.5 < clause(result).confidence < 1


def test_clauses_of_which_every_word_was_replaced() -> None:
    """Nothing is left to recognise them by but their bookmarks, which stand in their order."""
    names = [MARKS[1], MARKS[2]]

    def edit(file: Returned) -> None:
        for mark in names:
            for paragraph in file.paragraphs(mark.bookmark):
                first, *rest = paragraph.iter(f"{W}t")
                first.text = f"Volkomen vervangen zin zonder gelijkenis {mark.clause}"
                for each in rest:
                    each.text = ""

    result = after(edit)
    for mark in names:
        assert (clause(result, mark.clause).state, clause(result, mark.clause).method) == ("changed", "bookmark")
        assert clause(result, mark.clause).confidence < 0.7
        assert {line.rsplit(" ", 1)[1] for line in clause(result, mark.clause).original.split("\n")} == {mark.clause}


@pytest.mark.parametrize("tracked", [True, False])
def test_a_clause_taken_out(tracked: bool) -> None:
    def edit(file: Returned) -> None:
        for paragraph in file.paragraphs(AUDIT.bookmark):
            file.delete_paragraph(paragraph, tracked=tracked)

    result = after(edit)
    gone = clause(result)
    [change] = gone.tracked if tracked else gone.silent
    assert changed(result) == [AUDIT.clause]
    assert change.old.strip("\n") == gone.issued
    assert (gone.state, gone.accepted) == ("removed" if tracked else "missing", "")
    assert tracked or gone.method == MISSING


def test_paragraphs_joined_and_split() -> None:
    def join(file: Returned) -> None:
        first, second = file.paragraphs(AUDIT.bookmark)[1:3]
        for child in [child for child in second if child.tag != f"{W}pPr"]:
            first.append(child)
        second.getparent().remove(second)

    def split(file: Returned) -> None:
        run = word(file)
        first = run.getparent()
        second = etree.Element(f"{W}p")
        second.append(copy.deepcopy(first.find(f"{W}pPr")))
        for child in list(first)[list(first).index(run) :]:
            second.append(child)
        first.addnext(second)

    for edit, kind in ((join, "joined"), (split, "split")):
        result = after(edit)
        assert changed(result) == [AUDIT.clause]
        assert [(each.kind, each.weight) for each in clause(result).silent] == [(kind, SUBSTANTIVE)]


def test_an_edit_beside_the_heading_stays_in_its_clause() -> None:
    result = after(lambda file: file.insert(file.cut(*file.spots(file.paragraphs(AUDIT.bookmark)[0])[0]), " nieuw", tracked=True))
    assert changed(result) == [AUDIT.clause]


def test_a_return_before_a_heading_belongs_to_the_clause_before() -> None:
    def edit(file: Returned) -> None:
        heading = file.paragraphs(MARKS[-1].bookmark)[0]
        made = file.add_paragraph(heading, "Nieuw lid.", tracked=True, style="Lid")
        heading.addprevious(made)

    assert changed(after(edit)) == [MARKS[-2].clause]


# ---- states --------------------------------------------------------------------------------------------------------


def test_words_inserted_by_one_and_deleted_by_another() -> None:
    def edit(file: Returned) -> None:
        wrapper = file.insert(word(file), " tussendoor", tracked=True)
        file.author = "Tweede Lezer"
        file.delete(wrapper.find(f"{W}r"), tracked=True)

    [change] = clause(after(edit)).tracked
    assert (change.kind, change.author, change.new.strip()) == ("withdrawn", "Jurist Klant", "tussendoor")


def test_claims_may_be_missing() -> None:
    def edit(file: Returned) -> None:
        file.author = file.date = ""
        file.insert(word(file), " anoniem", tracked=True)

    [change] = clause(after(edit)).tracked
    assert (change.author, change.date, change.tracked) == ("", "", True)


def test_a_tracked_move() -> None:
    def edit(file: Returned) -> None:
        first, _, third = file.paragraphs(AUDIT.bookmark)[1:4]
        made = file.add_paragraph(third, words(first), tracked=True)
        file.delete_paragraph(first, tracked=True)
        for inside, name in ((first, "moveFrom"), (made, "moveTo")):
            for mark in list(inside.iter(f"{W}ins", f"{W}del")):
                mark.tag = f"{W}{name}"

    result = clause(after(edit))
    assert [change.kind for change in result.tracked] == ["moved-from", "moved-to"]
    assert result.silent == ()
    assert result.tracked[0].old.strip() == result.tracked[1].new.strip() != ""


def test_words_in_boxes_notes_and_content_controls_are_read() -> None:
    def edit(file: Returned) -> None:
        box = etree.fromstring(
            f'<w:r xmlns:w="{W[1:-1]}"><w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml"><v:textbox><w:txbxContent>'
            "<w:p><w:r><w:t>Woorden in een kader.</w:t></w:r></w:p></w:txbxContent></v:textbox></v:shape></w:pict></w:r>"
        )
        run = word(file)
        control = etree.fromstring(f'<w:sdt xmlns:w="{W[1:-1]}"><w:sdtPr/><w:sdtContent/></w:sdt>')
        run.addnext(box)
        run.addprevious(control)
        control[1].append(run)

    result = after(edit)
    [change] = clause(result).silent
    assert (changed(result), change.new.strip()) == ([AUDIT.clause], "Woorden in een kader.")


def test_a_footnote_stands_with_its_paragraph() -> None:
    file = Returned(DOCX)
    reference = etree.fromstring(f'<w:r xmlns:w="{W[1:-1]}"><w:footnoteReference w:id="7"/></w:r>')
    word(file).addnext(reference)
    notes = f'<w:footnotes xmlns:w="{W[1:-1]}"><w:footnote w:id="7"><w:p><w:r><w:t>Behalve op zondag.</w:t></w:r></w:p></w:footnote></w:footnotes>'
    result = found(repacked(file.saved(), {"word/footnotes.xml": notes.encode()}))
    [change] = clause(result).silent
    assert (changed(result), change.new.strip()) == ([AUDIT.clause], "Behalve op zondag.")


def test_headers_and_footers() -> None:
    footer = part(DOCX, "word/footer1.xml").replace(b"</w:p>", b"<w:r><w:t> kopie klant</w:t></w:r></w:p>", 1)
    result = found(repacked(DOCX, {"word/footer1.xml": footer}))
    assert changed(result) == [MARGINS]
    assert "kopie klant" in clause(result, MARGINS).silent[0].new


# ---- what a reader does not see ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "attributes", "look", "weight"), [
    ("strike", {}, "strike", SUBSTANTIVE),
    ("vanish", {}, "hidden", SUSPICIOUS),
    ("color", {"val": "FEFEFE"}, "white", SUSPICIOUS),
    ("sz", {"val": "2"}, "tiny", SUSPICIOUS),
    ("b", {}, "bold", COSMETIC),
    ("highlight", {"val": "yellow"}, "highlight", COSMETIC),
])  # fmt: skip
@pytest.mark.parametrize("tracked", [True, False])
def test_looks(name: str, attributes: dict[str, str], look: str, weight: str, tracked: bool) -> None:
    made = []

    def edit(file: Returned) -> None:
        made.append(word(file))
        file.look(made[0], name, tracked=tracked, **attributes)

    result = after(edit)
    [told] = clause(result).formatting
    assert (look in told.added, told.text, told.tracked, told.weight, result.weight) == (
        True,
        text(made[0]),
        tracked,
        weight,
        weight,
    )
    assert told.author == ("Jurist Klant" if tracked else "")


@pytest.mark.parametrize("tracked", [True, False])
def test_hidden_words_are_suspicious(tracked: bool) -> None:
    def edit(file: Returned) -> None:
        made = file.insert(word(file), " behalve bij storing", tracked=tracked)
        file.look(made if made.tag == f"{W}r" else made.find(f"{W}r"), "vanish")

    result = clause(after(edit))
    [change] = result.tracked or result.silent
    assert (change.weight, change.reasons) == (SUSPICIOUS, ("hidden",))


@pytest.mark.parametrize(("change", "weight", "reason"), [
    (lambda word: word.replace("e", "е"), SUSPICIOUS, "look-alike"),
    (lambda word: f"{word[:2]}\u200b{word[2:]}", SUSPICIOUS, "zero-width"),
    (lambda word: f"\u202e{word}", SUSPICIOUS, "bidi"),
    (lambda word: f"{word[:2]}\u00ad{word[2:]}", COSMETIC, "hyphens"),
    (lambda word: f"{word}\u00a0", COSMETIC, "spaces"),
    (lambda word: word.replace("e", "é"), SUBSTANTIVE, ""),
])  # fmt: skip
def test_what_a_silent_change_weighs(change: Callable[[str], str], weight: str, reason: str) -> None:
    def edit(file: Returned) -> None:
        run = next(r for r in (word(file, number=n) for n in range(6)) if "e" in text(r)[1:])
        run.find(f"{W}t").text = change(text(run))

    [told] = clause(after(edit)).silent
    assert (told.weight, told.reasons) == (weight, (reason,) if reason else ())


def test_two_forms_of_one_drawing_that_differ_are_both_read() -> None:
    def edit(file: Returned) -> None:
        forms = "".join(f"<mc:{name}><w:r><w:t> {said}</w:t></w:r></mc:{name}>" for name, said in
                        (('Choice Requires="zz"', "zoals uitgegeven"), ("Fallback", "heel anders")))  # fmt: skip
        forms = forms.replace('</mc:Choice Requires="zz">', "</mc:Choice>")
        spaces = f'xmlns:w="{W[1:-1]}" xmlns:mc="{MC}" xmlns:zz="urn:zz"'
        word(file).addnext(etree.fromstring(f"<mc:AlternateContent {spaces}>{forms}</mc:AlternateContent>"))

    [change] = clause(after(edit)).silent
    assert "zoals uitgegeven" in change.new
    assert "heel anders" in change.new


def test_words_that_another_field_would_print_are_suspicious() -> None:
    """What it shows is what was issued; what it shows after the next computing is not."""

    def edit(file: Returned) -> None:
        run = word(file)
        field = etree.Element(f"{W}fldSimple", {f"{W}instr": ' QUOTE "iets anders" '})
        run.addprevious(field)
        field.append(run)

    result = after(edit)
    [look] = clause(result).formatting
    assert (look.added, look.weight, findings(result)) == (('field:=QUOTE "iets anders"',), SUSPICIOUS, [])


def test_a_reference_to_another_place_is_substantive() -> None:
    def edit(file: Returned) -> None:
        mark = next(each for each in file.body.iter(f"{W}instrText") if "REF _" in (each.text or ""))
        mark.text = f" REF {MARKS[-1].bookmark} \\r \\h "

    result = after(edit)
    assert [look.weight for each in result.clauses for look in each.formatting] == [SUBSTANTIVE]


def test_a_page_number_in_the_text_is_a_number() -> None:
    def edit(file: Returned) -> None:
        field = etree.Element(f"{W}fldSimple", {f"{W}instr": " PAGE "})
        word(file).addnext(field)
        field.append(file.run("2"))

    [change] = clause(after(edit)).silent
    assert change.new.endswith("2")


def test_words_in_the_number_of_a_paragraph() -> None:
    numbering = part(DOCX, "word/numbering.xml").replace(b'w:lvlText w:val="%1.%2"', b'w:lvlText w:val="%1.%2 tenzij anders"')
    result = found(repacked(DOCX, {"word/numbering.xml": numbering}))
    looks = clause(result).formatting
    assert {look.added for look in looks} == {("label:%1.%2 tenzij anders",)}
    assert {look.weight for look in looks} == {SUBSTANTIVE}


def test_numbers_that_start_elsewhere() -> None:
    numbering = part(DOCX, "word/numbering.xml").replace(
        b'<w:lvl w:ilvl="0"><w:start w:val="1"', b'<w:lvl w:ilvl="0"><w:start w:val="4"', 1
    )
    result = found(repacked(DOCX, {"word/numbering.xml": numbering}))
    assert {(look.added, look.weight) for look in clause(result).formatting} == {(("label:%1@4",), SUBSTANTIVE)}


def test_cells_and_lines_that_show_nothing_are_hidden() -> None:
    def cover(file: Returned) -> None:
        cell = file.rows(TABLED)[1].find(f"{W}tc")
        etree.SubElement(cell.find(f"{W}tcPr"), f"{W}vMerge")

    def flatten(file: Returned) -> None:
        properties = file.paragraphs(AUDIT.bookmark)[1].find(f"{W}pPr")
        etree.SubElement(properties, f"{W}spacing", {f"{W}line": "1", f"{W}lineRule": "exact"})

    for edit in (cover, flatten):
        looks = [look for each in after(edit).clauses for look in each.formatting]
        assert {(look.added, look.weight) for look in looks} == {(("hidden",), SUSPICIOUS)}


# ---- what the machine prints ---------------------------------------------------------------------------------------


def references(file: Returned) -> list[Any]:
    """The runs that show the results of REF fields."""
    begun = [run for run in file.body.iter(f"{W}r") if "REF _" in "".join(i.text or "" for i in run.iter(f"{W}instrText"))]
    return [run.getnext().getnext() for run in begun]


def test_references_that_word_computed_anew_are_cosmetic_where_something_moved() -> None:
    def edit(file: Returned) -> None:
        file.add_paragraph(file.paragraphs(AUDIT.bookmark)[1], "Een nieuw lid.", tracked=False)
        for run in references(file):
            run.find(f"{W}t").text = "9.9"

    result = after(edit)
    told = [change for each in result.clauses for change in each.silent if change.reasons == ("reference",)]
    assert told
    assert {change.weight for change in told} == {COSMETIC}
    assert [each.clause for each in result.clauses if each.weight == SUBSTANTIVE] == [AUDIT.clause]


def test_a_reference_that_says_another_place_without_reason_is_substantive() -> None:
    def edit(file: Returned) -> None:
        references(file)[0].find(f"{W}t").text = "9.9"

    [change] = [change for each in after(edit).clauses for change in each.silent]
    assert (change.weight, change.reasons) == (SUBSTANTIVE, ("reference",))


@pytest.mark.parametrize("other", [False, True])
def test_a_reference_that_was_typed(other: bool) -> None:
    def edit(file: Returned) -> None:
        result = references(file)[0]
        parts = [
            result.getprevious(),
            result.getprevious().getprevious(),
            result.getprevious().getprevious().getprevious(),
            result.getnext(),
        ]
        for each in parts:
            each.getparent().remove(each)
        if other:
            result.find(f"{W}t").text = "artikel 99"

    result = after(edit)
    told = [change for each in result.clauses for change in each.silent]
    looks = [look for each in result.clauses for look in each.formatting]
    if other:
        assert [change.weight for change in told] == [SUBSTANTIVE]
    else:
        assert (told, [look.weight for look in looks]) == ([], [COSMETIC])
        assert looks[0].removed[0].startswith("field:")


def test_the_table_of_contents_is_no_finding_but_what_is_written_into_it_is() -> None:
    def listed(file: Returned) -> list[Any]:
        return [each for each in file.body.iter(f"{W}p") if (each.find(f"{W}pPr/{W}pStyle") is not None
                and each.find(f"{W}pPr/{W}pStyle").get(f"{W}val").startswith("TOC1"))]  # fmt: skip

    def numbered(file: Returned) -> None:
        for each in listed(file):
            each.append(file.run("\t12"))

    def written(file: Returned) -> None:
        file.add_paragraph(listed(file)[0], "De Verwerker is nooit aansprakelijk.", tracked=False)

    assert changed(after(numbered)) == []
    result = after(written)
    assert changed(result) == [COVER]
    assert clause(result, COVER).silent[0].new.strip() == "De Verwerker is nooit aansprakelijk."


def test_a_number_that_was_typed_for_a_lost_one_is_cosmetic() -> None:
    def edit(file: Returned) -> None:
        paragraph = file.paragraphs(AUDIT.bookmark)[1]
        paragraph.find(f"{W}pPr/{W}pStyle").set(f"{W}val", "BodyText")
        paragraph.insert(1, file.run("3.1\u00a0"))

    result = clause(after(edit))
    assert [(change.weight, change.reasons) for change in result.silent] == [(COSMETIC, ("numbering",))]
    assert [look.added for look in result.formatting] == [("style:body text",)]


# ---- second rounds -------------------------------------------------------------------------------------------------


def test_our_own_revisions_in_the_baseline_are_known() -> None:
    ours = Returned(DOCX, author="ContactExpert NV", date="2026-12-01T08:00:00Z")
    ours.replace(word(ours), "onzevoorstel", tracked=True)
    sent = ours.saved()
    theirs = Returned(sent)
    theirs.replace(word(theirs, paragraph=2), "hunvoorstel", tracked=True)
    issued, returned = stream(sent), stream(theirs.saved())
    assert changed(compare(issued, issued, MARKS)) == []
    result = compare(issued, returned, MARKS)
    [change] = clause(result).tracked
    assert (changed(result), change.new, clause(result).silent) == ([AUDIT.clause], "hunvoorstel", ())
    assert result.authors == ("Jurist Klant",)


def test_our_name_on_words_that_we_never_wrote_does_not_help() -> None:
    ours = Returned(DOCX, author="ContactExpert NV", date="2026-12-01T08:00:00Z")
    ours.insert(word(ours), " onzevoorstel", tracked=True)
    issued = stream(ours.saved())
    theirs = Returned(ours.saved(), author="ContactExpert NV", date="2026-12-01T08:00:00Z")
    theirs.insert(word(theirs, paragraph=2), " vervalst", tracked=True)
    theirs.forge_deletion(word(theirs, paragraph=2, number=4), " verzonnen")
    result = clause(compare(issued, stream(theirs.saved()), MARKS))
    assert [change.new.strip() for change in result.tracked if change.new] == ["vervalst"]
    assert [change.new.strip() for change in result.silent] == ["verzonnen"]


def test_the_clauses_of_a_file_are_those_of_its_snapshot() -> None:
    names = {mark.bookmark: mark.clause for mark in MARKS}
    assert marks_of_stream(ISSUED, names) == MARKS


def findings(result: Comparison) -> list[Change]:
    return [change for each in result.clauses for change in (*each.tracked, *each.silent)]


def test_names_of_findings_stay_and_differ() -> None:
    def edit(file: Returned) -> None:
        for number in (1, 2, 3):
            file.insert(word(file, paragraph=number), " zelfde", tracked=True)

    keys = [change.key for change in findings(after(edit))]
    assert len(set(keys)) == 3
    assert keys == [change.key for change in findings(after(edit))]
