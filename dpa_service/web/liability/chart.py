"""Figures of the exposure as something to draw: a line over time with the insured sum, and bars beside names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_compact_decimal
from flask_babel import get_locale
from flask_babel import gettext as _

from dpa_service.web.shell import as_date, as_money

WIDTH, HEIGHT, LEFT, RIGHT, TOP, FOOT = 720, 260, 76, 700, 18, 34
WHOLE = 1000
History = Sequence[tuple[date, Decimal, int, Decimal]]


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid with its words."""

    y: int
    text: str


@dataclass(frozen=True, slots=True)
class Point:
    """A day: where, what it says, and whether something had no limit then."""

    x: int
    y: int
    title: str
    endless: bool


@dataclass(frozen=True, slots=True)
class Month:
    """A name below the drawing; `minor` where a small screen leaves it out."""

    x: int
    text: str
    minor: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing of WIDTH × HEIGHT; the paths are SVG's."""

    label: str
    ticks: tuple[Tick, ...]
    points: tuple[Point, ...]
    months: tuple[Month, ...]
    path: str
    area: str
    insured_path: str
    insured_y: int
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = RIGHT


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar beside a name: its width and a mark, in thousandths of the whole."""

    name: str
    amount: Decimal
    width: int
    kind: str = "fill"
    mark: int | None = None


def over_time(history: History) -> Chart:
    """The line of a year. The insured sum is drawn where it fits beside the line; else the words beside it say the figure."""
    most = max(total for _day, total, _endless, _insured in history)
    insured = max(sum_ for _day, _total, _endless, sum_ in history)
    top = _round_up(max(most, insured if insured <= most * 4 else most, Decimal(1)))
    low = HEIGHT - FOOT

    def y(amount: Decimal) -> int:
        return int(low - (low - TOP) * min(Decimal(1), amount / top))

    def x(index: int) -> int:
        return LEFT + 12 + (RIGHT - LEFT - 24) * index // max(1, len(history) - 1)

    spots = [(x(index), y(total)) for index, (_day, total, _endless, _insured) in enumerate(history)]
    path = "M" + " L".join(f"{left} {height}" for left, height in spots)
    sums = [(x(index), y(each[3])) for index, each in enumerate(history)]
    language = str(get_locale() or "nl")
    every = max(1, len(history) // 6)
    first, last = history[0], history[-1]
    return Chart(
        label=str(
            _("From %(first)s on %(day)s to %(last)s on %(end)s.", first=as_money(first[1]), day=as_date(first[0]),
              last=as_money(last[1]), end=as_date(last[0]))
        ),
        ticks=tuple(
            Tick(y(top * part / 4), format_compact_decimal(top * part / 4, locale=language, fraction_digits=1)) for part in range(5)
        ),
        points=tuple(
            Point(spot[0], spot[1], f"{as_date(each[0])}: {as_money(each[1])}", each[2] > 0)
            for spot, each in zip(spots, history, strict=True)
        ),
        months=tuple(
            Month(x(index), format_date(each[0], "d MMM yy", locale=language), (len(history) - 1 - index) // every % 3 != 0)
            for index, each in enumerate(history)
            if (len(history) - 1 - index) % every == 0
        ),
        path=path,
        area=f"{path} L{spots[-1][0]} {low} L{spots[0][0]} {low} Z",
        insured_path="M" + " L".join(f"{left} {height}" for left, height in sums) if insured <= top else "",
        insured_y=sums[-1][1],
    )  # fmt: skip


def bars(named: Sequence[tuple[str, Decimal]], *, mark: Decimal | None = None, kind: str = "fill") -> list[Bar]:
    """Bars on one scale, which the mark (the insured sum) widens where it is not far beyond them."""
    most = max((abs(amount) for _name, amount in named), default=Decimal(0))
    whole = max(most, mark) if mark is not None and mark <= most * 4 else most
    place = None if mark is None or not whole or mark > whole else int(WHOLE * mark / whole)
    return [
        Bar(
            name,
            amount,
            max(4, int(WHOLE * abs(amount) / whole)) if amount and whole else 0,
            "less" if amount < 0 else kind,
            place,
        )
        for name, amount in named
    ]


def _round_up(amount: Decimal) -> Decimal:
    """The next figure with one digit that is easy to divide by four."""
    step = Decimal(10) ** (len(str(int(amount))) - 1)
    return next(factor * step for factor in (1, 2, 4, 6, 8, 10, 12) if factor * step >= amount)
