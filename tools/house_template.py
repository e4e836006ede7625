"""The house style of our agreements, written out as a Word template: `python -m tools.house_template`.

The result, templates/docx/agreement.docx, is an ordinary Word document that anyone may open and restyle; its template language is
docxtpl's. This file is how it came to be and how it is made again. Three rules keep it sound:

* numbers come from Word's multilevel lists, bound to styles: nowhere is a digit typed;
* looks live in styles, so that the document holds only words, style names and tags;
* what needs a numeric attribute (bookmarks, fields, tables with column widths) comes from the renderer as one ready fragment, in a
  `{{r … }}` or `{{p … }}` tag, because Word refuses a template with a tag where it expects a number.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "templates" / "docx" / "agreement.docx"
AGREEMENT_NS = "urn:dpa-service:agreement"

# The few words that numbering itself prints, and the proofing language.
LANGUAGE, PART_WORD, ANNEX_WORD = "nl-BE", "Deel", "Bijlage"
NBSP = "\u00a0"

FONT = "Calibri"
INK, MUTED, FAINT, HAIRLINE, PALE, SIGNAL = "24384C", "5C6B7A", "93A1AC", "B9C3CD", "EEF1F4", "9C2A2A"
PAGE_WIDTH, PAGE_HEIGHT, MARGIN = 11906, 16838, 1417  # A4 with 2.5 cm, in twentieths of a point
TEXT_WIDTH = PAGE_WIDTH - 2 * MARGIN

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"


# ---- words, paragraphs, tables -------------------------------------------------------------------------------------


def run(text: str, properties: str = "") -> str:
    """One run of literal text or a tag; `properties` is the inside of rPr."""
    return f'<w:r>{f"<w:rPr>{properties}</w:rPr>" if properties else ""}<w:t xml:space="preserve">{text}</w:t></w:r>'


def p(style: str, *content: str, properties: str = "") -> str:
    """A paragraph in `style`; content without markup becomes a run."""
    runs = "".join(item if item.startswith("<") else run(item) for item in content)
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{properties}</w:pPr>{runs}</w:p>'


def tag(text: str) -> str:
    """A paragraph that only holds a `{%p … %}` tag and disappears."""
    return p("Sjabloon", text)


def field(instruction: str) -> str:
    """A complex field whose result Word computes while it lays out the page."""
    parts = ["begin", "separate", "end"]
    begin, separate, end = (f'<w:r><w:fldChar w:fldCharType="{part}"/></w:r>' for part in parts)
    return f'{begin}<w:r><w:instrText xml:space="preserve"> {instruction} </w:instrText></w:r>{separate}{run("1")}{end}'


def row(*cells: str, widths: tuple[int, ...], properties: str = "") -> str:
    """A table row of cells holding paragraphs."""
    body = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{cell}</w:tc>'
        for cell, width in zip(cells, widths, strict=True)
    )
    return f"<w:tr>{f'<w:trPr>{properties}</w:trPr>' if properties else ''}{body}</w:tr>"


def table(style: str, widths: tuple[int, ...], *rows: str) -> str:
    """A table of fixed column widths in twentieths of a point."""
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="{style}"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        '<w:tblLayout w:type="fixed"/><w:tblLook w:val="0000"/></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


# ---- the document --------------------------------------------------------------------------------------------------


def cover() -> str:
    """Title, reference, date and parties: the first page."""
    facts = (2835, TEXT_WIDTH - 2835)
    parties = (1701, TEXT_WIDTH - 1701)
    no_split = "<w:cantSplit/>"
    return "".join(
        (
            p("Stempel", "{% if draft %}{{ labels.draft }}{% endif %}"),
            p("Title", "{{ title }}"),
            p("Subtitle", "{{ subtitle }}"),
            table(
                "DpaGegevens",
                facts,
                row(p("Gegeven", "{{ labels.reference }}"), p("GegevenWaarde", "{{ reference }}"), widths=facts),
                row(p("Gegeven", "{{ labels.effective }}"), p("GegevenWaarde", "{{ date }}"), widths=facts),
            ),
            p("Ruimte"),
            table(
                "DpaPartijen",
                parties,
                row(p("Gegeven", "{%tr for party in parties %}"), p("Gegeven"), widths=parties),
                row(
                    p("PartijTussen", "{{ party.intro }}"),
                    p("PartijNaam", "{{ party.name }}")
                    + tag("{%p for line in party.lines %}")
                    + p("PartijRegel", "{{ line }}")
                    + tag("{%p endfor %}")
                    + p("PartijRol", "{{ party.hereafter }}"),
                    widths=parties,
                    properties=no_split,
                ),
                row(p("Gegeven", "{%tr endfor %}"), p("Gegeven"), widths=parties),
            ),
        )
    )


def contents() -> str:
    """The table of contents; the entries, fields and links are made by the renderer."""
    return "".join(
        (
            p("TOCHeading", "{{ labels.toc }}"),
            tag("{%p for entry in toc %}"),
            tag("{%p if entry.main %}"),
            p("TOCDeel", "{{r entry.link|safe }}"),
            tag("{%p else %}"),
            p("TOC1", "{{r entry.link|safe }}"),
            tag("{%p endif %}"),
            tag("{%p endfor %}"),
        )
    )


def body() -> str:
    """Recitals, parts with their articles, closing words."""
    return "".join(
        (
            tag("{%p if recitals %}"),
            p("Kop", "{{r recitals.heading|safe }}"),
            tag("{%p for lid in recitals.paragraphs %}"),
            p("Overweging", "{{r lid.text|safe }}"),
            tag("{%p for punt in lid.points %}"),
            p("Overwegingspunt", "{{r punt.text|safe }}"),
            tag("{%p endfor %}"),
            tag("{%p endfor %}"),
            tag("{%p endif %}"),
            tag("{%p for deel in parts %}"),
            p("Deel", "{{r deel.title|safe }}"),
            tag("{%p for artikel in deel.articles %}"),
            p("Heading1", "{{r artikel.heading|safe }}"),
            tag("{%p for lid in artikel.paragraphs %}"),
            p("Lid", "{{r lid.text|safe }}"),
            tag("{%p for punt in lid.points %}"),
            p("Punt", "{{r punt.text|safe }}"),
            tag("{%p for subpunt in punt.points %}"),
            p("Subpunt", "{{r subpunt.text|safe }}"),
            tag("{%p endfor %}"),
            tag("{%p endfor %}"),
            tag("{%p endfor %}"),
            tag("{%p endfor %}"),
            tag("{%p endfor %}"),
            p("Kop", "{{r closing.heading|safe }}"),
            tag("{%p for lid in closing.paragraphs %}"),
            p("Slot", "{{r lid.text|safe }}"),
            tag("{%p endfor %}"),
        )
    )


def signatures() -> str:
    """One block per party, side by side, never split over two pages; the general terms are not signed."""
    half, gap = 4252, TEXT_WIDTH - 2 * 4252

    def block(party: str) -> list[str]:
        return [
            p("TekenPartij", f"{{{{ {party}.signed_for }}}}") + p("TekenNaam", f"{{{{ {party}.name }}}}"),
            *(
                p("TekenVeld", f"{{{{ labels.{label} }}}}") + p("TekenWaarde", value)
                for label, value in (
                    ("name", f"{{{{ {party}.signature_name }}}}"),
                    ("role", f"{{{{ {party}.signature_role }}}}"),
                    ("place_date", ""),
                )
            ),
            p("TekenVeld", "{{ labels.signature }}") + p("TekenRuimte"),
        ]

    widths = (half, gap, half)
    rows = [
        row(left, p("TekenVeld"), right, widths=widths, properties="<w:cantSplit/>")
        for left, right in zip(block("signatories[0]"), block("signatories[1]"), strict=True)
    ]
    # LibreOffice loses a bookmark that starts right after a table: the spacer keeps the first annex's
    return tag("{%p if signatories %}") + table("DpaTekenblok", widths, *rows) + p("Sectie") + tag("{%p endif %}")


def annexes() -> str:
    """The annexes, each on a new page."""
    kinds = (("if", "heading", "BijlageKop"), ("elif", "text", "BodyText"), ("elif", "bullet", "Opsomming"))
    return "".join(
        (
            tag("{%p for bijlage in annexes %}"),
            p("Bijlage", "{{r bijlage.heading|safe }}"),
            tag("{%p for block in bijlage.blocks %}"),
            *(tag(f"{{%p {word} block.kind == '{kind}' %}}") + p(style, "{{r block.text|safe }}") for word, kind, style in kinds),
            tag("{%p else %}"),
            p("Tabeltekst", "{{p block.table|safe }}"),
            p("Ruimte", "{{r block.text|safe }}"),
            tag("{%p endif %}"),
            tag("{%p endfor %}"),
            tag("{%p endfor %}"),
        )
    )


def section(footers: str, title_page: str = "") -> str:
    """Section properties with the common header and the given footers; the cover has its own footer and no header."""
    return (
        f'<w:sectPr><w:headerReference w:type="default" r:id="rIdHeader"/>{footers}'
        f'<w:pgSz w:w="{PAGE_WIDTH}" w:h="{PAGE_HEIGHT}"/><w:pgMar w:top="{MARGIN}" w:right="{MARGIN}" w:bottom="{MARGIN}" '
        f'w:left="{MARGIN}" w:header="680" w:footer="624" w:gutter="0"/>{title_page}</w:sectPr>'
    )


def document() -> str:
    """word/document.xml: a front section (cover and contents) and the text."""
    numbered = '<w:footerReference w:type="default" r:id="rIdFooter"/>'
    front = section(numbered + '<w:footerReference w:type="first" r:id="rIdFooterFront"/>', "<w:titlePg/>")
    text = section(numbered)
    content = cover() + contents() + p("Sectie", properties=front) + body() + signatures() + annexes()
    return f"{_XML}<w:document {_W} {_R}><w:body>{content}{text}</w:body></w:document>"


def header() -> str:
    """word/header1.xml: the title and, on a draft, the mark."""
    mark = run(
        "{% if draft %}{{ labels.draft }}{% endif %}", f'<w:b/><w:caps/><w:color w:val="{SIGNAL}"/><w:spacing w:val="40"/>'
    )
    return f"{_XML}<w:hdr {_W} {_R}>{p('Header', '{{ title }}', '<w:r><w:tab/></w:r>', mark)}</w:hdr>"


def footer(*, numbered: bool) -> str:
    """word/footer1.xml and footer2.xml: reference, identity and, in the text, the page number."""
    identity = run("{{ reference }}") + run("   {{ agreement_id }}", f'<w:color w:val="{FAINT}"/><w:sz w:val="13"/>')
    pages = run("{{ labels.page }} ") + field("PAGE") + run(" {{ labels.of }} ") + field("NUMPAGES")
    return f"{_XML}<w:ftr {_W} {_R}>{p('Footer', identity, '<w:r><w:tab/></w:r>' + pages if numbered else '')}</w:ftr>"


# ---- styles --------------------------------------------------------------------------------------------------------


def paragraph_style(
    style_id: str, name: str, p_pr: str = "", r_pr: str = "", *, based: str = "Normal", following: str = "", ui: int = 10
) -> str:
    """A paragraph style; `following` is the style of the next paragraph one types, `ui` its place in Word's list."""
    return (
        f'<w:style w:type="paragraph"{"" if name.islower() or name in _BUILT_IN else " w:customStyle=" + chr(34) + "1" + chr(34)}'
        f' w:styleId="{style_id}"><w:name w:val="{name}"/><w:basedOn w:val="{based}"/>'
        f"{f'<w:next w:val={chr(34)}{following}{chr(34)}/>' if following else ''}"
        f'<w:uiPriority w:val="{ui}"/><w:qFormat/>'
        f"{f'<w:pPr>{p_pr}</w:pPr>' if p_pr else ''}{f'<w:rPr>{r_pr}</w:rPr>' if r_pr else ''}</w:style>"
    )


