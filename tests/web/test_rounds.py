"""The pages of the rounds: who may, sending, uploading, proposing, dismissing, the redline; and what is refused."""

from __future__ import annotations

import io
import re
import zipfile

import pytest

from dpa_service.domain.errors import DomainError
from dpa_service.services.agreements import agreements, issuing
from dpa_service.services.negotiation import negotiation, round_files
from dpa_service.serving.runtime import library, session
from tests.conftest import NOW, TODAY
from tests.support.returned_files import both, changed, silently, tracked
from tests.support.returned_word import edited

NBSP = "\u00a0"
DAYS = f"7{NBSP}(zeven){NBSP}dagen"


@pytest.fixture
def issued(app, example):
    """An issued agreement and the file that was sent."""
    with app.app_context():
        made = agreements.create_draft(
            session(), library(), example(parameters={}), actor="a@voorbeeld.example", now=NOW
        ).agreement.id
        issuing.issue(session(), made, actor="a@voorbeeld.example", now=NOW, today=TODAY)
        return made, round_files.document(session(), made, 1).content


def upload(browser, agreement, content, name="terug.docx", note="per e-mail"):
    return browser.post(
        f"/agreements/{agreement}/rounds",
        data={"file": (io.BytesIO(content), name), "note": note},
        content_type="multipart/form-data",
    )


def change_ids(page: str) -> list[str]:
    return re.findall(r'action="/changes/([0-9a-f]{32})/dismissal"', page)


@pytest.mark.parametrize("role", ["sales", "legal", "finance", "dpo", "admin"])
def test_every_role_reads_and_sales_and_legal_decide(as_role, issued, role):
    agreement, file = issued
    content = changed(file, tracked(DAYS, "14 (veertien) dagen"))
    assert upload(as_role("legal"), agreement, content).status_code == 303
    browser = as_role(role)
    for path in ("rounds", "rounds/1", "rounds/2", "redline?from=standard&to=now", "redline?from=1&to=now"):
        assert browser.get(f"/agreements/{agreement}/{path}").status_code == 200, path
    page = browser.get(f"/agreements/{agreement}/rounds/2").text
    decides = role in ("sales", "legal")
    assert bool(change_ids(page)) == decides
    assert ('type="file"' in browser.get(f"/agreements/{agreement}/rounds").text) == decides
    assert browser.get(f"/agreements/{agreement}/rounds/2/file").data == content
    assert upload(browser, agreement, b"x").status_code == (303 if decides else 403)


def test_what_came_back_is_shown_clause_by_clause_and_handled(app, as_role, issued):
    agreement, file = issued
    legal = as_role("legal")
    two = both(tracked(DAYS, "14 (veertien) dagen"), silently("zonder onredelijke vertraging nadat", "onverwijld nadat"))
    answer = upload(legal, agreement, changed(file, two))
    page = legal.get(answer.location, headers={"Accept-Language": "en"}).text
    assert "0 of 2 handled" in page
    assert "Rung F1 of row 2" in page
    assert "badge-silent" in page
    assert "Inkoop klant" in page
    figure, words = change_ids(page)
    refused = legal.post(f"/changes/{words}/dismissal", data={"reason": " "})
    assert refused.status_code == 422
    assert 'aria-invalid="true"' in refused.text
    assert legal.post(f"/changes/{words}/dismissal", data={"reason": "Te vaag <b>."}).status_code == 303
    assert legal.post(f"/changes/{figure}/proposal").status_code == 303
    page = legal.get(answer.location, headers={"Accept-Language": "en"}).text
    assert "2 of 2 handled" in page
    assert "Te vaag &lt;b&gt;." in page
    assert legal.post(f"/changes/{words}/reopening").status_code == 303
    with app.app_context():
        overview = round_files.overview(session(), agreement)
        assert (overview.open, overview.current.edition) == (1, 2)


def test_everything_recognised_and_everything_cosmetic_at_once(as_role, issued):
    agreement, file = issued
    legal = as_role("legal")
    many = both(
        tracked(DAYS, "14 dagen"),
        tracked("zonder onredelijke vertraging nadat", "onverwijld nadat"),
        silently("Overeenkomst", "Overeenkomst "),
    )
    where = upload(legal, agreement, changed(file, many)).location
    assert legal.post(f"{where}/proposals", headers={"Accept-Language": "en"}).status_code == 303
    assert "2 clauses are proposed" in legal.get(where, headers={"Accept-Language": "en"}).text
    assert legal.post(f"{where}/cosmetic", data={"reason": ""}).status_code == 422
    assert legal.post(f"{where}/cosmetic", data={"reason": "Alleen spaties."}).status_code == 303
    page = legal.get(where, headers={"Accept-Language": "en"}).text
    assert re.search(r"(\d+) of \1 handled", page)


