"""The seven duties under which assistance is given: the law, the clause each rests on, its tariff parameter, clocks and checklist.

A closed set: an assistance request, an entry of time and an invoice line each belong to exactly one. The words people read stand
with the pages; the words of an invoice are the label of the duty's parameter, so that they are those of Annex V.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dpa_service.domain.contract.terms import Value
from dpa_service.domain.errors import DomainError

HOUSE, CLIENT = "house", "client"  # whose period it is


@dataclass(frozen=True, slots=True)
class Clock:
    """A period of a duty: `length` in `unit` from the moment `starts`, counted by `mode` (domain/deadlines.py).

    `parameter` names the term that sets the length, None where the law does; `firm` the boolean term that says whether the
    period binds or is a target. `clause` is the paragraph it stands in, or the article of the law. `only` is a (term, value) without
    which the agreement has no such period.
    """

    id: str
    whose: str
    starts: str
    unit: str
    mode: str
    clause: str
    parameter: str | None = None
    firm: str | None = None
    length: int | None = None
    only: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class CheckItem:
    """One thing the duty needs: stable `id`, and the paragraph or article that asks it."""

    id: str
    clause: str


@dataclass(frozen=True, slots=True)
class Duty:
    """`articles` of the GDPR; `clause` in a separate agreement, `general_clause` in the general terms; `billable` its parameter."""

    id: str
    articles: tuple[str, ...]
    clause: str
    general_clause: str
    billable: str
    clocks: tuple[Clock, ...]
    checklist: tuple[CheckItem, ...]
    rule: str


def _checks(clause: str, **anchors: str) -> tuple[CheckItem, ...]:
    return tuple(CheckItem(name, f"{clause}#{anchor}") for name, anchor in anchors.items())


DUTIES: Mapping[str, Duty] = {
    duty.id: duty
    for duty in (
        Duty(
            "dsr", tuple(str(article) for article in range(12, 23)), "data-subject-requests#assistance",
            "gt-data-subject-requests", "billable_dsr",
            (
                Clock("forward", HOUSE, "received", "working_days", "BE_1_7", "data-subject-requests#forward-target",
                      parameter="dsr_forward_days", firm="dsr_forward_firm"),
                Clock("answer", CLIENT, "received_by_client", "months", "REG1182", "12(3)", length=1),
            ),
            _checks("data-subject-requests", forwarded="forward-target", received_noted="details", person_told="no-decision",
                    searched="assistance", copy_or_correction="assistance", sub_processors_told="assistance",
                    client_confirmed="timing"),
            "b10, b11",
        ),
        Duty(
            "security", ("32",), "security-assistance#security", "gt-assistance#security", "billable_security", (),
            _checks("security-assistance", measures_explained="security", risks_and_tests="security", advice="security",
                    answered="request"),
            "c6, c7, c8",
        ),
        Duty(
            "incident", ("33", "34"), "breach-notice#notify", "gt-assistance#notify", "billable_incident",
            (
                Clock("notice", HOUSE, "known", "hours", "EXACT", "breach-notice#target",
                      parameter="breach_notice_hours", firm="breach_notice_firm"),
                Clock("authority", CLIENT, "known_by_client", "hours", "EXACT", "33(1)", length=72),
            ),
            (
                # what Art. 33(3) asks the controller to tell, and therefore what the notice must bring
                *_checks("breach-notice", nature="content", persons_and_records="content", contact="content",
                         consequences="content", measures="content", notified="notify", completed="updates",
                         documented="measures"),
            ),
            "c6, c7, c9",
        ),
        Duty(
            "dpia", ("35", "36"), "impact-assessment#assistance", "gt-assistance#impact", "billable_dpia", (),
            _checks("impact-assessment", processing_described="inputs", access_described="inputs", retention_and_measures="inputs",
                    risks_described="inputs", consultation_answered="consultation"),
            "c6, c7, c10",
        ),
        Duty(
            "audit", ("28(3)(h)",), "audits#evidence", "gt-evidence", "billable_audit",
            (
                Clock("announcement", CLIENT, "announced", "days", "BE_1_7", "audits#notice", parameter="audit_notice_days"),
                Clock("announcement_for_cause", CLIENT, "announced", "working_days", "BE_1_7", "audits#cause",
                      parameter="audit_for_cause_days", only=("audit_onsite", "for_cause")),
            ),
            _checks("audits", evidence_sent="evidence", scope_known="notice", auditor_bound="auditor", contact_named="contribute",
                    report_commented="report", findings_planned="report"),
            "c11, c13",
        ),
        Duty(
            "alert", ("28(3)",), "infringing-instruction#warning", "gt-roles-instructions#warning", "billable_alert", (),
            _checks("infringing-instruction", instruction_named="immediate", provision_named="immediate", warned="immediate",
                    answer_recorded="confirmation"),
            "c12, c13",
        ),
        Duty(
            "exit", ("28(3)(g)",), "return-destruction#choice", "gt-end", "billable_exit",
            (
                Clock("completion", HOUSE, "services_ended", "days", "BE_1_7", "return-destruction#period",
                      parameter="exit_days"),
                Clock("backups", HOUSE, "services_ended", "days", "BE_1_7", "return-destruction#backups",
                      parameter="backup_days"),
            ),
            _checks("return-destruction", choice_received="choice", choice_asked="no-choice", returned="format",
                    destroyed="period", backups_scheduled="backups", sub_processors_confirmed="confirmation",
                    confirmed="confirmation"),
            "c14, c15",
        ),
    )
}  # fmt: skip
RATE_CLAUSE, TARIFF_ANNEX = "assistance-fees#rate", "annex-tariff"


def duty(name: str) -> Duty:
    """The duty `name`. Raises DomainError for one that does not exist."""
    if name not in DUTIES:
        raise DomainError("UNKNOWN_DUTY", f"There is no duty '{name}'; known: {', '.join(DUTIES)}.")
    return DUTIES[name]


def clock_length(clock: Clock, terms: Mapping[str, Value]) -> int:
    """How many units the period lasts: what the effective terms say, else the law's own figure."""
    value = clock.length if clock.parameter is None else terms[clock.parameter]
    if isinstance(value, bool) or not isinstance(value, int):
        raise DomainError("CLOCK", f"The period '{clock.id}' has no length in these terms.")
    return value


def binding(clock: Clock, terms: Mapping[str, Value]) -> bool:
    """Whether missing the period breaks the agreement or the law; a target only has to be striven for."""
    return True if clock.firm is None else bool(terms[clock.firm])
