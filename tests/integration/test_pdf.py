"""The PDF of an agreement: the words of the snapshot and nothing else, an archive file, the same bytes everywhere."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from dpa_service.adapters import pdf as adapter
from dpa_service.adapters.docx.context import RenderError
from dpa_service.adapters.pdf import render_pdf, unprintable
from dpa_service.resources import templates_dir
from tests.support.snapshots import general_terms, sample, small, text
from tools import last_resort_font

ROOT = Path(__file__).parents[2]
CENTIMETRE = 72 / 2.54

HOSTILE = [
    'A & B <Ltd> "x" #strong[x] $1+1$ *b* _i_ @ref [y]',
    r"\ `raw` ~ -- ... // x /* */ #{ } \u{41} \# \\",
    "{{ title }} {% if x %} {# y #} ${z} %s {0}",
    "= kop - lijst + nummer <label> [a](b) 1. een",
    "Łódź Ğöktürk ß Ærø Ñandú Ελληνικά Кириллица",
    "Bureau 😀 Emoji 👩\u200d💻 🇧🇪 BV",
    "株式会社 公司 नमस्ते",
    "שלום עולם",
    "مرحبا",
    "O’Neill “citaat” 'enkel' … – — € №",
]


def pages(pdf: bytes) -> list[str]:
    """The text layer of every page, its lines joined by spaces."""
    document = pypdfium2.PdfDocument(pdf)
    return [" ".join(page.get_textpage().get_text_range().split()) for page in document]


def words(pdf: bytes) -> str:
    return "\n".join(pages(pdf))


def said(snapshot: dict[str, Any], *runs: dict[str, Any]) -> dict[str, Any]:
    """The snapshot with other words in its first paragraph."""
    snapshot["parts"][0]["articles"][0]["paragraphs"][0]["runs"] = list(runs)
    return snapshot


# ---- words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stand_verbatim_in_the_text(name: str) -> None:
    bold = {"text": f"Vet {name} einde", "bold": True}
    snapshot = said(small(client=name), text(f"Gewoon {name} einde. "), bold)
    cell: list[list[dict[str, Any]]] = next(
        block["rows"][0] for block in snapshot["annexes"][0]["blocks"] if block["kind"] == "table"
    )
    cell[0] = [text(name)]
    found = words(render_pdf(snapshot))
    if "שלום" in name:  # the reader lines up the letters of a right-to-left line in its own order
        found, name = " ".join(sorted(found.split())), name.split()[0]
    # paragraph twice, cover, signature; the narrow cell may break it
    assert found.count(name) >= 4 or all(found.count(word) >= 4 for word in name.split())


def test_a_character_without_glyph_is_reported_and_stays_in_the_text() -> None:
    snapshot = small(client="Bureau 😀 公司")
    assert unprintable(snapshot) == ["公", "司", "😀"]
    pdf = render_pdf(snapshot)
    assert words(pdf).count("Bureau 😀 公司") == 2
    assert b"LastResortBox" in pdf


def test_ordinary_letters_all_have_glyphs() -> None:
    letters = "".join(chr(code) for code in range(0x20, 0x2100) if adapter._PLAIN.fullmatch(chr(code)))
    shown = [letter for letter in letters if unicodedata.category(letter) not in ("Cc", "Cn", "Cs")]
    missing = adapter._new_compiler("probe.typ", signs="".join(shown)).query("<missing>", field="value", one=True)
    assert json.loads(missing) == []
    assert unprintable(small(client="Łódź Ærø Ελληνικά Кириллица “–”")) == []


def test_controls_go_as_in_the_word_file() -> None:
    pdf = render_pdf(said(small(), text("een\x00twee\x07drie\tvier\ufffevijf\ufeffzes")))
    assert "eentweedrie viervijf\u2060zes" in words(pdf)


def test_every_label_heading_and_page_number_is_printed() -> None:
    snapshot = sample(14, 3)
    found = pages(render_pdf(snapshot))
    body = " ".join(found[2:])
    for part in snapshot["parts"]:
        assert f"Deel {part['label']} {part['title']}" in body
        for article in part["articles"]:
            assert f"{article['label']} {article['heading']}" in body
            for paragraph in article["paragraphs"]:
                assert f" {paragraph['label']} {paragraph['runs'][0]['text'].split()[0]}" in body
                for point in paragraph["points"]:
                    assert f" {point['label']} {point['runs'][0]['text'].split()[0]}" in body
    for annex in snapshot["annexes"]:
        assert f"Bijlage {annex['label']} {annex['heading']}" in body
    for number, page in enumerate(found, start=1):
        assert page.endswith(f"{snapshot['reference']} pagina {number} van {len(found)}")


def headings(snapshot: dict[str, Any]) -> list[str]:
    """Every line of the table of contents without its page."""
    listed = [snapshot["recitals"]["heading"]]
    for part in snapshot["parts"]:
        listed.append(f"Deel {part['label']} {part['title']}")
        listed += [f"{article['label']} {article['heading']}" for article in part["articles"]]
    listed.append(snapshot["closing"]["heading"])
    return listed + [f"Bijlage {annex['label']} {annex['heading']}" for annex in snapshot["annexes"]]


def test_the_contents_name_every_heading_with_its_page() -> None:
    snapshot = sample(14, 3)
    found = pages(render_pdf(snapshot))
    contents = found[1].split(" Inhoudsopgave ", 1)[1]
    for heading in headings(snapshot):
        entry = re.match(re.escape(heading) + r" (\d+) ", contents)
        assert entry, (heading, contents)
        assert heading in found[int(entry[1]) - 1]
        contents = contents[entry.end() :]
    assert contents == f"{snapshot['reference']} pagina 2 van {len(found)}"


def test_the_cover_says_what_it_is_and_who_the_parties_are() -> None:
    cover = pages(render_pdf(small()))[0]
    assert cover.startswith("Ontwerp Verwerkersovereenkomst overeenkomstig artikel 28")
    order = ["Referentie ONTWERP-3F2A91C0", "Datum van inwerkingtreding 1 december 2026", "Tussen Voorbeeld Energie NV",
             "hierna “de Verwerkingsverantwoordelijke”", "en Voorbeeld Contactcentrum NV", "hierna “de Verwerker”"]  # fmt: skip
    places = [cover.index(piece) for piece in order]
    assert places == sorted(places)


def test_only_a_draft_says_so() -> None:
    assert all("Ontwerp" in page for page in pages(render_pdf(small())))
    assert "ntwerp" not in words(render_pdf(small(draft=False))).replace("Ontwerp-", "")


def test_general_terms_have_one_party_and_no_signatures() -> None:
    found = words(render_pdf(general_terms()))
    assert "Uitgegeven door Voorbeeld Contactcentrum NV" in found
    assert "Handtekening" not in found


# ---- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [["title"], ["labels", "page"], ["date", "iso"], ["parties", 0, "name"], ["parties", 1, "role_label"],
     ["parts", 0, "articles", 0, "heading"], ["parts", 0, "articles", 0, "paragraphs", 1, "label"], ["annexes", 0, "blocks", 0, "runs"]],
)  # fmt: skip
def test_a_missing_value_is_refused_by_name(path: list[str | int]) -> None:
    snapshot: Any = small()
    holder = snapshot
    for step in path[:-1]:
        holder = holder[step]
    del holder[path[-1]]
    with pytest.raises(RenderError, match=str(path[-1])):
        render_pdf(snapshot)


def test_a_reference_to_nowhere_is_refused() -> None:
    with pytest.raises(RenderError, match="_cl_nowhere"):
        render_pdf(said(small(), text("Zie artikel "), {"text": "99", "ref": "_cl_nowhere"}))


def test_after_a_refusal_the_next_document_is_right() -> None:
    before = render_pdf(small())
    with pytest.raises(RenderError):
        render_pdf(said(small(), {"text": "99", "ref": "_cl_nowhere"}))
    assert render_pdf(small()) == before


# ---- the file --------------------------------------------------------------------------------------------------------


def test_it_claims_pdf_a_and_pdf_ua_and_is_tagged() -> None:
    pdf = render_pdf(small())
    assert re.search(rb"<pdfaid:part>2</pdfaid:part>", pdf)
    assert re.search(rb"<pdfaid:conformance>B</pdfaid:conformance>", pdf)
    assert re.search(rb"<pdfuaid:part>1</pdfuaid:part>", pdf)
    assert b"/MarkInfo" in pdf
    assert b"/StructTreeRoot" in pdf
    assert re.search(rb"/Lang ?\(nl-BE\)", pdf)


def test_its_data_come_from_the_snapshot() -> None:
    data = pypdfium2.PdfDocument(render_pdf(small(draft=False))).get_metadata_dict()
    assert data["Title"] == "Verwerkersovereenkomst"
    assert data["Author"] == "Voorbeeld Contactcentrum NV"
    assert data["Keywords"] == "DPA-2026-0001"
    assert data["CreationDate"].startswith("D:20261201")


def test_it_embeds_the_house_fonts_only() -> None:
    pdf = render_pdf(small(client="Bureau 😀 مرحبا"))
    names = {name.decode().split("+")[-1] for name in re.findall(rb"/FontName ?/([A-Za-z0-9+-]+)", pdf)}
    assert names
    assert all(name.startswith(("LibertinusSerif", "DejaVuSansMono", "NewCM", "LastResortBox")) for name in names)


def test_the_box_font_is_the_one_that_the_tool_builds() -> None:
    assert (templates_dir() / "typst" / "fonts" / "last-resort.ttf").read_bytes() == last_resort_font.build()


def test_the_same_snapshot_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    snapshot = sample(12, 2)
    (tmp_path / "snapshot.json").write_text(json.dumps(snapshot), encoding="utf-8")
    code = (
        "import hashlib, json, pathlib; from dpa_service.adapters.pdf import render_pdf;"
        "print(hashlib.sha256(render_pdf(json.loads(pathlib.Path('snapshot.json').read_text()))).hexdigest())"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7", "SOURCE_DATE_EPOCH": "1"}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == hashlib.sha256(render_pdf(snapshot)).hexdigest()


def test_threads_do_not_disturb_each_other() -> None:
    snapshots = [small(client=f"Klant {number}") for number in range(4)]
    alone = [render_pdf(snapshot) for snapshot in snapshots]
    with ThreadPoolExecutor(4) as executor:
        assert list(executor.map(render_pdf, snapshots)) == alone


# ---- the layout ------------------------------------------------------------------------------------------------------


def test_the_outline_lists_parts_articles_and_annexes() -> None:
    snapshot = sample(14, 3)
    titles = [" ".join(entry.get_title().split()) for entry in pypdfium2.PdfDocument(render_pdf(snapshot)).get_toc()]
    within = [f"{block['label']} {block['runs'][0]['text']}" for annex in snapshot["annexes"] for block in annex["blocks"]
              if block["kind"] == "heading"]  # fmt: skip
    assert [title for title in titles if title not in within] == [title for title in headings(snapshot) if title not in within]
    assert set(within) <= set(titles)


def test_references_are_links_to_their_place() -> None:
    without = render_pdf(said(small(), text("Zie artikel 3 en verder.")))
    linked = render_pdf(
        said(small(), text("Zie artikel "), {"text": "3", "ref": small()["parts"][2]["articles"][0]["bookmark"]}, text("."))
    )
    assert linked.count(b"/Subtype/Link") == without.count(b"/Subtype/Link") + 1


def test_the_heads_of_a_long_table_return_on_every_page() -> None:
    snapshot = small()
    rows = [[[text(f"Dienst {number}")], [text("gegevens")]] for number in range(90)]
    table = {"kind": "table", "columns": ["Naamkolom", "Soortkolom"], "widths": [40, 60], "rows": rows}
    snapshot["annexes"][-1]["blocks"] = [table]
    found = [page for page in pages(render_pdf(snapshot)) if re.search(r"Dienst \d", page)]
    assert len(found) >= 3
    assert all("Naamkolom Soortkolom" in page for page in found)
    assert all(f"Dienst {number} " in " ".join(found) for number in range(90))


@pytest.mark.parametrize("articles", range(6, 14))
def test_the_signatures_stand_together_under_words(articles: int) -> None:
    signing = [page for page in pages(render_pdf(sample(articles, 2))) if "Handtekening" in page]
    assert len(signing) == 1
    for piece in ("Opgemaakt in twee exemplaren", "Voor de Verwerkingsverantwoordelijke", "Plaats en datum", "Voor de Verwerker"):
        assert piece in signing[0]


def test_long_addresses_and_names_stay_within_the_margins() -> None:
    address = "gegevensbescherming@voorbeeld-energiedistributiemaatschappij-nederland.example"
    snapshot = said(small(client="A" * 150 + " " + "Lang" * 30), text(f"Mail naar {address} of naar {'x' * 120}."))
    table = {"kind": "table", "columns": ["Naam", "Soort", "Doel", "Plaats", "Contact"], "widths": [20, 24, 20, 16, 20],
             "rows": [[[text("X")], [text("Y")], [text("CIN U00000XX0000XXX000000ABCDEF")], [text("België")], [text(address)]]]}  # fmt: skip
    snapshot["annexes"][0]["blocks"].append(table)
    document = pypdfium2.PdfDocument(render_pdf(snapshot))
    for page in document:
        width = page.get_size()[0]
        layer = page.get_textpage()
        for index in range(layer.count_rects()):
            left, _, right, _ = layer.get_rect(index)
            assert left >= 2.5 * CENTIMETRE - 1
            assert right <= width - 2.5 * CENTIMETRE + 6  # a hyphen or full stop may hang in the margin
    assert address in "".join(words(render_pdf(snapshot)).replace("\ufffe", "-").split())
