"""Hosts, machines, headers of every answer, and pages that work under their policy."""

from __future__ import annotations

import re

import pytest

from dpa_service import create_app
from dpa_service.config import Config
from dpa_service.domain.roles import ROLES
from dpa_service.serving.headers import style_sources
from tests.security.test_routes import is_api, routes
from tests.support.accounts import guest, signed_in, with_token

HOST = "dpa.voorbeeld.example"


@pytest.fixture
def production(sqlite_url, library):
    """The application as production runs it."""
    return create_app(Config(mode="production", database_url=sqlite_url, secret_key="s" * 40, trusted_hosts=(HOST,)), library)


def test_other_hosts_are_refused(production, app):
    caller, demo = production.test_client(), app.test_client()
    assert caller.get("/health", headers={"Host": "evil.example"}).status_code == 400
    assert caller.get("/health", headers={"Host": HOST}).status_code == 200
    assert demo.get("/health", headers={"Host": "evil.example"}).status_code == 400
    for host in ("localhost:8000", "127.0.0.1:8000"):
        assert demo.get("/health", headers={"Host": host}).status_code == 200, host


def test_the_demo_answers_to_its_own_machine_only(app):
    for path in ("/health", "/login", "/api/v1/services"):
        assert app.test_client().get(path, environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code == 403
    assert app.test_client().get("/health", environ_base={"REMOTE_ADDR": "::1"}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": "http://localhost"}, True),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
    ],
)
def test_where_a_request_comes_from(client, example, headers, allowed):
    status = client.post("/api/v1/coverage", json=example(), headers=headers).status_code
    assert status == (200 if allowed else 403)
    assert client.get("/api/v1/parameters", headers=headers).status_code == 200


def check(answer, hsts):
    """The headers that stand on every answer."""
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    for part in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"):
        assert part in policy
    assert re.search(r"script-src (?!'self';)", policy) is None
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Request-ID"]
    assert ("Strict-Transport-Security" in answer.headers) is hsts


def test_headers_of_every_answer(app, production, client, example):
    made = client.post("/api/v1/agreements", json=example()).json["id"]
    browser = signed_in(app, *ROLES)
    for _, _, method, path in routes(app):
        for caller in (client if is_api(path) else browser, guest(app)):
            answer = caller.open(path, method=method)
            check(answer, hsts=False)
            answer.close()
    for path in (
        f"/agreements/{made}",
        f"/api/v1/agreements/{made}/preview.html",
        f"/api/v1/agreements/{made}/docx",
        "/nothing",
        "/?q=%00",
    ):
        check((client if is_api(path) else browser).get(path), hsts=False)
    served = production.test_client()
    check(served.get("/login", headers={"Host": HOST}), hsts=True)
    check(served.get("/", headers={"Host": "evil.example"}), hsts=True)
    check(served.get("/api/v1/nothing", headers={"Host": HOST}), hsts=True)
    check(app.test_client().get("/", environ_base={"REMOTE_ADDR": "192.0.2.1"}), hsts=False)


def test_a_500_has_the_headers_too(app, monkeypatch):
    monkeypatch.setattr("dpa_service.services.people.tokens.listing", lambda *_, **__: 1 / 0)
    answer = signed_in(app, "sales").get("/account")
    assert answer.status_code == 500
    check(answer, hsts=False)
    assert "ZeroDivisionError" not in answer.text


@pytest.mark.parametrize(
    "path", ["/login", "/setup", "/account", "/users", "/users/tokens", "/change", "/tf-setup", "/mf-recovery-codes"]
)
def test_pages_have_nothing_inline(app, path):
    if path != "/setup":
        admin = signed_in(app, "admin")
    page = (guest(app) if path in ("/login", "/setup") else admin).get(path).text
    assert "<h1>" in page or path == "/change"  # who has no password is told so there
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|<script(?![^>]*\ssrc=)", page, re.IGNORECASE)
    assert not re.search(r"""(?:src|href|action)\s*=\s*["']?(?:https?:)?//""", page, re.IGNORECASE)


def test_the_preview_works_under_its_policy(client, example):
    """No script, no style attribute, no address of elsewhere; each inline style sheet is allowed by its hash."""
    made = client.post("/api/v1/agreements", json=example("voorbeeld-alles")).json["id"]
    answer = client.get(f"/api/v1/agreements/{made}/preview.html")
    page = answer.text
    assert not re.search(r"<script|<iframe|<object|\son\w+=|\sstyle=|javascript:", page, re.IGNORECASE)
    assert not re.search(r"""(?:src|href|action)\s*=\s*["']?(?:https?:)?//""", page, re.IGNORECASE)
    sources = style_sources(page)
    assert sources
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    for source in sources:
        assert source in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("given", ["short", "a b", "x" * 65, "{}", "é" * 10])
def test_a_strange_request_id_is_replaced(client, given):
    answer = client.get("/health", headers={"X-Request-ID": given.encode().decode("latin-1")})
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-ID"])


def test_logs_carry_no_password_token_or_name(app, caplog, monkeypatch, example):
    import logging

    lines = []
    monkeypatch.setattr(logging.getLogger("dpa").handlers[0], "emit", lambda record: lines.append(record.getMessage()))
    program = with_token(app, "sales")
    program.post("/api/v1/agreements", json=example())
    program.get("/api/v1/services", headers={"Authorization": "Bearer dpa_wrong-secret"})
    guest(app).post("/login", data={"email": "someone@example.org", "password": "secret sentence"})
    guest(app).get("/welcome/secret-link")
    text = "\n".join(lines)
    assert len(lines) >= 4
    for word in (program.token, program.user.email, "wrong-secret", "someone@example.org", "secret sentence", "secret-link"):
        assert word not in text
