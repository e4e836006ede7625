"""The reader of returned Word files that runs by itself under limits (adapters/confined.py): a file on standard input, the stream of
domain/returned_stream.py as JSON on standard output.

Imports nothing of the product but its neighbours, which are loaded by their place: Python runs isolated here. Everything is checked
before it is parsed, and nothing outside of the file is touched.
"""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple


def _neighbour(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, f"{__file__.removesuffix('returned_child.py')}{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


reading, looks, remarking = _neighbour("reading_child"), _neighbour("looks_child"), _neighbour("remarks_child")

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
PICTURE = "▣"
MOST_PARAGRAPHS, MOST_REVISIONS = 20_000, 20_000
_OURS = re.compile(r"_(cl|pr|part)_\w+")
_PAGE_FIELDS = ("PAGE", "NUMPAGES", "SECTIONPAGES", "PAGEREF")
_SIGNS = {"tab": "\t", "ptab": "\t", "br": "\v", "cr": "\v", "noBreakHyphen": "\u2011", "softHyphen": "\u00ad"}
_REVISIONS = {"ins": "inserted", "del": "deleted", "moveFrom": "moved-from", "moveTo": "moved-to"}
_SILENT = frozenset({"rPr", "pPr", "lastRenderedPageBreak", "proofErr", "footnoteRef", "endnoteRef", "annotationRef", "separator",
                     "continuationSeparator", "sdtPr", "sdtEndPr", "smartTagPr", "customXmlPr", "fldData", "permStart", "permEnd",
                     "tblPr", "tblGrid", "tblPrEx", "trPr", "tcPr", "sectPr", "rubyPr"})  # fmt: skip


class State(NamedTuple):
    """Who inserted and who deleted what is being read, and whether it stands in a row or field that is not shown."""

    inserted: int | None = None
    deleted: int | None = None
    hidden: bool = False
    reversed: bool = False


class Reader:
    """Reads the stories of one file into one list of paragraphs."""

    def __init__(self, parts: dict[str, bytes]) -> None:
        self.parts = parts
        styles = reading.parse(parts["word/styles.xml"]) if "word/styles.xml" in parts else None
        self.looks = looks.Looks(styles)
        self.comments = remarking.Comments(parts, reading.parse, reading.Refusal)
        self.paragraphs: list[dict[str, Any]] = []
        self.revisions: dict[tuple[str, str, str], int] = {}
        self.remarks: set[str] = set()
        self.seen: set[str] = set()  # bookmarks: the first counts, programs repeat them
        self.pending: list[str] = []  # bookmarks and
        self.begun: list[str] = []  # comments that begin between two paragraphs
        self.place = "body"
        self.cell: list[int] | None = None
        self.tables = 0
        self.notes = {kind: self._notes(kind) for kind in ("footnote", "endnote")}
        self.fields: list[list[Any]] = []  # of each open field: instruction, and whether its result has begun
        self.after: list[Callable[[], None]] = []  # text boxes and notes, read after the paragraph they hang on
        self.current: dict[str, Any] | None = None
        named = (self._p, self._tbl, self._r, self._fldSimple, self._bookmarkStart, self._commentRangeStart, self._commentRangeEnd,
                 self._altChunk, self._bdo)  # fmt: skip
        self.kinds: dict[str, Callable[[Any, State], None]] = {f"{W}{each.__name__[1:]}": each for each in named}
        self.kinds |= {f"{W}{name}": self._revised for name in _REVISIONS}
        self.kinds |= {f"{W}subDoc": self._altChunk, f"{W}dir": self._bdo, f"{MC}AlternateContent": self._alternative}
        self.kinds[f"{MATH}t"] = lambda element, state: self.text(element.text or "", state, 0)

    def _notes(self, kind: str) -> dict[str, Any]:
        name = f"word/{kind}s.xml"
        if name not in self.parts:
            return {}
        notes = reading.parse(self.parts[name]).iterfind(f"{W}{kind}")
        return {note.get(f"{W}id"): note for note in notes if note.get(f"{W}type") in (None, "normal")}

    def story(self, root: Any, place: str) -> None:
        """A body, header, footer or note."""
        kept = self.place, self.cell, self.fields, self.current
        self.place, self.cell, self.fields, self.current = place, None, [], None
        self.inside(root, State())
        self.place, self.cell, self.fields, self.current = kept

    def inside(self, parent: Any, state: State) -> None:
        """Whatever stands in an element: what is not known by name is entered, so that no word is lost."""
        for child in parent:
            known = self.kinds.get(child.tag)
            if known is not None:
                known(child, state)
            elif child.tag.rpartition("}")[2] not in _SILENT:
                self.inside(child, state)

    def revision(self, element: Any, kind: str) -> int:
        """The number of a revision, by what it claims and never by its own number."""
        claim = (kind, (element.get(f"{W}author") or "")[:120], (element.get(f"{W}date") or "")[:40])
        if claim not in self.revisions and len(self.revisions) >= MOST_REVISIONS:
            raise reading.Refusal("TOO_BIG")
        return self.revisions.setdefault(claim, len(self.revisions))

    def marked(self, properties: Any, state: State, names: dict[str, str]) -> State:
        """The state of a thing whose properties hold ins, del … as marks."""
        for child in properties if properties is not None else ():
            kind = names.get(child.tag.rpartition("}")[2])
            if kind is not None:
                number = self.revision(child, kind)
                gone = kind.endswith(("deleted", "moved-from"))
                state = state._replace(deleted=number) if gone else state._replace(inserted=number)
        return state

    # ---- blocks --------------------------------------------------------------------------------------------------

    def _tbl(self, table: Any, state: State) -> None:
        kept, number = self.cell, self.tables
        self.tables += 1
        for row_number, (row, row_state) in enumerate(self._rows(table, state, "tr")):
            properties = row.find(f"{W}trPr")
            row_state = self.marked(properties, row_state, {"ins": "row-inserted", "del": "row-deleted"})
            if properties is not None and looks.is_on(properties.find(f"{W}hidden")):
                row_state = row_state._replace(hidden=True)
            for column, (cell, cell_state) in enumerate(self._rows(row, row_state, "tc")):
                names = {"cellIns": "cell-inserted", "cellDel": "cell-deleted"}
                cell_state = self.marked(cell.find(f"{W}tcPr"), cell_state, names)
                self.cell = [number, row_number, column]
                self.inside(cell, cell_state)
        self.cell = kept

    def _rows(self, parent: Any, state: State, name: str) -> Iterator[tuple[Any, State]]:
        """The rows of a table or cells of a row, also those inside of a content control or revision; the rest is read on the way."""
        for child in parent:
            short = child.tag.rpartition("}")[2]
            if child.tag == f"{W}{name}":
                yield child, state
            elif short in _REVISIONS and len(child):
                yield from self._rows(child, self._entered(child, state), name)
            elif short in ("sdt", "sdtContent", "customXml"):
                yield from self._rows(child, state, name)
            elif child.tag in self.kinds:
                self.kinds[child.tag](child, state)

    def _p(self, paragraph: Any, state: State) -> None:
        if len(self.paragraphs) >= MOST_PARAGRAPHS:
            raise reading.Refusal("TOO_BIG")
        properties = paragraph.find(f"{W}pPr")
        style = looks.val(properties, "pStyle") or ""
        made: dict[str, Any] = {"pieces": [], "style": self.looks.name(style)}
        self.paragraphs.append(made)
        outer, waiting = self.current, self.after
        self.current, self.after = made | {"id": style, "number": len(self.paragraphs) - 1}, []
        self.current["pieces"] = made["pieces"]
        if self.place != "body":
            made["place"] = self.place
        if self.cell is not None:
            made["cell"] = self.cell
        level = self.looks.level(properties)
        if level is not None:
            made["level"] = level
        bookmarks, self.pending = self.pending, []
        begun, self.begun = self.begun, []
        self.current["bookmarks"] = made["bookmarks"] = bookmarks
        for identifier in begun:
            self.comments.begin(identifier, self.current["number"], 0)
        self.inside(paragraph, state)
        self.comments.words(" ")
        self._mark(made, properties, state)
        if not bookmarks:
            del made["bookmarks"]
        hanging, self.after = self.after, waiting
        for read in hanging:
            read()
        self.current = outer

    def _mark(self, made: dict[str, Any], properties: Any, state: State) -> None:
        own = properties.find(f"{W}rPr") if properties is not None else None
        state = self.marked(own, state, _REVISIONS)
        if state.inserted is not None:
            made["mark_inserted"] = state.inserted
        if state.deleted is not None:
            made["mark_deleted"] = state.deleted
        change = properties.find(f"{W}pPrChange") if properties is not None else None
        if change is not None:
            made["restyled"] = self.revision(change, "restyled")
            made["style_before"] = self.looks.name(looks.val(change.find(f"{W}pPr"), "pStyle"))

    def _altChunk(self, _element: Any, state: State) -> None:
        self.remarks.add("chunk")
        self.paragraphs.append({"pieces": [[PICTURE, state.inserted, state.deleted]], "place": "chunk"})

    # ---- in a paragraph ------------------------------------------------------------------------------------------

    def _entered(self, element: Any, state: State) -> State:
        kind = _REVISIONS[element.tag.rpartition("}")[2]]
        number = self.revision(element, kind)
        return state._replace(deleted=number) if kind in ("deleted", "moved-from") else state._replace(inserted=number)

    def _revised(self, element: Any, state: State) -> None:
        self.inside(element, self._entered(element, state))

    def _alternative(self, element: Any, state: State) -> None:
        choice = element.find(f"{MC}Choice")
        self.inside(element.find(f"{MC}Fallback") if choice is None else choice, state)

    def _bdo(self, element: Any, state: State) -> None:
        self.inside(element, state._replace(reversed=state.reversed or element.get(f"{W}val") == "rtl"))

    def _bookmarkStart(self, element: Any, _state: State) -> None:
        name = element.get(f"{W}name") or ""
        if _OURS.fullmatch(name[:60]) and name not in self.seen:
            self.seen.add(name)
            (self.pending if self.current is None else self.current["bookmarks"]).append(name)

    def _commentRangeStart(self, element: Any, _state: State) -> None:
        identifier = element.get(f"{W}id") or ""
        if self.current is None:
            self.begun.append(identifier)
        else:
            self.comments.begin(identifier, self.current["number"], len(self.current["pieces"]))

    def _commentRangeEnd(self, element: Any, _state: State) -> None:
        self.comments.end(element.get(f"{W}id") or "")

    def _fldSimple(self, element: Any, state: State) -> None:
        self.fields.append([element.get(f"{W}instr") or "", True])
        self.inside(element, state)
        self.fields.pop()

    def _r(self, run: Any, state: State) -> None:
        if self.current is None:
            return
        own = run.find(f"{W}rPr")
        look = self.looks.number(self.current["id"], own)
        change = own.find(f"{W}rPrChange") if own is not None else None
        changed: tuple[int | None, int | None] = (None, None)
        if change is not None:
            changed = self.revision(change, "formatted"), self.looks.number(self.current["id"], change.find(f"{W}rPr"))
        self._run_content(run, state, look, changed)

    def _run_content(self, run: Any, state: State, look: int, changed: tuple[Any, Any]) -> None:
        for child in run:
            name = child.tag.rpartition("}")[2]
            if name in ("t", "delText"):
                words = child.text or ""
                if child.get("{http://www.w3.org/XML/1998/namespace}space") != "preserve":
                    words = words.strip(" \t\r\n")
                if name == "delText" and state.deleted is None:
                    state = state._replace(deleted=self.revision(child, "deleted"))
                self.text(re.sub(r"[\t\r\n\v]+", " ", words), state, look, changed)
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
                chosen = child.find(f"{MC}Choice")
                self._run_content(child.find(f"{MC}Fallback") if chosen is None else chosen, state, look, changed)
            elif name not in _SILENT:
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
            if not any(parent in boxes for parent in box.iterancestors(f"{W}txbxContent")) and not _second_form(box):
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

    def text(self, words: str, state: State, look: int, changed: tuple[Any, Any] = (None, None)) -> None:
        """Words come by."""
        if not words or self.current is None:
            return
        instructions = [" ".join(instruction.split())[:120] for instruction, begun in self.fields if begun]
        page = instructions and instructions[-1].upper().startswith(_PAGE_FIELDS)
        contents = next((each for each in instructions if each.upper().startswith("TOC")), "")
        field = instructions[-1] if page else contents or (instructions[-1] if instructions else "")
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


def _second_form(box: Any) -> bool:
    """Whether a text box is the fallback of a drawing that was read in its first form."""
    return any(parent.getparent().find(f"{MC}Choice") is not None for parent in box.iterancestors(f"{MC}Fallback"))


def read(content: bytes) -> dict[str, Any]:
    """The stream of a Word file. Error: ``Refusal``."""
    parts = reading.opened(content)
    reader = Reader(parts)
    body = reading.parse(parts["word/document.xml"]).find(f"{W}body")
    if body is None:
        raise reading.Refusal("NOT_READABLE")
    reader.story(body, "body")
    for kind, notes in reader.notes.items():  # those that nothing refers to
        for note in list(notes.values()):
            reader.story(note, kind)
    for kind in ("header", "footer"):
        for name in sorted(name for name in parts if re.fullmatch(rf"word/{kind}\d*\.xml", name)):
            reader.story(reading.parse(parts[name]), kind)
    remarks = reader.remarks | reading.links(parts)
    if "word/settings.xml" in parts:
        remarks |= remarking.settings_remarks(reading.parse(parts["word/settings.xml"]))
    footers = ["".join(piece[0] for piece in each["pieces"])[:300] for each in reader.paragraphs if each.get("place") == "footer"]
    names = [name for each in reader.paragraphs for name in each.get("bookmarks", ())]
    return {"paragraphs": reader.paragraphs, "revisions": list(reader.revisions), "looks": reader.looks.told(),
            "comments": reader.comments.told, "remarks": sorted(remarks),
            "identity": remarking.identity(parts, reading.parse, names, footers)}  # fmt: skip


def main() -> None:
    """Standard input to standard output."""
    try:
        answer: dict[str, Any] = read(sys.stdin.buffer.read())
    except reading.Refusal as refusal:
        answer = {"refused": str(refusal)}
    except (MemoryError, RecursionError):
        answer = {"refused": "TOO_BIG"}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
