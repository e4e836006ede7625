"""Build templates/typst/fonts/last-resort.ttf: a box for every character that the other fonts of the PDF do not have.

Without it a party's name with an emoji or a Chinese character would stop the PDF/A export. With it the character prints as an
empty box and stays in the text layer, so that searching, copying and reading aloud find it. All boxes look the same, but there
are many of them: readers of PDF keep the characters apart by glyph number.

    python -m tools.last_resort_font
"""

from __future__ import annotations

import struct
from pathlib import Path

FAMILY = "Last Resort Box"
TARGET = Path(__file__).resolve().parent.parent / "templates" / "typst" / "fonts" / "last-resort.ttf"
UNITS, ADVANCE, LEFT, BOTTOM, RIGHT, TOP, PEN = 1000, 700, 70, -100, 630, 680, 45
BOXES = 4096  # characters that differ by a multiple of this share a glyph number
FIRST_BOX = 2  # 0 is "no glyph", 1 the drawing that the others refer to


def _drawing() -> bytes:
    """The outline of the box: an outer and an inner square, the inner one the other way round."""
    points = [(LEFT, BOTTOM), (LEFT, TOP), (RIGHT, TOP), (RIGHT, BOTTOM)]
    points += [(LEFT + PEN, BOTTOM + PEN), (RIGHT - PEN, BOTTOM + PEN), (RIGHT - PEN, TOP - PEN), (LEFT + PEN, TOP - PEN)]
    head = struct.pack(">hhhhhHHH", 2, LEFT, BOTTOM, RIGHT, TOP, 3, 7, 0)
    steps = [(x - px, y - py) for (x, y), (px, py) in zip(points, [(0, 0), *points], strict=False)]
    coordinates = [step[0] for step in steps] + [step[1] for step in steps]
    return _padded(head + bytes([1] * len(points)) + struct.pack(f">{len(coordinates)}h", *coordinates))


def _reference() -> bytes:
    """A glyph that shows glyph 1."""
    return struct.pack(">hhhhhHHbb", -1, LEFT, BOTTOM, RIGHT, TOP, 0x0002, 1, 0, 0)


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)


def _checksum(data: bytes) -> int:
    data = _padded(data)
    return sum(struct.unpack(f">{len(data) // 4}I", data)) & 0xFFFFFFFF


def _cmap() -> bytes:
    """Every character but the surrogates, in stretches of BOXES."""
    groups = []
    for start in range(0, 0x110000, BOXES):
        low, high = max(start, 0x20), start + BOXES - 1
        for first, last in ((low, min(high, 0xD7FF)), (max(low, 0xE000), high)):
            if first <= last:
                groups.append((first, last, FIRST_BOX + first % BOXES))
    groups = sorted(set(groups))
    table = struct.pack(">HHIII", 12, 0, 16 + 12 * len(groups), 0, len(groups))
    return struct.pack(">HHHHI", 0, 1, 3, 10, 12) + table + b"".join(struct.pack(">III", *group) for group in groups)


def _name() -> bytes:
    records, data = b"", b""
    names = [(1, FAMILY), (2, "Regular"), (4, FAMILY), (6, FAMILY.replace(" ", ""))]
    for number, text in names:
        encoded = text.encode("utf-16-be")
        records += struct.pack(">HHHHHH", 3, 1, 0x409, number, len(encoded), len(data))
        data += encoded
    return struct.pack(">HHH", 0, len(names), 6 + len(records)) + records + data


def _tables() -> dict[bytes, bytes]:
    outlines = [_drawing(), _drawing(), *[_reference()] * BOXES]
    offsets = [0]
    for outline in outlines:
        offsets.append(offsets[-1] + len(outline))
    count = len(outlines)
    extent = (LEFT, BOTTOM, RIGHT, TOP)
    os2 = struct.pack(">HhHHH", 4, ADVANCE, 400, 5, 0) + struct.pack(">11h", 650, 600, 0, 75, 650, 600, 0, 350, 50, 300, 0)
    os2 += bytes(10) + bytes(16) + b"DPA " + struct.pack(">HHH", 0x40, 0x20, 0xFFFF)
    os2 += struct.pack(">hhhHHIIhhHHH", 800, -200, 0, 800, 200, 1, 0, 500, 700, 0, 0x20, 1)
    return {
        b"OS/2": os2,
        b"cmap": _cmap(),
        b"glyf": b"".join(outlines),
        b"head": struct.pack(">IIIIHHqq4h", 0x10000, 0x10000, 0, 0x5F0F3CF5, 3, UNITS, 0, 0, *extent)
        + struct.pack(">HHhhh", 0, 8, 2, 1, 0),
        b"hhea": struct.pack(">IhhhHhhhhhhhhhhhH", 0x10000, 800, -200, 0, ADVANCE, LEFT, 70, RIGHT, 1, *[0] * 7, count),
        b"hmtx": struct.pack(">Hh", ADVANCE, LEFT) * count,
        b"loca": struct.pack(f">{len(offsets)}I", *offsets),
        b"maxp": struct.pack(">IHHHHHHHHHHHHHH", 0x10000, count, 8, 2, 8, 2, 1, 0, 0, 0, 0, 0, 0, 1, 1),
        b"name": _name(),
        b"post": struct.pack(">IIhhIIIII", 0x30000, 0, -100, 50, 0, 0, 0, 0, 0),
    }


def build() -> bytes:
    """The font file; the same bytes every time."""
    tables = _tables()
    offset = 12 + 16 * len(tables)
    directory, body, head_at = b"", b"", 0
    for tag, data in sorted(tables.items()):
        if tag == b"head":
            head_at = offset + len(body)
        directory += tag + struct.pack(">III", _checksum(data), offset + len(body), len(data))
        body += _padded(data)
    power = 1 << (len(tables).bit_length() - 1)
    start = struct.pack(">IHHHH", 0x10000, len(tables), power * 16, power.bit_length() - 1, (len(tables) - power) * 16)
    font = start + directory + body
    adjustment = struct.pack(">I", (0xB1B0AFBA - _checksum(font)) & 0xFFFFFFFF)
    return font[: head_at + 8] + adjustment + font[head_at + 12 :]


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_bytes(build())
