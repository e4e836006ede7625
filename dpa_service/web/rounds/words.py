"""Words for what a returned file holds: kinds of changes, why one stands out, how a clause was found, what a change is."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext

KINDS = {
    "tracked": lazy_gettext("tracked"),
    "silent": lazy_gettext("not marked"),
    "comment": lazy_gettext("comment"),
    "formatting": lazy_gettext("formatting"),
    "structure": lazy_gettext("structure"),
    "proposal": lazy_gettext("from a PDF"),
}
WHAT = {
    "inserted": lazy_gettext("words put in"),
    "deleted": lazy_gettext("words taken out"),
    "replaced": lazy_gettext("other words"),
    "moved-from": lazy_gettext("moved away from here"),
    "moved-to": lazy_gettext("moved to here"),
    "moved": lazy_gettext("the clause stands elsewhere"),
    "split": lazy_gettext("paragraph split"),
    "joined": lazy_gettext("paragraphs joined"),
    "row-inserted": lazy_gettext("row put in"),
    "row-deleted": lazy_gettext("row taken out"),
    "withdrawn": lazy_gettext("put in and taken out again"),
    "look": lazy_gettext("another look"),
    "comment": lazy_gettext("comment"),
    "missing": lazy_gettext("the clause did not come back"),
    "removed": lazy_gettext("the clause was taken out"),
    "added": lazy_gettext("a new article"),
    "changed": lazy_gettext("other words"),
}
WEIGHTS = {"cosmetic": lazy_gettext("cosmetic"), "suspicious": lazy_gettext("suspicious")}
REASONS = {
    "quotes": lazy_gettext("other quotation marks"),
    "spaces": lazy_gettext("spaces"),
    "hyphens": lazy_gettext("hyphens"),
    "empty": lazy_gettext("an empty paragraph"),
    "numbering": lazy_gettext("a typed number"),
    "reference": lazy_gettext("the number of another place"),
    "never-issued": lazy_gettext("words marked as deleted that we never issued"),
    "zero-width": lazy_gettext("signs that cannot be seen"),
    "bidi": lazy_gettext("signs that turn the direction of the text"),
    "look-alike": lazy_gettext("letters that look like others"),
    "hidden": lazy_gettext("hidden words"),
    "white": lazy_gettext("white letters"),
    "tiny": lazy_gettext("tiny letters"),
    "rtl": lazy_gettext("direction of the text turned"),
}
LOOKS = {
    "bold": lazy_gettext("bold"),
    "italic": lazy_gettext("italic"),
    "underline": lazy_gettext("underlined"),
    "strike": lazy_gettext("struck through"),
    "hidden": lazy_gettext("hidden"),
    "white": lazy_gettext("white letters"),
    "tiny": lazy_gettext("tiny letters"),
    "highlight": lazy_gettext("highlighted"),
    "rtl": lazy_gettext("direction of the text turned"),
}
METHODS = {
    "bookmark": lazy_gettext("found by its bookmark"),
    "heading": lazy_gettext("found by its heading"),
    "similarity": lazy_gettext("found by its words"),
    "missing": lazy_gettext("not found again"),
    "property": lazy_gettext("by the id inside the file"),
    "customXml": lazy_gettext("by the id inside the file"),
    "bookmarks": lazy_gettext("by its bookmarks"),
    "footer": lazy_gettext("by its footer"),
}
REMARKS = {
    "external": lazy_gettext("The file points to something outside; that was not opened."),
    "embedded": lazy_gettext("The file holds another document inside, which was not read."),
    "pictures": lazy_gettext("The file holds pictures, whose words cannot be compared."),
    "chunk": lazy_gettext("Part of the file is of another format; its words were read as they stand."),
    "protected": lazy_gettext("The file was protected against changes."),
    "ours-in-baseline": lazy_gettext("What we sent held tracked changes of our own; they are known and not told again."),
    "pdf": lazy_gettext("This is a PDF: what follows are proposals. Compare with the page before you decide."),
    "contents": lazy_gettext("The table of contents was left out of the comparison."),
}
REFUSED = {
    "TOO_BIG": lazy_gettext("The file is too large to be read safely."),
    "NOT_READABLE": lazy_gettext("The file cannot be read. Ask the other side to save it again as .docx or .pdf."),
    "PASSWORD": lazy_gettext("The file is protected with a password. Ask for it without."),
    "MACROS": lazy_gettext("The file holds macros. Ask for an ordinary .docx without macros."),
    "UNSAFE": lazy_gettext("The file is built in a way that ordinary programs do not use, and is not read."),
    "KIND": lazy_gettext("This is neither a Word file nor a PDF."),
    "OTHER_AGREEMENT": lazy_gettext("It is the file of another agreement, not of this one."),
    "TOO_MANY": lazy_gettext("This file has more changes than can be handled one by one: it is another text. Read it by eye."),
    "NO_TEXT": lazy_gettext("This PDF is a scan without words to compare. Ask for the Word file, or read it by eye."),
}
PLACES = {
    "cover": lazy_gettext("Cover and parties"),
    "margins": lazy_gettext("Headers and footers"),
    "": lazy_gettext("Outside the clauses"),
}
STATES = {"open": lazy_gettext("waits"), "proposed": lazy_gettext("proposed"), "dismissed": lazy_gettext("dismissed")}


def title(data: Mapping[str, Any]) -> str:
    """The name of a place of a returned file."""
    if data["heading"]:
        return f"{data['label']} {data['heading']}".strip()
    return str(PLACES.get(data["clause"]) or data["clause"])


def recognition(found: Mapping[str, Any]) -> list[str]:
    """What a clause was recognised as, in sentences; the first one says what it is."""
    said = [sentence for note in found.get("notes", ()) if (sentence := _note(note))]
    if found.get("kind") == "same":
        said.insert(0, str(_("Nothing to propose: what is left says what was issued.")))
    return said


def looks(names: Iterable[str]) -> str:
    """The looks of words, in words."""
    said = (LOOKS.get(name) or (_("colour") if name.startswith("colour:") else name.removeprefix("style:")) for name in names)
    return ", ".join(str(each) for each in said)


def visible(text: str) -> str:
    """Words with paragraph marks shown; where there is nothing but spaces, those too."""
    if not text.strip():
        text = text.translate({0x20: "·", 0xA0: "°", 0x09: "→"})
    return text.replace("\n", "¶\n")


def odd_signs(text: str) -> str:
    """The signs of a text that a reader takes for others or does not see: "е U+0435"."""
    odd = dict.fromkeys(
        sign
        for sign in text
        if unicodedata.category(sign) == "Cf" or (sign.isalpha() and not unicodedata.name(sign, "LATIN").startswith("LATIN"))
    )
    return ", ".join(f"{sign if sign.isprintable() else ''} U+{ord(sign):04X}".strip() for sign in list(odd)[:10])


def _note(note: Mapping[str, Any]) -> str:
    match note["code"]:
        case "rung":
            return str(
                _(
                    "Rung %(rung)s of row %(row)s of the playbook: %(label)s",
                    rung=note["rung"],
                    row=note["row"],
                    label=note["label"],
                )
            )
        case "value":
            return str(_("%(label)s: from %(old)s to %(new)s", label=note["label"], old=note["old"], new=note["new"]))
        case "walk-away":
            return str(_("%(label)s: “%(said)s” lies beyond the walk-away line (%(low)s to %(high)s). It cannot be proposed: dismiss it, or ask something else.",
                         label=note["label"], said=note["said"], low=note["low"], high=note["high"]))  # fmt: skip
        case "also-sets":
            return str(_("That rung also sets: %(labels)s", labels=note["labels"]))
        case "not-printed":
            return str(
                _("The wording no longer prints the term “%(label)s”; without it, it cannot be proposed.", label=note["label"])
            )
        case code:
            return str(_NOTES.get(code, ""))


_NOTES = {
    "removed": lazy_gettext("The clause was taken out."),
    "added": lazy_gettext("A new article."),
    "wording": lazy_gettext("Own wording; printed values and references stay linked to the terms."),
    "silent": lazy_gettext("Not marked by its author: it becomes a deviation of class “untracked”."),
    "too-long": lazy_gettext("The text that came back is longer than own wording may be; ask a shorter one, and dismiss this."),
    "unmarked": lazy_gettext("Not marked by its author."),
    "doubt": lazy_gettext("Figures and words do not agree, the amount can be read two ways, or any words would fit: check it."),
    "follows": lazy_gettext("Follows from what the articles of this file say; it is proposed with them."),
    "annex": lazy_gettext("Read in an annex; the articles that print it follow."),
    "neutral": lazy_gettext("Braces or asterisks in the text were replaced; check the wording."),
    "not-an-article": lazy_gettext(
        "Only articles become deviations; change the data of an annex or party in the draft, and dismiss this here."
    ),
    "cannot-separate": lazy_gettext(
        "What was dismissed cannot be told apart from the rest. Undo it, or ask the wording yourself and dismiss all of it."
    ),
}
