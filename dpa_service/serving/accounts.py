"""flask-security set up for this product: password sign-in with argon2, a second factor, our pages, our session rules."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta
from importlib.resources import files
from typing import Any

from babel.support import Translations
from flask import Flask, Response, g
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_security import FSQLALiteUserDatastore, LoginForm, Security, Totp
from flask_sqlalchemy_lite import SQLAlchemy
from flask_wtf import CSRFProtect
from passlib.totp import TokenError

from dpa_service.adapters.db import audit
from dpa_service.adapters.db.accounts import Role, User
from dpa_service.adapters.db.engine import begin_writing
from dpa_service.config import Config
from dpa_service.services.people import passwords
from dpa_service.serving import sessions
from dpa_service.serving.runtime import now, runtime

PAGES = {
    "LOGIN_USER": "login",
    "CHANGE_PASSWORD": "change_password",
    "VERIFY": "verify",
    "TWO_FACTOR_VERIFY_CODE": "two_factor_code",
    "TWO_FACTOR_SETUP": "two_factor_setup",
    "MULTI_FACTOR_RECOVERY": "recovery",
    "MULTI_FACTOR_RECOVERY_CODES": "recovery_codes",
}


class Login(LoginForm):
    """Without `remember me`: a sign-in ends with the browser, or at its limits."""

    remember = None


class OnceOnly(Totp):
    """A code opens one sign-in: whoever saw it typed cannot use it again within its half minute."""

    def verify_totp(self, token: str, totp_secret: str, user: Any, window: int = 0) -> bool:
        """Whether the code is right and was not used before. A code that only proves a new device is not yet used."""
        known = user.tf_totp_secret == totp_secret
        try:
            match = self._totp.verify(token, totp_secret, window=window, last_counter=user.tf_last_counter if known else None)
        except TokenError:
            return False
        user.tf_last_counter = match.counter if known else None
        return True


def register(app: Flask, config: Config, database: SQLAlchemy) -> CSRFProtect:
    """Set up sign-in for `app`; gives the CSRF protection, from which the API is then exempt (it takes tokens only)."""
    app.config.update(settings(config))
    limiter = Limiter(get_remote_address, storage_uri=config.limits_storage, strategy="moving-window")
    limiter.init_app(app)
    app.extensions["dpa_limiter"] = limiter
    csrf = CSRFProtect(app)
    security = Security(app, FSQLALiteUserDatastore(database, User, Role), login_form=Login, totp_cls=OnceOnly)
    _dutch(security)
    app.login_manager.user_loader(lambda _name: sessions.current())  # type: ignore[attr-defined]
    app.login_manager.request_loader(lambda _request: None)  # type: ignore[attr-defined]  # tokens are read in the guard
    sessions.register(app)
    app.after_request(keep_changes)
    return csrf


def settings(config: Config) -> dict[str, Any]:
    """What flask-security and its companions need to know."""
    values: dict[str, Any] = {
        "PASSWORD_HASH": passwords.SCHEME,
        "PASSWORD_SCHEMES": [passwords.SCHEME],
        "PASSWORD_SINGLE_HASH": [passwords.SCHEME],
        "PASSWORD_NORMALIZE_FORM": passwords.FORM,
        "PASSWORD_SALT": derived(config, "password"),
        "PASSWORD_LENGTH_MIN": passwords.SHORTEST,
        "CHANGEABLE": True,
        "SEND_PASSWORD_CHANGE_EMAIL": False,
        "POST_CHANGE_VIEW": "/account",
        "POST_VERIFY_VIEW": "/account",
        "API_ENABLED_METHODS": ["session"],
        "RETURN_GENERIC_RESPONSES": True,
        "EMAIL_VALIDATOR_ARGS": {"check_deliverability": False, "test_environment": True},
        "TWO_FACTOR": True,
        "TWO_FACTOR_REQUIRED": config.require_2fa,
        "TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "TWO_FACTOR_RESCUE_EMAIL": False,
        "TWO_FACTOR_POST_SETUP_VIEW": "/account",
        "TWO_FACTOR_AUTHENTICATOR_VALIDITY": 30,
        "TOTP_SECRETS": {"1": derived(config, "totp")},
        "TOTP_ISSUER": "DPA",
        "MULTI_FACTOR_RECOVERY_CODES": True,
        "MULTI_FACTOR_RECOVERY_CODES_KEYS": [base64.urlsafe_b64encode(_derived(config, "recovery")).decode()],
        "FRESHNESS": timedelta(minutes=30),
        "FRESHNESS_GRACE_PERIOD": timedelta(0),
        "STATIC_FOLDER": None,
        "POST_LOGIN_VIEW": "/",
        "POST_LOGOUT_VIEW": "/login",
        "LOGOUT_CSRF": True,
        **{f"{name}_TEMPLATE": f"account/{page}.html" for name, page in PAGES.items()},
    }
    return {f"SECURITY_{name}": value for name, value in values.items()} | {
        "SESSION_COOKIE_NAME": "__Host-dpa" if config.production else "dpa",
        "WTF_CSRF_TIME_LIMIT": None,  # a form is good for as long as its session: nothing typed is lost to a clock
        "WTF_CSRF_SSL_STRICT": False,  # the guard asks the browser where the request comes from, without Referer
        "RATELIMIT_HEADERS_ENABLED": False,
    }


def derived(config: Config, purpose: str) -> str:
    """A secret of its own for each purpose, all from the one in the settings."""
    return _derived(config, purpose).hex()


def _derived(config: Config, purpose: str) -> bytes:
    return hmac.new(config.secret_key.encode(), purpose.encode(), hashlib.sha256).digest()


def will_write() -> None:
    """Begin flask-security's session as a writer, before it reads: on SQLite a reader that turns writer can fail."""
    database = runtime().db.session
    if not database.in_transaction():
        begin_writing(database)


def release() -> None:
    """End the transaction in which the user of a request was read; the user stays readable."""
    database = runtime().db.session
    database.expunge_all()
    database.rollback()


def keep_changes(answer: Response) -> Response:
    """Commit what sign-in, sign-out or a change of password did, with its audit lines, before the answer leaves."""
    lines = g.pop("account_lines", [])
    if lines and answer.status_code < 500:
        database = runtime().db.session
        database.flush()
        for action, user_id, email in lines:
            audit.append(database, at=now(), actor=email, action=action, object_type="user", object_id=user_id)
        database.commit()
    return answer


def _dutch(security: Security) -> None:
    """flask-security's Dutch stands under nl_NL; our pages say nl."""
    domain = security.i18n_domain
    folder = str(files("flask_security") / "translations")
    domain.cache["nl", domain.domain[0]] = Translations.load(folder, ["nl_NL"], domain.domain[0])
