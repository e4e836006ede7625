"""The liability of 100,000 agreements: the portfolio of a day, its list and its history, on both databases."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.measure import Row
from dpa_service.adapters.db.engine import make_engine, make_sessions
from dpa_service.adapters.db.liability import ExposurePart, ExposureRow
from dpa_service.adapters.db.migrate import upgrade
from dpa_service.adapters.db.models import Agreement, Client, LibraryRelease
from dpa_service.adapters.library_files import load_library
from dpa_service.domain.liability.claim import Params
from dpa_service.domain.liability.exposure import effect, exposure
from dpa_service.services.liability import exposure as reading
from dpa_service.services.liability.exposure import Filter
from dpa_service.services.liability.exposure_rows import finite
from dpa_service.services.paging import search_form

TITLE = "Liability (100,000 agreements, a third of them negotiated)"
COUNT = 100_000
NOW, TODAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC), date(2026, 11, 23)
AIMS = {"sqlite": 2.0, "postgresql": 1.0}


def run() -> Iterable[Row]:
    """The portfolio on each database."""
    library = load_library()
    with tempfile.TemporaryDirectory() as folder:
        yield from portfolio("sqlite", f"sqlite:///{Path(folder) / 'exposure.sqlite'}", library)
    with server() as url:
        if url is None:
            yield Row("PostgreSQL", "no server here")
        else:
            yield from portfolio("postgresql", url, library)


def portfolio(kind: str, url: str, library: Any) -> Iterator[Row]:
    """Fill one database and ask for what the page shows."""
    upgrade(url)
    engine = make_engine(url)
    whole = fill(engine, library)
    days = [TODAY - timedelta(days=30 * n) for n in range(13)]
    with make_sessions(engine)() as session:
        found = reading.portfolio(session, library, TODAY)
        assert (found.agreements, found.total) == (COUNT, whole), "the sum is not the sum of the single results"
        asked: dict[str, Callable[[Session], Any]] = {
            "portfolio": lambda s: reading.portfolio(s, library, TODAY),
            "portfolio, one client's words": lambda s: reading.portfolio(s, library, TODAY, Filter(text="noordzee 4321")),
            "first page": lambda s: reading.positions(s, library, TODAY),
            "thirteen months": lambda s: reading.history(s, library, days),
        }
        for name, ask in asked.items():
            seconds = min(timed(ask, session) for _ in range(3))
            aim = AIMS[kind] if name == "portfolio" else None
            yield Row(f"{name}, {kind}", f"{seconds:.2f} s", "", f"≤ {aim:.0f} s" if aim else "", seconds <= aim if aim else None)
    engine.dispose()


def timed(ask: Callable[[Session], Any], session: Session) -> float:
    """Seconds."""
    start = time.perf_counter()
    ask(session)
    return time.perf_counter() - start


def fill(engine: sa.Engine, library: Any) -> Decimal:
    """The agreements with their rows; the sum of their single results."""
    dice = random.Random(6)
    whole = Decimal(0)
    standard = Params()
    clients, agreements, rows, parts = [], [], [], []
    for number in range(COUNT):
        client, agreement = f"{number:032x}", f"a{number:031x}"
        params = standard
        if number % 3 == 0:
            params = Params(cap_fixed=Decimal(dice.randint(25, 250) * 100), cap_other=Decimal(dice.randint(1, 9) * 1000),
                            uncapped_from="fraud" if number % 300 == 0 else None)  # fmt: skip
        fees = Decimal(dice.randint(0, 3_000_000)).scaleb(-2)
        now, usual = (exposure(each, fees=fees, main_cap=None) for each in (params, standard))
        assert isinstance(now.total, Decimal)
        whole += now.total
        name = f"Noordzee {number} NV"
        clients.append({"id": client, "name": name, "identity": f"N{number}", "search": search_form(name), "data": {}, "version": 1,
                        "created_at": NOW, "updated_at": NOW})  # fmt: skip
        agreements.append({
            "id": agreement, "client_id": client, "family": "agreement", "state": "signed", "reference": f"DPA-2026-{number:06d}",
            "title": name, "search": search_form(name), "request": {}, "library_hash": library.hash, "effective_from": date(2025, 1, 1),
            "version": 1, "created_at": NOW, "updated_at": NOW, "thread_id": agreement, "edition": 1,
        })  # fmt: skip
        rows.append({
            "agreement_id": agreement, "from_day": date(2025, 1, 1), "until_day": None, "client_id": client, "main": finite(now.main),
            "other": finite(now.other), "total": finite(now.total), "standard": finite(usual.total), "no_limit": bool(now.unlimited),
            "unlimited": list(now.unlimited), "counted": now.counted, "upper_bound": False, "own_wording": False,
        })  # fmt: skip
        if params is not standard:
            parts.append({"agreement_id": agreement, "from_day": date(2025, 1, 1), "deviation": "A1", "until_day": None,
                          "parameters": "cap_fixed,cap_other", "adds": finite(effect(usual, now))})  # fmt: skip
    with engine.begin() as connection:
        release = {"hash": library.hash, "content": "{}", "first_seen": NOW}
        for table, values in ((LibraryRelease, [release]), (Client, clients), (Agreement, agreements), (ExposureRow, rows),
                              (ExposurePart, parts)):  # fmt: skip
            connection.execute(sa.insert(table), values)
    with engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    return whole


@contextmanager
def server() -> Iterator[str | None]:
    """A PostgreSQL of this run, or None."""
    from tests.support.postgres import postgres

    try:
        running = postgres()
        url = running.__enter__()
    except Exception:  # no binaries on this machine: the bench says so
        yield None
        return
    try:
        yield url
    finally:
        running.__exit__(None, None, None)


__all__ = ["TITLE", "run"]