_BUILT_IN = {"Title", "Subtitle", "Body Text", "TOC Heading"}


def space(before: int, after: int, line: int = 0) -> str:
    """Spacing in twentieths of a point; `line` in 240ths of a line."""
    return f'<w:spacing w:before="{before}" w:after="{after}"{f" w:line={chr(34)}{line}{chr(34)} w:lineRule={chr(34)}auto{chr(34)}" if line else ""}/>'


def rule(side: str, color: str = HAIRLINE, size: int = 4, gap: int = 4) -> str:
    """A hairline on one side of a paragraph."""
    return f'<w:pBdr><w:{side} w:val="single" w:sz="{size}" w:space="{gap}" w:color="{color}"/></w:pBdr>'


def size(half_points: int) -> str:
    """A font size in half points."""
    return f'<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/>'


def color(value: str) -> str:
    """A text colour."""
    return f'<w:color w:val="{value}"/>'


def numbered(number: int, level: int = 0) -> str:
    """Membership of a list: what makes a style numbered."""
    return f'<w:numPr>{f"<w:ilvl w:val={chr(34)}{level}{chr(34)}/>" if level else ""}<w:numId w:val="{number}"/></w:numPr>'


def table_style(style_id: str, name: str, borders: str, margins: tuple[int, int, int, int], conditional: str = "") -> str:
    """A table style; margins are top, left, bottom, right."""
    cells = "".join(
        f'<w:{side} w:w="{width}" w:type="dxa"/>' for side, width in zip(("top", "left", "bottom", "right"), margins, strict=True)
    )
    return (
        f'<w:style w:type="table" w:customStyle="1" w:styleId="{style_id}"><w:name w:val="{name}"/>'
        f'<w:basedOn w:val="TableNormal"/><w:uiPriority w:val="40"/><w:tblPr><w:tblBorders>{borders}</w:tblBorders>'
        f"<w:tblCellMar>{cells}</w:tblCellMar></w:tblPr>{conditional}</w:style>"
    )


