"""The words of the figures: why minutes were not billed, and the columns of the file."""

from __future__ import annotations

from flask_babel import lazy_gettext

REASONS = {
    "allowance": lazy_gettext("free time of the year"),
    "duty_free": lazy_gettext("duty that is free for this client"),
    "caused": lazy_gettext("caused by a failing of ours"),
    "audit_first_day": lazy_gettext("first day of an audit"),
    "audit_failing": lazy_gettext("audit that found a material failing"),
    "waived": lazy_gettext("waived by finance"),
    "replaced": lazy_gettext("put right by a later entry"),
}
REASON_HELP = {
    "allowance": lazy_gettext("The agreement gives these hours a year; see “Free time used”."),
    "duty_free": lazy_gettext("The agreement, or the standard, makes this kind of assistance free of charge."),
    "caused": lazy_gettext("The work was needed because of us, and the agreement makes that free."),
    "audit_first_day": lazy_gettext("The agreement makes the first day of an audit free."),
    "audit_failing": lazy_gettext("The agreement makes an audit free that finds a material failing."),
    "waived": lazy_gettext("Decided entry by entry, with a reason."),
    "replaced": lazy_gettext("The old figures stay on record; the right ones count above."),
}
GROUPS = {
    "duty": lazy_gettext("duty"),
    "client": lazy_gettext("client"),
    "month": lazy_gettext("month"),
    "all": lazy_gettext("all"),
}
