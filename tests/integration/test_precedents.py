"""What was conceded before: found by row, term and clause, one line a negotiation, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.models import Deviation
from dpa_service.domain.errors import RequestInvalid
from dpa_service.services.agreements import agreements, issuing
from dpa_service.services.negotiation import negotiation, precedents
from dpa_service.services.people.accounts import DEMO_EMAILS, seed_demo_users
from tests.conftest import NOW, TODAY
from tests.support.negotiated import CAP_F1, CAP_F2, FREE_HOURS, OBJECTION, asked

SALES, LEGAL, FINANCE, DPO = (DEMO_EMAILS[name] for name in ("sales", "legal", "finance", "dpo"))


@pytest.fixture
def draft(session, library, example, plain_documents):
    """Makes drafts of sales with deviations; one a client."""
    seed_demo_users(session, demo=True, now=NOW)

    def made(*entries, name="voorbeeld-bakkerij", days=0):
        request = example(name, parameters={})
        return asked(session, library, request, entries, actor=SALES, now=NOW - timedelta(days=days))

    return made


def decide(session, deviation_id, decision, actor, **options):
    with reading(session):
        seen = session.get_one(Deviation, deviation_id).version
    return negotiation.decide(session, deviation_id, decision, **{"seen": seen, "actor": actor, "now": NOW, **options})


def test_what_became_of_the_same_row_with_other_clients(session, library, draft):
    _, mine = draft(CAP_F2)
    issued, first = draft(CAP_F1, name="voorbeeld-energie", days=20)
    decide(session, first["ladder:16"], "approve", LEGAL)
    decide(session, first["ladder:16"], "approve", FINANCE)
    issuing.issue(session, issued, actor=SALES, now=NOW, today=TODAY)
    _, second = draft(CAP_F2, name="voorbeeld-energie", days=10)
    decide(session, second["ladder:16"], "reject", LEGAL, reason="Te hoog.")
    draft(OBJECTION, name="voorbeeld-energie")  # about something else
    found = precedents.summary(session, library, mine["ladder:16"])
    assert (found.total, found.outcomes, found.conceded) == (2, {"issued": 1, "rejected": 1}, {"F1": 1})
    page = precedents.listing(session, library, mine["ladder:16"])
    assert [(each.rung, each.outcome, each.day) for each in page.items] == [
        ("F2", "rejected", TODAY - timedelta(days=10)),
        ("F1", "issued", TODAY - timedelta(days=20)),
    ]
    client = agreements.get(session, issued).agreement.request["client"]
    assert {(each.client, each.sector, each.size) for each in page.items} == {
        (client["name"], client.get("sector"), client.get("size"))
    }


def test_rounds_and_editions_of_one_negotiation_count_once(session, library, draft):
    _, mine = draft(CAP_F2)
    other, first = draft(CAP_F2, name="voorbeeld-energie", days=9)
    answered = decide(session, first["ladder:16"], "counter", LEGAL, reason="F1 volstaat.", counter=CAP_F1).counter
    decide(session, answered.id, "approve", FINANCE)
    issuing.issue(session, other, actor=SALES, now=NOW, today=TODAY)
    later = NOW + timedelta(hours=1)
    edition = negotiation.next_edition(session, other, actor=SALES, now=later).agreement.id
    found = precedents.summary(session, library, mine["ladder:16"])
    assert (found.total, found.outcomes) == (1, {"approved": 1})
    issuing.issue(session, edition, actor=SALES, now=later, today=TODAY)
    assert precedents.summary(session, library, mine["ladder:16"]).outcomes == {"issued": 1}


def test_a_term_is_found_as_a_value_and_in_the_rungs_that_set_it(session, library, draft):
    _, mine = draft({"class": "value", "parameter": "cap_fixed", "value": "10000.00"})
    draft(CAP_F1, name="voorbeeld-energie")
    assert [each.rung for each in precedents.listing(session, library, mine["value:cap_fixed"]).items] == ["F1"]


def test_own_wording_is_found_by_its_clause(session, library, draft):
    own = {"class": "modified", "clause": "confidentiality", "text": "# Geheim\n\n1. Er wordt gezwegen; {staff_secrecy}.\n"}
    _, mine = draft(own)
    draft({**own, "text": own["text"].replace("gezwegen", "niets gezegd")}, FREE_HOURS, name="voorbeeld-energie")
    draft({"class": "fallback", "row": 10, "rung": "F1"}, name="voorbeeld-ziekenhuis")
    page = precedents.listing(session, library, mine["text:confidentiality"])
    assert [(each.kind, each.outcome) for each in page.items] == [("modified", "waiting")]


def test_pages_follow_each_other_without_gaps(session, library, draft):
    _, mine = draft(CAP_F2)
    for days in (1, 1, 2, 3, 4):
        draft(CAP_F1, name="voorbeeld-energie", days=days)
    seen, cursor = [], None
    while True:
        page = precedents.listing(session, library, mine["ladder:16"], cursor=cursor, limit=2)
        seen += [(each.agreement_id, each.day) for each in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert len({agreement for agreement, _ in seen}) == len(seen) == 5
    assert [day for _, day in seen] == sorted((day for _, day in seen), reverse=True)
    with pytest.raises(RequestInvalid):
        precedents.listing(session, library, mine["ladder:16"], cursor="x")
