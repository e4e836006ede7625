"""Who may call a view. Every view says so itself; a view that says nothing is refused (deny by default)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from dpa_service.domain.roles import EVERYONE, ROLES

View = TypeVar("View", bound=Callable[..., Any])
GUEST = "guest"
PUBLIC = frozenset({GUEST, *EVERYONE})


def allow(*roles: str) -> Callable[[View], View]:
    """Mark a view: the roles that may call it; none given means everyone who is signed in.

    Stands below the route decorator. Error: ValueError for a role that does not exist.
    """
    if unknown := set(roles) - {GUEST, *ROLES}:
        raise ValueError(f"no such role: {', '.join(sorted(unknown))}")
    allowed = PUBLIC if GUEST in roles else frozenset(roles) or EVERYONE

    def mark(view: View) -> View:
        view.allowed = allowed  # type: ignore[attr-defined]
        return view

    return mark


def allowed_roles(view: Any, method: str) -> frozenset[str]:
    """The roles that may call `view` with `method`: its own mark, or that of its class's method; nobody where there is none."""
    holder = getattr(view, "view_class", None)
    if holder is not None:
        handler = getattr(holder, method.lower(), None) or getattr(holder, "get", None)
        return frozenset(getattr(handler, "allowed", ()) or getattr(holder, "allowed", ()))
    return frozenset(getattr(view, "allowed", frozenset()))


def scope(name: str) -> Callable[[View], View]:
    """Mark a view of the API whose scope is not the one of its method: reading for GET, writing for the rest."""

    def mark(view: View) -> View:
        view.scope = name  # type: ignore[attr-defined]
        return view

    return mark


def needed_scope(view: Any, method: str) -> str:
    """The scope that a token needs for `view`."""
    return str(getattr(view, "scope", "read" if method in ("GET", "HEAD", "OPTIONS") else "write"))
