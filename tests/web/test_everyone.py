"""The pages of everyone: start, list, search, the agreement with its steps, the audit log; who may do what; who comes second."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from dpa_service.services.agreements import agreements, issuing
from dpa_service.serving.runtime import EXTENSION, library, session
from tests.conftest import NOW, TODAY
from tests.support.approvals import approve_all

LATER = NOW + timedelta(days=9)
FACTS = {"signatory": "V. Oorbeeld", "signed_on": "2026-11-30", "effective_from": "2026-12-01", "effective_until": ""}


@pytest.fixture(autouse=True)
def later(app):
    """The pages are used nine days after everything was made."""
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], clock=lambda: LATER)


@pytest.fixture
def made(app, example):
    """Make an agreement of the example's client: ``made("issued")``."""

    def make(state="draft", name="voorbeeld-bakkerij", by="maker@example.org", **changes):
        with app.app_context():
            details = agreements.create_draft(session(), library(), example(name, **changes), actor=by, now=NOW)
            if state == "issued":
                approve_all(session(), details.agreement.id)
                details = issuing.issue(session(), details.agreement.id, actor=by, now=NOW, today=TODAY)
            return details.agreement

    return make


def row(app, agreement_id):
    with app.app_context():
        return agreements.get(session(), agreement_id).agreement


def upload(browser, app, agreement, content, name="signed.docx", **changes):
    data = FACTS | {"version": str(row(app, agreement.id).version), "file": (io.BytesIO(content), name)} | changes
    return browser.post(f"/agreements/{agreement.id}/sign", data=data, content_type="multipart/form-data")


def document(app, agreement, kind="docx"):
    with app.app_context():
        return issuing.document(session(), agreement.id, kind).content


@pytest.mark.parametrize("role", ["sales", "legal", "finance", "dpo", "admin"])
def test_every_role_sees_start_list_search_and_the_agreement(app, as_role, made, plain_documents, role):
    issued = made("issued")
    browser = as_role(role)
    for path in ("/", "/agreements", "/search", "/search?q=bakkerij", "/search?q=cap+above+1", f"/agreements/{issued.id}",
                 f"/agreements/{issued.id}?view=document", f"/agreements/{issued.id}?view=timeline"):  # fmt: skip
        answer = browser.get(path)
        assert answer.status_code == 200, (path, answer.text[:500])
        assert answer.text.count("<h1") == 1, path
    assert browser.get("/agreements/" + "0" * 32).status_code == 404


def test_buttons_are_those_of_the_role_and_the_state(app, as_role, made, plain_documents):
    draft, issued = made(), made("issued", "voorbeeld-energie")
    sales, finance = as_role("sales"), as_role("finance")
    assert f"/agreements/{draft.id}/discard" in sales.get(f"/agreements/{draft.id}").text
    assert f"/agreements/{issued.id}/sign" in sales.get(f"/agreements/{issued.id}").text
    for agreement in (draft, issued):
        page = finance.get(f"/agreements/{agreement.id}").text
        assert not re.search(r"/(discard|sign|withdraw|end|issue)\"", page)
    for step in ("discard", "withdraw", "end", "sign"):
        assert finance.post(f"/agreements/{issued.id}/{step}").status_code == 403
    assert sales.post(f"/agreements/{issued.id}/end").status_code == 403


def test_a_draft_is_put_aside_and_brought_back(app, as_role, made):
    draft, sales = made(), as_role("sales")
    assert sales.post(f"/agreements/{draft.id}/discard", data={"version": "1"}).status_code == 303
    assert row(app, draft.id).state == "discarded"
    page = sales.get(f"/agreements/{draft.id}")
    assert page.status_code == 200
    assert f"/agreements/{draft.id}/restore" in page.text
    assert sales.get(f"/agreements/{draft.id}?view=document").status_code == 200
    assert sales.post(f"/agreements/{draft.id}/restore", data={"version": "2"}).status_code == 303
    assert row(app, draft.id).state == "draft"


def test_the_second_person_hears_who_was_first(app, as_role, made, plain_documents):
    issued = made("issued")
    one, two = as_role("sales"), as_role("legal")
    version = str(row(app, issued.id).version)
    first = one.post(f"/agreements/{issued.id}/withdraw", data={"version": version, "reason": "Verkeerde cliënt"})
    second = two.post(f"/agreements/{issued.id}/withdraw", data={"version": version, "reason": "Dubbel gemaakt"})
    assert (first.status_code, second.status_code) == (303, 409)
    assert one.user.email in second.text
    assert "Dubbel gemaakt" in second.text  # what was typed is not lost
    draft = made("draft", "voorbeeld-energie")
    stale = one.post(f"/agreements/{draft.id}/discard", data={"version": "9"})
    assert stale.status_code == 412