@pytest.mark.parametrize(
    ("content", "words"), [(b"PK\x03\x04niets", "cannot be read"), (b"tekst", "neither a Word file nor a PDF")]
)
def test_a_refused_file_is_kept_and_says_why(as_role, issued, content, words):
    agreement, _ = issued
    sales = as_role("sales")
    answer = upload(sales, agreement, content, name="<script>.docx")
    page = sales.get(answer.location, headers={"Accept-Language": "en"}).text
    assert words in page
    assert "<script>." not in page
    kept = sales.get(f"{answer.location}/file")
    assert (kept.data, kept.headers["Content-Disposition"].split(";")[0]) == (content, "attachment")


def test_nothing_chosen_or_nothing_sent_says_so_and_keeps_the_note(app, as_role, issued, example):
    agreement, _ = issued
    sales = as_role("sales")
    answer = upload(sales, agreement, b"", note="van mevrouw Proef")
    assert answer.status_code == 422
    assert "van mevrouw Proef" in answer.text
    with app.app_context():
        draft = agreements.create_draft(
            session(), library(), example("voorbeeld-energie", parameters={}), actor="a@voorbeeld.example", now=NOW
        ).agreement.id
    assert upload(sales, draft, b"PK\x03\x04").status_code == 409
    assert sales.post(f"/agreements/{draft}/rounds/send").status_code == 303
    assert len(re.findall(r'class="panel round ', sales.get(f"/agreements/{draft}/rounds").text)) == 1


def test_the_redline_is_a_word_file_or_nothing(app, as_role, issued, monkeypatch):
    agreement, _ = issued
    with app.app_context():
        draft = negotiation.next_edition(session(), agreement, actor="a@voorbeeld.example", now=NOW).agreement.id
        negotiation.ask(session(), draft, {"class": "fallback", "row": 2, "rung": "F1"}, expected_version=None,
                        actor="a@voorbeeld.example", now=NOW)  # fmt: skip
    legal = as_role("legal")
    answer = legal.get(f"/agreements/{draft}/redline.docx?from=1&to=now")
    part = zipfile.ZipFile(io.BytesIO(answer.data)).read("word/document.xml").decode()
    assert f"({legal.user.email})" in part
    assert "w:del " in part
    assert 'id="redline-sub-processors"' in legal.get(f"/agreements/{draft}/redline?from=1&to=now").text

    def unproven(*_args, **_options):
        raise DomainError("REDLINE_UNPROVEN", "…")

    monkeypatch.setattr(round_files, "redline_docx", unproven)
    answer = legal.get(f"/agreements/{draft}/redline.docx?from=1&to=now", headers={"Accept-Language": "en"})
    assert answer.status_code == 303
    assert "not handed out" in legal.get(answer.location, headers={"Accept-Language": "en"}).text


@pytest.mark.parametrize("path", ["rounds/9", "rounds/9/file", "redline?from=9", "redline?from=x&to=now", "redline.docx?from=9"])
def test_what_is_not_there_is_not_found(as_role, issued, path):
    assert as_role("legal").get(f"/agreements/{issued[0]}/{path}").status_code == 404


def test_a_received_round_is_not_a_text_to_compare(as_role, issued):
    agreement, file = issued
    legal = as_role("legal")
    upload(legal, agreement, changed(file, tracked(DAYS, "14 dagen")))
    assert "came back" in legal.get(f"/agreements/{agreement}/redline?from=2&to=now").text


def test_comments_looks_and_the_walk_away_line_are_shown(as_role, issued):
    agreement, file = issued

    def edit(made):
        paragraph = next(each for name in made.clauses() for each in made.paragraphs(name) if len(made.spots(each)) > 5)
        made.comment(made.cut(*made.spots(paragraph)[3]), "Kan dit &lt;b&gt; korter?", replies=("Neen.",))
        made.look(made.cut(*made.spots(paragraph)[0]), "strike")

    legal = as_role("legal")
    answer = upload(legal, agreement, edited(changed(file, tracked(DAYS, "90 (negentig) dagen")), edit))
    page = legal.get(answer.location, headers={"Accept-Language": "en"}).text
    for words in ("Kan dit &lt;b&gt; korter?", "Neen.", "struck through", "Beyond the walk-away line", "Settle it with a note"):
        assert words in page, words
    assert "/proposal" not in page
    for change in change_ids(page):
        assert legal.post(f"/changes/{change}/dismissal", data={"reason": "Besproken."}).status_code == 303
    assert "Everything is handled" in legal.get(answer.location, headers={"Accept-Language": "en"}).text