def line(side: str, color: str = HAIRLINE, size: int = 4) -> str:
    """One border of a table."""
    return f'<w:{side} w:val="single" w:sz="{size}" w:space="0" w:color="{color}"/>'


KEEP = "<w:keepNext/><w:keepLines/>"
ARTICLES, PARTS, ANNEXES, RECITALS, BULLETS = 1, 2, 3, 4, 5  # the lists of numbering.xml


def styles() -> str:
    """word/styles.xml."""
    outline = '<w:outlineLvl w:val="0"/>'
    bold = "<w:b/><w:bCs/>"
    part_look = bold + "<w:smallCaps/>" + color(INK) + '<w:spacing w:val="16"/>'
    right_tab = f'<w:tabs><w:tab w:val="right" w:pos="{TEXT_WIDTH}"/></w:tabs>'
    paragraph = [
        ("Title", "Title", space(0, 120, 240), color(INK) + size(60)),
        ("Subtitle", "Subtitle", space(0, 480), color(MUTED) + size(25)),
        (
            "Stempel",
            "DPA Stempel",
            space(2200, 240) + '<w:jc w:val="left"/>',
            bold + "<w:caps/>" + color(SIGNAL) + '<w:spacing w:val="60"/>' + size(22),
        ),
        ("Gegeven", "DPA Gegeven", space(0, 0), color(MUTED) + size(19)),
        ("GegevenWaarde", "DPA Gegevenswaarde", space(0, 0), color(INK) + size(21)),
        ("PartijTussen", "DPA Partij tussen", space(30, 0), "<w:i/><w:iCs/>" + color(MUTED) + size(21)),
        ("PartijNaam", "DPA Partij naam", KEEP + space(0, 60), bold + color(INK) + size(26)),
        ("PartijRegel", "DPA Partij regel", KEEP + space(0, 20), ""),
        ("PartijRol", "DPA Partij rol", space(80, 0), "<w:i/><w:iCs/>" + color(INK)),
        ("TOCHeading", "TOC Heading", KEEP + "<w:pageBreakBefore/>" + space(0, 240), part_look + size(27)),
        (
            "TOC1",
            "toc 1",
            '<w:tabs><w:tab w:val="left" w:pos="1134"/></w:tabs>'
            + space(0, 10, 240)
            + '<w:ind w:left="1134" w:right="567" w:hanging="567"/>',
            size(20),
        ),
        (
            "TOCDeel",
            "DPA Inhoud deel",
            '<w:tabs><w:tab w:val="left" w:pos="1134"/></w:tabs>' + space(100, 20) + '<w:ind w:left="1134" w:hanging="1134"/>',
            bold + color(INK),
        ),
        ("Deel", "DPA Deel", KEEP + numbered(PARTS) + rule("bottom") + space(480, 200) + outline, part_look + size(27)),
        ("Kop", "DPA Kop zonder nummer", KEEP + rule("bottom") + space(480, 200) + outline, part_look + size(27)),
        ("Heading1", "heading 1", KEEP + numbered(ARTICLES) + space(320, 100) + outline, bold + color(INK) + size(24)),
        ("Lid", "DPA Lid", numbered(ARTICLES, 1), ""),
        ("Punt", "DPA Punt", numbered(ARTICLES, 2) + space(0, 80), ""),
        ("Subpunt", "DPA Subpunt", numbered(ARTICLES, 3) + space(0, 60), ""),
        ("Overweging", "DPA Overweging", numbered(RECITALS), ""),
        ("Overwegingspunt", "DPA Overwegingspunt", numbered(RECITALS, 1) + space(0, 80), ""),
        ("Slot", "DPA Slot", "<w:keepNext/><w:keepLines/>", ""),
        (
            "Bijlage",
            "DPA Bijlage",
            KEEP + "<w:pageBreakBefore/>" + numbered(ANNEXES) + rule("bottom") + space(0, 280) + outline,
            part_look + size(30),
        ),
        (
            "BijlageKop",
            "DPA Bijlage kop",
            KEEP + numbered(ANNEXES, 1) + space(280, 100) + '<w:outlineLvl w:val="1"/>',
            bold + color(INK) + size(23),
        ),
        ("BodyText", "Body Text", "", ""),
        ("Opsomming", "DPA Opsomming", numbered(BULLETS) + space(0, 80), ""),
        ("Tabelkop", "DPA Tabelkop", "<w:keepNext/><w:suppressAutoHyphens/>" + space(0, 0, 240), bold + color(INK) + size(19)),
        ("Tabeltekst", "DPA Tabeltekst", space(0, 0, 240), size(19)),
        ("Tabelregel", "DPA Tabelregel", space(0, 30, 240) + '<w:ind w:left="142" w:hanging="142"/>', size(19)),
        ("Ruimte", "DPA Tussenruimte", space(0, 120), size(16)),
        ("Sectie", "DPA Sectie-einde", '<w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/>', size(2)),
        ("TekenPartij", "DPA Teken partij", KEEP + space(160, 0), color(MUTED)),
        ("TekenNaam", "DPA Teken naam", KEEP + space(0, 60), bold + color(INK) + size(23)),
        ("TekenVeld", "DPA Teken veld", KEEP + space(60, 0), color(MUTED) + size(17)),
        ("TekenWaarde", "DPA Teken waarde", KEEP + rule("bottom", gap=1) + space(0, 60), ""),
        ("TekenRuimte", "DPA Teken ruimte", rule("bottom", gap=1) + space(900, 0), ""),
        ("Header", "header", rule("bottom", gap=4) + right_tab + space(0, 0), color(MUTED) + size(16)),
        ("Footer", "footer", rule("top", gap=6) + right_tab + space(0, 0), color(MUTED) + size(16)),
        ("Sjabloon", "DPA Sjabloontag", space(0, 0), color(SIGNAL) + size(15)),
    ]
    head = (
        f"{_XML}<w:styles {_W}><w:docDefaults><w:rPrDefault><w:rPr>"
        f'<w:rFonts w:ascii="{FONT}" w:hAnsi="{FONT}" w:eastAsia="{FONT}" w:cs="{FONT}"/>{size(21)}'
        f'<w:lang w:val="{LANGUAGE}" w:eastAsia="{LANGUAGE}" w:bidi="ar-SA"/></w:rPr></w:rPrDefault>'
        f"<w:pPrDefault><w:pPr>{space(0, 110, 264)}</w:pPr></w:pPrDefault></w:docDefaults>"
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/>'
        "<w:pPr><w:widowControl/></w:pPr></w:style>"
        '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont"><w:name w:val="Default Paragraph Font"/>'
        '<w:uiPriority w:val="1"/><w:semiHidden/></w:style>'
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:uiPriority w:val="99"/>'
        '<w:semiHidden/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:top w:w="0" w:type="dxa"/>'
        '<w:left w:w="0" w:type="dxa"/><w:bottom w:w="0" w:type="dxa"/><w:right w:w="0" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>'
        '<w:style w:type="numbering" w:default="1" w:styleId="NoList"><w:name w:val="No List"/><w:uiPriority w:val="99"/><w:semiHidden/></w:style>'
    )
    first_row = (
        f'<w:tblStylePr w:type="firstRow"><w:tcPr><w:shd w:val="clear" w:color="auto" w:fill="{PALE}"/></w:tcPr></w:tblStylePr>'
    )
    tables = (
        table_style(
            "DpaTabel", "DPA Tabel", line("top", INK, 6) + line("bottom", INK, 6) + line("insideH"), (60, 85, 60, 85), first_row
        )
        + table_style("DpaGegevens", "DPA Gegevens", line("top") + line("bottom") + line("insideH"), (70, 0, 70, 85))
        + table_style(
            "DpaPartijen", "DPA Partijen", line("top", INK, 6) + line("bottom", INK, 6) + line("insideH"), (200, 0, 200, 85)
        )
        + table_style("DpaTekenblok", "DPA Tekenblok", "", (0, 0, 0, 0))
    )
    return head + "".join(paragraph_style(*item) for item in paragraph) + tables + "</w:styles>"


