"""New passwords: their rule, and how they are kept. Signing in itself is flask-security's, with the same scheme (serving/accounts.py)."""

from __future__ import annotations

import unicodedata
from typing import Final

from passlib.context import CryptContext

from dpa_service.domain.errors import FieldError, RequestInvalid

SHORTEST, LONGEST = 12, 128
SCHEME = "argon2"
FORM: Final = "NFKD"
_context = CryptContext(schemes=[SCHEME])


def checked_hash(password: str, repeated: str | None = None) -> str:
    """The hash of a new password. Error: ``RequestInvalid`` for one that is too short or long, or repeated differently."""
    wrong = []
    known = unicodedata.normalize(FORM, password)
    if not SHORTEST <= len(known) <= LONGEST:
        wrong.append(FieldError("password", "LENGTH", f"Choose a password of {SHORTEST} to {LONGEST} characters."))
    if repeated is not None and repeated != password:
        wrong.append(FieldError("password_again", "DIFFERENT", "The two passwords differ."))
    if wrong:
        raise RequestInvalid(wrong)
    return str(_context.hash(known))
