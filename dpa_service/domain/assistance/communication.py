"""The number of a document, and the structured communication it is paid with: twelve digits, printed ``+++123/4567/89012+++``."""

from __future__ import annotations

from dpa_service.domain.assistance.invoicing import InvoiceError

SERIES = {"380": "F", "381": "C"}  # invoices and credit notes are numbered apart, each from 1 in every year


def document_number(type_code: str, year: int, sequence: int) -> str:
    """The number as printed: "F2026-00042" for an invoice, "C2026-00007" for a credit note."""
    return f"{SERIES[type_code]}{year}-{sequence:05d}"


def structured_communication(base: int) -> str:
    """The 12 digits of a Belgian structured communication: ten and their remainder by 97 (97 where it is 0)."""
    if not 0 <= base < 10**10:
        raise InvoiceError("COMMUNICATION", "A structured communication is made from a number of at most ten digits.")
    return f"{base:010d}{base % 97 or 97:02d}"


def communication_for(year: int, sequence: int) -> str:
    """The structured communication of an invoice: its year (4 digits) and its number in the series (6)."""
    if not 1 <= sequence <= 999_999:
        raise InvoiceError("COMMUNICATION", "The number of an invoice in its year lies between 1 and 999999.")
    return structured_communication(year * 10**6 + sequence)


def communication_valid(communication: str) -> bool:
    """Whether 12 digits end in the right remainder."""
    right = len(communication) == 12 and communication.isascii() and communication.isdigit()
    return right and structured_communication(int(communication[:10])) == communication


def printed_communication(communication: str) -> str:
    """12 digits as they are printed and paid with: ``+++123/4567/89012+++``."""
    return f"+++{communication[:3]}/{communication[3:7]}/{communication[7:]}+++"
