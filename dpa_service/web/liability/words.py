"""The words of the liability pages: bases, faults, steps, reasons, cases without limit, and wrong fields."""

from __future__ import annotations

import re

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from dpa_service.domain.errors import FieldError
from dpa_service.domain.liability import exposure

BASES = {
    "contract_general": lazy_gettext("The agreement in general"),
    "processor": lazy_gettext("The processing of personal data"),
    "other": lazy_gettext("Other damage, without a footing in the agreement"),
    "website": lazy_gettext("Use of the public website"),
    "controller_recourse": lazy_gettext("Recourse by the controller (Art. 82(5) GDPR)"),
    "data_subject": lazy_gettext("A data subject (Art. 82 GDPR)"),
    "third_party_indemnity": lazy_gettext("A third party, under the indemnity"),
}
BASIS_HELP = {
    "contract_general": lazy_gettext("The client claims because the agreement was not performed well."),
    "processor": lazy_gettext("The client claims because personal data were processed wrongly."),
    "other": lazy_gettext("Damage that no agreement with fees is about, also when the client claims it."),
    "website": lazy_gettext("Somebody relied on the public website."),
    "controller_recourse": lazy_gettext("The client paid data subjects and wants our part back."),
    "data_subject": lazy_gettext("A person claims compensation from us directly."),
    "third_party_indemnity": lazy_gettext("Somebody else claims from us, and the client is to hold us harmless."),
}
FAULTS = {
    "none": lazy_gettext("no fault"),
    "ordinary": lazy_gettext("ordinary fault"),
    "gross": lazy_gettext("gross fault"),
    "fraud": lazy_gettext("fraud or intent"),
}
KINDS = {
    "direct": lazy_gettext("direct damage"),
    "indirect": lazy_gettext("indirect damage"),
    "fine": lazy_gettext("administrative fine"),
}
POOLS = {
    "main": lazy_gettext("the total cap"),
    "other": lazy_gettext("the cap for other damage"),
    "outside": lazy_gettext("outside every cap"),
}
STATES = {
    "reported": lazy_gettext("reported"),
    "assessed": lazy_gettext("assessed"),
    "settled": lazy_gettext("settled"),
    "rejected": lazy_gettext("rejected"),
}
FACTS = {
    "gdpr_processor_breach": lazy_gettext("A duty of the GDPR for processors was not met"),
    "outside_instructions": lazy_gettext("We acted outside or against the client's instructions"),
    "instruction_unlawful": lazy_gettext("The instruction we departed from was unlawful"),
    "not_responsible": lazy_gettext("We can prove that we are not responsible in any way"),
    "third_party_misuse": lazy_gettext("The damage comes from misuse by outsiders"),
    "extra_contractual": lazy_gettext("The claim is pleaded in tort as well"),
}
STEPS = {
    "claimed": lazy_gettext("Claimed"),
    "admitted": lazy_gettext("Admitted"),
    "cap": lazy_gettext("Cap"),
    "paid": lazy_gettext("Already paid"),
    "payable": lazy_gettext("Payable"),
    "recoverable": lazy_gettext("Recoverable from the client"),
}
REASONS = {
    "WEBSITE_EXCLUDED": lazy_gettext("Damage from using the website is excluded."),
    "THIRD_PARTY_MISUSE_EXCLUDED": lazy_gettext("Damage from misuse by outsiders is excluded on this basis."),
    "RECOURSE_BARRED": lazy_gettext("The client's indemnity bars this recourse."),
    "RECOURSE_SHARE": lazy_gettext("Recourse is open for our share."),
    "SCOPE_OK": lazy_gettext("This is a case in which a processor can be liable."),
    "SCOPE_FAIL": lazy_gettext("This is no case in which a processor can be liable."),
    "FAULT_NONE": lazy_gettext("There is no fault."),
    "FAULT_BELOW_GATE": lazy_gettext("The fault is lighter than the clause asks for."),
    "FAULT_OK": lazy_gettext("The fault is grave enough."),
    "DIRECT_ADMITTED": lazy_gettext("Direct damage counts."),
    "INDIRECT_ADMITTED": lazy_gettext("Indirect damage counts."),
    "INDIRECT_EXCLUDED": lazy_gettext("Indirect damage does not count."),
    "FINE_ADMITTED": lazy_gettext("The fine can be recovered."),
    "FINE_EXCLUDED": lazy_gettext("The fine cannot be recovered."),
    "NOTHING_ELIGIBLE": lazy_gettext("No damage is left that counts."),
    "BODILY_UNCAPPED": lazy_gettext("Harm to life or body is outside the cap."),
    "CAP_NONE": lazy_gettext("There is no cap."),
    "CAP_FIXED": lazy_gettext("The fixed amount sets the cap."),
    "CAP_FEES": lazy_gettext("The fees paid set the cap."),
    "CAP_CEILING": lazy_gettext("The insured sum is the utmost limit."),
    "CAP_MAIN": lazy_gettext("The cap of the main agreement holds."),
    "CAP_OTHER": lazy_gettext("The cap for other damage holds."),
    "CAP_TOTAL": lazy_gettext("Less is left of the total cap than of the cap for other damage."),
    "ERODED": lazy_gettext("Earlier payments lower the cap."),
    "CAPPED": lazy_gettext("The damage is more than what is left."),
    "WITHIN_CAP": lazy_gettext("The damage stays within what is left."),
    "ART82_NOT_MET": lazy_gettext("The conditions of Art. 82(2) GDPR are not met."),
    "ART82_EXEMPT": lazy_gettext("We are exempt (Art. 82(3) GDPR)."),
    "ART82_FULL": lazy_gettext("No cap holds towards a data subject (Art. 82(4) GDPR)."),
    "INDEMNITY_100": lazy_gettext("The client holds us harmless for all of it."),
    "SHARE_82_5": lazy_gettext("The client bears its own share (Art. 82(5) GDPR)."),
    "INDEMNITY_SHARED": lazy_gettext("Each party bears its own share."),
    "INDEMNITY_NONE": lazy_gettext("There is no indemnity."),
}
CASES = {
    exposure.NO_CAP: lazy_gettext("the agreement names no amount as a cap"),
    exposure.MAIN_UNLIMITED: lazy_gettext("the main agreement is unlimited and governs"),
    exposure.FEES_UNKNOWN: lazy_gettext("the cap follows the fees, and no fees were entered"),
    exposure.NO_CAP_OTHER: lazy_gettext("other damage has no cap"),
    exposure.ALWAYS_UNCAPPED: lazy_gettext("every fault that makes us liable is outside the cap"),
    exposure.GROSS_UNCAPPED: lazy_gettext("gross fault and fraud are outside the cap"),
    exposure.FRAUD_UNCAPPED: lazy_gettext("fraud is outside the cap"),
    exposure.BODILY_UNCAPPED: lazy_gettext("harm to life or body is outside the cap"),
    exposure.PER_CLAIM: lazy_gettext("the caps count for each claim anew"),
}
CONFIDENCE = {"H": lazy_gettext("high"), "M": lazy_gettext("medium"), "L": lazy_gettext("low")}
CLAUSES = {
    "general-liability": lazy_gettext("general liability"),
    "processor-liability": lazy_gettext("liability as a processor"),
    "third-party-claims": lazy_gettext("claims of third parties"),
    "data-subject-compensation": lazy_gettext("rights of data subjects"),
}
COUNTED = {
    "agreement": lazy_gettext("for the whole agreement"),
    "contract_year": lazy_gettext("for each contract year"),
    "per_claim": lazy_gettext("for each claim"),
}
FEE_BASES = {
    "agreement": lazy_gettext("all fees up to the day"),
    "last_12_months": lazy_gettext("of the twelve months up to the day"),
    "contract_year": lazy_gettext("of the contract year of the day"),
}
SOURCES = {"manual": lazy_gettext("by hand"), "csv": lazy_gettext("CSV file"), "api": lazy_gettext("API")}

