"""Two texts laid beside each other, paragraph by paragraph and then word by word. Pure.

Paragraphs that say the same, or carry the same hidden bookmark and say nearly the same, hold the comparison; between them every word
counts, ends of paragraphs included, so that joined and split paragraphs are seen as what they are.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from dpa_service.domain.comparison.returned_views import Line
from dpa_service.domain.comparison.textdiff import DELETE, EQUAL, difference

_SHORT = 20  # signs of a paragraph that may stand in another one by chance
LIKE = 0.5  # two paragraphs are versions of each other from here on


@dataclass(frozen=True, slots=True)
class Stretch:
    """Signs that stayed (`same`), or that became others: from … to … in both texts."""

    same: bool
    old: tuple[int, int]
    new: tuple[int, int]


def rising(numbers: Sequence[int]) -> list[int]:
    """The places of the longest run of rising numbers."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for index, number in enumerate(numbers):
        at = bisect_left(ends, number)
        before.append(last[at - 1] if at else -1)
        ends[at : at + 1] = [number]
        last[at : at + 1] = [index]
    found = []
    step = last[-1] if last else -1
    while step >= 0:
        found.append(step)
        step = before[step]
    return found[::-1]


def likeness(one: str, other: str) -> float:
    """How alike two paragraphs are, 0 to 1."""
    return fuzz.ratio(one, other) / 100


def aligned(old: str, new: str, old_lines: Sequence[Line], new_lines: Sequence[Line]) -> Iterator[Stretch]:
    """The stretches that lead from `old` to `new`, in order; together they are both texts. Neighbours differ in `same`."""
    pairs = _Lines(old_lines, new_lines).pairs()
    pending: Stretch | None = None
    for stretch in _stretches(old, new, old_lines, new_lines, pairs):
        if pending is not None and pending.same == stretch.same:
            pending = Stretch(stretch.same, (pending.old[0], stretch.old[1]), (pending.new[0], stretch.new[1]))
        else:
            if pending is not None:
                yield pending
            pending = stretch
    if pending is not None:
        yield pending


def _stretches(
    old: str, new: str, old_lines: Sequence[Line], new_lines: Sequence[Line], pairs: Sequence[tuple[int, int]]
) -> Iterator[Stretch]:
    left = right = 0
    for i, j in [*pairs, (-1, -1)]:
        end, stop = (len(old), len(new)) if i < 0 else (old_lines[i].start, new_lines[j].start)
        yield from _words(old, new, (left, end), (right, stop))
        if i >= 0:
            left, right = old_lines[i].end, new_lines[j].end
            yield from _words(old, new, (end, left), (stop, right))


def _words(old: str, new: str, a: tuple[int, int], b: tuple[int, int]) -> Iterator[Stretch]:
    at, to = a[0], b[0]
    gone = came = 0
    here, there = old[a[0] : a[1]], new[b[0] : b[1]]
    for op, text in [(EQUAL, here)] if here == there else difference(here, there):
        if not text:
            continue
        if op == EQUAL:
            if gone or came:
                yield Stretch(False, (at, at + gone), (to, to + came))
                at, to, gone, came = at + gone, to + came, 0, 0
            yield Stretch(True, (at, at + len(text)), (to, to + len(text)))
            at, to = at + len(text), to + len(text)
        elif op == DELETE:
            gone += len(text)
        else:
            came += len(text)
    if gone or came:
        yield Stretch(False, (at, at + gone), (to, to + came))


class _Lines:
    """Which paragraphs stand for each other, in the order of both."""

    def __init__(self, old: Sequence[Line], new: Sequence[Line]) -> None:
        self.old, self.new = old, new
        self.old_keys, self.new_keys = [line.key for line in old], [line.key for line in new]
        self.marked = {name: index for index, line in reversed(list(enumerate(new))) for name in line.bookmarks}

    def pairs(self) -> list[tuple[int, int]]:
        """All of them."""
        found: list[tuple[int, int]] = []
        waiting = [(0, len(self.old), 0, len(self.new))]
        while waiting:
            i0, i1, j0, j1 = waiting.pop()
            while i0 < i1 and j0 < j1 and self.old_keys[i0] == self.new_keys[j0]:
                found.append((i0, j0))
                i0, j0 = i0 + 1, j0 + 1
            while i0 < i1 and j0 < j1 and self.old_keys[i1 - 1] == self.new_keys[j1 - 1]:
                i1, j1 = i1 - 1, j1 - 1
                found.append((i1, j1))
            if i0 == i1 or j0 == j1:
                continue
            held = self._held(i0, i1, j0, j1)
            if held:
                found += held
                for (i, j), (k, m) in zip([(i0 - 1, j0 - 1), *held], [*held, (i1, j1)], strict=True):
                    waiting.append((i + 1, k, j + 1, m))
            elif i1 - i0 == j1 - j0 and all(self._alike(i0 + n, j0 + n) for n in range(i1 - i0)):
                found += [(i0 + n, j0 + n) for n in range(i1 - i0)]
        return sorted(found)

    def _held(self, i0: int, i1: int, j0: int, j1: int) -> list[tuple[int, int]]:
        """The pairs within a gap that hold: words that stand once in both, then bookmarks over words that are alike."""
        here, there = Counter(self.old_keys[i0:i1]), Counter(self.new_keys[j0:j1])
        place = {self.new_keys[j]: j for j in range(j0, j1)}
        found: list[tuple[int, int]] = []
        taken = set()
        for i in range(i0, i1):
            key = self.old_keys[i]
            if key and here[key] == 1 and there[key] == 1:
                found.append((i, place[key]))
                taken.add(place[key])
        for i in range(i0, i1):
            key = self.old_keys[i]
            if here[key] == 1 and there[key] == 1:
                continue
            j = next((self.marked[name] for name in self.old[i].bookmarks if name in self.marked), -1)
            if j0 <= j < j1 and j not in taken and self._alike(i, j) and not self._swallowed(i, j):
                found.append((i, j))
                taken.add(j)
        found.sort()
        return [found[index] for index in rising([j for _, j in found])]

    def _swallowed(self, i: int, j: int) -> bool:
        """Whether one of them holds the whole next paragraph of the other text too: joined or split, to be compared together."""
        after, beyond = self.old_keys[i + 1 : i + 2], self.new_keys[j + 1 : j + 2]
        return any(len(key) > _SHORT and key in self.new_keys[j] for key in after) or any(
            len(key) > _SHORT and key in self.old_keys[i] for key in beyond
        )

    def _alike(self, i: int, j: int) -> bool:
        return likeness(self.old_keys[i], self.new_keys[j]) >= LIKE
