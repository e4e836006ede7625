"""The look of our agreements: colours, styles, lists and settings of the Word template (see house_template)."""

from __future__ import annotations

import re

XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)

# The few words that numbering itself prints, and the proofing language.
LANGUAGE, PART_WORD, ANNEX_WORD, NBSP = "nl-BE", "Deel", "Bijlage", "\u00a0"

FONT, FALLBACK = "Calibri", "Carlito"  # the same widths
INK = "24384C"  # headings
MUTED = "5C6B7A"  # labels, page furniture
FAINT = "93A1AC"  # the identity in the footer
HAIRLINE = "B9C3CD"
PALE = "EEF1F4"  # heading rows
SIGNAL = "9C2A2A"  # the draft mark

PAGE_WIDTH, PAGE_HEIGHT, MARGIN = 11906, 16838, 1417  # A4 with 2.5 cm, in twentieths of a point
TEXT_WIDTH = PAGE_WIDTH - 2 * MARGIN
ARTICLES, PARTS, ANNEXES, RECITALS, BULLETS = 1, 2, 3, 4, 5  # the lists


def w(name: str, content: str = "", /, **attributes: object) -> str:
    """An element of WordprocessingML; attributes that are None are left out."""
    opening = f"<w:{name}" + "".join(f' w:{key}="{value}"' for key, value in attributes.items() if value is not None)
    return f"{opening}>{content}</w:{name}>" if content else f"{opening}/>"


# ---- properties of paragraphs and runs -----------------------------------------------------------------------------

BOLD, ITALIC = w("b") + w("bCs"), w("i") + w("iCs")
KEEP = w("keepNext") + w("keepLines")


def space(before: int, after: int, line: int | None = None) -> str:
    """Space around a paragraph in twentieths of a point; between its lines in 240ths of a line."""
    return w("spacing", before=before, after=after, line=line, lineRule="auto" if line else None)


def rule(side: str, gap: int = 4) -> str:
    """A hairline on one side of a paragraph."""
    return w("pBdr", w(side, val="single", sz=4, space=gap, color=HAIRLINE))


def indent(left: int, hanging: int, right: int | None = None) -> str:
    """An indent with the first line hanging out."""
    return w("ind", left=left, right=right, hanging=hanging)


def tab(kind: str, position: int) -> str:
    """One tab stop."""
    return w("tabs", w("tab", val=kind, pos=position))


def outline(level: int) -> str:
    """A place in Word's navigation pane."""
    return w("outlineLvl", val=level)


def numbered(number: int, level: int = 0) -> str:
    """Membership of a list: what makes a style numbered."""
    return w("numPr", (w("ilvl", val=level) if level else "") + w("numId", val=number))


def color(value: str) -> str:
    """A text colour."""
    return w("color", val=value)


def tracked(amount: int) -> str:
    """Space between letters."""
    return w("spacing", val=amount)


def size(half_points: int) -> str:
    """A font size in half points."""
    return w("sz", val=half_points) + w("szCs", val=half_points)


# ---- styles --------------------------------------------------------------------------------------------------------

_BUILT_IN = {"heading 1": "Heading1", "toc 1": "TOC1", "header": "Header", "footer": "Footer", "TOC Heading": "TOCHeading"}
_BUILT_IN |= {"Title": "Title", "Subtitle": "Subtitle", "Body Text": "BodyText"}


def paragraph_style(name: str, paragraph: str = "", run: str = "") -> str:
    """A paragraph style from the inside of its pPr and rPr. Its id is its name without spaces, as LibreOffice makes it too."""
    style_id = _BUILT_IN.get(name) or re.sub("[ -]", "", name)
    head = w("name", val=name) + w("basedOn", val="Normal") + w("uiPriority", val=10) + w("qFormat")
    body = (w("pPr", paragraph) if paragraph else "") + (w("rPr", run) if run else "")
    return w("style", head + body, type="paragraph", customStyle=None if name in _BUILT_IN else 1, styleId=style_id)