def test_withdrawing_asks_for_a_reason(app, as_role, made, plain_documents):
    issued, sales = made("issued"), as_role("sales")
    assert sales.get(f"/agreements/{issued.id}/withdraw").status_code == 200
    refused = sales.post(f"/agreements/{issued.id}/withdraw", data={"version": "2", "reason": " "})
    assert refused.status_code == 422
    assert 'aria-invalid="true"' in refused.text
    assert row(app, issued.id).state == "issued"


def test_the_signed_word_file_is_accepted_at_once_and_ends_on_a_day(app, as_role, made):
    issued, sales, legal = made("issued"), as_role("sales"), as_role("legal")
    assert sales.get(f"/agreements/{issued.id}/sign").status_code == 200
    answer = upload(sales, app, issued, document(app, issued))
    assert answer.status_code == 303, answer.text
    signed = row(app, issued.id)
    assert (signed.state, signed.signatory) == ("signed", "V. Oorbeeld")
    assert sales.get(f"/agreements/{issued.id}").status_code == 200
    assert legal.get(f"/agreements/{issued.id}/end").status_code == 200
    wrong = legal.post(
        f"/agreements/{issued.id}/end", data={"last_day": "2020-01-01", "reason": "", "version": str(signed.version)}
    )
    assert wrong.status_code == 422
    assert wrong.text.count("invalid-feedback") == 2
    ended = legal.post(
        f"/agreements/{issued.id}/end", data={"last_day": "2027-06-30", "reason": "Opgezegd", "version": str(signed.version)}
    )
    assert ended.status_code == 303
    assert row(app, issued.id).effective_until.isoformat() == "2027-07-01"


def test_a_pdf_with_the_same_words_is_accepted(app, as_role, made):
    issued, sales = made("issued"), as_role("sales")
    assert upload(sales, app, issued, document(app, issued, "pdf"), "getekend.pdf").status_code == 303
    assert row(app, issued.id).state == "signed"


def test_differences_are_shown_and_legal_decides(app, as_role, made):
    from tests.support.signed_files import changed_docx

    issued, sales, legal = made("issued"), as_role("sales"), as_role("legal")
    other = changed_docx(document(app, issued), "zonder onredelijke vertraging", "binnen een redelijke termijn")
    answer = upload(sales, app, issued, other)
    assert answer.status_code == 303
    place = answer.headers["Location"]
    assert "/signed/" in place
    page = sales.get(place)
    assert "<del>" in page.text
    assert "redelijke termijn" in page.text
    assert sales.post(place, data={"do": "accept", "sure": "true", "reason": "x"}).status_code == 403
    assert place in legal.get("/").text
    assert legal.post(place, data={"do": "accept", "reason": "Besproken met de cliënt"}).status_code == 422
    assert legal.post(place, data={"do": "accept", "sure": "true", "reason": ""}).status_code == 422
    assert row(app, issued.id).state == "issued"
    assert legal.post(place, data={"do": "accept", "sure": "true", "reason": "Besproken met de cliënt"}).status_code == 303
    assert row(app, issued.id).state == "signed"
    assert legal.post(place, data={"do": "refuse", "reason": "Toch niet"}).status_code == 409
    file = sales.get(f"{place}/file")
    assert file.data == other
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert sales.get(f"/agreements/{'0' * 32}/signed/{place.rsplit('/', 1)[1]}/file").status_code == 404


def test_a_file_that_is_not_taken_keeps_what_was_typed(app, as_role, made):
    issued, other, sales = made("issued"), made("issued", "voorbeeld-energie"), as_role("sales")
    for content, name in (
        (b"", ""),
        (b"hello", "x.txt"),
        (document(app, other), "other.docx"),
        (document(app, other, "pdf"), "o.pdf"),
    ):
        refused = upload(sales, app, issued, content, name, signatory="Wie Tekende")
        assert refused.status_code == 422, name
        assert "Wie Tekende" in refused.text
    assert row(app, issued.id).state == "issued"


