"""The words of the assistance pages: duties, clocks, checklists, states, and wrong fields."""

from __future__ import annotations

from flask_babel import lazy_gettext

DUTIES = {
    "dsr": lazy_gettext("Request of a data subject"),
    "security": lazy_gettext("Security"),
    "incident": lazy_gettext("Incident"),
    "dpia": lazy_gettext("Impact assessment"),
    "audit": lazy_gettext("Evidence or audit"),
    "alert": lazy_gettext("Instruction alert"),
    "exit": lazy_gettext("Exit"),
}
CLAUSES = {
    "dsr": lazy_gettext("Art. 12–22 GDPR"),
    "security": lazy_gettext("Art. 32 GDPR"),
    "incident": lazy_gettext("Art. 33–34 GDPR"),
    "dpia": lazy_gettext("Art. 35–36 GDPR"),
    "audit": lazy_gettext("Art. 28(3)(h) GDPR"),
    "alert": lazy_gettext("Art. 28(3) GDPR, last paragraph"),
    "exit": lazy_gettext("Art. 28(3)(g) GDPR"),
}
