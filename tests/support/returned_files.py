"""Returned files for the tests: a Word file of ours with its words changed, marked or not."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
DOCUMENT = "word/document.xml"


def changed(content: bytes, change: Callable[[etree._Element], None]) -> bytes:
    """The file with its document changed."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            part = source.read(name)
            if name == DOCUMENT:
                root = etree.fromstring(part)
                change(root)
                part = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
            target.writestr(name, part)
    return made.getvalue()


def silently(old: str, new: str) -> Callable[[etree._Element], None]:
    """Other words in the first text that has `old`, without a mark."""

    def change(root: etree._Element) -> None:
        text = next(each for each in root.iter(W + "t") if old in (each.text or ""))
        text.text = text.text.replace(old, new, 1)

    return change


def in_a_table(old: str, new: str) -> Callable[[etree._Element], None]:
    """The same as ``silently`` in the first table that has it."""

    def change(root: etree._Element) -> None:
        text = next(each for table in root.iter(W + "tbl") for each in table.iter(W + "t") if old in (each.text or ""))
        text.text = text.text.replace(old, new, 1)

    return change


def tracked(old: str, new: str, author: str = "Inkoop klant") -> Callable[[etree._Element], None]:
    """The same as a tracked change."""

    def change(root: etree._Element) -> None:
        text = next(each for each in root.iter(W + "t") if old in (each.text or ""))
        run = text.getparent()
        before, _, after = text.text.partition(old)
        pieces = [_run(run, before)] if before else []
        if old:
            pieces.append(_marked("del", author, _run(run, old, "delText")))
        if new:
            pieces.append(_marked("ins", author, _run(run, new)))
        pieces += [_run(run, after)] if after else []
        for piece in pieces:
            run.addprevious(piece)
        run.getparent().remove(run)

    return change


def both(*changes: Callable[[etree._Element], None]) -> Callable[[etree._Element], None]:
    """Several changes, one after the other."""

    def change(root: etree._Element) -> None:
        for each in changes:
            each(root)

    return change


def _run(like: etree._Element, text: str, name: str = "t") -> etree._Element:
    run = etree.Element(W + "r")
    properties = like.find(W + "rPr")
    if properties is not None:
        run.append(etree.fromstring(etree.tostring(properties)))
    piece = etree.SubElement(run, W + name)
    piece.text = text
    piece.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return run


def _marked(name: str, author: str, run: etree._Element) -> etree._Element:
    mark = etree.Element(W + name)
    mark.set(W + "id", "9001")
    mark.set(W + "author", author)
    mark.set(W + "date", "2026-11-24T10:00:00Z")
    mark.append(run)
    return mark
