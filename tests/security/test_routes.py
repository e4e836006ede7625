"""The role × route table, cross-site requests, and what GET may not do: over every route that the application has."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from dpa_service.adapters.db.engine import make_engine
from dpa_service.adapters.db.registry import Base
from dpa_service.domain.roles import ROLES
from tests.security.routes import TABLE
from tests.support.accounts import guest, signed_in, with_token

CALLERS = ("guest", *ROLES)
WRITING = {"POST", "PUT", "PATCH", "DELETE"}


def routes(app: Flask):
    """Every (line of the table, endpoint, method, address with made-up arguments) of an application.

    A list: the context must be closed before requests are made, or they would share its `g`.
    """
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            values = {name: sample(converter) for name, converter in rule._converters.items()}
            path = app.url_for(rule.endpoint, **values)
            found += [
                (f"{method} {rule.rule}", rule.endpoint, method, path) for method in sorted(rule.methods - {"HEAD", "OPTIONS"})
            ]
    return found


def sample(converter):
    """Something that fits a part of an address."""
    kind = type(converter).__name__
    if kind == "AnyConverter":
        return sorted(converter.items)[0]
    return {"HexId": "0" * 32, "Dotted": "1.0.0", "IntegerConverter": 1, "PathConverter": "app.css"}.get(kind, "x")


def is_api(path: str) -> bool:
    return path.startswith("/api/")


def meant(words: str) -> set[str]:
    """The callers that a line of the table lets in."""
    return {"guest": set(CALLERS), "everyone": set(ROLES), "nobody": set()}.get(words) or set(words.split()) - {"nobody"}


def test_every_route_has_a_line(app):
    from dpa_service.serving.guard import marked

    missing = []
    with app.app_context():
        for line, endpoint, method, _ in routes(app):
            if line not in TABLE:
                mark = sorted(marked(endpoint, method))
                missing.append(
                    f'    "{line}": "…",   # {endpoint}; its @allow says: {" ".join(mark) or "nothing, so it is refused to all"}'
                )
    assert not missing, "Add to TABLE in tests/security/routes.py who SHOULD be able to call this:\n" + "\n".join(missing)


def test_every_route_belongs_to_a_blueprint(app):
    for rule in app.url_map.iter_rules():
        assert rule.endpoint.split(".")[0] in app.blueprints, rule


def test_no_line_is_about_a_route_that_is_gone(app):
    gone = set(TABLE) - {line for line, *_ in routes(app)}
    assert not gone, "Remove from TABLE in tests/security/routes.py: " + ", ".join(sorted(gone))


@pytest.fixture
def stubbed(app):
    """The application with views that only say that they were reached: what answers else is the guard."""
    for endpoint, view in app.view_functions.items():

        def reached(_endpoint=endpoint, **_):
            return "reached", 299

        reached.__dict__ |= {"allowed": getattr(view, "allowed", frozenset())}
        if hasattr(view, "scope"):
            reached.scope = view.scope
        if hasattr(view, "view_class"):
            reached.view_class = view.view_class
        app.view_functions[endpoint] = reached
    return app


@pytest.mark.parametrize("caller", CALLERS)
def test_roles_and_routes(stubbed, caller):
    browser = guest(stubbed) if caller == "guest" else signed_in(stubbed, caller)
    program = guest(stubbed) if caller == "guest" else with_token(stubbed, caller)
    if caller == "guest":
        signed_in(stubbed, "admin")  # somebody exists, so that this is not the first start
    else:
        # flask-security's own form for changing a password is refused to who has none
        browser.user.password = "x"
        engine = stubbed.extensions["sqlalchemy"]
        with stubbed.app_context():
            work = engine.get_session("work")
            work.execute(sa.text("UPDATE user_account SET password = 'x'"))
            work.commit()
    wrong = []
    for line, _, method, path in routes(stubbed):
        if line not in TABLE:
            continue
        if line.endswith(" /tf-validate") and caller != "guest":
            assert browser.open(path, method=method).location == "/account"  # for people half signed in only
            continue
        answer = (program if is_api(path) else browser).open(path, method=method)
        let_in = answer.status_code == 299
        if let_in != (caller in meant(TABLE[line])):
            wrong.append(
                f"{line}: {caller} is {'let in' if let_in else f'refused ({answer.status_code})'}, the table says: {TABLE[line]}"
            )
        elif not let_in and caller == "guest":
            led = method == "GET" and not is_api(path)
            assert answer.status_code == (302 if led else 401), line
        elif not let_in:
            assert answer.status_code == 403, line
    assert not wrong, "\n".join(wrong)


def test_a_view_without_a_mark_is_refused_to_all(app):
    app.add_url_rule("/unmarked", "health.unmarked", lambda: "reached")
    assert signed_in(app, *ROLES).get("/unmarked").status_code == 403
    assert guest(app).get("/unmarked").status_code == 302


@pytest.mark.parametrize(
    "origin", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}]
)
def test_a_request_from_another_site_changes_nothing(app, origin):
    browser, program = signed_in(app, *ROLES), with_token(app, *ROLES)
    for line, _, method, path in routes(app):
        if method in WRITING:
            answer = (program if is_api(path) else browser).open(path, method=method, headers=origin)
            assert answer.status_code == 403, line


def test_a_form_without_its_secret_is_refused(stubbed):
    browser = signed_in(stubbed, *ROLES)
    with stubbed.app_context():
        work = stubbed.extensions["sqlalchemy"].get_session("work")
        work.execute(sa.text("UPDATE user_account SET password = 'x'"))
        work.commit()
    for line, _, method, path in routes(stubbed):
        if method in WRITING and not is_api(path) and TABLE.get(line) != "nobody":
            if line == "POST /tf-validate":
                continue  # leads away whoever is signed in
            assert browser.open(path, method=method, csrf=False).status_code == 400, line
            assert browser.open(path, method=method, data={"csrf_token": "wrong"}).status_code == 400, line


def counts(url: str) -> dict[str, int]:
    """How many rows each table has."""
    engine = make_engine(url)
    with engine.connect() as connection:
        found = {
            table.name: connection.scalar(sa.select(sa.func.count()).select_from(table)) for table in Base.metadata.sorted_tables
        }
    engine.dispose()
    return found


def test_no_get_changes_anything_and_none_breaks(app, sqlite_url, client, example):
    made = client.post("/api/v1/agreements", json=example()).json
    known = {
        "agreement_id": made["id"],
        "client_id": made["client_id"],
        "clause_id": "breach-notice",
        "parameter_id": "exit_days",
    }
    browser = signed_in(app, *ROLES)
    visited = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if "GET" in rule.methods:
                values = {name: sample(converter) for name, converter in rule._converters.items()}
                visited.append(app.url_for(rule.endpoint, **values))
                visited.append(app.url_for(rule.endpoint, **{name: known.get(name, value) for name, value in values.items()}))
    before = counts(sqlite_url)
    for path in dict.fromkeys(visited):
        answer = (client if is_api(path) else browser).get(path)
        assert answer.status_code < 500, (path, answer.status_code)
        answer.close()
    assert counts(sqlite_url) == before
