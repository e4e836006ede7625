"""What finance needs of one client: its tariff today, free time left, what it owes, and what it wants on its invoices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from dpa_service.domain.assistance.duties import DUTIES
from dpa_service.domain.assistance.invoicing import VAT_SCHEMES
from dpa_service.domain.errors import RequestInvalid
from dpa_service.services.assistance.assistance_schema import SCHEMES
from dpa_service.services.assistance.tariffs import InForce
from dpa_service.services.errors import Stale
from dpa_service.services.invoices import client_account, invoice_parties
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, now, session, today
from dpa_service.web.invoices import invoice_words, party_words, trouble_words
from dpa_service.web.invoices.base import BILLERS, READERS, blueprint
from dpa_service.web.typed import Answer

FIELDS = ("reference", "order_number", "email", "endpoint.scheme", "endpoint.value")
LONGEST = 300


@blueprint.get("/billing/clients/<hex:client_id>", endpoint="client")
@allow(*READERS)
def of_client(client_id: str) -> str:
    """One client, as finance looks at it."""
    return _page(client_id, {}, None)


@blueprint.post("/billing/clients/<hex:client_id>", endpoint="save_profile")
@allow(*BILLERS)
def save(client_id: str) -> Answer:
    """Note what the client wants on its invoices, unless somebody else did meanwhile."""
    typed = {name: request.form.get(name, "")[:LONGEST] for name in FIELDS}
    data: dict[str, Any] = {name: value.strip() for name, value in typed.items() if value.strip() and "." not in name}
    endpoint = {name.partition(".")[2]: value.strip() for name, value in typed.items() if value.strip() and "." in name}
    if endpoint:
        data["endpoint"] = endpoint
    try:
        invoice_parties.save_profile(
            session(), client_id, data, expected=request.form.get("seen", "")[:40], actor=actor(), now=now()
        )
    except Stale:
        return _page(client_id, {}, typed, stale=True), 412
    except RequestInvalid as trouble:
        return _page(client_id, party_words.in_words(trouble), typed), 422
    flash(_("Saved. It counts for drafts and for invoices that are issued from now on."), "success")
    return redirect(url_for("invoices.client", client_id=client_id, _anchor="h-profile"), 303)


def _page(client_id: str, errors: Mapping[str, str], typed: Mapping[str, str] | None, *, stale: bool = False) -> str:
    found = client_account.of_client(session(), client_id, today())
    kept = _kept(found)
    seen = invoice_parties.mark(found.profile)
    return render_template(
        "invoices/client.html",
        found=found,
        standing=invoice_words.standing,
        problems=trouble_words.told(found.problems, client_id),
        free_duties=_free_duties(found.in_force) if found.in_force else [],
        departs=[each for each in found.in_force.sources if each["parameter"] not in _BILLABLE] if found.in_force else [],
        errors=errors,
        values=typed if typed is not None else kept,
        kept=kept,
        stale=stale,
        # after a conflict the form is about what its author now sees beside what was typed
        seen=request.form.get("seen", "")[:40] if errors else seen,
        schemes=_schemes(found.buyer.address.country, kept["endpoint.scheme"]),
        fields=party_words.FIELDS,
        names=FIELDS,
        today=today(),
    )


_BILLABLE = {each.billable: name for name, each in DUTIES.items()}


def _free_duties(bound: InForce) -> list[tuple[str, Mapping[str, Any] | None]]:
    """The duties that are not billable, each with the deviation that says so; None where the standard does."""
    departed = {_BILLABLE[each["parameter"]]: each for each in bound.sources if each["parameter"] in _BILLABLE}
    return [(name, departed.get(name)) for name in DUTIES if name in bound.tariff.free_duties]


def _kept(found: client_account.Account) -> dict[str, str]:
    row = found.profile
    if row is None:
        return dict.fromkeys(FIELDS, "")
    values = (row.reference, row.order_number, row.email, row.endpoint_scheme, row.endpoint_value)
    return {name: value or "" for name, value in zip(FIELDS, values, strict=True)}


def _schemes(country: str, kept: str) -> list[tuple[str, str]]:
    """Code and words of the kinds of address to choose from; a Belgian client has one."""
    countries = {scheme: code for code, scheme in VAT_SCHEMES.items()}
    wanted = [code for code in SCHEMES if country != "BE" or code in ("0208", kept)]
    named = [
        (code, str(party_words.SCHEMES.get(code) or _("VAT number of %(country)s", country=countries[code])))
        for code in wanted
    ]  # fmt: skip
    return [("", str(_("none of its own: as its numbers say"))), *((code, f"{code} – {words}") for code, words in named)]
