"""Findings from aligned texts: silent changes, tracked changes, looks. Pure."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from dpa_service.domain.comparison.returned_align import Stretch
from dpa_service.domain.comparison.returned_findings import COSMETIC, SUBSTANTIVE, SUSPICIOUS, Change, Formatting
from dpa_service.domain.comparison.returned_sections import Assigner, Spans
from dpa_service.domain.comparison.returned_stream import UNSEEN, Stream
from dpa_service.domain.comparison.returned_views import Atom, View
from dpa_service.domain.comparison.returned_weight import is_label, weigh

CONTEXT = 80
_HARMLESS = ("HYPERLINK", "TOC", "PAGEREF")
_WORDS = re.compile(r"[^\W\d_]{2,}")
SHOWN = 600  # signs of reformatted words that are kept
_REFERENCE = re.compile(r"REF (\S+)", re.IGNORECASE)
_PRINTED = re.compile(r"(?:[A-Z]\w+[\u00a0 ])?[\divxlcIVXLC.()a-z\u00a0 ]*")  # "7.2(a)", "II", "Bijlage II"
_UNSEEN = UNSEEN | {"rtl"}


def key(*parts: str) -> str:
    """A short name of a finding."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def numbered(clause: str, changes: Iterable[Change]) -> tuple[Change, ...]:
    """The changes of a clause with their keys: the second of two equal ones is another finding."""
    seen: Counter[tuple[str, ...]] = Counter()
    made = []
    for change in changes:
        same = (clause, "tracked" if change.tracked else "silent", change.kind, change.author, change.old, change.new)
        seen[same] += 1
        made.append(replace(change, key=key(*same, str(seen[same]))))
    return tuple(made)


def tail(text: str) -> str:
    """The last words of a text."""
    text = text[-2 * CONTEXT :].lstrip("\n")
    return text if len(text) <= CONTEXT else text[-CONTEXT:].partition(" ")[2]


def head(text: str) -> str:
    """Its first words."""
    text = text[: 2 * CONTEXT].rstrip("\n")
    return text if len(text) <= CONTEXT else text[:CONTEXT].rpartition(" ")[0]


def reference(atom: Atom) -> str:
    """The bookmark whose number these words are, where a REF field printed them; else ""."""
    named = _REFERENCE.match(atom.field)
    return named[1] if named else ""


def is_printed(text: str) -> bool:
    """Whether words look like the number of a place: "7.2(a)", "II"."""
    return bool(_PRINTED.fullmatch(text))


def unseen_styles(stream: Stream) -> frozenset[tuple[str, str]]:
    """The looks that hide words and that the styles of what was issued have themselves: white letters on a dark head of a table."""
    return frozenset((paragraph.style, look) for paragraph in stream.paragraphs for piece in paragraph.pieces
                     for look in stream.looks[piece.look] & _UNSEEN)  # fmt: skip


def unseen(stream: Stream, atoms: Iterable[Atom], usual: frozenset[tuple[str, str]]) -> tuple[str, ...]:
    """The ways in which new words are kept from the eye."""
    found = {
        look
        for atom in atoms
        if atom.piece is not None and atom.text.strip()
        for look in stream.looks[atom.piece.look] & _UNSEEN
        if (stream.paragraphs[atom.paragraph].style, look) not in usual
    }
    return tuple(sorted(found))


# ---- silent --------------------------------------------------------------------------------------------------------


