"""The rounds over the API: upload in two ways, the same call twice, changes proposed and dismissed, files and redlines."""

from __future__ import annotations

import io
import zipfile

import pytest

from dpa_service.services.agreements import agreements, issuing
from dpa_service.services.negotiation import round_files
from dpa_service.serving.runtime import library, session
from tests.conftest import NOW, TODAY
from tests.support.accounts import with_token
from tests.support.returned_files import both, changed, silently, tracked

API = "/api/v1"
DAYS = "7\u00a0(zeven)\u00a0dagen"
DOCX = issuing.MIMETYPES["docx"]


@pytest.fixture
def issued(app, example):
    with app.app_context():
        made = agreements.create_draft(
            session(), library(), example(parameters={}), actor="a@voorbeeld.example", now=NOW
        ).agreement.id
        issuing.issue(session(), made, actor="a@voorbeeld.example", now=NOW, today=TODAY)
        return made, round_files.document(session(), made, 1).content


def test_upload_propose_and_dismiss(app, issued):
    agreement, file = issued
    legal = with_token(app, "legal")
    content = changed(file, both(tracked(DAYS, "14 dagen"), silently("zonder onredelijke vertraging nadat", "onverwijld nadat")))
    where = f"{API}/agreements/{agreement}/rounds"
    made = legal.post(
        f"{where}?name=terug.docx&note=per%20post", data=content, content_type=DOCX, headers={"Idempotency-Key": "k" * 20}
    )
    assert made.status_code == 201
    assert made.headers["Location"].endswith(f"{where}/2")
    again = legal.post(where, data={"file": (io.BytesIO(content), "x.docx")}, content_type="multipart/form-data")
    assert again.json == made.json
    figure, words = made.json["changes"]
    assert figure["recognised"]["entries"] == [{"class": "fallback", "row": 2, "rung": "F1"}]
    assert (made.json["baseline"], made.json["authors"], made.json["round"]["note"]) == (1, ["Inkoop klant"], "per post")
    key = {"Idempotency-Key": "p" * 20}
    first = legal.post(f"{API}/changes/{figure['id']}/proposal", headers=key)
    assert first.json["keys"] == ["ladder:2"]
    assert legal.post(f"{API}/changes/{figure['id']}/proposal", headers=key).json["agreement_id"] == first.json["agreement_id"]
    assert legal.post(f"{API}/changes/{words['id']}/dismissal", json={"reason": " "}).status_code == 422
    done = legal.post(f"{API}/changes/{words['id']}/dismissal", json={"reason": "Te vaag."})
    assert (done.json["state"], done.json["reason"]) == ("dismissed", "Te vaag.")
    assert legal.post(f"{API}/changes/{figure['id']}/dismissal", json={"reason": "Toch niet."}).status_code == 409
    assert legal.get(where).json["open"] == 0
    assert legal.get(f"{where}/2/file").data == content
    redline = legal.get(f"{API}/agreements/{first.json['agreement_id']}/redline.docx?from=1&to=now")
    assert b"w:ins" in zipfile.ZipFile(io.BytesIO(redline.data)).read("word/document.xml")


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"data": b"", "content_type": DOCX}, 422),
        ({"data": b"x", "content_type": "text/plain"}, 415),
        ({"data": {"note": "x"}, "content_type": "multipart/form-data"}, 400),
        ({"data": b"x" * (10 * 2**20 + 1), "content_type": DOCX}, 422),
        ({"data": b"x" * (11 * 2**20), "content_type": DOCX}, 413),
    ],
)
def test_what_is_no_file_is_refused(app, issued, options, status):
    agreement, _ = issued
    assert with_token(app, "sales").post(f"{API}/agreements/{agreement}/rounds", **options).status_code == status


def test_a_refused_file_is_kept_and_says_why(app, issued):
    agreement, _ = issued
    answer = with_token(app, "sales").post(
        f"{API}/agreements/{agreement}/rounds?name=x.docx", data=b"PK\x03\x04", content_type=DOCX
    )
    assert (answer.status_code, answer.json["round"]["refused"]["code"], answer.json["changes"]) == (201, "NOT_READABLE", [])


def test_who_only_reads_decides_nothing(app, issued):
    agreement, file = issued
    found = (
        with_token(app, "legal")
        .post(f"{API}/agreements/{agreement}/rounds", data=changed(file, tracked(DAYS, "14 dagen")), content_type=DOCX)
        .json["changes"][0]["id"]
    )
    reader = with_token(app, "dpo")
    assert reader.post(f"{API}/changes/{found}/proposal").status_code == 403
    assert reader.post(f"{API}/changes/{found}/dismissal", json={"reason": "Nee."}).status_code == 403
    assert reader.post(f"{API}/agreements/{agreement}/rounds", data=file, content_type=DOCX).status_code == 403
