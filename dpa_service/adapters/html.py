"""The agreement as HTML: the snapshot (docs/snapshot.md) through templates/html, for the preview.

Everything is escaped; there is no script and no style attribute, so that it stands under a strict content security policy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from itertools import groupby
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, TemplateError
from markupsafe import Markup, escape

from dpa_service.adapters.docx.context import RenderError
from dpa_service.resources import templates_dir

_WORDS = re.compile(r"\S+|\s+")
_LONG_ADDRESS = re.compile(r"(?=.{20})\S*(?:@|://)\S*")
_AFTER_SIGN = re.compile(r"(?<=[@/.])")


def render_html(snapshot: Mapping[str, Any], *, standalone: bool = True) -> str:
    """The agreement as a page, or with ``standalone=False`` as an ``<article>`` for another page (which links `stylesheet`).

    In: the snapshot as docs/snapshot.md describes it. Out: HTML text; inside another page the headings start at level 2.
    Error: ``RenderError`` naming what is missing.
    """
    try:
        annexes = [{**annex, "groups": _groups(annex["blocks"])} for annex in snapshot["annexes"]]
        agreement = {**snapshot, "annexes": annexes}
        body = _template("agreement.html").render(agreement=agreement, top=1 if standalone else 2)
        if not standalone:
            return body
        return _template("page.html").render(agreement=agreement, body=Markup(body), stylesheet=Markup(stylesheet()))  # noqa: S704
    except KeyError as missing:
        raise RenderError(f"the snapshot lacks the value {missing}") from missing
    except TemplateError as trouble:
        raise RenderError(f"the preview cannot be made: {trouble}") from trouble


@cache
def stylesheet() -> str:
    """The style sheet of the preview, for a page that holds the fragment."""
    return (templates_dir() / "html" / "agreement.css").read_text(encoding="utf-8")


def _groups(blocks: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The blocks of an annex, neighbours of one kind together: bullets become one list."""
    return [(kind, list(group)) for kind, group in groupby(blocks, key=lambda block: block["kind"])]


def _breakable(text: str) -> Markup:
    """The text, escaped, with places where a long address may break; they add nothing to the words."""
    if "@" not in text and "://" not in text:
        return escape(text)  # most texts: taking them apart word by word costs more than the rest of the page
    return Markup("").join(
        Markup("<wbr>").join(_AFTER_SIGN.split(word)) if _LONG_ADDRESS.fullmatch(word) else word for word in _WORDS.findall(text)
    )


@cache
def _environment() -> Environment:
    folder = templates_dir() / "html"
    environment = Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, auto_reload=False)
    environment.filters["breakable"] = _breakable
    return environment


def _template(name: str) -> Template:
    return _environment().get_template(name)
