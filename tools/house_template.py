"""Our agreement as a Word template, written out: `python -m tools.house_template`.

The result, templates/docx/agreement.docx, is an ordinary Word document that anyone may open and restyle; its template language is
docxtpl's. This file is how it came to be and how it is made again. Three rules keep it sound:

* numbers come from Word's multilevel lists, bound to styles: nowhere is a digit typed;
* looks live in styles (house_style), so that the document holds only words, style names and tags;
* what needs a numeric attribute (bookmarks, fields, tables with column widths) comes from the renderer as one ready piece, in a
  `{{r … }}` or `{{p … }}` tag, because Word refuses a template with a tag where it expects a number.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from tools.house_style import (
    FAINT,
    LANGUAGE,
    MARGIN,
    NAMESPACES,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    SIGNAL,
    TEXT_WIDTH,
    XML,
    color,
    font_table,
    numbering,
    settings,
    styles,
    theme,
    tracked,
    w,
)

TARGET = Path(__file__).resolve().parents[1] / "templates" / "docx" / "agreement.docx"
AGREEMENT_NS = "urn:dpa-service:agreement"

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_DOCUMENT_TYPE = "application/vnd.openxmlformats-officedocument"

_DRAFT_MARK = "{% if draft %}{{ labels.draft }}{% endif %}"
_CANT_SPLIT = w("cantSplit")


# ---- words, paragraphs, tables -------------------------------------------------------------------------------------


def run(text: str, properties: str = "") -> str:
    """One run of literal text or a tag; `properties` is the inside of rPr."""
    return w("r", (w("rPr", properties) if properties else "") + f'<w:t xml:space="preserve">{text}</w:t>')


def p(style: str, *content: str, properties: str = "") -> str:
    """A paragraph in `style`; content without markup becomes a run."""
    runs = "".join(item if item.startswith("<") else run(item) for item in content)
    return w("p", w("pPr", w("pStyle", val=style) + properties) + runs)


def tag(text: str) -> str:
    """A paragraph that only holds a `{%p … %}` tag and disappears."""
    return p("Sjabloontag", text)


def field(instruction: str) -> str:
    """A complex field whose result Word computes while it lays out the page."""
    begin, separate, end = (w("r", w("fldChar", fldCharType=part)) for part in ("begin", "separate", "end"))
    return begin + w("r", f'<w:instrText xml:space="preserve"> {instruction} </w:instrText>') + separate + run("1") + end


def table(style: str, widths: tuple[int, ...], *rows: tuple[str, ...], properties: str = "") -> str:
    """A table of fixed column widths in twentieths of a point; a row is its cells, a cell its paragraphs."""
    look = (
        w("tblStyle", val=style) + w("tblW", w=sum(widths), type="dxa") + w("tblLayout", type="fixed") + w("tblLook", val="0000")
    )
    grid = w("tblGrid", "".join(w("gridCol", w=width) for width in widths))
    body = ""
    for cells in rows:
        sized = zip(cells, widths, strict=True)
        row = "".join(w("tc", w("tcPr", w("tcW", w=width, type="dxa")) + cell) for cell, width in sized)
        body += w("tr", w("trPr", properties) + row if properties else row)
    return w("tbl", w("tblPr", look) + grid + body)


# ---- the document --------------------------------------------------------------------------------------------------


def cover() -> str:
    """Title, reference, date and parties: the first page."""
    facts = table(
        "DpaGegevens",
        (2835, TEXT_WIDTH - 2835),
        (p("Gegeven", "{{ labels.reference }}"), p("Gegevenswaarde", "{{ reference }}")),
        (p("Gegeven", "{{ labels.effective }}"), p("Gegevenswaarde", "{{ date }}")),
    )
    party = (
        p("Partijnaam", "{{ party.name }}"),
        tag("{%p for line in party.lines %}"),
        p("Partijregel", "{{ line }}"),
        tag("{%p endfor %}"),
        p("Partijrol", "{{ party.hereafter }}"),
    )
    parties = table(
        "DpaPartijen",
        (1701, TEXT_WIDTH - 1701),
        (tag("{%tr for party in parties %}"), tag("")),
        (p("Partijtussen", "{{ party.intro }}"), "".join(party)),
        (tag("{%tr endfor %}"), tag("")),
        properties=_CANT_SPLIT,
    )
    title = p("Stempel", _DRAFT_MARK) + p("Title", "{{ title }}") + p("Subtitle", "{{ subtitle }}")
    return title + facts + p("Tussenruimte") + parties


def contents() -> str:
    """The table of contents; the entries, fields and links are made by the renderer."""
    return "".join(
        (
            p("TOCHeading", "{{ labels.toc }}"),
            tag("{%p for entry in toc %}"),
            tag("{%p if entry.main %}"),
            p("TOCdeel", "{{r entry.link|safe }}"),
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
            p("Kopzondernummer", "{{r recitals.heading|safe }}"),
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
            p("Kopzondernummer", "{{r closing.heading|safe }}"),
            tag("{%p for lid in closing.paragraphs %}"),
            p("Slot", "{{r lid.text|safe }}"),
            tag("{%p endfor %}"),
        )
    )


def signatures() -> str:
    """One block per party, side by side, never split over two pages; the general terms are not signed."""
    half = 4252

    def block(party: str) -> list[str]:
        fields = (
            ("name", f"{{{{ {party}.signature_name }}}}"),
            ("role", f"{{{{ {party}.signature_role }}}}"),
            ("place_date", ""),
        )
        return [
            p("Tekenpartij", f"{{{{ {party}.signed_for }}}}") + p("Tekennaam", f"{{{{ {party}.name }}}}"),
            *(p("Tekenveld", f"{{{{ labels.{label} }}}}") + p("Tekenwaarde", value) for label, value in fields),
            p("Tekenveld", "{{ labels.signature }}") + p("Tekenruimte"),
        ]

    pairs = zip(block("signatories[0]"), block("signatories[1]"), strict=True)
    rows = [(left, p("Tekenveld"), right) for left, right in pairs]
    blocks = table("DpaTekenblok", (half, TEXT_WIDTH - 2 * half, half), *rows, properties=_CANT_SPLIT)
    # LibreOffice loses a bookmark that starts right after a table: the spacer keeps the first annex's
    return tag("{%p if signatories %}") + blocks + p("Sectieeinde") + tag("{%p endif %}")


def annexes() -> str:
    """The annexes, each on a new page."""
    return "".join(
        (
            tag("{%p for bijlage in annexes %}"),
            p("Bijlage", "{{r bijlage.heading|safe }}"),
            tag("{%p for block in bijlage.blocks %}"),
            tag("{%p if block.kind == 'heading' %}"),
            p("Bijlagekop", "{{r block.text|safe }}"),
            tag("{%p elif block.kind == 'text' %}"),
            p("BodyText", "{{r block.text|safe }}"),
            tag("{%p elif block.kind == 'bullet' %}"),
            p("Opsomming", "{{r block.text|safe }}"),
            tag("{%p else %}"),
            p("Tabeltekst", "{{p block.table|safe }}"),
            p("Tussenruimte", "{{r block.text|safe }}"),
            tag("{%p endif %}"),
            tag("{%p endfor %}"),
            tag("{%p endfor %}"),
        )
    )


def section(furniture: str, title_page: str = "") -> str:
    """The properties of a section with these headers and footers."""
    page = w("pgSz", w=PAGE_WIDTH, h=PAGE_HEIGHT)
    margins = w("pgMar", top=MARGIN, right=MARGIN, bottom=MARGIN, left=MARGIN, header=680, footer=624, gutter=0)
    return w("sectPr", furniture + page + margins + title_page)


def document() -> str:
    """word/document.xml: a front section (cover and contents; the cover has its own footer and no header) and the text."""
    usual = '<w:headerReference w:type="default" r:id="rIdHeader"/><w:footerReference w:type="default" r:id="rIdFooter"/>'
    cover_footer = '<w:footerReference w:type="first" r:id="rIdFooterCover"/>'
    front = cover() + contents() + p("Sectieeinde", properties=section(usual + cover_footer, w("titlePg")))
    text = body() + signatures() + annexes() + section(usual)
    return f"{XML}<w:document {NAMESPACES}>{w('body', front + text)}</w:document>"


def header() -> str:
    """word/header1.xml: the title and, on a draft, the mark."""
    mark = run(_DRAFT_MARK, w("b") + w("caps") + color(SIGNAL) + tracked(40))
    return f"{XML}<w:hdr {NAMESPACES}>{p('Header', '{{ title }}', w('r', w('tab')), mark)}</w:hdr>"


def footer(*, numbered: bool) -> str:
    """word/footer1.xml and, for the cover, footer2.xml: reference, identity and, in the text, the page number."""
    identity = run("{{ reference }}") + run("   {{ agreement_id }}", color(FAINT) + w("sz", val=13))
    pages = w("r", w("tab")) + run("{{ labels.page }} ") + field("PAGE") + run(" {{ labels.of }} ") + field("NUMPAGES")
    return f"{XML}<w:ftr {NAMESPACES}>{p('Footer', identity, pages if numbered else '')}</w:ftr>"


# ---- the package ---------------------------------------------------------------------------------------------------


def core_properties() -> str:
    """docProps/core.xml; the dates are replaced by the renderer."""
    return (
        f'{XML}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        "<dc:title>{{ title }}</dc:title><dc:subject>{{ reference }}</dc:subject><dc:creator>{{ author }}</dc:creator>"
        "<dc:identifier>{{ agreement_id }}</dc:identifier><cp:lastModifiedBy>{{ author }}</cp:lastModifiedBy>"
        "<cp:revision>1</cp:revision>"
        '<dcterms:created xsi:type="dcterms:W3CDTF">2020-01-01T00:00:00Z</dcterms:created>'
        '<dcterms:modified xsi:type="dcterms:W3CDTF">2020-01-01T00:00:00Z</dcterms:modified>'
        f"<dc:language>{LANGUAGE}</dc:language></cp:coreProperties>"
    )


def application_properties() -> str:
    """docProps/app.xml: what wrote the file, as Word would put it."""
    application = "<Application>Microsoft Office Word</Application><AppVersion>16.0000</AppVersion>"
    return f'{XML}<Properties xmlns="{_OFFICE}/extended-properties">{application}</Properties>'


def custom_properties() -> str:
    """docProps/custom.xml: the agreement's identity as a document property."""
    return (
        f'{XML}<Properties xmlns="{_OFFICE}/custom-properties" xmlns:vt="{_OFFICE}/docPropsVTypes">'
        '<property fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="2" name="DpaAgreementId">'
        "<vt:lpwstr>{{ agreement_id }}</vt:lpwstr></property></Properties>"
    )


