import copy
import io
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lxml import etree
from openxml_audit import OpenXmlValidator

from dpa_service.adapters.docx import package
from dpa_service.adapters.docx.context import NBSP, clean
from dpa_service.adapters.docx.render import RenderError, content_hash, house_template, render_docx, render_reference
from dpa_service.domain.contract.clauses import Library
from dpa_service.resources import examples_dir
from dpa_service.services.agreements.generate import assemble_request
from tests.support import snapshots
from tests.support.word import W, body, paragraphs, parts, structure

EXAMPLES = sorted(path.stem for path in examples_dir().glob("*.json"))
SAMPLES = {"sample": snapshots.sample, "small": snapshots.small, "terms": snapshots.general_terms}


@pytest.fixture(scope="module")
def snapshot_of(library: Library) -> Callable[[str], dict[str, Any]]:
    """A made-up or an assembled agreement by its name."""

    def made(name: str) -> dict[str, Any]:
        if name in SAMPLES:
            return SAMPLES[name]()
        if name == "general-terms":
            return assemble_request({"language": "nl", "effective_from": "2026-12-01"}, library, "general-terms")
        return assemble_request(json.loads((examples_dir() / f"{name}.json").read_text(encoding="utf-8")), library)

    return made


every_document = pytest.mark.parametrize("name", [*SAMPLES, "general-terms", *EXAMPLES])


@every_document
def test_the_fast_way_and_docxtpl_give_the_same_document(name: str, snapshot_of: Callable[[str], dict[str, Any]]) -> None:
    snapshot = snapshot_of(name)
    fast, reference = render_docx(snapshot), render_reference(snapshot)
    assert structure(fast) == structure(reference)
    assert paragraphs(fast) == paragraphs(reference)


@every_document
def test_the_document_is_sound(name: str, snapshot_of: Callable[[str], dict[str, Any]], tmp_path: Path) -> None:
    target = tmp_path / "agreement.docx"
    target.write_bytes(render_docx(snapshot_of(name)))
    assert not OpenXmlValidator().validate(target).errors
    assert Document(str(target)).paragraphs
    for part in parts(target.read_bytes()).values():
        assert b"{{" not in part
        assert b"{%" not in part


@every_document
def test_bookmarks_are_unique_and_hold_every_reference(name: str, snapshot_of: Callable[[str], dict[str, Any]]) -> None:
    snapshot = snapshot_of(name)
    root = body(render_docx(snapshot))
    starts, ends = list(root.iter(f"{W}bookmarkStart")), list(root.iter(f"{W}bookmarkEnd"))
    names = [start.get(f"{W}name") for start in starts]
    ids = [start.get(f"{W}id") for start in starts]
    assert len(set(names)) == len(names)
    assert len(set(ids)) == len(ids)
    assert sorted(ids, key=str) == sorted((end.get(f"{W}id") for end in ends), key=str)
    targets = [(i.text or "").split()[1] for i in root.iter(f"{W}instrText") if "REF" in (i.text or "")]
    anchors = [link.get(f"{W}anchor") for link in root.iter(f"{W}hyperlink")]
    assert set(targets) | set(anchors) <= set(names)
    clauses = [*(a for part in snapshot["parts"] for a in part["articles"]), snapshot["closing"], *snapshot["annexes"]]
    assert {clause["bookmark"] for clause in clauses} <= set(names)


def test_a_clause_lies_within_its_bookmark() -> None:
    snapshot = snapshots.small()
    root = body(render_docx(snapshot))
    article = snapshot["parts"][0]["articles"][0]
    inside, number = [], None
    for element in root.iter():
        if element.tag == f"{W}bookmarkStart" and element.get(f"{W}name") == article["bookmark"]:
            number = element.get(f"{W}id")
        elif element.tag == f"{W}bookmarkEnd" and element.get(f"{W}id") == number:
            break
        elif number and element.tag == f"{W}t":
            inside.append(element.text)
    words = "".join(filter(None, inside))
    assert words.startswith(article["heading"] + article["paragraphs"][0]["runs"][0]["text"])
    assert words.endswith(f"en Bijlage{NBSP}II is gevraagd.")


def test_a_reference_is_a_field_with_the_right_switch_and_cached_number() -> None:
    found = {}
    for paragraph in body(render_docx(snapshots.small())).iter(f"{W}p"):
        kinds = [f.get(f"{W}fldCharType") for f in paragraph.iter(f"{W}fldChar")]
        texts = [t.text for t in paragraph.iter(f"{W}t")]
        instructions = [i.text for i in paragraph.iter(f"{W}instrText") if i.text and "REF" in i.text]
        if instructions:
            assert kinds == ["begin", "separate", "end"] * len(instructions)
            found |= dict.fromkeys(instructions, texts)
    article, point = snapshots.bookmark("_cl_", 1), snapshots.bookmark("_pr_", (1, 3, "b"))
    assert "1" in found[rf" REF {article} \r \h "]
    assert "1.3(b)" in found[rf" REF {point} \w \h "]


