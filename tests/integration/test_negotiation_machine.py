"""No sequence of asking, editing, taking back, deciding, standing in, changing the playbook and issuing leads past an approval.

The model keeps its own, simpler books: who approved which fingerprint from which seat and when. What is issued must fit them.
"""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from dpa_service.adapters.db.engine import make_engine, make_sessions, reading
from dpa_service.adapters.library_files import load_library
from dpa_service.domain.errors import DomainError, RequestInvalid
from dpa_service.domain.lifecycle import DRAFT, ISSUED
from dpa_service.domain.negotiation.approval import APPROVE, APPROVED, COUNTER, DECISIONS, NotAllowed
from dpa_service.resources import examples_dir
from dpa_service.services.agreements import agreements, issuing
from dpa_service.services.errors import Conflict, Stale
from dpa_service.services.house import house
from dpa_service.services.house.house_schema import PLAYBOOK
from dpa_service.services.negotiation import absences, negotiation
from dpa_service.services.negotiation.deviations import decisions_of, open_rows
from dpa_service.services.people import accounts
from tests.conftest import NOW

HOUSE = "@voorbeeld.example"
ROLES = {"ann": "sales", "bob": "sales", "lea": "legal", "leo": "legal", "fin": "finance", "dan": "dpo", "ada": "admin"}
PEOPLE = {f"{name}{HOUSE}": role for name, role in ROLES.items()}
SEATS = {"AM": "sales", "LEG": "legal", "CFO": "finance", "DPO": "dpo", "CISO": "dpo", "Ops": "dpo", "CEO": "admin"}
ASKS: list[dict[str, Any]] = [
    {"class": "value", "parameter": "objection_days", "value": 14},
    {"class": "value", "parameter": "objection_days", "value": 21},
    {"class": "value", "parameter": "assistance_rate", "value": "110.00"},
    {"class": "value", "parameter": "assistance_free_hours", "value": 4},
    {"class": "fallback", "row": 16, "rung": "F1"},
    {"class": "fallback", "row": 16, "rung": "F2"},
    {"class": "fallback", "row": 10, "rung": "F1"},
]
AWAY: list[dict[str, Any]] = [  # beyond the last rung, or what no agreement may say
    {"class": "value", "parameter": "objection_days", "value": 400},
    {"class": "value", "parameter": "cap_fixed", "value": "99000000.00"},
    {"class": "fallback", "row": 16, "rung": "F3"},
    {"class": "value", "parameter": "backup_days", "value": 0},
    {"class": "removed", "clause": "breach-notice"},
]
people = st.sampled_from(sorted(PEOPLE))
asks = st.sampled_from(ASKS)


