"""The exposure read: of the portfolio, of one client, of a draft's deviations, on any day; against the insured sum of that day.

Sums are made by the database from the rows of exposure_rows.py. Amounts are EUR; None stands for "no limit". Sums leave out what has
no limit, and say how many positions that are.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.house import HouseData
from dpa_service.adapters.db.liability import ExposurePart, ExposureRow
from dpa_service.adapters.db.models import Agreement, Client
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.deadlines import BRUSSELS
from dpa_service.domain.liability.exposure import REASONS
from dpa_service.services.house.house_schema import PROCESSOR
from dpa_service.services.liability.claim_words import CASES
from dpa_service.services.paging import search_form

NOTHING = Decimal("0.00")
ONLY = ("no_limit", "above_insured", "negotiated", "fees_unknown", "own_wording")
MOST_POINTS = 60


@dataclass(frozen=True, slots=True)
class Filter:
    """Which positions: words of the client's name or the reference; one of ONLY; a case without limit (domain REASONS); a total above."""

    text: str | None = None
    only: str | None = None
    case: str | None = None
    above: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ByDeviation:
    """What the deviations of the same terms add together: the terms, how many agreements, EUR, and how many without limit."""

    parameters: tuple[str, ...]
    count: int
    adds: Decimal
    no_limit: int


@dataclass(frozen=True, slots=True)
class Portfolio:
    """The sums of a day. `main`, `other`, `total`: EUR without the positions that have no limit in that pool; `standard`: the same
    agreements under the house standard; `no_limit`: positions with a case without limit, `cases` how many of each;
    `above_insured`: clients whose own total exceeds the insured sum; `exceeded`: the whole does, or something has no limit."""

    day: date
    agreements: int
    main: Decimal
    other: Decimal
    total: Decimal
    standard: Decimal
    no_limit: int
    endless_total: int
    fees_unknown: int
    own_wording: int
    cases: dict[str, int]
    by_deviation: tuple[ByDeviation, ...]
    insured_sum: Decimal
    above_insured: int

    @property
    def exceeded(self) -> bool:
        """The alert: more than the insured sum, or no limit at all."""
        return self.total > self.insured_sum or self.no_limit > 0


@dataclass(frozen=True, slots=True)
class Position:
    """One agreement in the portfolio of a day."""

    client_id: str
    client: str
    agreement_id: str
    reference: str | None
    row: ExposureRow

    @property
    def cases(self) -> list[str]:
        """Its cases without limit, in Dutch."""
        return [CASES[code] for code in self.row.unlimited]


def insured_sum(session: Session, base: Library, day: date) -> Decimal:
    """The insured sum of the processor's profile as it stood at the end of a day. In: the library of the settings (version 0)."""
    end = datetime.combine(day + timedelta(days=1), time(), BRUSSELS)
    query = sa.select(HouseData.content).where(HouseData.kind == PROCESSOR, HouseData.at < end)
    content = session.scalar(query.order_by(HouseData.version.desc()).limit(1)) or base.processor
    return Decimal(str(content["insured_sum"]))


def portfolio(session: Session, base: Library, day: date, asked: Filter | None = None) -> Portfolio:
    """The sums of a day, past or to come, for the positions that `asked` lets through."""
    asked = asked or Filter()
    with reading(session):
        insured = insured_sum(session, base, day)
        row = ExposureRow
        where = _where(asked, day, insured)
        first = session.execute(
            _from(
                asked,
                sa.func.count(),
                *(sa.func.coalesce(sa.func.sum(pool), 0) for pool in (row.main, row.other, row.total, row.standard)),
                _many(row.no_limit),
                _many(row.total.is_(None)),
                _many(row.upper_bound),
                _many(row.own_wording),
                _many(row.total > insured),
            ).where(*where)
        ).one()
        return Portfolio(
            day=day,
            agreements=first[0],
            main=_euro(first[1]),
            other=_euro(first[2]),
            total=_euro(first[3]),
            standard=_euro(first[4]),
            no_limit=first[5],
            endless_total=first[6],
            fees_unknown=first[7],
            own_wording=first[8],
            cases=_cases(session, asked, where),
            by_deviation=_by_deviation(session, asked, day, where),
            insured_sum=insured,
            above_insured=first[9],
        )


def positions(
    session: Session, base: Library, day: date, asked: Filter | None = None, *, offset: int = 0, limit: int | None = 50
) -> Sequence[Position]:  # fmt: skip
    """The positions of a day, those without limit first, then the largest; `limit` None for all of them."""
    asked = asked or Filter()
    with reading(session):
        query = (
            sa.select(ExposureRow, Client.name, Agreement.reference)
            .join(Client, Client.id == ExposureRow.client_id)
            .join(Agreement, Agreement.id == ExposureRow.agreement_id)
            .where(*_where(asked, day, insured_sum(session, base, day)))
            .order_by(ExposureRow.no_limit.desc(), sa.func.coalesce(ExposureRow.total, 2**62).desc(), ExposureRow.agreement_id)
            .offset(offset)
            .limit(limit)
        )
        return [
            Position(row.client_id, name, row.agreement_id, reference, row) for row, name, reference in session.execute(query)
        ]