# ---- lists ---------------------------------------------------------------------------------------------------------


def level(index: int, fmt: str, text: str, style: str, left: int, hanging: int, r_pr: str = "") -> str:
    """One level of a multilevel list, bound to a style."""
    return (
        f'<w:lvl w:ilvl="{index}"><w:start w:val="1"/><w:numFmt w:val="{fmt}"/><w:pStyle w:val="{style}"/>'
        f'<w:suff w:val="tab"/><w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/><w:pPr>'
        f'<w:tabs><w:tab w:val="num" w:pos="{left}"/></w:tabs><w:ind w:left="{left}" w:hanging="{hanging}"/></w:pPr>'
        f"{f'<w:rPr>{r_pr}</w:rPr>' if r_pr else ''}</w:lvl>"
    )


def numbering() -> str:
    """word/numbering.xml: five lists; the styles point at them."""
    plain = '<w:b w:val="0"/><w:bCs w:val="0"/>'
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
            level(1, "decimal", "%2", "BijlageKop", 709, 709),
        ),
        RECITALS: (
            level(0, "upperLetter", "(%1)", "Overweging", 709, 709),
            level(1, "lowerLetter", "(%2)", "Overwegingspunt", 1247, 538),
        ),
        BULLETS: (level(0, "bullet", "–", "Opsomming", 425, 425, plain),),
    }
    abstract = "".join(
        f'<w:abstractNum w:abstractNumId="{number}"><w:nsid w:val="0DA0{number:04X}"/>'
        f'<w:multiLevelType w:val="multilevel"/><w:tmpl w:val="0DA1{number:04X}"/>{"".join(levels)}</w:abstractNum>'
        for number, levels in lists.items()
    )
    bound = "".join(f'<w:num w:numId="{number}"><w:abstractNumId w:val="{number}"/></w:num>' for number in lists)
    return f"{_XML}<w:numbering {_W}>{abstract}{bound}</w:numbering>"