_FIELDS = {
    "event_day": lazy_gettext("Day of the event"),
    "reported_day": lazy_gettext("Day of the report"),
    "summary": lazy_gettext("What happened"),
    "claimant": lazy_gettext("Who claims"),
    "basis": lazy_gettext("Basis of the claim"),
    "fault": lazy_gettext("Fault"),
    "items": lazy_gettext("Damage"),
    "items.kind": lazy_gettext("Kind of damage"),
    "items.amount": lazy_gettext("Amount"),
    "items.label": lazy_gettext("Head of damage"),
    "responsibility_share": lazy_gettext("Our share"),
    "fees_paid": lazy_gettext("Fees paid"),
    "main_agreement_cap": lazy_gettext("Cap of the main agreement"),
    "params.cap_fixed": lazy_gettext("Fixed cap"),
    "params.cap_other": lazy_gettext("Cap for other damage"),
    "params.fee_multiplier": lazy_gettext("Times the fees"),
    "params.cap_gross_factor": lazy_gettext("Times at gross fault"),
    "amount": lazy_gettext("Amount"),
    "pool": lazy_gettext("From which pool"),
    "paid_on": lazy_gettext("Paid on"),
    "received_on": lazy_gettext("Received on"),
    "period": lazy_gettext("Month"),
    "external_key": lazy_gettext("Own reference"),
    "client": lazy_gettext("Client"),
    "reason": lazy_gettext("Reason"),
    "file": lazy_gettext("File"),
}
_OWN = {
    ("event_day", "OUTSIDE_AGREEMENT"): lazy_gettext("No agreement of this client was in force on that day."),
    ("event_day", "FUTURE"): lazy_gettext("The event is still to come; give a day up to today."),
    ("reported_day", "FUTURE"): lazy_gettext("This day is still to come; give a day up to today."),
    ("reported_day", "BEFORE_EVENT"): lazy_gettext("It was reported before it happened; correct one of the two days."),
    ("paid_on", "FUTURE"): lazy_gettext("This day is still to come; enter a payment once it was made."),
    ("paid_on", "BEFORE_EVENT"): lazy_gettext("This day lies before the event; correct it."),
    ("received_on", "FUTURE"): lazy_gettext("This day is still to come; give the day on which the money came."),
    ("fees_paid", "FEES_REQUIRED"): lazy_gettext(
        "The cap follows the fees paid, and none were entered for this client. Enter the fees first, or try an amount."
    ),
    ("responsibility_share", "REQUIRED"): lazy_gettext("Recourse is for our share: give it, from 0 to 100 percent."),
    ("responsibility_share", "*"): lazy_gettext("Our share: give a percentage from 0 to 100."),
    ("items", "REQUIRED"): lazy_gettext("Damage: give at least one amount."),
    ("items", "EMPTY_LIST"): lazy_gettext("Damage: give at least one amount."),
    ("basis", "REQUIRED"): lazy_gettext("Choose the basis of the claim."),
    ("fault", "REQUIRED"): lazy_gettext("Choose how grave the fault is."),
    ("reason", "REQUIRED"): lazy_gettext("Say why, in a few words."),
    ("reason", "LENGTH"): lazy_gettext("Say it shorter: at most 500 characters."),
    ("file", "EMPTY"): lazy_gettext("Choose a file that is not empty."),
    ("file", "TOO_LARGE"): lazy_gettext("The file is too large; send a smaller one."),
    ("file", "NOT_CSV"): lazy_gettext("This is not a CSV file; save the table as CSV and choose that file."),
    ("client", "NOT_FOUND"): lazy_gettext("No client has this number; add the client first."),
    ("external_key", "KEY_REUSED"): lazy_gettext("Another payment has this reference; give each payment its own."),
    ("period", "PERIOD"): lazy_gettext("Give the month as year and month, such as 2026-11."),
}
_CODES = {
    "REQUIRED": lazy_gettext("%(what)s is needed."),
    "BLANK": lazy_gettext("%(what)s is needed."),
    "DATE": lazy_gettext("%(what)s: this is not a day of the calendar."),
    "RANGE": lazy_gettext("%(what)s: this is beyond what is possible; check it."),
    "AMOUNT": lazy_gettext("%(what)s: write an amount such as 2.500,00."),
    "AMOUNT_NEGATIVE": lazy_gettext("%(what)s: not below zero; give it as a positive figure."),
    "AMOUNT_SCALE": lazy_gettext("%(what)s: at most two decimals; round it yourself."),
    "AMOUNT_ZERO": lazy_gettext("%(what)s: give an amount above zero, or leave the line empty."),
    "CURRENCY": lazy_gettext("%(what)s: amounts are in euro; convert it and give only the figure."),
    "NUMBER": lazy_gettext("%(what)s: give a number, such as 1,5."),
    "CHOICE": lazy_gettext("%(what)s: choose one from the list."),
    "LENGTH": lazy_gettext("%(what)s: this text is too long; shorten it."),
    "CHARACTER": lazy_gettext("%(what)s: write it on one line, without special control characters."),
    "TYPE": lazy_gettext("%(what)s: this value cannot be read."),
    "TOO_MANY": lazy_gettext("%(what)s: too many lines."),
    "UNKNOWN_FIELD": lazy_gettext("%(what)s: this field is not known."),
}
_INDEX = re.compile(r"\[([0-9]+)\]")


def field_words(error: FieldError) -> str:
    """One wrong field as a sentence; a row of damage is named by its number."""
    name = _INDEX.sub("", error.field)
    own = _OWN.get((name, error.code)) or _OWN.get((name, "*"))
    if own is not None:
        return str(own)
    what = str(_FIELDS.get(name, name.rpartition(".")[2]))
    if row := _INDEX.search(error.field):
        what = _("%(what)s on line %(number)s", what=what, number=int(row[1]) + 1)
    known = _CODES.get(error.code)
    # Not flask-babel's own formatting: a lazy text is formatted here, so that every code has one place.
    return str(known) % {"what": what} if known is not None else f"{what}: {error.message}"
