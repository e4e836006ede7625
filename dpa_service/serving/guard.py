"""Who may call what: every route but the public list needs a token in production; the demo answers to this machine only."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Flask, abort, g, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import SecurityError, Unauthorized

from dpa_service.config import Config, is_loopback

# Written out, and compared with the routes by a test: a new route is guarded unless it is named here.
PUBLIC = frozenset({"health.health", "web.static"})
_SAFE = ("GET", "HEAD", "OPTIONS")


def is_api(path: str) -> bool:
    """Whether a path belongs to the API, so that its errors are JSON."""
    return path == "/api" or path.startswith("/api/")


def register(app: Flask, config: Config) -> None:
    """Check every request before its view: origin, then caller. Errors: 401, 403."""
    expected = hashlib.sha256((config.api_token or "").encode()).digest()

    def known(token: str | None) -> bool:
        return token is not None and hmac.compare_digest(hashlib.sha256(token.encode()).digest(), expected)

    @app.before_request
    def guard() -> None:
        g.actor = "anonymous"
        if isinstance(request.routing_exception, SecurityError):
            raise request.routing_exception  # a host that is not ours hears nothing else
        if request.method not in _SAFE and _cross_site():
            abort(403, "This request was sent from another site.")
        if not config.production and not is_loopback(request.remote_addr):
            abort(403, "The demo answers to its own machine only; set DPA_MODE=production to serve others.")
        if request.endpoint in PUBLIC:
            return
        if config.production:
            _authenticate(known)
        else:
            g.actor = "demo"


def _authenticate(known: Callable[[str | None], bool]) -> None:
    """The API takes a bearer token; a browser may send it as the password of basic authentication, for pages only.

    Basic credentials are refused for the API because a browser repeats them on its own, also for another site's form.
    """
    given = request.authorization
    if given is not None and given.type == "bearer" and known(given.token):
        g.actor = "api"
        return
    pages = not is_api(request.path) and request.method in _SAFE
    if pages and given is not None and given.type == "basic" and known(given.password):
        g.actor = "browser"
        return
    challenge = WWWAuthenticate("bearer" if is_api(request.path) else "basic", {"realm": "dpa"})
    raise Unauthorized("Send the token of the service.", www_authenticate=challenge)


def _cross_site() -> bool:
    """Whether a browser says that another site sent this; a caller that is no browser says nothing."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc != request.host
