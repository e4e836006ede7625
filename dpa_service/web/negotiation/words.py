"""The words of the negotiation: states, classes, and why something cannot be asked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from dpa_service.domain.comparison.textdiff import Piece, difference
from dpa_service.domain.contract import asked
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.errors import DomainError, FieldError
from dpa_service.domain.negotiation import approval
from dpa_service.web import messages

DEVIATION_STATES = {
    approval.PROPOSED: lazy_gettext("waits for approval"),
    approval.APPROVED: lazy_gettext("approved"),
    approval.REJECTED: lazy_gettext("rejected"),
    approval.COUNTERED: lazy_gettext("countered"),
    approval.REPLACED: lazy_gettext("edited since"),
    approval.WITHDRAWN: lazy_gettext("taken back"),
}
CLASSES = {
    asked.VALUE: lazy_gettext("value"),
    asked.FALLBACK: lazy_gettext("rung"),
    asked.MODIFIED: lazy_gettext("own wording"),
    asked.REMOVED: lazy_gettext("article left out"),
    asked.ADDED: lazy_gettext("article added"),
    asked.UNTRACKED: lazy_gettext("found unmarked in a returned file"),
}
GROUPS = {
    "caps": lazy_gettext("Caps and liability"),
    "windows": lazy_gettext("Windows"),
    "tariff": lazy_gettext("Tariff"),
    "other": lazy_gettext("Other terms"),
}
_TROUBLES = {
    "CLAUSE_MISSING": lazy_gettext("Another article rests on this one, so it cannot be left out."),
    "CLAUSE_CONFLICT": lazy_gettext("It contradicts another article of this agreement."),
    "REFERENCE_DANGLING": lazy_gettext(
        "Another article refers to a place that would no longer be there. Keep its name, such as {#name}."
    ),
    "VALUE_MISSING": lazy_gettext("The text prints a value that this agreement does not have."),
}
_TEXT = {
    "TEXT": lazy_gettext("The wording cannot be read. %(why)s"),
    "CONDITION": lazy_gettext("Own wording holds no conditions; write what this client gets. %(why)s"),
    "UNKNOWN": lazy_gettext("The wording names something that does not exist. %(why)s"),
    "CHARACTER": lazy_gettext("The wording holds a character that cannot be printed; take out tabs and control characters."),
    "LENGTH": lazy_gettext("The wording is too long; shorten it."),
    "REQUIRED": lazy_gettext("Write the wording that is asked."),
    "BLANK": lazy_gettext("Write the wording that is asked."),
    "CONFLICT": lazy_gettext("The wording of this article is asked otherwise already. Take that back first."),
}
LONG = 60  # signs of a printed value that is compared word by word
_TERM = re.compile(r"\{([a-z][a-z0-9_.]*)\}")


def asked_words() -> dict[str, Any]:
    """What the list of deviations needs beside them (templates/negotiation/_asked.html)."""
    return {"deviation_states": DEVIATION_STATES, "deviation_classes": CLASSES, "word_marks": word_marks}


def word_marks(before: str, after: str) -> list[Piece]:
    """The pieces from one printed value to another where the words are long; short ones are clearer beside each other."""
    return difference(before, after) if max(len(before), len(after)) > LONG else []


def trouble_words(trouble: DomainError, library: Library) -> str:
    """Why the agreement cannot be made with what is asked, and the way out."""
    if trouble.code == "TERM_NOT_PRINTED":
        names = [name for name in _TERM.findall(trouble.message) if name in library.parameters]
        terms = "; ".join(f"{library.parameters[name].labels['nl']} {{{name}}}" for name in names)
        return str(
            _(
                "The text must still print these terms, so that text and calculation say the same: %(terms)s. "
                "Where another figure is meant, ask for that value.",
                terms=terms,
            )
        )
    words = _TROUBLES.get(trouble.code)
    return str(words) if words is not None else trouble.message


def error_words(error: FieldError, library: Library) -> str:
    """One wrong field of what is asked, in a sentence. In: an error with the entry's own field names."""
    name = error.field.removeprefix("values.").removeprefix("parameters.")
    if error.code == "CONFLICT" and name in library.parameters:
        label = library.parameters[name].labels["nl"]
        return str(_("“%(term)s” is asked with another value already. Take that back first.", term=label))
    if error.code == "CONFLICT" and error.field == "row":
        return str(_("A rung of this ladder is asked already."))
    if name in library.parameters:
        return messages.message(FieldError(f"parameters.{name}", error.code, error.message), library)
    if error.field in ("text", "clause") and error.code in _TEXT:
        return str(_TEXT[error.code]) % {"why": error.message}
    if error.field == "reason":
        return str(_("Why the client asks it: say it on one line, in at most 500 characters."))
    return error.message


def all_words(errors: Iterable[FieldError], library: Library) -> dict[str, str]:
    """Field → sentence; the first error of a field speaks for it."""
    found: dict[str, str] = {}
    for error in errors:
        found.setdefault(error.field, error_words(error, library))
    return found
