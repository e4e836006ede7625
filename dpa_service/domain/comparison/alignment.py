"""Which line of an old text became which line of the new one, and what changed within it. Shared by every view of a redline.

Pure. Lines are paired in order (a moved line is one removed and one added), the same place of a clause before the same words, and
words enough alike before nothing. Within a pair the words are compared by textdiff; a cross-reference is one sign of its text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from typing import Generic, TypeVar

from dpa_service.domain.comparison.textdiff import DELETE, EQUAL, INSERT, difference, tokens

T = TypeVar("T")

ALIKE = 0.4  # share of common words from which two lines are the same line, changed
_SURE = 2.0  # the worth of a pair that is certain, so that two doubtful pairs never displace it
_PAIRS = 40_000  # beyond this many candidates only equal lines are paired
_ATOMS = 0x100000  # private signs that stand for references while texts are compared


@dataclass(frozen=True)
class Line(Generic[T]):
    """A line that may be paired: only with one of the same `kind`; `name` is its identity where it has one."""

    kind: str
    text: str
    value: T
    name: str = ""

    @cached_property
    def words(self) -> Counter[str]:
        """How often each word stands in the line."""
        return Counter(token for token in tokens(self.text) if not token.isspace())

    @cached_property
    def length(self) -> int:
        """The number of words."""
        return sum(self.words.values())


def paired(old: Sequence[Line[T]], new: Sequence[Line[T]]) -> list[tuple[T | None, T | None]]:
    """Every line once, in an order that holds both: (old, new) for a line that stayed, (old, None) gone, (None, new) come.

    Between two lines that stayed, those that went stand before those that came.
    """
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    middle = _best(old[head : len(old) - tail], new[head : len(new) - tail])
    pairs: list[tuple[T | None, T | None]] = [(a.value, b.value) for a, b in zip(old[:head], new[:head], strict=True)]
    left, right = head, head
    for i, j in [*((head + i, head + j) for i, j in middle), (len(old) - tail, len(new) - tail)]:
        pairs += [(line.value, None) for line in old[left:i]]
        pairs += [(None, line.value) for line in new[right:j]]
        if i < len(old) - tail:
            pairs.append((old[i].value, new[j].value))
        left, right = i + 1, j + 1
    return pairs + [(a.value, b.value) for a, b in zip(old[len(old) - tail :], new[len(new) - tail :], strict=True)]


def likeness(old: Line[T], new: Line[T]) -> float:
    """How sure it is that two lines are the same: 0 not at all, from `ALIKE` to 1 by their words, above that certain."""
    if old.kind != new.kind or (old.name and new.name and old.name != new.name):
        return 0.0
    if old.text == new.text or (old.name and old.name == new.name):
        return _SURE + (old.text == new.text) + (old.name == new.name != "")
    total = old.length + new.length
    if 2 * min(old.length, new.length) < ALIKE * total:
        return 0.0
    share = 2 * sum((old.words & new.words).values()) / total if total else 0.0
    return share if share >= ALIKE else 0.0


def _common(old: Sequence[Line[T]], new: Sequence[Line[T]]) -> int:
    """How many lines from the start are equal in everything."""
    count = 0
    for a, b in zip(old, new, strict=False):
        if (a.kind, a.name, a.text) != (b.kind, b.name, b.text):
            break
        count += 1
    return count


def _best(old: Sequence[Line[T]], new: Sequence[Line[T]]) -> list[tuple[int, int]]:
    """The rising pairs with the greatest likeness together."""
    if len(old) * len(new) > _PAIRS:
        before, after = ([(line.kind, line.name, line.text) for line in side] for side in (old, new))
        blocks = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
        return [(block.a + step, block.b + step) for block in blocks for step in range(block.size)]
    scores = [[likeness(a, b) for b in new] for a in old]
    worth = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in range(len(old) - 1, -1, -1):
        row, below, score = worth[i], worth[i + 1], scores[i]
        for j in range(len(new) - 1, -1, -1):
            row[j] = max(row[j + 1], below[j], below[j + 1] + score[j])
    pairs, i, j = [], 0, 0
    while i < len(old) and j < len(new):
        if scores[i][j] and worth[i][j] == worth[i + 1][j + 1] + scores[i][j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif worth[i][j] == worth[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


@dataclass(frozen=True, slots=True)
class Bit:
    """A stretch of a line in one look. With `atom` (what a reference points to) it is whole or not there, never cut."""

    text: str
    look: str = ""
    atom: str = ""


Change = tuple[str, Bit]


def merged(old: Sequence[Bit], new: Sequence[Bit]) -> list[Change]:
    """The bits that lead from old to new, each with its op: equal and deleted ones are the old line, equal and inserted the new one.

    The same words in another look are deleted and inserted.
    """
    if list(old) == list(new):
        return [(EQUAL, bit) for bit in old]
    signs = _Signs(old, new)
    before, after = _Cursor(old), _Cursor(new)
    out: list[Change] = []
    for op, text in difference(signs.text(old), signs.text(new)):
        if op == EQUAL:
            out += _restyled(before.take(len(text)), after.take(len(text)))
        else:
            out += [(op, bit) for bit in (before if op == DELETE else after).take(len(text))]
    return _joined(out)


class _Signs:
    """Stands a private sign for every reference, one that no text holds."""

    def __init__(self, *lines: Sequence[Bit]) -> None:
        taken = {sign for line in lines for bit in line if not bit.atom for sign in bit.text if ord(sign) >= _ATOMS}
        atoms = dict.fromkeys(bit for line in lines for bit in line if bit.atom)
        free = (sign for sign in map(chr, range(_ATOMS, 0x10FFFE)) if sign not in taken)
        self.of = dict(zip(atoms, free, strict=False))

    def text(self, line: Sequence[Bit]) -> str:
        """The line as it is compared."""
        return "".join(self.of[bit] if bit.atom else bit.text for bit in line)


class _Cursor:
    """Takes a line sign by sign, a reference being one sign."""

    def __init__(self, line: Sequence[Bit]) -> None:
        self.left = [bit for bit in reversed(line) if bit.atom or bit.text]

    def take(self, size: int) -> list[Bit]:
        """The next `size` signs."""
        taken = []
        while size:
            bit = self.left.pop()
            length = _size(bit)
            if length > size:
                self.left.append(Bit(bit.text[size:], bit.look))
                bit, length = Bit(bit.text[:size], bit.look), size
            taken.append(bit)
            size -= length
        return taken


def _size(bit: Bit) -> int:
    return 1 if bit.atom else len(bit.text)


def _restyled(old: list[Bit], new: list[Bit]) -> Iterator[Change]:
    """Equal words, of which some may look different now."""
    if old == new:
        yield from ((EQUAL, bit) for bit in old)
        return
    before, after = _Cursor(old), _Cursor(new)
    while before.left:
        size = min(_size(before.left[-1]), _size(after.left[-1]))
        (gone,), (came,) = before.take(size), after.take(size)
        if gone == came:
            yield EQUAL, gone
        else:
            yield DELETE, gone
            yield INSERT, came


def _joined(changes: Sequence[Change]) -> list[Change]:
    """Neighbours of one op and look as one."""
    out: list[Change] = []
    for op, bit in changes:
        if out and not bit.atom and out[-1][0] == op and not out[-1][1].atom and out[-1][1].look == bit.look:
            out[-1] = (op, Bit(out[-1][1].text + bit.text, bit.look))
        else:
            out.append((op, bit))
    return out


def each(line: Sequence[Bit], op: str) -> list[Change]:
    """A whole line deleted, inserted or kept."""
    return [(op, bit) for bit in line]


def text_of(line: Sequence[Bit]) -> str:
    """The words of a line."""
    return "".join(bit.text for bit in line)
