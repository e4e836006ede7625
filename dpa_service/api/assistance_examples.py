"""Examples of the bodies of assistance and invoices, for the description; the client and every number in them are fictional."""

from __future__ import annotations

from typing import Any

_CLIENT, _REQUEST, _LINE, _ENTRY, _INVOICE = "c" * 32, "a" * 32, "1" * 32, "e" * 32, "f" * 32
_MOMENT = "2026-11-23T10:00:00+01:00"
EXAMPLES: dict[str, Any] = {
    "NewAssistanceRequest": {
        "client_id": _CLIENT,
        "duty": "dsr",
        "subject": "Inzage in opnames van klantgesprekken",
        "case_reference": "ZAAK-77",
        "clock_started": _MOMENT,
    },
    "AssistanceNote": {"text": "Ontvangst bevestigd aan de klant, zaak 77"},
    "ChecklistTick": {"done": True, "happened": _MOMENT},
    "ForwardData": {
        "sent_at": _MOMENT,
        "to": "privacy@bakkerij-voorbeeld.example",
        "channel": "email",
        "proof": "bericht 20261123-0001",
    },
    "IncidentFacts": {
        "nature": "Bestand naar een verkeerde ontvanger gezonden",
        "persons": "klanten, ongeveer 40",
        "known_at": _MOMENT,
    },
    "EstimateData": {"minutes": 240},
    "EstimateAnswer": {"approved": True, "words": "Dienst inkoop, e-mail van 23 november 2026"},
    "TextToCheck": {"client_id": _CLIENT, "text": "Vraag om inzage, zaak 77"},
    "TimeEntryData": {
        "work_date": "2026-11-23",
        "minutes": 45,
        "note": "Opzoeking in het archief, zaak 77",
        "external_key": "UREN-0001",
    },
    "TimeCorrection": {"minutes": 30, "reason": "Een kwartier hoorde bij een ander dossier"},
    "EntriesToApprove": {"ids": [_ENTRY]},
    "EntriesToReject": {"ids": [_ENTRY], "reason": "Hoort bij een ander dossier"},
    "TimerData": {"request_id": _REQUEST, "note": "Opzoeking in het archief, zaak 77"},
    "TimerStop": {"note": "Opzoeking en kopie, zaak 77"},
    "DraftData": {"client_id": _CLIENT, "until": "2026-11-30"},
    "DraftAllData": {"until": "2026-11-30"},
    "DraftsToIssue": {"ids": [_INVOICE]},
    "InvoiceTexts": {"texts": {_LINE: "Bijstand bij een vraag om inzage, zaak 77"}, "note": "Uw bestelling 4500012345"},
    "CreditData": {"minutes": {_LINE: "all"}, "reason": "Aangerekend op het verkeerde dossier"},
    "InvoicePayment": {"paid_on": "2026-11-23", "amount": "172.43", "reference": "REKENING-2026-11-0042"},
    "ExportData": {"first": "2026-11-01", "last": "2026-11-30"},
    "BillingProfileData": {
        "reference": "Inkoop 2026-77",
        "email": "boekhouding@bakkerij-voorbeeld.example",
        "endpoint": {"scheme": "0208", "value": "0999100196"},
    },
    "BankDetailsData": {"iban": "BE49 9990 0000 0171", "email": "facturatie@contactexpert.example"},
}
