"""Made-up snapshots in the shape of docs/snapshot.md, for the tests and benchmarks of the Word file.

`sample()` is an agreement of sixty clauses (about twelve pages) with everything a snapshot can hold: references to articles,
paragraphs, points and annexes, defined terms, three levels of points, every kind of annex block, tables of two to five columns.
`small()` is the same with one clause of each kind, and `general_terms()` the family with one party.
"""

from __future__ import annotations

import hashlib
from typing import Any

Json = dict[str, Any]

LABELS = {
    "toc": "Inhoudsopgave",
    "part": "Deel",
    "annex": "Bijlage",
    "page": "pagina",
    "of": "van",
    "reference": "Referentie",
    "effective": "Datum van inwerkingtreding",
    "draft": "Ontwerp",
    "between": "Tussen",
    "and": "en",
    "hereafter": "hierna “{role}”",
    "signed_for": "Voor {role}",
    "name": "Naam",
    "role": "Hoedanigheid",
    "place_date": "Plaats en datum",
    "signature": "Handtekening",
    "issuer": "Uitgegeven door",
}

_SENTENCES = [
    "De Verwerker verwerkt de Persoonsgegevens uitsluitend op grond van gedocumenteerde instructies van de Verwerkingsverantwoordelijke.",
    "Elke Partij bewaart een exemplaar van de gegeven instructies zolang deze Overeenkomst loopt en tot zes maanden daarna.",
    "De maatregelen zijn afgestemd op de stand van de techniek, de uitvoeringskosten en het risico voor de Betrokkenen.",
    "De Verwerker antwoordt binnen 7\u00a0(zeven)\u00a0dagen nadat het verzoek hem heeft bereikt; de termijn loopt in kalenderdagen.",
    "Deze bijstand wordt vergoed tegen € 95,00 per uur, tenzij zij het gevolg is van een tekortkoming van de Verwerker.",
    "Een verlenging van de termijn geldt alleen wanneer zij schriftelijk en met opgave van redenen is meegedeeld.",
]
_POINTS = [
    "de aard van de Inbreuk, met de categorieën en het geschatte aantal Betrokkenen;",
    "het contactpunt waar bijkomende informatie te verkrijgen is;",
    "de waarschijnlijke gevolgen en de maatregelen die de Verwerker voorstelt.",
]
_HEADINGS = ["Definities", "Voorwerp van de verwerking", "Instructies", "Vertrouwelijkheid", "Beveiliging", "Subverwerkers", "Doorgiften buiten de Europese Economische Ruimte", "Bijstand bij verzoeken van Betrokkenen", "Melding van inbreuken", "Controle en audit", "Aansprakelijkheid", "Duur en beëindiging"]  # fmt: skip
_PARTS = ["Voorwerp en instructies", "Bescherming van de gegevens", "Subverwerkers en doorgiften", "Bijstand", "Aansprakelijkheid", "Duur en slotbepalingen"]  # fmt: skip
_ROMAN = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"]


def bookmark(prefix: str, seed: object) -> str:
    """A bookmark name as the assembler makes them: a prefix and twelve hexadecimal digits."""
    return prefix + hashlib.sha256(repr(seed).encode()).hexdigest()[:12]


def _identity(clause: str, seed: object) -> Json:
    return {"clause": clause, "version": "1.0.0", "hash": "0" * 64, "bookmark": bookmark("_cl_", seed)}


def text(value: str) -> Json:
    return {"text": value}


def _article(number: int) -> Json:
    label = str(number)
    paragraphs: list[Json] = []
    for index in range(1, 4):
        runs = [text(_SENTENCES[(number + index) % len(_SENTENCES)])]
        if index == 2:
            runs = [
                text("In deze Overeenkomst is een "),
                {"text": "Inbreuk", "bold": True},
                text(" een inbreuk in verband met Persoonsgegevens. Zij wordt gemeld zoals bepaald in artikel "),
                {"text": f"{number}.3", "ref": bookmark("_pr_", (number, 3))},
                text(", met inachtneming van artikel "),
                {"text": "1", "ref": bookmark("_cl_", 1)},
                text("."),
            ]
        points: list[Json] = []
        if index == 3 and number % 3 == 1:
            points = [_point(f"{number}.3", i, [text(t)]) for i, t in enumerate(_POINTS)]
            points[1]["bookmark"] = bookmark("_pr_", (number, 3, "b"))
            points[2]["points"] = [_point(f"{number}.3(c)", i, [text(t)], ["(i)", "(ii)"]) for i, t in enumerate(_POINTS[:2])]
            points[2]["points"][1]["runs"] = [
                text("wat overeenkomstig artikel "),
                {"text": f"{number}.3(b)", "ref": points[1]["bookmark"]},
                text(" en "),
                {"text": "Bijlage\u00a0II", "ref": bookmark("_cl_", "annex2")},
                text(" is gevraagd."),
            ]
        paragraphs.append(
            {
                "label": f"{number}.{index}",
                "anchor": "notify" if index == 3 else None,
                "bookmark": bookmark("_pr_", (number, 3)) if index == 3 else None,
                "runs": runs,
                "points": points,
            }
        )
    heading = _HEADINGS[number % len(_HEADINGS)]
    return {**_identity(f"clause-{number}", number), "label": label, "heading": heading, "paragraphs": paragraphs}


def _point(parent: str, index: int, runs: list[Json], labels: list[str] | None = None) -> Json:
    label = (labels or ["(a)", "(b)", "(c)"])[index]
    return {"label": label, "full_label": parent + label, "anchor": None, "bookmark": None, "runs": runs, "points": []}


