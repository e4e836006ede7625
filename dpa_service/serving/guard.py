"""Who may call what, decided before every view: host, origin, machine, caller, role, scope. A view without a mark is refused."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import SecurityError, Unauthorized
from werkzeug.wrappers import Response

from dpa_service.config import Config, is_loopback
from dpa_service.domain.roles import EVERYONE
from dpa_service.services.people import accounts as users
from dpa_service.services.people import tokens
from dpa_service.serving import accounts, kept, limits
from dpa_service.serving.access import GUEST, PUBLIC, allowed_roles, needed_scope
from dpa_service.serving.runtime import now, session

# Views that are not ours and cannot carry a mark of their own. What flask-security offers and is not named here is refused.
ELSEWHERE = {
    "bootstrap.static": PUBLIC,
    "web.static": PUBLIC,
    "api-docs.openapi_json": PUBLIC,
    "security.login": PUBLIC,
    "security.two_factor_token_validation": PUBLIC,  # half signed in: it asks for the state that the password left in the session
    "security.two_factor_setup": PUBLIC,  # the same, when the house requires a second factor; else it asks for a user itself
    "security.mf_recovery": PUBLIC,
    "security.logout": EVERYONE,
    "security.verify": EVERYONE,
    "security.change_password": EVERYONE,
    "security.two_factor_setup_validate": EVERYONE,
    "security.mf_recovery_codes": EVERYONE,
}
_SAFE = ("GET", "HEAD", "OPTIONS")
_LONGEST_SECRET = 1000


def is_api(path: str) -> bool:
    """Whether a path belongs to the API, so that its errors are JSON."""
    return path == "/api" or path.startswith("/api/")


def register(app: Flask, config: Config) -> None:
    """Check every request before its view. Errors: 400, 401, 403, 404, 429; a guest who wants a page is led to the sign-in."""

    @app.before_request
    def guard() -> Any:
        g.actor = "anonymous"
        if isinstance(request.routing_exception, SecurityError):
            raise request.routing_exception  # a host that is not ours hears nothing else
        if request.method not in _SAFE and _cross_site():
            abort(403, "This request was sent from another site.")
        if not config.production and not is_loopback(request.remote_addr):
            abort(403, "The demo answers to its own machine only; set DPA_MODE=production to serve others.")
        if request.endpoint is None:
            return None  # there is nothing at this address, which the router says
        if request.blueprint == "security" and request.method not in _SAFE:
            if any(len(value) > _LONGEST_SECRET for name, value in request.form.items() if "password" in name or name == "code"):
                abort(422)  # hashing what is longer fails
            accounts.will_write()
        view = current_app.view_functions[request.endpoint]
        allowed = ELSEWHERE.get(request.endpoint) or allowed_roles(view, request.method)
        if request.endpoint == "security.two_factor_token_validation" and current_user.is_authenticated:
            return redirect(url_for("account.mine"))  # it would sign out whoever follows a link to it
        if request.endpoint == "security.login" and request.method == "GET" and users.nobody_yet(session()):
            return redirect(url_for("account.setup"))
        if GUEST in allowed:
            return None
        return _token(view, allowed) if is_api(request.path) else _page(allowed)


def marked(endpoint: str, method: str) -> frozenset[str]:
    """The roles that may call an endpoint of the current application: what the guard goes by."""
    return ELSEWHERE.get(endpoint) or allowed_roles(current_app.view_functions[endpoint], method)


def _page(allowed: frozenset[str]) -> Any:
    user = current_user._get_current_object()
    if not user.is_authenticated:
        return _to_sign_in()
    g.actor, g.caller = user.email, user.id  # the audit log names people, the log of requests does not
    if request.blueprint != "security":
        accounts.release()
    if not user.role_names & allowed:
        abort(403, "Your role does not open this page. Ask an administrator when you need it.")
    if request.endpoint == "security.change_password" and user.password is None:
        abort(403, "You sign in without a password here, so there is none to change.")
    return None


def _to_sign_in() -> Response | tuple[str, int]:
    if users.nobody_yet(session()):
        return redirect(url_for("account.setup"))
    if request.method in _SAFE:
        wanted = request.full_path.rstrip("?")
        return redirect(url_for("security.login", next=None if wanted == "/" else wanted))
    kept.keep()
    return render_template("account/login.html"), 401


def _token(view: Any, allowed: frozenset[str]) -> None:
    """A bearer token, never a cookie: what a browser sends on its own must not open the API."""
    limits.token_allowed()
    given = request.authorization
    caller = tokens.caller(session(), given.token or "", now=now()) if given is not None and given.type == "bearer" else None
    if caller is None:
        if given is not None:
            limits.token_failed()
        raise Unauthorized("Send a token.", www_authenticate=WWWAuthenticate("bearer", {"realm": "dpa"}))
    g.actor, g.caller, g._login_user = caller.user.email, caller.user.id, caller.user
    if not caller.user.role_names & allowed:
        abort(403, "The roles of the token's owner do not allow this.")
    scope = needed_scope(view, request.method)
    if scope not in caller.scopes:
        abort(403, f"The token lacks the scope '{scope}'.")


def _cross_site() -> bool:
    """Whether a browser says that another site sent this; a caller that is no browser says nothing."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc != request.host
