"""The file that came back signed: compared with what was issued, decided on, kept as it came; and hostile files, which are refused."""

import hashlib
import io
import re
import subprocess
import sys
import zipfile

import pypdfium2
import pytest
import sqlalchemy as sa

from dpa_service.adapters import confined
from dpa_service.adapters.db import audit
from dpa_service.adapters.db.engine import reading, writing
from dpa_service.adapters.db.lifecycle import SignedCopy
from dpa_service.adapters.docx.reading import read_docx
from dpa_service.adapters.pdf_text import read_pdf
from dpa_service.domain.comparison.signed_text import compare
from dpa_service.domain.errors import RequestInvalid
from dpa_service.services.agreements import agreements, issuing, signed_document
from dpa_service.services.agreements.lifecycle import StepTaken
from dpa_service.services.errors import Conflict, Damaged, NotFound
from tests.conftest import NOW, TODAY
from tests.support.signed_files import changed_docx, part, repacked
from tests.support.word import by_libreoffice

FACTS = {"signatory": "V. Oorbeeld", "signed_on": "23/11/2026", "effective_from": "2026-12-01"}
BODY = "word/document.xml"


@pytest.fixture
def database_url(sqlite_url):
    """SQLite only: what the databases share in is in test_db_lifecycle.py."""
    return sqlite_url


@pytest.fixture
def issued(session, library, example):
    """An issued agreement, with its real documents."""
    draft = agreements.create_draft(session, library, example(), actor="maker", now=NOW).agreement
    return issuing.issue(session, draft.id, actor="maker", now=NOW, today=TODAY).agreement


def content(session, agreement, kind="docx"):
    return issuing.document(session, agreement.id, kind).content


def upload(session, agreement, data, name="signed.docx", actor="sales", **changes):
    return signed_document.upload(
        session, agreement.id, name=name, content=data, facts=FACTS | changes, actor=actor, now=NOW
    )  # fmt: skip


def state(session, agreement):
    return agreements.get(session, agreement.id).agreement.state


def differences(copy):
    return copy.findings["differences"]


@pytest.mark.parametrize("kind", ["docx", "pdf"])
def test_the_same_words_are_signed_at_once(session, issued, kind):
    data = content(session, issued, kind)
    copy = upload(session, issued, data, f"Getekend {kind}.{kind}")
    assert (copy.verdict, copy.state, copy.kind, differences(copy)) == ("same", "accepted", kind, [])
    row = agreements.get(session, issued.id).agreement
    assert (row.state, row.signatory, row.signed_on, row.effective_until) == ("signed", "V. Oorbeeld", TODAY, None)
    kept = signed_document.document(session, issued.id, copy.id)
    assert (kept.content, kept.name) == (data, f"Getekend {kind}.{kind}")
    assert upload(session, issued, data).id == copy.id  # the same file again
    with pytest.raises(StepTaken):
        upload(session, issued, data + b" ")
    with reading(session):
        assert audit.verify(session) == []


def test_one_changed_word_is_found_and_named_by_its_clause(session, issued):
    data = changed_docx(content(session, issued), "zonder onredelijke vertraging nadat", "zonder nodeloze vertraging nadat")
    copy = upload(session, issued, data)
    assert (copy.verdict, copy.state, state(session, issued)) == ("differs", "waiting", "issued")
    (found,) = differences(copy)
    assert (found["clause"], found["kind"], found["issued"], found["found"]) == (
        "breach-notice",
        "changed",
        "onredelijke",
        "nodeloze",
    )
    snapshot = agreements.preview(session, issued.id)
    labels = {a["clause"]: (a["label"], a["heading"]) for part_ in snapshot["parts"] for a in part_["articles"]}
    assert (found["label"], found["heading"]) == labels["breach-notice"]


def test_every_word_of_every_article_is_found_where_it_stands(session, issued):
    """A word put at the begin of each article, one after the other, is named by that article, in both kinds of file."""
    snapshot = agreements.preview(session, issued.id)
    for text in (read_docx(content(session, issued)).text, read_pdf(content(session, issued, "pdf")).text):
        articles = [article for part_ in snapshot["parts"] for article in part_["articles"]]
        at = text.index(snapshot["recitals"]["paragraphs"][0]["runs"][0]["text"][:20])
        for article in articles:
            at = text.index(article["heading"], at + 1)
            place = [word.start() for word in re.finditer(r"\S+", text[at : at + 400])][len(article["heading"].split()) + 4] + at
            (found,) = compare(text, f"{text[:place]}geenszins {text[place:]}", snapshot)
            assert (found.place.clause, found.found, found.kind) == (article["clause"], "geenszins", "added")


