"""What a returned Word file changed, clause by clause: tracked, silent, remarked on, and dressed up.

Pure. *Original* = words not inserted, *accepted* = words not deleted, **silent = difference of what was issued and the original view**:
an edit with tracking off, changes that were all accepted, and a deletion whose words never were issued fall out by construction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from dpa_service.domain.comparison.returned_align import Stretch, aligned
from dpa_service.domain.comparison.returned_changes import (
    Silent,
    head,
    key,
    kind,
    looks,
    numbered,
    paired_moves,
    reference,
    tail,
    unseen_styles,
)
from dpa_service.domain.comparison.returned_findings import (
    BOOKMARK,
    COSMETIC,
    COVER,
    HEADING,
    MARGINS,
    MISSING,
    NO_CLAUSE,
    SIMILARITY,
    SUBSTANTIVE,
    SUSPICIOUS,
    Change,
    ClauseFindings,
    ClauseMark,
    Comparison,
    Formatting,
    Note,
    Reply,
)
from dpa_service.domain.comparison.returned_sections import (
    Assigner,
    Section,
    Spans,
    in_issued_order,
    issued_sections,
    issued_spans,
    locate,
)
from dpa_service.domain.comparison.returned_stream import Stream
from dpa_service.domain.comparison.returned_tracked import Placed, placed, tracked
from dpa_service.domain.comparison.returned_views import (
    View,
    atoms,
    claims,
    contents,
    paragraph_atoms,
    printed_contents,
    reordered,
    view,
    without,
)
from dpa_service.domain.comparison.returned_weight import weigh
from dpa_service.domain.comparison.textdiff import DELETE, EQUAL, difference

__all__ = ["BOOKMARK", "COSMETIC", "COVER", "HEADING", "MARGINS", "MISSING", "NO_CLAUSE", "SIMILARITY", "SUBSTANTIVE", "SUSPICIOUS",
           "Change", "ClauseFindings", "ClauseMark", "Comparison", "Formatting", "Note", "Reply", "compare"]  # fmt: skip

_LEAST = 0.1  # share of a clause's words below which it did not come back
_TRUST = {BOOKMARK: 0.6, HEADING: 0.3}  # confidence at least; the rest by the share of its words that stayed


def compare(issued: Stream, returned: Stream, clauses: Sequence[ClauseMark]) -> Comparison:
    """Every difference between the file that was issued and the one that came back, under its clause.

    In: both files as read, and the clauses of the issued one in its order. What was issued counts with our own tracked changes
    accepted; where the returned file still has them they are known and not told again. Out: a line for every clause, also where
    nothing changed; findings outside of the clauses under COVER, "part-…", MARGINS or NO_CLAUSE. Nothing is dropped.
    """
    return _Comparing(issued, returned, clauses).result()


class _Comparing:
    def __init__(self, issued: Stream, returned: Stream, clauses: Sequence[ClauseMark]) -> None:
        self.issued, self.returned = issued, returned
        known = claims(issued) if issued.revisions else frozenset()
        self.known = known
        self.old = view(issued, without(atoms(issued, set(contents(issued))), "deleted"))
        self.dropped = printed_contents(issued, returned)
        self.body = list(atoms(returned, self.dropped, known))
        new = view(returned, without(self.body, "inserted"))
        self.sections = issued_sections(self.old.lines, clauses)
        places = locate(self.sections, self.old.lines, new.lines)
        order = in_issued_order(self.sections, places, new.lines)
        self.new = reordered(new, order)
        moved_to = {id(line): number for number, line in enumerate(order)}
        places = {section: moved_to[id(new.lines[line])] for section, line in places.items()}
        self.spans = issued_spans(self.sections, self.old.lines)
        self.assigner = Assigner(self.sections, self.old, self.new, self.spans, places)
        self.here = Spans()
        self.fields = any(reference(atom) for atom in self.new.atoms)
        self.same: dict[int, int] = defaultdict(int)
        self.formatting: dict[int, list[Formatting]] = defaultdict(list)
        self.silent = self._silent(list(aligned(self.old.text, self.new.text, self.old.lines, self.new.lines)))
        self.words: list[Placed] = placed(self.body, dict(zip(map(id, self.new.atoms), self.new.starts, strict=True)), self.here,
                                          self.assigner)  # fmt: skip
        self.tracked = tracked(returned, self.words, unseen_styles(issued))

    def _silent(self, stretches: Sequence[Stretch]) -> dict[int, list[Change]]:
        finder = Silent(self.old, self.new, self.spans, self.assigner, self._renumbered())
        for stretch in stretches:
            if stretch.same:
                for start, end, section in self.spans.pieces(*stretch.old):
                    self.here.add(start - stretch.old[0] + stretch.new[0], section)
                    self.same[section] += end - start
                for section, each in looks(self.old, self.new, stretch, self.here, self.fields):
                    self.formatting[section].append(each)
            else:
                came = self.assigner.came(stretch)
                for start, _, section in came:
                    self.here.add(start, section)
                finder.add(stretch, came)
        paired_moves(finder.found)
        return finder.found

    def _renumbered(self) -> bool:
        """Whether paragraphs came or went, so that Word counts anew."""

        def levels(made: View) -> list[int | None]:
            return [made.stream.paragraphs[line.paragraph].level for line in made.lines if line.text.strip()]

        accepted = view(self.returned, without(self.body, "deleted"))
        return levels(self.old) != levels(self.new) or levels(self.old) != levels(accepted)

    # ---- out -----------------------------------------------------------------------------------------------------

    def result(self) -> Comparison:
        """The findings in the order of what was issued; what was added stands after its clause."""
        notes = self._notes()
        texts = self._texts()
        made: dict[int, ClauseFindings] = {}
        for number, section in enumerate(self.sections):
            found = self._findings(number, section, texts[number], notes)
            if section.mark.clause != COVER or found.issued or found.state != "unchanged" or found.comments:
                made[number] = found
        added: dict[int, list[int]] = defaultdict(list)
        for number, section in enumerate(self.sections):
            if section.added:
                added[section.after].append(number)
        clauses = [made[each] for number, section in enumerate(self.sections) if not section.added
                   for each in (number, *added[number]) if each in made]  # fmt: skip
        margins = self._margins(notes.get(-1, ()))
        authors = {each.author for each in self.returned.revisions} | {each.author for each in self.returned.comments}
        authors -= {each.author for each in self.issued.revisions}
        remarks = set(self.returned.remarks) | ({"ours-in-baseline"} if self.known else set())
        if not self.fields and any(reference(atom) for atom in self.old.atoms):
            remarks.add("references-typed")
        if margins.issued or margins.original or margins.comments:
            clauses.append(margins)
        return Comparison(tuple(clauses), tuple(sorted(authors - {""})), tuple(sorted(remarks)))

    def _texts(self) -> list[tuple[str, str, str]]:
        """Of every section what was issued, the original view and the accepted view."""
        texts: list[tuple[list[str], list[str], list[str]]] = [([], [], []) for _ in self.sections]
        for start, end, section in self.spans.pieces(0, len(self.old.text)):
            texts[section][0].append(self.old.text[start:end])
        for start, end, section in self.here.pieces(0, len(self.new.text)):
            texts[section][1].append(self.new.text[start:end])
        for atom, text, section in self.words:
            if atom.deleted is None:
                texts[section][2].append(text)
        return [("".join(issued), "".join(original), "".join(accepted)) for issued, original, accepted in texts]

    def _findings(
        self, number: int, section: Section, texts: tuple[str, str, str], notes: Mapping[int, Sequence[Note]]
    ) -> ClauseFindings:
        mark = section.mark
        issued, original, accepted = texts
        share = self.same[number] / len(issued) if issued else 1.0
        tracked_ones, silent = (
            numbered(mark.clause, self.tracked.get(number, ())),
            numbered(mark.clause, self.silent.get(number, ())),
        )
        formatting = tuple(
            replace(each, key=key(mark.clause, "look", each.text, *each.added, "-", *each.removed, str(index)))
            for index, each in enumerate(self.formatting.get(number, ()))
        )
        method = section.method or (SIMILARITY if share >= _LEAST else MISSING)
        least = _TRUST.get(method, 0.0)
        confidence = 1 - share if method == MISSING else 1.0 if section.added else least + (1 - least) * share
        state = "added" if section.added else "missing" if method == MISSING else "moved" if section.moved else "changed"
        if state == "changed" and original.strip() and not accepted.strip():
            state = "removed"
        if state == "changed" and not tracked_ones and not silent:
            state = "unchanged"
        after = self.sections[section.after].mark.clause if section.added else ""
        return ClauseFindings(mark.clause, mark.label, mark.heading, state, method, round(confidence, 2), issued.strip("\n"),
                              original.strip("\n"), accepted.strip("\n"), tracked_ones, silent, formatting,
                              tuple(notes.get(number, ())), after=after)  # fmt: skip

    def _margins(self, notes: Sequence[Note]) -> ClauseFindings:
        """Headers and footers, each line said once: a file may hold it for many pages."""
        texts = [_margin_lines(stream, side) for stream, side in
                 ((self.issued, "deleted"), (self.returned, "inserted"), (self.returned, "deleted"))]  # fmt: skip
        old, new, accepted = ("".join(lines) for lines in texts)
        silent = []
        pieces, at = difference(old, new), 0
        for index, (op, text) in enumerate(pieces):
            if op == EQUAL or (op != DELETE and index and pieces[index - 1][0] == DELETE):
                at += len(text) if op == EQUAL else 0
                continue
            came = pieces[index + 1][1] if op == DELETE and index + 1 < len(pieces) and pieces[index + 1][0] != EQUAL else ""
            gone, came = (text, came) if op == DELETE else ("", text)
            weight, reasons = weigh(gone, came)
            before, after = tail(old[:at]), head(old[at + len(gone) :])
            silent.append(Change("", kind(gone, came), False, "", "", before, gone, came, after,
                                 COSMETIC if not came.strip() else weight, reasons))  # fmt: skip
            at += len(gone)
        words: list[Placed] = [(atom, atom.text, 0) for number, each in enumerate(self.returned.paragraphs)
                               if each.place in ("header", "footer") for atom in paragraph_atoms(self.returned, number)]  # fmt: skip
        marked = tracked(self.returned, words, unseen_styles(self.issued)).get(0, ())
        state = "changed" if silent or marked else "unchanged"
        return ClauseFindings(MARGINS, "", "", state, SIMILARITY, 1.0, old.strip("\n"), new.strip("\n"), accepted.strip("\n"),
                              numbered(MARGINS, marked), numbered(MARGINS, silent), comments=tuple(notes))  # fmt: skip

    def _notes(self) -> dict[int, list[Note]]:
        """The comments by section (-1: not in the body), answers under what they answer."""
        comments = self.returned.comments
        where: dict[int, dict[int, int]] = defaultdict(dict)
        for atom, _, section in self.words:
            where[atom.paragraph].setdefault(id(atom.piece), section)
        replies: dict[int, list[Reply]] = defaultdict(list)
        for each in comments:
            if each.parent is not None:
                replies[self._root(each.parent)].append(Reply(each.author, each.date, each.text, each.resolved))
        found: dict[int, list[Note]] = defaultdict(list)
        for number, each in enumerate(comments):
            if each.parent is not None:
                continue
            section = -1
            if each.paragraph is not None and each.paragraph in where:
                here, pieces = where[each.paragraph], self.returned.paragraphs[each.paragraph].pieces
                piece = pieces[each.piece] if each.piece < len(pieces) else None
                section = here.get(id(piece), next(iter(here.values())))
            name = key("comment", each.author, each.date, each.text, each.anchored, str(number))
            found[section].append(Note(name, each.author, each.date, each.text, each.anchored.strip(), each.resolved,
                                       tuple(replies[number])))  # fmt: skip
        return found

    def _root(self, number: int) -> int:
        """The comment that a thread began with."""
        for _ in range(50):
            parent = self.returned.comments[number].parent
            if parent is None:
                break
            number = parent
        return number


def _margin_lines(stream: Stream, side: str) -> list[str]:
    lines: dict[str, None] = {}
    for number, paragraph in enumerate(stream.paragraphs):
        if paragraph.place in ("header", "footer"):
            line = " ".join("".join(atom.text for atom in without(paragraph_atoms(stream, number), side)).split())
            if line:
                lines[line + "\n"] = None
    return list(lines)
