"""Which clause every sign belongs to, in what was issued and in what came back. Pure.

A clause runs from the start of its bookmark to the start of the next one: ends move. Where bookmarks are gone its heading shows where
it begins, and where that is gone too, the words that stayed do.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from dpa_service.domain.comparison.returned_align import Stretch, likeness, rising
from dpa_service.domain.comparison.returned_findings import BOOKMARK, COVER, HEADING, NO_CLAUSE, ClauseMark
from dpa_service.domain.comparison.returned_views import Line, View

SURE = 0.6  # likeness of a heading under which its bookmark is not believed
_PART = "_part_"


@dataclass(slots=True)
class Section:
    """A clause, a title between clauses, what stands before the first one, or an article that was added after section `after`."""

    mark: ClauseMark
    start: int = -1  # first line in what was issued
    method: str = ""
    moved: bool = False
    after: int = -1

    @property
    def added(self) -> bool:
        """Whether it was not issued."""
        return self.after >= 0


class Spans:
    """From which sign on a text belongs to which section."""

    def __init__(self) -> None:
        self.starts: list[int] = []
        self.sections: list[int] = []

    def add(self, start: int, section: int) -> None:
        """From `start` on, until the next one. Starts come in rising order."""
        if self.starts and self.starts[-1] == start:
            self.sections[-1] = section
        elif not self.sections or self.sections[-1] != section:
            self.starts.append(start)
            self.sections.append(section)

    def at(self, place: int) -> int:
        """The section of the sign at a place."""
        return self.sections[max(bisect_right(self.starts, place) - 1, 0)] if self.sections else 0

    def pieces(self, start: int, end: int) -> list[tuple[int, int, int]]:
        """A stretch of text cut by sections: (from, to, section)."""
        found = []
        while start < end:
            index = max(bisect_right(self.starts, start) - 1, 0)
            stop = self.starts[index + 1] if index + 1 < len(self.starts) else end
            stop = max(min(stop, end), start + 1)
            found.append((start, stop, self.sections[index] if self.sections else 0))
            start = stop
        return found


def issued_sections(lines: Sequence[Line], clauses: Sequence[ClauseMark]) -> list[Section]:
    """The sections of what was issued, in the order of its text; clauses of the manifest that it does not hold come last."""
    by_bookmark = {mark.bookmark: mark for mark in clauses if mark.bookmark}
    found, seen = [Section(ClauseMark(COVER, "", "", ""), 0)], set()
    for number, line in enumerate(lines):
        for name in line.bookmarks:
            mark = by_bookmark.get(name)
            if mark is None and name.startswith(_PART):
                mark = ClauseMark("part-" + name.removeprefix(_PART), name, "", line.text)
            if mark is not None and mark.clause not in seen:
                seen.add(mark.clause)
                found.append(Section(mark, number))
    found += [Section(mark) for mark in clauses if mark.clause not in seen]
    return found


def locate(sections: list[Section], old: Sequence[Line], new: Sequence[Line]) -> dict[int, int]:
    """Section → the line of the returned text where it begins. Sets `method` and `moved`."""
    marked = {name: line for line, each in reversed(list(enumerate(new))) for name in each.bookmarks}
    keys = [line.key for line in new]
    same: dict[str, list[int]] = defaultdict(list)
    for line, key in enumerate(keys):
        same[key].append(line)
    issued: dict[str, list[int]] = defaultdict(list)
    for number, each in enumerate(old):
        issued[each.key].append(number)
    places: dict[int, int] = {}
    for number, section in enumerate(sections):
        if section.start < 0 or section.mark.clause == COVER:
            continue
        key = old[section.start].key
        at = marked.get(section.mark.bookmark)
        if at is not None and (likeness(key, keys[at]) >= SURE or _same_below(old, section.start, keys, at)):
            section.method, places[number] = BOOKMARK, at
        elif key and len(same[key]) == len(issued[key]):  # a heading that comes twice is told apart by its turn
            section.method, places[number] = HEADING, same[key][issued[key].index(section.start)]
    _rewritten(sections, places, marked)
    order = sorted(places, key=lambda number: places[number])
    staying = {order[index] for index in rising(order)}
    for number in order:
        sections[number].moved = number not in staying
    return places


def _rewritten(sections: Sequence[Section], places: dict[int, int], marked: dict[str, int]) -> None:
    """Clauses of which every word was replaced: their bookmark counts where it stands between those of the neighbours."""
    for number, section in enumerate(sections):
        line = marked.get(section.mark.bookmark)
        if number in places or section.start < 0 or line is None:
            continue
        before = max((places[each] for each in places if each < number), default=-1)
        after = min((places[each] for each in places if each > number), default=line + 1)
        if before < line < after:
            section.method, places[number] = BOOKMARK, line


def _same_below(old: Sequence[Line], start: int, keys: Sequence[str], line: int) -> bool:
    """Whether the paragraph below is the same: then only the heading was rewritten."""
    return start + 1 < len(old) and line + 1 < len(keys) and bool(keys[line + 1]) and old[start + 1].key == keys[line + 1]


def in_issued_order(sections: Sequence[Section], places: dict[int, int], lines: Sequence[Line]) -> list[Line]:
    """The lines with sections that were moved put back where they were issued."""
    if not any(section.moved for section in sections):
        return list(lines)
    starts = sorted((line, number) for number, line in places.items())
    blocks = [(-1, list(lines[: starts[0][0]]))]
    for (start, number), (end, _) in zip(starts, [*starts[1:], (len(lines), -1)], strict=True):
        blocks.append((number, list(lines[start:end])))
    return [line for _, block in sorted(blocks, key=lambda each: each[0]) for line in block]


def issued_spans(sections: Sequence[Section], lines: Sequence[Line]) -> Spans:
    """Where the sections begin in what was issued."""
    spans = Spans()
    for number, section in sorted(enumerate(sections), key=lambda each: each[1].start):
        if section.start >= 0:
            spans.add(lines[section.start].start if section.start < len(lines) else 0, number)
    return spans


class Assigner:
    """Gives every stretch of the returned text its section, and finds articles that were not issued."""

    def __init__(self, sections: list[Section], old: View, new: View, spans: Spans, places: dict[int, int]) -> None:
        self.sections, self.old, self.new, self.spans = sections, old, new, spans
        self.styles = {old.stream.paragraphs[old.lines[s.start].paragraph].style for s in sections
                       if s.start >= 0 and s.mark.bookmark.startswith("_cl_")} - {""}  # fmt: skip
        heads = sorted((new.lines[line].start, number) for number, line in places.items()) if new.lines else []
        self.heads, self.head_sections = [start for start, _ in heads], [number for _, number in heads]
        self.line_starts = [line.start for line in new.lines]

    def came(self, stretch: Stretch) -> list[tuple[int, int, int]]:
        """The returned words of a stretch cut by sections: (from, to, section)."""
        start, end = stretch.new
        if start == end:
            return []
        gone = self.spans.pieces(*stretch.old)
        if len({section for _, _, section in gone}) > 1:
            return self._spread(start, end, [section for _, _, section in gone])
        if gone:
            return self._added(start, end, gone[0][2], stretch.old[0] == 0 or self.old.text[stretch.old[0] - 1] == "\n")
        before = self.spans.at(stretch.old[0] - 1) if stretch.old[0] else 0
        if stretch.old[0] and self.old.text[stretch.old[0] - 1] != "\n":
            return self._added(start, end, before, False)
        following = self.spans.at(stretch.old[0]) if stretch.old[0] < len(self.old.text) else before
        whole = (
            self.new.text.rfind("\n", start, end) + 1
        )  # whole paragraphs come after those before, the rest begins the next one
        found = self._added(start, whole, before, True) if whole > start else []
        return found + ([(max(whole, start), end, following)] if max(whole, start) < end else [])

    def _spread(self, start: int, end: int, candidates: list[int]) -> list[tuple[int, int, int]]:
        """Words that replaced those of several clauses: each paragraph where the file itself has it, else with the first."""
        found: list[tuple[int, int, int]] = []
        while start < end:
            index = bisect_right(self.heads, start) - 1
            section = self.head_sections[index] if index >= 0 and self.head_sections[index] in candidates else candidates[0]
            stop = min(self.new.text.find("\n", start, end) + 1 or end, end)
            if found and found[-1][2] == section:
                found[-1] = (found[-1][0], stop, section)
            else:
                found.append((start, stop, section))
            start = stop
        return found

    def _added(self, start: int, end: int, section: int, fresh: bool) -> list[tuple[int, int, int]]:
        """Cut at whole paragraphs in the style of a clause's heading: there an article begins that was not issued."""
        found: list[tuple[int, int, int]] = []
        current = section
        while start < end:
            stop = min(self.new.text.find("\n", start, end) + 1 or end, end)
            line = self.new.lines[bisect_right(self.line_starts, start) - 1]
            is_whole = line.start == start and line.end == stop and (fresh or bool(found))
            if is_whole and line.text.strip() and self.is_heading(line.paragraph):
                current = self.add(line.text.strip(), section)
            if found and found[-1][2] == current:
                found[-1] = (found[-1][0], stop, current)
            else:
                found.append((start, stop, current))
            start = stop
        return found

    def is_heading(self, paragraph: int) -> bool:
        """Whether a paragraph has the style of a clause's heading."""
        return self.new.stream.paragraphs[paragraph].style in self.styles

    def add(self, heading: str, after: int) -> int:
        """A new section for an article that was added."""
        while self.sections[after].added:
            after = self.sections[after].after
        self.sections.append(Section(ClauseMark(NO_CLAUSE, "", "", heading[:200]), method=HEADING, after=after))
        return len(self.sections) - 1