@pytest.mark.parametrize(
    ("added", "kind", "verdict"),
    [
        ("Brussel, 23 november 2026", "filled", "same"),
        ("Gelezen en goedgekeurd", "filled", "same"),
        ("V. Oorbeeld, 23/11/2026", "filled", "same"),
        ("Artikel 20 is niet van toepassing", "added", "differs"),
    ],
)
def test_what_a_signature_brings_is_no_difference(session, issued, added, kind, verdict):
    body = part(content(session, issued)).decode()
    place = body.index("</w:p>", body.index("Plaats en datum"))
    changed = f'{body[:place]}<w:r><w:t xml:space="preserve"> {added}</w:t></w:r>{body[place:]}'
    copy = upload(session, issued, repacked(content(session, issued), {BODY: changed.encode()}))
    assert copy.verdict == verdict
    assert {each["kind"] for each in differences(copy)} == {kind}
    assert {each["clause"] for each in differences(copy)} == {"signature"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("geheim.", "gehe\u200bim."),  # a sign without width
        ("geheim.", "gеheim."),  # a Cyrillic letter that looks alike
        ("<w:body>", '<w:body><w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>verborgen</w:t></w:r></w:p>'),
        ("<w:body>", '<w:body><w:p><w:r><w:drawing/></w:r></w:p>'),
        ("<w:body>", '<w:body><w:altChunk r:id="rId99"/>'),
    ],
)  # fmt: skip
def test_what_the_eye_misses_is_a_difference(session, issued, old, new):
    data = changed_docx(content(session, issued), old, new)
    assert upload(session, issued, data).verdict == "differs"


def test_quotes_spaces_and_fields_of_pages_are_no_difference(session, issued):
    data = content(session, issued)
    body = part(data).decode().replace("“", '"').replace("”", '"').replace("\u00a0", " ")
    foot = part(data, "word/footer1.xml").decode().replace('<w:t xml:space="preserve">1</w:t>', "<w:t>7</w:t>")
    assert upload(session, issued, repacked(data, {BODY: body.encode(), "word/footer1.xml": foot.encode()})).verdict == "same"


def test_tracked_changes_are_judged_by_a_person(session, issued):
    body = part(content(session, issued)).decode()
    start = body.index("<w:r>", body.index("breach") if "breach" in body else 0)
    end = body.index("</w:r>", start) + len("</w:r>")
    tracked = f'{body[:start]}<w:ins w:id="900" w:author="x" w:date="2026-11-23T10:00:00Z">{body[start:end]}</w:ins>{body[end:]}'
    copy = upload(session, issued, repacked(content(session, issued), {BODY: tracked.encode()}))
    assert (copy.verdict, copy.findings["remarks"]) == ("differs", ["tracked"])


def test_a_person_decides_once_with_a_reason(session, issued):
    data = changed_docx(content(session, issued), "onredelijke", "nodeloze")
    copy = upload(session, issued, data)
    with pytest.raises(RequestInvalid):
        signed_document.decide(session, issued.id, copy.id, accept=True, reason=" ", actor="legal", now=NOW)
    with pytest.raises(NotFound):
        signed_document.decide(session, "0" * 32, copy.id, accept=True, reason="x", actor="legal", now=NOW)
    refused = signed_document.decide(session, issued.id, copy.id, accept=False, reason=" Nee ", actor="legal", now=NOW)
    assert (refused.state, refused.reason, refused.decided_by, state(session, issued)) == ("refused", "Nee", "legal", "issued")
    with pytest.raises(Conflict, match="legal"):
        signed_document.decide(session, issued.id, copy.id, accept=True, reason="x", actor="other", now=NOW)


def test_a_second_file_replaces_a_refused_one_and_sets_aside_what_waits(session, issued):
    one = upload(session, issued, changed_docx(content(session, issued), "onredelijke", "nodeloze"))
    two = upload(session, issued, changed_docx(content(session, issued), "onredelijke", "overdreven"))
    signed_document.decide(session, issued.id, one.id, accept=False, reason="Niet besproken", actor="legal", now=NOW)
    upload(session, issued, content(session, issued))
    states = {copy.id: copy.state for copy in signed_document.copies(session, issued.id)}
    assert (states[one.id], states[two.id], state(session, issued)) == ("refused", "set_aside", "signed")


def scan(pages=3):
    """A PDF without words."""
    document = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        document.new_page(595, 842)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_a_scan_waits_for_somebody_who_says_so(session, issued):
    copy = upload(session, issued, scan(), "scan.pdf")
    assert (copy.verdict, copy.state, state(session, issued)) == ("no_text", "waiting", "issued")
    signed_document.decide(session, issued.id, copy.id, accept=True, reason="Elke bladzijde bekeken", actor="legal", now=NOW)
    assert state(session, issued) == "signed"


