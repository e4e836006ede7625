"""How words of a Word file look, through styles and direct formatting. Loaded by returned_child.py; imports nothing of the product."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_ON_OFF = {"b": "bold", "i": "italic", "strike": "strike", "dstrike": "strike2", "vanish": "hidden", "specVanish": "hidden",
           "rtl": "rtl", "caps": "caps", "smallCaps": "smallcaps"}  # fmt: skip
_TINY, _NARROW = 7, 20  # half points of height, percent of width: below these nobody reads a word
_LIGHT = 0.93
_LOW = 120  # twentieths of a point that a line needs at least
_DEEPEST = 20  # styles that a style may be based on


def val(element: Any, name: str) -> str | None:
    """The value of a child, or None."""
    child = element.find(f"{W}{name}") if element is not None else None
    return None if child is None else child.get(f"{W}val")


def is_on(element: Any) -> bool:
    """Whether a switch is on: present, and not said to be off."""
    return element is not None and (element.get(f"{W}val") or "1").lower() not in ("0", "false", "off", "none")


class Looks:
    """The looks of one file, each told once; and of every paragraph style its name and its level of numbering."""

    def __init__(self, styles: Any, numbering: Any) -> None:
        self.known: dict[frozenset[str], int] = {frozenset(): 0}
        self.styles: dict[str, Any] = {}
        self.default = ""
        self.base: dict[str, str] = {}
        self.labels = _labels(numbering) if numbering is not None else {}
        self._chains: dict[str, dict[str, str]] = {}
        self._made: dict[tuple[str, bytes], int] = {}
        self._levels: dict[str, tuple[str | None, str | None]] = {}
        self._names: dict[str, str] = {}
        if styles is None:
            return
        for style in styles.iterfind(f"{W}style"):
            name = style.get(f"{W}styleId") or ""
            self.styles.setdefault(name, style)
            if style.get(f"{W}type") == "paragraph" and style.get(f"{W}default") in ("1", "true", "on"):
                self.default = name
        self.base = dict(_properties(styles.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr")))

    def told(self) -> list[list[str]]:
        """Every look, in the order of their numbers."""
        return [sorted(look) for look in self.known]

    def name(self, style: str | None) -> str:
        """The name of a paragraph style, in small letters: programs change the ids and keep the names."""
        style = style or self.default
        if style not in self._names:
            self._names[style] = (val(self.styles.get(style), "name") or style).lower()[:80]
        return self._names[style]

    def level(self, properties: Any, style: str) -> tuple[int | None, str]:
        """The level of a paragraph's number and what is printed around it ("%1.%2"), from its own properties or its style's."""
        own = properties.find(f"{W}numPr") if properties is not None else None
        number, level = (val(own, "numId"), val(own, "ilvl")) if own is not None else (None, None)
        given = self._level(style or self.default)
        number, level = given[0] if number is None else number, given[1] if level is None else level
        if number is None or number == "0":
            return None, ""
        place = int(level) if level and level.isdecimal() else 0
        return place, self.labels.get((number, str(place)), "")

    def _level(self, style: str) -> tuple[str | None, str | None]:
        """The list and the level of a style."""
        if style not in self._levels:
            number = level = None
            for each in self._bases(style):
                given = each.find(f"{W}pPr/{W}numPr")
                number = val(given, "numId") if number is None else number
                level = val(given, "ilvl") if level is None else level
            self._levels[style] = number, level
        return self._levels[style]

    def number(self, style: str, own: Any) -> int:
        """The number of the look of a run with properties `own` in a paragraph of a style."""
        key = (style, _packed(own))
        if key not in self._made:
            properties = self.base | self._chain(style or self.default)
            if own is not None:
                properties |= self._chain(val(own, "rStyle") or "")
                properties |= dict(_properties(own))
            self._made[key] = self.number_of(_look(properties))
        return self._made[key]

    def number_of(self, look: frozenset[str]) -> int:
        """The number of a look."""
        return self.known.setdefault(look, len(self.known))

    def _chain(self, style: str) -> dict[str, str]:
        if style not in self._chains:
            found: dict[str, str] = {}
            for each in self._bases(style):
                found = dict(_properties(each.find(f"{W}rPr"))) | found
            self._chains[style] = found
        return self._chains[style]

    def _bases(self, style: str) -> Iterator[Any]:
        for _ in range(_DEEPEST):
            element = self.styles.get(style)
            if element is None:
                return
            yield element
            style = val(element, "basedOn") or ""


def _labels(numbering: Any) -> dict[tuple[str, str], str]:
    """(list, level) → the words that its numbers are printed in, with the number it starts at where that is not the first."""
    kinds: dict[str, dict[str, str]] = {}
    for kind in numbering.iterfind(f"{W}abstractNum"):
        kinds[kind.get(f"{W}abstractNumId") or ""] = _lines(kind.iterfind(f"{W}lvl"))
    found = {}
    for each in numbering.iterfind(f"{W}num"):
        own = _lines(each.iterfind(f"{W}lvlOverride/{W}lvl"))
        known = kinds.get(val(each, "abstractNumId") or "", {}) | own
        for override in each.iterfind(f"{W}lvlOverride"):
            level, start = override.get(f"{W}ilvl") or "0", val(override, "startOverride")
            if start not in (None, "1"):
                known[level] = f"{known.get(level, '').partition('@')[0]}@{start}"
        for level, text in known.items():
            found[each.get(f"{W}numId") or "", level] = text
    return found


def _lines(levels: Any) -> dict[str, str]:
    found = {}
    for level in levels:
        start = val(level, "start")
        begins = f"@{start}" if start not in (None, "1") else ""
        found[level.get(f"{W}ilvl") or "0"] = (val(level, "lvlText") or "")[:200] + begins
    return found


def unseen_row(properties: Any) -> bool:
    """Whether a table row is hidden, or too low to show a word."""
    if properties is None:
        return False
    height = properties.find(f"{W}trHeight")
    low = height is not None and height.get(f"{W}hRule") == "exact" and _below(height.get(f"{W}val"), _LOW)
    return low or is_on(properties.find(f"{W}hidden"))


def unseen_cell(properties: Any) -> bool:
    """Whether a cell is covered by the one above it or beside it."""
    covered = [properties.find(f"{W}{name}") for name in ("vMerge", "hMerge")] if properties is not None else []
    return any(each is not None and each.get(f"{W}val") in (None, "continue") for each in covered)


def unseen_paragraph(properties: Any) -> bool:
    """Whether the lines of a paragraph are too low to show a word."""
    spacing = properties.find(f"{W}spacing") if properties is not None else None
    return spacing is not None and spacing.get(f"{W}lineRule") == "exact" and _below(spacing.get(f"{W}line"), _LOW)


def _below(value: str | None, least: int) -> bool:
    return value is not None and value.isdecimal() and int(value) < least


def _packed(own: Any) -> bytes:
    if own is None or not len(own):
        return b""
    return b"".join(f"{child.tag}{sorted(child.attrib.items())}".encode() for child in own if child.tag != f"{W}rPrChange")


def _properties(own: Any) -> Iterator[tuple[str, str]]:
    """What run properties say: each by its short name."""
    if own is None:
        return
    for child in own:
        name = child.tag.rpartition("}")[2] if isinstance(child.tag, str) else ""
        value = child.get(f"{W}val") or ""
        if name in _ON_OFF:
            yield _ON_OFF[name], "on" if is_on(child) else ""
        elif name == "u":
            yield "underline", "" if value in ("none", "") else "on"
        elif name == "highlight":
            yield "highlight", "" if value == "none" else "on"
        elif name == "shd":
            yield "shade", (child.get(f"{W}fill") or "").upper()
        elif name == "color":
            theme = (child.get(f"{W}themeColor") or "").lower()
            yield "colour", "FFFFFF" if theme in ("background1", "light1") else "" if value == "auto" else value.upper()
        elif name in ("sz", "w", "vertAlign"):
            yield name, value


def _look(properties: dict[str, str]) -> frozenset[str]:
    found = {
        name
        for name in ("bold", "italic", "underline", "hidden", "rtl", "caps", "smallcaps", "highlight")
        if properties.get(name)
    }
    if properties.get("strike") or properties.get("strike2"):
        found.add("strike")
    colour = properties.get("colour", "")
    if colour and colour != "000000":
        found.add(f"colour:{colour[:6]}")
    if _light(colour) and (not properties.get("shade") or _light(properties["shade"])):
        found.add("white")
    size, width = properties.get("sz", ""), properties.get("w", "").rstrip("%")
    if (size.isdecimal() and int(size) < _TINY) or (width.isdecimal() and int(width) < _NARROW):
        found.add("tiny")
    if properties.get("vertAlign") in ("superscript", "subscript"):
        found.add(properties["vertAlign"])
    return frozenset(found)


def _light(colour: str) -> bool:
    """Whether letters of a colour vanish on white paper."""
    try:
        red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4))
    except ValueError:
        return False
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue > _LIGHT
