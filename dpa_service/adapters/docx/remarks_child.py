"""Comments, identity and warnings of a Word file. Loaded by returned_child.py; imports nothing of the product."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
W15 = "{http://schemas.microsoft.com/office/word/2012/wordml}"
MOST_COMMENTS, MOST_WORDS, MOST_ANCHOR = 5_000, 4_000, 400
AGREEMENT = "{urn:dpa-service:agreement}agreement"


class Comments:
    """The comments of a file, and the words they are on as these come by."""

    def __init__(self, comments: Any, extended: Any, refuse: type[Exception]) -> None:
        self.told: list[dict[str, Any]] = []
        self._waiting: dict[str, list[int]] = defaultdict(list)  # Google repeats numbers: the n-th start is the n-th comment
        self._open: dict[str, int] = {}
        if comments is None:
            return
        by_paragraph: dict[str, int] = {}
        for element in comments.iterfind(f"{W}comment"):
            if len(self.told) >= MOST_COMMENTS:
                raise refuse("TOO_BIG")
            number = len(self.told)
            self._waiting[element.get(f"{W}id") or ""].append(number)
            for paragraph in element.iter(f"{W}p"):
                by_paragraph[paragraph.get(f"{W14}paraId") or ""] = number
            text = "\n".join(_words(paragraph) for paragraph in element.iter(f"{W}p")).strip()
            self.told.append({"author": (element.get(f"{W}author") or "")[:120], "date": (element.get(f"{W}date") or "")[:40],
                              "text": text[:MOST_WORDS], "anchored": ""})  # fmt: skip
        by_paragraph.pop("", None)
        if extended is not None:
            self._threads(extended, by_paragraph)

    def _threads(self, extended: Any, by_paragraph: dict[str, int]) -> None:
        for entry in extended.iter(f"{W15}commentEx"):
            number = by_paragraph.get(entry.get(f"{W15}paraId") or "")
            if number is None:
                continue
            if (entry.get(f"{W15}done") or "0") in ("1", "true"):
                self.told[number]["resolved"] = True
            parent = by_paragraph.get(entry.get(f"{W15}paraIdParent") or "")
            if parent is not None and parent != number:
                self.told[number]["parent"] = parent

    def begin(self, identifier: str, paragraph: int, piece: int) -> None:
        """The words of a comment begin."""
        waiting = self._waiting.get(identifier)
        if waiting:
            number = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            if "paragraph" not in self.told[number]:
                self.told[number] |= {"paragraph": paragraph, "piece": piece}
                self._open[identifier] = number

    def words(self, text: str) -> None:
        """Words come by."""
        for identifier, number in list(self._open.items()):
            told = self.told[number]
            told["anchored"] = (told["anchored"] + text)[:MOST_ANCHOR]
            if len(told["anchored"]) == MOST_ANCHOR:
                del self._open[identifier]

    def end(self, identifier: str) -> None:
        """They end."""
        self._open.pop(identifier, None)


def _words(paragraph: Any) -> str:
    return "".join(
        element.text or "" if element.tag == f"{W}t" else " " for element in paragraph.iter(f"{W}t", f"{W}tab", f"{W}br")
    )


def identity(
    parts: dict[str, bytes], parse: Callable[[bytes], Any], bookmarks: list[str], footers: Iterable[str]
) -> dict[str, Any]:
    """What the file says about which agreement it is; a customXml part counts in our namespace only."""
    properties, found = [], []
    if "docProps/custom.xml" in parts:
        for entry in parse(parts["docProps/custom.xml"]):
            if entry.get("name") == "DpaAgreementId":
                properties.append("".join(entry.itertext()).strip()[:64])
    for name, data in parts.items():
        if re.fullmatch(r"customXml/item\d+\.xml", name):
            root = parse(data)
            if root.tag == AGREEMENT:
                found.append((root.get("id") or "").strip()[:64])
    lines = list(dict.fromkeys(line for line in footers if line))
    return {"properties": [each for each in properties if each], "custom_xml": [each for each in found if each],
            "bookmarks": bookmarks, "footers": lines[:50]}  # fmt: skip


def file_remarks(settings: Any, body: Any, parts: dict[str, bytes]) -> set[str]:
    """What a person should know about the file: protected, tracking-on, bound (words that Word replaces by data when it opens the file),
    fonts (its own letters, which may be drawn as others).
    """
    found = set()
    if settings is not None:
        if settings.find(f"{W}documentProtection") is not None or settings.find(f"{W}writeProtection") is not None:
            found.add("protected")
        if settings.find(f"{W}trackRevisions") is not None:
            found.add("tracking-on")
    if next(body.iter(f"{W}dataBinding"), None) is not None:
        found.add("bound")
    if any(name.casefold().endswith((".odttf", ".ttf", ".otf")) for name in parts):
        found.add("fonts")
    return found