@pytest.mark.libreoffice
def test_a_pdf_that_an_office_program_made_of_the_word_file_says_the_same(session, issued, tmp_path):
    """Clients sign what they saved as PDF themselves: other line ends, page numbers and heads of pages, the same words."""
    made = by_libreoffice(content(session, issued), "pdf", tmp_path).read_bytes()
    snapshot = agreements.preview(session, issued.id)
    read = signed_document._pdf_of(snapshot)
    ours = read(content(session, issued, "pdf")).text
    assert compare(ours, read(made).text, snapshot, pages=True) == []
    other = changed_docx(content(session, issued), "onredelijke", "nodeloze")
    changed = compare(ours, read(by_libreoffice(other, "pdf", tmp_path).read_bytes()).text, snapshot, pages=True)
    assert [(each.issued, each.found) for each in changed] == [("onredelijke", "nodeloze")]
    assert upload(session, issued, made, "zelf bewaard.pdf").state == "accepted"


def test_the_file_of_another_agreement_is_refused(session, library, example, issued):
    draft = agreements.create_draft(session, library, example("voorbeeld-energie", parameters={}), actor="m", now=NOW).agreement
    other = issuing.issue(session, draft.id, actor="m", now=NOW, today=TODAY).agreement
    for kind in ("docx", "pdf"):
        with pytest.raises(RequestInvalid) as refused:
            upload(session, issued, content(session, other, kind), f"x.{kind}")
        assert [(error.field, error.code) for error in refused.value.errors] == [("file", "OTHER_AGREEMENT")]
        assert other.reference in refused.value.errors[0].message


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"signatory": " "}, "signatory"),
        ({"signed_on": "30/2/2026"}, "signed_on"),
        ({"signed_on": "2026-11-24"}, "signed_on"),  # tomorrow
        ({"signed_on": "2026-11-22"}, "signed_on"),  # before it was issued
        ({"effective_from": ""}, "effective_from"),
        ({"effective_until": "2026-12-01"}, "effective_until"),
    ],
)
def test_wrong_facts_are_named(session, issued, changes, wrong):
    with pytest.raises(RequestInvalid) as refused:
        upload(session, issued, content(session, issued), **changes)
    assert [error.field for error in refused.value.errors] == [wrong]
    assert signed_document.copies(session, issued.id) == []


def test_a_stored_file_that_was_altered_is_not_handed_out(session, issued):
    copy = upload(session, issued, content(session, issued))
    with writing(session):
        session.execute(sa.update(SignedCopy).values(content=b"other"))
    with pytest.raises(Damaged):
        signed_document.document(session, issued.id, copy.id)
    assert copy.sha256 == hashlib.sha256(content(session, issued)).hexdigest()


# ---- hostile files ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def honest(library):
    """A Word file as the product makes it."""
    import json

    from dpa_service.adapters.docx.render import render_docx
    from dpa_service.resources import examples_dir
    from dpa_service.services.agreements.generate import assemble_request

    data = json.loads((examples_dir() / "voorbeeld-bakkerij.json").read_text(encoding="utf-8"))
    return render_docx(assemble_request(data, library))


def doctype(text):
    return f'<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE w [{text}]>'.encode()


def with_doctype(docx, text, encoding="utf-8"):
    body = part(docx).decode().split("?>", 1)[1]
    return repacked(docx, {BODY: (doctype(text).decode().replace("UTF-8", encoding.upper()) + body).encode(encoding)})


def named(docx, name, data=b"x"):
    """With one more entry, whatever its name."""
    out = io.BytesIO(docx)
    with zipfile.ZipFile(out, "a") as archive:
        info = zipfile.ZipInfo(name)
        info.filename = name
        archive.writestr(info, data)
    return out.getvalue()


def packed(**entries):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return out.getvalue()


def many_paragraphs(docx):
    head, tail = part(docx).decode().split("<w:body>", 1)
    return repacked(docx, {BODY: (head + "<w:body>" + "<w:p/>" * 20_000_000 + tail).encode()})


def deep(docx):
    head, tail = part(docx).decode().split("<w:body>", 1)
    return repacked(docx, {BODY: (head + "<w:body>" + "<w:sdt>" * 100_000 + tail).encode()})


def macro_type(docx):
    types = part(docx, "[Content_Types].xml").decode()
    old = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    assert old in types
    return repacked(
        docx, {"[Content_Types].xml": types.replace(old, "application/vnd.ms-word.document.macroEnabled.main+xml").encode()}
    )