# ---- the other parts -----------------------------------------------------------------------------------------------


def settings() -> str:
    """word/settings.xml."""
    compat = "".join(
        f'<w:compatSetting w:name="{name}" w:uri="http://schemas.microsoft.com/office/word" w:val="{value}"/>'
        for name, value in (
            ("compatibilityMode", 15),
            ("overrideTableStyleFontSizeAndJustification", 1),
            ("enableOpenTypeFeatures", 1),
            ("doNotFlipMirrorIndents", 1),
        )
    )
    return (
        f'{_XML}<w:settings {_W}><w:zoom w:percent="100"/><w:defaultTabStop w:val="709"/><w:autoHyphenation/>'
        '<w:consecutiveHyphenLimit w:val="2"/><w:hyphenationZone w:val="357"/><w:doNotHyphenateCaps/>'
        f'<w:characterSpacingControl w:val="doNotCompress"/><w:compat>{compat}</w:compat>'
        f'<w:themeFontLang w:val="{LANGUAGE}"/><w:decimalSymbol w:val=","/><w:listSeparator w:val=";"/></w:settings>'
    )


def font_table() -> str:
    """word/fontTable.xml: what to use where Calibri is not installed."""
    return (
        f'{_XML}<w:fonts {_W}><w:font w:name="{FONT}"><w:altName w:val="Carlito"/><w:panose1 w:val="020F0502020204030204"/>'
        '<w:charset w:val="00"/><w:family w:val="swiss"/><w:pitch w:val="variable"/></w:font></w:fonts>'
    )