def test_a_reference_to_a_paragraph_without_number_is_a_link() -> None:
    snapshot = snapshots.small()
    target = snapshots.bookmark("_pr_", "bullet")
    snapshot["annexes"][0]["blocks"][4]["bookmark"] = target
    snapshot["recitals"]["paragraphs"][0]["runs"] = [{"text": "zie "}, {"text": "Bijlage I", "ref": target}]
    root = body(render_docx(snapshot))
    links = [link for link in root.iter(f"{W}hyperlink") if link.get(f"{W}anchor") == target]
    assert ["".join(link.itertext()) for link in links] == ["Bijlage I"]
    assert not [i for i in root.iter(f"{W}instrText") if target in (i.text or "")]


def test_the_table_of_contents_is_right_without_word() -> None:
    snapshot = snapshots.small()
    root = body(render_docx(snapshot))
    styles = ("TOC1", "TOCdeel")
    entries = [p for p in root.iter(f"{W}p") if p.find(f"{W}pPr/{W}pStyle").get(f"{W}val") in styles]  # type: ignore[union-attr]
    printed = ["".join("\t" if n.tag == f"{W}tab" else n.text or "" for n in e.iter(f"{W}t", f"{W}tab")) for e in entries]
    expected = ["Overwegingen"]
    for part in snapshot["parts"]:
        expected.append(f"Deel{NBSP}{part['label']}\t{part['title']}")
        expected += [f"{article['label']}\t{article['heading']}" for article in part["articles"]]
    expected += ["Ondertekening", *(f"Bijlage{NBSP}{annex['label']}\t{annex['heading']}" for annex in snapshot["annexes"])]
    assert printed == expected
    assert [i.text for i in entries[0].iter(f"{W}instrText")] == [r' TOC \o "1-1" \n \h \z \u ']


def test_identity_is_in_the_file_four_times() -> None:
    snapshot = snapshots.small()
    files = parts(render_docx(snapshot))
    assert etree.fromstring(files["customXml/item1.xml"]).get("id") == snapshot["agreement_id"]
    assert "urn:dpa-service:agreement" in files["customXml/item1.xml"].decode()
    assert "DpaAgreementId" in files["docProps/custom.xml"].decode()
    for name in ("docProps/custom.xml", "docProps/core.xml", "word/footer1.xml", "word/footer2.xml"):
        assert snapshot["agreement_id"] in files[name].decode(), name
    document = Document(io.BytesIO(render_docx(snapshot)))
    assert document.part.rels.values()
    assert RELATIONSHIP_TYPE.CUSTOM_XML in {rel.reltype for rel in document.part.rels.values()}


def test_dates_and_author_come_from_the_snapshot() -> None:
    properties = Document(io.BytesIO(render_docx(snapshots.small()))).core_properties
    assert str(properties.created) == str(properties.modified) == "2026-12-01 00:00:00+00:00"
    assert (properties.title, properties.subject) == ("Verwerkersovereenkomst", "ONTWERP-3F2A91C0")
    assert properties.author == properties.last_modified_by == "Voorbeeld Contactcentrum NV"


@pytest.mark.parametrize(("draft", "marks"), [(True, 2), (False, 0)])
def test_a_draft_is_marked_on_the_cover_and_every_page(draft: bool, marks: int) -> None:
    docx = render_docx(snapshots.small(draft=draft))
    assert paragraphs(docx).count("Ontwerp") + parts(docx)["word/header1.xml"].decode().count("Ontwerp") == marks


def test_general_terms_have_one_party_and_no_signatures() -> None:
    texts = paragraphs(render_docx(snapshots.general_terms()))
    assert "Uitgegeven door" in texts
    assert "Handtekening" not in texts
    assert paragraphs(render_docx(snapshots.small())).count("Handtekening") == 2


# ---- hostile words -------------------------------------------------------------------------------------------------

HOSTILE = [
    "A & B <Ltd>",
    'Huis "De Ster" & Zn. <b>',
    "{{ title }} {% if x %} {# c #} {_{ }_}",
    "Énergie 🦊 東京 ß €",
    "مثال شركة ‏(RTL)‎",
    "twee\nregels",
    "  spaties  ",
    "]]> &amp; &#65; </w:t></w:r></w:p>",
    "'; DROP TABLE --\\n\\",
]
STRUCTURAL = st.sampled_from(
    ["{{", "}}", "{%", "%}", "&", "<", ">", '"', "]]>", "</w:t>", "\n", "\u202e", "\ud83d", "\x00", "\x0b", "\ufffe", "\t"]
)


