"""An agreement as clauses of lines that can be compared: every word of the snapshot (docs/snapshot.md) once, in reading order.

Pure. The table of contents and the page furniture say nothing that does not stand elsewhere, and are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dpa_service.domain.comparison.alignment import Bit, text_of

Snapshot = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Item:
    """A paragraph or table of one document."""

    kind: str
    label: str = ""
    depth: int = 0
    bits: tuple[Bit, ...] = ()
    name: str = ""
    columns: tuple[tuple[Bit, ...], ...] = ()
    rows: tuple[tuple[tuple[Bit, ...], ...], ...] = ()

    @property
    def text(self) -> str:
        """The words."""
        return text_of(self.bits) + "\n".join(text_of(cell) for row in (self.columns, *self.rows) for cell in row)


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of one document; `id` tells it from all others."""

    id: str
    kind: str
    label: str
    heading: tuple[Bit, ...]
    items: tuple[Item, ...]


def clauses(snapshot: Snapshot) -> Iterator[Clause]:
    """The clauses of a snapshot; the cover and the titles of the parts count as clauses of their own."""
    labels = snapshot["labels"]
    yield Clause("cover", "cover", "", _words(snapshot["title"]), tuple(_cover(snapshot)))
    if snapshot["recitals"]:
        yield _clause("recitals", snapshot["recitals"])
    for part in snapshot["parts"]:
        yield Clause(f"part {part['title']}", "part", f"{labels['part']} {part['label']}", _words(part["title"]), ())
        for article in part["articles"]:
            yield _clause("article", article)
    yield _clause("closing", snapshot["closing"], _signatures(snapshot))
    for annex in snapshot["annexes"]:
        items = tuple(_block(block) for block in annex["blocks"])
        yield Clause(annex["clause"], "annex", f"{labels['annex']} {annex['label']}", _words(annex["heading"]), items)


def _clause(kind: str, clause: Mapping[str, Any], more: Iterable[Item] = ()) -> Clause:
    items = (*_paragraphs(clause["paragraphs"]), *more)
    return Clause(clause["clause"], kind, clause.get("label") or "", _words(clause["heading"]), items)


def _cover(snapshot: Snapshot) -> Iterator[Item]:
    labels = snapshot["labels"]
    if snapshot["draft"]:
        yield Item("line", bits=_words(labels["draft"]))
    yield Item("line", bits=_words(snapshot["subtitle"]))
    yield Item("line", bits=_words(f"{labels['reference']}: {snapshot['reference']}"), name="reference")
    yield Item("line", bits=_words(f"{labels['effective']}: {snapshot['date']['text']}"), name="effective")
    for party in snapshot["parties"]:
        yield Item("line", bits=_words(party["name"], "bold"), name=f"{party['role']} name")
        for line in party["description"]:
            yield Item("line", bits=_words(line))
        yield Item("line", bits=_words(labels["hereafter"].replace("{role}", party["role_label"])))


def _signatures(snapshot: Snapshot) -> Iterator[Item]:
    if len(snapshot["parties"]) != 2:
        return
    for party in snapshot["parties"]:
        signed_for = snapshot["labels"]["signed_for"].replace("{role}", party["role_label"])
        who = [party["name"], party["signature"]["name"], party["signature"]["role"]]
        words = f"{signed_for}: {', '.join(filter(None, who))}"
        yield Item("line", bits=_words(words), name=f"{party['role']} signature")


def _paragraphs(items: Iterable[Mapping[str, Any]], depth: int = 0) -> Iterator[Item]:
    for item in items:
        kind = "point" if depth else "paragraph"
        yield Item(kind, item.get("label") or "", depth, _bits(item["runs"]), item.get("bookmark") or "")
        yield from _paragraphs(item.get("points", ()), depth + 1)


def _block(block: Mapping[str, Any]) -> Item:
    if block["kind"] != "table":
        return Item(block["kind"], block.get("label") or "", 0, _bits(block["runs"]), block.get("bookmark") or "")
    rows = tuple(tuple(_bits(cell) for cell in row) for row in block["rows"])
    return Item("table", columns=tuple(_words(column) for column in block["columns"]), rows=rows)


def _words(text: str, look: str = "") -> tuple[Bit, ...]:
    return (Bit(text, look),) if text else ()


def _bits(runs: Iterable[Mapping[str, Any]]) -> tuple[Bit, ...]:
    found = (
        Bit("\n") if run.get("break") else Bit(run["text"], "bold" if run.get("bold") else "", run.get("ref") or "")
        for run in runs
    )
    return tuple(bit for bit in found if bit.text or bit.atom)
