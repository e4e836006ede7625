"""What every page shares: language, navigation, filters for dates and amounts, and words for states."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel.dates import format_date, format_datetime
from flask import Flask, request, session, url_for
from flask_babel import Babel, get_locale, lazy_gettext
from flask_bootstrap import Bootstrap5
from flask_login import current_user

from dpa_service.domain import lifecycle
from dpa_service.domain.contract.wording import money
from dpa_service.domain.deadlines import BRUSSELS
from dpa_service.domain.roles import EVERYONE
from dpa_service.serving.runtime import runtime

LANGUAGES = {"nl": "Nederlands", "en": "English"}
STATE_WORDS = {
    lifecycle.DRAFT: lazy_gettext("draft"),
    lifecycle.DISCARDED: lazy_gettext("discarded"),
    lifecycle.ISSUED: lazy_gettext("issued"),
    lifecycle.WITHDRAWN: lazy_gettext("withdrawn"),
    lifecycle.SIGNED: lazy_gettext("signed"),
    lifecycle.SUPERSEDED: lazy_gettext("superseded"),
    lifecycle.ENDED: lazy_gettext("ended"),
}
# endpoint, label, roles that see it
NAVIGATION = (
    ("everyone.start", lazy_gettext("My work"), EVERYONE),
    ("everyone.agreements", lazy_gettext("Agreements"), EVERYONE),
    ("approvals.queue", lazy_gettext("Approvals"), EVERYONE),
    ("sales.clients", lazy_gettext("Clients"), frozenset({"sales", "legal", "dpo", "admin"})),
    ("liability.claims", lazy_gettext("Liability"), frozenset({"legal", "finance", "dpo", "admin"})),
    ("assistance.requests", lazy_gettext("Assistance"), EVERYONE),
    ("invoices.invoices", lazy_gettext("Invoices"), frozenset({"legal", "finance", "dpo", "admin"})),
    ("legal.clauses", lazy_gettext("Clause library"), frozenset({"legal", "dpo", "sales", "admin"})),
    ("admin.sub_processors", lazy_gettext("Sub-processors"), frozenset({"dpo"})),
    ("everyone.audit", lazy_gettext("Audit log"), frozenset({"dpo"})),
    ("admin.home", lazy_gettext("Administration"), frozenset({"admin"})),
)
WHOLE = (
    "approvals",
    "liability",
    "assistance",
    "invoices",
    "legal",
)  # blueprints with one entry: it is marked on each of their pages


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of the navigation."""

    url: str
    label: str
    active: bool


def register(app: Flask) -> None:
    """Set up language, navigation and filters for the pages of `app`."""
    app.config.update(BOOTSTRAP_SERVE_LOCAL=True, BABEL_DEFAULT_LOCALE="nl", BABEL_DEFAULT_TIMEZONE="Europe/Brussels")
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", "web/translations")
    Bootstrap5(app)
    Babel(app, locale_selector=chosen_language)
    app.jinja_env.filters |= {"date": as_date, "moment": as_moment, "money": as_money, "hours": as_hours}
    app.context_processor(shared)


def chosen_language() -> str:
    """The language of this page: the user's choice, else the browser's, else Dutch."""
    chosen = session.get("language") or getattr(current_user, "language", None)
    if chosen in LANGUAGES:
        return str(chosen)
    return request.accept_languages.best_match(list(LANGUAGES), "nl") or "nl"


def shared() -> dict[str, Any]:
    """What every template may use."""
    user = current_user if current_user and current_user.is_authenticated else None
    return {
        "language": str(get_locale() or "nl"),
        "languages": LANGUAGES.items(),
        "user": user,
        "nav": list(_items(user)) if user else [],
        "demo": not runtime().config.production,
        "state_words": STATE_WORDS,
    }


def _items(user: Any) -> Iterator[Item]:
    mine = {role.name for role in user.roles}
    for endpoint, label, roles in NAVIGATION:
        if mine & roles:
            part = endpoint.partition(".")[0]
            yield Item(
                url_for(endpoint), str(label), request.endpoint == endpoint or (part in WHOLE and request.blueprint == part)
            )


def as_date(day: date) -> str:
    """ "1/12/2026" """
    return format_date(day, "d/M/y", locale="nl_BE")


def as_moment(moment: datetime) -> str:
    """ "1/12/2026 14:05", in Brussels."""
    return format_datetime(moment.astimezone(BRUSSELS), "d/M/y H:mm", locale="nl_BE")


def as_money(amount: Decimal | str) -> str:
    """ "€ 2.500,00" """
    return money(Decimal(str(amount)), "nl")


def as_hours(minutes: int) -> str:
    """ "1 u 30" for 90 minutes."""
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else ''}{hours} u {rest:02d}"