def theme() -> str:
    """word/theme/theme1.xml: the house colours and font in Word's pickers."""
    colors = (
        ("dk1", "000000"), ("lt1", "FFFFFF"), ("dk2", INK), ("lt2", PALE), ("accent1", INK), ("accent2", MUTED), ("accent3", HAIRLINE),
        ("accent4", SIGNAL), ("accent5", "3E6A8A"), ("accent6", "8A9BA8"), ("hlink", "1F4E79"), ("folHlink", MUTED),
    )  # fmt: skip
    palette = "".join(f'<a:{name}><a:srgbClr val="{value}"/></a:{name}>' for name, value in colors)
    font = f'<a:latin typeface="{FONT}"/><a:ea typeface=""/><a:cs typeface=""/>'
    fill = '<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>'
    line = f'<a:ln w="6350">{fill}</a:ln>'
    effect = "<a:effectStyle><a:effectLst/></a:effectStyle>"
    return (
        f'{_XML}<a:theme xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" name="DPA"><a:themeElements>'
        f'<a:clrScheme name="DPA">{palette}</a:clrScheme>'
        f'<a:fontScheme name="DPA"><a:majorFont>{font}</a:majorFont><a:minorFont>{font}</a:minorFont></a:fontScheme>'
        f'<a:fmtScheme name="DPA"><a:fillStyleLst>{fill * 3}</a:fillStyleLst><a:lnStyleLst>{line * 3}'
        f"</a:lnStyleLst><a:effectStyleLst>{effect * 3}</a:effectStyleLst><a:bgFillStyleLst>{fill * 3}</a:bgFillStyleLst>"
        "</a:fmtScheme></a:themeElements></a:theme>"
    )


