"""The reader of Word files that runs by itself under limits (adapters/confined.py): a file on standard input, JSON on standard output.

Imports nothing of the product. Everything is checked before it is parsed, and nothing outside of the file is touched.
"""

from __future__ import annotations

import io
import json
import posixpath
import re
import sys
import zipfile
from collections.abc import Iterator
from typing import Any

from lxml import etree

MOST_ENTRIES, MOST_PART, MOST_WHOLE = 200, 20 * 2**20, 60 * 2**20
MOST_TAGS = 1_500_000  # of one part; the whole agreement has 15,000
PICTURE = "▣"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_DOCTYPE = re.compile("<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_ENCODING = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([^"']+)["']""", re.IGNORECASE)
_PAGE_FIELDS = re.compile(r"\s*(PAGE|NUMPAGES|SECTIONPAGES|PAGEREF)\b", re.IGNORECASE)
_EXTERNAL = ("attachedTemplate", "image", "oleObject", "frame", "subDocument", "externalLink", "aFChunk")


class Refusal(Exception):
    """Why a file is not read: a code of adapters/confined.py."""


def package(content: bytes) -> dict[str, bytes]:
    """The parts of a package by name, after all checks. Error: ``Refusal``."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise Refusal("NOT_READABLE") from None
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES or any(entry.file_size > MOST_PART for entry in entries):
        raise Refusal("TOO_BIG")
    if sum(entry.file_size for entry in entries) > MOST_WHOLE:
        raise Refusal("TOO_BIG")
    names = [entry.filename for entry in entries]
    if len({name.casefold() for name in names}) != len(names) or any(_odd(name) for name in names):
        raise Refusal("UNSAFE")
    if any(entry.flag_bits & 1 for entry in entries):
        raise Refusal("PASSWORD")
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        raise Refusal("UNSAFE")
    if any(name.casefold().endswith(("vbaproject.bin", "vbadata.xml")) for name in names):
        raise Refusal("MACROS")
    try:
        return {entry.filename: archive.read(entry) for entry in entries if not entry.is_dir()}
    except (zipfile.BadZipFile, EOFError, ValueError, OSError, NotImplementedError):
        raise Refusal("NOT_READABLE") from None


def _odd(name: str) -> bool:
    """A name that leads out of the package."""
    return name.startswith(("/", "\\")) or "\\" in name or "\0" in name or ":" in name or ".." in name.split("/")


def parse(data: bytes) -> Any:
    """The root of an XML part. Error: ``Refusal`` for a DTD, an entity, an unusual encoding, too many tags, or no XML."""
    if data.count(b"<") > MOST_TAGS:  # millions of empty paragraphs pack into nothing and unpack into gigabytes
        raise Refusal("TOO_BIG")
    declared = _ENCODING.match(data[:200].lstrip(b"\xef\xbb\xbf"))
    utf16 = data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in data[:4]
    if declared and declared[1].lower() not in (b"utf-8", b"us-ascii", b"ascii"):
        raise Refusal("UNSAFE")
    text = data.decode(
        "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-16-le" if utf16 else "utf-8", errors="replace"
    )
    if _DOCTYPE.search(text):
        raise Refusal("UNSAFE")
    # From here on libxml2 sees what was checked and nothing else.
    clean = re.sub(r"^\s*<\?xml[^>]*\?>", "", text.lstrip("\ufeff"), count=1).encode()
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
                             remove_comments=True, remove_pis=True)  # fmt: skip
    try:
        return etree.fromstring(clean, parser)
    except etree.XMLSyntaxError:
        raise Refusal("NOT_READABLE") from None


def opened(content: bytes) -> dict[str, bytes]:
    """The parts of a Word file without macros, by name, after all checks. Error: ``Refusal``."""
    parts = package(content)
    if "[Content_Types].xml" not in parts or "word/document.xml" not in parts:
        raise Refusal("NOT_READABLE")
    types = parse(parts["[Content_Types].xml"])
    if any("macroenabled" in kind.lower() or "vba" in kind.lower() for kind in types.xpath("//@ContentType")):
        raise Refusal("MACROS")
    if STRICT in parts["word/document.xml"]:
        raise Refusal("NOT_READABLE")
    if [name for kind, name in related(parts, "_rels/.rels", "") if kind == "officeDocument"] != ["word/document.xml"]:
        raise Refusal("NOT_READABLE")  # what Word would open is another part than the one that is read
    return parts


def related(parts: dict[str, bytes], name: str, folder: str) -> list[tuple[str, str]]:
    """What a list of relations names inside of the package: (kind, part)."""
    found = []
    for relation in parse(parts[name]) if name in parts else ():
        target = relation.get("Target") or ""
        if (relation.get("TargetMode") or "").lower() != "external":
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}{target}")
            found.append(((relation.get("Type") or "").rsplit("/", 1)[-1], path))
    return found


