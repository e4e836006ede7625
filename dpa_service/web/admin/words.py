"""What the pages of house data call the fields."""

from __future__ import annotations

from flask_babel import gettext as _


def labels() -> dict[str, str]:
    """The words for the fields, as forms and differences show them."""
    return {
        "name": _("Name"),
        "legal_form": _("Legal form"),
        "enterprise_number": _("Enterprise number"),
        "register": _("Register"),
        "address": _("Address"),
        "address.street": _("Street and number"),
        "address.postal_code": _("Postal code"),
        "address.city": _("City"),
        "address.country": _("Country"),
        "signatory.name": _("Name of who signs"),
        "signatory.role": _("Role of who signs"),
        "privacy_contact.name": _("Privacy contact"),
        "privacy_contact.email": _("E-mail of the privacy contact"),
        "privacy_contact.phone": _("Phone of the privacy contact"),
        "dpo_email": _("E-mail of the data protection officer"),
        "insured_sum": _("Insured sum in euro"),
        "court_seat": _("Seat of the courts"),
        "in_force_since": _("In force since"),
        "registration": _("Registration"),
        "contact": _("Contact for data protection"),
        "service": _("What it does for us"),
        "data": _("Personal data it can see"),
        "services": _("Services that use it"),
        "locations": _("Countries of processing"),
        "id": _("Id"),
        "in_use": _("In use"),
        "facts": _("What it brings with it"),
        "nl.name": _("Name of the service"),
        "nl.purposes": _("Purposes"),
        "nl.nature": _("Nature of the processing"),
        "nl.data_types": _("Types of personal data"),
        "nl.special_categories": _("Special categories of personal data"),
        "nl.data_subjects": _("Data subjects"),
        "nl.retention": _("Retention"),
        "nl.retention.data": _("Data"),
        "nl.retention.period": _("Period"),
        "note": _("Why this change"),
        "nl.measures": _("Security measures"),
        "approval_days": _("Days an approval stays good"),
        "reminder_days": _("Days of waiting before a reminder"),
        "approvers": _("Seats"),
        "role": _("Role that decides"),
        "nl": _("Called (Dutch)"),
    }
