"""Who may call, and the headers of every answer."""

import re

import pytest
from flask.testing import FlaskClient

from dpa_service import create_app
from dpa_service.config import Config
from dpa_service.serving.guard import PUBLIC

TOKEN = "t" * 40
HOST = "dpa.voorbeeld.example"
ORIGIN = f"https://{HOST}"


@pytest.fixture
def production(sqlite_url, library):
    """A caller of the application as production runs it."""
    config = Config(mode="production", database_url=sqlite_url, secret_key="s" * 40, api_token=TOKEN, trusted_hosts=(HOST,))
    app = create_app(config, library)
    app.test_client_class = AtHost
    return app.test_client()


class AtHost(FlaskClient):
    """A caller that asks for the host of the service."""

    def open(self, *args, headers=None, **options):
        """As the parent's, with the header Host."""
        return super().open(*args, headers={"Host": HOST, **(headers or {})}, **options)


def bearer(token=TOKEN):
    return {"Authorization": f"Bearer {token}"}


def routes(app):
    for rule in app.url_map.iter_rules():
        values = dict.fromkeys(rule.arguments, "0" * 32)
        values |= {"clause_id": "x", "number": "1.0.0", "kind": "pdf", "filename": "page.css"}
        with app.test_request_context(base_url=ORIGIN):
            path = app.url_for(rule.endpoint, **{name: values[name] for name in rule.arguments})
        yield rule, path.removeprefix(ORIGIN)


def test_every_route_but_the_public_ones_needs_the_token(production):
    seen = set()
    for rule, path in routes(production.application):
        for method in rule.methods - {"OPTIONS", "HEAD"}:
            status = production.open(path, method=method).status_code
            seen.add(rule.endpoint)
            assert (status == 401) is (rule.endpoint not in PUBLIC), (rule.endpoint, method, status)
    assert seen >= PUBLIC
    assert seen == {rule.endpoint for rule in production.application.url_map.iter_rules()}


def test_every_route_belongs_to_a_blueprint_and_no_get_route_writes(app):
    for rule in app.url_map.iter_rules():
        assert "." in rule.endpoint, rule
    writing = {rule.rule for rule in app.url_map.iter_rules() if rule.methods - {"GET", "HEAD", "OPTIONS"}}
    assert writing == {
        "/api/v1/clients",
        "/api/v1/clients/<hex:client_id>",
        "/api/v1/agreements",
        "/api/v1/agreements/<hex:agreement_id>",
        "/api/v1/agreements/<hex:agreement_id>/issue",
        "/api/v1/coverage",
    }


def test_the_token_opens_the_api(production):
    assert production.get("/api/v1/parameters", headers=bearer()).status_code == 200
    for headers in (
        bearer("wrong"),
        bearer(""),
        bearer(TOKEN + "x"),
        {"Authorization": TOKEN},
        {"Authorization": "Basic eDp5"},
        bearer("é"),
    ):
        answer = production.get("/api/v1/parameters", headers=headers)
        assert (answer.status_code, answer.json["error"]["code"]) == (401, "UNAUTHORIZED")
        assert answer.headers["WWW-Authenticate"].lower().startswith("bearer")


def test_a_browser_opens_pages_with_the_token_as_password_and_never_the_api(production):
    import base64

    basic = {"Authorization": "Basic " + base64.b64encode(f"me:{TOKEN}".encode()).decode()}
    assert production.get("/", headers=basic).status_code == 200
    assert production.get("/api/v1/parameters", headers=basic).status_code == 401
    assert production.get("/").headers["WWW-Authenticate"].lower().startswith("basic")


def test_other_hosts_are_refused(production, client):
    assert production.get("/health", headers={"Host": "evil.example"}).status_code == 400
    assert production.get("/health").status_code == 200
    assert client.get("/health", headers={"Host": "evil.example"}).status_code == 400
    for host in ("localhost:8000", "127.0.0.1:8000"):
        assert client.get("/health", headers={"Host": host}).status_code == 200, host


def test_the_demo_answers_to_its_own_machine_only(client):
    assert client.get("/health", environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code == 403
    assert client.get("/health", environ_base={"REMOTE_ADDR": "::1"}).status_code == 200


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
def test_writes_from_another_site_are_refused(client, example, headers, allowed):
    status = client.post("/api/v1/coverage", json=example(), headers=headers).status_code
    assert status == (200 if allowed else 403)
    assert client.get("/api/v1/parameters", headers=headers).status_code == 200


def test_headers_of_every_answer(production, client, example):
    made = client.post("/api/v1/agreements", json=example()).json["id"]
    answers = [
        client.get(path)
        for path in ("/", "/health", "/static/page.css", "/nothing", "/api/v1/nothing", "/api/v1/openapi.json", f"/agreements/{made}",
                     f"/api/v1/agreements/{made}/preview.html", f"/api/v1/agreements/{made}/docx", "/?q=%00")
    ]  # fmt: skip
    answers += [
        production.get("/"),
        production.get("/", headers={"Host": "evil.example"}),
        client.get("/", environ_base={"REMOTE_ADDR": "192.0.2.1"}),
    ]
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "script-src" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Request-ID"]
        assert "Set-Cookie" not in answer.headers
    for answer in answers[-3:-1]:
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


def test_the_preview_works_under_its_policy(client, example):
    """No script, no style attribute, no address of elsewhere; each inline style sheet is allowed by its hash."""
    from dpa_service.serving.headers import style_sources

    made = client.post("/api/v1/agreements", json=example("voorbeeld-alles")).json["id"]
    for path in (f"/agreements/{made}", f"/api/v1/agreements/{made}/preview.html"):
        answer = client.get(path)
        assert answer.status_code == 200
        page = answer.text
        assert not re.search(r"<script|<iframe|<object|\son\w+=|\sstyle=|javascript:", page, re.IGNORECASE)
        assert not re.search(r"""(?:src|href|action)\s*=\s*["']?(?:https?:)?//""", page, re.IGNORECASE)
        sources = style_sources(page)
        assert sources
        for source in sources:
            assert source in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("given", ["short", "a b", "x" * 65, "{}", "é" * 10])
def test_a_strange_request_id_is_replaced(client, given):
    answer = client.get("/health", headers={"X-Request-ID": given.encode().decode("latin-1")})
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-ID"])
