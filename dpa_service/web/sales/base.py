"""The blueprint of the sales path, and what its pages share: lists to choose from, and reading a posted page."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale
from flask import Blueprint, request
from flask_babel import get_locale, lazy_gettext

from dpa_service.services.agreements.countries import COUNTRIES, EEA
from dpa_service.services.paging import search_form

blueprint = Blueprint("sales", __name__)

NEAR = ("BE", "NL", "FR", "DE", "LU")
# What most clients are; anything else can be typed.
LEGAL_FORMS = (
    "besloten vennootschap",
    "naamloze vennootschap",
    "coöperatieve vennootschap",
    "vereniging zonder winstoogmerk",
    "commanditaire vennootschap",
    "internationale vereniging zonder winstoogmerk",
    "openbare instelling",
    "eenmanszaak",
)
ROLES_OF_SIGNATORY = ("gedelegeerd bestuurder", "bestuurder", "zaakvoerder", "algemeen directeur", "voorzitter", "burgemeester")
SIZES = (
    ("", "–"),
    ("micro", lazy_gettext("micro")),
    ("small", lazy_gettext("small")),
    ("medium", lazy_gettext("medium-sized")),
    ("large", lazy_gettext("large")),
)
TOOLS = (
    ("standard_clauses", lazy_gettext("standard contractual clauses")),
    ("adequacy", lazy_gettext("adequacy decision")),
    ("binding_corporate_rules", lazy_gettext("binding corporate rules")),
    ("derogation", lazy_gettext("derogation (Art. 49)")),
)


def countries(*, outside_eea: bool = False) -> list[tuple[str, str]]:
    """Code and name in the language of the page; the neighbours first."""
    return list(_countries(str(get_locale() or "nl"), outside_eea))


@lru_cache(maxsize=8)
def _countries(language: str, outside_eea: bool) -> tuple[tuple[str, str], ...]:
    names = Locale.parse(language).territories
    codes = COUNTRIES - EEA if outside_eea else COUNTRIES
    rest = sorted(codes - set(NEAR), key=lambda code: search_form(names.get(code, code)))
    return tuple((code, names.get(code, code)) for code in [*(code for code in NEAR if code in codes), *rest])


def wants_json() -> bool:
    """Whether a script of ours asks."""
    return request.accept_mimetypes.best == "application/json"
