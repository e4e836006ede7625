"""What invoices print of the house beside its profile: bank account, addresses, and from which amount an estimate asks approval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from dpa_service.domain.errors import DomainError, RequestInvalid
from dpa_service.services.agreements.form_data import amount
from dpa_service.services.errors import Stale
from dpa_service.services.house import house
from dpa_service.services.house.house_schema import PROCESSOR
from dpa_service.services.invoices import invoice_parties
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, now, runtime, session
from dpa_service.web.invoices import party_words
from dpa_service.web.invoices.base import BILLERS, blueprint
from dpa_service.web.shell import as_money
from dpa_service.web.typed import Answer, version

FIELDS = ("iban", "bic", "vat_number", "email", "contact", "phone", "estimate_approval_from")
LONGEST = 300


@blueprint.get("/invoices/settings", endpoint="settings")
@allow(*BILLERS)
def settings() -> str:
    """The details as they are."""
    return _page({}, {}, None)


@blueprint.post("/invoices/settings", endpoint="save_settings")
@allow(*BILLERS)
def save() -> Answer:
    """Save them, unless somebody else did meanwhile."""
    typed = {name: request.form.get(name, "")[:LONGEST] for name in FIELDS}
    data = {name: value.strip() for name, value in typed.items() if value.strip()}
    if "estimate_approval_from" in data:
        data["estimate_approval_from"] = amount(data["estimate_approval_from"])
    seen = version()
    before = invoice_parties.bank_details(session(), runtime().library)[1]
    try:
        made = invoice_parties.save_bank_details(
            session(), runtime().library, data, expected=-1 if seen is None else seen, actor=actor(), now=now()
        )
    except Stale:
        return _page({}, typed, _changed()), 412
    except RequestInvalid as trouble:
        return _page(party_words.in_words(trouble), typed, None), 422
    except DomainError:
        flash(_("The processor profile itself cannot be used as it is; an administrator must correct it first."), "error")
        return _page({}, typed, None), 422
    if made.number == before:
        flash(_("Nothing was changed."), "info")
    else:
        flash(_("Saved. Invoices issued from now on print this; those issued before stay as they are."), "success")
    return redirect(url_for("invoices.settings"), 303)


def _changed() -> house.Version:
    return house.current(session(), runtime().library, PROCESSOR)


def _page(errors: Mapping[str, str], typed: Mapping[str, str], changed: house.Version | None) -> str:
    """In: what was typed where it was not saved; `changed`, the version that came in between."""
    kept, number = invoice_parties.bank_details(session(), runtime().library)
    profile = house.current(session(), runtime().library, PROCESSOR).content
    as_typed = _as_typed(kept)
    asked = version()
    return render_template(
        "invoices/settings.html",
        errors=errors,
        values=typed or as_typed,
        kept=as_typed,
        # after a conflict the form is about the new version, because its author now sees it beside what was typed
        version=asked if errors and asked is not None else number,
        changed=changed,
        profile=profile,
        fields=party_words.FIELDS,
        names=FIELDS,
    )


def _as_typed(kept: Mapping[str, Any]) -> dict[str, str]:
    """The details as people write them: the account in groups of four, the amount as "1.250,00"."""
    shown = {name: str(kept.get(name) or "") for name in FIELDS}
    account, limit = shown["iban"], shown["estimate_approval_from"]
    shown["iban"] = " ".join(account[at : at + 4] for at in range(0, len(account), 4))
    shown["estimate_approval_from"] = as_money(limit).removeprefix("€").strip() if limit else ""
    return shown
