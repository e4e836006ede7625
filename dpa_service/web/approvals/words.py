"""The words of the approvers' pages: roles, classes, states, decisions, weights and what a decision is refused for."""

from __future__ import annotations

from flask_babel import lazy_gettext

from dpa_service.domain.contract import asked
from dpa_service.domain.liability import exposure
from dpa_service.domain.negotiation import approval
from dpa_service.domain.roles import ADMIN, DPO, FINANCE, LEGAL, SALES

ROLE_WORDS = {
    SALES: lazy_gettext("sales"),
    LEGAL: lazy_gettext("legal"),
    FINANCE: lazy_gettext("finance"),
    DPO: lazy_gettext("data protection"),
    ADMIN: lazy_gettext("administration"),
}
CLASS_WORDS = {
    asked.VALUE: lazy_gettext("another value"),
    asked.FALLBACK: lazy_gettext("rung of the ladder"),
    asked.MODIFIED: lazy_gettext("own wording"),
    asked.REMOVED: lazy_gettext("clause removed"),
    asked.ADDED: lazy_gettext("clause added"),
    asked.UNTRACKED: lazy_gettext("found in a returned file"),
}
STATE_WORDS = {
    approval.PROPOSED: lazy_gettext("waits"),
    approval.APPROVED: lazy_gettext("approved"),
    approval.REJECTED: lazy_gettext("rejected"),
    approval.COUNTERED: lazy_gettext("countered"),
    approval.REPLACED: lazy_gettext("edited since"),
    approval.WITHDRAWN: lazy_gettext("taken back"),
}
DECISION_WORDS = {
    approval.APPROVE: lazy_gettext("approved"),
    approval.REJECT: lazy_gettext("rejected"),
    approval.COUNTER: lazy_gettext("countered"),
}
WEIGHT_WORDS = (
    lazy_gettext("within sales' authority"),
    lazy_gettext("light"),
    lazy_gettext("moderate"),
    lazy_gettext("considerable"),
    lazy_gettext("heavy"),
    lazy_gettext("heaviest"),
)
OUTCOME_WORDS = {
    "signed": lazy_gettext("conceded, signed"),
    "issued": lazy_gettext("conceded, issued"),
    "approved": lazy_gettext("approved, not issued yet"),
    "waiting": lazy_gettext("waits"),
    "rejected": lazy_gettext("rejected"),
    "countered": lazy_gettext("countered"),
    "dropped": lazy_gettext("taken back"),
}
SIZE_WORDS = {
    "micro": lazy_gettext("micro"),
    "small": lazy_gettext("small"),
    "medium": lazy_gettext("medium-sized"),
    "large": lazy_gettext("large"),
}
REFUSED_WORDS = {
    "DECIDED": lazy_gettext("Nothing is left to decide here."),
    "OWN_PROPOSAL": lazy_gettext("You proposed this yourself; a colleague with the same role decides."),
    "NO_SEAT": lazy_gettext("No seat that is still open is yours."),
    "ALREADY_ISSUED": lazy_gettext("The agreement is no longer a draft; what was issued does not change."),
}
UNLIMITED_WORDS = {
    exposure.NO_CAP: lazy_gettext("there is no cap"),
    exposure.MAIN_UNLIMITED: lazy_gettext("the main agreement's own cap is unlimited"),
    exposure.FEES_UNKNOWN: lazy_gettext("the fees that set the limit are not known"),
    exposure.NO_CAP_OTHER: lazy_gettext("other liability has no cap"),
    exposure.ALWAYS_UNCAPPED: lazy_gettext("whatever is payable is outside the cap"),
    exposure.GROSS_UNCAPPED: lazy_gettext("gross fault and fraud are outside the cap"),
    exposure.FRAUD_UNCAPPED: lazy_gettext("fraud is outside the cap"),
    exposure.BODILY_UNCAPPED: lazy_gettext("harm to life and body is outside the cap"),
    exposure.PER_CLAIM: lazy_gettext("the cap counts for each claim anew"),
}
TARIFF_WORDS = {
    "free_hours": lazy_gettext("free hours of assistance a year"),
    "rate": lazy_gettext("hourly rate of assistance"),
    "audit_rate": lazy_gettext("highest hourly rate of audits"),
    "caused": lazy_gettext("assistance needed through a failing of ours is free"),
    "audit_cost": lazy_gettext("who bears the cost of audits"),
    "duty": lazy_gettext("assistance that is no longer billed"),
}
