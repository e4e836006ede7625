"""The figures of the negotiations, computed in both databases, against the same counted by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import median

import pytest

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.models import Deviation
from dpa_service.services.agreements import issuing
from dpa_service.services.negotiation import negotiation
from dpa_service.services.negotiation import negotiation_figures as numbers
from dpa_service.services.people.accounts import DEMO_EMAILS, seed_demo_users
from tests.conftest import NOW, TODAY
from tests.support.negotiated import CAP_F1, CAP_F2, FREE_HOURS, OBJECTION, asked

SALES, LEGAL, FINANCE, DPO = (DEMO_EMAILS[name] for name in ("sales", "legal", "finance", "dpo"))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OWN = {"class": "value", "parameter": "assistance_rate", "value": "120.00"}


@pytest.fixture
def draft(session, library, example, plain_documents):
    """Makes drafts of sales with deviations, asked some time ago."""
    seed_demo_users(session, demo=True, now=NOW)

    def made(*entries, ago=timedelta(0)):
        return asked(session, library, example(parameters={}), entries, actor=SALES, now=NOW - ago)

    return made


def decide(session, deviation_id, decision, actor, now, **options):
    with reading(session):
        seen = session.get_one(Deviation, deviation_id).version
    return negotiation.decide(session, deviation_id, decision, seen=seen, actor=actor, now=now, **options)


def test_quarters_begin_at_midnight_in_belgium():
    last = numbers.quarters(TODAY)[-1]
    assert (last.name, last.begin.astimezone(UTC), last.end.astimezone(UTC)) == (
        "2026-Q4", datetime(2026, 9, 30, 22, tzinfo=UTC), datetime(2026, 12, 31, 23, tzinfo=UTC),
    )  # fmt: skip
    assert [each.name for each in numbers.quarters(TODAY)][:2] == ["2025-Q1", "2025-Q2"]


def test_nothing_negotiated_gives_empty_figures(session, draft):
    found = numbers.figures(session, today=TODAY)
    assert (found.total.proposals, found.total.own_share, found.by_clause) == (0, None, ())
    assert len(found.by_quarter) == numbers.QUARTERS


def test_every_figure(session, draft):
    times = []
    for hours in (5, 1, 30):  # three objections, each decided after some hours
        _, ids = draft(OBJECTION, ago=3 * DAY)
        decide(session, ids["value:objection_days"], "approve", DPO, NOW - 3 * DAY + hours * HOUR)
        times.append(hours)
    draft(OWN)
    _, ids = draft(CAP_F2, ago=2 * DAY)
    made = decide(session, ids["ladder:16"], "counter", LEGAL, NOW - DAY, reason="F1 volstaat.", counter=CAP_F1)
    decide(session, made.counter.id, "approve", FINANCE, NOW)
    _, ids = draft(CAP_F2, ago=100 * DAY)
    decide(session, ids["ladder:16"], "reject", LEGAL, NOW - 100 * DAY + HOUR, reason="Te hoog.")
    found = numbers.figures(session, today=TODAY)
    by_clause = {line.clause: line for line in found.by_clause}
    objection = by_clause["sub-processors"]
    assert (objection.negotiations, objection.proposals, objection.approved) == (3, 3, 3)
    assert (objection.median_hours, objection.longest_hours) == (Decimal(median(times)), Decimal(max(times)))
    cap = by_clause["general-liability"]
    assert (cap.negotiations, cap.proposals, cap.approved, cap.rejected, cap.countered) == (2, 3, 2, 1, 1)
    assert cap.rung == 1  # what stands is F1; what was rejected or countered does not count
    assert [line.own_share for line in found.by_clause if line.own_share] == [1]
    assert (found.total.proposals, found.total.own, found.total.own_share) == (7, 1, Decimal(1) / 7)
    by_quarter = {line.quarter: line for line in found.by_quarter}
    assert (by_quarter["2026-Q3"].rejected, by_quarter["2026-Q4"].rejected) == (1, 0)
    assert sum(line.proposals for line in found.by_both) == found.total.proposals
    only = numbers.figures(session, today=TODAY, only="2026-Q3")
    assert (only.total.proposals, only.total.rejected) == (1, 1)


def test_the_median_of_an_even_number_lies_between(session, draft):
    for hours in (2, 4, 10, 40):
        _, ids = draft(OBJECTION, ago=3 * DAY)
        decide(session, ids["value:objection_days"], "approve", DPO, NOW - 3 * DAY + hours * HOUR)
    assert numbers.figures(session, today=TODAY).total.median_hours == 7


def test_an_edition_that_takes_over_what_was_agreed_counts_nothing_twice(session, draft):
    agreement, ids = draft(FREE_HOURS, OBJECTION, ago=DAY)
    decide(session, ids["value:objection_days"], "approve", DPO, NOW)
    decide(session, ids["value:assistance_free_hours"], "approve", FINANCE, NOW)
    before = numbers.figures(session, today=TODAY)
    issuing.issue(session, agreement, actor=SALES, now=NOW, today=TODAY)
    negotiation.next_edition(session, agreement, actor=SALES, now=NOW + HOUR)
    assert numbers.figures(session, today=TODAY) == before
