"""Sign-in with the company's identity provider (OpenID Connect, code flow with PKCE), by configuration."""

from __future__ import annotations

from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Flask, abort, current_app, url_for
from requests import RequestException

from dpa_service.config import Config
from dpa_service.domain.errors import RequestInvalid
from dpa_service.services.people.accounts import normal_email
from dpa_service.serving import logs
from dpa_service.serving.runtime import runtime

_EXTENSION = "dpa_oidc"


def register(app: Flask, config: Config) -> None:
    """Know the provider. Nothing is asked of it before somebody signs in."""
    if not config.oidc:
        return
    clients = OAuth(app)
    app.extensions[_EXTENSION] = clients.register(
        "company",
        client_id=config.oidc_client_id,
        client_secret=config.oidc_client_secret,
        server_metadata_url=f"{str(config.oidc_issuer).rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid email", "code_challenge_method": "S256", "timeout": 10},
    )


def start() -> Any:
    """The way to the provider; state, nonce and verifier wait in the signed session. Errors: 404 without configuration, 503."""
    scheme = "https" if runtime().config.production else None
    back = url_for("account.oidc_callback", _external=True, **({"_scheme": scheme} if scheme else {}))
    try:
        return _provider().authorize_redirect(back)
    except (AuthlibBaseError, RequestException) as trouble:
        logs.failure(trouble)
        abort(503)


def finish() -> str | None:
    """The address of the person whom the provider vouches for, or None when the answer is not in order or from another domain."""
    try:
        person = _provider().authorize_access_token().get("userinfo") or {}
        email = normal_email(str(person.get("email", "")))
    except (AuthlibBaseError, RequestException, RequestInvalid, ValueError) as trouble:
        logs.failure(trouble)
        return None
    verified = person.get("email_verified", True) in (True, "true")
    allowed = str(runtime().config.oidc_domain).lower()
    return email if verified and email.partition("@")[2] == allowed else None


def _provider() -> Any:
    provider = current_app.extensions.get(_EXTENSION)
    if provider is None:
        abort(404)
    return provider
