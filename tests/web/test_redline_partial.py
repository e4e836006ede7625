"""The difference of two agreements as a piece of a page."""

import copy
import random
import re

import pytest
from flask import Flask, render_template_string
from lxml import html

from dpa_service.domain.comparison.redline import redline
from dpa_service.domain.comparison.textdiff import DELETE, INSERT
from tests.support import snapshots
from tests.support.edits import articles, edited

PAGE = """{% from "negotiation/_redline.html" import redline, redline_summary %}
<main>{{ redline_summary(change) }}{{ redline(change, level=3) }}</main>"""


def page(app: Flask, old: dict, new: dict) -> html.HtmlElement:
    with app.test_request_context("/"):
        return html.fromstring(render_template_string(PAGE, change=redline(old, new)))


def words(element: html.HtmlElement) -> str:
    """The words of an element without those for screen readers."""
    copied = copy.deepcopy(element)
    for hidden in copied.xpath(".//*[contains(@class, 'visually-hidden')]"):
        hidden.drop_tree()
    return " ".join(copied.text_content().split())


@pytest.mark.parametrize("seed", range(4))
def test_every_change_is_on_the_page_and_escaped(app: Flask, seed: int) -> None:
    old = snapshots.small()
    new = edited(old, random.Random(seed), 12)
    change = redline(old, new)
    root = page(app, old, new)
    for tag, op in (("ins", INSERT), ("del", DELETE)):
        spans = [s for c in change.clauses for s in (*c.heading, *(s for b in c.blocks for s in b.spans)) if s.op == op]
        shown = [words(element) for element in root.iter(tag)]
        for span in spans:
            assert " ".join(span.text.split()) in shown
    assert not root.xpath("//script | //ltd | //@style")
    ids = root.xpath("//@id")
    assert len(set(ids)) == len(ids)
    for link in root.xpath("//ul[@class='redline-list']//a/@href"):
        assert link[1:] in ids
    for each in root.xpath("//ins | //del"):
        assert re.match(r"\S", each.xpath("string(./span[contains(@class, 'visually-hidden')])"))


def test_unchanged_clauses_are_folded_and_two_equal_texts_say_so(app: Flask) -> None:
    old = snapshots.small()
    new = copy.deepcopy(old)
    articles(new)[1]["heading"] = "Een ander opschrift"
    root = page(app, old, new)
    (title,) = root.xpath("//section[contains(@class, 'redline-clause-changed')]/h3")
    assert "Een ander opschrift" in words(title)
    assert len(root.xpath("//details")) == 2
    assert root.xpath("//details//*[contains(@class, 'redline-clause-changed')]") == []
    same = page(app, old, old)
    assert len(same.xpath("//details")) == 1
    assert not same.xpath("//ul[@class='redline-list'] | //ins | //del")


def test_clauses_with_new_numbers_only_are_folded_and_named_apart(app: Flask) -> None:
    old = snapshots.small()
    new = copy.deepcopy(old)
    for run in articles(new)[0]["paragraphs"][1]["runs"]:
        if "ref" in run:
            run["text"] = "99"
    articles(new)[1]["heading"] = "Een ander opschrift"
    root = page(app, old, new)
    (folded,) = root.xpath("//details[contains(@class, 'redline-clause-changed')]")
    assert folded.xpath(".//ins[contains(., '99')]")
    assert articles(new)[0]["heading"] in words(folded.find("summary"))
    assert [words(item) for item in root.xpath("//ul[@class='redline-list']/li")] == [
        f"{articles(new)[1]['label']} Een ander opschrift"
    ]
    assert root.xpath(f"//p/a[@href='#{folded.get('id')}']")