def table_style(style_id: str, name: str, borders: str, margins: tuple[int, int, int, int], more: str = "") -> str:
    """A table style; margins are top, left, bottom, right."""
    sides = zip(("top", "left", "bottom", "right"), margins, strict=True)
    cells = w("tblCellMar", "".join(w(side, w=width, type="dxa") for side, width in sides))
    head = w("name", val=name) + w("basedOn", val="TableNormal") + w("uiPriority", val=40)
    look = w("tblPr", (w("tblBorders", borders) if borders else "") + cells)
    return w("style", head + look + more, type="table", customStyle=1, styleId=style_id)


def line(side: str, color: str = HAIRLINE, size: int = 4) -> str:
    """One border of a table."""
    return w(side, val="single", sz=size, space=0, color=color)


def _defaults() -> str:
    font = w("rFonts", ascii=FONT, hAnsi=FONT, eastAsia=FONT, cs=FONT)
    language = w("lang", val=LANGUAGE, eastAsia=LANGUAGE, bidi="ar-SA")
    run = w("rPrDefault", w("rPr", font + size(21) + language))
    no_margins = "".join(w(side, w=0, type="dxa") for side in ("top", "left", "bottom", "right"))
    table = w("tblPr", w("tblInd", w=0, type="dxa") + w("tblCellMar", no_margins))

    def default(kind: str, style_id: str, name: str, more: str) -> str:
        return w("style", w("name", val=name) + more, type=kind, default=1, styleId=style_id)

    hidden = w("uiPriority", val=99) + w("semiHidden")
    return (
        w("docDefaults", run + w("pPrDefault", w("pPr", space(0, 110, 264))))
        + default("paragraph", "Normal", "Normal", w("qFormat") + w("pPr", w("widowControl")))
        + default("character", "DefaultParagraphFont", "Default Paragraph Font", hidden)
        + default("table", "TableNormal", "Normal Table", hidden + table)
        + default("numbering", "NoList", "No List", hidden)
    )


def _paragraph_styles() -> str:
    small_caps = BOLD + w("smallCaps") + color(INK) + tracked(16)
    stamp = BOLD + w("caps") + color(SIGNAL) + tracked(60) + size(22)
    page_break = w("pageBreakBefore")
    contents_tab = tab("left", 1134)
    right_tab = tab("right", TEXT_WIDTH)
    cover = (
        ("Stempel", space(2200, 240), stamp),
        ("Title", space(0, 120, 240), color(INK) + size(60)),
        ("Subtitle", space(0, 480), color(MUTED) + size(25)),
        ("Gegeven", space(0, 0), color(MUTED) + size(19)),
        ("Gegevenswaarde", space(0, 0), color(INK)),
        ("Partij tussen", space(30, 0), ITALIC + color(MUTED)),
        ("Partij naam", KEEP + space(0, 60), BOLD + color(INK) + size(26)),
        ("Partij regel", KEEP + space(0, 20)),
        ("Partij rol", space(80, 0), ITALIC + color(INK)),
    )
    contents = (
        ("TOC Heading", KEEP + page_break + space(0, 160), small_caps + size(27)),
        ("toc 1", contents_tab + space(0, 0, 240) + indent(1134, 567, 567), size(19)),
        ("TOC deel", contents_tab + space(70, 10, 240) + indent(1134, 1134), BOLD + color(INK) + size(20)),
        ("Sectie-einde", w("spacing", before=0, after=0, line=20, lineRule="exact"), size(2)),
    )
    text = (
        ("Deel", KEEP + numbered(PARTS) + rule("bottom") + space(480, 200) + outline(0), small_caps + size(27)),
        ("Kop zonder nummer", KEEP + rule("bottom") + space(480, 200) + outline(0), small_caps + size(27)),
        ("heading 1", KEEP + numbered(ARTICLES) + space(320, 100) + outline(0), BOLD + color(INK) + size(24)),
        ("Lid", numbered(ARTICLES, 1)),
        ("Punt", numbered(ARTICLES, 2) + space(0, 80)),
        ("Subpunt", numbered(ARTICLES, 3) + space(0, 60)),
        ("Overweging", numbered(RECITALS)),
        ("Overwegingspunt", numbered(RECITALS, 1) + space(0, 80)),
        ("Slot", KEEP),
    )
    signatures = (
        ("Teken partij", KEEP + space(160, 0), color(MUTED)),
        ("Teken naam", KEEP + space(0, 60), BOLD + color(INK) + size(23)),
        ("Teken veld", KEEP + space(60, 0), color(MUTED) + size(17)),
        ("Teken waarde", KEEP + rule("bottom", gap=1) + space(0, 60)),
        ("Teken ruimte", rule("bottom", gap=1) + space(900, 0)),
    )
    annex_title = KEEP + page_break + numbered(ANNEXES) + rule("bottom") + space(0, 280) + outline(0)
    annexes = (
        ("Bijlage", annex_title, small_caps + size(30)),
        (
            "Bijlage kop",
            KEEP + numbered(ANNEXES, 1) + space(280, 100) + outline(1),
            BOLD + color(INK) + size(23),
        ),
        ("Body Text",),
        ("Opsomming", numbered(BULLETS) + space(0, 80)),
        ("Tabelkop", w("keepNext") + w("suppressAutoHyphens") + space(0, 0, 240), BOLD + color(INK) + size(19)),
        ("Tabeltekst", space(0, 0, 240), size(19)),
        ("Tabelregel", space(0, 30, 240) + indent(142, 142), size(19)),
        ("Tussenruimte", space(0, 120), size(16)),
    )
    furniture = (
        ("header", rule("bottom") + right_tab + space(0, 0), color(MUTED) + size(16)),
        ("footer", rule("top", gap=6) + right_tab + space(0, 0), color(MUTED) + size(16)),
        ("Sjabloontag", space(0, 0), color(SIGNAL) + size(15)),
    )
    groups = (cover, contents, text, signatures, annexes, furniture)
    return "".join(paragraph_style(*style) for group in groups for style in group)


