"""The approval of a deviation: seats of the playbook, decisions, and when a deviation may go into an issued document.

proposed → approved (every seat has said yes) · rejected · countered (another proposal took its place) · replaced (edited) · withdrawn.
A decision belongs to one fingerprint: what is edited after approval is a new proposal. An approval stays good for some days only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from dpa_service.domain.errors import DomainError

PROPOSED, APPROVED, REJECTED, COUNTERED, REPLACED, WITHDRAWN = (
    "proposed", "approved", "rejected", "countered", "replaced", "withdrawn",
)  # fmt: skip
STATES = (PROPOSED, APPROVED, REJECTED, COUNTERED, REPLACED, WITHDRAWN)
OPEN = (PROPOSED, APPROVED)  # part of the agreement as it stands
APPROVE, REJECT, COUNTER = "approve", "reject", "counter"
DECISIONS = (APPROVE, REJECT, COUNTER)


@dataclass(frozen=True, slots=True)
class Decision:
    """What one person said from one seat about one fingerprint. `on_behalf_of` names who was absent."""

    seat: str
    decision: str
    by: str
    on: date
    fingerprint: str
    on_behalf_of: str | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is decided about: who proposed it, the seats that must approve (in the playbook's order), its fingerprint and state."""

    proposer: str
    seats: tuple[str, ...]
    fingerprint: str
    state: str = PROPOSED


@dataclass(frozen=True, slots=True)
class Standing:
    """How a proposal stands on a day: the seats that have approved and those still open, and the last day its approval is good."""

    approved: tuple[str, ...]
    open: tuple[str, ...]
    good_until: date | None

    @property
    def complete(self) -> bool:
        """Whether every seat has approved and none of it has expired."""
        return not self.open


class NotAllowed(DomainError):
    """A decision that this person may not take about this proposal."""


def standing(proposal: Proposal, decisions: Iterable[Decision], today: date, approval_days: int) -> Standing:
    """The seats filled and open on `today`. An approval given more than `approval_days` ago, or for another fingerprint, counts no more."""
    last: dict[str, date] = {}
    for each in decisions:
        if each.decision == APPROVE and each.fingerprint == proposal.fingerprint and each.seat in proposal.seats:
            last[each.seat] = max(each.on, last.get(each.seat, each.on))
    good = {seat: day + timedelta(days=approval_days) for seat, day in last.items()}
    approved = tuple(seat for seat in proposal.seats if seat in good and good[seat] >= today)
    waiting = tuple(seat for seat in proposal.seats if seat not in approved)
    return Standing(approved, waiting, min((good[seat] for seat in approved), default=None))


def seats_for(
    proposal: Proposal,
    actor: str,
    roles: Iterable[str],
    role_of: Mapping[str, str],
    waiting: Sequence[str],
    own: Sequence[str] = (),
) -> tuple[str, ...]:
    """The waiting seats that `actor` may fill with `roles`. Who proposed fills none, except those of `own` authority."""
    held = frozenset(roles)
    return tuple(seat for seat in waiting if role_of[seat] in held and (actor != proposal.proposer or seat in own))


def check_decision(proposal: Proposal, seats: Sequence[str], actor: str) -> None:
    """Raise NotAllowed: ``DECIDED`` when it is no longer open, ``OWN_PROPOSAL``, or ``NO_SEAT``."""
    if proposal.state not in OPEN:
        raise NotAllowed("DECIDED", f"This proposal is {proposal.state}; nothing is left to decide.")
    if seats:
        return
    if actor == proposal.proposer:
        raise NotAllowed("OWN_PROPOSAL", "Who proposes a deviation does not approve it; a colleague with the same role can.")
    raise NotAllowed("NO_SEAT", f"This deviation is decided by {', '.join(proposal.seats)}; no seat that is still open is yours.")


def urgency(waiting_since: date, today: date, weight: int) -> int:
    """The order of the queue: each day of waiting counts one, and the weight of the deviation (0 to 5) is added."""
    return max(0, (today - waiting_since).days) + weight
