"""Payments from the bank laid beside open invoices, by the structured communication. Pure; nothing is booked here.

A payment is proposed for an invoice only when its communication is that of the invoice, or stands in its free text with right check
digits. Amounts never decide which invoice is meant; they only say what became of it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dpa_service.domain.assistance.assistance import ZERO
from dpa_service.domain.assistance.communication import communication_valid

EXACT, PARTLY, TOO_MUCH, PAID_BEFORE, UNKNOWN, SEEN, OUTGOING = (
    "exact", "partly", "too_much", "paid_before", "unknown", "seen", "outgoing",
)  # fmt: skip
_PRINTED = re.compile(r"(?<!\d)(\d{3})[\s/.-]?(\d{4})[\s/.-]?(\d{5})(?!\d)")


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement on the house's account: `amount` in EUR, below zero when money went out. `reference` is the bank's own and makes
    it recognisable when a statement is read twice; `text` the communication as the bank gives it."""

    reference: str
    booked: date
    amount: Decimal
    text: str
    structured: str | None = None
    counterparty: str | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """An issued invoice: its structured communication and what is still to be paid, credit notes taken off."""

    number: str
    communication: str
    left: Decimal


@dataclass(frozen=True, slots=True)
class Match:
    """What a movement is: `state`, the invoice where one is meant, and what remains to be paid on it after this movement."""

    movement: Movement
    state: str
    invoice: str | None = None
    left: Decimal | None = None


def communication_of(movement: Movement) -> str | None:
    """The 12 digits of a payment: structured, or the only right ones in its free text. None when there are none, or several."""
    if movement.structured:
        return movement.structured if communication_valid(movement.structured) else None
    found = {"".join(parts) for parts in _PRINTED.findall(movement.text)}
    right = {digits for digits in found if communication_valid(digits)}
    return right.pop() if len(right) == 1 else None


def match(movements: Iterable[Movement], invoices: Iterable[Open], seen: Collection[str] = ()) -> list[Match]:
    """What each movement is, in order. `seen` are the bank references booked before: the same statement twice books nothing twice."""
    by_communication = {invoice.communication: invoice for invoice in invoices}
    left = {invoice.number: invoice.left for invoice in by_communication.values()}
    known, found = set(seen), list[Match]()
    for movement in movements:
        found.append(_one(movement, by_communication, left, known))
        known.add(movement.reference)
    return found


def _one(movement: Movement, by_communication: Mapping[str, Open], left: dict[str, Decimal], seen: Collection[str]) -> Match:
    if movement.reference in seen:
        return Match(movement, SEEN)
    if movement.amount <= 0:
        return Match(movement, OUTGOING)
    invoice = by_communication.get(communication_of(movement) or "")
    if invoice is None:
        return Match(movement, UNKNOWN)
    before = left[invoice.number]
    if before <= 0:
        return Match(movement, PAID_BEFORE, invoice.number, before)
    after = left[invoice.number] = before - movement.amount
    return Match(movement, EXACT if after == ZERO else PARTLY if after > 0 else TOO_MUCH, invoice.number, after)
