"""The register as lists show it, what-if beside other terms, and closing, on both databases."""

from decimal import Decimal

import pytest

from dpa_service.adapters.db import audit
from dpa_service.adapters.db.engine import reading
from dpa_service.services.agreements import agreements
from dpa_service.services.errors import Conflict, NotFound, Stale
from dpa_service.services.liability import claim_closing, claim_list, claim_payments, claim_trials, claims
from dpa_service.services.liability.claim_trials import OWN, STANDARD, Subject
from tests.conftest import NOW, TODAY
from tests.support.liability import claim, fee, signed

pytestmark = pytest.mark.usefixtures("plain_documents", "no_approvals")
WHO = {"actor": "legal", "now": NOW}


@pytest.fixture
def no_approvals(monkeypatch):
    monkeypatch.setattr("dpa_service.services.agreements.issuing.refuse_unapproved", lambda *_: None)


@pytest.fixture
def bound(session, library, example):
    made = signed(session, library, example(), cap_fixed="5000.00")
    fee(session, made.client_id, "40000.00")
    return made


def opened(session, agreement, **changes):
    return claims.report(session, agreement.client_id, claim(**changes), today=TODAY, **WHO)


def test_the_list_names_client_agreement_and_figures(session, bound):
    first, second = (opened(session, bound) for _ in range(2))
    claims.assess(session, first.id, **WHO)
    claims.update(session, first.id, claim(fault="fraud"), expected_version=None, today=TODAY, **WHO)
    claims.assess(session, first.id, **WHO)
    payment = {"pool": "main", "amount": "1200.50", "paid_on": TODAY.isoformat()}
    claim_payments.pay(session, first.id, payment, today=TODAY, **WHO)
    page = claim_list.register(session, text="bakkerij")
    by_id = {row.claim.id: row for row in page.items}
    assert (by_id[first.id].claimed, by_id[first.id].payable, by_id[first.id].paid) == (
        Decimal("9000.00"), Decimal("5000.00"), Decimal("1200.50"),
    )  # fmt: skip
    assert (by_id[second.id].payable, by_id[second.id].paid) == (None, 0)
    assert {row.reference for row in page.items} == {bound.reference}
    for asked, count in (({"text": first.reference}, 1), ({"text": bound.reference}, 2), ({"text": "100%"}, 0), ({"state": "reported"}, 1),
                         ({"client_id": "0" * 32}, 0), ({"agreement_id": bound.id}, 2)):  # fmt: skip
        assert len(claim_list.register(session, **asked).items) == count, asked


def test_pages_of_the_register_meet_every_claim_once(session, bound):
    made = {opened(session, bound).id for _ in range(5)}
    seen, cursor = [], None
    while True:
        page = claim_list.register(session, cursor=cursor, limit=2)
        seen += [row.claim.id for row in page.items]
        if (cursor := page.next) is None:
            break
    assert sorted(seen) == sorted(made)


def test_what_waits_is_what_is_open(session, bound):
    made = [opened(session, bound) for _ in range(3)]
    claims.assess(session, made[1].id, **WHO)
    claims.reject(session, made[0].id, reason="Neen", **WHO)
    with pytest.raises(Conflict):
        claim_closing.settle(session, made[2].id, **WHO)  # never assessed
    with pytest.raises(Stale):
        claim_closing.settle(session, made[1].id, expected_version=99, **WHO)
    assert {row.claim.id for row in claim_list.waiting(session)[0]} == {made[1].id, made[2].id}
    claim_closing.settle(session, made[1].id, **WHO)
    rows, count = claim_list.waiting(session)
    assert ([row.claim.id for row in rows], count) == ([made[2].id], 1)
    with reading(session):
        assert audit.verify(session) == []


def test_trials_stand_beside_each_other_and_save_nothing(session, library, example, bound):
    made = opened(session, bound)
    draft = agreements.create_draft(
        session, library, example() | {"parameters": {"cap_fixed": "7000.00"}}, actor="m", now=NOW
    ).agreement
    terms = [OWN, STANDARD, draft.id]

    def payable(subject, changes=None):
        return [found["result"]["payable"] for found in claim_trials.tried(session, subject, terms, changes)]

    assert payable(Subject(claim_id=made.id)) == ["5000.00", "2500.00", "7000.00"]
    raised = {"params": {"cap_fixed": "8000.00"}}
    assert payable(Subject(claim_id=made.id), raised) == ["8000.00", "2500.00", "8000.00"]  # the standard stays the standard
    facts = {name: value for name, value in claim().items() if name in ("basis", "fault", "items", "gdpr_processor_breach")}
    assert payable(Subject(agreement_id=bound.id, data={"event_day": "2026-05-04"}), facts) == ["5000.00", "2500.00", "7000.00"]
    other = signed(session, library, example("voorbeeld-energie"))
    with pytest.raises(NotFound):
        claim_trials.tried(session, Subject(claim_id=made.id), [other.id])
    found = claims.get(session, made.id)
    assert (found.claim.version, found.assessments) == (1, [])
    assert {row.id for row in claim_trials.candidates(session, bound.client_id)} == {bound.id, draft.id}
