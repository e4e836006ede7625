"""The Word template of a claim's assessment, in the style of our agreements: `python -m tools.assessment_template`."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

from tools.house_style import NAMESPACES, TEXT_WIDTH, XML, color, tracked, w
from tools.house_template import p, parts, relationships, run, section, table, tag

TARGET = Path(__file__).resolve().parents[1] / "templates" / "docx" / "assessment.docx"
_AMOUNT = w("jc", val="right")
_GONE = re.compile(r'<Override PartName="/(?:customXml|docProps/custom|word/footer2)[^>]*/>')
_SOFT = color("5C6B7A") + w("sz", val=17)


def pairs(name: str) -> str:
    """A list of facts: what it is, and its value."""
    return table(
        "DpaGegevens",
        (2950, TEXT_WIDTH - 2950),
        (tag(f"{{%tr for row in {name} %}}"), tag("")),
        (p("Gegeven", "{{ row[0] }}"), p("Gegevenswaarde", "{{ row[1] }}")),
        (tag("{%tr endfor %}"), tag("")),
        properties=w("cantSplit"),
    )


def heads(name: str) -> tuple[str, str, str]:
    """The first row of a table of three columns, the last one to the right."""
    return (
        p("Tabelkop", f"{{{{ {name}[0] }}}}"),
        p("Tabelkop", f"{{{{ {name}[1] }}}}"),
        p("Tabelkop", f"{{{{ {name}[2] }}}}", properties=_AMOUNT),
    )


def document() -> str:
    """word/document.xml."""
    reasons = (
        tag("{%p for line in step.lines %}")
        + p("Tabeltekst", "{{ line.text }}")
        + p("Tabeltekst", run("{{ line.by }}", _SOFT), properties=w("spacing", before=0, after=90, line=240, lineRule="auto"))
        + tag("{%p endfor %}")
        + p("Sectieeinde")
    )
    amount = (
        tag("{%p if step.strong %}")
        + p("Tabelkop", "{{ step.amount }}", properties=_AMOUNT)
        + tag("{%p else %}")
        + p("Tabeltekst", "{{ step.amount }}", properties=_AMOUNT)
        + tag("{%p endif %}")
    )
    stairs = table(
        "DpaTabel",
        (2500, TEXT_WIDTH - 2500 - 2000, 2000),
        heads("stair_heads"),
        (tag("{%tr for step in stairs %}"), tag(""), tag("")),
        (p("Tabelkop", "{{ step.name }}"), reasons, amount),
        (tag("{%tr endfor %}"), tag(""), tag("")),
        properties=w("cantSplit"),
    )
    items = table(
        "DpaTabel",
        (TEXT_WIDTH - 3300 - 2000, 3300, 2000),
        heads("item_heads"),
        (tag("{%tr for row in items %}"), tag(""), tag("")),
        (p("Tabeltekst", "{{ row[0] }}"), p("Tabeltekst", "{{ row[1] }}"), p("Tabeltekst", "{{ row[2] }}", properties=_AMOUNT)),
        (tag("{%tr endfor %}"), tag(""), tag("")),
        properties=w("cantSplit"),
    )
    warnings = (
        tag("{%p if warnings %}")
        + p("Kopzondernummer", "{{ warnings_title }}")
        + tag("{%p for one in warnings %}")
        + p("BodyText", "{{ one }}")
        + tag("{%p endfor %}")
        + tag("{%p endif %}")
    )
    beside = (
        tag("{%p if beside or notices %}")
        + p("Kopzondernummer", "{{ beside_title }}")
        + tag("{%p for one in beside %}")
        + p("BodyText", "{{ one }}")
        + tag("{%p endfor %}")
        + tag("{%p for notice in notices %}")
        + p("BodyText", run("{{ notice.text }} "), run("{{ notice.confidence }}", _SOFT))
        + tag("{%p endfor %}")
        + p("BodyText", run("{{ not_reviewed }}", w("i")))
        + tag("{%p endif %}")
    )
    body = (
        p("Title", "{{ title }}")
        + p("Subtitle", "{{ subtitle }}")
        + pairs("facts")
        + p("Tussenruimte")
        + p("BodyText", "{{ summary }}")
        + p("Kopzondernummer", "{{ stairs_title }}")
        + stairs
        + p("Tussenruimte")
        + warnings
        + p("Kopzondernummer", "{{ items_title }}")
        + items
        + p("Tussenruimte")
        + p("Kopzondernummer", "{{ made_of_title }}")
        + pairs("made_of")
        + p("Tussenruimte")
        + beside
    )
    furniture = '<w:headerReference w:type="default" r:id="rIdHeader"/><w:footerReference w:type="default" r:id="rIdFooter"/>'
    return f"{XML}<w:document {NAMESPACES}>{w('body', body + section(furniture))}</w:document>"


def all_parts() -> dict[str, str]:
    """The parts of the agreement's template with another text, and without the agreement's identity."""
    found = {
        name: xml
        for name, xml in parts().items()
        if not name.startswith("customXml/") and name not in ("docProps/custom.xml", "word/footer2.xml")
    }
    found["[Content_Types].xml"] = _GONE.sub("", found["[Content_Types].xml"])
    found["_rels/.rels"] = relationships(
        ("rId1", "officeDocument", "word/document.xml"),
        ("rId2", "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties", "docProps/core.xml"),
        ("rId3", "extended-properties", "docProps/app.xml"),
    )
    found["word/_rels/document.xml.rels"] = relationships(
        ("rIdStyles", "styles", "styles.xml"),
        ("rIdNumbering", "numbering", "numbering.xml"),
        ("rIdSettings", "settings", "settings.xml"),
        ("rIdFonts", "fontTable", "fontTable.xml"),
        ("rIdTheme", "theme", "theme/theme1.xml"),
        ("rIdHeader", "header", "header1.xml"),
        ("rIdFooter", "footer", "footer1.xml"),
    )
    found["word/document.xml"] = document()
    mark = run("{{ stairs_title }}", w("b") + w("caps") + tracked(40))
    found["word/header1.xml"] = f"{XML}<w:hdr {NAMESPACES}>{p('Header', '{{ title }}', w('r', w('tab')), mark)}</w:hdr>"
    found["word/footer1.xml"] = found["word/footer1.xml"].replace("{{ agreement_id }}", "{{ date.text }}")
    core = found["docProps/core.xml"].replace("{{ agreement_id }}", "{{ fingerprint }}")
    found["docProps/core.xml"] = core.replace("{{ author }}", "{{ reference }}")
    return found


def build() -> bytes:
    """The template as .docx bytes: the same at every call."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, xml in all_parts().items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 0
            archive.writestr(info, xml.encode(), compresslevel=9)
    return out.getvalue()


if __name__ == "__main__":
    TARGET.write_bytes(build())
    print(f"{'/'.join(TARGET.parts[-3:])}: {TARGET.stat().st_size} bytes")
