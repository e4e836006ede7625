"""The difference of two agreements, clause by clause: plain data that a page shows. The Word file pairs its lines the same way.

Pure. In: two snapshots (docs/snapshot.md). Clauses are paired by their id, in order; a clause that stands elsewhere now is removed
here and added there, marked as moved. Within a clause paragraphs, points and rows are paired by their place, then by their words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from dpa_service.domain.comparison.alignment import Bit, Line, each, merged, paired, text_of
from dpa_service.domain.comparison.redline_lines import Clause, Item, Snapshot, clauses
from dpa_service.domain.comparison.textdiff import DELETE, EQUAL, INSERT, tokens

Status = Literal["same", "changed", "added", "removed"]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of words: `op` is equal, insert or delete. `ref` says that it is the printed number of another place."""

    op: str
    text: str
    bold: bool = False
    ref: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: its cells as spans, in which a new line is "\\n"."""

    status: Status
    cells: tuple[tuple[Span, ...], ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph (`kind`: line, paragraph, point, heading, text, bullet) with its labels, or a table with a heading row and rows.

    A label is "" where there is none; `depth` counts the levels of points above it.
    """

    kind: str
    status: Status
    old_label: str = ""
    new_label: str = ""
    depth: int = 0
    spans: tuple[Span, ...] = ()
    head: Row | None = None
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class ClauseChange:
    """A clause, or what stands between the clauses (`kind`: cover, recitals, part, article, closing, annex).

    `id` is the clause's id ("cover", "part" for the others). Of an added clause `old_label` is "", of a removed one `new_label`.
    A clause with status same may have another label now. `moved`: added here and removed elsewhere, or the other way round.
    `only_numbers`: nothing changed but the numbers of cross-references.
    """

    id: str
    kind: str
    old_label: str
    new_label: str
    heading: tuple[Span, ...]
    status: Status
    moved: bool
    only_numbers: bool
    blocks: tuple[Block, ...]

    @property
    def title(self) -> str:
        """The heading as the new document prints it, or the old one if the clause is gone."""
        gone = INSERT if self.status == "removed" else DELETE
        return "".join(span.text for span in self.heading if span.op != gone)

    @property
    def label(self) -> str:
        """The label it has now, or had."""
        return self.new_label or self.old_label

    @property
    def anchor(self) -> str:
        """A name for the place on a page, other than that of every other change of the redline."""
        place = "gone-" if self.status == "removed" else ""
        number = "-" + self.label.rpartition("\u00a0")[2].rpartition(" ")[2] if self.kind == "part" else ""
        return f"redline-{place}{self.id}{number}"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many clauses have each status, and how many words came and went; spaces and signs are no words."""

    same: int
    changed: int
    added: int
    removed: int
    words_inserted: int
    words_deleted: int
    only_numbers: int  # of the changed ones


@dataclass(frozen=True, slots=True)
class Redline:
    """The clauses in reading order, those that went before those that came in the same place."""

    clauses: tuple[ClauseChange, ...]
    counts: Counts

    @property
    def differs(self) -> bool:
        """Whether anything changed."""
        return any(clause.status != "same" for clause in self.clauses)

    @property
    def stretches(self) -> list[tuple[bool, list[ClauseChange]]]:
        """The clauses in order, neighbours together: (True, unchanged ones) and (False, changed ones) by turns."""
        return [(same, list(group)) for same, group in groupby(self.clauses, key=lambda clause: clause.status == "same")]


def redline(old: Snapshot, new: Snapshot) -> Redline:
    """What changed from one agreement to the other.

    Assemble two versions of one agreement with one reference, or its number is a change wherever it is printed.
    """
    before, after = list(clauses(old)), list(clauses(new))
    in_both = {clause.id for clause in before} & {clause.id for clause in after}
    changes = tuple(_compared(*pair, in_both) for pair in paired(_as_lines(before), _as_lines(after)))
    return Redline(changes, _counts(changes))


# ---- comparing -----------------------------------------------------------------------------------------------------


def _as_lines(clauses: Sequence[Clause]) -> list[Line[Clause]]:
    return [Line("clause", clause.id, clause, clause.id) for clause in clauses]


def _compared(old: Clause | None, new: Clause | None, in_both: Set[str]) -> ClauseChange:
    there = new or old
    assert there is not None
    heading = _spans(old.heading if old else None, new.heading if new else None)
    pairs = paired(_lines(old.items if old else ()), _lines(new.items if new else ()))
    blocks = tuple(_compared_items(a, b) for a, b in pairs)
    status: Status = "added" if old is None else "removed" if new is None else "changed"
    if old and new and not _differs(heading) and all(block.status == "same" for block in blocks):
        status = "same"
    spans = [*heading, *(span for block in blocks for span in _all_spans(block))]
    only_numbers = status == "changed" and all(span.ref for span in spans if span.op != EQUAL)
    only_numbers = only_numbers and all(block.status in ("same", "changed") for block in blocks)
    identity = "part" if there.kind == "part" else there.id
    return ClauseChange(identity, there.kind, old.label if old else "", new.label if new else "", heading, status,
                        there.id in in_both and not (old and new), only_numbers, blocks)  # fmt: skip


def _lines(items: Sequence[Item]) -> list[Line[Item]]:
    return [Line(f"{item.kind} {item.depth} {len(item.columns)}", item.text, item, item.name) for item in items]


def _compared_items(old: Item | None, new: Item | None) -> Block:
    there = new or old
    assert there is not None
    spans = _spans(old.bits if old else None, new.bits if new else None)
    head, rows = None, tuple[Row, ...]()
    if there.kind == "table":
        head = _row(old.columns if old else None, new.columns if new else None)
        pairs = paired(_row_lines(old.rows if old else ()), _row_lines(new.rows if new else ()))
        rows = tuple(_row(a, b) for a, b in pairs)
    status: Status = "added" if old is None else "removed" if new is None else "same"
    if old and new and (_differs(spans) or any(row.status != "same" for row in (head, *rows) if row)):
        status = "changed"
    return Block(there.kind, status, old.label if old else "", new.label if new else "", there.depth, spans, head, rows)


_Cells = tuple[tuple[Bit, ...], ...]


def _row_lines(rows: Sequence[_Cells]) -> list[Line[_Cells]]:
    return [Line("row", "\n".join(text_of(cell) for cell in row), row) for row in rows]


def _row(old: _Cells | None, new: _Cells | None) -> Row:
    there = new if new is not None else old
    assert there is not None
    cells = tuple(_spans(old[index] if old else None, new[index] if new else None) for index in range(len(there)))
    if old is None:
        return Row("added", cells)
    if new is None:
        return Row("removed", cells)
    return Row("changed" if any(_differs(cell) for cell in cells) else "same", cells)


def _spans(old: Sequence[Bit] | None, new: Sequence[Bit] | None) -> tuple[Span, ...]:
    """The spans of a line that stayed, came (`old` is None) or went."""
    changes = each(new or (), INSERT) if old is None else each(old, DELETE) if new is None else merged(old, new)
    return tuple(Span(op, bit.text, "bold" in bit.look, bool(bit.atom)) for op, bit in changes)


def _differs(spans: Iterable[Span]) -> bool:
    return any(span.op != EQUAL for span in spans)


def _all_spans(block: Block) -> Iterator[Span]:
    yield from block.spans
    for row in (block.head, *block.rows):
        for cell in row.cells if row else ():
            yield from cell


def _counts(changes: Sequence[ClauseChange]) -> Counts:
    counted = [change for change in changes if change.kind not in ("cover", "part")]
    number = {status: sum(change.status == status for change in counted) for status in ("same", "changed", "added", "removed")}
    words = {INSERT: 0, DELETE: 0}
    for change in changes:
        for span in (*change.heading, *(span for block in change.blocks for span in _all_spans(block))):
            if span.op != EQUAL:
                words[span.op] += sum(token[0].isalnum() for token in tokens(span.text))
    return Counts(
        **number,
        words_inserted=words[INSERT],
        words_deleted=words[DELETE],
        only_numbers=sum(change.only_numbers for change in counted),
    )
