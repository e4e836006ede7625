"""A CSV file of fees received: its heads, in the languages of the house, and its lines as the rules of a fee read them."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.services.agreements.form_data import amount as typed_amount

Json = dict[str, Any]
MOST_BYTES, MOST_LINES = 5 * 2**20, 20_000
_AMBIGUOUS = re.compile(r"\d{1,3}\.\d{3}")  # thousands, or three decimals? refused
_BELGIAN_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
# The heads a file may have, in the languages of the house → the field.
HEADS = {
    "client": "client", "klant": "client", "ondernemingsnummer": "client", "received_on": "received_on", "ontvangen op": "received_on",
    "ontvangen_op": "received_on", "datum": "received_on", "date": "received_on", "amount": "amount", "bedrag": "amount",
    "currency": "currency", "munt": "currency", "kind": "kind", "soort": "kind", "period": "period", "periode": "period",
    "external_key": "external_key", "sleutel": "external_key", "kenmerk": "external_key",
}  # fmt: skip
NEEDED = ("client", "received_on", "amount", "external_key")
_KINDS = {"betaling": "payment", "creditnota": "credit_note", "": "payment"}
EXAMPLE = "klant;ontvangen op;bedrag;soort;periode;sleutel\n0999.900.150;03/11/2026;1250,00;betaling;2026-10;BANK-2026-000123\n"


def read_table(content: bytes) -> list[tuple[int, Json]]:
    """The lines of a CSV file as (number in the file, fields), with days and amounts in the form the rules read.

    Error: ``RequestInvalid`` for a file that is no such table.
    """
    if len(content) > MOST_BYTES:
        raise _no_table("TOO_LARGE", f"The file is larger than {MOST_BYTES // 2**20} MB; cut it in parts.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if "\0" in text:
        raise _no_table("NOT_CSV", "This is not a CSV file; save the table as CSV and choose that file.")
    first = text.split("\n", 1)[0]
    delimiter = max(";,\t", key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        heads = [HEADS.get(head.strip().casefold(), "") for head in next(rows, [])]
        if missing := [name for name in NEEDED if name not in heads]:
            raise _no_table(
                "HEADS", f"The first line must name these columns: {', '.join(NEEDED)}. Missing: {', '.join(missing)}."
            )
        lines = []
        for row in rows:
            if any(cell.strip() for cell in row):
                lines.append((rows.line_num, _fields(heads, row)))
            if len(lines) > MOST_LINES:
                raise _no_table("TOO_MANY", f"The file has more than {MOST_LINES} lines; cut it in parts.")
    except csv.Error as trouble:
        raise _no_table("NOT_CSV", "This is not a CSV file; save the table as CSV and choose that file.") from trouble
    return lines


def _fields(heads: list[str], row: list[str]) -> Json:
    data: Json = {name: cell.strip() for name, cell in zip(heads, row, strict=False) if name and cell.strip()}
    if day := _BELGIAN_DAY.fullmatch(data.get("received_on", "")):
        data["received_on"] = f"{day[3]}-{int(day[2]):02d}-{int(day[1]):02d}"
    if "amount" in data and not _AMBIGUOUS.fullmatch(data["amount"]):
        data["amount"] = typed_amount(data["amount"])
    if "kind" in data:
        data["kind"] = _KINDS.get(data["kind"].casefold(), data["kind"])
    return data


def _no_table(code: str, message: str) -> RequestInvalid:
    return RequestInvalid([FieldError("file", code, message)])
