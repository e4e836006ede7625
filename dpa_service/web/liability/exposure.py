"""The exposure of the portfolio and of one client, on any day; as a page and as CSV."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from flask import Response, render_template, request, stream_with_context
from flask_babel import lazy_gettext
from marshmallow import ValidationError

from dpa_service.domain.liability.exposure import REASONS
from dpa_service.services.agreements.form_data import amount
from dpa_service.services.liability import exposure as portfolio
from dpa_service.services.liability import exposure_detail
from dpa_service.services.liability.claim_schema import Money
from dpa_service.services.liability.exposure import ONLY, Filter
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import runtime, session
from dpa_service.web.liability import chart as liability_chart
from dpa_service.web.liability.base import READERS, blueprint
from dpa_service.web.typed import day_arg, searched

PAGE, MONTHS = 50, 12
ONLY_WORDS = {
    "no_limit": lazy_gettext("with a case without limit"),
    "above_insured": lazy_gettext("above the insured sum"),
    "negotiated": lazy_gettext("with a deviation of liability"),
    "fees_unknown": lazy_gettext("whose fees are not known"),
    "own_wording": lazy_gettext("with own wording of a clause of liability"),
}


@blueprint.app_template_filter("merged")
def merged(kept: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Arguments of an address with some changed; None takes one out."""
    return {name: value for name, value in {**kept, **more}.items() if value is not None}


@blueprint.get("/exposure", endpoint="exposure")
@allow(*READERS)
def overview() -> str:
    """The portfolio on a day: sums, alert, chart, deviations, and every position."""
    day, day_trouble = day_arg()
    asked, above_trouble = _filter()
    base = runtime().library
    found = portfolio.portfolio(session(), base, day, asked)
    offset = min(max(0, request.args.get("offset", 0, type=int)), 10_000_000)
    rows = portfolio.positions(session(), base, day, asked, offset=offset, limit=PAGE + 1)
    history = portfolio.history(session(), base, _months(day, 3 if asked.text else 1), asked) if found.agreements else []
    groups = found.by_deviation
    names = [("", group.adds) for group in groups]
    kept = _kept()
    return render_template(
        "liability/exposure.html",
        day=day.isoformat(),
        text=asked.text or "",
        only=asked.only,
        case=asked.case,
        above=request.args.get("above", "")[:30],
        trouble={"day": day_trouble, "above": above_trouble},
        only_words=ONLY_WORDS,
        found=found,
        filtered=asked != Filter(),
        kept=kept,
        chart=liability_chart.over_time(history) if history else None,
        history=history,
        pools=_pools(found),
        groups=list(zip(liability_chart.bars(names, kind="adds"), groups, strict=True)),
        positions=rows[:PAGE],
        offset=offset,
        more=len(rows) > PAGE,
        earlier=max(0, offset - PAGE),
        later=offset + PAGE,
    )


@blueprint.get("/exposure.csv")
@allow(*READERS)
def exposure_csv() -> Response:
    """Every position of the day that the filters let through."""
    day, _trouble = day_arg()
    asked, _wrong = _filter()
    lines = portfolio.csv_of(session(), runtime().library, day, asked)
    answer = Response(stream_with_context(lines), mimetype="text/csv; charset=utf-8")
    answer.headers.set("Content-Disposition", "attachment", filename=f"blootstelling-{day.isoformat()}.csv")
    return answer


@blueprint.get("/exposure/<hex:client_id>", endpoint="client_exposure")
@allow(*READERS)
def of_client(client_id: str) -> str:
    """One client on a day, deviation by deviation, and over time."""
    day, trouble = day_arg()
    found = exposure_detail.of_client(session(), runtime().library, client_id, day)
    return render_template("liability/client_exposure.html", found=found, trouble=trouble)


def _filter() -> tuple[Filter, str | None]:
    only, case, above = (request.args.get(name, "") for name in ("only", "case", "above"))
    asked = Filter(searched() or None, only if only in ONLY else None, case if case in REASONS else None)
    if not above.strip():
        return asked, None
    try:
        limit: Decimal = Money(zero=True).read(amount(above.strip()))
    except ValidationError:
        return asked, str(lazy_gettext("Give an amount such as 2.500,00."))
    return replace(asked, above=limit), None


def _kept() -> dict[str, str]:
    return {name: request.args[name] for name in ("day", "q", "only", "case", "above") if request.args.get(name)}


def _pools(found: portfolio.Portfolio) -> list[liability_chart.Bar]:
    named = [(str(lazy_gettext("total cap")), found.main), (str(lazy_gettext("other damage")), found.other),
             (str(lazy_gettext("together")), found.total)]  # fmt: skip
    return liability_chart.bars(named, mark=found.insured_sum)


def _months(day: date, step: int) -> list[date]:
    """The same day of each of the last months, or of every few where looking for words makes each day dear; and the day itself."""
    found = []
    for back in range(MONTHS, 0, -step):
        month = day.year * 12 + day.month - 1 - back
        for number in (day.day, 30, 29, 28):
            try:
                found.append(date(month // 12, month % 12 + 1, number))
                break
            except ValueError:
                continue
    return [*found, day]
