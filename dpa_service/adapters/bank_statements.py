"""Bank statements that finance uploads: CODA (the Belgian banks' format, 128 signs a line) and a plain CSV.

A CODA file is taken only as a whole: its balances and turnovers must agree with its movements, so that a file that was cut off or
changed books nothing.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from datetime import date
from decimal import Decimal, InvalidOperation

from dpa_service.domain.assistance.payments import Movement
from dpa_service.domain.errors import DomainError

MOST_BYTES = 5_000_000
_STRUCTURED = ("101", "102")  # a structured communication of twelve digits, from home or by reference
MOST_REFERENCE = 100  # signs; what is longer is no bank's own name of a movement
CSV_COLUMNS = ("datum", "bedrag", "mededeling", "tegenpartij", "rekening", "referentie")


class StatementError(DomainError):
    """A statement that is not taken: ``STATEMENT`` with the line and the way out; `why` is which of the reasons it is."""

    def __init__(self, line: int, why: str, message: str) -> None:
        super().__init__("STATEMENT", f"Line {line}: {message}" if line else message)
        self.line, self.why = line, why


def read_statement(content: bytes) -> list[Movement]:
    """The movements of an uploaded file, CODA or CSV by its look. Raises StatementError."""
    if len(content) > MOST_BYTES:
        raise StatementError(0, "TOO_LARGE", "The file is larger than a bank statement is; upload one statement at a time.")
    text = _decoded(content)
    if "\0" in text:
        raise StatementError(0, "UNREADABLE", "The file holds signs that no statement has; download the file again.")
    first = text.split("\n", 1)[0].rstrip("\r")
    try:
        return read_coda(text) if re.fullmatch(r"0.{127}", first) else read_csv(text)
    except csv.Error as trouble:
        raise StatementError(0, "UNREADABLE", "The table cannot be read; download the file again.") from trouble


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("iso-8859-1")  # as the banks' older systems write


# ---- CODA ------------------------------------------------------------------------------------------------------------


def read_coda(text: str) -> list[Movement]:
    """The movements of one or more CODA statements. Raises StatementError."""
    movements: list[Movement] = []
    statement: _Statement | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        if len(line) != 128:
            raise StatementError(number, "CODA_LINE", "A CODA line has 128 signs; download the file again.")
        try:
            if line[0] == "0":
                statement = _Statement()
            elif statement is None:
                raise StatementError(number, "NO_HEADER", "The file does not begin with a CODA header.")
            elif statement.take(line):
                movements += statement.movements()
                statement = None
        except (ValueError, InvalidOperation):
            raise StatementError(number, "UNREADABLE", "A date or amount cannot be read; download the file again.") from None
    if statement is not None:
        raise StatementError(0, "CUT_OFF", "The file ends before its closing line; download it again.")
    return movements


class _Statement:
    """One statement while it is read: movement lines, and the figures they must agree with."""

    def __init__(self) -> None:
        self.account, self.sequence = "", ""
        self.opened: Decimal | None = None
        self.closed: Decimal | None = None
        self.lines: list[dict[str, str]] = []

    def take(self, line: str) -> bool:
        """Take a line; whether it was the closing line. Raises StatementError when the figures do not agree."""
        kind = line[0]
        if kind == "1":
            self.account, self.sequence = line[5:42].split()[0] if line[5:42].strip() else "", line[125:128]
            self.opened = _signed(line[42], line[43:58])
        elif kind == "2" and line[1] == "1":
            self.lines.append({"1": line, "text": line[62:115]})
        elif kind == "2" and self.lines:
            self.lines[-1][line[1]] = line
            self.lines[-1]["text"] += line[10:63] if line[1] == "2" else line[82:125]
        elif kind == "8":
            self.closed = _signed(line[41], line[42:57])
        elif kind == "9":
            self.agree(line)
            return True
        return False

    def agree(self, line: str) -> None:
        """Whether movements, turnovers and balances say the same."""
        amounts = [_signed(each["1"][31], each["1"][32:47]) for each in self.lines if each["1"][6:10] == "0000"]
        out, into = -sum(amount for amount in amounts if amount < 0), sum(amount for amount in amounts if amount > 0)
        if (out, into) != (_amount(line[22:37]), _amount(line[37:52])):
            raise StatementError(
                0, "TURNOVER", "The movements do not add up to the statement's turnover; download the file again."
            )
        if self.opened is not None and self.closed is not None and self.opened + sum(amounts) != self.closed:
            raise StatementError(
                0, "BALANCE", "The movements do not lead from the old balance to the new one; download the file again."
            )

    def movements(self) -> list[Movement]:
        """The movements; of a sum with details the details, when they add up to it."""
        made: list[Movement] = []
        groups: dict[str, list[dict[str, str]]] = {}
        for each in self.lines:
            groups.setdefault(each["1"][2:6], []).append(each)
        for main, *details in groups.values():
            whole = _signed(main["1"][31], main["1"][32:47])
            split = [self.movement(each) for each in details]
            made += split if split and sum((each.amount for each in split), Decimal(0)) == whole else [self.movement(main)]
        return made

    def movement(self, parts: dict[str, str]) -> Movement:
        first, third = parts["1"], parts.get("3", "")
        structured = first[61] == "1" and first[62:65] in _STRUCTURED
        return Movement(
            reference=" ".join(
                (self.account, self.sequence, _day(first[115:121]).isoformat(), first[2:10], first[10:31].strip())
            ),
            booked=_day(first[115:121]),
            amount=_signed(first[31], first[32:47]),
            text=" ".join(parts["text"].split()),
            structured=first[65:77] if structured else None,
            counterparty=third[47:82].strip() or None,
            account=third[10:47].partition(" ")[0] or None,
        )


def _amount(text: str) -> Decimal:
    """Fifteen digits, the last three decimals."""
    if not text.isdigit():
        raise ValueError(text)
    return (Decimal(text) / 1000).quantize(Decimal("0.01"))


def _signed(sign: str, text: str) -> Decimal:
    return -_amount(text) if sign == "1" else _amount(text)


def _day(text: str) -> date:
    return date(2000 + int(text[4:6]), int(text[2:4]), int(text[:2]))


# ---- CSV -------------------------------------------------------------------------------------------------------------


def read_csv(text: str) -> list[Movement]:
    """The movements of a CSV file with the columns of CSV_COLUMNS (the first three are needed). Raises StatementError."""
    delimiter = ";" if ";" in text.split("\n", 1)[0] else ","
    rows = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    names = {(name or "").strip().lower(): name for name in rows.fieldnames or ()}
    if missing := [name for name in CSV_COLUMNS[:3] if name not in names]:
        raise StatementError(
            1,
            "COLUMNS",
            f"This is neither CODA nor a CSV file with the columns {', '.join(CSV_COLUMNS)}; missing: {', '.join(missing)}.",
        )
    made = []
    for number, row in enumerate(rows, 2):
        said = {name: (row.get(column) or "").strip() for name, column in names.items()}
        if not any(said.values()):
            continue
        try:
            booked, amount = _csv_day(said["datum"]), _csv_amount(said["bedrag"])
        except (ValueError, InvalidOperation):
            raise StatementError(number, "CSV_VALUE", "Write dates as 31/12/2026 or 2026-12-31 and amounts as 1234,56.") from None
        # without a reference of the bank the row itself is its mark: number of the row and what it says
        mark = hashlib.sha256("|".join((str(number), *said.values())).encode()).hexdigest()[:24]
        reference = said.get("referentie") or mark
        made.append(Movement(reference if len(reference) <= MOST_REFERENCE else mark, booked, amount, said["mededeling"], None,
                             said.get("tegenpartij") or None, said.get("rekening") or None))  # fmt: skip
    return made


def _csv_day(text: str) -> date:
    if found := re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", text):
        return date(int(found[3]), int(found[2]), int(found[1]))
    return date.fromisoformat(text)


def _csv_amount(text: str) -> Decimal:
    plain = text.replace("€", "").replace(" ", "").replace("\u00a0", "")
    if "," in plain:
        plain = plain.replace(".", "").replace(",", ".")
    if not re.fullmatch(r"[+-]?\d{1,12}(\.\d{1,2})?", plain):
        raise ValueError(text)
    return Decimal(plain).quantize(Decimal("0.01"))
