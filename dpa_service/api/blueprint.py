"""flask-smorest's blueprint with the types that it lacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import flask_smorest

View = TypeVar("View", bound=Callable[..., Any])


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]  # flask-smorest is not typed
    """A resource of the API: its routes, what they take and what they answer."""

    def route(self, rule: str, **options: Any) -> Callable[[View], View]:
        """Serve a view at an address."""
        return super().route(rule, **options)  # type: ignore[no-any-return]

    def arguments(self, schema: Any, **options: Any) -> Callable[[View], View]:
        """Take query parameters or headers, checked by a schema."""
        return super().arguments(schema, **options)  # type: ignore[no-any-return]

    def response(self, status_code: int, schema: Any = None, **options: Any) -> Callable[[View], View]:
        """Describe the answer; a view that gives plain data has it written by the schema."""
        return super().response(status_code, schema, **options)  # type: ignore[no-any-return]

    def doc(self, **described: Any) -> Callable[[View], View]:
        """Add to the description."""
        return super().doc(**described)  # type: ignore[no-any-return]
