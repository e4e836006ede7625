"""One shape of errors under /api/, pages elsewhere; limits; nothing of the inside is shown."""

import json

import pytest
import sqlalchemy.exc

API = "/api/v1"
JSON = {"Content-Type": "application/json"}


def shape(answer):
    """Check the one shape and give code and fields."""
    assert answer.mimetype == "application/json"
    assert set(answer.json) == {"error"}
    error = answer.json["error"]
    assert set(error) == {"code", "message", "fields", "request_id"}
    assert error["code"]
    assert error["message"]
    assert error["request_id"] == answer.headers["X-Request-ID"]
    for field in error["fields"]:
        assert set(field) == {"field", "code", "message"}
    return error


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "code"),
    [
        ("GET", "/api/v1/nothing", {}, 404, "NOT_FOUND"),
        ("GET", "/api", {}, 404, "NOT_FOUND"),
        ("GET", "/api/", {}, 404, "NOT_FOUND"),
        ("GET", "/api/v1/agreements/" + "0" * 32, {}, 404, "NOT_FOUND"),
        ("GET", "/api/v1/agreements/" + "0" * 32 + "/pdf", {}, 404, "NOT_FOUND"),
        ("DELETE", "/api/v1/agreements", {}, 405, "METHOD_NOT_ALLOWED"),
        ("POST", "/api/v1/parameters", {}, 405, "METHOD_NOT_ALLOWED"),
        ("POST", "/api/v1/agreements", {"data": "{}"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ("POST", "/api/v1/agreements", {"data": {"a": "b"}}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ("POST", "/api/v1/agreements", {"data": "", "headers": JSON}, 400, "BAD_REQUEST"),
        ("POST", "/api/v1/agreements", {"data": "{", "headers": JSON}, 400, "BAD_REQUEST"),
        ("POST", "/api/v1/agreements", {"data": b"\xff\xfe", "headers": JSON}, 400, "BAD_REQUEST"),
        ("POST", "/api/v1/agreements", {"data": '{"a":1,"a":2}', "headers": JSON}, 400, "BAD_REQUEST"),
        ("POST", "/api/v1/agreements", {"data": '{"a":NaN}', "headers": JSON}, 400, "BAD_REQUEST"),
        ("POST", "/api/v1/agreements", {"data": "[" * 900_000, "headers": JSON}, 400, "BAD_REQUEST"),
        ("POST", "/api/v1/agreements", {"data": "[" * 200 + "]" * 200, "headers": JSON}, 400, "BAD_REQUEST"),
        ("POST", "/api/v1/agreements", {"data": "1" * 5000, "headers": JSON}, 400, "BAD_REQUEST"),
        ("POST", "/api/v1/agreements", {"data": "x" * 10_000_000, "headers": JSON}, 413, "CONTENT_TOO_LARGE"),
        ("POST", "/api/v1/coverage", {"data": "x" * 10_000_000, "headers": JSON}, 413, "CONTENT_TOO_LARGE"),
        ("POST", "/api/v1/clients", {"data": "x" * 10_000_000, "headers": JSON}, 413, "CONTENT_TOO_LARGE"),
        ("POST", "/api/v1/agreements", {"json": []}, 422, "REQUEST_INVALID"),
        ("GET", "/api/v1/agreements?limit=x", {}, 422, "REQUEST_INVALID"),
    ],
)  # fmt: skip
def test_every_error_has_the_one_shape(client, method, path, options, status, code):
    answer = client.open(path, method=method, **options)
    assert answer.status_code == status
    assert shape(answer)["code"] == code
    if status == 405:
        assert answer.headers["Allow"]


def test_a_body_just_below_the_limit_is_read(client, example):
    data = json.dumps(example()) + " " * 990_000
    assert client.post(f"{API}/coverage", data=data[:999_999], headers=JSON).status_code == 200


def test_pages_answer_with_pages(as_role):
    browser = as_role("sales")
    for path, status in (
        ("/nothing", 404),
        ("/agreements/" + "0" * 32, 404),
        ("/apix", 404),
    ):
        answer = browser.get(path)
        assert (answer.status_code, answer.mimetype) == (status, "text/html"), path
        assert answer.headers["X-Request-ID"] in answer.text
    assert browser.post("/").status_code == 405


SECRET = "bakker-geheim-4711"


@pytest.mark.parametrize("path", [f"{API}/agreements", "/clients"])
def test_a_500_shows_and_logs_nothing_but_the_request_id(client, as_role, monkeypatch, path, capfd):
    caller = client if path.startswith("/api/") else as_role("sales")

    def broken(*_, **__):
        raise RuntimeError(SECRET)

    monkeypatch.setattr("dpa_service.services.agreements.agreements.listing", broken)
    monkeypatch.setattr("dpa_service.services.agreements.clients.listing", broken)
    answer = caller.get(path, headers={"X-Request-ID": "abcdef-123"})
    assert answer.status_code == 500
    assert "abcdef-123" in answer.text
    for word in (SECRET, "Traceback", "RuntimeError", "listing"):
        assert word not in answer.text
    logged = capfd.readouterr()
    assert SECRET not in logged.out + logged.err
    if answer.mimetype == "application/json":
        assert shape(answer)["code"] == "INTERNAL_SERVER_ERROR"


def test_a_busy_database_is_told_as_such(client, monkeypatch):
    def busy(*_, **__):
        raise sqlalchemy.exc.OperationalError("SELECT 1", {}, Exception("database is locked"))

    monkeypatch.setattr("dpa_service.services.agreements.agreements.listing", busy)
    answer = client.get(f"{API}/agreements")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert shape(answer)["code"] == "DATABASE_UNAVAILABLE"


def test_a_database_error_never_carries_what_a_user_wrote(session):
    import sqlalchemy as sa

    with pytest.raises(sqlalchemy.exc.DBAPIError) as trouble:
        session.execute(sa.text("INSERT INTO nowhere VALUES (:name)"), {"name": SECRET})
    assert SECRET not in str(trouble.value)


def test_logs_name_routes_and_figures_only(client, example, caplog, monkeypatch):
    import logging

    lines = []
    monkeypatch.setattr(logging.getLogger("dpa").handlers[0], "emit", lambda record: lines.append(record.getMessage()))
    made = client.post(f"{API}/agreements", json=example()).json
    client.get(f"{API}/agreements?q=Bakkerij-{SECRET}")
    client.get(f"/nowhere-{SECRET}")
    client.get(f"{API}/agreements/{made['id']}")
    assert len(lines) == 4
    for line in map(json.loads, lines):
        assert set(line) == {"event", "level", "timestamp", "request_id", "method", "route", "status", "ms", "actor"}
    assert SECRET not in "".join(lines)
    assert example()["client"]["name"] not in "".join(lines)
