"""The tracked changes of a returned file: runs of words that somebody marked, each in its clause. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from dpa_service.domain.comparison.returned_changes import CONTEXT, head, is_printed, reference, tail, unseen
from dpa_service.domain.comparison.returned_findings import COSMETIC, SUBSTANTIVE, SUSPICIOUS, Change
from dpa_service.domain.comparison.returned_sections import Assigner, Spans
from dpa_service.domain.comparison.returned_stream import Revision, Stream
from dpa_service.domain.comparison.returned_views import Atom
from dpa_service.domain.comparison.returned_weight import weigh

Placed = tuple[Atom, str, int]  # an atom or the part of it that is in one section, its words, the section


def placed(body: Sequence[Atom], at: dict[int, int], spans: Spans, assigner: Assigner) -> list[Placed]:
    """All words of the file with their sections. `at`: where the atoms of the original view begin in it, by identity."""
    found: list[Placed] = []
    run: list[Atom] = []
    previous: tuple[Atom, int] | None = None
    for atom in body:
        if id(atom) not in at:
            run.append(atom)
            continue
        start = at[id(atom)]
        if run:
            found += _inserted(run, previous, (atom, spans.at(start)), assigner)
            run = []
        pieces = spans.pieces(start, start + len(atom.text))
        found += [(atom, atom.text[a - start : b - start], section) for a, b, section in pieces]
        previous = atom, pieces[-1][2]
    if run:
        found += _inserted(run, previous, None, assigner)
    return found


def _inserted(
    run: Sequence[Atom], previous: tuple[Atom, int] | None, following: tuple[Atom, int] | None, assigner: Assigner
) -> Iterator[Placed]:
    """Inserted words: those of a paragraph that stays belong to it, whole paragraphs to the clause before, or to a new article."""
    before = previous[1] if previous else 0
    starts_paragraph = previous is None or previous[0].piece is None
    marks = [index for index, atom in enumerate(run) if atom.piece is None]
    rest = marks[-1] + 1 if marks else 0  # from here on they stand before the next words that stayed
    section = before
    for index, atom in enumerate(run):
        fresh = starts_paragraph if index == 0 else run[index - 1].piece is None
        if starts_paragraph and index >= rest and following is not None and following[0].piece is not None:
            yield atom, atom.text, following[1]
            continue
        whole = index < rest or (following is None or following[0].piece is None)
        if fresh and whole and atom.text.strip() and assigner.is_heading(atom.paragraph):
            heading = "".join(each.text for each in run[index:] if each.paragraph == atom.paragraph and each.piece is not None)
            section = assigner.add(heading.strip(), before)
        yield atom, atom.text, section


def tracked(stream: Stream, words: Sequence[Placed], usual: frozenset[tuple[str, str]]) -> dict[int, list[Change]]:
    """The tracked changes by section. Neighbours by one author are one change, whatever the clock said."""
    found: dict[int, list[Change]] = defaultdict(list)
    groups: list[list[Placed]] = []
    places: list[int] = []
    last: tuple[str, str, int] | None = None
    for index, (atom, _, section) in enumerate(words):
        told = _told(stream, atom)
        if told is None:
            last = None
            continue
        this = (told[0], told[1].author, section)
        if last is not None and _together(last, this):
            groups[-1].append(words[index])
        else:
            groups.append([words[index]])
            places.append(index)
        last = this
    for group, index in zip(groups, places, strict=True):
        found[group[0][2]].append(_change(stream, words, index, group, usual))
    return found


def _told(stream: Stream, atom: Atom) -> tuple[str, Revision] | None:
    """What was done to words, and by whom."""
    if atom.inserted is not None and atom.deleted is not None:
        return "withdrawn", stream.revisions[atom.inserted]
    number = atom.inserted if atom.inserted is not None else atom.deleted
    if number is None:
        return None
    revision = stream.revisions[number]
    known = {"row-inserted": "inserted", "row-deleted": "deleted", "cell-inserted": "inserted", "cell-deleted": "deleted"}
    return known.get(revision.kind, revision.kind), revision


def _together(last: tuple[str, str, int], this: tuple[str, str, int]) -> bool:
    """Whether neighbours are one change: what one author did in one clause, deletions and insertions joined."""
    both = {last[0], this[0]}
    return last[1:] == this[1:] and (len(both) == 1 or both == {"inserted", "deleted"})


def _change(
    stream: Stream, words: Sequence[Placed], index: int, group: Sequence[Placed], usual: frozenset[tuple[str, str]]
) -> Change:
    first = _told(stream, group[0][0])
    assert first is not None
    done, claim = first
    old = "".join(text for atom, text, _ in group if atom.deleted is not None)
    new = "".join(text for atom, text, _ in group if atom.inserted is not None)
    kinds = {stream.revisions[n].kind for atom, _, _ in group for n in (atom.inserted, atom.deleted) if n is not None}
    if done == "withdrawn":
        old = new
    near = words[max(0, index - CONTEXT) : index], words[index + len(group) : index + len(group) + CONTEXT]
    accepted = ["".join(text for atom, text, _ in side if atom.deleted is None) for side in near]
    before, after = tail(accepted[0]), head(accepted[1])
    around = (
        words[index - 1][1][-1:] if index else "",
        words[index + len(group)][1][:1] if index + len(group) < len(words) else "",
    )
    weight, reasons = weigh(old, new, *around)
    if weight == SUBSTANTIVE and _is_reference(group):
        weight, reasons = COSMETIC, ("reference",)
    if hiding := unseen(stream, [atom for atom, _, _ in group if atom.inserted is not None], usual):
        weight, reasons = SUSPICIOUS, (*reasons, *hiding)
    dates = sorted({stream.revisions[n].date for atom, _, _ in group for n in (atom.inserted, atom.deleted) if n is not None})
    return Change("", _kind(done, kinds, old, new), True, claim.author, dates[-1], before, old, new, after, weight, reasons)


def _is_reference(group: Sequence[Placed]) -> bool:
    """Whether the words are numbers of other places, old and new, as the machine prints them."""
    sides = [{reference(atom) for atom, _, _ in group if getattr(atom, side) is not None} for side in ("deleted", "inserted")]
    return bool(sides[0] and sides[1]) and "" not in sides[0] | sides[1] and all(is_printed(text) for _, text, _ in group)


def _kind(done: str, kinds: set[str], old: str, new: str) -> str:
    if done not in ("inserted", "deleted"):
        return done
    for row in ("row-inserted", "row-deleted"):
        if row in kinds and not (old and new):
            return row
    if old and new:
        return "replaced"
    if not (old + new).strip("\n"):
        return "joined" if old else "split"
    return "deleted" if old else "inserted"
