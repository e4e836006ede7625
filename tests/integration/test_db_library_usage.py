"""Who uses which version of a clause, and who departs from what: the same answers on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dpa_service.adapters.library_files import read_published
from dpa_service.resources import clauses_dir
from dpa_service.services.agreements import agreements
from dpa_service.services.library import library_usage as used
from dpa_service.services.library.library_impact import NEW_VERSION, PUBLISHED, impact
from tests.conftest import NOW
from tests.support.changed_library import new_text, with_status

CLAUSE = "breach-notice"


@pytest.fixture
def older(library):
    return new_text(library, version="0.9.0")


@pytest.fixture
def stored(session, library, older, example):
    """Three drafts of the older release and two of the newer, and general terms of the newer."""
    made = []
    for number, release in enumerate([older, older, older, library, library]):
        data = example(parameters={"objection_days": 10 + number % 2})
        moment = NOW + timedelta(minutes=number)
        made.append(agreements.create_draft(session, release, data, actor="x", now=moment).agreement.id)
    terms = {"language": "nl", "effective_from": "2026-12-01"}
    agreements.create_draft(session, library, terms, document="general-terms", actor="x", now=NOW + timedelta(hours=1))
    return made


def test_use_by_version(session, stored):
    counts = used.pinned_counts(session)
    found = used.usage(counts, CLAUSE)
    assert {version: dict(groups) for version, groups in found.versions.items()} == {
        "0.9.0": {"drafts": 3},
        "1.0.0": {"drafts": 2},
    }
    assert used.usage(counts, "severability").total == 6  # it stands in both families
    assert used.usage(counts, "gt-scope").total == 1
    assert used.usage(counts, "no-such-clause").total == 0


def test_the_agreements_are_paged_newest_first(session, library, stored):
    seen, cursor = [], None
    while True:
        page = used.agreements_with(session, CLAUSE, current=library.clauses[CLAUSE], library=library, cursor=cursor, limit=2)
        seen += [(use.agreement.id, use.version, use.printed) for use in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert [row[0] for row in seen] == stored[::-1]
    assert [row[1:] for row in seen] == [("1.0.0", True)] * 2 + [("0.9.0", None)] * 3
    assert len(used.agreements_with(session, CLAUSE, version="0.9.0").items) == 3
    assert len(used.agreements_with(session, CLAUSE, other_than=library.clauses[CLAUSE].hash).items) == 3
    assert used.agreements_with(session, CLAUSE, group="signed").items == []


def test_departures(session, stored):
    assert used.deviation_counts(session)["objection_days"] == 5
    assert used.values_agreed(session, "objection_days") == [(10, 3), (11, 2)]
    page = used.departures(session, "objection_days", limit=3)
    assert [row.agreement.id for row in page.items] == stored[::-1][:3]
    assert [row.deviation.new_value for row in used.departures(session, "objection_days", cursor=page.next).items] == [11, 10]


def test_impact_of_a_new_version_and_after_it(session, library, stored):
    published = read_published(clauses_dir())
    newer = new_text(library, version="1.1.0")
    (change,) = impact(session, newer, published).clauses
    assert (change.clause, change.kind, change.version, change.previous) == (CLAUSE, NEW_VERSION, "1.1.0", "1.0.0")
    assert dict(change.touched) == {"drafts": 5}
    (change,) = impact(session, library, published).clauses
    assert (change.kind, change.previous, dict(change.touched)) == (PUBLISHED, "0.9.0", {"drafts": 3})


def test_a_status_alone_is_no_other_text(session, library, example):
    agreements.create_draft(session, with_status(library, "draft"), example(), actor="x", now=NOW)
    assert impact(session, library, read_published(clauses_dir())).clauses == []
