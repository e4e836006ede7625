import io
import re
from pathlib import Path

import pytest
from docx import Document
from docxtpl import DocxTemplate
from lxml import etree
from openxml_audit import OpenXmlValidator

from dpa_service.adapters.docx.context import TEXT_WIDTH
from dpa_service.adapters.docx.package import content_hash
from dpa_service.adapters.docx.render import house_template
from dpa_service.domain.contract.clauses import Library
from tests.support.word import W, parts
from tools import house_style
from tools import house_template as house


def test_the_committed_template_is_the_built_one() -> None:
    assert content_hash(house.TARGET.read_bytes()) == content_hash(house.build()), "run: make templates"
    assert house_template() == house.TARGET.read_bytes()
    assert house.build() == house.build()


def test_word_can_open_and_edit_it(tmp_path: Path) -> None:
    target = tmp_path / "template.docx"
    target.write_bytes(house.build())
    result = OpenXmlValidator().validate(target)
    assert not result.errors
    assert Document(io.BytesIO(house.build())).paragraphs


@pytest.mark.parametrize("name", [n for n in house.parts() if n.startswith("word/") and n.endswith(".xml")])
def test_no_tag_stands_where_word_expects_a_number(name: str) -> None:
    for element in etree.fromstring(house.parts()[name].encode()).iter():
        assert not [value for value in element.attrib.values() if "{" in str(value)], element.tag


def test_no_number_is_typed_and_every_numbered_style_has_its_level() -> None:
    files = parts(house.build())
    words = "".join(etree.fromstring(files["word/document.xml"]).itertext())
    assert not re.search(r"\d", re.sub(r"\{[{%].*?[%}]\}", "", words))
    numbering, styles = etree.fromstring(files["word/numbering.xml"]), etree.fromstring(files["word/styles.xml"])
    bound = {level.get(f"{W}val") for level in numbering.iter(f"{W}pStyle")}
    numbered = {style.get(f"{W}styleId") for style in styles.iter(f"{W}style") if style.find(f".//{W}numPr") is not None}
    assert bound == numbered
    assert {"Heading1", "Lid", "Punt", "Subpunt", "Deel", "Bijlage", "Bijlagekop", "Overweging", "Opsomming"} <= bound


def test_every_style_in_use_exists() -> None:
    files = parts(house.build())
    defined = set(re.findall(r'w:styleId="(\w+)"', files["word/styles.xml"].decode()))
    for name, content in files.items():
        assert set(re.findall(r'<w:(?:pStyle|tblStyle|rStyle|basedOn|next) w:val="(\w+)"', content.decode())) <= defined, name
    assert {"DpaTabel", "Tabelkop", "Tabeltekst", "Tabelregel"} <= defined  # used by the renderer


def test_words_of_the_numbering_are_those_of_the_layout(library: Library) -> None:
    labels = library.layout["nl"]["labels"]
    assert (labels["part"], labels["annex"]) == (house_style.PART_WORD, house_style.ANNEX_WORD)
    assert house_style.TEXT_WIDTH == TEXT_WIDTH


def test_docxtpl_knows_every_tag() -> None:
    template = DocxTemplate(io.BytesIO(house.build()))
    assert template.get_undeclared_template_variables() >= {"parts", "parties", "annexes", "toc", "labels", "recitals"}
