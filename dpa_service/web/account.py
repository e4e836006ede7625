"""Sign-in beside the password form: first start, demo users, company identity provider, one-time links; and one's own settings."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from flask_security import login_user
from werkzeug.wrappers import Response

from dpa_service.domain.errors import RequestInvalid
from dpa_service.services.errors import Conflict
from dpa_service.services.people import accounts as users
from dpa_service.services.people import passwords, tokens
from dpa_service.serving import accounts, kept, oidc
from dpa_service.serving import runtime as running
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, now, runtime
from dpa_service.web.shell import LANGUAGES

blueprint = Blueprint("account", __name__)
Errors = dict[str, str]
_DAYS = (30, 90, 180, 365)
_SIGN_INS = ("security.login", "security.two_factor_token_validation", "security.mf_recovery", "account.demo_sign_in")


@blueprint.app_context_processor
def sign_in_words() -> dict[str, Any]:
    """What the sign-in pages need, whoever renders them."""
    config = runtime().config
    return {
        "kept_field": kept.field,
        "ended": bool(g.get("ended_user")),
        "demo_emails": lambda: [] if config.production else users.demo_emails(running.session()),
        "oidc": config.oidc,
    }


@blueprint.after_app_request
def carry_on(answer: Response) -> Response:
    """After a sign-in that brought a form along: offer to send it, in the place of leading to the start page."""
    if request.method != "POST" or request.endpoint not in _SIGN_INS or answer.status_code not in (302, 303) or not kept.field():
        return answer
    if current_user.is_authenticated:
        form = kept.read(current_user.id)
        page = render_template("account/resume.html", form=form) if form else ""
    else:
        asked = answer.location or ""
        page = render_template("account/two_factor_code.html") if "/tf-validate" in asked else ""
    if page:
        g.right = True
        answer.status_code = 200
        answer.headers.pop("Location", None)
        answer.set_data(page)
    return answer


@blueprint.route("/setup", methods=["GET", "POST"])
@allow("guest")
def setup() -> Any:
    """First start: make the first administrator. In production that is done on the server (`dpa user create`)."""
    if not users.nobody_yet(running.session()):
        return redirect(url_for("security.login"))
    if runtime().config.production and request.method == "POST":
        abort(403, "The first administrator of a production service is made on the server: dpa user create.")
    errors: Errors = {}
    if request.method == "POST":
        try:
            hashed = passwords.checked_hash(request.form.get("password", ""), request.form.get("password_again", ""))
            users.first_admin(running.session(), request.form.get("email", ""), hashed, now=now())
            flash(_("The administrator is made; sign in."), "success")
            return redirect(url_for("security.login"))
        except Conflict:
            return redirect(url_for("security.login"))
        except RequestInvalid as refused:
            errors = in_words(refused)
    page = render_template("account/setup.html", errors=errors, email=request.form.get("email", ""))
    return page, 422 if errors else 200


@blueprint.post("/demo/sign-in")
@allow("guest")
def demo_sign_in() -> Response:
    """Sign in as one of the demo's users. There is no such thing in production."""
    if runtime().config.production or request.form.get("email") not in users.DEMO_EMAILS.values():
        abort(404)
    accounts.will_write()
    user = datastore().find_user(email=request.form["email"])
    if user is None or not user.active:
        abort(404)
    login_user(user, remember=False, authn_via=["demo"])
    return redirect(url_for("everyone.start"))


@blueprint.get("/login/oidc")
@allow("guest")
def oidc_start() -> Any:
    """Go to the company's identity provider."""
    return oidc.start()


@blueprint.get("/login/oidc/callback")
@allow("guest")
def oidc_callback() -> Response:
    """Back from it. Refusals are told in general terms only."""
    email = oidc.finish()
    accounts.will_write()
    user = datastore().find_user(email=email) if email else None
    role = runtime().config.oidc_create_role
    if user is None and email and role:
        accounts.release()
        users.create(running.session(), email, [role], actor="identity provider", now=now())
        accounts.will_write()
        user = datastore().find_user(email=email)
    if user is None or not user.active:
        flash(_("You could not be signed in. Ask an administrator whether you have an account here."), "error")
        return redirect(url_for("security.login"))
    login_user(user, remember=False, authn_via=["oidc"])
    return redirect(url_for("everyone.start"))