def styles() -> str:
    """word/styles.xml."""
    heading_row = w("tblStylePr", w("tcPr", w("shd", val="clear", color="auto", fill=PALE)), type="firstRow")
    framed = line("top", INK, 6) + line("bottom", INK, 6) + line("insideH")
    tables = (
        table_style("DpaTabel", "DPA Tabel", framed, (60, 85, 60, 85), heading_row)
        + table_style("DpaGegevens", "DPA Gegevens", line("top") + line("bottom") + line("insideH"), (70, 0, 70, 85))
        + table_style("DpaPartijen", "DPA Partijen", framed, (200, 0, 200, 85))
        + table_style("DpaTekenblok", "DPA Tekenblok", "", (0, 0, 0, 0))
    )
    return f"{XML}<w:styles {NAMESPACES}>{_defaults()}{_paragraph_styles()}{tables}</w:styles>"


# ---- lists ---------------------------------------------------------------------------------------------------------


def level(index: int, fmt: str, text: str, style: str, left: int, hanging: int, run: str = "") -> str:
    """One level of a multilevel list, bound to a style; %1 is the number of level 0."""
    look = w("pPr", tab("num", left) + indent(left, hanging)) + (w("rPr", run) if run else "")
    number = w("start", val=1) + w("numFmt", val=fmt) + w("pStyle", val=style) + w("suff", val="tab")
    return w("lvl", number + w("lvlText", val=text) + w("lvlJc", val="left") + look, ilvl=index)


