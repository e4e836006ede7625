"""Random edits of an agreement (docs/snapshot.md), as a negotiation may make them: words, paragraphs, points, rows, whole clauses."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from typing import Any

from tests.support.snapshots import bookmark

Json = dict[str, Any]

WORDS = [
    "veertien", "kalenderdagen", "Verwerker", "niet", "A & B <Ltd>", "\"aan\" 'hals'", "שלום עולם", "\u202eomgekeerd\u202c", "👩\u200d👧",
    "é\u0301", "{{ naam }}", "  twee  spaties  ", "2.500,00", "\U00100000", "\u00a0", "%s", "]]>", "ßẞ", "-", "", "zes maanden na het einde",
]  # fmt: skip


def edited(snapshot: Json, rng: random.Random, count: int) -> Json:
    """Another agreement: `count` random edits of a copy. References to places that are gone become plain words."""
    new = copy.deepcopy(snapshot)
    for _ in range(count):
        rng.choice(EDITS)(new, rng)
    known = {item["bookmark"] for item in _marked(new)}
    for runs in _all_runs(new):
        for run in runs:
            if run.get("ref") not in known:
                run.pop("ref", None)
    return new


def phrase(rng: random.Random) -> str:
    """A few words, hostile ones among them."""
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(1, 6)))


def articles(snapshot: Json) -> list[Json]:
    """All articles."""
    return [article for part in snapshot["parts"] for article in part["articles"]]


def _lists(snapshot: Json) -> Iterator[list[Json]]:
    """Every list of paragraphs or points, the empty ones too."""

    def within(items: list[Json], depth: int = 0) -> Iterator[list[Json]]:
        yield items
        for item in items:
            if depth < 2:
                yield from within(item["points"], depth + 1)

    for clause in articles(snapshot):
        yield from within(clause["paragraphs"])
    if snapshot["recitals"]:
        yield from within(snapshot["recitals"]["paragraphs"], 1)  # the template prints one level of points here


def _tables(snapshot: Json) -> list[Json]:
    return [block for annex in snapshot["annexes"] for block in annex["blocks"] if block["kind"] == "table"]


def _all_runs(snapshot: Json) -> Iterator[list[Json]]:
    for items in _lists(snapshot):
        for item in items:
            yield item["runs"]
            if not item.get("label", "").startswith("("):
                continue
            for point in item["points"]:
                yield point["runs"]
    for paragraph in snapshot["closing"]["paragraphs"]:
        yield paragraph["runs"]
    for annex in snapshot["annexes"]:
        for block in annex["blocks"]:
            if block["kind"] == "table":
                yield from (cell for row in block["rows"] for cell in row)
            else:
                yield block["runs"]


def _marked(snapshot: Json) -> Iterator[Json]:
    clauses = [*articles(snapshot), *snapshot["annexes"], snapshot["closing"], *filter(None, [snapshot["recitals"]])]
    yield from (clause for clause in clauses)
    for items in _lists(snapshot):
        yield from (item for item in items if item["bookmark"])
    for annex in snapshot["annexes"]:
        yield from (block for block in annex["blocks"] if block.get("bookmark"))
    yield from (item for item in snapshot["closing"]["paragraphs"] if item.get("bookmark"))


def _words(new: Json, rng: random.Random) -> None:
    runs = rng.choice([runs for runs in _all_runs(new) if runs])
    run = rng.choice(runs)
    words = run["text"].split(" ")
    at = rng.randrange(len(words))
    words[at : at + rng.randint(0, 4)] = [phrase(rng)] if rng.random() < 0.7 else []
    if not run.get("break"):
        run["text"] = " ".join(words)


def _look(new: Json, rng: random.Random) -> None:
    run = rng.choice(rng.choice([runs for runs in _all_runs(new) if runs]))
    if "ref" not in run and not run.get("break"):
        run["bold"] = not run.get("bold")
    elif "ref" in run:
        run["text"] = str(rng.randint(1, 99))


def _paragraph(rng: random.Random) -> Json:
    return {"label": "1.1", "full_label": "1.1", "anchor": None, "bookmark": None, "runs": [{"text": phrase(rng)}], "points": []}


def _add_paragraph(new: Json, rng: random.Random) -> None:
    items = rng.choice(list(_lists(new)))
    items.insert(rng.randint(0, len(items)), _paragraph(rng))


def _remove_paragraph(new: Json, rng: random.Random) -> None:
    if lists := [items for items in _lists(new) if items]:
        items = rng.choice(lists)
        items.pop(rng.randrange(len(items)))


def _rewrite(new: Json, rng: random.Random) -> None:
    rng.choice([runs for runs in _all_runs(new) if runs])[:] = [{"text": phrase(rng)}, {"text": phrase(rng), "bold": True}]


def _rows(new: Json, rng: random.Random) -> None:
    if tables := [table for table in _tables(new) if table["rows"]]:
        rows = rng.choice(tables)["rows"]
        at = rng.randrange(len(rows))
        if rng.random() < 0.5:
            rows.pop(at)
        else:
            rows.insert(at, [[{"text": phrase(rng)}] for _ in rows[at]])


def _cell_lines(new: Json, rng: random.Random) -> None:
    if cells := [cell for table in _tables(new) for row in table["rows"] for cell in row]:
        cell = rng.choice(cells)
        breaks = [index for index, run in enumerate(cell) if run.get("break")]
        if breaks and rng.random() < 0.5:
            del cell[breaks[-1] :]
        else:
            at = rng.randint(0, len(cell))
            cell[at:at] = [{"text": "", "break": True}, {"text": phrase(rng)}]


def _blocks(new: Json, rng: random.Random) -> None:
    if not new["annexes"]:
        return
    blocks = rng.choice(new["annexes"])["blocks"]
    chance = rng.random()
    if blocks and chance < 0.4:
        blocks.pop(rng.randrange(len(blocks)))
    elif blocks and chance < 0.5:
        rng.shuffle(blocks)
    elif chance < 0.8:
        block = {"kind": rng.choice(["text", "bullet"]), "bookmark": None, "runs": [{"text": phrase(rng)}]}
        blocks.insert(rng.randint(0, len(blocks)), block)
    else:
        cells = [[{"text": phrase(rng)}] for _ in range(2)]
        table = {"kind": "table", "columns": ["Een", phrase(rng)], "widths": [40, 60], "rows": [cells] * rng.randint(0, 3)}
        blocks.insert(rng.randint(0, len(blocks)), table)


def _clause(new: Json, rng: random.Random) -> None:
    parts = [part for part in new["parts"] if part["articles"]]
    if not parts:
        return
    part = rng.choice(parts)
    at = rng.randrange(len(part["articles"]))
    chance = rng.random()
    if chance < 0.35:
        part["articles"].pop(at)
    elif chance < 0.6:
        rng.shuffle(part["articles"])
    elif chance < 0.8:
        article = copy.deepcopy(part["articles"][at])
        seed = rng.random()
        article |= {"clause": f"added-{seed}", "bookmark": bookmark("_cl_", seed), "heading": phrase(rng)}
        article["paragraphs"] = [_paragraph(rng) for _ in range(rng.randint(0, 3))]
        part["articles"].insert(at, article)
    else:
        part["articles"][at]["heading"] = phrase(rng)


def _annex(new: Json, rng: random.Random) -> None:
    if new["annexes"] and rng.random() < 0.6:
        new["annexes"].pop(rng.randrange(len(new["annexes"])))
    else:
        seed = rng.random()
        block = {"kind": "text", "bookmark": None, "runs": [{"text": phrase(rng)}]}
        annex = {"clause": f"annex-{seed}", "version": "1", "hash": "0", "bookmark": bookmark("_cl_", seed), "label": "IX"}
        new["annexes"].insert(rng.randint(0, len(new["annexes"])), annex | {"heading": phrase(rng), "blocks": [block]})


def _frame(new: Json, rng: random.Random) -> None:
    chance = rng.random()
    party = rng.choice(new["parties"])
    if chance < 0.3:
        party["name"] = phrase(rng)
    elif chance < 0.5:
        party["description"] = [phrase(rng) for _ in range(rng.randint(0, 4))]
    elif chance < 0.6:
        party["signature"]["name"] = rng.choice([None, phrase(rng)])
    elif chance < 0.7:
        new["recitals"] = None
    elif chance < 0.8:
        new["draft"] = not new["draft"]
    elif chance < 0.9:
        new["parts"].insert(0, {"label": f"N{rng.random()}", "title": phrase(rng), "articles": []})
    else:
        new["title"] = phrase(rng)


EDITS: list[Callable[[Json, random.Random], None]] = [
    _words, _words, _words, _look, _add_paragraph, _remove_paragraph, _rewrite, _rows, _cell_lines, _blocks, _clause, _annex, _frame,
]  # fmt: skip
