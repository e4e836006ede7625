"""The invoice, the credit note and the timesheet as PDF, typeset by Typst from the same data as the UBL.

PDF/A-2b and tagged, like the agreement (adapters/pdf.py). The same document gives the same bytes. Figures are printed as the
document states them; nothing is computed here but sums of minutes.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

from dpa_service.adapters.pdf import typeset
from dpa_service.domain.assistance.assistance import CENT
from dpa_service.domain.assistance.communication import printed_communication
from dpa_service.domain.assistance.invoicing import Buyer, Invoice, Line, PostalAddress, Seller
from dpa_service.domain.assistance.timesheet import Group, Row, Timesheet
from dpa_service.domain.contract import wording
from dpa_service.domain.contract.wording import LOCALES, NBSP, country

Json = dict[str, Any]

WORDS: dict[str, Json] = {
    "nl": {
        "invoice": "Factuur",
        "credit_note": "Creditnota",
        "timesheet": "Urenstaat",
        "timesheet_of": {"invoice": "bij factuur {number}", "credit_note": "bij creditnota {number}", "draft": "bij een ontwerp van factuur"},
        "draft": "Ontwerp",
        "page": "pagina",
        "of": "van",
        "to": "Aan",
        "vat_number": "Btw",
        "number": {"invoice": "Factuurnummer", "credit_note": "Nummer"},
        "issued": {"invoice": "Factuurdatum", "credit_note": "Datum"},
        "due": "Te betalen uiterlijk op",
        "period": "Periode",
        "reference": "Uw referentie",
        "order": "Uw bestelnummer",
        "agreement": "Overeenkomst",
        "preceding": "Bij factuur",
        "dated": "{number} van {date}",
        "columns": ["Nr.", "Prestatie", "Minuten", "Uren", "Uurtarief", "Bedrag"],
        "minutes": "{raw} geregistreerd",
        "net": "Totaal zonder btw",
        "vat": "Btw",
        "vat_columns": ["Btw-tarief", "Maatstaf van heffing", "Btw"],
        "vat_rates": {"S": "{rate}", "AE": "{rate}, btw verlegd"},
        "total": {"invoice": "Te betalen", "credit_note": "Te crediteren"},
        "pay": "Betaling",
        "amount": "Bedrag",
        "account": "Rekening",
        "beneficiary": "Begunstigde",
        "communication": "Gestructureerde mededeling",
        "mentions": {"invoice": "Vermeldingen", "credit_note": "Vermeldingen"},
        "late": "Bij laattijdige betaling geldt de wet van 2 augustus 2002 betreffende de bestrijding van de betalingsachterstand bij "
        "handelstransacties.",
        "detail": {
            "invoice": "Elke prestatie staat in de urenstaat bij deze factuur.",
            "credit_note": "De gecrediteerde minuten staan in de urenstaat bij deze creditnota.",
        },
        "electronic": "Deze afdruk hoort bij de elektronische {kind} (Peppol BIS Billing 3.0) met hetzelfde nummer.",
        "electronic_kind": {"invoice": "factuur", "credit_note": "creditnota"},
        "client": "Klant",
        "hours": "uur",
        "times": ["Tijden", "in minuten"],
        "sheet_columns": {
            "invoice": ["Datum", "Prestatie", "Geregistreerd", "Afgerond", "Niet aangerekend", "Aangerekend"],
            "credit_note": ["Datum", "Prestatie", "Geregistreerd", "Afgerond", "Niet gecrediteerd", "Gecrediteerd"],
        },
        "case": "uw dossier {case}",
        "line": "Factuurlijn {id}",
        "credit_line": "Lijn {id} van de creditnota",
        "no_line": "Niet aangerekend",
        "sum": "Samen",
        "summary": "Verantwoording van de minuten",
        "summary_columns": ["", "Minuten", "Uren"],
        "raw": "Geregistreerd",
        "rounding": "Afronding naar boven, per prestatie",
        "billed": "Afgerond",
        "charged": {"invoice": "Aangerekend", "credit_note": "Gecrediteerd"},
        "reasons": {
            "allowance": "kosteloze tijd van het jaar",
            "duty_free": "kosteloze verplichting",
            "caused": "door een tekortkoming van de Verwerker",
            "audit_first_day": "eerste dag van de audit",
            "audit_failing": "audit met wezenlijke tekortkoming",
            "waived": "niet in rekening gebracht",
            "replaced": "verbeterd door een latere prestatie",
            "invoiced_before": "eerder gefactureerd",
            "not_credited": "niet gecrediteerd",
        },
    }
}  # fmt: skip


def invoice_pdf(document: Invoice, *, draft: bool = False, language: str = "nl") -> bytes:
    """The PDF of an invoice or credit note; `draft` marks every page. Error: ``RenderError``."""
    words = WORDS[language]
    kind = "credit_note" if document.is_credit_note else "invoice"
    return typeset("invoice.typ", _invoice(document, kind, words, language, draft=draft), document.issue_date)


def timesheet_pdf(sheet: Timesheet, document: Invoice, *, draft: bool = False, language: str = "nl") -> bytes:
    """The PDF of the timesheet of an invoice (or of its draft) or a credit note. Error: ``RenderError``."""
    words = WORDS[language]
    kind = "credit_note" if document.is_credit_note else "invoice"
    days = [row.work_date for group in sheet.groups for row in group.rows]
    minutes = [
        (words["raw"], sheet.total(lambda group: group.raw), False),
        (words["rounding"], sheet.total(lambda group: group.billed - group.raw), False),
        (words["billed"], sheet.total(lambda group: group.billed), True),
        *((words["reasons"][reason], -minutes, False) for reason, minutes in sheet.reasons.items()),
        (words["charged"][kind], sheet.total(lambda group: group.charged), True),
    ]
    data = {
        **_head(document, words, language, draft=draft),
        "title": words["timesheet"],
        "subtitle": words["timesheet_of"]["draft" if draft else kind].format(number=document.number),
        "facts": [
            [words["client"], document.buyer.name],
            [words["period"], _period(min(days), max(days), language)],
            *([[words["agreement"], document.agreement]] if document.agreement else []),
            words["times"],
        ],
        "columns": words["sheet_columns"][kind],
        "groups": [_group(group, document, words, language) for group in sheet.groups],
        "summary": {
            "title": words["summary"],
            "columns": words["summary_columns"],
            "rows": [[name, _whole(minutes, language), _hours((Decimal(minutes) / 60).quantize(CENT), language), strong] for name, minutes, strong in minutes],
        },
    }  # fmt: skip
    return typeset("timesheet.typ", data, document.issue_date)


# ---- the data of the templates ---------------------------------------------------------------------------------------


def _head(document: Invoice, words: Json, language: str, *, draft: bool) -> Json:
    """What both templates print around the content."""
    return {
        "language": language,
        "reference": " · ".join((document.seller.name, document.number)),
        "mark": words["draft"] if draft else None,
        "labels": {"page": words["page"], "of": words["of"]},
        "date": document.issue_date.isoformat(),
        "seller": {"name": document.seller.name, "lines": _seller(document.seller, words, language)},
    }


def _invoice(document: Invoice, kind: str, words: Json, language: str, *, draft: bool) -> Json:
    day = _day
    facts = [
        [words["number"][kind], document.number],
        [words["issued"][kind], day(document.issue_date, language)],
        [words["due"], document.due_date and day(document.due_date, language)],
        [words["preceding"], document.preceding and words["dated"].format(
            number=document.preceding.number, date=day(document.preceding.issue_date, language))],
        [words["period"], _period(document.start, document.end, language)],
        [words["reference"], document.buyer.reference],
        [words["order"], document.buyer.order],
        [words["agreement"], document.agreement],
    ]  # fmt: skip
    payment = [
        [words["amount"], money(document.payable, language)],
        [words["due"], document.due_date and day(document.due_date, language)],
        [words["account"], " · ".join(part for part in (_iban(document.seller.iban), document.seller.bic) if part)],
        [words["beneficiary"], document.seller.name],
    ]
    reasons = [group.reason for group in document.vat if group.reason]
    mentions = [*([document.note] if document.note else []), *(f"{reason}." for reason in reasons)]
    mentions += [document.payment_terms] if document.payment_terms else []
    if kind == "invoice":
        mentions.append(words["late"])
    if document.attachments:
        mentions.append(words["detail"][kind])
    if document.buyer.electronic_address and not draft:
        mentions.append(words["electronic"].format(kind=words["electronic_kind"][kind]))
    return {
        **_head(document, words, language, draft=draft),
        "title": words[kind],
        "to": {"label": words["to"], "name": document.buyer.name, "lines": _buyer(document.buyer, words, language)},
        "facts": [[name, value] for name, value in facts if value],
        "columns": words["columns"],
        "lines": [_line(line, words, language, credit=document.is_credit_note) for line in document.lines],
        "vat": {
            "columns": words["vat_columns"],
            "rows": [
                [
                    words["vat_rates"][group.category].format(rate=_rate(group.rate, language)),
                    money(group.taxable, language),
                    money(group.tax, language),
                ]
                for group in document.vat
            ],
        },
        "totals": [[words["net"], money(document.net, language)], [words["vat"], money(document.tax, language)]],
        "total": [words["total"][kind], money(document.payable, language)],
        "payment": {
            "title": words["pay"],
            "facts": [[name, value] for name, value in payment if value],
            "label": words["communication"],
            "communication": printed_communication(document.communication),
        } if kind == "invoice" and document.communication else None,
        "mentions": {"title": words["mentions"][kind], "lines": mentions},
    }  # fmt: skip


def _line(line: Line, words: Json, language: str, *, credit: bool) -> Json:
    return {
        "id": line.id,
        "text": line.text,
        "details": " · ".join((line.reference, _period(line.start, line.end, language))),
        "basis": line.basis,
        "minutes": _whole(line.minutes, language),
        "raw": None if credit else words["minutes"].format(raw=_whole(line.raw_minutes, language)),
        "hours": _hours(line.hours, language),
        "rate": money(line.rate, language),
        "net": money(line.net, language),
    }


def _group(group: Group, document: Invoice, words: Json, language: str) -> Json:
    label = words["no_line"]
    if group.line:
        label = words["credit_line" if document.is_credit_note else "line"].format(id=group.line.id)
    not_charged = group.billed - group.charged
    total = words["sum"]
    if group.line:
        total += f": {_hours(group.line.hours, language)} {words['hours']} × {money(group.rate, language)} = {money(group.line.net, language)}"
    return {
        "label": label,
        "title": group.title,
        "details": " · ".join((group.request, *([words["case"].format(case=group.case)] if group.case else []), group.basis)),
        "rows": [_row(row, words, language) for row in group.rows],
        "sum": [total, *(_whole(minutes, language) for minutes in (group.raw, group.billed, not_charged, group.charged))],
    }


def _row(row: Row, words: Json, language: str) -> Json:
    return {
        "date": _short(row.work_date, language),
        "text": row.text,
        "raw": _whole(row.raw, language),
        "billed": _whole(row.billed, language),
        "parts": [f"{_whole(minutes, language)}: {words['reasons'][reason]}" for reason, minutes in row.parts],
        "charged": _whole(row.charged, language),
    }


# ---- parties and figures as printed ----------------------------------------------------------------------------------


def _address(address: PostalAddress, language: str, *, abroad: bool) -> list[str]:
    rows = [address.street, f"{address.postal_code} {address.city}"]
    return [*rows, country(address.country, language)] if abroad else rows


def _seller(seller: Seller, words: Json, language: str) -> list[str]:
    return [
        ", ".join(_address(seller.address, language, abroad=False)),
        " · ".join(part for part in (f"{words['vat_number']} {_vat_number(seller.vat_number)}", seller.register) if part),
        " · ".join(part for part in (seller.email, seller.phone) if part),
    ]


def _buyer(buyer: Buyer, words: Json, language: str) -> list[str]:
    rows = _address(buyer.address, language, abroad=buyer.address.country != "BE")
    return [*rows, f"{words['vat_number']} {_vat_number(buyer.vat_number)}"] if buyer.vat_number else rows


def _vat_number(number: str) -> str:
    """A Belgian number in the groups people know, another as it is."""
    if number.startswith("BE") and len(number) == 12:
        return f"BE{NBSP}{number[2:6]}.{number[6:9]}.{number[9:]}"
    return number


def _iban(number: str) -> str:
    """In groups of four, kept together."""
    return NBSP.join(number[start : start + 4] for start in range(0, len(number), 4))


# The same figures return on every line; formatting one costs more than setting it in print.


@lru_cache(maxsize=4096)
def money(value: Decimal, language: str) -> str:
    """A sum as the agreements print it."""
    return wording.money(value, language)


def _day(day: date, language: str) -> str:
    return format_date(day, "d MMMM y", locale=LOCALES[language]).replace(" ", NBSP)


@lru_cache(maxsize=4096)
def _short(day: date, language: str) -> str:
    return format_date(day, "dd/MM/y", locale=LOCALES[language])


def _period(start: date, end: date, language: str) -> str:
    first, last = _short(start, language), _short(end, language)
    return first if start == end else f"{first}{NBSP}– {last}"


@lru_cache(maxsize=4096)
def _whole(minutes: int, language: str) -> str:
    return format_decimal(minutes, "#,##0", locale=LOCALES[language]).replace("-", "−")


@lru_cache(maxsize=4096)
def _hours(hours: Decimal, language: str) -> str:
    return format_decimal(hours, "#,##0.00######", locale=LOCALES[language]).replace("-", "−")


def _rate(rate: Decimal, language: str) -> str:
    return format_percent(rate / 100, "#,##0.##%", locale=LOCALES[language]).replace("%", f"{NBSP}%")