def history(
    session: Session, base: Library, days: Sequence[date], asked: Filter | None = None
) -> list[tuple[date, Decimal, int, Decimal]]:
    """For a chart: (day, total in EUR, positions without limit, insured sum) for at most MOST_POINTS days."""
    asked, found = asked or Filter(), []
    with reading(session):
        for day in list(days)[:MOST_POINTS]:
            insured = insured_sum(session, base, day)
            query = _from(asked, sa.func.coalesce(sa.func.sum(ExposureRow.total), 0), _many(ExposureRow.no_limit))
            total, endless = session.execute(query.where(*_where(asked, day, insured))).one()
            found.append((day, _euro(total), endless, insured))
    return found


def csv_of(session: Session, base: Library, day: date, asked: Filter | None = None) -> Iterator[str]:
    """The positions of a day as lines of CSV (semicolons, Belgian heads); what has no limit says "onbeperkt"."""
    yield "\ufeff" + _line("dag", "klant", "overeenkomst", "Totaalplafond", "andere schade", "samen", "huisstandaard", "telt per",
                           "vergoedingen niet bekend", "eigen tekst", "zonder grens")  # fmt: skip
    for found in positions(session, base, day, asked, limit=None):
        row = found.row
        yield _line(
            day.isoformat(), found.client, found.reference or "", _shown(row.main), _shown(row.other), _shown(row.total),
            _shown(row.standard), _COUNTED[row.counted], _yes(row.upper_bound), _yes(row.own_wording), "; ".join(found.cases),
        )  # fmt: skip


_COUNTED = {"agreement": "overeenkomst", "contract_year": "contractjaar", "per_claim": "schadegeval"}


def _line(*cells: str) -> str:
    out = io.StringIO()
    # a cell that a spreadsheet would take for a formula is made text
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerow(
        ["'" + c if c[:1] in ("=", "+", "-", "@", "\t") else c for c in cells]
    )
    return out.getvalue()


def _shown(amount: Decimal | None) -> str:
    return "onbeperkt" if amount is None else format(amount, "f").replace(".", ",")


def _yes(flag: bool) -> str:
    return "ja" if flag else "nee"


# ---- in the database -------------------------------------------------------------------------------------------------


def _on(table: type[ExposureRow] | type[ExposurePart], day: date) -> list[Any]:
    return [table.from_day <= day, sa.or_(table.until_day.is_(None), table.until_day > day)]


def _many(condition: Any) -> Any:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)


def _from(asked: Filter, *columns: Any) -> sa.Select[Any]:
    """A query over the rows, with client and agreement only where words are looked for."""
    query = sa.select(*columns).select_from(ExposureRow)
    if asked.text:
        query = query.join(Client, Client.id == ExposureRow.client_id).join(Agreement, Agreement.id == ExposureRow.agreement_id)
    return query


def _where(asked: Filter, day: date, insured: Decimal) -> list[Any]:
    row, where = ExposureRow, _on(ExposureRow, day)
    for word in search_form(asked.text or "").split():
        where.append(sa.or_(Client.search.contains(word, autoescape=True), Agreement.search.contains(word, autoescape=True)))
    match asked.only:
        case "no_limit":
            where.append(row.no_limit)
        case "above_insured":
            where.append(sa.or_(row.total > insured, row.total.is_(None)))
        case "negotiated":
            where.append(sa.exists().where(ExposurePart.agreement_id == row.agreement_id, ExposurePart.from_day == row.from_day))
        case "fees_unknown":
            where.append(row.upper_bound)
        case "own_wording":
            where.append(row.own_wording)
    if asked.case in REASONS:
        where.append(_names(asked.case))
    if asked.above is not None:
        where.append(sa.or_(row.total > asked.above, row.total.is_(None)))
    return where


def _names(code: str) -> Any:
    return sa.type_coerce(ExposureRow.unlimited, sa.Text()).contains(f'"{code}"')


def _cases(session: Session, asked: Filter, where: list[Any]) -> dict[str, int]:
    query = _from(asked, *(_many(_names(code)) for code in REASONS)).where(*where, ExposureRow.no_limit)
    return {code: count for code, count in zip(REASONS, session.execute(query).one(), strict=True) if count}


def _by_deviation(session: Session, asked: Filter, day: date, where: list[Any]) -> tuple[ByDeviation, ...]:
    part = ExposurePart
    own = _from(asked, ExposureRow.agreement_id).where(*where)
    query = (
        sa.select(part.parameters, sa.func.count(), sa.func.coalesce(sa.func.sum(part.adds), 0), _many(part.adds.is_(None)))
        .where(*_on(part, day), part.agreement_id.in_(own))
        .group_by(part.parameters)
    )
    found = [
        ByDeviation(tuple(filter(None, names.split(","))), count, _euro(adds), endless)
        for names, count, adds, endless in session.execute(query)
    ]
    return tuple(sorted(found, key=lambda group: (-group.no_limit, -group.adds, group.parameters)))


def _euro(value: Any) -> Decimal:
    return NOTHING if not value else Decimal(value).quantize(NOTHING)
