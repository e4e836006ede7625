"""All words of a snapshot, for tests that look for what a document says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def words(snapshot: dict[str, Any]) -> str:
    """Everything the document prints, one line per paragraph, heading or cell."""
    return "\n".join(_lines(snapshot))


def _lines(snapshot: dict[str, Any]) -> Iterator[str]:
    for block in [snapshot["recitals"], snapshot["closing"]]:
        if block:
            yield block["heading"]
            yield from _paragraphs(block["paragraphs"])
    for part in snapshot["parts"]:
        yield part["title"]
        for article in part["articles"]:
            yield f"{article['label']} {article['heading']}"
            yield from _paragraphs(article["paragraphs"])
    for annex in snapshot["annexes"]:
        yield f"{annex['label']} {annex['heading']}"
        for block in annex["blocks"]:
            if block["kind"] == "table":
                yield from block["columns"]
                for row in block["rows"]:
                    for cell in row:
                        yield from "".join("\n" if run.get("break") else run["text"] for run in cell).split("\n")
            else:
                yield _text(block["runs"])


def _paragraphs(paragraphs: list[dict[str, Any]]) -> Iterator[str]:
    for paragraph in paragraphs:
        yield f"{paragraph['label']} {_text(paragraph['runs'])}".strip()
        yield from _paragraphs(paragraph["points"])


def _text(runs: list[dict[str, Any]]) -> str:
    return "".join(run["text"] for run in runs)