HOSTILE = {
    "not a zip": (lambda docx: b"PK\x03\x04 and nothing else", "NOT_READABLE"),
    "cut off": (lambda docx: docx[: len(docx) // 2], "NOT_READABLE"),
    "no document": (lambda docx: packed(**{"a.txt": b"x"}), "NOT_READABLE"),
    "billion laughs": (lambda docx: with_doctype(docx, '<!ENTITY a "ha"><!ENTITY b "&a;&a;">'), "UNSAFE"),
    "external entity": (lambda docx: with_doctype(docx, '<!ENTITY x SYSTEM "file:///etc/passwd">'), "UNSAFE"),
    "DTD in UTF-16": (lambda docx: with_doctype(docx, '<!ENTITY a "ha">', "utf-16"), "UNSAFE"),
    "another encoding": (lambda docx: with_doctype(docx, "", "utf-7"), "UNSAFE"),
    "DTD in a relation": (
        lambda docx: repacked(docx, {"word/_rels/document.xml.rels": doctype("") + b"<Relationships/>"}),
        "UNSAFE",
    ),
    "absolute name": (lambda docx: named(docx, "/etc/cron.d/x"), "UNSAFE"),
    "name that climbs": (lambda docx: named(docx, "word/../../x"), "UNSAFE"),
    "name with a drive": (lambda docx: named(docx, "C:\\x"), "UNSAFE"),
    "a name twice": (lambda docx: named(docx, "word/Document.xml"), "UNSAFE"),
    "macro project": (lambda docx: named(docx, "word/vbaProject.bin"), "MACROS"),
    "macro type": (macro_type, "MACROS"),
    "too many entries": (lambda docx: repacked(docx, {f"x{n}.xml": b"<a/>" for n in range(200)}), "TOO_BIG"),
    "a part too large": (many_paragraphs, "TOO_BIG"),
    "too large in all": (lambda docx: repacked(docx, {f"x{n}.bin": b"\0" * (19 * 2**20) for n in range(4)}), "TOO_BIG"),
    "too deep": (deep, "NOT_READABLE"),
    "not XML": (lambda docx: repacked(docx, {BODY: b"<w:document"}), "NOT_READABLE"),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_word_file_is_refused(honest, case):
    make, code = HOSTILE[case]
    with pytest.raises(confined.Refused) as refused:
        read_docx(make(honest))
    assert refused.value.code == code


def test_a_file_that_links_elsewhere_is_read_and_flagged_and_nothing_is_fetched(honest):
    relations = part(honest, "word/_rels/document.xml.rels").decode()
    image = (
        '<Relationship Id="rId98" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" '
        'Target="http://127.0.0.1:9/x.png" TargetMode="External"/></Relationships>'
    )
    read = read_docx(repacked(honest, {"word/_rels/document.xml.rels": relations.replace("</Relationships>", image).encode()}))
    assert read.remarks == ("external",)
    assert read.text == read_docx(honest).text


def test_memory_has_a_limit(tmp_path):
    hungry = tmp_path / "hungry.py"
    hungry.write_text("x = bytearray(4 * 2**30)\n")
    with pytest.raises(confined.Refused) as refused:
        confined.read(hungry, b"")
    assert refused.value.code == "TOO_BIG"


def test_time_has_a_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(confined, "SECONDS", 1)
    endless = tmp_path / "endless.py"
    endless.write_text("while True: pass\n")
    with pytest.raises(confined.Refused) as refused:
        confined.read(endless, b"")
    assert refused.value.code == "TOO_BIG"


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such limits")
def test_the_reader_writes_no_file(tmp_path):
    writer = tmp_path / "writer.py"
    writer.write_text(f"open({str(tmp_path / 'out')!r}, 'w').write('x')\n")
    with pytest.raises(confined.Refused):
        confined.read(writer, b"")
    assert not (tmp_path / "out").exists() or (tmp_path / "out").stat().st_size == 0


@pytest.mark.parametrize("data", [b"%PDF-1.7\nnothing", b"%PDF-" + bytes(range(256)) * 40])
def test_a_broken_pdf_is_refused(data):
    with pytest.raises(confined.Refused):
        read_pdf(data)


def test_a_file_beyond_the_limit_is_not_even_read(session, issued, monkeypatch):
    monkeypatch.setattr(subprocess, "run", None)
    with pytest.raises(RequestInvalid) as refused:
        upload(session, issued, b"PK\x03\x04" + b"\0" * signed_document.MOST_BYTES)
    assert refused.value.errors[0].code == "TOO_BIG"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd.docx"),
        ("C:\\temp\\a.docx", "a.docx"),
        ("<b>.docx", "_b_.docx"),
        ("", "signed.docx"),
        ("é\n.docx", "__.docx"),
    ],
)
def test_the_name_of_a_file_is_only_a_name(session, issued, name, kept):
    copy = upload(session, issued, changed_docx(content(session, issued), "onredelijke", "nodeloze"), name)
    assert copy.name == kept