def read(content: bytes) -> dict[str, Any]:
    """What a Word file says. Error: ``Refusal``."""
    parts = opened(content)
    remarks: set[str] = set()
    lines: list[str] = []
    roots = [("word/document.xml", parse(parts["word/document.xml"]))]
    extra = sorted(name for name in parts if re.fullmatch(r"word/(footnotes|endnotes|header\d*|footer\d*)\.xml", name))
    roots += [(name, parse(parts[name])) for name in extra]
    said: set[str] = set()
    for name, root in roots:
        if root.find(f".//{W}ins") is not None or root.find(f".//{W}del") is not None or root.find(f".//{W}moveFrom") is not None:
            remarks.add("tracked")
        for line in paragraphs(root):
            if name != "word/document.xml":  # a header may stand in many parts; it is said once
                if line in said:
                    continue
                said.add(line)
            lines.append(line)
    remarks |= links(parts)
    if "word/comments.xml" in parts:
        remarks.add("comments")
    return {"text": "\n".join(lines), "agreement_ids": identities(parts), "remarks": sorted(remarks)}


def paragraphs(root: Any) -> Iterator[str]:
    """The paragraphs with words, in reading order. Of two alternatives of the same drawing only the first is read."""
    pieces: list[str] = []
    fields: list[list[Any]] = []  # of each open field: its instruction, and whether its result has begun

    def hidden() -> bool:
        return any(not begun or _PAGE_FIELDS.match(instruction) for instruction, begun in fields)

    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = element.tag
        if event == "end":
            if tag == f"{W}p" or tag == f"{W}tc":
                line = " ".join("".join(pieces).split())
                pieces.clear()
                if line:
                    yield line
            continue
        if tag == f"{W}p" and pieces:  # a text box inside of a paragraph
            pieces.append(" ")
        elif tag == f"{W}fldChar":
            kind = element.get(f"{W}fldCharType")
            if kind == "begin":
                fields.append(["", False])
            elif kind == "separate" and fields:
                fields[-1][1] = True
            elif kind == "end" and fields:
                fields.pop()
        elif tag == f"{W}instrText":
            if fields and not fields[-1][1]:
                fields[-1][0] += element.text or ""
        elif _left_out(element):
            continue
        elif tag == f"{W}t":
            if not hidden():
                pieces.append(element.text or "")
        elif tag in (f"{W}tab", f"{W}br", f"{W}cr"):
            if element.getparent().tag == f"{W}r":
                pieces.append(" ")
        elif tag == f"{W}noBreakHyphen":
            pieces.append("-")
        elif tag == f"{W}sym":
            pieces.append(f"[{element.get(f'{W}char')}]")
        elif tag in (f"{W}drawing", f"{W}pict", f"{W}object", f"{W}altChunk"):
            pieces.append(f" {PICTURE} ")
            if tag == f"{W}altChunk":
                yield PICTURE


def _left_out(element: Any) -> bool:
    """Whether a piece of text is inside what is not read: a deleted revision, or the second form of an alternative."""
    if element.tag not in (f"{W}t", f"{W}drawing", f"{W}pict", f"{W}object", f"{W}br", f"{W}tab", f"{W}sym", f"{W}noBreakHyphen"):
        return False
    for parent in element.iterancestors():
        if parent.tag in (f"{W}del", f"{W}moveFrom"):
            return True
        if parent.tag == f"{MC}Fallback":
            return any(child.tag == f"{MC}Choice" and said(child) == said(parent) for child in parent.getparent())
        if parent.tag in (f"{W}body", f"{W}txbxContent") and parent.tag == f"{W}body":
            return False
    return False


def said(element: Any) -> str:
    """The words in an element: two forms of a drawing say the same, unless somebody made them differ."""
    return "".join(text.text or "" for text in element.iter(f"{W}t"))


def links(parts: dict[str, bytes]) -> set[str]:
    """Remarks about what the file would fetch from elsewhere. Nothing is fetched."""
    found = set()
    for name in parts:
        if name.endswith(".rels"):
            for relation in parse(parts[name]):
                kind = (relation.get("Type") or "").rsplit("/", 1)[-1]
                if (relation.get("TargetMode") or "").lower() == "external" and kind in _EXTERNAL:
                    found.add("external")
                if kind in ("aFChunk", "oleObject", "package"):
                    found.add("embedded")
    return found


def identities(parts: dict[str, bytes]) -> list[str]:
    """The ids of agreements that the file carries: in the property, and in the customXml part."""
    found = []
    if "docProps/custom.xml" in parts:
        for entry in parse(parts["docProps/custom.xml"]):
            if entry.get("name") == "DpaAgreementId":
                found.append("".join(entry.itertext()).strip())
    for name, data in parts.items():
        if re.fullmatch(r"customXml/item\d+\.xml", name):
            root = parse(data)
            if root.tag == "{urn:dpa-service:agreement}agreement":
                found.append(root.get("id") or "")
    return sorted({value[:64] for value in found if value})


def main() -> None:
    """Standard input to standard output."""
    try:
        answer: dict[str, Any] = read(sys.stdin.buffer.read())
    except Refusal as refusal:
        answer = {"refused": str(refusal)}
    except (MemoryError, RecursionError):
        answer = {"refused": "TOO_BIG"}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