def printed(name: str) -> str:
    """What must be read back: everything but what Word cannot hold; a tab is a space."""
    return clean(name)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(st.text(max_size=12), STRUCTURAL, st.sampled_from(HOSTILE)), min_size=1, max_size=5).map("".join))
@example("\ud83d\x00ok\ufffe\uffff\x7f\x85")
def test_names_are_read_back_verbatim_wherever_they_are_printed(name: str) -> None:
    snapshot = snapshots.small(client=name)
    snapshot["parts"][0]["articles"][0]["heading"] = name
    snapshot["parts"][0]["articles"][0]["paragraphs"][0]["runs"] = [
        {"text": "Aan "},
        {"text": name, "bold": True},
        {"text": name},
    ]
    snapshot["parties"][1]["name"] = name  # also the author
    snapshot["annexes"][0]["blocks"][2]["rows"][1][0] = [{"text": name}]
    snapshot["reference"] = name
    docx = render_docx(snapshot)
    texts, expected = paragraphs(docx), printed(name)
    assert texts.count(expected) >= 6  # cover, reference, heading, cell, two signature blocks
    assert f"Aan {expected}{expected}" in texts
    assert Document(io.BytesIO(docx)).core_properties.author == expected
    if "{_" not in name and "_}" not in name and "%_" not in name:  # docxtpl's own way of writing braces
        assert paragraphs(render_reference(snapshot)) == texts


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_do_not_change_the_structure(name: str) -> None:
    def tags(snapshot: dict[str, Any]) -> list[str]:
        return [str(e.tag) for e in body(render_docx(snapshot)).iter() if e.tag not in (f"{W}br", f"{W}t")]

    assert tags(snapshots.small(client=name)) == tags(snapshots.small())


# ---- what must not be blank ----------------------------------------------------------------------------------------