def test_search_understands_numbers_references_and_terms(app, as_role, made, plain_documents):
    wide = made("issued", "voorbeeld-alles")
    standard = made("draft", "voorbeeld-bakkerij")
    sales = as_role("sales")
    for text in ("cap above 2500", "plafond boven 2.500", "cap > 2500,00"):
        page = sales.get("/search", query_string={"q": text}).text
        assert wide.id in page
        assert standard.id not in page
    assert standard.id in sales.get("/search", query_string={"q": "cap at least 2500"}).text
    for text in ("DPA-2026-0001", "dpa 2026 1", "dpa/2026/0001"):
        assert sales.get("/search", query_string={"q": text}).headers["Location"].endswith(wide.id)
    number = standard.request["client"]["enterprise_number"]
    digits = re.sub(r"\D", "", number)
    for text in (number, digits, f"BE {digits[:4]}-{digits[4:7]}-{digits[7:]}"):
        assert standard.id in sales.get("/search", query_string={"q": text}).text, text
    assert sales.get("/search", query_string={"q": "x" * 101}).status_code == 400
    assert sales.get("/search", query_string={"q": "bestaat%niet_"}).status_code == 200
    assert sales.get("/search", query_string={"q": "x", "cursor": "zzz"}).status_code == 422


def test_the_list_filters_and_pages(app, as_role, made, monkeypatch):
    first, last = made(), made("draft", "voorbeeld-energie")
    monkeypatch.setattr("dpa_service.web.everyone.lists.PAGE", 1)
    sales = as_role("sales")
    page = sales.get("/agreements").text
    assert (last.id in page) != (first.id in page)
    following = re.search(r'rel="next" href="([^"]+)"', page)
    again = sales.get(following[1].replace("&amp;", "&")).text
    assert (last.id in again) != (last.id in page)
    assert first.id not in sales.get("/agreements?state=issued").text
    assert first.id in sales.get(f"/agreements?client={first.client_id}").text
    assert sales.get("/agreements?client=" + "0" * 32).status_code == 404


def test_the_audit_log_is_for_admin_and_dpo(app, as_role, made):
    draft = made()
    for role in ("sales", "legal", "finance"):
        assert as_role(role).get("/audit").status_code == 403
    dpo = as_role("dpo")
    assert draft.id[:12] in dpo.get("/audit").text
    only = dpo.get("/audit", query_string={"person": "maker@example.org", "action": "agreement.create", "object": draft.id})
    assert only.text.count("<tr>") == 2
    assert "<tr>" not in dpo.get("/audit?person=nobody").text


def test_start_shows_my_drafts_and_what_waits(app, as_role, made, plain_documents):
    sales = as_role("sales")
    mine, theirs = made(by=sales.user.email), made("draft", "voorbeeld-energie")
    page = sales.get("/").text
    assert mine.id in page
    assert theirs.id not in page
    old = made("issued", "voorbeeld-alles")
    assert old.id in sales.get("/").text
    assert old.id not in as_role("finance").get("/").text


def test_general_terms_are_issued_and_never_signed(app, as_role, plain_documents):
    with app.app_context():
        terms = {"language": "nl", "effective_from": "2027-01-01"}
        made = agreements.create_draft(session(), library(), terms, document="general-terms", actor="a", now=NOW)
        issuing.issue(session(), made.agreement.id, actor="a", now=NOW, today=TODAY)
    sales = as_role("sales")
    page = sales.get(f"/agreements/{made.agreement.id}")
    assert page.status_code == 200
    assert "/sign" not in page.text
    assert made.agreement.id not in sales.get("/").text
    assert sales.get(f"/agreements/{made.agreement.id}/sign").status_code == 303


@pytest.mark.parametrize(("size", "status"), [(10 * 2**20 + 1, 422), (11 * 2**20, 413)])
def test_a_file_that_is_too_large_is_refused(app, as_role, made, plain_documents, size, status):
    issued, sales = made("issued"), as_role("sales")
    assert upload(sales, app, issued, b"PK\x03\x04" + b"\0" * size).status_code == status
    assert row(app, issued.id).state == "issued"


def test_only_this_route_takes_large_requests(app, as_role, made):
    draft, sales = made(), as_role("sales")
    data = {"version": "1", "file": (io.BytesIO(b"x" * 2 * 2**20), "x.docx")}
    answer = sales.post(f"/agreements/{draft.id}/discard", data=data, content_type="multipart/form-data")
    assert answer.status_code == 413


def test_without_the_csrf_field_nothing_is_done(app, as_role, made):
    draft, sales = made(), as_role("sales")
    assert sales.post(f"/agreements/{draft.id}/discard", data={"version": "1"}, csrf=False).status_code == 400
    assert row(app, draft.id).state == "draft"


def test_hostile_names_stand_verbatim_and_escaped(app, as_role, made):
    name = '<script>alert(1)</script> "A & B" {{ 7*7 }}'
    client = dict(example_client(made), name=name)
    draft = made("draft", client=client)
    sales = as_role("sales")
    for path in ("/agreements", f"/agreements/{draft.id}", "/search?q=script", f"/agreements/{draft.id}?view=document"):
        page = sales.get(path).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "{{ 7*7 }}" in page


def example_client(made):
    return made().request["client"]
