"""Returned files on both databases: kept, read, proposed, dismissed; and what is refused."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.negotiation import DISMISSED, TAKEN
from dpa_service.domain.errors import RequestInvalid
from dpa_service.services.agreements import agreements, issuing
from dpa_service.services.errors import Conflict
from dpa_service.services.negotiation import negotiation, returned, round_files
from dpa_service.services.negotiation import returned_decisions as decisions
from dpa_service.services.negotiation.deviations import open_rows
from dpa_service.services.people.accounts import seed_demo_users
from tests.conftest import NOW, TODAY
from tests.support.returned_files import both, changed, in_a_table, silently, tracked

DOMAIN = "@voorbeeld.example"
SALES, LEGAL, DPO = (name + DOMAIN for name in ("sales", "legal", "dpo"))
NBSP = "\u00a0"
WHO = {"actor": LEGAL, "now": NOW}


@pytest.fixture
def issued(session, library, example):
    """An issued agreement with standard terms, and the file that went to the client."""
    seed_demo_users(session, demo=True, now=NOW)
    made = agreements.create_draft(session, library, example(parameters={}), actor=SALES, now=NOW).agreement.id
    issuing.issue(session, made, actor=SALES, now=NOW, today=TODAY)
    return made, round_files.document(session, made, 1).content


def uploaded(session, agreement, content, name="terug van klant.docx", **options):
    made = returned.upload(session, agreement, name=name, content=content, **{**WHO, **options})
    return round_files.received(session, agreement, made.number)


def of(found, clause):
    return [each for each in found.changes if each.clause == clause]


def recognised(found, change):
    return found.findings["recognised"][str(change.data["place"])]


def test_a_tracked_figure_becomes_the_rung_it_is_on_the_next_edition(session, issued):
    agreement, file = issued
    found = uploaded(session, agreement, changed(file, tracked(f"7{NBSP}(zeven){NBSP}dagen", "14 (veertien) dagen")))
    assert [(each.clause, each.kind, each.data["author"]) for each in found.changes] == [
        ("sub-processors", "tracked", "Inkoop klant")
    ]
    assert found.baseline.number == 1
    assert recognised(found, found.changes[0])["kind"] == "rung"
    done = decisions.propose(session, found.changes[0].id, **WHO)
    assert (done.opened, done.keys, done.changes) == (True, ("ladder:2",), 1)
    assert done.agreement_id != agreement
    draft = agreements.get(session, done.agreement_id)
    assert [(row.key, row.state, row.proposed_by) for row in draft.deviations] == [("ladder:2", "proposed", LEGAL)]
    assert round_files.received(session, agreement, found.round.number).changes[0].state == TAKEN
    again = decisions.propose(session, found.changes[0].id, **WHO)
    assert (again.agreement_id, again.changes) == (done.agreement_id, 0)


def test_a_silent_figure_becomes_an_untracked_deviation(session, issued):
    agreement, file = issued
    found = uploaded(session, agreement, changed(file, silently(f"7{NBSP}(zeven)", f"21{NBSP}(eenentwintig)")))
    assert [(each.kind, each.data["weight"]) for each in found.changes] == [("silent", "substantive")]
    done = decisions.propose(session, found.changes[0].id, **WHO)
    row = agreements.get(session, done.agreement_id).deviations[0]
    assert (row.key, row.deviation_class, row.data["changes"][0]["agreed"]) == ("found:sub-processors", "untracked", 21)
    assert "LEG" in row.approvers


def test_own_words_are_proposed_and_the_document_then_says_them(session, issued):
    agreement, file = issued
    found = uploaded(session, agreement, changed(file, tracked("zonder onredelijke vertraging nadat", "onverwijld nadat")))
    change = of(found, "breach-notice")[0]
    assert recognised(found, change)["kind"] == "wording"
    done = decisions.propose(session, change.id, **WHO)
    snapshot = agreements.preview(session, done.agreement_id)
    article = next(a for p in snapshot["parts"] for a in p["articles"] if a["clause"] == "breach-notice")
    assert "onverwijld nadat" in "".join(run["text"] for run in article["paragraphs"][0]["runs"])
    assert [each["class"] for each in snapshot["deviations"]] == ["modified"]


def test_what_was_dismissed_is_not_in_what_is_proposed_and_can_be_undone(session, issued):
    agreement, file = issued
    two = both(
        tracked(f"7{NBSP}(zeven){NBSP}dagen", "14 (veertien) dagen"),
        tracked("schriftelijke toestemming van", "uitdrukkelijke toestemming van"),
    )
    found = uploaded(session, agreement, changed(file, two))
    words, figure = sorted(of(found, "sub-processors"), key=lambda each: "14" in each.data["new"])
    assert recognised(found, words)["kind"] == "wording"
    with pytest.raises(RequestInvalid):
        decisions.dismiss(session, words.id, " ", **WHO)
    decisions.dismiss(session, words.id, "De wet zegt schriftelijk.", **WHO)
    found = round_files.received(session, agreement, 2)
    assert recognised(found, figure)["entries"] == [{"class": "fallback", "row": 2, "rung": "F1"}]
    decisions.reopen(session, words.id, **WHO)
    assert recognised(round_files.received(session, agreement, 2), figure)["kind"] == "wording"
    decisions.dismiss(session, words.id, "De wet zegt schriftelijk.", **WHO)
    done = decisions.propose(session, figure.id, **WHO)
    assert done.keys == ("ladder:2",)
    states = {each.id: each.state for each in round_files.received(session, agreement, 2).changes}
    assert states == {words.id: DISMISSED, figure.id: TAKEN}
    with pytest.raises(Conflict, match="take the deviation back"):
        decisions.dismiss(session, figure.id, "Toch niet.", **WHO)


def test_nothing_is_issued_while_a_change_waits(session, issued):
    agreement, file = issued
    found = uploaded(
        session, agreement, changed(file, tracked("schriftelijke toestemming van", "uitdrukkelijke toestemming van"))
    )
    draft = negotiation.next_edition(session, agreement, actor=SALES, now=NOW).agreement.id
    with pytest.raises(Conflict, match="wait for a decision"):
        issuing.issue(session, draft, actor=SALES, now=NOW, today=TODAY)
    for change in found.changes:
        decisions.dismiss(session, change.id, "Geen wijziging van de inhoud.", **WHO)
    issuing.issue(session, draft, actor=SALES, now=NOW, today=TODAY)


def test_the_same_file_is_one_round_and_an_unchanged_one_has_no_changes(session, issued):
    agreement, file = issued
    found = uploaded(session, agreement, file)
    assert (found.round.number, found.changes, found.findings["refused"]) == (2, (), None)
    assert uploaded(session, agreement, file, note="nog eens").round.id == found.round.id
    assert len(round_files.overview(session, agreement).lines) == 2


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"PK\x03\x04kapot", "NOT_READABLE"), (b"geen document", "KIND"), (b"%PDF-1.7 kapot", "NOT_READABLE")],
)
def test_a_damaged_file_is_refused_and_kept_as_evidence(session, issued, content, code):
    agreement, _ = issued
    found = uploaded(session, agreement, content, name="../..\\raar\u202e.docx")
    assert found.findings["refused"]["code"] == code
    assert found.changes == ()
    kept = round_files.document(session, agreement, found.round.number)
    assert kept.content == content
    assert "/" not in kept.name
    assert "\\" not in kept.name


def test_macros_are_refused_and_kept(session, issued):
    agreement, file = issued
    made = BytesIO()
    with zipfile.ZipFile(BytesIO(file)) as source, zipfile.ZipFile(made, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            if name == "[Content_Types].xml":
                part = part.replace(
                    b"</Types>",
                    b'<Override PartName="/word/vbaProject.bin" ContentType="application/vnd.ms-office.vbaProject"/></Types>',
                )
            target.writestr(name, part)
        target.writestr("word/vbaProject.bin", b"x")
    assert uploaded(session, agreement, made.getvalue()).findings["refused"]["code"] == "MACROS"


def test_the_file_of_another_agreement_is_kept_and_says_which(session, issued, library, example):
    agreement, _ = issued
    other = agreements.create_draft(
        session, library, example("voorbeeld-energie", parameters={}), actor=SALES, now=NOW
    ).agreement.id
    issuing.issue(session, other, actor=SALES, now=NOW, today=TODAY)
    found = uploaded(session, agreement, round_files.document(session, other, 1).content)
    assert found.findings["refused"]["code"] == "OTHER_AGREEMENT"
    assert found.findings["other"] == {"id": other, "name": "DPA-2026-0002"}


def test_too_large_or_nothing_is_not_kept(session, issued):
    agreement, _ = issued
    for content in (b"", b"x" * (returned.MOST_BYTES + 1)):
        with pytest.raises(RequestInvalid):
            returned.upload(session, agreement, name="x.docx", content=content, **WHO)
    assert len(round_files.overview(session, agreement).lines) == 1


def test_a_draft_is_sent_and_what_comes_back_is_held_against_the_nearest(session, library, example):
    seed_demo_users(session, demo=True, now=NOW)
    draft = agreements.create_draft(session, library, example(parameters={}), actor=SALES, now=NOW).agreement.id
    with pytest.raises(Conflict, match="Nothing was sent"):
        returned.upload(session, draft, name="x.docx", content=b"PK\x03\x04", **WHO)
    first = round_files.send_draft(session, draft, actor=SALES, now=NOW)
    assert round_files.send_draft(session, draft, actor=SALES, now=NOW).id == first.id
    negotiation.ask(session, draft, {"class": "fallback", "row": 12, "rung": "F2"}, expected_version=None, actor=SALES, now=NOW)
    second = round_files.send_draft(session, draft, actor=SALES, now=NOW)
    assert (first.number, second.number) == (1, 2)
    for number in (2, 1):
        content = round_files.document(session, draft, number).content
        found = uploaded(session, draft, changed(content, tracked(f"7{NBSP}(zeven){NBSP}dagen", f"{number + 20} dagen")))
        assert found.baseline.number == number
        assert [each.clause for each in found.changes] == ["sub-processors"]
    lines = round_files.overview(session, draft).lines
    assert [len(line.conceded) for line in lines] == [0, 1, 0, 0]
    assert lines[1].conceded[0].came


def test_the_redline_of_any_two_texts(session, issued):
    agreement, _ = issued
    done = negotiation.next_edition(session, agreement, actor=SALES, now=NOW).agreement.id
    negotiation.ask(session, done, {"class": "fallback", "row": 2, "rung": "F1"}, expected_version=None, actor=SALES, now=NOW)
    for old, new in (("standard", "now"), ("1", "now")):
        compared = round_files.compared(session, done, old, new)
        assert "sub-processors" in [each.id for each in compared.change.clauses if each.status == "changed"]
        file = round_files.redline_file(session, done, old, new, author=LEGAL, now=NOW)
        assert b"w:ins" in zipfile.ZipFile(BytesIO(file.content)).read("word/document.xml")


def test_a_figure_in_an_annex_is_the_value_and_an_article_with_it_is_proposed_once(session, issued):
    agreement, file = issued
    amount = f"€{NBSP}2.500,00"
    annex = uploaded(session, agreement, changed(file, in_a_table(amount, "€ 5.000,00")))
    assert {each.clause for each in annex.changes} == {"annex-liability"}
    assert recognised(annex, annex.changes[0])["entries"] == [
        {"class": "untracked", "clause": "general-liability", "values": {"cap_fixed": "5000.00"}}
    ]
    for change in annex.changes:
        decisions.dismiss(session, change.id, "Alleen in de bijlage: navragen.", **WHO)
    assert recognised(round_files.received(session, agreement, 2), annex.changes[0])["entries"] == []
    decisions.reopen(session, annex.changes[0].id, **WHO)
    assert recognised(round_files.received(session, agreement, 2), annex.changes[0])["kind"] == "value"
    decisions.dismiss(session, annex.changes[0].id, "Alleen in de bijlage: navragen.", **WHO)
    both_places = changed(file, both(tracked(amount, "€ 5.000,00"), in_a_table(amount, "€ 5.000,00")))
    found = uploaded(session, agreement, both_places)
    assert {each.clause for each in found.changes} == {"annex-liability", "general-liability"}
    assert decisions.propose_all(session, found.round.id, **WHO) == (2, [])
    current = round_files.overview(session, agreement).current
    with reading(session):
        rows = open_rows(session, current.id)
    assert [row.data["changes"][0]["agreed"] for row in rows] == ["5000.00"]
    assert {each.deviation_key for each in round_files.received(session, agreement, 3).changes} == {rows[0].key}


def test_a_pdf_gives_proposals(session, issued):
    agreement, _ = issued
    from dpa_service.adapters.pdf import render_pdf

    snapshot = round_files.snapshot_of(session, agreements.get(session, agreement).agreement, "1")
    for part in snapshot["parts"]:
        for article in part["articles"]:
            for paragraph in article["paragraphs"]:
                for run in paragraph["runs"]:
                    run["text"] = run["text"].replace(f"7{NBSP}(zeven){NBSP}dagen", f"14{NBSP}(veertien){NBSP}dagen")
    found = uploaded(session, agreement, render_pdf(snapshot), name="terug.pdf")
    assert {each.kind for each in found.changes} == {"proposal"}
    change = of(found, "sub-processors")[0]
    assert recognised(found, change)["entries"][0]["values"] == {"objection_days": 14}


def test_propose_all_takes_what_was_recognised(session, issued):
    agreement, file = issued
    two = both(
        tracked(f"7{NBSP}(zeven){NBSP}dagen", "14 dagen"), tracked("zonder onredelijke vertraging nadat", "onverwijld nadat")
    )
    found = uploaded(session, agreement, changed(file, two))
    done, refused = decisions.propose_all(session, found.round.id, **WHO)
    assert (done, refused) == (2, [])
    draft = round_files.overview(session, agreement).current
    with reading(session):
        assert {row.key for row in open_rows(session, draft.id)} == {"ladder:2", "text:breach-notice"}
    assert {each.state for each in round_files.received(session, agreement, 2).changes} == {TAKEN}
    assert round_files.overview(session, agreement).open == 0


def test_who_comes_second_changes_nothing_and_hears_who_was_first(session, issued):
    agreement, file = issued
    change = uploaded(session, agreement, changed(file, tracked(f"7{NBSP}(zeven){NBSP}dagen", "14 dagen"))).changes[0]
    decisions.dismiss(session, change.id, "Te lang.", **WHO)
    decisions.dismiss(session, change.id, "Te lang.", **WHO)
    with pytest.raises(Conflict, match=LEGAL):
        decisions.dismiss(session, change.id, "Niet nodig.", actor=SALES, now=NOW)
    with pytest.raises(Conflict, match="undo that first"):
        decisions.propose(session, change.id, actor=SALES, now=NOW)
    kept = round_files.received(session, agreement, 2).changes[0]
    assert (kept.state, kept.reason, kept.decided_by) == (DISMISSED, "Te lang.", LEGAL)


def test_what_the_client_gives_back_is_the_standard_again(session, library, example):
    seed_demo_users(session, demo=True, now=NOW)
    draft = agreements.create_draft(session, library, example(parameters={}), actor=SALES, now=NOW).agreement.id
    for entry in ({"class": "fallback", "row": 2, "rung": "F2"}, {"class": "fallback", "row": 16, "rung": "F1"}):
        negotiation.ask(session, draft, entry, expected_version=None, actor=SALES, now=NOW)
    round_files.send_draft(session, draft, actor=SALES, now=NOW)
    content = round_files.document(session, draft, 1).content
    back = both(
        tracked(f"30{NBSP}(dertig){NBSP}dagen na de aankomst", "7 (zeven) dagen na de aankomst"),
        tracked(f"€{NBSP}25.000,00", "€ 10.000,00"),
    )
    found = uploaded(session, draft, changed(content, back))
    assert decisions.propose_all(session, found.round.id, **WHO)[1] == []
    snapshot = agreements.preview(session, draft)
    values = {name: snapshot["terms"][name]["value"] for name in ("objection_days", "cap_fixed", "fee_basis")}
    assert values == {"objection_days": 7, "cap_fixed": "10000.00", "fee_basis": "last_12_months"}
    assert {row.key for row in agreements.get(session, draft).deviations} == {"value:cap_fixed", "value:fee_basis"}