def identity_item() -> str:
    """customXml/item1.xml: the agreement's identity in our namespace."""
    return f'{XML}<agreement xmlns="{AGREEMENT_NS}" id="{{{{ agreement_id }}}}"/>'


def identity_properties() -> str:
    """customXml/itemProps1.xml: which namespace that item is of."""
    return (
        f'{XML}<ds:datastoreItem xmlns:ds="{_OFFICE}/customXml" ds:itemID="{{7D0A2B6E-4C1F-4E0B-9A55-2F5C8D1E6A01}}">'
        f'<ds:schemaRefs><ds:schemaRef ds:uri="{AGREEMENT_NS}"/></ds:schemaRefs></ds:datastoreItem>'
    )


def relationships(*items: tuple[str, str, str]) -> str:
    """A .rels part of (id, type, target); a type of Office is given by its last word."""
    types = {kind: kind if kind.startswith("http") else f"{_OFFICE}/relationships/{kind}" for _, kind, _ in items}
    body = "".join(f'<Relationship Id="{rid}" Type="{types[kind]}" Target="{target}"/>' for rid, kind, target in items)
    return f'{XML}<Relationships xmlns="{_PACKAGE}/relationships">{body}</Relationships>'


def content_types() -> str:
    """[Content_Types].xml."""
    overrides = {
        "word/document.xml": f"{_WORD_TYPE}.document.main+xml",
        "word/styles.xml": f"{_WORD_TYPE}.styles+xml",
        "word/numbering.xml": f"{_WORD_TYPE}.numbering+xml",
        "word/settings.xml": f"{_WORD_TYPE}.settings+xml",
        "word/fontTable.xml": f"{_WORD_TYPE}.fontTable+xml",
        "word/theme/theme1.xml": f"{_DOCUMENT_TYPE}.theme+xml",
        "word/header1.xml": f"{_WORD_TYPE}.header+xml",
        "word/footer1.xml": f"{_WORD_TYPE}.footer+xml",
        "word/footer2.xml": f"{_WORD_TYPE}.footer+xml",
        "docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
        "docProps/app.xml": f"{_DOCUMENT_TYPE}.extended-properties+xml",
        "docProps/custom.xml": f"{_DOCUMENT_TYPE}.custom-properties+xml",
        "customXml/itemProps1.xml": f"{_DOCUMENT_TYPE}.customXmlProperties+xml",
    }
    types = "".join(f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in overrides.items())
    rels = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    return f'{XML}<Types xmlns="{_PACKAGE}/content-types">{rels}<Default Extension="xml" ContentType="application/xml"/>{types}</Types>'


def parts() -> dict[str, str]:
    """Every part of the template by name, in the order of the package."""
    return {
        "[Content_Types].xml": content_types(),
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
            ("rIdFooterCover", "footer", "footer2.xml"),
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
        "docProps/app.xml": application_properties(),
        "docProps/custom.xml": custom_properties(),
        "customXml/item1.xml": identity_item(),
        "customXml/_rels/item1.xml.rels": relationships(("rId1", "customXmlProps", "itemProps1.xml")),
        "customXml/itemProps1.xml": identity_properties(),
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
    print(f"{'/'.join(TARGET.parts[-3:])}: {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