class Silent:
    """The silent changes of aligned texts."""

    def __init__(self, old: View, new: View, spans: Spans, assigner: Assigner, renumbered: bool) -> None:
        self.old, self.new, self.spans, self.assigner, self.renumbered = old, new, spans, assigner, renumbered
        self.usual = unseen_styles(old.stream)
        self.found: dict[int, list[Change]] = defaultdict(list)

    def add(self, stretch: Stretch, came: Sequence[tuple[int, int, int]]) -> None:
        """A stretch that differs; `came` are its returned words by section."""
        gone = self.spans.pieces(*stretch.old)
        for section in dict.fromkeys([section for _, _, section in (*gone, *came)]):
            old = [(a, b) for a, b, s in gone if s == section] or [(stretch.old[0], stretch.old[0])]
            new = [(a, b) for a, b, s in came if s == section] or [(stretch.new[0], stretch.new[0])]
            a, b = (old[0][0], old[-1][1]), (new[0][0], new[-1][1])
            self.found[section] += [self._change(*each) for each in self._references(a, b) or [(a, b)]]

    def _references(self, a: tuple[int, int], b: tuple[int, int]) -> list[tuple[tuple[int, int], tuple[int, int]]]:
        """The references within a change, where nothing else differs in it; else nothing."""
        old, new = _by_reference(self.old, *a), _by_reference(self.new, *b)
        if [name for _, name in old] != [name for _, name in new]:
            return []
        pairs = [(name, first, second) for (first, name), (second, _) in zip(old, new, strict=True)]
        if any(not name and self.old.text[slice(*first)] != self.new.text[slice(*second)] for name, first, second in pairs):
            return []
        return [(first, second) for name, first, second in pairs
                if name and self.old.text[slice(*first)] != self.new.text[slice(*second)]]  # fmt: skip

    def _change(self, a: tuple[int, int], b: tuple[int, int]) -> Change:
        gone, came = self.old.text[a[0] : a[1]], self.new.text[b[0] : b[1]]
        before, after = tail(self.old.text[max(0, a[0] - 2 * CONTEXT) : a[0]]), head(self.old.text[a[1] : a[1] + 2 * CONTEXT])
        around = self.old.text[a[0] - 1 : a[0]], self.old.text[a[1] : a[1] + 1]
        weight, reasons = weigh(gone, came, *around)
        atoms = [atom for start, end, atom in self.new.runs(*b) if self.new.text[start:end].strip()]
        if weight == SUBSTANTIVE and self._is_reference(a, b):
            weight, reasons = (COSMETIC if self.renumbered else SUBSTANTIVE), ("reference",)
        elif weight == SUBSTANTIVE and not gone and is_label(came) and self._is_typed_label(b):
            weight, reasons = COSMETIC, ("numbering",)
        if atoms and all(atom.deleted is not None for atom in atoms):
            weight, reasons = SUSPICIOUS, (*reasons, "never-issued")
        if hiding := unseen(self.new.stream, atoms, self.usual):
            weight, reasons = SUSPICIOUS, (*reasons, *hiding)
        return Change("", kind(gone, came), False, "", "", before, gone, came, after, weight, reasons)

    def _is_reference(self, a: tuple[int, int], b: tuple[int, int]) -> bool:
        """Whether the machine printed both: the number of the same place, which Word computes again."""
        if not is_printed(self.old.text[a[0] : a[1]] + self.new.text[b[0] : b[1]]):
            return False
        targets = {reference(atom) for view, span in ((self.old, a), (self.new, b)) for _, _, atom in view.runs(*span)}
        return len(targets) == 1 and "" not in targets

    def _is_typed_label(self, b: tuple[int, int]) -> bool:
        """Whether a number was typed at the start of a paragraph that has lost its own."""
        starts_line = b[0] == 0 or self.new.text[b[0] - 1] == "\n"
        return starts_line and self.new.stream.paragraphs[self.new.atom(b[0]).paragraph].level is None


def _by_reference(made: View, start: int, end: int) -> list[tuple[tuple[int, int], str]]:
    """A stretch in pieces, each with the place whose number it prints, or ""."""
    found: list[tuple[tuple[int, int], str]] = []
    for first, last, atom in made.runs(start, end):
        name = reference(atom)
        if found and found[-1][1] == name:
            found[-1] = ((found[-1][0][0], last), name)
        else:
            found.append(((first, last), name))
    return found


def kind(gone: str, came: str) -> str:
    """What a change does: paragraph marks alone split and join."""
    if gone and came:
        return "replaced"
    if gone:
        return "joined" if not gone.strip("\n") else "deleted"
    return "split" if not came.strip("\n") else "inserted"


def paired_moves(found: dict[int, list[Change]]) -> None:
    """Whole paragraphs that went in one place and came in another, word for word, are moved."""
    gone: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for section, changes in found.items():
        for index, change in enumerate(changes):
            if change.kind == "deleted" and len(change.old.strip()) >= CONTEXT // 2:
                gone[change.old.strip()].append((section, index))
    for changes in found.values():
        for index, change in enumerate(changes):
            if change.kind == "inserted" and change.weight == SUBSTANTIVE and gone.get(change.new.strip()):
                section, other = gone[change.new.strip()].pop(0)
                changes[index] = replace(change, kind="moved-to")
                found[section][other] = replace(found[section][other], kind="moved-from")


