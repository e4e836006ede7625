"""The text layer of a PDF, read in a confined process; a scan has none."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from dpa_service.adapters import confined
from dpa_service.adapters.docx.reading import ReadFile

_READER = Path(__file__).with_name("pdf_text_child.py")
_HYPHEN = re.compile("[\ufffe\u0002]\\s*")  # what pdfium gives for a hyphen at the end of a line
_DIGITS = re.compile(r"\d+")
_LETTERS = re.compile(r"\w")
FEWEST_LETTERS = 40  # a page; below it there is nothing to compare


def read_pdf(content: bytes, *, marks: Sequence[str] = (), also: Sequence[str] = ()) -> ReadFile:
    """The words of a PDF, page by page; an empty text where there is no text layer. Error: ``confined.Refused``.

    A first or last line of a page that has one of `marks` (reference, title, the word for page) and otherwise only words of `marks`
    and `also`, figures apart, is left out. Other lines that stand on every page are said once, at the end.
    """
    answer = confined.read(_READER, content)
    pages = [[line.strip() for line in page.splitlines() if line.strip()] for page in answer["pages"]]
    letters = sum(len(_LETTERS.findall(line)) for page in pages for line in page)
    remarks = tuple(answer["remarks"])
    if letters < FEWEST_LETTERS * max(1, len(pages)) // 2:
        return ReadFile("", (), remarks, len(pages))
    known = [frozenset(_figure(text).split()) for text in marks if text]
    rest = frozenset(_figure(" ".join(also)).split()) | {"#"}
    pages = [_body(page, known, rest) for page in pages]
    running = _running(pages)
    body = "\n".join("\n".join(line for line in page if _figure(line) not in running) for page in pages)
    return ReadFile("\n".join([_HYPHEN.sub("", body), *sorted(running)]), (), remarks, len(pages))


def _body(page: list[str], marks: Sequence[frozenset[str]], rest: frozenset[str]) -> list[str]:
    """A page without its own head and foot, each of one line."""

    def furniture(line: str) -> bool:
        words = frozenset(_figure(line).split())
        return any(mark <= words for mark in marks) and words <= rest.union(*marks)

    first = 1 if page and furniture(page[0]) else 0
    last = len(page) - 1 if len(page) > first and furniture(page[-1]) else len(page)
    return page[first:last]


def _running(pages: list[list[str]]) -> set[str]:
    """The first and last lines that nearly all pages share, figures aside; a short file has none."""
    if len(pages) < 4:
        return set()
    ends = Counter(_figure(line) for page in pages for line in {*page[:1], *page[-1:]})
    return {line for line, count in ends.items() if count >= len(pages) - 2}


def _figure(line: str) -> str:
    return _DIGITS.sub("#", line)
