"""Fees received from clients: by hand, out of a CSV file, or from another program; the same payment twice changes nothing.

The liability cap follows these sums, so every entry writes the client's exposure anew in the same transaction.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from marshmallow import ValidationError
from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import insert_if_absent, reading
from dpa_service.adapters.db.liability import FeePayment
from dpa_service.adapters.db.models import Client
from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.services import idempotency
from dpa_service.services.agreements.lifecycle import checked_reason
from dpa_service.services.agreements.request_fields import EnterpriseNumber, VatNumber
from dpa_service.services.errors import Conflict, NotFound
from dpa_service.services.liability import exposure_rows
from dpa_service.services.liability.claim_schema import as_json, load_fee
from dpa_service.services.liability.fee_file import read_table
from dpa_service.services.use_case import UseCase, use_case

Json = dict[str, Any]
MANUAL, CSV, API = "manual", "csv", "api"


@dataclass(frozen=True, slots=True)
class Refused:
    """One line that was not taken: its number in the file (the heads are line 1; of an API call the index from 1), the field, why."""

    line: int
    field: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Report:
    """What became of an upload: lines taken, lines known already, and every wrong field of the others."""

    accepted: int
    known: int
    refused: tuple[Refused, ...]
    total: Decimal


@dataclass(frozen=True, slots=True)
class Fees:
    """A client's fees: the entries, the newest first, and their sum."""

    rows: Sequence[FeePayment]
    total: Decimal


def record(
    session: Session, client_id: str, data: Any, *, key: str | None = None, source: str = MANUAL, actor: str, now: datetime, today: date
) -> FeePayment:  # fmt: skip
    """One sum by hand. `key` makes a repeated call harmless.

    Error: ``NotFound``; ``RequestInvalid`` naming each wrong field; ``Conflict`` for a key or an external key used with something else.
    """
    with use_case(session, actor=actor, now=now) as work:
        if key is not None and (known := idempotency.claim(work, key, {"do": "fee.record", "client": client_id, "fee": data})):
            return session.get_one(FeePayment, known["fee_id"])
        _locked_client(session, client_id)
        valid = load_fee(data)
        if trouble := _day_trouble(valid, today):
            raise RequestInvalid([trouble])
        row = _kept(work, client_id, valid, source)
        fee = row or _same(session, client_id, valid)
        if fee is None:
            raise Conflict("KEY_REUSED", "Another payment has this external key; give each payment its own.")
        if row is not None:
            work.note("fee.record", "client", client_id, fee=fee.id, amount=as_json(fee.amount), source=source)
            exposure_rows.refresh(work, client_id)
        if key is not None:
            idempotency.settle(work, key, {"fee_id": fee.id})
        session.flush()
        return fee


def upload(session: Session, content: bytes, *, actor: str, now: datetime, today: date) -> Report:
    """A CSV file (heads as in fee_file.HEADS; comma, semicolon or tab; UTF-8 or Windows): the right lines are taken, the others told about.

    Error: ``RequestInvalid`` for a file that is no such table at all.
    """
    return import_rows(session, read_table(content), source=CSV, actor=actor, now=now, today=today)


def import_rows(
    session: Session, rows: Iterable[tuple[int, Mapping[str, Any]]], *, source: str = API, actor: str, now: datetime, today: date
) -> Report:  # fmt: skip
    """Sums as (line, fields of ``ImportedFeeBlock``), in one transaction; a wrong line is refused and the others are taken."""
    refused: list[Refused] = []
    valid: list[tuple[int, Json]] = []
    for line, data in rows:
        try:
            fee = load_fee(data, imported=True)
        except RequestInvalid as trouble:
            refused += [Refused(line, error.field, error.code, error.message) for error in trouble.errors]
            continue
        if found := _day_trouble(fee, today):
            refused.append(Refused(line, found.field, found.code, found.message))
        else:
            valid.append((line, fee))
    accepted, known, total = 0, 0, Decimal("0.00")
    with use_case(session, actor=actor, now=now) as work:
        clients = _clients(session, {fee["client"] for _, fee in valid})
        for client_id in sorted({client for client in clients.values() if client}):
            _locked_client(session, client_id)
        touched: set[str] = set()
        for line, fee in valid:
            payer = clients[fee["client"]]
            if payer is None:
                refused.append(Refused(line, "client", "NOT_FOUND", "No client has this number or id; add the client first."))
            elif _kept(work, payer, fee, source):
                accepted, total = accepted + 1, total + fee["amount"]
                touched.add(payer)
            elif _same(session, payer, fee):
                known += 1
            else:
                message = "Another payment has this external key; give each payment its own."
                refused.append(Refused(line, "external_key", "KEY_REUSED", message))
        for client_id in sorted(touched):
            exposure_rows.refresh(work, client_id)
        work.note("fee.import", "fees", source, accepted=accepted, known=known, refused=len({r.line for r in refused}),
                  total=as_json(total))  # fmt: skip
    return Report(accepted, known, tuple(sorted(refused, key=lambda r: (r.line, r.field))), total)


