"""Where a duty, a clock or an item of a checklist stands in the client's own agreement, as that agreement prints it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from dpa_service.domain.assistance.duties import DUTIES

# a paragraph has another name where the agreement makes a target binding, or words the announcement otherwise
_OTHER_NAMES = {"forward-target": "forward-firm", "target": "firm", "notice": "notice-other", "confirmation": "pause"}


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a document: `label` "13.2", the article's `heading`, the paragraph's `text` (empty for an article), and its `clause`."""

    label: str
    heading: str
    text: str
    clause: str


def place(snapshot: Mapping[str, Any], clause: str) -> Place | None:
    """Where "breach-notice#target" is printed; the article where the paragraph is not in it; None where the article is not printed."""
    name, _hash, anchor = clause.partition("#")
    article = next((each for part in snapshot["parts"] for each in part["articles"] if each["clause"] == name), None)
    if article is None:
        return None
    for wanted in (anchor, _OTHER_NAMES.get(anchor)):
        for each in article["paragraphs"] if wanted else ():
            if each.get("anchor") == wanted:
                return Place(each["label"], article["heading"], _text(each), name)
            for point in each.get("points", ()):
                if point.get("anchor") == wanted:
                    return Place(point["full_label"], article["heading"], _text(point), name)
    return Place(article["label"], article["heading"], "", name)


def duty_place(snapshot: Mapping[str, Any], duty: str) -> Place | None:
    """Where the duty itself is printed: its clause of a separate agreement, or of the general terms."""
    known = DUTIES[duty]
    return place(snapshot, known.clause if snapshot["family"] == "agreement" else known.general_clause)


def cited(snapshot: Mapping[str, Any], clause: str) -> str:
    """ "Art. 13.2 of DPA-2026-0001", the article of the law for "33(1)", and of general terms that they set no such period."""
    if clause[:1].isdigit():
        return str(_("Art. %(article)s GDPR", article=clause))
    found = place(snapshot, clause)
    if found is None and snapshot["family"] != "agreement":
        return str(_("our own measure: the general terms set no such period"))
    return (
        article_of(found, snapshot["reference"])
        if found
        else str(_("not printed in %(reference)s", reference=snapshot["reference"]))
    )


def article_of(found: Place, reference: str) -> str:
    """ "Art. 13.2 of DPA-2026-0001" """
    return str(_("Art. %(article)s of %(reference)s", article=found.label, reference=reference))


def asked_by(snapshot: Mapping[str, Any], clause: str, duty: str) -> str:
    """ "Art. 13.5" for an item of a duty's checklist; the duty's own article where that paragraph is not printed, else nothing."""
    found = place(snapshot, clause) or duty_place(snapshot, duty)
    return str(_("Art. %(article)s", article=found.label)) if found else ""


def _text(part: Mapping[str, Any]) -> str:
    own = "".join(run["text"] for run in part["runs"])
    return " ".join([own, *(f"{point['label']} {_text(point)}" for point in part.get("points", ()))])
