"""The words of the invoice pages: kinds, states, reasons, and wrong fields."""

from __future__ import annotations

from flask_babel import lazy_gettext

KINDS = {"invoice": lazy_gettext("Invoice"), "credit": lazy_gettext("Credit note")}
STATES = {
    "draft": lazy_gettext("draft"),
    "issued": lazy_gettext("made out"),
    "paid": lazy_gettext("paid"),
    "credited": lazy_gettext("credited"),
    "discarded": lazy_gettext("discarded"),
}