def every_key(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every key of a snapshot that the document prints."""
    found: list[tuple[Any, ...]] = []
    if isinstance(value, dict):
        for key, inner in value.items():
            found += [(*path, key), *every_key(inner, (*path, key))]
    elif isinstance(value, list) and value:
        found += every_key(value[0], (*path, 0))
    return found


UNPRINTED = {"format", "family", "language", "terms", "deviations", "coverage", "trace", "library", "request", "role", "anchor"}
UNPRINTED |= {"clause", "version", "hash", "full_label", "bold", "date_iso"}
PRINTED = [path for path in every_key(snapshots.small()) if path[-1] not in UNPRINTED and path[0] not in UNPRINTED]
# numbered by Word itself; labels that this document does not use; a closing paragraph has no more than runs
OPTIONAL = {path for path in PRINTED if path[-1] == "label" and path[0] in ("recitals", "parts") and "paragraphs" in path}
OPTIONAL |= {path for path in PRINTED if path[:2] == ("annexes", 0) and path[-1] == "label" and "blocks" in path}
OPTIONAL |= {("labels", "issuer")}


@pytest.mark.parametrize("path", [path for path in PRINTED if path not in OPTIONAL], ids=lambda path: ".".join(map(str, path)))
def test_a_missing_value_is_an_error_that_names_it(path: tuple[Any, ...]) -> None:
    snapshot = snapshots.small()
    holder: Any = snapshot
    for key in path[:-1]:
        holder = holder[key]
    del holder[path[-1]]
    with pytest.raises(RenderError, match=repr(path[-1])):
        render_docx(snapshot)


@pytest.mark.parametrize("wrong", [None, 7, ["a"], {"text": "a"}, True])
def test_a_value_that_is_no_text_is_an_error(wrong: Any) -> None:
    for place in ("title", "reference"):
        with pytest.raises(RenderError):
            render_docx(snapshots.small() | {place: wrong})
    snapshot = snapshots.small()
    snapshot["parts"][0]["articles"][0]["paragraphs"][0]["runs"] = [{"text": wrong}]
    with pytest.raises(RenderError):
        render_docx(snapshot)


def test_broken_references_and_bookmarks_are_errors() -> None:
    dangling = snapshots.small()
    dangling["recitals"]["paragraphs"][0]["runs"] = [{"text": "9", "ref": "_cl_000000000000"}]
    twice = snapshots.small()
    twice["closing"]["bookmark"] = twice["recitals"]["bookmark"]
    no_name = snapshots.small()
    no_name["closing"]["bookmark"] = '"/><w:p/>'
    for snapshot, words in ((dangling, "_cl_000000000000"), (twice, "used twice"), (no_name, "name that Word takes")):
        with pytest.raises(RenderError, match=words):
            render_docx(snapshot)


# ---- other templates -----------------------------------------------------------------------------------------------


def with_tags(*replacements: tuple[str, str]) -> bytes:
    """The house template with words of its body replaced."""
    members = []
    for member, content in package.read(house_template()):
        if member.name == "word/document.xml":
            text = content.decode()
            for old, new in replacements:
                assert old in text
                text = text.replace(old, new)
            content = text.encode()
        members.append(package.pack(member.name, content))
    return package.write(members)


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("{{ nothing }}", "nothing"),
        ("{{ labels.nothing }}", "nothing"),
        ("{{ parties[5].name }}", "range|no element|index"),
        ("{{ labels }}", "neither text nor a number"),
        ("{% if %}", "cannot be rendered"),
        ("{{ title.__class__ }}", "cannot be rendered|__class__"),
        ("{% include 'x' %}", "cannot be rendered"),
    ],
)
def test_mistakes_in_a_template_are_errors(tag: str, words: str) -> None:
    with pytest.raises(RenderError, match=words):
        render_docx(snapshots.small(), template=with_tags(("{{ subtitle }}", tag)))


@pytest.mark.parametrize(
    "attack", ["{{ title.__class__.__mro__ }}", "{{ title['__class__'] }}", "{{ cycler.__init__.__globals__.os.popen('id') }}"]
)
def test_a_template_reaches_no_python(attack: str) -> None:
    for render in (render_docx, render_reference):
        with pytest.raises(RenderError):
            render(snapshots.small(), template=with_tags(("{{ subtitle }}", attack)))


def test_what_only_docxtpl_can_do_is_left_to_it() -> None:
    calling = with_tags(("{{ subtitle }}", "{{ subtitle.upper() }} {% for i in range(3) %}{{ i }}{% endfor %}"))
    snapshot = snapshots.small()
    docx = render_docx(snapshot, template=calling)
    assert snapshot["subtitle"].upper() + " 012" in paragraphs(docx)
    assert structure(docx) == structure(render_reference(snapshot, template=calling))


def test_ordinary_jinja_works_in_the_fast_way() -> None:
    tags = "{{ subtitle|upper }} {% for p in parties %}{{ loop.index }}{{ p['name'] }}{% endfor %} {% set x = 3 %}{{ x + 1 }}"
    template = with_tags(("{{ subtitle }}", tags))
    fast, reference = (render(snapshots.small(), template=template) for render in (render_docx, render_reference))
    assert structure(fast) == structure(reference)
    assert any("1Voorbeeld Energie NV2Voorbeeld Contactcentrum NV 4" in text for text in paragraphs(fast))


def test_something_else_than_a_template_is_an_error() -> None:
    with pytest.raises(RenderError):
        render_docx(snapshots.small(), template=b"no zip")


# ---- the same bytes ------------------------------------------------------------------------------------------------

_OTHER_PROCESS = """
import hashlib, sys
from dpa_service.adapters.docx.render import content_hash, render_docx
from tests.support import snapshots
docx = render_docx(snapshots.small(), codec=sys.argv[1])
print(hashlib.sha256(docx).hexdigest(), content_hash(docx))
"""


@pytest.mark.parametrize("codec", ["zlib", "isal"] if package.HAS_ISAL else ["zlib"])
def test_the_same_snapshot_gives_the_same_bytes_in_every_process(codec: str) -> None:
    answers = {
        subprocess.run(
            [sys.executable, "-c", _OTHER_PROCESS, codec],
            env={"PYTHONHASHSEED": seed, "TZ": zone, "PYTHONPATH": "."},
            cwd=Path(__file__).parents[3],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    }
    assert len(answers) == 1


def test_codecs_differ_in_bytes_and_not_in_content() -> None:
    snapshot = snapshots.small()
    assert content_hash(render_docx(snapshot, codec="zlib")) == content_hash(render_docx(snapshot, codec="auto"))


def test_the_snapshot_is_left_as_it_was() -> None:
    snapshot = snapshots.small()
    before = copy.deepcopy(snapshot)
    render_docx(snapshot)
    assert snapshot == before


def test_threads_do_not_mix_documents() -> None:
    names = [f"Klant {number} NV" for number in range(8)]
    wrong: list[str] = []

    def work(name: str) -> None:
        for _ in range(5):
            texts = paragraphs(render_docx(snapshots.small(client=name)))
            if texts.count(name) != 2 or sum(text.startswith("Klant ") for text in texts) != 2:
                wrong.append(name)

    threads = [threading.Thread(target=work, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
