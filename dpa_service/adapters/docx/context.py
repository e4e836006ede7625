"""From a snapshot (docs/snapshot.md) to what the Word template prints.

The template decides the order and the look; what it cannot hold, because Word refuses a tag where it expects a number, is made here
as ready pieces of WordprocessingML: runs, bookmarks, cross-reference fields, the entries of the table of contents, tables. The
template prints those with `{{r …|safe }}`; everything else stays plain text and is escaped when it is printed.
"""

from __future__ import annotations

import marshal
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from dpa_service.domain.errors import DomainError

Json = Mapping[str, Any]
Snapshot = Mapping[str, Any]

TEXT_WIDTH = 9072  # twentieths of a point: A4 with margins of 2.5 cm, as in the template
NBSP = "\u00a0"

LINE_BREAK = '</w:t><w:br/><w:t xml:space="preserve">'
_CONTROL = "\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff"  # what XML forbids, and the invisible controls it allows
_UNPRINTABLE = re.compile(f"[{_CONTROL}]")
_BOOKMARKS = re.compile(r"(?:[A-Za-z_][A-Za-z0-9_]{0,39}\n)*")
_BEGIN, _SEPARATE, _END = (f'<w:r><w:fldChar w:fldCharType="{part}"/></w:r>' for part in ("begin", "separate", "end"))

_RANGE = 10_000  # numbers of bookmarks that a clause or annex has to itself; those below are the parts'
_LINE, _TAB = "<w:r><w:br/></w:r>", "<w:r><w:tab/></w:r>"


def _paragraph(style: str) -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>'


_HEAD, _CELL, _CELL_LINE = _paragraph("Tabelkop"), _paragraph("Tabeltekst"), _paragraph("Tabelregel")


class RenderError(DomainError):
    """A snapshot or template from which no document can be made; the message names what is wrong."""

    def __init__(self, message: str) -> None:
        super().__init__("RENDER_FAILED", message)


# ---- texts ---------------------------------------------------------------------------------------------------------


