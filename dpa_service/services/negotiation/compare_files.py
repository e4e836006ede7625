"""An issued and a returned Word file, compared without a database."""

from __future__ import annotations

from dataclasses import dataclass

from dpa_service.adapters.confined import Refused
from dpa_service.adapters.docx.returned import read_returned
from dpa_service.domain.comparison.returned import Comparison, compare
from dpa_service.domain.comparison.returned_identity import Verdict, check_same
from dpa_service.domain.comparison.returned_manifest import marks_of_stream
from dpa_service.domain.comparison.returned_stream import Stream
from dpa_service.domain.contract.assembly import bookmark
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.errors import DomainError


@dataclass(frozen=True, slots=True)
class Compared:
    """How the returned file was recognised, and what it changes."""

    verdict: Verdict
    comparison: Comparison


def compare_files(issued: bytes, returned: bytes, library: Library) -> Compared:
    """What `returned` changes to `issued`, clause by clause; clauses are known by the library's names.

    Errors: DomainError with the code of ``confined.Refused`` and a message that says which file is meant; ``OtherAgreement``.
    """
    streams = _read("issued", issued), _read("returned", returned)
    verdict = check_same(*streams)
    names = {bookmark("cl", clause): clause for clause in library.clauses}
    return Compared(verdict, compare(*streams, marks_of_stream(streams[0], names)))


def _read(which: str, content: bytes) -> Stream:
    try:
        return read_returned(content)
    except Refused as refused:
        raise DomainError(refused.code, f"The {which} file is refused. {refused.message}") from None
