"""Whether a text that should hold a case reference looks as if it names a person. Pure; it only warns.

Timesheets and invoices go to the client's accounts department, so they carry references (BIJ-2026-0012) and never the name, number
or address of a data subject (assistance-fees#invoice). No rule knows every name: what is found is shown, and the writer decides.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

EMAIL, PHONE, NATIONAL_NUMBER, TITLED, NAME = "email", "phone", "national_number", "titled_name", "name"

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_NATIONAL = re.compile(r"(?<!\d)\d{2}[.\s]?\d{2}[.\s]?\d{2}[-\s.]?\d{3}[.\s]?\d{2}(?!\d)")
_PHONE = re.compile(r"(?<![\w/])(?:\+|00)\d{1,3}(?:[\s./-]?\d){7,11}(?!\d)|(?<![\w/-])0\d{1,3}(?:[\s./]\d{2,3}){2,4}(?!\d)")
_CAPITAL = r"[A-ZÀ-ÖØ-Þ][\w’'-]*[a-zß-öø-ÿ]"
_PARTICLE = r"(?:[Vv]an|[Dd]e[rns]?|[Tt]e[nr]|[Ll][ae]|[Dd]u|[Dd]i|[Ee]l|[Bb]en|['’]t)"
_TITLED = re.compile(
    rf"\b(?:[Dd]hr|[Mm]evr|[Mm]vr|[Mm]me|[Mm]lle|[Mm]onsieur|[Mm]adame|[Mm]eneer|[Mm]evrouw|[Dd]e heer)\.?\s+(?:{_PARTICLE}\s+)*{_CAPITAL}"
)
_NAME = re.compile(rf"\b{_CAPITAL}(?:\s+{_PARTICLE})*\s+{_CAPITAL}(?:-{_CAPITAL})?")
# words with a capital that begin a phrase here, or belong to an institution and not to a person
_NO_NAMES = frozenset(
    ("aan", "afschrift", "antwoord", "artikel", "bericht", "bijlage", "brief", "gesprek", "klacht", "mail", "verzoek", "vraag", "controle", "dossier", "export", "gegevens", "kopie", "melding",
     "mededeling", "onderzoek", "opzoeking", "overleg", "rapport", "verslag", "verwerkersovereenkomst", "wissing",
     "gegevensbeschermingsautoriteit", "europese", "belgische", "vlaamse", "raad", "microsoft", "google")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What looks like personal data: its `kind` and the words found."""

    kind: str
    words: str


def suspicions(text: str, known: Collection[str] = ()) -> list[Suspicion]:
    """What in a text looks like a person's name or number, each place once.

    `known` are words that name no data subject here: the client's own name, services, systems.
    """
    found: list[Suspicion] = []
    rest = text
    for kind, pattern in ((EMAIL, _EMAIL), (NATIONAL_NUMBER, _NATIONAL), (PHONE, _PHONE), (TITLED, _TITLED)):
        for hit in pattern.finditer(rest):
            if kind != NATIONAL_NUMBER or national_number_valid(hit.group()):
                found.append(Suspicion(kind, hit.group()))
                rest = rest.replace(hit.group(), " · ", 1)
    harmless = _NO_NAMES | {word.lower() for each in known for word in each.split()}
    place = 0
    while name := _NAME.search(rest, place):
        words = name.group().split()
        if words[0].lower() in harmless:  # "Opzoeking Fien Voorbeeld": the name may begin after it
            place = name.start() + len(words[0])
            continue
        if not any(word.lower() in harmless for word in words):
            found.append(Suspicion(NAME, " ".join(words)))
        place = name.end()
    return found


def national_number_valid(number: str) -> bool:
    """Whether eleven digits are a Belgian national register number (born before or since 2000)."""
    plain = re.sub(r"\D", "", number)
    if len(plain) != 11:
        return False
    return int(plain[9:]) in (97 - int(plain[:9]) % 97, 97 - int("2" + plain[:9]) % 97)
