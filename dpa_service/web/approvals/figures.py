"""The figures of the negotiations, as pictures with their numbers, and as a file for a spreadsheet."""

from __future__ import annotations

from decimal import Decimal

from flask import Response, render_template
from flask_babel import gettext as _

from dpa_service.services.library.library_pages import heading
from dpa_service.services.negotiation import negotiation_figures as numbers
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import library, session, today
from dpa_service.web.approvals.base import blueprint
from dpa_service.web.spreadsheet import table
from dpa_service.web.typed import chosen

READERS = ("legal", "admin", "sales")
SHOWN_CLAUSES = 12


@blueprint.get("/figures/negotiation", endpoint="figures")
@allow(*READERS)
def figures() -> str:
    """The last eight quarters, or the one that `quarter` names."""
    every = [each.name for each in numbers.quarters(today())]
    only = chosen("quarter", every)
    found = numbers.figures(session(), today=today(), only=only)
    return render_template(
        "approvals/figures.html",
        found=found,
        every=list(reversed(every)),
        only=only,
        shown=SHOWN_CLAUSES,
        heading=_heading,
        percent=_percent,
        figure=_figure,
        time_words=_time,
    )


@blueprint.get("/figures/negotiation.csv", endpoint="figures_csv")
@allow(*READERS)
def figures_csv() -> Response:
    """The same, a line a quarter and clause: semicolons and decimal commas, as a Belgian spreadsheet reads them."""
    only = chosen("quarter", [each.name for each in numbers.quarters(today())])
    found = numbers.figures(session(), today=today(), only=only)
    rows = numbers.as_rows(found, {name: _heading(name) for name in {line.clause or "" for line in found.by_both}})
    return table(f"negotiation-{only or today().isoformat()}.csv", _columns(), rows)


def _columns() -> list[str]:
    return [
        _("Quarter"), _("Clause"), _("Heading"), _("Negotiations"), _("Proposals"), _("Settled by sales"), _("Average rung"),
        _("Median hours to decide"), _("Longest hours to decide"), _("Approved"), _("Rejected"), _("Countered"),
    ]  # fmt: skip


def _heading(name: str | None) -> str:
    if name and name.startswith("added-"):
        return str(_("added article"))
    return heading(library(), name) if name else ""


def _percent(share: Decimal | None) -> str:
    return "–" if share is None else f"{round(share * 100)} %"


def _figure(value: Decimal | int | None) -> str:
    return "–" if value is None else str(value).removesuffix(".0").replace(".", ",")


def _time(hours: Decimal | None) -> str:
    """Hours in words: below two days in hours, else in days."""
    if hours is None:
        return "–"
    if hours < 48:
        return str(_("%(n)s hours", n=_figure(hours)))
    return str(_("%(n)s days", n=_figure(round(hours / 24, 1))))
