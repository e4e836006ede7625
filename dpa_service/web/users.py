"""Users and roles, and everybody's API tokens: for administrators."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from dpa_service.adapters.db.accounts import User
from dpa_service.domain.errors import RequestInvalid
from dpa_service.domain.roles import ADMIN, ROLES
from dpa_service.services.errors import Conflict
from dpa_service.services.people import accounts as users
from dpa_service.services.people import tokens
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, now, runtime, session
from dpa_service.web.account import in_words, role_words, scope_words

blueprint = Blueprint("users", __name__, url_prefix="/users")


@blueprint.get("")
@allow(ADMIN)
def listing() -> str:
    """Everybody who has an account."""
    return _listing()


@blueprint.post("")
@allow(ADMIN)
def create() -> Any:
    """A new user; the page that answers shows the one-time link to hand over."""
    form = request.form
    try:
        user = users.create(session(), form.get("email", ""), form.getlist("roles"), actor=actor(), now=now())
    except RequestInvalid as refused:
        return _listing(in_words(refused), form), 422
    except Conflict:
        return _listing({"email": _("There is a user with this address already.")}, form), 422
    return _one(user, users.new_link(session(), user.id, actor=actor(), now=now())), 201


@blueprint.get("/<hex:user_id>")
@allow(ADMIN)
def one(user_id: str) -> str:
    """A user: roles, state, second factor, tokens."""
    return _one(users.get(session(), user_id))


@blueprint.post("/<hex:user_id>/roles")
@allow(ADMIN)
def roles(user_id: str) -> Any:
    """Other roles."""
    try:
        users.set_roles(session(), user_id, request.form.getlist("roles"), actor=actor(), now=now())
    except RequestInvalid as refused:
        return _one(users.get(session(), user_id), errors=in_words(refused)), 422
    except Conflict as refused:
        return _one(users.get(session(), user_id), errors={"roles": _refusal(refused)}), 409
    flash(_("The roles are changed."), "success")
    return redirect(url_for("users.one", user_id=user_id))


@blueprint.post("/<hex:user_id>/active")
@allow(ADMIN)
def active(user_id: str) -> Any:
    """Disable (every session ends at once) or enable."""
    wanted = request.form.get("active") == "true"
    try:
        users.set_active(session(), user_id, wanted, actor=actor(), now=now())
    except Conflict as refused:
        return _one(users.get(session(), user_id), errors={"active": _refusal(refused)}), 409
    flash(_("The user can sign in again.") if wanted else _("The user is disabled and signed out everywhere."), "success")
    return redirect(url_for("users.one", user_id=user_id))


@blueprint.post("/<hex:user_id>/link")
@allow(ADMIN)
def link(user_id: str) -> Any:
    """A new one-time link, for a user who has no password or forgot it; shown once."""
    try:
        secret = users.new_link(session(), user_id, actor=actor(), now=now())
    except Conflict as refused:
        return _one(users.get(session(), user_id), errors={"link": _refusal(refused)}), 409
    return _one(users.get(session(), user_id), secret)


@blueprint.post("/<hex:user_id>/second-factor")
@allow(ADMIN)
def second_factor(user_id: str) -> Response:
    """Remove the second factor of a user who lost the device."""
    users.remove_second_factor(session(), user_id, actor=actor(), now=now())
    flash(_("The second factor is removed; the user is signed out everywhere."), "success")
    return redirect(url_for("users.one", user_id=user_id))


@blueprint.get("/tokens")
@allow(ADMIN)
def all_tokens() -> str:
    """Every token of everybody."""
    return render_template("account/tokens.html", tokens=tokens.listing(session()), moment_now=now(), scopes=scope_words())


@blueprint.post("/tokens/<hex:token_id>/revoke")
@allow(ADMIN)
def revoke(token_id: str) -> Response:
    """End anybody's token."""
    tokens.revoke(session(), token_id, actor=actor(), now=now())
    flash(_("The token no longer works."), "success")
    return redirect(url_for("users.all_tokens"))


def _listing(errors: dict[str, str] | None = None, form: Any = None) -> str:
    return render_template(
        "account/users.html", users=users.users(session()), roles=ROLES, role_words=role_words(), errors=errors or {}, form=form
    )


def _one(user: User, secret: str = "", errors: dict[str, str] | None = None) -> str:
    scheme = "https" if runtime().config.production else None
    return render_template(
        "account/user.html",
        shown=user,
        link=url_for("account.welcome", secret=secret, _external=True, _scheme=scheme) if secret else "",
        days=users.LINK_DAYS,
        roles=ROLES,
        role_words=role_words(),
        errors=errors or {},
        tokens=tokens.listing(session(), owner_id=user.id),
        moment_now=now(),
        scopes=scope_words(),
    )


def _refusal(refused: Conflict) -> str:
    words = {
        "LAST_ADMIN": _("This is the last administrator; make somebody else administrator first."),
        "USER_DISABLED": _("This user is disabled; enable the user first."),
        "DEMO_USER": _("A demo user has no password."),
    }
    return str(words.get(refused.code, refused.message))
