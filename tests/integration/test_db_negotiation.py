"""Deviations on both databases: asked, decided, countered, voided, issued; and what is refused."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from dpa_service.adapters.db.engine import reading, writing
from dpa_service.adapters.db.models import Deviation
from dpa_service.adapters.db.negotiation import Absence, DeviationValue, NegotiationRound
from dpa_service.domain.errors import DomainError, RequestInvalid
from dpa_service.domain.negotiation.approval import APPROVED, COUNTERED, PROPOSED, REJECTED, REPLACED, WITHDRAWN, NotAllowed
from dpa_service.services.agreements import agreements, issuing
from dpa_service.services.errors import Conflict
from dpa_service.services.negotiation import negotiation
from dpa_service.services.negotiation.deviations import NotApproved, open_rows
from dpa_service.services.people.accounts import seed_demo_users
from tests.conftest import NOW, TODAY

DOMAIN = "@voorbeeld.example"
SALES, LEGAL, FINANCE, DPO, ADMIN = (name + DOMAIN for name in ("sales", "legal", "finance", "dpo", "admin"))
OBJECTION = {"class": "value", "parameter": "objection_days", "value": 14}
CAP = {"class": "fallback", "row": 16, "rung": "F1", "reason": "De klant vraagt een hoger plafond."}


@pytest.fixture
def draft(session, library, example, plain_documents):
    """A draft of sales, with the demo's users to decide."""
    seed_demo_users(session, demo=True, now=NOW)
    return agreements.create_draft(session, library, example(parameters={}), actor=SALES, now=NOW).agreement.id


def asked(session, draft, entry, **options):
    return negotiation.ask(session, draft, entry, **{"expected_version": None, "actor": SALES, "now": NOW, **options})


def row_of(session, draft, key):
    with reading(session):
        return next(row for row in open_rows(session, draft) if row.key == key)


def read(session, query):
    with reading(session):
        return session.scalars(query).all()


def decided(session, row, decision="approve", **options):
    return negotiation.decide(session, row.id, decision, **{"seen": row.version, "actor": DPO, "now": NOW, **options})


def test_a_value_waits_for_its_approver_and_then_the_document_is_issued_with_it(session, draft):
    details = asked(session, draft, OBJECTION)
    assert [(row.key, row.state, row.approvers) for row in details.deviations] == [("value:objection_days", PROPOSED, ["DPO"])]
    with pytest.raises(NotApproved) as refused:
        issuing.issue(session, draft, actor=SALES, now=NOW, today=TODAY)
    assert refused.value.waiting == [("A1", "Bezwaartermijn bij nieuwe subverwerkers", ("DPO",))]
    decided(session, row_of(session, draft, "value:objection_days"))
    issued = issuing.issue(session, draft, actor=SALES, now=NOW, today=TODAY)
    assert [row.state for row in issued.deviations] == [APPROVED]
    snapshot = agreements.preview(session, draft)
    assert snapshot["terms"]["objection_days"] == {**snapshot["terms"]["objection_days"], "value": 14, "source": "A1"}
    assert "14\u00a0(veertien)\u00a0dagen" in json.dumps(snapshot["parts"], ensure_ascii=False)
    assert read(session, sa.select(NegotiationRound.direction)) == ["sent"]


def test_what_sales_may_settle_is_settled_at_once(session, draft):
    details = asked(session, draft, {"class": "value", "parameter": "assistance_rate", "value": "120.00"})
    assert [(row.approvers, row.state) for row in details.deviations] == [(["AM"], APPROVED)]
    details = asked(session, draft, {"class": "value", "parameter": "assistance_rate", "value": "60.00"})
    assert [(row.approvers, row.state) for row in details.deviations] == [(["CFO"], PROPOSED)]


def test_every_seat_of_the_playbook_is_needed_and_nobody_fills_one_twice(session, draft):
    asked(session, draft, CAP)
    row = row_of(session, draft, "ladder:16")
    assert row.approvers == ["CFO", "LEG"]
    row = decided(session, row, actor=LEGAL).row
    assert row.state == PROPOSED
    with pytest.raises(NotAllowed, match="no seat"):
        decided(session, row, actor=LEGAL)
    assert decided(session, row, actor=FINANCE).row.state == APPROVED


