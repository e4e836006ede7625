"""Invoices of fictional companies for the tests; the numbers have right check digits and belong to nobody known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from dpa_service.domain.assistance.assistance import Entry, Tariff, settle
from dpa_service.domain.assistance.communication import communication_for
from dpa_service.domain.assistance.duties import DUTIES
from dpa_service.domain.assistance.invoicing import (
    Attachment,
    Buyer,
    Charge,
    DraftLine,
    Invoice,
    PostalAddress,
    Seller,
    draft_lines,
    make_invoice,
)

TARIFF = Tariff("VO-2026-0001", Decimal("95.50"), Decimal("95.50"), 15, 0, 240, 30, False, "client", frozenset())


def enterprise_number(base: int) -> str:
    """A Belgian enterprise number: eight digits and their check digits."""
    return f"{base:08d}{97 - base % 97:02d}"


def iban(bank_account: int) -> str:
    """A Belgian IBAN: ten digits, their check digits, and those of the whole."""
    account = f"{bank_account:010d}{bank_account % 97 or 97:02d}"
    return f"BE{98 - int(account + '111400') % 97:02d}{account}"


NUMBER = enterprise_number(4270739)
SELLER = Seller(
    name="ContactExpert NV",
    enterprise_number=NUMBER,
    vat_number=f"BE{NUMBER}",
    address=PostalAddress("Louizalaan 251", "1050", "Brussel", "BE"),
    iban=iban(9990000001),
    bic="XXXXBEB1",
    email="facturatie@contactexpert.example",
    contact="Facturatie",
    legal_form="naamloze vennootschap",
    register="RPR Brussel, Nederlandstalige afdeling",
)
_BUYER = enterprise_number(9990001)
DOMESTIC = Buyer(
    name="Bakkerij Voorbeeld BV",
    address=PostalAddress("Fictiestraat 12", "9000", "Gent", "BE"),
    vat_number=f"BE{_BUYER}",
    enterprise_number=_BUYER,
    reference="Inkoop 2026-77",
    email="boekhouding@bakkerij-voorbeeld.example",
)
DUTCH = Buyer(
    name="Voorbeeld Energie Nederland B.V.",
    address=PostalAddress("Fictiekade 8", "1012 AB", "Amsterdam", "NL"),
    vat_number="NL000099998B57",
    order="PO-0815",
)
GERMAN = Buyer(
    name="Beispiel Versand GmbH",
    address=PostalAddress("Musterweg 3", "50667", "Köln", "DE"),
    vat_number="DE136695976",
    reference="Abt. Einkauf",
)
TIMESHEET = Attachment("Urenstaat", "urenstaat.csv", "text/csv", b"datum;minuten\n2026-11-02;20\n", "Urenstaat")


def entries(minutes: Sequence[int], tariff: Tariff = TARIFF, per_request: int = 1, **changes: Any) -> list[Entry]:
    """Entries from 2 November 2026 on, spread over the duties, `per_request` of them for each request."""
    duties = list(DUTIES)
    return [
        Entry(
            id=f"e{n}", sequence=n, work_date=date(2026, 11, 2) + timedelta(days=n % 20), request=f"BIJ-2026-{n // per_request:04d}",
            duty=duties[n // per_request % len(duties)], minutes=raw, tariff=tariff, **changes,
        )
        for n, raw in enumerate(minutes)
    ]  # fmt: skip


def drafts(given: list[Entry]) -> list[DraftLine]:
    """The lines of the charged minutes of entries."""
    charges = [Charge(item.entry, item.charged) for item in settle(given)]
    return draft_lines(charges, lambda entry: f"Bijstand, dossier {entry.request}", lambda entry: "artikel 14 en Bijlage V")


def invoice(minutes: Sequence[int] = (15, 15, 15), buyer: Buyer = DOMESTIC, tariff: Tariff = TARIFF, **changes: Any) -> Invoice:
    """An invoice for entries of so many minutes, each a request of its own."""
    made = make_invoice(
        [draft.line for draft in drafts(entries(minutes, tariff))], number="F2026-0001", issue_date=date(2026, 11, 30),
        payment_days=tariff.payment_days, seller=SELLER, buyer=buyer, communication=communication_for(2026, 1),
        agreement=tariff.agreement, attachments=(TIMESHEET,),
    )  # fmt: skip
    return replace(made, **changes)