def _block(kind: str, *runs: Json, **more: Any) -> Json:
    return {"kind": kind, "bookmark": None, "runs": list(runs), **more}


def _table(columns: int, rows: int) -> Json:
    heads = ["Dienst", "Soort persoonsgegevens", "Doel", "Bewaartermijn", "Contact"][:columns]
    cells = ["Inkomende klantenservice", "Identificatie- en contactgegevens, klantnummer", "Beantwoorden van vragen", "24 maanden", "privacy@voorbeeld.example"]  # fmt: skip
    body = [[[text(cell)] for cell in cells[:columns]] for _ in range(rows)]
    body[0][1] = [
        text("Naam, adres, "),
        {"text": "Klantnummer", "bold": True},
        {"text": "", "break": True},
        text("E-mail & telefoon"),
    ]
    widths = {2: [25, 75], 3: [25, 45, 30], 4: [22, 30, 26, 22], 5: [20, 24, 20, 16, 20]}[columns]
    return {"kind": "table", "columns": heads, "widths": widths, "rows": body}


def _annex(number: int) -> Json:
    blocks = [
        _block("heading", text("Voorwerp en duur"), label="1"),
        _block(
            "text",
            text("Deze bijlage beschrijft de verwerking, zoals bedoeld in artikel "),
            {"text": "2", "ref": bookmark("_cl_", 2)},
            text("."),
        ),
        _table(2 + number % 4, 4),
        {**_block("heading", text("Categorieën"), label="2"), "bookmark": bookmark("_pr_", ("annex", number))},
        _block("bullet", text("klanten en voormalige klanten;")),
        _block("bullet", text("contactpersonen van leveranciers.")),
    ]
    if number % 2:
        blocks.append(_table(2 + (number + 2) % 4, 3))
    heading = ["Beschrijving van de verwerking", "Beveiligingsmaatregelen", "Subverwerkers", "Tarief van de bijstand"]
    return {**_identity(f"annex-{number}", f"annex{number}"), "label": _ROMAN[number], "heading": heading[number % 4], "blocks": blocks}  # fmt: skip


def _party(role: str, label: str, name: str) -> Json:
    return {
        "role": role,
        "role_label": label,
        "name": name,
        "description": [
            "naamloze vennootschap, ondernemingsnummer 0999.900.150, RPR Gent, afdeling Gent",
            "met zetel te Voorbeeldstraat 12, 9000 Gent, België",
            "vertegenwoordigd door V. Oorbeeld, gedelegeerd bestuurder",
        ],
        "signature": {"name": "V. Oorbeeld", "role": "gedelegeerd bestuurder"},
    }


def sample(articles: int = 53, annexes: int = 5, *, draft: bool = True, client: str = "Voorbeeld Energie NV") -> Json:
    """An agreement of `articles` + `annexes` + recitals + closing clauses between two parties."""
    per_part = -(-articles // len(_PARTS))
    parts = [
        {
            "label": _ROMAN[i + 1],
            "title": title,
            "articles": [_article(n) for n in range(i * per_part + 1, min(articles, (i + 1) * per_part) + 1)],
        }
        for i, title in enumerate(_PARTS)
    ]
    recitals = [
        {"label": f"({letter})", "bookmark": None, "runs": [text(sentence)], "points": []}
        for letter, sentence in zip("ABC", _SENTENCES, strict=False)
    ]
    recitals[1]["bookmark"] = bookmark("_pr_", "recital")
    return {
        "format": 1,
        "family": "agreement",
        "language": "nl",
        "title": "Verwerkersovereenkomst",
        "subtitle": "overeenkomstig artikel 28 van Verordening (EU) 2016/679 (AVG)",
        "reference": "ONTWERP-3F2A91C0" if draft else "DPA-2026-0001",
        "draft": draft,
        "agreement_id": "0192f3c4-7a5e-7c11-9d3b-3f2a91c0aa01",
        "date": {"iso": "2026-12-01", "text": "1\u00a0december\u00a02026"},
        "labels": dict(LABELS),
        "parties": [
            _party("controller", "de Verwerkingsverantwoordelijke", client),
            _party("processor", "de Verwerker", "Voorbeeld Contactcentrum NV"),
        ],
        "recitals": {**_identity("recitals", "recitals"), "heading": "Overwegingen", "paragraphs": recitals},
        "parts": [part for part in parts if part["articles"]],
        "closing": {
            **_identity("signature", "closing"),
            "heading": "Ondertekening",
            "paragraphs": [{"runs": [text("Opgemaakt in twee exemplaren; elke Partij erkent er één te hebben ontvangen.")]}],
        },
        "annexes": [_annex(n) for n in range(1, annexes + 1)],
        "terms": {},
        "deviations": [],
        "coverage": [],
        "trace": [],
        "library": {"hash": "0" * 64},
        "request": {},
    }


def small(**more: Any) -> Json:
    """Four articles and two annexes: every kind of element once, quick to render."""
    return sample(4, 2, **more)


def general_terms() -> Json:
    """The family with one party: no recitals, no annexes."""
    snapshot = sample(12, 0)
    snapshot |= {
        "family": "general-terms",
        "title": "Algemene voorwaarden gegevensbescherming",
        "subtitle": "van toepassing op elke klant zonder afzonderlijke verwerkersovereenkomst",
        "recitals": None,
        "parties": [_party("issuer", "de Dienstverlener", "Voorbeeld Contactcentrum NV")],
    }
    for part in snapshot["parts"]:  # references to the annexes would dangle
        for article in part["articles"]:
            for paragraph in article["paragraphs"]:
                for point in paragraph["points"]:
                    point["points"] = []
    return snapshot
