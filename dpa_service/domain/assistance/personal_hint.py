"""Whether a text looks as if it told who a person is. Pure; a hint for the one who types, never a ban: it errs on both sides."""

from __future__ import annotations

import re
from collections.abc import Iterable

# what is found → the kind that a page has words for
NAME, EMAIL, PHONE, NATIONAL_NUMBER, ACCOUNT = "name", "email", "phone", "national_number", "account"
_TITLES = r"(?:mevrouw|mevr\.?|de heer|dhr\.?|meneer|juffrouw|madame|mme\.?|monsieur|mr\.?|mrs\.?|ms\.?|frau|herr)"
_CAPITAL = r"[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ'’-]+"
_TITLED = re.compile(rf"\b{_TITLES}\s+(?:[A-Z]\.\s*)*{_CAPITAL}", re.IGNORECASE)
_TWO = re.compile(rf"\b({_CAPITAL})(?:\s+(?:van|de|der|den|van de|van der|von|du|le|la|d'))?\s+({_CAPITAL})\b")
_PATTERNS = (
    (EMAIL, re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")),
    (NATIONAL_NUMBER, re.compile(r"\b\d{2}[.\s]?\d{2}[.\s]?\d{2}[-\s]\d{3}[.\s]\d{2}\b")),
    (ACCOUNT, re.compile(r"\b[A-Z]{2}\d{2}(?:\s?\d{4}){3}\b")),
    (PHONE, re.compile(r"(?<![\w.])(?:\+\d{2}|0)\s?4?\d{1,2}[\s/.]\d{2,3}[\s.]?\d{2}[\s.]?\d{2}\b")),
)
_COMPANY = re.compile(r"\b(?:NV|BV|VZW|SA|SRL|ASBL|GmbH|B\.V\.)(?:\W|$)")
# words that begin with a capital in the texts of this work and are no names
_WORDS = frozenset(
    [
        "AVG",
        "Artikel",
        "Bijlage",
        "Annex",
        "Peppol",
        "Word",
        "Excel",
        "Outlook",
        "Windows",
        "Office",
        "Microsoft",
        "Google",
        "Belgische",
        "Vlaamse",
        "Januari",
        "Februari",
        "Maart",
        "April",
        "Mei",
        "Juni",
        "Juli",
        "Augustus",
        "September",
        "Oktober",
        "November",
        "December",
        "Maandag",
        "Dinsdag",
        "Woensdag",
        "Donderdag",
        "Vrijdag",
        "Zaterdag",
        "Zondag",
        "Brussel",
        "Gent",
        "Antwerpen",
        "Leuven",
        "Luik",
        "Namen",
        "Kortrijk",
        "Brugge",
        "Mechelen",
        "Hasselt",
        "Contact",
        "Center",
        "Service",
        "Desk",
    ]
)


def personal_hints(text: str, known: Iterable[str] = ()) -> list[tuple[str, str]]:
    """What looks personal in a text: (kind, the words). `known` are names that may stand there, such as the client's."""
    rest = text
    names = {short for name in known for short in (name, _COMPANY.sub("", name).strip()) if short}
    for name in sorted(names, key=len, reverse=True):
        rest = rest.replace(name, " · ")
    found = [(kind, match.group().strip()) for kind, pattern in _PATTERNS for match in pattern.finditer(rest)]
    titled = [match.group() for match in _TITLED.finditer(rest)]
    found += [(NAME, words) for words in titled]
    for match in _TWO.finditer(rest):
        words, after = match.group(), rest[match.end() : match.end() + 6]
        if set(match.groups()) & _WORDS or _COMPANY.match(after.strip()) or any(words in other for other in titled):
            continue
        found.append((NAME, words))
    return found
