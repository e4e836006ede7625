"""The reader of returned Word files that runs by itself under limits (adapters/confined.py): a file on standard input, the stream of
domain/comparison/returned_stream.py as JSON on standard output.

Imports nothing of the product but its neighbours, which are loaded by their place: Python runs isolated here. Everything is checked
before it is parsed, and nothing outside of the file is touched.
"""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any


def _neighbour(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, f"{__file__.removesuffix('returned_child.py')}{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if TYPE_CHECKING:
    from dpa_service.adapters.docx import looks_child as looks
    from dpa_service.adapters.docx import reading_child as reading
    from dpa_service.adapters.docx import remarks_child as remarking
    from dpa_service.adapters.docx import words_child as wording
    from dpa_service.adapters.docx.words_child import State, Words
else:
    reading, looks, remarking, wording = (_neighbour(f"{name}_child") for name in ("reading", "looks", "remarks", "words"))
    State, Words = wording.State, wording.Words

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
PPR, RPR, PPR_CHANGE, STYLE = (f"{W}{name}" for name in ("pPr", "rPr", "pPrChange", "pStyle"))
MOST_PARAGRAPHS, MOST_REVISIONS = 20_000, 20_000
_OURS = re.compile(r"_(cl|pr|part)_\w+")
_REVISIONS = {"ins": "inserted", "del": "deleted", "moveFrom": "moved-from", "moveTo": "moved-to"}


class Reader(Words):
    """Reads the stories of one file into one list of paragraphs."""

    def __init__(self, parts: dict[str, bytes]) -> None:
        self.parts = parts
        self.related = reading.related(parts, "word/_rels/document.xml.rels", "word/")
        self.looks = looks.Looks(self.part("styles"), self.part("numbering"))
        self.comments = remarking.Comments(self.part("comments"), self.part("commentsExtended"), reading.Refusal)
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

    def part(self, kind: str) -> Any:
        """The root of the one part of a kind, or None. Word finds it by its relation, whatever its name is."""
        names = {name for each, name in self.related if each == kind} or {f"word/{kind}.xml"}
        if len(names) > 1:
            raise reading.Refusal("UNSAFE")
        name = names.pop()
        return reading.parse(self.parts[name]) if name in self.parts else None

    def margins(self, kind: str) -> list[str]:
        """The names of the headers or footers."""
        named = {name for each, name in self.related if each == kind and name in self.parts}
        return sorted(named | {name for name in self.parts if re.fullmatch(rf"word/{kind}\d*\.xml", name)})

    def _notes(self, kind: str) -> dict[str, Any]:
        root = self.part(f"{kind}s")
        notes = root.iterfind(f"{W}{kind}") if root is not None else ()
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
            elif child.tag.rpartition("}")[2] not in wording.SILENT:
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
            if looks.unseen_row(properties):
                row_state = row_state._replace(hidden=True)
            for column, (cell, cell_state) in enumerate(self._rows(row, row_state, "tc")):
                names = {"cellIns": "cell-inserted", "cellDel": "cell-deleted"}
                own = cell.find(f"{W}tcPr")
                cell_state = self.marked(own, cell_state, names)
                if looks.unseen_cell(own):
                    cell_state = cell_state._replace(hidden=True)
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
        properties = paragraph.find(PPR)
        style = looks.val(properties, "pStyle") or ""
        if properties is not None and len(properties) == 1 and properties[0].tag == STYLE:
            properties = None  # nothing more to ask of most paragraphs
        made: dict[str, Any] = {"pieces": [], "style": self.looks.name(style)}
        self.paragraphs.append(made)
        outer, waiting = self.current, self.after
        self.current, self.after = made | {"id": style, "number": len(self.paragraphs) - 1}, []
        self.current["pieces"] = made["pieces"]
        if self.place != "body":
            made["place"] = self.place
        if self.cell is not None:
            made["cell"] = self.cell
        level, label = self.looks.level(properties, style)
        if level is not None:
            made["level"] = level
        if label:
            made["label"] = label
        bookmarks, self.pending = self.pending, []
        begun, self.begun = self.begun, []
        self.current["bookmarks"] = made["bookmarks"] = bookmarks
        for identifier in begun:
            self.comments.begin(identifier, self.current["number"], 0)
        self.inside(paragraph, state._replace(hidden=True) if looks.unseen_paragraph(properties) else state)
        self.comments.words(" ")
        self._mark(made, properties, state)
        if not bookmarks:
            del made["bookmarks"]
        hanging, self.after = self.after, waiting
        for read in hanging:
            read()
        self.current = outer

    def _mark(self, made: dict[str, Any], properties: Any, state: State) -> None:
        own = properties.find(RPR) if properties is not None else None
        state = self.marked(own, state, _REVISIONS)
        if state.inserted is not None:
            made["mark_inserted"] = state.inserted
        if state.deleted is not None:
            made["mark_deleted"] = state.deleted
        change = properties.find(PPR_CHANGE) if properties is not None else None
        if change is not None:
            made["restyled"] = self.revision(change, "restyled")
            made["style_before"] = self.looks.name(looks.val(change.find(f"{W}pPr"), "pStyle"))

    def _altChunk(self, _element: Any, state: State) -> None:
        self.remarks.add("chunk")
        self.paragraphs.append({"pieces": [[wording.PICTURE, state.inserted, state.deleted]], "place": "chunk"})

    # ---- in a paragraph ------------------------------------------------------------------------------------------

    def _entered(self, element: Any, state: State) -> State:
        kind = _REVISIONS[element.tag.rpartition("}")[2]]
        number = self.revision(element, kind)
        return state._replace(deleted=number) if kind in ("deleted", "moved-from") else state._replace(inserted=number)

    def _revised(self, element: Any, state: State) -> None:
        self.inside(element, self._entered(element, state))

    def _alternative(self, element: Any, state: State) -> None:
        for form in wording.forms(element):
            self.inside(form, state)

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
        for name in reader.margins(kind):
            reader.story(reading.parse(parts[name]), kind)
    remarks = reader.remarks | reading.links(parts)
    remarks |= remarking.file_remarks(reader.part("settings"), body, parts)
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
