"""What accounting receives: a zip of the UBL files, and one CSV row per document and VAT group. The same documents give the same bytes."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from dpa_service.adapters.timesheet_csv import inert
from dpa_service.domain.invoicing import Invoice

COLUMNS = ("nummer", "soort", "datum", "vervaldatum", "klant", "btw-nummer", "land", "btw-categorie", "btw-tarief", "maatstaf",
           "btw", "totaal", "gestructureerde mededeling", "bij factuur", "eerder geëxporteerd")  # fmt: skip
_EPOCH = (2026, 1, 1, 0, 0, 0)  # a zip wants a moment; a fixed one keeps the bytes the same


@dataclass(frozen=True, slots=True)
class Exported:
    """An issued document for accounting: figures, UBL, and whether an earlier export held it already."""

    document: Invoice
    xml: bytes = field(repr=False)
    again: bool = False


def accounting_zip(documents: Iterable[Exported]) -> bytes:
    """The UBL files by number, and ``btw.csv``."""
    ordered = sorted(documents, key=lambda each: each.document.number)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in [
            ("btw.csv", vat_csv(ordered)),
            *((f"ubl/{each.document.number}.xml", each.xml) for each in ordered),
        ]:
            member = zipfile.ZipInfo(name, _EPOCH)
            member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(member, content)
    return out.getvalue()


def vat_csv(documents: Iterable[Exported]) -> bytes:
    """A row per document and VAT group, with decimal commas; a credit note's amounts are below zero here, so that a column can be added up."""
    out = io.StringIO()
    rows = csv.writer(out, delimiter=";", lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for each in documents:
        document, sign = each.document, -1 if each.document.is_credit_note else 1
        for group in document.vat:
            rows.writerow([
                document.number, "creditnota" if document.is_credit_note else "factuur", document.issue_date,
                document.due_date or "", inert(document.buyer.name), document.buyer.vat_number or "", document.buyer.address.country,
                group.category, _comma(group.rate), _comma(sign * group.taxable), _comma(sign * group.tax),
                _comma(sign * (group.taxable + group.tax)), document.communication or "",
                document.preceding.number if document.preceding else "", "ja" if each.again else "nee",
            ])  # fmt: skip
    return out.getvalue().encode("utf-8-sig")


def _comma(amount: Decimal) -> str:
    return format(amount, "f").replace(".", ",")