def numbering() -> str:
    """word/numbering.xml: five lists; the styles point at them."""
    light = w("b", val=0) + w("bCs", val=0)
    lists = {
        ARTICLES: (
            level(0, "decimal", "%1", "Heading1", 709, 709),
            level(1, "decimal", "%1.%2", "Lid", 709, 709),
            level(2, "lowerLetter", "(%3)", "Punt", 1247, 538),
            level(3, "lowerRoman", "(%4)", "Subpunt", 1785, 538),
        ),
        PARTS: (level(0, "upperRoman", f"{PART_WORD}{NBSP}%1", "Deel", 1247, 1247, color(MUTED)),),
        ANNEXES: (
            level(0, "upperRoman", f"{ANNEX_WORD}{NBSP}%1", "Bijlage", 1814, 1814, color(MUTED)),
            level(1, "decimal", "%2", "Bijlagekop", 709, 709),
        ),
        RECITALS: (
            level(0, "upperLetter", "(%1)", "Overweging", 709, 709),
            level(1, "lowerLetter", "(%2)", "Overwegingspunt", 1247, 538),
        ),
        BULLETS: (level(0, "bullet", "–", "Opsomming", 425, 425, light),),
    }
    abstract = "".join(
        w(
            "abstractNum",
            w("nsid", val=f"0DA0{number:04X}")
            + w("multiLevelType", val="multilevel")
            + w("tmpl", val=f"0DA1{number:04X}")
            + "".join(levels),
            abstractNumId=number,
        )
        for number, levels in lists.items()
    )
    bound = "".join(w("num", w("abstractNumId", val=number), numId=number) for number in lists)
    return f"{XML}<w:numbering {NAMESPACES}>{abstract}{bound}</w:numbering>"


# ---- settings, fonts, theme ----------------------------------------------------------------------------------------


def settings() -> str:
    """word/settings.xml: hyphenation on, the layout rules of current Word."""
    compat = "".join(
        w("compatSetting", name=name, uri="http://schemas.microsoft.com/office/word", val=value)
        for name, value in (
            ("compatibilityMode", 15),
            ("overrideTableStyleFontSizeAndJustification", 1),
            ("enableOpenTypeFeatures", 1),
            ("doNotFlipMirrorIndents", 1),
        )
    )
    content = (
        w("zoom", percent=100)
        + w("defaultTabStop", val=709)
        + w("autoHyphenation")
        + w("consecutiveHyphenLimit", val=2)
        + w("hyphenationZone", val=357)
        + w("doNotHyphenateCaps")
        + w("characterSpacingControl", val="doNotCompress")
        + w("compat", compat)
        + w("themeFontLang", val=LANGUAGE)
        + w("decimalSymbol", val=",")
        + w("listSeparator", val=";")
    )
    return f"{XML}<w:settings {NAMESPACES}>{content}</w:settings>"


def font_table() -> str:
    """word/fontTable.xml: what to use where Calibri is not installed."""
    shape = w("charset", val="00") + w("family", val="swiss") + w("pitch", val="variable")
    font = w("font", w("altName", val=FALLBACK) + w("panose1", val="020F0502020204030204") + shape, name=FONT)
    return f"{XML}<w:fonts {NAMESPACES}>{font}</w:fonts>"


def theme() -> str:
    """word/theme/theme1.xml: the house colours and font in Word's pickers."""
    colors = (
        ("dk1", "000000"), ("lt1", "FFFFFF"), ("dk2", INK), ("lt2", PALE), ("accent1", INK), ("accent2", MUTED), ("accent3", HAIRLINE),
        ("accent4", SIGNAL), ("accent5", "3E6A8A"), ("accent6", FAINT), ("hlink", "1F4E79"), ("folHlink", MUTED),
    )  # fmt: skip
    palette = "".join(f'<a:{name}><a:srgbClr val="{value}"/></a:{name}>' for name, value in colors)
    font = f'<a:latin typeface="{FONT}"/><a:ea typeface=""/><a:cs typeface=""/>'
    fill = '<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>'
    stroke = f'<a:ln w="6350">{fill}</a:ln>'
    effect = "<a:effectStyle><a:effectLst/></a:effectStyle>"
    return (
        f'{XML}<a:theme xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" name="DPA"><a:themeElements>'
        f'<a:clrScheme name="DPA">{palette}</a:clrScheme>'
        f'<a:fontScheme name="DPA"><a:majorFont>{font}</a:majorFont><a:minorFont>{font}</a:minorFont></a:fontScheme>'
        f'<a:fmtScheme name="DPA"><a:fillStyleLst>{fill * 3}</a:fillStyleLst><a:lnStyleLst>{stroke * 3}</a:lnStyleLst>'
        f"<a:effectStyleLst>{effect * 3}</a:effectStyleLst><a:bgFillStyleLst>{fill * 3}</a:bgFillStyleLst>"
        "</a:fmtScheme></a:themeElements></a:theme>"
    )
