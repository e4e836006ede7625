"""Figures of assistance: hours and revenue per duty, client and month, free time used, what was not billed and why; also as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from flask import Response, render_template, request
from flask_babel import get_locale
from flask_babel import gettext as _

from dpa_service.domain.assistance.assistance import REASONS
from dpa_service.services.errors import NotFound
from dpa_service.services.invoices import billing_figures
from dpa_service.services.invoices.billing_figures import Figures, Sums
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import session, today
from dpa_service.web.assistance.words import DUTIES
from dpa_service.web.invoices import figures_words, periods
from dpa_service.web.invoices.base import READERS, blueprint
from dpa_service.web.shell import as_hours, as_money
from dpa_service.web.spreadsheet import table
from dpa_service.web.typed import hex_arg

MONTHS, SHOWN_CLIENTS, MOST_COLUMNS, LISTED = 12, 12, 36, 100
Bar = tuple[str, float, str]


@blueprint.get("/figures/assistance", endpoint="figures")
@allow(*READERS)
def overview() -> str:
    """The last twelve months of everybody, or the period and client that the address names."""
    period, client_id, clients = _asked()
    found, free_time = billing_figures.with_allowances(session(), period.first, period.last, today(), client_id=client_id)
    months = periods.months_of(period)
    shown = months[-MOST_COLUMNS:]
    most = sorted(found.clients.items(), key=lambda row: (-row[1].revenue, -row[1].billed, found.names.get(row[0], "")))
    return render_template(
        "invoices/figures.html",
        period=period,
        client_id=client_id,
        clients=clients,
        found=found,
        empty=found.whole == Sums(),
        duties=_bars({str(DUTIES[name]): sums for name, sums in found.duties.items()}),
        revenue=_revenue_bars(found),
        months=months,
        shown=shown,
        labels=_labels(shown),
        hours=_series(found, shown, lambda sums: sums.billed / 60),
        euros=_series(found, shown, lambda sums: float(sums.revenue)),
        free_time=free_time[:LISTED],
        more_free_time=max(0, len(free_time) - LISTED),
        per_client=most[:LISTED],
        more_clients=max(0, len(most) - LISTED),
        free_year=period.last.year,
        renewed=date(period.last.year + 1, 1, 1),
        reasons=_reasons(found.whole),
        nothing=Sums(),
        say_month=_month,
        percent=_percent,
        words=figures_words,
        kept=_kept(period, client_id),
    )


@blueprint.get("/figures/assistance.csv", endpoint="figures_csv")
@allow(*READERS)
def figures_csv() -> Response:
    """The same, a row a duty, client and month, and one for all: minutes as whole numbers, EUR without VAT."""
    period, client_id, _clients = _asked()
    found = billing_figures.figures(session(), period.first, period.last, client_id=client_id)
    name = f"assistance-{period.first.isoformat()}-{period.last.isoformat()}.csv"
    return table(name, _heads(), _rows(found))


def _asked() -> tuple[periods.Period, str | None, Sequence[tuple[str, str]]]:
    """Period and client of the address, and the clients to choose from. Error: 404 for a client without figures."""
    client_id = hex_arg("client")
    clients = billing_figures.clients_with_figures(session())
    if client_id is not None and client_id not in dict(clients):
        raise NotFound("client with figures")
    return periods.read(request.args, periods.last_months(today(), MONTHS)), client_id, clients


def _kept(period: periods.Period, client_id: str | None) -> dict[str, str]:
    kept = {"from": period.first.isoformat(), "until": period.last.isoformat()}
    return kept | {"client": client_id} if client_id else kept


def _bars(groups: dict[str, Sums]) -> list[Bar]:
    """Billed hours of each group, the most first."""
    rows = [(name, sums.billed / 60, as_hours(sums.billed)) for name, sums in groups.items() if sums.billed]
    return sorted(rows, key=lambda row: -row[1])


def _revenue_bars(found: Figures) -> list[Bar]:
    """The clients with the most revenue; the table has them all."""
    rows = [(found.names.get(name, name), sums.revenue) for name, sums in found.clients.items() if sums.revenue > 0]
    most = sorted(rows, key=lambda row: (-row[1], row[0]))[:SHOWN_CLIENTS]
    return [(name, float(revenue), as_money(revenue.quantize(Decimal(1))).removesuffix(",00")) for name, revenue in most]


def _series(found: Figures, months: Sequence[str], value: Any) -> list[float]:
    """One number a month, 0 where nothing happened; credit notes of a month without invoices go below zero and are drawn as nothing."""
    return [max(0.0, round(value(found.months.get(name, Sums())), 2)) for name in months]


def _labels(months: Sequence[str]) -> list[str]:
    """Short names of months under a chart; where there are many, only some are named."""
    step = -(-len(months) // 6)
    return [_month(name, "MMM yy") if at % step == 0 else "" for at, name in enumerate(months)]


def _month(name: str, pattern: str = "MMMM y") -> str:
    return format_date(date.fromisoformat(f"{name}-01"), pattern, locale=get_locale() or "nl")


def _reasons(whole: Sums) -> list[tuple[str, int, Decimal]]:
    """Reason, minutes and the part of the billed minutes, the most first."""
    rows = [(name, whole.free[name]) for name in REASONS if whole.free.get(name)]
    return [
        (name, minutes, Decimal(minutes) / whole.billed if whole.billed else Decimal(0))
        for name, minutes in sorted(rows, key=lambda row: -row[1])
    ]


def _percent(share: Decimal) -> str:
    return f"{format((100 * share).quantize(Decimal('0.1')), 'f').replace('.', ',')}\u00a0%"


def _heads() -> list[Any]:
    reasons = [_("not billed: %(reason)s", reason=figures_words.REASONS[name]) for name in REASONS]
    return [
        _("per"), _("name"), _("minutes worked"), _("minutes billed (rounded up)"), _("not billed"), *reasons, _("not on an invoice yet"),
        _("on drafts"), _("invoiced"), _("revenue without VAT, EUR"),
    ]  # fmt: skip


def _rows(found: Figures) -> Iterator[list[Any]]:
    named = {
        "duty": [(DUTIES[name], sums) for name, sums in found.duties.items()],
        "client": [(found.names.get(name, name), sums) for name, sums in found.clients.items()],
        "month": list(found.months.items()),
        "all": [("", found.whole)],
    }
    for group, rows in named.items():
        for name, sums in rows:
            free = [sums.free.get(reason, 0) for reason in REASONS]
            yield [
                figures_words.GROUPS[group], name, sums.raw, sums.billed, sums.not_charged, *free, sums.unbilled, sums.drafted,
                sums.invoiced, sums.revenue,
            ]  # fmt: skip
