"""Seats, decisions and their days: a pure model of who has said yes to what."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dpa_service.domain.negotiation.approval import APPROVE, DECISIONS, Decision, Proposal, seats_for, standing, urgency

DAY = date(2026, 11, 23)
SEATS = ("CFO", "LEG", "DPO")
ROLE_OF = {"CFO": "finance", "LEG": "legal", "DPO": "dpo", "AM": "sales"}
decisions = st.lists(
    st.builds(
        Decision,
        seat=st.sampled_from(SEATS),
        decision=st.sampled_from(DECISIONS),
        by=st.sampled_from(["a", "b"]),
        on=st.integers(-200, 0).map(lambda days: DAY + timedelta(days=days)),
        fingerprint=st.sampled_from(["now", "before"]),
    ),
    max_size=12,
)


@given(seats=st.lists(st.sampled_from(SEATS), unique=True), said=decisions)
def test_complete_means_that_each_seat_said_yes_to_this_and_not_long_ago(seats, said):
    stands = standing(Proposal("x", tuple(seats), "now"), said, DAY, 90)
    good = {d.seat for d in said if d.decision == APPROVE and d.fingerprint == "now" and (DAY - d.on).days <= 90}
    assert stands.complete == (set(seats) <= good)
    assert [*stands.approved, *stands.open] == [*stands.approved, *(s for s in seats if s not in good)]
    if stands.approved:
        assert stands.good_until >= DAY


@given(said=decisions, more=decisions)
def test_more_decisions_never_open_a_seat_again(said, more):
    proposal = Proposal("x", SEATS, "now")
    assert set(standing(proposal, said, DAY, 90).approved) <= set(standing(proposal, said + more, DAY, 90).approved)


def test_the_proposer_fills_only_what_is_within_own_authority():
    proposal = Proposal("p", ("AM", "CFO"), "now")
    assert seats_for(proposal, "p", {"sales", "finance"}, ROLE_OF, proposal.seats, ("AM",)) == ("AM",)
    assert seats_for(proposal, "q", {"sales", "finance"}, ROLE_OF, proposal.seats, ("AM",)) == ("AM", "CFO")
    assert seats_for(proposal, "q", {"legal"}, ROLE_OF, proposal.seats, ("AM",)) == ()


def test_a_day_of_waiting_counts_one_and_the_weight_is_added():
    assert urgency(DAY - timedelta(days=3), DAY, 2) == 5
    assert urgency(DAY, DAY, 5) == 5
