"""Taking single changes out of a returned text again, so that the rest can be proposed without what was dismissed. Pure."""

from __future__ import annotations

from collections.abc import Sequence

SURE = 6  # signs around a change that must agree before its place is believed
LONGEST = 200_000  # signs of a text in which places are looked for
_REACH = 80


def without(issued: str, accepted: str, changes: Sequence[tuple[str, str, str, str]]) -> str | None:
    """A returned text with some of its changes undone; None where one of them cannot be found for certain.

    In: the issued text, for texts that come back whole; the returned one with everything accepted; per change the words before it, the
    issued and the returned words, the words after it. What was deleted and inserted both at once (`old` and `new` equal) never was there.
    """
    text = accepted
    if changes and len(text) > LONGEST:
        return None
    for before, old, new, after in changes:
        if old == new:
            continue
        if not text.strip():
            return issued
        at = _place(text, before, new, after)
        if at is None:
            return None
        text = text[:at] + old + text[at + len(new) :]
    return text


def _place(text: str, before: str, words: str, after: str) -> int | None:
    """Where words stand between their neighbours, the likeliest place; None where two are as likely."""
    best: list[tuple[int, int]] = []
    start = 0
    while (at := text.find(words, start)) >= 0:
        score = _agree(text[:at][::-1], before[::-1]) + _agree(text[at + len(words) :], after)
        best.append((score, at))
        start = at + 1
        if start > len(text):
            break
    best.sort(reverse=True)
    if not best or (best[0][0] < SURE and (len(best) > 1 or not words.strip())):
        return None
    return None if len(best) > 1 and best[0][0] == best[1][0] else best[0][1]


def _agree(one: str, other: str) -> int:
    """How many signs two texts begin alike."""
    count = 0
    for a, b in zip(one[:_REACH], other[:_REACH], strict=False):
        if a != b and not (a.isspace() and b.isspace()):
            break
        count += 1
    return count