def test_who_proposes_does_not_approve(session, draft):
    asked(session, draft, OBJECTION, actor=DPO)
    with pytest.raises(NotAllowed) as refused:
        decided(session, row_of(session, draft, "value:objection_days"))
    assert refused.value.code == "OWN_PROPOSAL"


def test_editing_after_approval_voids_it_and_says_so(session, draft):
    asked(session, draft, OBJECTION)
    first = row_of(session, draft, "value:objection_days")
    decided(session, first)
    details = asked(session, draft, {**OBJECTION, "value": 21})
    assert [(each.label, each.approved_by) for each in details.voided] == [("A1", (DPO,))]
    assert [row.state for row in details.deviations] == [PROPOSED]
    assert read(session, sa.select(Deviation.state).where(Deviation.id == first.id)) == [REPLACED]
    assert read(session, sa.select(DeviationValue.new_value)) == [21]


def test_the_second_to_decide_hears_what_the_first_did(session, draft):
    asked(session, draft, CAP)
    row = row_of(session, draft, "ladder:16")
    seen = row.version
    decided(session, row, actor=LEGAL)
    with pytest.raises(negotiation.DecidedMeanwhile) as refused:
        decided(session, row, actor=FINANCE, seen=seen)
    assert refused.value.last == f"{LEGAL}: approve"


def test_a_rejection_brings_the_standard_back(session, draft):
    asked(session, draft, CAP)
    row = row_of(session, draft, "ladder:16")
    with pytest.raises(RequestInvalid):
        decided(session, row, "reject", actor=LEGAL)
    assert decided(session, row, "reject", actor=LEGAL, reason="Te hoog voor deze klant.").row.state == REJECTED
    assert read(session, sa.select(DeviationValue)) == []
    assert agreements.preview(session, draft)["terms"]["cap_fixed"]["source"] == "standard"


def test_a_counter_proposal_counts_as_approved_by_its_author(session, draft):
    asked(session, draft, {"class": "fallback", "row": 16, "rung": "F2"})
    row = row_of(session, draft, "ladder:16")
    made = decided(session, row, "counter", actor=LEGAL, reason="Trede F1 volstaat.", counter=CAP)
    assert (made.row.state, made.counter.state, made.counter.proposed_by) == (COUNTERED, PROPOSED, SALES)
    assert decided(session, made.counter, actor=FINANCE).row.state == APPROVED
    issuing.issue(session, draft, actor=SALES, now=NOW, today=TODAY)


def test_a_counter_proposal_stays_with_its_clause(session, draft):
    asked(session, draft, CAP)
    row = row_of(session, draft, "ladder:16")
    other = {"class": "fallback", "row": 18, "rung": "F1"}  # the same clause, another row of the playbook
    with pytest.raises(RequestInvalid) as refused:
        decided(
            session, row, "counter", actor=LEGAL, reason="Iets anders.", counter={"class": "fallback", "row": 19, "rung": "F1"}
        )
    assert [error.code for error in refused.value.errors] == ["OTHER_SUBJECT"]
    assert row_of(session, draft, "ladder:16").version == row.version
    assert decided(session, row, "counter", actor=LEGAL, reason="Dit in de plaats.", counter=other).counter.key == "ladder:18"


def test_a_deputy_decides_for_who_is_absent_and_only_then(session, draft):
    asked(session, draft, OBJECTION)
    row = row_of(session, draft, "value:objection_days")
    with pytest.raises(NotAllowed):
        decided(session, row, actor=LEGAL)
    with writing(session):
        session.add(Absence(id="a" * 32, absent=DPO, deputy=LEGAL, first_day=TODAY, last_day=TODAY, created_at=NOW))
    assert decided(session, row_of(session, draft, "value:objection_days"), actor=LEGAL).row.state == APPROVED


def test_an_approval_expires(session, draft):
    asked(session, draft, OBJECTION)
    decided(session, row_of(session, draft, "value:objection_days"))
    later = NOW + timedelta(days=91)
    with pytest.raises(NotApproved):
        issuing.issue(session, draft, actor=SALES, now=later, today=later.date())


