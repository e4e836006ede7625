"""The approvers' queue on both databases: who sees and decides what, in which order; effect, absences, reminders, the present playbook."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.liability import FeePayment
from dpa_service.adapters.db.models import Agreement, AuditLog, Deviation, OutboxMessage
from dpa_service.adapters.db.negotiation import Absence
from dpa_service.domain.errors import RequestInvalid
from dpa_service.domain.liability.claim import UNLIMITED
from dpa_service.domain.negotiation.approval import APPROVED, PROPOSED, NotAllowed
from dpa_service.services.agreements import issuing, my_work
from dpa_service.services.errors import NotFound
from dpa_service.services.house import house
from dpa_service.services.house.house_schema import PLAYBOOK
from dpa_service.services.negotiation import absences, approvals, negotiation, reminders
from dpa_service.services.negotiation.approval_history import history, successor
from dpa_service.services.negotiation.approvals import Filters
from dpa_service.services.negotiation.deviation_effect import effect_of
from dpa_service.services.negotiation.deviations import NotApproved
from dpa_service.services.people.accounts import DEMO_EMAILS, seed_demo_users
from tests.conftest import NOW, TODAY
from tests.support.negotiated import CAP_F1, CAP_F2, FREE_HOURS, OBJECTION, asked

SALES, LEGAL, FINANCE, DPO, ADMIN = (DEMO_EMAILS[name] for name in ("sales", "legal", "finance", "dpo", "admin"))
DAY = timedelta(days=1)


@pytest.fixture
def draft(session, library, example, plain_documents):
    """Makes drafts of sales with deviations."""
    seed_demo_users(session, demo=True, now=NOW)

    def made(*entries, days=0, actor=SALES, **changes):
        request = example(**{"parameters": {}, **changes})
        return asked(session, library, request, entries, actor=actor, now=NOW - days * DAY)

    return made


@pytest.fixture
def seen(session, library):
    """The keys that wait for somebody, in order; `everything` for all they may see."""

    def keys(actor, **options):
        page = approvals.queue(session, library, actor=actor, **{"today": TODAY, **options})
        return [item.row.key for item in page.items]

    return keys


def decide(session, deviation_id, decision, actor, *, now=NOW, **options):
    with reading(session):
        version = session.get_one(Deviation, deviation_id).version
    return negotiation.decide(session, deviation_id, decision, **{"seen": version, "actor": actor, "now": now, **options})


def state_of(session, deviation_id):
    with reading(session):
        return session.get_one(Deviation, deviation_id).state


# ---- the queue ---------------------------------------------------------------------------------------------------------


def test_each_sees_what_waits_for_their_seats_the_most_urgent_first(session, draft, seen):
    draft(OBJECTION, days=3)  # weight 1: urgency 4
    draft(CAP_F2)  # weight 5
    draft(FREE_HOURS, days=9)  # weight 1: urgency 10
    assert seen(DPO) == ["value:objection_days"]
    assert seen(LEGAL) == ["ladder:16"]
    assert seen(FINANCE) == ["value:assistance_free_hours", "ladder:16"]
    assert seen(ADMIN) == ["ladder:16"]
    assert seen(LEGAL, everything=True) == ["value:assistance_free_hours", "ladder:16", "value:objection_days"]


def test_the_order_is_that_of_the_domain(session, library, draft):
    for days, entry in ((0, CAP_F2), (2, CAP_F1), (3, OBJECTION), (5, FREE_HOURS), (7, OBJECTION)):
        draft(entry, days=days)
    items = approvals.queue(session, library, actor=LEGAL, today=TODAY, everything=True).items
    assert [item.urgency for item in items] == sorted((item.urgency for item in items), reverse=True)


def test_sales_sees_its_own_proposals_and_its_seat(session, draft, seen):
    draft(OBJECTION, actor=DPO)
    draft(CAP_F1)
    draft(FREE_HOURS, actor=LEGAL)
    assert seen(SALES) == ["value:assistance_free_hours"]  # the account manager's seat on what legal proposed
    assert set(seen(SALES, everything=True)) == {"ladder:16", "value:assistance_free_hours"}


def test_nobody_is_asked_about_their_own_proposal_or_twice(session, draft, seen):
    draft(OBJECTION, actor=DPO)
    _, ids = draft(CAP_F1)
    assert seen(DPO) == []
    decide(session, ids["ladder:16"], "approve", LEGAL)
    assert seen(LEGAL) == []
    assert seen(FINANCE) == ["ladder:16"]


def test_it_is_narrowed_down_by_seat_role_clause_and_class(session, library, draft, seen):
    draft(OBJECTION, CAP_F2, FREE_HOURS)
    everything = {"everything": True}
    assert seen(LEGAL, filters=Filters(seat="CEO"), **everything) == ["ladder:16"]
    assert seen(LEGAL, filters=Filters(role="finance"), **everything) == ["ladder:16", "value:assistance_free_hours"]
    assert seen(LEGAL, filters=Filters(clause="assistance-fees"), **everything) == ["value:assistance_free_hours"]
    assert seen(LEGAL, filters=Filters(kind="fallback"), **everything) == ["ladder:16"]
    assert seen(LEGAL, filters=Filters(seat="CFO", role="legal"), **everything) == []


def test_pages_follow_each_other_without_gaps_also_while_it_changes(session, library, draft):
    for days in (4, 4, 3, 2, 2):
        draft(OBJECTION, days=days)
    first = approvals.queue(session, library, actor=DPO, today=TODAY, limit=2)
    decide(session, first.items[0].row.id, "approve", DPO)  # the list gets shorter before the next page is asked
    rest, cursor = [], first.next
    while cursor:
        page = approvals.queue(session, library, actor=DPO, today=TODAY + DAY, cursor=cursor, limit=2)
        rest += page.items
        cursor = page.next
    assert len({item.row.id for item in [*first.items, *rest]}) == 5
    with pytest.raises(RequestInvalid):
        approvals.queue(session, library, actor=DPO, today=TODAY, cursor="1-zz")


def test_what_is_issued_put_aside_or_decided_waits_no_more(session, draft, seen):
    agreement, ids = draft(OBJECTION)
    decide(session, ids["value:objection_days"], "approve", DPO)
    assert seen(LEGAL, everything=True) == []
    issuing.issue(session, agreement, actor=SALES, now=NOW, today=TODAY)
    assert approvals.expiring(session, house_library(session), actor=LEGAL, today=TODAY + 89 * DAY) == []


def house_library(session):
    from dpa_service.adapters.library_files import load_library

    return house.effective_library(session, load_library())


def test_an_approval_is_announced_before_it_expires_and_asked_anew_after(session, library, draft, seen):
    agreement, ids = draft(OBJECTION)
    decide(session, ids["value:objection_days"], "approve", DPO)
    soon = [approvals.expiring(session, library, actor=LEGAL, today=TODAY + days * DAY) for days in (82, 83, 90, 91)]
    assert [len(found) for found in soon] == [0, 1, 1, 0]
    assert soon[1][0].expires == TODAY + 90 * DAY
    assert seen(DPO, today=TODAY + 90 * DAY) == []
    late = approvals.queue(session, library, actor=DPO, today=TODAY + 95 * DAY).items
    assert [(item.expired, item.since, item.days, item.reminder) for item in late] == [(True, TODAY + 91 * DAY, 4, True)]
    later = NOW + 95 * DAY
    with pytest.raises(NotApproved):
        issuing.issue(session, agreement, actor=SALES, now=later, today=later.date())
    decide(session, ids["value:objection_days"], "approve", DPO, now=later)
    issuing.issue(session, agreement, actor=SALES, now=later, today=later.date())


# ---- what it does ------------------------------------------------------------------------------------------------------


def test_the_effect_of_a_cap_in_euro(session, draft):
    _, ids = draft(CAP_F1)
    found = effect_of(session, ids["ladder:16"], today=TODAY)
    money = found.money
    assert (money.before.main, money.after.main, money.change) == (Decimal("2500.00"), Decimal("25000.00"), Decimal("22500.00"))
    assert money.after.upper_bound
    assert not money.fees_known
    assert found.clause.id == "general-liability"
    assert {change.status for change in found.others} == {"changed"}


def test_fees_that_were_entered_count(session, draft):
    agreement, ids = draft(CAP_F1)
    with session.begin():
        client = session.get_one(Agreement, agreement).client_id
        day = date(2026, 12, 1)
        session.add(
            FeePayment(
                id="f" * 32, client_id=client, received_on=day, amount=Decimal("4000.00"), source="manual", created_at=NOW,
                created_by="test",
            )
        )  # fmt: skip
    money = effect_of(session, ids["ladder:16"], today=day + DAY).money
    assert (money.before.main, money.after.main) == (Decimal("2500.00"), Decimal("4000.00"))
    assert money.fees_known
    assert not money.after.upper_bound


def test_a_limit_that_falls_away_is_no_sum(session, draft):
    _, ids = draft({"class": "fallback", "row": 17, "rung": "F2"})
    money = effect_of(session, ids["ladder:17"], today=TODAY).money
    assert (money.change, money.new_cases) == (UNLIMITED, ("FRAUD_UNCAPPED", "BODILY_UNCAPPED"))


def test_the_effect_on_tariff_and_coverage(session, draft):
    own = {"class": "modified", "clause": "confidentiality", "text": "# Geheim\n\n1. Men zwijgt 5 jaar; {staff_secrecy}.\n"}
    _, ids = draft(FREE_HOURS, own)
    hours = effect_of(session, ids["value:assistance_free_hours"], today=TODAY)
    assert [(line.kind, line.before, line.after, line.a_year) for line in hours.tariff] == [
        ("free_hours", 0, 4, Decimal("380.00"))
    ]
    assert hours.newly_open == ()
    words = effect_of(session, ids["text:confidentiality"], today=TODAY)
    assert words.loose == ("5 jaar",)
    assert "28(3)(b)" in words.newly_open
    assert words.tariff == ()


# ---- what happened -----------------------------------------------------------------------------------------------------


def test_the_history_tells_every_step(session, draft):
    agreement, ids = draft(CAP_F2)
    made = decide(session, ids["ladder:16"], "counter", LEGAL, now=NOW + DAY, reason="F1 volstaat.", counter=CAP_F1)
    decide(session, made.counter.id, "approve", FINANCE, now=NOW + 2 * DAY)
    negotiation.ask(session, agreement, CAP_F2, expected_version=None, actor=SALES, now=NOW + 3 * DAY)
    steps = [(event.what, event.who, event.decision or event.state, event.seats) for event in history(session, ids["ladder:16"])]
    assert steps == [
        ("proposed", SALES, "", ()),
        ("decided", LEGAL, "counter", ("LEG",)),
        ("proposed", SALES, "", ()),
        ("decided", LEGAL, "approve", ("LEG",)),
        ("decided", FINANCE, "approve", ("CFO",)),
        ("closed", "", "replaced", ()),
        ("proposed", SALES, "", ()),
    ]
    with reading(session):
        row = session.get_one(Deviation, ids["ladder:16"])
    assert successor(session, row).rung == "F2"


def test_the_start_page_counts_and_tells_sales_what_was_answered(session, library, draft):
    _, ids = draft(CAP_F2, OBJECTION)
    assert my_work.deciding(session, library, LEGAL, today=TODAY).waiting == 1
    decide(session, ids["ladder:16"], "reject", LEGAL, reason="Te hoog.")
    answered = my_work.deciding(session, library, SALES, today=TODAY + DAY).answered
    assert [row.id for row, _ in answered] == [ids["ladder:16"]]
    assert my_work.deciding(session, library, SALES, today=TODAY + 2 * DAY).answered == []
    decide(session, ids["value:objection_days"], "approve", DPO)
    assert my_work.deciding(session, library, DPO, today=TODAY + 85 * DAY).expiring == 1


# ---- absences ----------------------------------------------------------------------------------------------------------


def away(session, library, absent=DPO, deputy=LEGAL, first=TODAY, last=TODAY + 6 * DAY, actor=None):
    return absences.add(
        session,
        library,
        absent=absent,
        deputy=deputy,
        first_day=first,
        last_day=last,
        actor=actor or absent,
        now=NOW,
        today=TODAY,
    )


def test_a_deputy_decides_in_those_days_and_never_about_what_the_absent_proposed(session, library, draft, seen):
    _, ids = draft(OBJECTION)
    draft(OBJECTION, actor=DPO)
    draft(OBJECTION, actor=LEGAL)
    away(session, library, first=TODAY + DAY)
    assert seen(LEGAL) == []
    assert [seen(LEGAL, today=TODAY + days * DAY) for days in (1, 6, 7)] == [["value:objection_days"]] * 2 + [[]]
    item = approvals.queue(session, library, actor=LEGAL, today=TODAY + DAY).items[0]
    assert (item.row.id, item.mine) == (ids["value:objection_days"], {"DPO": DPO})
    decide(session, item.row.id, "approve", LEGAL, now=NOW + DAY)
    assert state_of(session, item.row.id) == APPROVED


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"deputy": DPO}, "deputy", "ONESELF"),
        ({"deputy": "niemand@voorbeeld.example"}, "deputy", "CHOICE"),
        ({"deputy": SALES}, "deputy", "NO_APPROVER"),
        ({"first": TODAY, "last": TODAY - DAY}, "last_day", "ORDER"),
        ({"first": TODAY - 5 * DAY, "last": TODAY - DAY}, "last_day", "PAST"),
        ({"last": TODAY + 400 * DAY}, "last_day", "TOO_LONG"),
    ],
)
def test_an_absence_that_makes_no_sense_is_refused(session, library, draft, wrong, field, code):
    with pytest.raises(RequestInvalid) as refused:
        away(session, library, **wrong)
    assert [(error.field, error.code) for error in refused.value.errors] == [(field, code)]


def test_absences_do_not_overlap_and_end(session, library, draft):
    made = away(session, library)
    for again, field in (({}, "first_day"), ({"absent": FINANCE, "deputy": DPO}, "deputy")):
        with pytest.raises(RequestInvalid) as refused:
            away(session, library, **again)
        assert [error.field for error in refused.value.errors] == [field]
    with pytest.raises(NotFound):
        absences.end(session, made.id, actor=LEGAL, now=NOW, today=TODAY)
    with pytest.raises(NotFound):
        away(session, library, absent=FINANCE, actor=LEGAL)
    later = TODAY + 2 * DAY
    assert absences.end(session, made.id, actor=ADMIN, now=NOW + 2 * DAY, today=later)
    assert absences.current(session, today=later) == []
    with reading(session):
        assert session.get_one(Absence, made.id).last_day == TODAY + DAY
        said = session.scalars(sa.select(AuditLog.action).where(AuditLog.object_type == "absence").order_by(AuditLog.seq)).all()
    assert said == ["absence.add", "absence.end"]
    assert not absences.end(session, made.id, actor=ADMIN, now=NOW + 3 * DAY, today=later + DAY)


# ---- reminders ---------------------------------------------------------------------------------------------------------


def messages(session):
    with reading(session):
        return [
            (row.object_id, row.payload["count"], row.payload["day"])
            for row in session.scalars(sa.select(OutboxMessage).where(OutboxMessage.topic == reminders.TOPIC))
        ]


def test_one_reminder_a_seat_and_day_however_often_it_runs(session, library, draft):
    draft(CAP_F1, OBJECTION, days=3)
    draft(OBJECTION, days=2)  # not yet
    sent = reminders.send(session, library, actor="system", now=NOW, today=TODAY)
    assert [(each.seat, each.count, each.oldest_days) for each in sent] == [("LEG", 1, 3), ("CFO", 1, 3), ("DPO", 1, 3)]
    assert reminders.send(session, library, actor="system", now=NOW, today=TODAY) == []
    assert len(messages(session)) == 3
    sent = reminders.send(session, library, actor="system", now=NOW + DAY, today=TODAY + DAY)
    assert [(each.seat, each.count) for each in sent] == [("LEG", 1), ("CFO", 1), ("DPO", 2)]
    assert len(messages(session)) == 6


# ---- the present playbook ----------------------------------------------------------------------------------------------


def changed(session, library, change):
    def content(old):
        made = {**old, "approvers": {seat: dict(entry) for seat, entry in old["approvers"].items()}}
        change(made)
        return made

    return house.save(
        session, library, PLAYBOOK, content, expected=house.current(session, library, PLAYBOOK).number, actor=ADMIN, now=NOW
    )


def test_the_playbook_of_today_decides_for_drafts_of_an_earlier_release(session, library, draft, seen):
    _, ids = draft(OBJECTION)
    changed(session, library, lambda made: made["approvers"]["DPO"].update(role="legal", nl="privacyjurist"))
    assert house.effective_library(session, library).approvers["DPO"] == {"role": "legal", "nl": "privacyjurist"}
    assert (seen(DPO), seen(LEGAL)) == ([], ["value:objection_days"])
    with pytest.raises(NotAllowed):
        decide(session, ids["value:objection_days"], "approve", DPO)
    decide(session, ids["value:objection_days"], "approve", LEGAL)
    house.restore(session, library, PLAYBOOK, 0, expected=1, actor=ADMIN, now=NOW)
    _, ids = draft(OBJECTION)
    assert seen(DPO) == ["value:objection_days"]


def test_own_authority_follows_the_playbook(session, library, draft, seen):
    changed(session, library, lambda made: made["approvers"]["AM"].update(role="finance"))
    _, ids = draft({"class": "value", "parameter": "assistance_rate", "value": "120.00"})
    assert state_of(session, ids["value:assistance_rate"]) == PROPOSED
    assert seen(FINANCE) == ["value:assistance_rate"]


def test_days_of_approval_and_reminder_follow_the_playbook(session, library, draft, seen):
    _, ids = draft(OBJECTION, days=2)
    decide(session, ids["value:objection_days"], "approve", DPO, now=NOW - 2 * DAY)
    changed(session, library, lambda made: made.update(approval_days=1, reminder_days=1))
    assert seen(DPO) == ["value:objection_days"]
    assert [each.seat for each in reminders.send(session, library, actor="system", now=NOW, today=TODAY + DAY)] == ["DPO"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda made: made.update(approval_days=0), "approval_days"),
        (lambda made: made.update(reminder_days="3"), "reminder_days"),
        (lambda made: made["approvers"].pop("CEO"), "approvers.CEO"),
        (lambda made: made["approvers"]["CEO"].update(role="chef"), "approvers.CEO.role"),
        (lambda made: made["approvers"].update(XYZ={"role": "legal", "nl": "x"}), "approvers.XYZ"),
    ],
)
def test_a_playbook_that_would_leave_a_seat_open_is_refused(session, library, draft, change, field):
    with pytest.raises(RequestInvalid) as refused:
        changed(session, library, change)
    assert [error.field for error in refused.value.errors] == [field]
