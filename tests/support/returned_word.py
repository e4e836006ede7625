"""Word files as they come back: an issued file, edited the way that people and programs edit, with tracking on and off."""

from __future__ import annotations

import copy
import io
import json
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

from lxml import etree

from dpa_service.adapters.docx import returned_child
from dpa_service.domain.comparison.returned_stream import Stream, stream_of
from tests.support.signed_files import part, repacked

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
AUTHOR, DATE = "Jurist Klant", "2026-12-03T10:15:00Z"
COMMENTS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/comments"
EXTENDED = "http://schemas.microsoft.com/office/2011/relationships/commentsExtended"
TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"


def stream(docx: bytes) -> Stream:
    """The stream of a file, read in this process: quick, and the same words as in the confined one."""
    return stream_of(json.loads(json.dumps(returned_child.read(docx))))


def words(paragraph: Any) -> str:
    """The text of a paragraph."""
    return "".join(t.text or "" for t in paragraph.iter(f"{W}t"))


class Returned:
    """A file in the hands of the other party."""

    def __init__(self, docx: bytes, author: str = AUTHOR, date: str = DATE) -> None:
        self.docx, self.author, self.date = docx, author, date
        self.root = etree.fromstring(part(docx))
        self.body = self.root[0]
        self.comments: list[dict[str, Any]] = []
        self.number = 900_000

    # ---- finding places ------------------------------------------------------------------------------------------

    def clauses(self) -> list[str]:
        """The bookmarks of the clauses, in order."""
        names = (mark.get(f"{W}name") for mark in self.root.iter(f"{W}bookmarkStart"))
        return [name for name in names if name and name.startswith("_cl_")]

    def paragraphs(self, bookmark: str) -> list[Any]:
        """The paragraphs of a clause with words in them, its heading first."""
        found, inside = [], False
        for paragraph in self.body.iter(f"{W}p"):
            names = [mark.get(f"{W}name") or "" for mark in paragraph.iter(f"{W}bookmarkStart")]
            if any(name.startswith(("_cl_", "_part_")) for name in names):
                inside = bookmark in names
            if inside and words(paragraph).strip():
                found.append(paragraph)
        return found

    def rows(self, bookmark: str) -> list[Any]:
        """The table rows of a clause."""
        rows = (next(paragraph.iterancestors(f"{W}tr"), None) for paragraph in self.paragraphs(bookmark))
        return list({id(row): row for row in rows if row is not None}.values())

    def spots(self, paragraph: Any) -> list[tuple[Any, int, int]]:
        """The words of a paragraph outside of fields: (run, from, to)."""
        found, depth = [], 0
        for run in paragraph.iter(f"{W}r"):
            depth += sum({"begin": 1, "end": -1}.get(mark.get(f"{W}fldCharType") or "", 0) for mark in run.iter(f"{W}fldChar"))
            texts = run.findall(f"{W}t")
            if depth == 0 and len(texts) == 1 and run.find(f"{W}fldChar") is None and run.getparent().tag == f"{W}p":
                found += [(run, match.start(), match.end()) for match in re.finditer(r"\w{2,}", texts[0].text or "")]
        return found

    def cut(self, run: Any, start: int, end: int) -> Any:
        """The run of exactly these words, cut out of `run`."""
        text = run.find(f"{W}t").text
        pieces = []
        for value in (text[:start], text[start:end], text[end:]):
            piece = copy.deepcopy(run)
            piece.find(f"{W}t").text = value
            piece.find(f"{W}t").set(XML_SPACE, "preserve")
            pieces.append(piece)
        parent, at = run.getparent(), run.getparent().index(run)
        parent[at : at + 1] = [piece for piece in pieces if piece.find(f"{W}t").text or piece is pieces[1]]
        return pieces[1]

    # ---- edits ---------------------------------------------------------------------------------------------------

    def mark(self, name: str, **attributes: str) -> Any:
        """A revision mark with its claim."""
        self.number += 1
        given = {"id": str(self.number), "author": self.author, "date": self.date} | attributes
        return etree.Element(f"{W}{name}", {f"{W}{key}": value for key, value in given.items() if value})

    def run(self, text: str, like: Any = None, tag: str = "t") -> Any:
        """A run of words, dressed like another."""
        run = etree.Element(f"{W}r")
        if like is not None and like.find(f"{W}rPr") is not None:
            run.append(copy.deepcopy(like.find(f"{W}rPr")))
        piece = etree.SubElement(run, f"{W}{tag}")
        piece.text = text
        piece.set(XML_SPACE, "preserve")
        return run

    def delete(self, run: Any, *, tracked: bool) -> None:
        """Take a run out."""
        if not tracked:
            run.getparent().remove(run)
            return
        wrapper = self.mark("del")
        run.addprevious(wrapper)
        wrapper.append(run)
        for text in run.iter(f"{W}t"):
            text.tag = f"{W}delText"

    def insert(self, after: Any, text: str, *, tracked: bool) -> Any:
        """Put words behind a run (or a revision of one)."""
        made = self.run(text, after if after.tag == f"{W}r" else after.find(f"{W}r"))
        if tracked:
            wrapper = self.mark("ins")
            wrapper.append(made)
            after.addnext(wrapper)
            return wrapper
        after.addnext(made)
        return made

    def replace(self, run: Any, text: str, *, tracked: bool) -> None:
        """Other words in the place of a run's."""
        self.insert(run, text, tracked=tracked)
        self.delete(run, tracked=tracked)

    def forge_deletion(self, after: Any, text: str) -> None:
        """A deletion of words that never stood there."""
        wrapper = self.mark("del")
        wrapper.append(self.run(text, after, "delText"))
        after.addnext(wrapper)

    def mark_paragraph(self, paragraph: Any, name: str) -> None:
        """Mark the paragraph's own mark as inserted or deleted."""
        properties = paragraph.find(f"{W}pPr")
        if properties is None:
            properties = etree.Element(f"{W}pPr")
            paragraph.insert(0, properties)
        own = properties.find(f"{W}rPr")
        if own is None:
            own = etree.SubElement(properties, f"{W}rPr")
        own.insert(0, self.mark(name))

    def add_paragraph(self, after: Any, text: str, *, tracked: bool, style: str = "") -> Any:
        """A new paragraph behind another, in its style."""
        made = etree.Element(f"{W}p")
        if after.find(f"{W}pPr") is not None:
            made.append(copy.deepcopy(after.find(f"{W}pPr")))
            if style:
                made.find(f"{W}pPr/{W}pStyle").set(f"{W}val", style)
        run = self.run(text)
        if tracked:
            self.mark_paragraph(made, "ins")
            wrapper = self.mark("ins")
            wrapper.append(run)
            run = wrapper
        made.append(run)
        after.addnext(made)
        return made

    def delete_paragraph(self, paragraph: Any, *, tracked: bool) -> None:
        """Take a paragraph out; what begins and ends in it goes where an editor leaves it, to the neighbours."""
        if tracked:
            for run in list(paragraph.iter(f"{W}r")):
                if run.getparent().tag not in (f"{W}del", f"{W}ins"):
                    self.delete(run, tracked=True)
            self.mark_paragraph(paragraph, "del")
            return
        neighbour = paragraph.getnext()
        for mark in paragraph.findall(f"{W}bookmarkEnd"):
            if neighbour is not None and neighbour.tag == f"{W}p":
                neighbour.append(mark)
        paragraph.getparent().remove(paragraph)

    def add_row(self, row: Any, texts: list[str], *, tracked: bool) -> None:
        """A new table row behind another."""
        made = copy.deepcopy(row)
        for cell, text in zip(made.findall(f"{W}tc"), texts, strict=True):
            first, *rest = cell.findall(f"{W}p")
            for paragraph in rest:
                cell.remove(paragraph)
            for child in [child for child in first if child.tag != f"{W}pPr"]:
                first.remove(child)
            run = self.run(text)
            first.append(run)
            if tracked:
                wrapper = self.mark("ins")
                first.append(wrapper)
                wrapper.append(run)
        if tracked:
            self._mark_row(made, "ins")
        row.addnext(made)

    def delete_row(self, row: Any, *, tracked: bool) -> None:
        """Take a table row out."""
        if not tracked:
            row.getparent().remove(row)
            return
        for run in list(row.iter(f"{W}r")):
            self.delete(run, tracked=True)
        self._mark_row(row, "del")

    def _mark_row(self, row: Any, name: str) -> None:
        properties = row.find(f"{W}trPr")
        if properties is None:
            properties = etree.Element(f"{W}trPr")
            row.insert(0, properties)
        properties.append(self.mark(name))

    def look(self, run: Any, name: str, *, tracked: bool = False, **attributes: str) -> None:
        """Another look for a run: strike, vanish, b, color."""
        own = run.find(f"{W}rPr")
        if own is None:
            own = etree.Element(f"{W}rPr")
            run.insert(0, own)
        before = copy.deepcopy(own)
        own.append(etree.Element(f"{W}{name}", {f"{W}{key}": value for key, value in attributes.items()}))
        if tracked:
            change = self.mark("rPrChange")
            change.append(before)
            own.append(change)

    def comment(self, run: Any, text: str, *, replies: tuple[str, ...] = (), resolved: bool = False) -> None:
        """A comment on a run, with answers."""
        first = len(self.comments)
        for offset, said in enumerate((text, *replies)):
            number = str(first + offset)
            self.comments.append({"text": said, "parent": first if offset else None, "resolved": resolved})
            run.addprevious(etree.Element(f"{W}commentRangeStart", {f"{W}id": number}))
            end = etree.Element(f"{W}commentRangeEnd", {f"{W}id": number})
            reference = etree.Element(f"{W}r")
            etree.SubElement(reference, f"{W}commentReference", {f"{W}id": number})
            run.addnext(reference)
            run.addnext(end)

    # ---- what programs do ----------------------------------------------------------------------------------------

    def split_runs(self, seed: int) -> None:
        """Runs cut at random places, with the marks that Word leaves there."""
        chance = random.Random(seed)
        for run in list(self.body.iter(f"{W}r")):
            texts = run.findall(f"{W}t")
            if len(texts) == 1 and len(texts[0].text or "") > 3 and run.getparent().tag == f"{W}p" and chance.random() < 0.3:
                at = chance.randrange(1, len(texts[0].text or ""))
                second = self.cut(run, 0, at).getnext()
                second.addprevious(etree.Element(f"{W}proofErr", {f"{W}type": "spellStart"}))

    def repeat_ids(self) -> None:
        """Every bookmark and revision with the number 0, as Google writes them."""
        for element in self.root.iter(f"{W}ins", f"{W}del", f"{W}rPrChange", f"{W}bookmarkStart", f"{W}bookmarkEnd"):
            element.set(f"{W}id", "0")

    def as_google(self) -> bytes:
        """Without bookmarks, properties, customXml and fields: words only."""
        for mark in list(self.root.iter(f"{W}bookmarkStart", f"{W}bookmarkEnd")):
            mark.getparent().remove(mark)
        for run in list(self.root.iter(f"{W}r")):
            if run.find(f"{W}fldChar") is not None or run.find(f"{W}instrText") is not None:
                run.getparent().remove(run)
        gone = dict.fromkeys(
            ("docProps/custom.xml", "customXml/item1.xml", "customXml/itemProps1.xml", "customXml/_rels/item1.xml.rels")
        )
        rels = re.sub(rb"<Relationship [^>]*custom[^>]*/>", b"", part(self.docx, "_rels/.rels"))
        own = re.sub(rb"<Relationship [^>]*customXml[^>]*/>", b"", part(self.docx, "word/_rels/document.xml.rels"))
        types = re.sub(rb"<Override [^>]*custom[^>]*/>", b"", part(self.docx, "[Content_Types].xml"))
        changes: dict[str, bytes | None] = {
            "_rels/.rels": rels,
            "word/_rels/document.xml.rels": own,
            "[Content_Types].xml": types,
        }
        return repacked(self.saved(), {**gone, **changes})

    def accept_all(self) -> None:
        """Accept every tracked change, as a button does."""
        for gone in list(self.root.iter(f"{W}del")):
            parent = gone.getparent()
            if parent.tag == f"{W}trPr":
                row = next(parent.iterancestors(f"{W}tr"))
                row.getparent().remove(row)
            elif parent.tag == f"{W}rPr":
                paragraph = next(parent.iterancestors(f"{W}p"))
                parent.remove(gone)
                following = paragraph.getnext()
                for child in [c for c in paragraph if c.tag != f"{W}pPr" and not list(c.iter(f"{W}delText"))]:
                    if following is not None and following.tag == f"{W}p":
                        following.insert(1 if following.find(f"{W}pPr") is not None else 0, child)
                paragraph.getparent().remove(paragraph)
            elif parent is not None:
                parent.remove(gone)
        for came in list(self.root.iter(f"{W}ins")):
            parent = came.getparent()
            for child in list(came):
                came.addprevious(child)
            parent.remove(came)
        for change in list(self.root.iter(f"{W}rPrChange")):
            change.getparent().remove(change)

    def saved(self) -> bytes:
        """The file."""
        changes: dict[str, bytes | None] = {
            "word/document.xml": etree.tostring(self.root, xml_declaration=True, encoding="UTF-8")
        }
        if self.comments:
            changes |= self._comment_parts()
        return repacked(self.docx, changes)

    def _comment_parts(self) -> dict[str, bytes | None]:
        made, threads = [], []
        for number, each in enumerate(self.comments):
            parent = "" if each["parent"] is None else f' w15:paraIdParent="{each["parent"] + 1:08X}"'
            made.append(f'<w:comment w:id="{number}" w:author="{self.author}" w:date="{self.date}" w:initials="J">'
                        f'<w:p w14:paraId="{number + 1:08X}"><w:r><w:annotationRef/></w:r><w:r><w:t>{each["text"]}</w:t></w:r></w:p>'
                        "</w:comment>")  # fmt: skip
            threads.append(f'<w15:commentEx w15:paraId="{number + 1:08X}"{parent} w15:done="{int(each["resolved"])}"/>')
        spaces = f'xmlns:w="{W[1:-1]}" xmlns:w14="{W14[1:-1]}" xmlns:w15="http://schemas.microsoft.com/office/word/2012/wordml"'
        types, rels = part(self.docx, "[Content_Types].xml"), part(self.docx, "word/_rels/document.xml.rels")
        own = "".join(
            f'<Override PartName="/word/{name}.xml" ContentType="{TYPE}.{name}+xml"/>'
            for name in ("comments", "commentsExtended")
        )
        links = (f'<Relationship Id="rIdC1" Type="{COMMENTS}" Target="comments.xml"/>'
                 f'<Relationship Id="rIdC2" Type="{EXTENDED}" Target="commentsExtended.xml"/>')  # fmt: skip
        return {
            "word/comments.xml": f"<w:comments {spaces}>{''.join(made)}</w:comments>".encode(),
            "word/commentsExtended.xml": f"<w15:commentsEx {spaces}>{''.join(threads)}</w15:commentsEx>".encode(),
            "[Content_Types].xml": types.replace(b"</Types>", own.encode() + b"</Types>"),
            "word/_rels/document.xml.rels": rels.replace(b"</Relationships>", links.encode() + b"</Relationships>"),
        }


def edited(docx: bytes, edit: Callable[[Returned], None]) -> bytes:
    """The file after an edit."""
    made = Returned(docx)
    edit(made)
    return made.saved()


def packed(parts: dict[str, bytes]) -> bytes:
    """A zip of these parts, deflated."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


def unpacked(docx: bytes) -> Iterator[tuple[str, bytes]]:
    """The parts of a file."""
    with zipfile.ZipFile(io.BytesIO(docx)) as archive:
        for name in archive.namelist():
            yield name, archive.read(name)