def clean(value: str) -> str:
    """A text without what Word cannot hold: controls and halves of surrogate pairs go, a tab is a space, a line end is a newline."""
    if _UNPRINTABLE.search(value) or "\t" in value:
        value = _UNPRINTABLE.sub("", value.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    return value


def escape(value: str) -> str:
    """A clean text as the content of w:t; a newline becomes a line break.

    Other letters than ASCII become character references: Python joins and encodes a document of one-byte letters far quicker.
    """
    value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", LINE_BREAK)
    return value if value.isascii() else value.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _t(value: str) -> str:
    """One w:t. Word drops outer spaces unless it is told to keep them."""
    value = escape(clean(value))
    outer = value[:1] == " " or value[-1:] == " " or LINE_BREAK in value
    return f'<w:t xml:space="preserve">{value}</w:t>' if outer else f"<w:t>{value}</w:t>"


class _Runs(dict[str, str]):
    """Text → its run, made once: most of an agreement is the house's own words, which come by for every client."""

    def __init__(self, properties: str = "") -> None:
        super().__init__()
        self.opening = f"<w:r>{properties}"

    def __missing__(self, text: str) -> str:
        if len(self) >= 8192:  # names and addresses do not pile up
            self.clear()
        made = self[text] = f"{self.opening}{_t(text)}</w:r>"
        return made


_RUNS, _BOLD = _Runs(), _Runs("<w:rPr><w:b/><w:bCs/></w:rPr>")


@lru_cache(maxsize=1024)
def _reference(target: str, text: str) -> str:
    """A REF field to a numbered paragraph that shows `text` until Word computes it again; points need their full number (\\w)."""
    switch = "w" if "(" in text else "r"
    instruction = rf'<w:r><w:instrText xml:space="preserve"> REF {target} \{switch} \h </w:instrText></w:r>'
    return f"{_BEGIN}{instruction}{_SEPARATE}{_RUNS[text]}{_END}"


def _link(target: str, text: str) -> str:
    """A link to a paragraph without number."""
    return f'<w:hyperlink w:anchor="{target}" w:history="1">{_RUNS[text]}</w:hyperlink>'


# ---- pieces of one document ----------------------------------------------------------------------------------------


class _Pieces:
    """Makes pieces of a document and keeps their bookmarks: they need unique numbers (above `base`), and references need targets."""

    def __init__(self, unnumbered: frozenset[str], base: int = 0) -> None:
        self.names: list[str] = []
        self.targets: list[str] = []
        self.unnumbered = unnumbered  # bookmarks of paragraphs without a number, which a REF field cannot print
        self.base = base

    def bookmark(self, name: str) -> tuple[str, str]:
        """The start and the end of a new bookmark."""
        self.names.append(name)
        number = self.base + len(self.names)
        return f'<w:bookmarkStart w:id="{number}" w:name="{name}"/>', f'<w:bookmarkEnd w:id="{number}"/>'

    def runs(self, runs: Sequence[Json], bookmark: str | None = None) -> str:
        """The runs of a paragraph, within its bookmark if it has one."""
        out = ""
        for run in runs:
            if len(run) == 1:
                out += _RUNS[run["text"]]
            elif "ref" in run:
                self.targets.append(run["ref"])
                out += (_link if run["ref"] in self.unnumbered else _reference)(run["ref"], run["text"])
            elif run.get("break"):
                out += _LINE
            elif run.get("bold"):
                out += _BOLD[run["text"]]
            else:
                out += _RUNS[run["text"]]
        if bookmark is None:
            return out
        self.names.append(bookmark)
        number = self.base + len(self.names)
        return f'<w:bookmarkStart w:id="{number}" w:name="{bookmark}"/>{out}<w:bookmarkEnd w:id="{number}"/>'

    def paragraphs(self, items: Sequence[Json]) -> list[dict[str, Any]]:
        """Paragraphs or points, with the points under them."""
        made = []
        for item in items:
            points = item["points"]
            made.append({"text": self.runs(item["runs"], item["bookmark"]), "points": self.paragraphs(points) if points else []})
        return made

    def clause(self, clause: Json) -> dict[str, Any]:
        """A heading with paragraphs; the clause's bookmark runs from the start of the heading to the end of the last of them."""
        start, end = self.bookmark(clause["bookmark"])
        paragraphs = self.paragraphs(clause["paragraphs"])
        heading = start + _RUNS[clause["heading"]]
        if not paragraphs:
            return {"heading": heading + end, "paragraphs": []}
        last = paragraphs[-1]
        while last["points"]:
            last = last["points"][-1]
        last["text"] += end
        return {"heading": heading, "paragraphs": paragraphs}

    def annex(self, annex: Json) -> dict[str, Any]:
        """An annex: its heading and its blocks; the spacer after a table can hold the end of the annex's bookmark."""
        start, end = self.bookmark(annex["bookmark"])
        heading = start + _RUNS[annex["heading"]]
        blocks = [
            {"kind": "table", "table": self.table(block), "text": ""}
            if block["kind"] == "table"
            else {"kind": block["kind"], "text": self.runs(block["runs"], block["bookmark"])}
            for block in annex["blocks"]
        ]
        if not blocks:
            return {"heading": heading + end, "blocks": []}
        blocks[-1]["text"] += end
        return {"heading": heading, "blocks": blocks}

    def table(self, block: Json) -> str:
        """A table in the house's style: widths in percent, a heading row that returns on every page, rows that stay whole."""
        widths = [TEXT_WIDTH * percent // 100 for percent in block["widths"]]
        widths[-1] += TEXT_WIDTH - sum(widths)
        cells = [f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>' for width in widths]
        heads = "".join(
            f"{cell}{_HEAD}{_RUNS[column]}</w:p></w:tc>" for cell, column in zip(cells, block["columns"], strict=True)
        )
        rows = f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{heads}</w:tr>"
        for row in block["rows"]:
            rows += "<w:tr><w:trPr><w:cantSplit/></w:trPr>"
            for cell, runs in zip(cells, row, strict=True):
                content = self.runs(runs)
                if _LINE in content:  # a paragraph for each line, with a hanging indent that shows where the next one begins
                    rows += f"{cell}{_CELL_LINE}{content.replace(_LINE, f'</w:p>{_CELL_LINE}')}</w:p></w:tc>"
                else:
                    rows += f"{cell}{_CELL}{content}</w:p></w:tc>"
            rows += "</w:tr>"
        grid = "".join([f'<w:gridCol w:w="{width}"/>' for width in widths])
        return (
            f'<w:tbl><w:tblPr><w:tblStyle w:val="DpaTabel"/><w:tblW w:w="{TEXT_WIDTH}" w:type="dxa"/><w:tblLayout w:type="fixed"/>'
            '<w:tblLook w:val="0620" w:firstRow="1" w:lastRow="0" w:firstColumn="0" w:lastColumn="0" w:noHBand="1" w:noVBand="1"/>'
            f"</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl>"
        )


@lru_cache(maxsize=384)
def _made(kind: str, base: int, unnumbered: frozenset[str], packed: bytes) -> tuple[dict[str, Any], list[str], list[str]]:
    """A clause or annex, its bookmarks and its targets; made once for the same words at the same place, whoever the client is."""
    pieces = _Pieces(unnumbered, base)
    made = pieces.clause(marshal.loads(packed)) if kind == "clause" else pieces.annex(marshal.loads(packed))  # noqa: S302 - packed here
    return made, pieces.names, pieces.targets


class _Document(_Pieces):
    """The pieces of one document, with all its bookmarks and targets."""

    def __init__(self, unnumbered: frozenset[str]) -> None:
        super().__init__(unnumbered)
        self.count = 0

    def piece(self, kind: str, content: Json) -> dict[str, Any]:
        """A clause or annex. What comes back is shared between documents and never changed."""
        self.count += 1
        made, names, targets = _made(kind, self.count * _RANGE, self.unnumbered, marshal.dumps(dict(content), 4))
        self.names += names
        self.targets += targets
        return made

    def check(self) -> None:
        """Error: ``RenderError`` naming a reference without target, a bookmark used twice, or a name that is no bookmark."""
        known = set(self.names)
        if not _BOOKMARKS.fullmatch("\n".join((*self.names, ""))):
            raise RenderError(f"not every bookmark is a name that Word takes: {sorted(known)}")
        if len(known) != len(self.names):
            raise RenderError(f"bookmark used twice: {Counter(self.names).most_common(1)[0][0]}")
        if missing := set(self.targets) - known:
            raise RenderError(f"reference to a bookmark that is not in the document: {min(missing)}")


def _contents(snapshot: Snapshot, part_names: Sequence[str]) -> list[dict[str, Any]]:
    """The entries of the table of contents as Word would make them: a field over all of them, each a link without page number."""
    part_word, annex_word = snapshot["labels"]["part"], snapshot["labels"]["annex"]
    recitals, closing = snapshot["recitals"], snapshot["closing"]
    entries: list[tuple[bool, str, str | None, str]] = []
    if recitals:
        entries.append((True, recitals["bookmark"], None, recitals["heading"]))
    for name, part in zip(part_names, snapshot["parts"], strict=True):
        entries.append((True, name, f"{part_word}{NBSP}{part['label']}", part["title"]))
        entries += [(False, article["bookmark"], article["label"], article["heading"]) for article in part["articles"]]
    entries.append((True, closing["bookmark"], None, closing["heading"]))
    for annex in snapshot["annexes"]:
        entries.append((True, annex["bookmark"], f"{annex_word}{NBSP}{annex['label']}", annex["heading"]))
    links = [
        f'<w:hyperlink w:anchor="{anchor}" w:history="1">{_RUNS[label] + _TAB if label else ""}{_RUNS[heading]}</w:hyperlink>'
        for _, anchor, label, heading in entries
    ]
    instruction = r'<w:r><w:instrText xml:space="preserve"> TOC \o "1-1" \n \h \z \u </w:instrText></w:r>'
    links[0] = f"{_BEGIN}{instruction}{_SEPARATE}{links[0]}"
    links[-1] += _END
    return [{"main": entry[0], "link": link} for entry, link in zip(entries, links, strict=True)]


def _party(party: Json, intro: str, labels: Mapping[str, str]) -> dict[str, Any]:
    role, signature = party["role_label"], party["signature"]
    return {
        "intro": intro,
        "name": clean(party["name"]),
        "lines": [clean(line) for line in party["description"]],
        "hereafter": clean(labels["hereafter"].replace("{role}", role)),
        "signed_for": clean(labels["signed_for"].replace("{role}", role)),
        "signature_name": clean(signature["name"] or ""),
        "signature_role": clean(signature["role"]),
    }


def _context(snapshot: Snapshot) -> dict[str, Any]:
    labels = {key: clean(value) for key, value in snapshot["labels"].items()}
    closing_paragraphs = [{"bookmark": None, "points": [], **paragraph} for paragraph in snapshot["closing"]["paragraphs"]]
    blocks = [block for annex in snapshot["annexes"] for block in annex["blocks"] if block["kind"] in ("text", "bullet")]
    pieces = _Document(frozenset(item["bookmark"] for item in (*blocks, *closing_paragraphs) if item["bookmark"]))
    recitals = pieces.piece("clause", snapshot["recitals"]) if snapshot["recitals"] else None
    parts, part_names = [], []
    for number, part in enumerate(snapshot["parts"], 1):
        part_names.append(f"_part_{number}")
        pieces.names.append(part_names[-1])
        start, end = f'<w:bookmarkStart w:id="{number}" w:name="{part_names[-1]}"/>', f'<w:bookmarkEnd w:id="{number}"/>'
        articles = [pieces.piece("clause", article) for article in part["articles"]]
        parts.append({"title": start + _RUNS[part["title"]] + end, "articles": articles})
    closing = pieces.piece("clause", {**snapshot["closing"], "paragraphs": closing_paragraphs})
    annexes = [pieces.piece("annex", annex) for annex in snapshot["annexes"]]
    pieces.check()
    signed = len(snapshot["parties"]) == 2
    intros = (labels["between"], labels["and"]) if signed else (labels["issuer"],)
    parties = [_party(party, intro, labels) for party, intro in zip(snapshot["parties"], intros, strict=True)]
    return {
        **{key: clean(snapshot[key]) for key in ("title", "subtitle", "reference", "agreement_id")},
        "draft": bool(snapshot["draft"]),
        "author": parties[-1]["name"],
        "date": clean(snapshot["date"]["text"]),
        "date_iso": date.fromisoformat(snapshot["date"]["iso"]).isoformat(),
        "labels": labels,
        "parties": parties,
        "signatories": parties if signed else [],
        "toc": _contents(snapshot, part_names),
        "recitals": recitals,
        "parts": parts,
        "closing": closing,
        "annexes": annexes,
    }


def build(snapshot: Snapshot) -> dict[str, Any]:
    """The template's context: plain texts, numbers, lists and dicts.

    In: a snapshot. Errors: ``RenderError`` naming a missing value, a value of the wrong kind, or a reference without target.
    """
    try:
        return _context(snapshot)
    except KeyError as error:
        raise RenderError(f"the snapshot lacks the value {error.args[0]!r}") from error
    except (TypeError, AttributeError, ValueError) as error:
        raise RenderError(f"the snapshot holds a value of the wrong kind: {error}") from error
