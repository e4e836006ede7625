"""Processor agreements (Art. 28 GDPR): assembled from one clause library, numbered, frozen and served."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from dpa_service.config import Config
    from dpa_service.domain.contract.clauses import Library

__all__ = ["create_app"]


def create_app(config: Config | None = None, library: Library | None = None) -> Flask:
    """The application, put together: settings, library, database, API, pages. The only place that knows everything.

    In: the settings, by default those of the environment; a clause library, by default the one of the settings. The tables must
    exist: ``dpa_service.adapters.db.migrate.upgrade(url)`` makes them. Errors: ``ConfigInvalid``, ``LibraryProblem``.
    """
    # Imported here, so that the commands that need neither server nor database start quickly.
    from flask_sqlalchemy_lite import SQLAlchemy
    from werkzeug.middleware.proxy_fix import ProxyFix

    from dpa_service import api, web
    from dpa_service.adapters.db.engine import ENGINE_OPTIONS, SESSION_OPTIONS, absolute_url, prepare
    from dpa_service.adapters.library_files import load_library
    from dpa_service.config import load_config
    from dpa_service.serving import accounts, errors, guard, headers, health, limits, logs, oidc
    from dpa_service.serving.application import Application
    from dpa_service.serving.runtime import EXTENSION, Runtime
    from dpa_service.web import shell

    config = config or load_config()
    library = library or load_library(config.clauses, config.processor_profile)

    app = Application(__name__, static_folder=None, static_url_path="/static")
    app.config.update(
        DEBUG=config.debug,
        SECRET_KEY=config.secret_key,
        TRUSTED_HOSTS=list(config.hosts),
        MAX_CONTENT_LENGTH=config.max_body,
        SQLALCHEMY_ENGINES={"default": absolute_url(config.database_url)},
        SESSION_COOKIE_SECURE=config.production,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    if config.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=config.proxies, x_proto=config.proxies, x_host=0)  # type: ignore[method-assign]
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the order of an agreement's keys is part of its form

    database = SQLAlchemy(engine_options=ENGINE_OPTIONS, session_options=SESSION_OPTIONS)
    database.init_app(app)
    with app.app_context():
        prepare(database.engine)
    app.extensions[EXTENSION] = Runtime(config, library, database)

    logs.configure()
    headers.register(app, config)  # first: an error in what follows carries the headers too
    logs.register(app)
    shell.register(app)
    guard.register(app, config)
    limits.register(app)
    csrf = accounts.register(app, config, database)  # after the guard, so that a form without a session is kept and not refused
    oidc.register(app, config)
    for blueprint in api.register(app, library):
        csrf.exempt(blueprint)  # the API takes tokens only, which no browser sends on its own
    for blueprint in web.BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.register_blueprint(health.blueprint)
    errors.register(app)
    return app