@blueprint.route("/welcome/<secret>", methods=["GET", "POST"])
@allow("guest")
def welcome(secret: str) -> Any:
    """Set a password with a one-time link. Error: 404 for a link that is used, replaced, expired or wrong."""
    user = users.of_link(running.session(), secret, now=now())
    errors: Errors = {}
    if request.method == "POST":
        try:
            hashed = passwords.checked_hash(request.form.get("password", ""), request.form.get("password_again", ""))
            g.right = True
            users.use_link(running.session(), secret, hashed, now=now())
            flash(_("Your password is set; sign in."), "success")
            return redirect(url_for("security.login"))
        except RequestInvalid as refused:
            errors, g.right = in_words(refused), True  # the link was right, the password too short
    return render_template("account/welcome.html", errors=errors, email=user.email), 422 if errors else 200


@blueprint.post("/language")
@allow("guest")
def choose_language() -> Response:
    """The language of the pages, for this browser and, signed in, for the user."""
    language = request.form.get("language", "")
    if language not in LANGUAGES:
        abort(422)
    session["language"] = language
    if current_user.is_authenticated:
        user_id, email = current_user.id, current_user.email
        accounts.release()
        users.set_language(running.session(), user_id, language, actor=email, now=now())
    return redirect(local(request.form.get("back", "")))


@blueprint.get("/account")
@allow()
def mine() -> str:
    """One's own settings: password, second factor, API tokens."""
    return _mine()


@blueprint.post("/account/tokens")
@allow()
def create_token() -> Any:
    """A new token, shown once on the page that answers; it is in no address and in no cookie."""
    form = request.form
    try:
        days = int(form["days"]) if form.get("days", "").isdecimal() and len(form["days"]) < 5 else 0
        made, text = tokens.create(
            running.session(), current_user.id, form.get("name", ""), form.getlist("scopes"), days=days, actor=actor(), now=now()
        )
    except RequestInvalid as refused:
        return _mine(errors=in_words(refused), form=form), 422
    return _mine(shown=text, made=made)


@blueprint.post("/account/tokens/<hex:token_id>/revoke")
@allow()
def revoke_token(token_id: str) -> Response:
    """End one of one's own tokens. Error: 404 for anybody else's."""
    tokens.revoke(running.session(), token_id, owner_id=current_user.id, actor=actor(), now=now())
    flash(_("The token no longer works."), "success")
    return redirect(url_for("account.mine"))


def _mine(errors: Errors | None = None, form: Any = None, shown: str = "", made: Any = None) -> str:
    own = tokens.listing(running.session(), owner_id=current_user.id)
    return render_template(
        "account/mine.html",
        errors=errors or {},
        form=form or {},
        shown=shown,
        made=made,
        tokens=own,
        moment_now=now(),
        scopes=scope_words(),
        role_words=role_words(),
        days=_DAYS,
        required=runtime().config.require_2fa,
    )


def scope_words() -> dict[str, str]:
    """The scopes of a token, in words."""
    return {
        tokens.READ: _("read agreements, clients and clauses"),
        tokens.WRITE: _("make and change drafts and clients"),
        tokens.ISSUE: _("issue agreements"),
    }


def role_words() -> dict[str, str]:
    """What each role is called on the pages."""
    return {"sales": _("Sales"), "legal": _("Legal"), "finance": _("Finance"), "dpo": _("DPO"), "admin": _("Administrator")}


def in_words(refused: RequestInvalid) -> Errors:
    """The errors of account forms in the language of the page."""
    words = {
        ("email", "EMAIL"): _("Give an e-mail address."),
        ("password", "LENGTH"): _(
            "Choose a password of %(least)d to %(most)d characters.",
            least=passwords.SHORTEST,
            most=passwords.LONGEST,
        ),
        ("password_again", "DIFFERENT"): _("The two passwords differ."),
        ("roles", "REQUIRED"): _("Choose at least one role."),
        ("name", "LENGTH"): _("Give a name of 1 to %(most)d characters.", most=tokens.LONGEST_NAME),
        ("scopes", "CHOICE"): _("Choose at least one thing that the token may do."),
        ("days", "RANGE"): _("Choose how long the token works."),
    }
    return {wrong.field: words.get((wrong.field, wrong.code), wrong.message) for wrong in refused.errors}


def local(path: str) -> str:
    """A path of this site, or the start page: a form must not lead elsewhere."""
    safe = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if safe else url_for("everyone.start")


def datastore() -> Any:
    """flask-security's way to the users."""
    from flask_security.proxies import _datastore

    return _datastore
