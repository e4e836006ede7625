"""Uploads made to harm: refused before they are parsed, or read within the limits; what they point at is never fetched."""

from __future__ import annotations

import copy
import json
import random
import subprocess
import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from dpa_service.adapters.confined import Refused
from dpa_service.adapters.docx import returned, returned_child
from dpa_service.adapters.docx.render import render_docx
from dpa_service.adapters.docx.returned import read_returned
from dpa_service.domain.comparison.returned import MARGINS, compare
from dpa_service.domain.comparison.returned_manifest import marks_of_snapshot
from tests.support import snapshots
from tests.support.returned_word import W, packed, stream, unpacked
from tests.support.signed_files import part, repacked

SNAPSHOT = snapshots.sample(4, 2)
DOCX = render_docx(SNAPSHOT)
BODY = part(DOCX)
END = b"<w:sectPr>"


def with_body(extra: bytes) -> bytes:
    at = BODY.rindex(END)
    return repacked(DOCX, {"word/document.xml": BODY[:at] + extra + BODY[at:]})


def twice(name: str) -> bytes:
    """A package with one name twice, in another case."""
    return packed({**dict(unpacked(DOCX)), name.upper(): b"<x/>"})


HOSTILE: list[tuple[str, Callable[[], bytes], str]] = [
    ("no zip", lambda: b"PK but not really", "NOT_READABLE"),
    ("cut off", lambda: DOCX[: len(DOCX) // 2], "NOT_READABLE"),
    ("damaged inside", lambda: repacked(DOCX, {"word/document.xml": BODY[: len(BODY) // 2]}), "NOT_READABLE"),
    ("a DTD", lambda: repacked(DOCX, {"word/document.xml": b'<!DOCTYPE x [<!ENTITY e "e">]>' + BODY.partition(b"?>")[2]}), "UNSAFE"),
    ("a DTD in the comments", lambda: repacked(DOCX, {"word/comments.xml": b"<!DOCTYPE x><x/>"}), "UNSAFE"),
    ("a DTD in the notes", lambda: repacked(DOCX, {"word/footnotes.xml": b"<!doctype x><x/>"}), "UNSAFE"),
    ("another encoding", lambda: repacked(DOCX, {"word/document.xml": b'<?xml version="1.0" encoding="UTF-7"?><x/>'}), "UNSAFE"),
    ("a name twice", lambda: twice("word/document.xml"), "UNSAFE"),
    ("a name that leads out", lambda: repacked(DOCX, {"../evil.xml": b"<x/>"}), "UNSAFE"),
    ("an absolute name", lambda: repacked(DOCX, {"/etc/passwd": b"<x/>"}), "UNSAFE"),
    ("macros", lambda: repacked(DOCX, {"word/vbaProject.bin": b"x"}), "MACROS"),
    ("a type with macros", lambda: repacked(DOCX, {"[Content_Types].xml": part(DOCX, "[Content_Types].xml").replace(
        b"wordprocessingml.document.main", b"wordprocessingml.document.macroEnabled.main")}), "MACROS"),
    ("200 entries too many", lambda: repacked(DOCX, {f"word/media/{n}.png": b"x" for n in range(201)}), "TOO_BIG"),
    ("a decoy beside the document that opens", lambda: repacked(DOCX, {"word/other.xml": BODY, "_rels/.rels": part(
        DOCX, "_rels/.rels").replace(b"word/document.xml", b"word/other.xml")}), "NOT_READABLE"),
    ("two parts for the notes", lambda: repacked(DOCX, {"word/a.xml": b"<x/>", "word/_rels/document.xml.rels": part(
        DOCX, "word/_rels/document.xml.rels").replace(b"</Relationships>", b"".join(
            b'<Relationship Id="rX%d" Type="x/footnotes" Target="%d.xml"/>' % (n, n) for n in (1, 2)) + b"</Relationships>")}), "UNSAFE"),
    ("a bomb", lambda: repacked(DOCX, {"word/media/1.xml": bytes(21 * 2**20)}), "TOO_BIG"),
    ("bombs", lambda: repacked(DOCX, {f"word/media/{n}.xml": bytes(19 * 2**20) for n in range(4)}), "TOO_BIG"),
    ("20,001 paragraphs", lambda: with_body(b"<w:p/>" * 20_001), "TOO_BIG"),
    ("deep nesting", lambda: with_body(b"<w:sdt><w:sdtContent>" * 3000 + b"</w:sdtContent></w:sdt>" * 3000), "NOT_READABLE"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "code"), [each[1:] for each in HOSTILE], ids=[each[0] for each in HOSTILE])
def test_refused(make: Callable[[], bytes], code: str) -> None:
    with pytest.raises(returned_child.reading.Refusal) as refused:
        returned_child.read(make())
    assert str(refused.value) == code


def test_refused_by_the_confined_reader_with_a_plain_message() -> None:
    with pytest.raises(Refused) as refused:
        read_returned(repacked(DOCX, {"word/vbaProject.bin": b"x"}))
    assert refused.value.code == "MACROS"
    assert "Save it" in refused.value.message


def test_millions_of_empty_paragraphs_cost_neither_time_nor_memory() -> None:
    """20 MB of them fit in a part of the largest size that is taken, packed to some kilobytes."""
    bomb = with_body(b"<w:p/>" * (3 * 2**20))
    assert len(bomb) < 200_000
    began = time.monotonic()
    with pytest.raises(Refused) as refused:
        read_returned(bomb)
    assert refused.value.code == "TOO_BIG"
    assert time.monotonic() - began < 15
    claimed = bytearray(packed({"word/document.xml": b"<w:p/>" * 20_000_000}))  # and the 20 million of the wild file
    with pytest.raises(Refused) as refused:
        read_returned(bytes(claimed))
    assert refused.value.code == "TOO_BIG"


def test_an_entry_larger_than_it_says() -> None:
    """The size in the directory is a claim too."""
    data = b"<w:p/>" * 5_000_000
    good = packed({**dict(unpacked(DOCX)), "word/document.xml": data})
    size, lie = len(data).to_bytes(4, "little"), (1000).to_bytes(4, "little")
    assert good.count(size) == 2
    assert zlib.crc32(data) != zlib.crc32(data[:1000])
    with pytest.raises(Refused) as refused:
        read_returned(good.replace(size, lie))
    assert refused.value.code in ("NOT_READABLE", "TOO_BIG")


def test_what_lies_outside_is_told_and_never_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    link = (b'<Relationship Id="rIdX" TargetMode="External" Target="http://192.0.2.1/template.dotm" '
            b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"/></Relationships>')  # fmt: skip
    rels = part(DOCX, "word/_rels/document.xml.rels").replace(b"</Relationships>", link)
    opened: list[object] = []
    monkeypatch.setattr("socket.socket.connect", lambda self, address: opened.append(address))
    found = stream(repacked(DOCX, {"word/_rels/document.xml.rels": rels}))
    assert "external" in found.remarks
    assert opened == []
    assert read_returned(repacked(DOCX, {"word/_rels/document.xml.rels": rels})).remarks == found.remarks


def test_a_header_by_another_name_is_read() -> None:
    link = b'<Relationship Id="rX" Type="x/header" Target="/word/kop.xml"/></Relationships>'
    rels = part(DOCX, "word/_rels/document.xml.rels").replace(b"</Relationships>", link)
    header = f'<w:hdr xmlns:w="{W[1:-1]}"><w:p><w:r><w:t>Andere kop</w:t></w:r></w:p></w:hdr>'.encode()
    found = stream(repacked(DOCX, {"word/kop.xml": header, "word/_rels/document.xml.rels": rels}))
    assert [each.place for each in found.paragraphs if each.text == "Andere kop"] == ["header"]


def test_words_bound_to_data_and_own_letters_are_told() -> None:
    bound = with_body(b"<w:sdt><w:sdtPr><w:dataBinding/></w:sdtPr><w:sdtContent><w:p/></w:sdtContent></w:sdt>")
    assert stream(repacked(bound, {"word/fonts/font1.odttf": b"x"})).remarks == ("bound", "fonts")


def test_thousands_of_comments_and_revisions_are_read_in_time() -> None:
    marks = "".join(f'<w:commentRangeStart w:id="{n}"/>' for n in range(4000))
    bodies = "".join(f'<w:comment w:id="{n}" w:author="A"><w:p><w:r><w:t>{n}</w:t></w:r></w:p></w:comment>' for n in range(4000))
    changes = "".join(f'<w:ins w:id="1" w:author="A{n}"><w:r><w:t>woord{n} </w:t></w:r></w:ins>' for n in range(4000))
    docx = with_body(f"<w:p>{marks}{changes}</w:p>".encode())
    docx = repacked(docx, {"word/comments.xml": f'<w:comments xmlns:w="{W[1:-1]}">{bodies}</w:comments>'.encode()})
    began = time.monotonic()
    found = read_returned(docx)
    result = compare(stream(DOCX), found, marks_of_snapshot(SNAPSHOT))
    assert len(found.comments) == 4000
    assert sum(len(each.comments) for each in result.clauses) == 4000
    assert sum(len(each.tracked) for each in result.clauses) == 4000
    assert time.monotonic() - began < 15


def test_too_many_comments_are_refused() -> None:
    bodies = "<w:comment w:id='0'/>" * 5001
    with pytest.raises(returned_child.reading.Refusal):
        returned_child.read(
            repacked(DOCX, {"word/comments.xml": f'<w:comments xmlns:w="{W[1:-1]}">{bodies}</w:comments>'.encode()})
        )


def test_a_text_of_another_kind_is_compared_in_time() -> None:
    """Nothing in common, as many words as fit: the comparison stays near linear."""
    other = "".join(f"<w:p><w:r><w:t>{'ja nee ' * 20}{n}</w:t></w:r></w:p>" for n in range(4000)).encode()
    docx = repacked(DOCX, {"word/document.xml": BODY[: BODY.index(b"<w:body>") + 8] + other + BODY[BODY.rindex(END) :]})
    issued, found = stream(DOCX), stream(docx)
    began = time.monotonic()
    result = compare(issued, found, marks_of_snapshot(SNAPSHOT))
    assert time.monotonic() - began < 10
    assert sum(len(each.original) for each in result.clauses) > len(other) // 2


def test_the_child_loads_no_more_than_lxml() -> None:
    """It runs isolated: nothing of the product, nothing heavy."""
    code = f"import runpy, sys; sys.stdin = open({__file__!r}); runpy.run_path({str(returned._READER)!r}); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert loaded & {"lxml", "zipfile"} == {"lxml", "zipfile"}
    assert not loaded & {"dpa_service", "flask", "sqlalchemy", "docx", "docxtpl", "jinja2", "rapidfuzz", "asyncio", "ssl"}


def test_both_ways_of_reading_give_the_same() -> None:
    assert read_returned(DOCX) == stream(DOCX)
    assert json.loads(json.dumps(returned_child.read(DOCX)))["remarks"] == []


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False), st.integers(1, 40))
def test_a_file_in_any_disorder_is_read_and_no_word_of_it_is_lost(chance: random.Random, count: int) -> None:
    """Elements taken out, doubled, wrapped in revisions and put elsewhere: whatever a program may write, or a hand."""
    root = etree.fromstring(BODY)
    for _ in range(count):
        elements = [each for each in root.iter() if each.getparent() is not None and each.getparent() is not root]
        one, other = chance.choice(elements), chance.choice(elements)
        match chance.randrange(5):
            case 0:
                one.getparent().remove(one)
            case 1:
                one.addnext(copy.deepcopy(one))
            case 2:
                wrapper = etree.Element(f"{W}{chance.choice(['ins', 'del', 'moveFrom', 'moveTo', 'sdt', 'smartTag', 'unknown'])}")
                one.addprevious(wrapper)
                wrapper.append(one)
            case 3 if one not in other.iterancestors() and one is not other:
                other.addnext(one)
            case _:
                one.attrib.clear()
    try:
        found = stream(repacked(DOCX, {"word/document.xml": etree.tostring(root)}))
    except returned_child.reading.Refusal:
        return
    issued = stream(DOCX)
    result = compare(issued, found, marks_of_snapshot(SNAPSHOT))
    body = [each for each in found.paragraphs if each.place not in ("header", "footer")]
    toc = {"".join(filter(str.isalpha, each.text)).casefold() for each in issued.paragraphs if each.style.startswith("toc")}
    for view, side in (("original", "inserted"), ("accepted", "deleted")):
        expected = Counter(sign for each in body for piece in each.pieces if getattr(piece, side) is None for sign in piece.text)
        kept = Counter("".join(getattr(each, view) for each in result.clauses if each.clause != MARGINS))
        lost = {sign for sign in (expected - kept) if sign.isalpha()}
        listed = Counter(sign for each in body if "".join(filter(str.isalpha, each.text)).casefold() in toc for sign in each.text)
        assert all((expected - kept)[sign] <= listed[sign] for sign in lost), (view, lost)
