"""Exports for the accountants: the documents of a period, their totals per VAT group, and the files made of them."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from dpa_service.domain.errors import RequestInvalid
from dpa_service.services.errors import Conflict
from dpa_service.services.invoices import accounting_export
from dpa_service.serving.access import allow
from dpa_service.serving.answers import download
from dpa_service.serving.runtime import actor, now, session, today
from dpa_service.web.invoices import periods
from dpa_service.web.invoices.base import BILLERS, blueprint
from dpa_service.web.typed import Answer, key

SHOWN, PAGE = 200, 12
VAT = {
    "S": lazy_gettext("Belgian VAT"),
    "AE": lazy_gettext("reverse charge, in the Union"),
}


@blueprint.get("/accounting", endpoint="accounting")
@allow(*BILLERS)
def overview() -> str:
    """The documents of a period, the previous month unless another is chosen, and the exports so far."""
    return _page(periods.read(request.args, periods.previous_month(today())))


@blueprint.post("/accounting", endpoint="export_accounting")
@allow(*BILLERS)
def export() -> Answer:
    """Make an export of the period in the form."""
    period = periods.read(request.form, periods.previous_month(today()))
    again = "again" in request.form
    if period.trouble:
        return _page(period), 422
    try:
        made = accounting_export.make(session(), period.first, period.last, again=again, key=key(), actor=actor(), now=now())
    except RequestInvalid:
        return _page(period, _("Nothing in this period waits for an export. Choose another period, or tick “again”."), again), 422
    except Conflict:
        return _page(
            period, _("This form was sent before with another period. Look below at what was made, and send it again."), again
        ), 409
    flash(
        ngettext("The export holds %(num)s document; download it below.", "The export holds %(num)s documents; download it below.",
                 made.documents),
        "success",
    )  # fmt: skip
    return redirect(f"{url_for('invoices.accounting', **_kept(period))}#h-exports", 303)


@blueprint.get("/accounting/<hex:export_id>.<any(zip,csv):kind>", endpoint="accounting_file")
@allow(*BILLERS)
def file(export_id: str, kind: str) -> Answer:
    """The file of an export: the same bytes at each download."""
    return download(accounting_export.download(session(), export_id, kind))


def _page(period: periods.Period, trouble: str | None = None, again: bool = False) -> str:
    found = accounting_export.candidates(session(), period.first, period.last)
    fresh = [each.invoice.id for each in found if not each.again]
    exports = accounting_export.listing(session(), cursor=request.args.get("cursor"), limit=PAGE)
    every = [each.invoice.id for each in found]
    now_day = today()
    return render_template(
        "invoices/accounting.html",
        period=period,
        trouble=trouble,
        again=again,
        found=found[:SHOWN],
        hidden=max(0, len(found) - SHOWN),
        fresh=len(fresh),
        known=len(found) - len(fresh),
        groups=accounting_export.vat_groups(session(), every),
        fresh_groups=accounting_export.vat_groups(session(), fresh) if len(fresh) != len(every) else None,
        exports=exports,
        vat=VAT,
        choices=[
            (_("Previous month"), periods.previous_month(now_day)),
            (_("This month"), periods.month(now_day)),
        ],
        kept=_kept(period),
    )


def _kept(period: periods.Period) -> dict[str, Any]:
    return {"from": period.first.isoformat(), "until": period.last.isoformat()}