class Negotiation(RuleBasedStateMachine):
    """One draft, several people, days that pass."""

    template: ClassVar[Path]
    library: ClassVar[Any]
    request: ClassVar[dict[str, Any]]
    folder: ClassVar[Path]
    numbers: ClassVar[Any] = itertools.count()

    def __init__(self) -> None:
        super().__init__()
        path = shutil.copy(self.template, self.folder / f"{next(self.numbers)}.sqlite")
        self.engine = make_engine(f"sqlite:///{path}")
        self.session = make_sessions(self.engine)()
        self.now = NOW
        self.seats, self.days = dict(SEATS), 90
        self.proposers: dict[str, str] = {}  # deviation row → who asked
        self.yes: list[tuple[str, str, str, Any, frozenset[str]]] = []  # (row, fingerprint, by, day, roles then)
        self.away: list[tuple[str, str, Any, Any]] = []

    def teardown(self) -> None:
        self.session.close()
        self.engine.dispose()

    @initialize(who=people, entries=st.lists(asks, min_size=1, max_size=2))
    def begin(self, who: str, entries: list[dict[str, Any]]) -> None:
        for email, role in PEOPLE.items():
            accounts.create(self.session, email, [role], password_hash=None, actor="test", now=self.now)
        made = agreements.create_draft(self.session, self.library, self.request, actor=f"ann{HOUSE}", now=self.now)
        self.draft = made.agreement.id
        for entry in entries:
            self.ask(who, entry)

    # ---- what people do --------------------------------------------------------------------------------------------

    @precondition(lambda self: self.state == DRAFT)
    @rule(who=people, entry=asks)
    def ask(self, who: str, entry: dict[str, Any]) -> None:
        known = {row.id for row in self.rows()}
        try:
            negotiation.ask(self.session, self.draft, entry, expected_version=None, actor=who, now=self.now)
        except (RequestInvalid, Conflict):
            return  # it contradicts something else that is asked
        self.remember(known, who)

    @precondition(lambda self: self.state == DRAFT)
    @rule(who=people, entry=st.sampled_from(AWAY))
    def ask_beyond(self, who: str, entry: dict[str, Any]) -> None:
        before = [(row.key, row.fingerprint) for row in self.rows()]
        with pytest.raises(DomainError):
            negotiation.ask(self.session, self.draft, entry, expected_version=None, actor=who, now=self.now)
        assert [(row.key, row.fingerprint) for row in self.rows()] == before

    @precondition(lambda self: self.state == DRAFT and self.rows())
    @rule(who=people, which=st.integers(0, 5))
    def take_back(self, who: str, which: int) -> None:
        rows = self.rows()
        known = {row.id for row in rows}
        negotiation.take_back(
            self.session, self.draft, rows[which % len(rows)].key, expected_version=None, actor=who, now=self.now
        )
        self.remember(known, who)

    @precondition(lambda self: self.rows())
    @rule(who=people, which=st.integers(0, 5), decision=st.sampled_from(DECISIONS), entry=asks, stale=st.booleans())
    def decide(self, who: str, which: int, decision: str, entry: dict[str, Any], stale: bool) -> None:
        rows = self.rows()
        row = rows[which % len(rows)]
        known = {each.id for each in rows}
        before = self.decided()
        try:
            negotiation.decide(
                self.session, row.id, decision, seen=row.version - stale, reason="Zo is het.",
                counter=entry if decision == COUNTER else None, actor=who, now=self.now,
            )  # fmt: skip
        except (NotAllowed, Stale, Conflict, RequestInvalid):
            assert self.decided() == before
            return
        assert not stale
        assert who != self.proposers[row.id] or PEOPLE[who] == self.seats["AM"]
        self.decided_now(row, known, decision, who)

    def decided_now(self, row: Any, known: set[str], decision: str, who: str) -> None:
        """Note a decision that was taken."""
        if decision == APPROVE:
            self.approve(row.id, row.fingerprint, who)
        for made in self.remember(known, self.proposers[row.id]):
            self.approve(made.id, made.fingerprint, who)  # a counter-proposal counts as approved by its author

    @precondition(lambda self: self.state == DRAFT and self.allowed())
    @rule(which=st.integers(0, 50), decision=st.sampled_from([APPROVE, APPROVE, *DECISIONS]), entry=asks)
    def decide_by_right(self, which: int, decision: str, entry: dict[str, Any]) -> None:
        """Whoever holds an open seat by the books can indeed decide."""
        choices = self.allowed()
        row, who = choices[which % len(choices)]
        known = {each.id for each in self.rows()}
        try:
            negotiation.decide(
                self.session, row.id, decision, seen=row.version, reason="Zo is het.",
                counter=entry if decision == COUNTER else None, actor=who, now=self.now,
            )  # fmt: skip
        except RequestInvalid:
            if decision != COUNTER:
                raise
            return  # the counter-proposal contradicts something else that is asked
        self.decided_now(row, known, decision, who)

    @precondition(lambda self: self.state == DRAFT and self.rows())
    @rule(which=st.integers(0, 5), decision=st.sampled_from(DECISIONS))
    def decide_ones_own(self, which: int, decision: str) -> None:
        """Who proposed decides nothing but what sales settles alone, and that is settled already unless it expired."""
        rows = self.rows()
        row = rows[which % len(rows)]
        who = self.proposers[row.id]
        if "AM" in self.waiting(row) & self.held(who, who):
            return
        with pytest.raises(NotAllowed):
            negotiation.decide(
                self.session, row.id, decision, seen=row.version, reason="Zo is het.", counter=ASKS[0], actor=who, now=self.now
            )

    @rule(absent=people, deputy=people, length=st.integers(0, 3))
    def leave(self, absent: str, deputy: str, length: int) -> None:
        first, last = self.now.date(), self.now.date() + timedelta(days=length)
        try:
            absences.add(
                self.session, self.library, absent=absent, deputy=deputy, first_day=first, last_day=last, actor=absent, now=self.now,
                today=first,
            )  # fmt: skip
        except RequestInvalid:
            return
        assert absent != deputy
        self.away.append((absent, deputy, first, last))

    @rule(
        seat=st.sampled_from(["AM", "CFO", "DPO", "LEG"]),
        role=st.sampled_from(["legal", "finance", "dpo", "admin"]),
        days=st.sampled_from([2, 90]),
    )
    def change_the_playbook(self, seat: str, role: str, days: int) -> None:
        def change(old: dict[str, Any]) -> dict[str, Any]:
            approvers = {**old["approvers"], seat: {**old["approvers"][seat], "role": role}}
            return {**old, "approvers": approvers, "approval_days": days}

        number = house.current(self.session, self.library, PLAYBOOK).number
        house.save(self.session, self.library, PLAYBOOK, change, expected=number, actor=f"ada{HOUSE}", now=self.now)
        self.seats[seat], self.days = role, days

    @rule(days=st.integers(1, 4))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)

    @precondition(lambda self: self.state == DRAFT and self.rows())
    @rule(who=people)
    def issue(self, who: str) -> None:
        if not self.complete():
            with pytest.raises(DomainError):
                issuing.issue(self.session, self.draft, actor=who, now=self.now, today=self.now.date())
            return
        issuing.issue(self.session, self.draft, actor=who, now=self.now, today=self.now.date())
        for row in self.rows():
            assert row.state == APPROVED

    @precondition(lambda self: self.state == DRAFT and self.rows())
    @rule(who=people, leave_out=st.booleans())
    def approve_all_and_issue(self, who: str, leave_out: bool) -> None:
        """Every seat that can be filled is, or all but one; then somebody issues."""
        while len(choices := self.allowed()) > leave_out:
            row, approver = choices[0]
            negotiation.decide(self.session, row.id, APPROVE, seen=row.version, actor=approver, now=self.now)
            self.approve(row.id, row.fingerprint, approver)
        self.issue(who)

    # ---- what must hold --------------------------------------------------------------------------------------------

    @invariant()
    def nobody_approved_what_they_proposed(self) -> None:
        if not hasattr(self, "draft"):
            return
        with reading(self.session):
            for row in open_rows(self.session, self.draft):
                for each in decisions_of(self.session, row.id):
                    if each.decision == APPROVE and each.seat != "AM":
                        assert each.decided_by != row.proposed_by

    @invariant()
    def what_is_issued_prints_what_was_approved(self) -> None:
        if getattr(self, "draft", None) is None or self.state != ISSUED:
            return
        snapshot = agreements.preview(self.session, self.draft)
        assert [entry["fingerprint"] for entry in snapshot["deviations"]] == [row.fingerprint for row in self.rows()]
        for entry in snapshot["deviations"]:
            for change in entry["changes"]:
                assert snapshot["terms"][change["parameter"]]["value"] == change["agreed"]

    # ---- the books -------------------------------------------------------------------------------------------------

    @property
    def state(self) -> str:
        """Of the agreement."""
        return str(agreements.get(self.session, self.draft).agreement.state)

    def rows(self) -> list[Any]:
        """What the agreement departs in now."""
        with reading(self.session):
            return open_rows(self.session, self.draft)

    def decided(self) -> int:
        """How many decisions stand in the database."""
        with reading(self.session):
            return sum(len(decisions_of(self.session, row.id)) for row in open_rows(self.session, self.draft))

    def remember(self, known: set[str], who: str) -> list[Any]:
        """Note who asked what is new; what sales settles alone counts as its own approval."""
        made = [row for row in self.rows() if row.id not in known]
        for row in made:
            self.proposers[row.id] = who
            if "AM" in row.approvers and PEOPLE[who] == self.seats["AM"]:
                self.yes.append((row.id, row.fingerprint, who, self.now.date(), frozenset({"AM"})))
        return made

    def approve(self, row: str, fingerprint: str, who: str) -> None:
        """Note an approval with every seat that this person could fill on this day, in their role or a deputy's."""
        self.yes.append((row, fingerprint, who, self.now.date(), frozenset(self.held(who, self.proposers[row]))))

    def held(self, who: str, proposer: str) -> set[str]:
        """The seats that somebody may fill today about what `proposer` asked."""
        day = self.now.date()
        held = {seat for seat, role in self.seats.items() if role == PEOPLE[who] and (who != proposer or seat == "AM")}
        for absent, deputy, first, last in self.away:
            if deputy == who and first <= day <= last and proposer not in (absent, who):
                held |= {seat for seat, role in self.seats.items() if role == PEOPLE[absent]}
        return held

    def waiting(self, row: Any) -> set[str]:
        """The seats of a row without an approval that is still good."""
        since = self.now.date() - timedelta(days=self.days)
        good = [held for id_, print_, _, day, held in self.yes if (id_, print_) == (row.id, row.fingerprint) and day >= since]
        return set(row.approvers).difference(*good)

    def allowed(self) -> list[tuple[Any, str]]:
        """Every (row, person) that can approve now."""
        return [
            (row, who)
            for row in self.rows()
            for who in sorted(PEOPLE)
            if self.waiting(row) & self.held(who, self.proposers[row.id])
        ]

    def complete(self) -> bool:
        """Whether the books hold an approval that is still good for every seat of everything that stands."""
        return not any(self.waiting(row) for row in self.rows())


def test_no_path_leads_past_an_approval(sqlite_template: Path, tmp_path: Path, plain_documents: Callable[[], None]) -> None:
    Negotiation.template, Negotiation.folder, Negotiation.library = sqlite_template, tmp_path, load_library()
    request = json.loads((examples_dir() / "voorbeeld-bakkerij.json").read_text(encoding="utf-8"))
    request.pop("reference", None)
    Negotiation.request = {**request, "parameters": {}}
    run_state_machine_as_test(
        Negotiation,
        settings=settings(
            max_examples=9, stateful_step_count=16, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
        ),
    )
