"""The errors of the domain. Outer layers turn them into an HTTP answer, a page message or an exit code in one place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class DomainError(Exception):
    """Something the rules of the house do not allow.

    `code` is stable and machine-readable (``NOT_COVERED``); `message` says what is wrong and the way out.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field of a request: dotted `field` path (``transfers[0].country``), `code`, and `message` with the way out."""

    field: str
    code: str
    message: str


class RequestInvalid(DomainError):
    """A request that cannot be accepted; `errors` names every wrong field at once."""

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = sorted(errors, key=lambda e: (e.field, e.code))
        super().__init__("REQUEST_INVALID", f"The request has {len(self.errors)} wrong field(s).")


class NotCovered(DomainError):
    """A document that leaves a duty of Art. 28 uncovered and therefore cannot be issued; `duties` names them."""

    def __init__(self, duties: Iterable[str]) -> None:
        self.duties = list(duties)
        super().__init__("NOT_COVERED", "Not issued: the document does not fully cover " + ", ".join(self.duties) + ".")


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in the clause library: `file` (relative to it), `line` (1-based), what is wrong and the `remedy`."""

    file: str
    line: int
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message} {self.remedy}".rstrip()


class LibraryProblem(DomainError):
    """A clause library with mistakes; `problems` lists every one that was found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems, key=lambda p: (p.file, p.line, p.message))
        super().__init__("LIBRARY_INVALID", "\n".join(str(p) for p in self.problems))