def correct(session: Session, fee_id: str, *, reason: str, actor: str, now: datetime) -> FeePayment:
    """Undo an entry by a counter-entry of the same day; the entry itself stays.

    Error: ``NotFound``; ``Conflict`` when it was undone already or is a counter-entry; ``RequestInvalid`` without a reason.
    """
    reason = checked_reason(reason)
    with use_case(session, actor=actor, now=now) as work:
        client_id = session.scalar(sa.select(FeePayment.client_id).where(FeePayment.id == fee_id))
        if client_id is None:
            raise NotFound("payment of fees")
        _locked_client(session, client_id)
        fee = session.get_one(FeePayment, fee_id)
        if fee.counter_of is not None:
            raise Conflict("COUNTER_ENTRY", "This is a counter-entry itself; enter the right sum as a new payment.")
        values = {"received_on": fee.received_on, "amount": -fee.amount, "period": fee.period}
        row = _row(work, client_id, values, MANUAL) | {"counter_of": fee_id, "reason": reason}
        if not insert_if_absent(session, FeePayment, row):
            raise Conflict("CORRECTED", "This payment was undone already.")
        work.note("fee.correct", "client", client_id, fee=row["id"], counter_of=fee_id, amount=as_json(row["amount"]))
        exposure_rows.refresh(work, client_id)
        return session.get_one(FeePayment, row["id"])


def listing(session: Session, client_id: str) -> Fees:
    """A client's entries. Error: ``NotFound``."""
    with reading(session):
        if session.get(Client, client_id) is None:
            raise NotFound("client")
        query = sa.select(FeePayment).where(FeePayment.client_id == client_id)
        rows = session.scalars(
            query.order_by(
                FeePayment.received_on.desc(), FeePayment.created_at.desc(), FeePayment.counter_of.is_(None), FeePayment.id
            )
        ).all()
        return Fees(rows, sum((row.amount for row in rows), Decimal("0.00")))


# ---- one entry -------------------------------------------------------------------------------------------------------


def _locked_client(session: Session, client_id: str) -> None:
    if session.get(Client, client_id, with_for_update=True) is None:
        raise NotFound("client")


def _day_trouble(fee: Json, today: date) -> FieldError | None:
    if date.fromisoformat(fee["received_on"]) > today:
        return FieldError("received_on", "FUTURE", "This day is still to come; give the day on which the money came.")
    return None


def _kept(work: UseCase, client_id: str, fee: Json, source: str) -> FeePayment | None:
    """The entry, or None when its external key is there already."""
    row = _row(work, client_id, fee, source)
    if not insert_if_absent(work.session, FeePayment, row):
        return None
    return work.session.get_one(FeePayment, row["id"])


def _row(work: UseCase, client_id: str, fee: Json, source: str) -> Json:
    day = fee["received_on"]
    return {
        "id": uuid.uuid4().hex,
        "client_id": client_id,
        "received_on": day if isinstance(day, date) else date.fromisoformat(day),
        "amount": fee["amount"],
        "period": fee.get("period"),
        "source": source,
        "external_key": fee.get("external_key"),
        "counter_of": None,
        "reason": None,
        "created_at": work.now,
        "created_by": work.actor,
    }


def _same(session: Session, client_id: str, fee: Json) -> FeePayment | None:
    """The entry with this external key, if it says the same."""
    row = session.scalars(sa.select(FeePayment).where(FeePayment.external_key == fee.get("external_key"))).first()
    same = row is not None and (row.client_id, row.received_on.isoformat(), row.amount) == (
        client_id,
        fee["received_on"],
        fee["amount"],
    )
    return row if same else None


def _clients(session: Session, named: set[str]) -> dict[str, str | None]:
    """What a line calls its client → the client's id."""
    found: dict[str, str | None] = {}
    forms = {name: _number(name) for name in named}
    wanted = sorted({*named, *forms.values()})
    known: dict[str, str] = {}
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        query = sa.select(Client.id, Client.identity).where(sa.or_(Client.id.in_(part), Client.identity.in_(part)))
        for client_id, identity in session.execute(query):
            known[client_id] = known[identity] = client_id
    for name in named:
        found[name] = known.get(forms[name]) or known.get(name)
    return found


def _number(name: str) -> str:
    """An enterprise or VAT number in the form in which clients keep it; anything else as it is."""
    for field in (EnterpriseNumber(), VatNumber()):
        try:
            return field.read(name)
        except ValidationError:
            continue
    return name
