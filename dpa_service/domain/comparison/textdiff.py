"""The word-level difference of two texts: what stayed, what went, what came.

Pure. Whole words, figures ("2.500,00"), runs of white space and single signs are the tokens, so that a mark never cuts a word.
Rare words anchor the comparison (patience difference), which keeps the result readable in long texts and the work near linear.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher

EQUAL, DELETE, INSERT = "equal", "delete", "insert"
Piece = tuple[str, str]

_TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|\w+|[^\S\n]+|\n|[^\w\s]")
_WORD = re.compile(r"\w")
# A stretch without rare words is compared token by token up to this many pairs; beyond it is replaced as a whole.
_PAIRS = 250_000
# An equal stretch of at most this many signs between two larger changes is swallowed by them.
_ISLAND = 12
# How many tokens a change is moved at most to where it reads best.
_REACH = 200


def tokens(text: str) -> list[str]:
    """The words, figures, white space and signs of a text; joined they are the text."""
    return _TOKEN.findall(text)


def difference(old: str, new: str) -> list[Piece]:
    """The pieces (op, text) that lead from `old` to `new`.

    Joining the equal and deleted pieces gives `old`, the equal and inserted ones `new`. No piece is empty, neighbours differ in op,
    and where both stand together the deletion comes first.
    """
    return _settled(_pieces(tokens(old), tokens(new)))


def changed(pieces: Iterable[Piece]) -> bool:
    """Whether the texts differ at all."""
    return any(op != EQUAL for op, _ in pieces)


def _pieces(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    """Raw pieces: equal ends first, then anchor by anchor."""
    head = 0
    while head < len(old) and head < len(new) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < len(old) - head and tail < len(new) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    yield EQUAL, "".join(old[:head])
    yield from _middle(old[head : len(old) - tail], new[head : len(new) - tail])
    yield EQUAL, "".join(old[len(old) - tail :])


def _middle(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    anchors = _anchors(old, new)
    if not anchors:
        yield from _plain(old, new)
        return
    left = right = 0
    for i, j in [*anchors, (len(old), len(new))]:
        yield from _pieces(old[left:i], new[right:j])
        yield EQUAL, "".join(old[i : i + 1])
        left, right = i + 1, j + 1


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Places of the words that stand once in each text, as many as possible in the order of both."""
    here, there = Counter(old), Counter(new)
    once = {token for token, count in here.items() if count == 1 and there.get(token) == 1 and _WORD.match(token)}
    place = {token: index for index, token in enumerate(new) if token in once}
    pairs = [(index, place[token]) for index, token in enumerate(old) if token in once]
    return _rising(pairs)


def _rising(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest run of pairs whose second number rises too."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int | None] = []
    for index, (_, j) in enumerate(pairs):
        at = bisect_left(ends, j)
        before.append(last[at - 1] if at else None)
        ends[at : at + 1] = [j]
        last[at : at + 1] = [index]
    found: list[tuple[int, int]] = []
    step = last[-1] if last else None
    while step is not None:
        found.append(pairs[step])
        step = before[step]
    return found[::-1]


def _plain(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    if len(old) * len(new) > _PAIRS:
        yield DELETE, "".join(old)
        yield INSERT, "".join(new)
        return
    for op, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if op == EQUAL:
            yield EQUAL, "".join(old[i1:i2])
        else:
            yield DELETE, "".join(old[i1:i2])
            yield INSERT, "".join(new[j1:j2])


def _settled(pieces: Iterable[Piece]) -> list[Piece]:
    """The pieces with neighbours joined and tiny islands of equality swallowed by the changes around them."""
    settled: list[tuple[str, str]] = []
    for run in _runs(pieces):
        settled.append(run)
        while len(settled) > 3 and len(settled) % 2 == 0 and _is_island(*settled[-3:]):
            (gone, came), (same, _), (gone_after, came_after) = settled[-3:]
            settled[-3:] = [(gone + same + gone_after, came + same + came_after)]
    _slide(settled)
    out: list[Piece] = []
    for index, (first, second) in enumerate(settled):
        named = ((EQUAL, first),) if index % 2 == 0 else ((DELETE, first), (INSERT, second))
        out.extend(piece for piece in named if piece[1])
    return out


def _runs(pieces: Iterable[Piece]) -> list[tuple[str, str]]:
    """Alternating (same, "") and (deleted, inserted), beginning and ending with a same that may be empty."""
    runs: list[tuple[str, str]] = [("", "")]
    for op, text in pieces:
        if not text:
            continue
        is_change = len(runs) % 2 == 0
        if op == EQUAL:
            if is_change:
                runs.append((text, ""))
            else:
                runs[-1] = (runs[-1][0] + text, "")
            continue
        if not is_change:
            runs.append(("", ""))
        gone, came = runs[-1]
        runs[-1] = (gone + text, came) if op == DELETE else (gone, came + text)
    if len(runs) % 2 == 0:
        runs.append(("", ""))
    return runs


def _is_island(before: tuple[str, str], between: tuple[str, str], after: tuple[str, str]) -> bool:
    """Whether an equal stretch between two changes reads better inside them. A line that stayed keeps its place."""
    same = between[0]
    if "\n" in same:
        return False
    smallest = min(max(len(gone), len(came)) for gone, came in (before, after))
    return not _WORD.search(same) or (len(same) <= _ISLAND and len(same) < smallest)


def _slide(runs: list[tuple[str, str]]) -> None:
    """Move each pure insertion or deletion to where it reads best: whole lines first, then whole sentences.

    "a b |a c |a d" may as well be "a b a |c a |d": where the words around a change repeat, its place is a choice.
    """
    for index in range(1, len(runs) - 1, 2):
        gone, came = runs[index]
        if bool(gone) == bool(came):
            continue
        first, last = index == 1, index == len(runs) - 2
        before, change, after = tokens(runs[index - 1][0]), tokens(gone or came), tokens(runs[index + 1][0])
        left = right = 0
        while left < min(len(before) - (not first), _REACH) and before[-1 - left] == change[-1 - left % len(change)]:
            left += 1
        while right < min(len(after) - (not last), _REACH) and after[right] == change[right % len(change)]:
            right += 1
        if not left and not right:
            continue
        whole, start = [*before, *change, *after], len(before)
        places = range(start - left, start + right + 1)
        best = max(places, key=lambda at: (_ease(whole, at) + _ease(whole, at + len(change)), -abs(at - start)))
        moved = "".join(whole[best : best + len(change)])
        runs[index - 1] = ("".join(whole[:best]), "")
        runs[index] = (moved, "") if gone else ("", moved)
        runs[index + 1] = ("".join(whole[best + len(change) :]), "")


def _ease(whole: Sequence[str], at: int) -> int:
    """How well a text can be cut before token `at`: at the end of a line, of a sentence, of a word, or not at all."""
    before, after = (whole[at - 1] if at else "\n"), (whole[at] if at < len(whole) else "\n")
    if "\n" in (before, after):
        return 3
    if before.isspace() and at > 1 and whole[at - 2] in ".;:":
        return 2
    return int(before.isspace() or after.isspace())
