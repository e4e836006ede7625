"""The check digits of numbers that need tables or many rules: VAT numbers of the Union, IBANs, BICs (python-stdnum)."""

from __future__ import annotations

from stdnum import bic as bic_numbers
from stdnum import iban as iban_numbers
from stdnum.eu import vat as vat_numbers

from dpa_service.domain.assistance.invoice_check import Numbers


def vat_valid(number: str) -> bool:
    """Whether a VAT number of the Union, written with its prefix and without spaces or points, has the right check digits."""
    return number.isascii() and number.isalnum() and number.upper() == number and bool(vat_numbers.is_valid(number))


def iban_valid(number: str) -> bool:
    """Whether an IBAN, written without spaces, has the right length for its country and the right check digits."""
    # Without the register of banks of a country: an account at a bank that is newer than the register is right all the same.
    known = iban_numbers.is_valid(number, check_country=False)
    return number.isascii() and number.isalnum() and number.upper() == number and bool(known)


def bic_valid(code: str) -> bool:
    """Whether a BIC has the right form."""
    return bool(bic_numbers.is_valid(code))


NUMBERS = Numbers(vat=vat_valid, iban=iban_valid)
