"""Minutes from a CSV file: the right lines are taken, the others told about; the same file again changes nothing."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.assistance import AssistanceRequest, TimeEntry
from dpa_service.adapters.db.models import Client
from dpa_service.domain.errors import DomainError, FieldError, RequestInvalid
from dpa_service.services.assistance.tariffs import InForce
from dpa_service.services.assistance.time_entries import add, checked
from dpa_service.services.use_case import use_case

Json = dict[str, Any]
MOST_BYTES, MOST_LINES = 2 * 2**20, 5_000
# the heads a file may have → the field
HEADS = {
    "dossier": "request", "request": "request", "datum": "work_date", "date": "work_date", "work_date": "work_date", "minuten": "minutes",
    "minutes": "minutes", "prestatie": "note", "note": "note", "omschrijving": "note", "persoon": "person", "person": "person",
    "sleutel": "external_key", "external_key": "external_key",
}  # fmt: skip
NEEDED = ("request", "work_date", "minutes", "note")
EXAMPLE = "dossier;datum;minuten;prestatie;persoon;sleutel\nBIJ-2026-0001;03/11/2026;45;Opzoeking in het archief;;UREN-0001\n"
_BELGIAN_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")


@dataclass(frozen=True, slots=True)
class Refused:
    """One line that was not taken: its number in the file (the heads are line 1), the field, the code and why."""

    line: int
    field: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Report:
    """What became of an upload: lines taken, known from before, and refused; and the raw minutes taken."""

    accepted: int
    known: int
    refused: tuple[Refused, ...]
    minutes: int


def upload(session: Session, content: bytes, *, actor: str, now: datetime, today: date) -> Report:
    """Take the lines of a CSV file (heads as in HEADS; semicolon, comma or tab), in one transaction.

    A line is recognised by its key, or without one by what it says and which of its equals in the file it is. Error:
    ``RequestInvalid`` for a file that is no such table.
    """
    refused: list[Refused] = []
    accepted = known = minutes = 0
    with use_case(session, actor=actor, now=now) as work:
        rows = _read(content, actor)
        found = _requests(session, {str(data.get("request", "")) for _, data in rows})
        for client_id in sorted({request.client_id for request in found.values()}):
            session.get(Client, client_id, with_for_update=True)
        seen: dict[str, dict[str, InForce]] = {}
        keys = {data["external_key"] for _, data in rows}
        taken = set(session.scalars(sa.select(TimeEntry.external_key).where(TimeEntry.external_key.in_(keys))))
        for line, data in rows:
            request = found.get(str(data.pop("request", "")))
            if data["external_key"] in taken:
                known += 1
                continue
            try:
                if request is None:
                    raise RequestInvalid(
                        [FieldError("request", "NOT_FOUND", "There is no assistance request with this reference.")]
                    )
                entry = add(work, request, checked(data, today), seen.setdefault(request.client_id, {}))
            except RequestInvalid as trouble:
                refused += [Refused(line, error.field, error.code, error.message) for error in trouble.errors]
                continue
            except DomainError as trouble:
                refused.append(Refused(line, "work_date", trouble.code, trouble.message))
                continue
            taken.add(data["external_key"])
            accepted, minutes = accepted + 1, minutes + entry.minutes
        work.note(
            "time.upload", "time", "csv", accepted=accepted, known=known, refused=len({r.line for r in refused}), minutes=minutes
        )
    return Report(accepted, known, tuple(refused), minutes)


def _requests(session: Session, references: set[str]) -> Mapping[str, AssistanceRequest]:
    query = sa.select(AssistanceRequest).where(AssistanceRequest.reference.in_(references))
    return {row.reference: row for row in session.scalars(query)}


def _read(content: bytes, actor: str) -> list[tuple[int, Json]]:
    if len(content) > MOST_BYTES:
        raise _no_table("TOO_LARGE", f"The file is larger than {MOST_BYTES // 2**20} MB; cut it in parts.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if "\0" in text:
        raise _no_table("NOT_CSV", "This is not a CSV file; save the table as CSV and choose that file.")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(";,\t", key=text.split("\n", 1)[0].count))
    found: list[tuple[int, Json]] = []
    equals: dict[tuple[str, ...], int] = {}
    try:
        heads = [HEADS.get(head.strip().casefold(), "") for head in next(rows, [])]
        if missing := [name for name in NEEDED if name not in heads]:
            raise _no_table(
                "HEADS", f"The first line must name these columns: {', '.join(NEEDED)}. Missing: {', '.join(missing)}."
            )
        for row in rows:
            data: Json = {name: cell.strip() for name, cell in zip(heads, row, strict=False) if name and cell.strip()}
            if not data:
                continue
            said = tuple(f"{name}={value}" for name, value in sorted(data.items()))
            equals[said] = equals.get(said, 0) + 1
            mark = hashlib.sha256("|".join((actor, *said, str(equals[said]))).encode()).hexdigest()[:32]
            data.setdefault("external_key", f"csv:{mark}")
            found.append((rows.line_num, _typed(data)))
            if len(found) > MOST_LINES:
                raise _no_table("TOO_MANY", f"The file has more than {MOST_LINES} lines; cut it in parts.")
    except csv.Error as trouble:
        raise _no_table("NOT_CSV", "This is not a CSV file; save the table as CSV and choose that file.") from trouble
    return found


def _typed(data: Json) -> Json:
    if day := _BELGIAN_DAY.fullmatch(data.get("work_date", "")):
        data["work_date"] = f"{day[3]}-{int(day[2]):02d}-{int(day[1]):02d}"
    if re.fullmatch(r"\d{1,5}", data.get("minutes", "")):
        data["minutes"] = int(data["minutes"])
    return data


def _no_table(code: str, message: str) -> RequestInvalid:
    return RequestInvalid([FieldError("file", code, message)])
