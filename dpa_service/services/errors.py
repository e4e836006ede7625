"""The errors of the use cases; the API and the pages turn each class into its answer in one place."""

from __future__ import annotations

from dpa_service.domain.errors import DomainError


class NotFound(DomainError):
    """There is no such object, or none that the caller may know of."""

    def __init__(self, what: str) -> None:
        super().__init__("NOT_FOUND", f"There is no such {what}.")


class Conflict(DomainError):
    """The object is in a state that does not allow this."""


class Stale(DomainError):
    """Somebody else changed the object since the caller read it."""

    def __init__(self, what: str) -> None:
        super().__init__(
            "STALE", f"The {what} was changed since you read it; read it again and repeat your change on top of that."
        )


class Damaged(DomainError):
    """Stored content does not have the fingerprint it was stored with."""
