"""The HTML preview: the words of the snapshot, escaped, with structure that a reader of any kind can follow."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
from lxml import html

from dpa_service.adapters.docx.context import RenderError
from dpa_service.adapters.html import render_html, stylesheet
from tests.support.snapshots import general_terms, sample, small, text

HOSTILE = [
    "A & B <Ltd> \"x\" 'y'",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "{{ 7*7 }} {% raw %} {# weg #} ${z}",
    "&amp; &lt;b&gt; &#39;",
    "#strong[x] $1$ *b* @ref \\ `raw`",
    "Bureau 😀 👩\u200d💻 🇧🇪 公司 שלום مرحبا",
    "naam]]>--><!--",
    "jan<script>@voorbeeld.example/pad.html",
]


def page(snapshot: dict[str, Any], **more: Any) -> Any:
    return html.fromstring(render_html(snapshot, **more))


def words(node: Any) -> str:
    return " ".join(node.text_content().split())


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_words_and_nothing_else(name: str) -> None:
    snapshot = small(client=name)
    snapshot["parts"][0]["articles"][0]["heading"] = name
    snapshot["parts"][0]["articles"][0]["paragraphs"][0]["runs"] = [text(f"Gewoon {name} einde"), {"text": name, "bold": True}]
    table = next(block for block in snapshot["annexes"][0]["blocks"] if block["kind"] == "table")
    table["columns"][1], table["rows"][0][1] = name, [text(name)]
    tree = page(snapshot)
    expected = " ".join(name.split())
    assert tree.xpath("string(//p[@class='dpa-name'])") == name
    assert words(tree).count(expected) >= 7
    assert f"Gewoon {expected} einde" in words(tree)
    assert name in tree.xpath("//td/@data-column")
    assert not tree.xpath("//script | //img | //*[@onerror] | //@style")


def test_a_missing_value_is_refused_by_name() -> None:
    for step in ("title", "labels", "closing"):
        snapshot = small()
        del snapshot[step]
        with pytest.raises(RenderError, match=step):
            render_html(snapshot)
    snapshot = small()
    del snapshot["parts"][0]["articles"][0]["paragraphs"][0]["label"]
    with pytest.raises(RenderError, match="label"):
        render_html(snapshot)


def test_every_clause_can_be_found_and_linked() -> None:
    snapshot = sample(14, 3)
    tree = page(snapshot)
    clauses = [snapshot["recitals"], *(a for part in snapshot["parts"] for a in part["articles"]), snapshot["closing"], *snapshot["annexes"]]  # fmt: skip
    for clause in clauses:
        [node] = tree.xpath(f"//*[@id='{clause['bookmark']}']")
        assert node.get("data-clause") == clause["clause"]
        assert clause["heading"] in words(node)
    names = tree.xpath("//@id")
    assert len(names) == len(set(names))
    assert {target.removeprefix("#") for target in tree.xpath("//a/@href")} <= set(names)


def test_every_label_stands_before_its_words() -> None:
    snapshot = sample(14, 3)
    found = words(page(snapshot))
    for part in snapshot["parts"]:
        assert f"Deel {part['label']} {part['title']}" in found
        for article in part["articles"]:
            assert f"{article['label']} {article['heading']}" in found
            for paragraph in article["paragraphs"]:
                opening = " ".join("".join(run["text"] for run in paragraph["runs"]).split())
                assert f"{paragraph['label']} {opening}" in found
                for point in paragraph["points"]:
                    assert f"{point['label']} {point['runs'][0]['text']}" in found
    for annex in snapshot["annexes"]:
        assert f"Bijlage {annex['label']} {annex['heading']}" in found


def test_references_are_links_with_the_printed_number() -> None:
    snapshot = small()
    runs = [run for part in snapshot["parts"] for article in part["articles"] for p in article["paragraphs"] for run in p["runs"]]
    links = {(link.get("href"), link.text) for link in page(snapshot).xpath("//div[@class='dpa-body']/p/a")}
    assert {(f"#{run['ref']}", run["text"]) for run in runs if run.get("ref")} <= links


def test_heads_of_tables_say_what_they_head() -> None:
    tree = page(small())
    for table in tree.xpath("//table"):
        assert table.xpath(".//thead//th[@scope='col']")
        for row in table.xpath("./tbody/tr"):
            assert row.xpath("./*[1]")[0].get("scope") == "row"
            assert [cell.get("data-column") for cell in row] == [head.text for head in table.xpath(".//thead//th")]


def test_lines_of_a_cell_and_bullets_keep_their_form() -> None:
    tree = page(small())
    assert tree.xpath("//td[br]")
    assert [len(found.xpath("./li")) for found in tree.xpath("//section[@class='dpa-annex']//ul")] == [2, 2]


def test_a_page_has_one_title_and_no_level_is_skipped() -> None:
    for standalone, first in ((True, 1), (False, 2)):
        levels = [
            int(node.tag[1]) for node in page(sample(14, 3), standalone=standalone).iter() if re.fullmatch(r"h\d", str(node.tag))
        ]
        assert levels[0] == first
        assert levels.count(first) == 1
        assert all(later <= earlier + 1 for earlier, later in pairwise(levels))


def test_the_page_is_dutch_styled_and_fits_a_telephone() -> None:
    source = render_html(small())
    tree = html.fromstring(source)
    assert source.startswith("<!doctype html>")
    assert tree.get("lang") == "nl"
    assert tree.xpath("//meta[@name='viewport']")
    assert stylesheet() in tree.xpath("string(//style)")
    assert "<script" not in source
    assert "http" not in stylesheet()


def test_the_fragment_is_one_article_without_style() -> None:
    source = render_html(small(), standalone=False)
    tree = html.fromstring(source)
    assert (tree.tag, tree.get("lang")) == ("article", "nl")
    assert not tree.xpath("//style | //@style | //script")


def test_general_terms_have_one_party_and_no_signatures() -> None:
    found = words(page(general_terms()))
    assert "Uitgegeven door Voorbeeld Contactcentrum NV" in found
    assert "Handtekening" not in found


def test_only_a_draft_says_so() -> None:
    assert page(small()).xpath("//p[@class='dpa-draft']")
    assert not page(small(draft=False)).xpath("//p[@class='dpa-draft']")