def relationships(*items: tuple[str, str, str]) -> str:
    """A .rels part of (id, last part of the type, target)."""
    body = "".join(
        f'<Relationship Id="{rid}" Type="{kind if kind.startswith("http") else f"{_OFFICE}/relationships/{kind}"}" Target="{target}"/>'
        for rid, kind, target in items
    )
    return f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{body}</Relationships>'


def core_properties() -> str:
    """docProps/core.xml; the dates are replaced by the renderer."""
    return (
        f'{_XML}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        "<dc:title>{{ title }}</dc:title><dc:subject>{{ reference }}</dc:subject><dc:creator>{{ author }}</dc:creator>"
        "<dc:identifier>{{ agreement_id }}</dc:identifier><cp:lastModifiedBy>{{ author }}</cp:lastModifiedBy><cp:revision>1</cp:revision>"
        '<dcterms:created xsi:type="dcterms:W3CDTF">2020-01-01T00:00:00Z</dcterms:created>'
        '<dcterms:modified xsi:type="dcterms:W3CDTF">2020-01-01T00:00:00Z</dcterms:modified>'
        f"<dc:language>{LANGUAGE}</dc:language></cp:coreProperties>"
    )


def custom_properties() -> str:
    """docProps/custom.xml: the agreement's identity as a document property."""
    return (
        f'{_XML}<Properties xmlns="{_OFFICE}/custom-properties" xmlns:vt="{_OFFICE}/docPropsVTypes">'
        '<property fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="2" name="DpaAgreementId">'
        "<vt:lpwstr>{{ agreement_id }}</vt:lpwstr></property></Properties>"
    )


