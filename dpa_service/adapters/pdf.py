"""The agreement as PDF: the snapshot (docs/snapshot.md) typeset by Typst with templates/typst.

PDF/A-2b and PDF/UA-1, tagged, Dutch hyphenation. Offline and the same on every machine: only the fonts that Typst brings and
the box font of the templates. Dates come from the snapshot, so the same snapshot gives the same bytes. Words go in as JSON
data and are never read as markup.

A character that none of the fonts has (an emoji, a Chinese letter) prints as an empty box and stays in
the text layer; ``unprintable`` names such characters, so that the caller can say so.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import typst

from dpa_service.adapters.docx.context import RenderError, clean
from dpa_service.resources import templates_dir

Json = dict[str, Any]

_KEYS = ("title", "subtitle", "reference", "draft", "language", "date", "labels", "parties", "recitals", "parts", "closing",
         "annexes")  # fmt: skip
_STANDARDS: list[typst.PDFStandard] = ["a-2b", "ua-1"]
_TEXT_LIMIT = 24  # signs in one go from which an address may break in a line of text
_CELL_LIMIT = 0.9  # and in a table, for each percent of the column's width
_ENDLESS = 60  # a word longer than this may break anywhere
_ADDRESS = re.compile(r"@|://|^www\.")
_CODE = re.compile(r"[^-]*\d[^-]*")
_PLAIN = re.compile(r"[\x00-\u04ff\u1e00-\u1eff\u2010-\u2027\u20ac]+")  # Latin, Greek, Cyrillic: the serif font has them
_PICTURES = re.compile(r"[\U0001f000-\U0010ffff]")
_REMEMBERED = 10  # compilations that Typst remembers
_one_at_a_time = threading.Lock()  # Typst uses all cores by itself; two at a time would hold two documents in memory


def render_pdf(snapshot: Mapping[str, Any]) -> bytes:
    """The PDF of `snapshot`.

    In: the snapshot as docs/snapshot.md describes it. Out: the file's bytes, the same for the same snapshot. Error:
    ``RenderError`` naming what is missing or wrong. Safe to call from several threads.
    """
    try:
        data = {key: snapshot[key] for key in _KEYS}
        day = date.fromisoformat(data["date"]["iso"])
    except KeyError as missing:
        raise RenderError(f"the snapshot lacks the value {missing}") from missing
    return typeset("agreement.typ", data, day)


def typeset(template: str, data: Json, day: date) -> bytes:
    """The PDF of `data` by a template of templates/typst; `day` is its date. Error: ``RenderError``. Safe from several threads."""
    try:
        text = json.dumps(_prepared(data), ensure_ascii=False)
    except KeyError as missing:
        raise RenderError(f"the document lacks the value {missing}") from missing
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    inputs = {"snapshot": text, "pictures": "yes" if _PICTURES.search(text) else "no"}
    with _one_at_a_time:
        try:
            pdf = _compiler(template).compile(format="pdf", sys_inputs=inputs, pdf_standards=_STANDARDS, timestamp=moment)
        except typst.TypstError as trouble:
            raise RenderError(str(trouble)) from trouble
        finally:
            _forget()
    assert isinstance(pdf, bytes)
    return pdf


def unprintable(snapshot: Mapping[str, Any]) -> list[str]:
    """The characters of `snapshot` that the PDF shows as an empty box, sorted. Its text layer holds them all the same."""
    text = json.dumps({key: snapshot.get(key) for key in _KEYS}, ensure_ascii=False)
    signs = "".join(sorted(set(_PLAIN.sub("", text))))
    if not signs:
        return []
    missing: list[str] = json.loads(_new_compiler("probe.typ", signs=signs).query("<missing>", field="value", one=True))
    return missing


# ---- places where a long address may break ---------------------------------------------------------------------------


def _prepared(value: Any, limit: int = _TEXT_LIMIT) -> Any:
    """A copy of `value` with clean texts, in which long addresses of runs are cut into pieces."""
    if isinstance(value, list):
        if value and isinstance(value[0], dict) and "text" in value[0]:
            return [part for run in value for part in _pieces(run, limit)]
        return [_prepared(item, limit) for item in value]
    if isinstance(value, dict):
        if value.get("kind") == "table":
            limits = [max(8, int(width * _CELL_LIMIT) - 2) for width in value["widths"]]
            rows = [[_prepared(cell, limits[index]) for index, cell in enumerate(row)] for row in value["rows"]]
            return {**value, "columns": _prepared(value["columns"]), "rows": rows}
        return {key: _prepared(item, limit) for key, item in value.items()}
    return _clean(value) if isinstance(value, str) else value


def _clean(text: str) -> str:
    """A text without what no document can hold, as in the Word file; a byte order mark becomes the word joiner it once was."""
    return clean(text).replace("\ufeff", "\u2060")


def _pieces(run: Json, limit: int) -> Iterable[Json]:
    """The run, or the runs it falls into: the words around, and each long address with its ``pieces``."""
    text = _clean(run["text"])
    parts: list[Json] = []
    start = 0
    for found in re.finditer(rf"\S{{{limit},}}", text):
        word = found.group()
        if _ADDRESS.search(word):
            pieces = re.findall(rf"[^@/_=?&.]{{1,{limit}}}[@/_=?&.]?|[@/_=?&.]", word)
        elif len(word) > _ENDLESS or _CODE.fullmatch(word):
            pieces = list(word)
        else:
            continue
        if start < found.start():
            parts.append({**run, "text": text[start : found.start()]})
        parts.append({**run, "text": word, "pieces": pieces})
        start = found.end()
    if start < len(text) or not parts:
        parts.append({**run, "text": text[start:]})
    return parts


# ---- the typesetter --------------------------------------------------------------------------------------------------


def _new_compiler(template: str, **inputs: str) -> typst.Compiler:
    folder = templates_dir() / "typst"
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[str(folder / "fonts")])
    return typst.Compiler(input=str(folder / template), root=str(folder), font_paths=fonts, sys_inputs=inputs)


@cache
def _compiler(template: str) -> typst.Compiler:
    """The compiler of the process for a template: it keeps fonts and templates between documents."""
    return _new_compiler(template)


@cache
def _empty() -> typst.Compiler:
    return _new_compiler("empty.typ")


def _forget() -> None:
    """Let Typst drop what it remembers of the last document.

    It keeps the laid-out pieces of the last ten compilations, some 35 MB a contract, which are of no use to the next contract.
    Ten compilations of nothing take their place.
    """
    for _ in range(_REMEMBERED + 1):
        _empty().compile(format="svg")