# ---- looks ---------------------------------------------------------------------------------------------------------


def looks(old: View, new: View, stretch: Stretch, section: Spans, fields: bool) -> Iterator[tuple[int, Formatting]]:
    """The words of a stretch that stayed and look otherwise, by section; `fields`: whether the file has references at all."""
    (at, end), shift = stretch.new, stretch.old[0] - stretch.new[0]
    collected: list[tuple[int, int, tuple[frozenset[str], frozenset[str], str, str, bool]]] = []
    for start, stop, atom in new.runs(at, end):
        for first, last, was in old.runs(start + shift, stop + shift):
            told = _look_change(old.stream, new.stream, was, atom, fields)
            if told is not None:
                span = (first - shift, last - shift)
                if collected and collected[-1][1] == span[0] and collected[-1][2] == told:
                    collected[-1] = (collected[-1][0], span[1], told)
                else:
                    collected.append((*span, told))
    for start, stop, (added, removed, author, date, tracked) in collected:
        text = new.text[start:stop].strip()[:SHOWN]
        words = text or new.text[max(0, start - SHOWN) : start].rpartition("\n")[2]  # of a mark the words before it
        if words.strip():
            weight = _look_weight(added, removed)
            yield (
                section.at(start),
                Formatting("", words, tuple(sorted(added)), tuple(sorted(removed)), tracked, author, date, weight),
            )


def _look_change(
    issued: Stream, returned: Stream, was: Atom, now: Atom, fields: bool
) -> tuple[frozenset[str], frozenset[str], str, str, bool] | None:
    if was.piece is None or now.piece is None:
        return _style_change(issued, returned, was, now)
    before = issued.looks[was.piece.look] | (_printed_by(was) if fields else frozenset())
    look = returned.looks[now.piece.look] | (_printed_by(now) if fields else frozenset())
    if now.piece.reformatted is not None:
        claim = returned.revisions[now.piece.reformatted]
        known = returned.looks[now.piece.look_before or 0] | (look - returned.looks[now.piece.look])
        if known == before or look == before:
            return look - known, known - look, claim.author, claim.date, True
    return (look - before, before - look, "", "", False) if look != before else None


def _printed_by(atom: Atom) -> frozenset[str]:
    """The field that printed words: Word may print others when it computes it again. A link or table of contents may not."""
    target = reference(atom)
    if target or not atom.field or atom.field.upper().startswith(_HARMLESS):
        return frozenset({f"field:{target}"} if target else ())
    return frozenset({f"field:={atom.field}"})


def _style_change(
    issued: Stream, returned: Stream, was: Atom, now: Atom
) -> tuple[frozenset[str], frozenset[str], str, str, bool] | None:
    """Of the mark of a paragraph: another style, or other words printed with its number."""
    if was.piece is not now.piece:
        return None
    before, paragraph = issued.paragraphs[was.paragraph], returned.paragraphs[now.paragraph]
    if (before.style, before.label) == (paragraph.style, paragraph.label):
        return None
    old, new = ({f"style:{each.style}"} | ({f"label:{each.label}"} if each.label else set()) for each in (before, paragraph))
    if paragraph.restyled is None or before.style == paragraph.style:
        return frozenset(new - old), frozenset(old - new), "", "", False
    claim = returned.revisions[paragraph.restyled]
    return frozenset(new - old), frozenset(old - new), claim.author, claim.date, True


def _look_weight(added: frozenset[str], removed: frozenset[str]) -> str:
    if added & _UNSEEN or any(each.startswith("field:=") for each in added):
        return SUSPICIOUS
    said = {word for each in removed if each.startswith("label:") for word in _WORDS.findall(each)}
    worded = any(each.startswith("label:") and ("@" in each or set(_WORDS.findall(each)) - said - {"label"}) for each in added)
    return SUBSTANTIVE if worded or "strike" in added | removed or any(each.startswith("field:") for each in added) else COSMETIC