def test_taking_back_is_kept_as_history(session, draft):
    asked(session, draft, OBJECTION)
    negotiation.take_back(session, draft, "value:objection_days", expected_version=None, actor=SALES, now=NOW)
    assert read(session, sa.select(Deviation.state)) == [WITHDRAWN]


def test_the_next_edition_takes_over_approvals_and_withdraws_the_one_before(session, draft):
    asked(session, draft, OBJECTION)
    decided(session, row_of(session, draft, "value:objection_days"))
    issuing.issue(session, draft, actor=SALES, now=NOW, today=TODAY)
    second = negotiation.next_edition(session, draft, actor=SALES, now=NOW)
    assert [row.state for row in second.deviations] == [APPROVED]
    with pytest.raises(Conflict):
        negotiation.next_edition(session, draft, actor=SALES, now=NOW)
    issued = issuing.issue(session, second.agreement.id, actor=SALES, now=NOW, today=TODAY)
    assert issued.agreement.reference == "DPA-2026-0001-v2"
    assert agreements.get(session, draft).agreement.state == "withdrawn"
    assert read(session, sa.select(NegotiationRound.number).order_by(NegotiationRound.number)) == [1, 2]


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"class": "removed", "clause": "breach-notice"}, "CLAUSE_MISSING TERM_NOT_PRINTED"),
        ({"class": "modified", "clause": "breach-notice", "text": "# Melding\n\n1. Wij melden dit snel.\n"}, "TERM_NOT_PRINTED"),
    ],
)
def test_wording_that_would_let_text_and_terms_drift_is_refused(session, draft, entry, code):
    with pytest.raises(DomainError) as refused:
        asked(session, draft, entry)
    assert refused.value.code in code
    assert read(session, sa.select(DeviationValue)) == []


def test_own_wording_leaves_its_duty_uncovered_and_is_not_issued(session, draft):
    asked(
        session,
        draft,
        {
            "class": "modified",
            "clause": "confidentiality",
            "text": "# Vertrouwelijkheid\n\n1. Er wordt gezwegen; {staff_secrecy}.\n",
        },
    )
    decided(session, row_of(session, draft, "text:confidentiality"), actor=LEGAL)
    decided(session, row_of(session, draft, "text:confidentiality"), actor=DPO)
    with pytest.raises(DomainError) as refused:
        issuing.issue(session, draft, actor=SALES, now=NOW, today=TODAY)
    assert refused.value.code == "NOT_COVERED"


@pytest.mark.parametrize(
    ("entry", "field", "code"),
    [
        ({"class": "fallback", "row": 99, "rung": "F1"}, "deviations[0].row", "CHOICE"),
        ({"class": "fallback", "row": 16, "rung": "F9"}, "deviations[0].rung", "CHOICE"),
        ({"class": "fallback", "row": 11, "rung": "F2"}, "deviations[0].values.client_policy_reference", "REQUIRED"),
        ({"class": "modified", "clause": "audits", "text": "# X\n\n1. {when transfers} Iets.\n"}, "deviations[0].text", "CONDITION"),
        ({"class": "modified", "clause": "audits", "text": "# X\n\n1. {onbekend_woord}\n"}, "deviations[0].text", "UNKNOWN"),
        ({"class": "modified", "clause": "annex-security", "text": "# X\n\n1. Iets.\n"}, "deviations[0].clause", "NOT_AN_ARTICLE"),
        ({"class": "added", "id": "x", "after": "audits", "text": "# X\n\n1. Iets.\n"}, "deviations[0].id", "FORM"),
        ({"class": "value", "parameter": "objection_days", "value": 31}, "parameters.objection_days", "RANGE"),
        ({"class": "removed", "clause": "audits", "text": "x"}, "deviations[0].text", "UNKNOWN_FIELD"),
    ],
)  # fmt: skip
def test_a_wrong_entry_names_its_field(session, draft, entry, field, code):
    with pytest.raises(RequestInvalid) as refused:
        asked(session, draft, entry)
    assert (field, code) in [(error.field, error.code) for error in refused.value.errors]
