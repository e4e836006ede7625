"""The words of a paragraph: runs, fields, pictures, notes. Loaded by returned_child.py; imports nothing of the product."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
RPR, RPR_CHANGE = f"{W}rPr", f"{W}rPrChange"
PRESERVE = "{http://www.w3.org/XML/1998/namespace}space"
PICTURE = "▣"
_WHITE = re.compile(r"[\t\r\n\v]+")
_PAGE_FIELDS = ("PAGE", "NUMPAGES", "SECTIONPAGES", "PAGEREF")
_SIGNS = {"tab": "\t", "ptab": "\t", "br": "\v", "cr": "\v", "noBreakHyphen": "\u2011", "softHyphen": "\u00ad"}
SILENT = frozenset({"rPr", "pPr", "lastRenderedPageBreak", "proofErr", "footnoteRef", "endnoteRef", "annotationRef", "separator",
                     "continuationSeparator", "sdtPr", "sdtEndPr", "smartTagPr", "customXmlPr", "fldData", "permStart", "permEnd",
                     "tblPr", "tblGrid", "tblPrEx", "trPr", "tcPr", "sectPr", "rubyPr"})  # fmt: skip


class State(NamedTuple):
    """Who inserted and who deleted what is being read, and whether it stands in a row or field that is not shown."""

    inserted: int | None = None
    deleted: int | None = None
    hidden: bool = False
    reversed: bool = False


class Words:
    """Reads words into the current paragraph. What a file has of looks, comments and notes is given by the reader of its stories."""

    looks: Any
    comments: Any
    place: str
    cell: list[int] | None
    current: dict[str, Any] | None  # the paragraph that is being read
    fields: list[list[Any]]  # of each open field: instruction, and whether its result has begun
    after: list[Callable[[], None]]  # text boxes and notes, read after the paragraph they hang on
    notes: dict[str, dict[str, Any]]

    def inside(self, parent: Any, state: State) -> None:
        """Read whatever stands in an element."""
        raise NotImplementedError

    def revision(self, element: Any, kind: str) -> int:
        """The number of a revision."""
        raise NotImplementedError

    def _fldSimple(self, element: Any, state: State) -> None:
        self.fields.append([element.get(f"{W}instr") or "", True])
        self.inside(element, state)
        self.fields.pop()

    def _r(self, run: Any, state: State) -> None:
        if self.current is None:
            return
        own = run.find(RPR)
        look = self.looks.number(self.current["id"], own)
        change = own.find(RPR_CHANGE) if own is not None else None
        changed: tuple[int | None, int | None] = (None, None)
        if change is not None:
            changed = self.revision(change, "formatted"), self.looks.number(self.current["id"], change.find(RPR))
        self._run_content(run, state, look, changed)

    def _run_content(self, run: Any, state: State, look: int, changed: tuple[Any, Any]) -> None:
        for child in run:
            name = child.tag.rpartition("}")[2]
            if name in ("t", "delText"):
                words = child.text or ""
                if child.get(PRESERVE) != "preserve":
                    words = words.strip(" \t\r\n")
                if name == "delText" and state.deleted is None:
                    state = state._replace(deleted=self.revision(child, "deleted"))
                self.text(_WHITE.sub(" ", words) if _WHITE.search(words) else words, state, look, changed)
            elif name in _SIGNS:
                if child.get(f"{W}type") not in ("page", "column"):
                    self.text(_SIGNS[name], state, look, changed)
            elif name == "sym":
                self.text(f"[{child.get(f'{W}char')}]", state, look, changed)
            elif name == "fldChar":
                self._field(child.get(f"{W}fldCharType"))
            elif name in ("instrText", "delInstrText"):
                if self.fields and not self.fields[-1][1]:
                    self.fields[-1][0] += child.text or ""
            elif name in ("drawing", "pict", "object"):
                self._picture(child, state, look)
            elif name in ("footnoteReference", "endnoteReference"):
                self._note(name.removesuffix("Reference"), child.get(f"{W}id"))
            elif name == "commentReference":
                self.comments.begin(child.get(f"{W}id") or "", self.current["number"], len(self.current["pieces"]))  # type: ignore[index]
                self.comments.end(child.get(f"{W}id") or "")
            elif child.tag == f"{MC}AlternateContent":
                for form in forms(child):
                    self._run_content(form, state, look, changed)
            elif name not in SILENT:
                self._run_content(child, state, look, changed)

    def _field(self, kind: str | None) -> None:
        if kind == "begin":
            self.fields.append(["", False])
        elif kind == "separate" and self.fields:
            self.fields[-1][1] = True
        elif kind == "end" and self.fields:
            self.fields.pop()

    def _picture(self, element: Any, state: State, look: int) -> None:
        boxes = list(element.iter(f"{W}txbxContent"))
        if not boxes:
            self.text(PICTURE, state, look)
        for box in boxes:
            if not any(parent in boxes for parent in box.iterancestors(f"{W}txbxContent")) and not _left_out(box, element):
                self.after.append(partial(self._hang, box, state, "textbox"))

    def _note(self, kind: str, identifier: str | None) -> None:
        note = self.notes[kind].pop(identifier or "", None)
        if note is not None:
            self.after.append(partial(self._hang, note, State(), kind))

    def _hang(self, root: Any, state: State, place: str) -> None:
        kept = self.place, self.cell, self.fields, self.current
        self.place = place if self.place == "body" else self.place
        self.cell, self.fields, self.current = None, [], None
        self.inside(root, state)
        self.place, self.cell, self.fields, self.current = kept

    def _printed_by(self) -> str:
        """The instruction of the field whose result is being read; a table of contents holds other fields."""
        instructions = [" ".join(instruction.split())[:120] for instruction, begun in self.fields if begun]
        if not instructions or instructions[-1].upper().startswith(_PAGE_FIELDS):
            return instructions[-1] if instructions else ""
        return next((each for each in instructions if each.upper().startswith("TOC")), instructions[-1])

    def text(self, words: str, state: State, look: int, changed: tuple[Any, Any] = (None, None)) -> None:
        """Words come by."""
        if not words or self.current is None:
            return
        field = self._printed_by() if self.fields else ""
        unseen = {"hidden"} if state.hidden or any(not begun for _, begun in self.fields) else set()
        unseen |= {"rtl"} if state.reversed else set()
        if unseen:
            look = self.looks.number_of(list(self.looks.known)[look] | unseen)
        pieces, made = self.current["pieces"], [words, state.inserted, state.deleted, look, field, *changed]
        if pieces and pieces[-1][1:] == made[1:]:
            pieces[-1][0] += words
        else:
            pieces.append(made)
        self.comments.words(words)


def said(element: Any) -> str:
    """The words in an element."""
    return "".join(text.text or "" for text in element.iter(f"{W}t"))


def _left_out(box: Any, drawing: Any) -> bool:
    """Whether a text box within a drawing stands in a form of it that says what another form says."""
    for parent in box.iterancestors():
        if parent is drawing:
            return False
        if parent.getparent().tag == f"{MC}AlternateContent" and parent not in forms(parent.getparent()):
            return True
    return False


def forms(element: Any) -> list[Any]:
    """The forms of a drawing that are read: the first, and each that says something else. Programs differ in which one they show."""
    found: dict[str, Any] = {}
    for form in element:
        found.setdefault(said(form), form)
    return [form for words, form in found.items() if words] or list(found.values())[:1]