def parts() -> dict[str, str]:
    """Every part of the template by name, in the order of the package."""
    overrides = {
        "/word/document.xml": f"{_WORD_TYPE}.document.main+xml",
        "/word/styles.xml": f"{_WORD_TYPE}.styles+xml",
        "/word/numbering.xml": f"{_WORD_TYPE}.numbering+xml",
        "/word/settings.xml": f"{_WORD_TYPE}.settings+xml",
        "/word/fontTable.xml": f"{_WORD_TYPE}.fontTable+xml",
        "/word/theme/theme1.xml": "application/vnd.openxmlformats-officedocument.theme+xml",
        "/word/header1.xml": f"{_WORD_TYPE}.header+xml",
        "/word/footer1.xml": f"{_WORD_TYPE}.footer+xml",
        "/word/footer2.xml": f"{_WORD_TYPE}.footer+xml",
        "/docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
        "/docProps/app.xml": "application/vnd.openxmlformats-officedocument.extended-properties+xml",
        "/docProps/custom.xml": "application/vnd.openxmlformats-officedocument.custom-properties+xml",
        "/customXml/itemProps1.xml": "application/vnd.openxmlformats-officedocument.customXmlProperties+xml",
    }
    types = "".join(f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in overrides.items())
    return {
        "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
        f"{types}</Types>",
        "_rels/.rels": relationships(
            ("rId1", "officeDocument", "word/document.xml"),
            ("rId2", f"{_PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
            ("rId3", "extended-properties", "docProps/app.xml"),
            ("rId4", "custom-properties", "docProps/custom.xml"),
        ),
        "word/document.xml": document(),
        "word/_rels/document.xml.rels": relationships(
            ("rIdStyles", "styles", "styles.xml"),
            ("rIdNumbering", "numbering", "numbering.xml"),
            ("rIdSettings", "settings", "settings.xml"),
            ("rIdFonts", "fontTable", "fontTable.xml"),
            ("rIdTheme", "theme", "theme/theme1.xml"),
            ("rIdHeader", "header", "header1.xml"),
            ("rIdFooter", "footer", "footer1.xml"),
            ("rIdFooterFront", "footer", "footer2.xml"),
            ("rIdIdentity", "customXml", "../customXml/item1.xml"),
        ),
        "word/styles.xml": styles(),
        "word/numbering.xml": numbering(),
        "word/settings.xml": settings(),
        "word/fontTable.xml": font_table(),
        "word/theme/theme1.xml": theme(),
        "word/header1.xml": header(),
        "word/footer1.xml": footer(numbered=True),
        "word/footer2.xml": footer(numbered=False),
        "docProps/core.xml": core_properties(),
        "docProps/app.xml": f'{_XML}<Properties xmlns="{_OFFICE}/extended-properties"><Application>Microsoft Office Word</Application>'
        "<AppVersion>16.0000</AppVersion></Properties>",
        "docProps/custom.xml": custom_properties(),
        "customXml/item1.xml": f'{_XML}<agreement xmlns="{AGREEMENT_NS}" id="{{{{ agreement_id }}}}"/>',
        "customXml/_rels/item1.xml.rels": relationships(("rId1", "customXmlProps", "itemProps1.xml")),
        "customXml/itemProps1.xml": f'{_XML}<ds:datastoreItem xmlns:ds="{_OFFICE}/customXml" '
        'ds:itemID="{7D0A2B6E-4C1F-4E0B-9A55-2F5C8D1E6A01}"><ds:schemaRefs>'
        f'<ds:schemaRef ds:uri="{AGREEMENT_NS}"/></ds:schemaRefs></ds:datastoreItem>',
    }


def build() -> bytes:
    """The template as .docx bytes: the same at every call."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, xml in parts().items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 0
            archive.writestr(info, xml.encode(), compresslevel=9)
    return out.getvalue()


def main() -> None:
    """Write the template to its place."""
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_bytes(build())
    print(f"{TARGET.relative_to(Path.cwd()) if TARGET.is_relative_to(Path.cwd()) else TARGET}: {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
