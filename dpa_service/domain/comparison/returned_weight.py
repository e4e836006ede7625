"""What a change of words weighs: cosmetic, substantive, or made so that a reader does not see it. Pure."""

from __future__ import annotations

import re
import unicodedata

from dpa_service.domain.comparison.returned_findings import COSMETIC, SUBSTANTIVE, SUSPICIOUS

_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»″", '"') | dict.fromkeys("‘’‚‛′´", "'"))
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-") | {"\u00ad": None})
_PLAIN = {**_QUOTES, **_DASHES}
_SPACES = re.compile(r"[^\S\n]+")
_LABEL = re.compile(r"\s*(?:\d+(?:\.\d+)*\.?|\(?[a-z]{1,4}\)|\(?[A-Z]\)|[IVX]+\.?|[–•-])\s*")
# The letters of other scripts that are drawn as Latin ones, and the Latin letter that a reader sees.
_ALIKE = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеорсухіјѕԁԛԝһӏ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαικνορυ" + "օոսԱՕ" + "ɑɡıⅼⅰⅴⅹ",
    "ABESIJKMHOPCTYXaeopcyxijsdqwhl" + "ABEZHIKMNOPTYXaiknopu" + "onuUO" + "agilivx",
)
_NO_WIDTH = frozenset(
    "\u034f\u115f\u1160\u3164\uffa0\u2028\u2029\u200b\u200c\u200d\u2060\ufeff" + "".join(map(chr, range(0xFE00, 0xFE10)))
)
_FALSE_FIGURE = re.compile(r"\d[OolI]|[OolI]\d(?!\w*[a-zà-ÿ]{2})")


def weigh(old: str, new: str, before: str = "", after: str = "") -> tuple[str, tuple[str, ...]]:
    """The weight of a change and the reasons for it. `before` and `after` are the words around it, of which the nearest count.

    Zero-width signs, direction signs and look-alike letters that were not there weigh heaviest; then all that changes a word.
    """
    unseen = _unseen(old, new, f"{before[-1:]}{new}{after[:1]}")
    if unseen:
        return SUSPICIOUS, unseen
    if set(old + new) <= {"\n", " ", "\u00a0", "\t", "\v"} and "\n" in old + new:
        beside_empty = before[-1:] in ("", "\n") or after[:1] in ("", "\n")
        return (COSMETIC, ("empty",)) if beside_empty else (SUBSTANTIVE, ())
    if plain(old) != plain(new):
        return SUBSTANTIVE, ()
    return COSMETIC, tuple(_cosmetic(old, new))


def plain(text: str) -> str:
    """A text without what is cosmetic: kinds of quotes, spaces and hyphens. Ends of paragraphs stay."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text).translate(_PLAIN).replace("…", "...")
    return "\n".join(" ".join(line.split()) for line in text.split("\n"))


def is_label(text: str) -> bool:
    """Whether words are nothing but the printed number of a paragraph."""
    return bool(_LABEL.fullmatch(text))


def _unseen(old: str, new: str, around: str) -> tuple[str, ...]:
    found = []
    came = set(new) - set(old)
    if any(unicodedata.category(sign) == "Cf" and unicodedata.bidirectional(sign) != "BN" for sign in came):
        found.append("bidi")
    hidden = {sign for sign in came if sign in _NO_WIDTH or (unicodedata.bidirectional(sign) == "BN" and sign != "\u00ad")}
    around = f" {around} "
    if any(here in hidden and (left + right).strip() for left, here, right in zip(around, around[1:], around[2:], strict=False)):
        found.append("zero-width")  # not the one that programs leave in an empty cell, where it parts no word
    alike = any(sign.translate(_ALIKE) != sign or _odd_letter(sign) for sign in came)
    if alike or (_FALSE_FIGURE.search(new) and not _FALSE_FIGURE.search(old)):
        found.append("look-alike")
    return tuple(found)


def _odd_letter(sign: str) -> bool:
    """Letters and figures in forms made for mathematics or for wide type: they read as the plain ones."""
    return sign.isalnum() and ord(sign) > 0x2FF and unicodedata.normalize("NFKC", sign).isascii()


def _cosmetic(old: str, new: str) -> list[str]:
    """What differs between two texts that say the same; "form" is another way of writing the same letters."""
    found = []
    for name, table in (("quotes", _QUOTES), ("hyphens", _DASHES)):
        signs = [[sign for sign in text if ord(sign) in table or sign in "\"'-"] for text in (old, new)]
        if signs[0] != signs[1]:
            found.append(name)
    if _SPACES.findall(old) != _SPACES.findall(new):
        found.append("spaces")
    return found or ["form"]
