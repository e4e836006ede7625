"""The description of the API is valid, complete, and true: random calls made from it meet no error of the server."""

import json
import shutil
from dataclasses import replace

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from dpa_service import create_app
from dpa_service.config import Config
from dpa_service.domain.roles import ROLES
from dpa_service.serving.runtime import EXTENSION, session
from tests.conftest import NOW
from tests.support.accounts import with_token
from tests.support.assistance import approved, drafted, plain_invoices
from tests.support.assistance import request as request_for

API = "/api/v1"


@pytest.fixture(scope="module")
def described(library, billed_file, tmp_path_factory):
    """The API of an application with clients bound by agreements, as its description tells it."""
    path = shutil.copy(billed_file[0], tmp_path_factory.mktemp("described") / "dpa.sqlite")
    app = create_app(Config(database_url=f"sqlite:///{path}"), library)
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], clock=lambda: NOW)

    caller = with_token(app, *ROLES)

    def from_this_machine(environ, start_response):
        return app({"REMOTE_ADDR": "127.0.0.1", **environ, "HTTP_AUTHORIZATION": f"Bearer {caller.token}"}, start_response)

    from_this_machine.app, from_this_machine.caller = app, caller
    return schemathesis.openapi.from_wsgi(f"{API}/openapi.json", from_this_machine)


def test_the_description_is_valid_and_complete(described, client, app):
    described.validate()
    spec = client.get(f"{API}/openapi.json").json
    assert spec["openapi"].startswith("3.1")
    served = {
        (
            rule.rule.replace("<hex:", "{")
            .replace("<string(maxlength=100):", "{")
            .replace("<dotted:", "{")
            .replace("<int(max=99999):", "{")
            .replace(">", "}"),
            method,
        )
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/") and not rule.rule.endswith("openapi.json")
    }
    assert served == {(path, method.upper()) for path, item in spec["paths"].items() for method in item if method != "parameters"}
    for name, schema in spec["components"]["schemas"].items():
        assert jsonschema_rs.meta.is_valid(schema), name
    for item in spec["paths"].values():
        for method, operation in item.items():
            if method != "parameters":
                assert operation["summary"]
                assert "default" in operation["responses"]


def test_no_address_of_elsewhere_in_it(client):
    text = json.dumps(client.get(f"{API}/openapi.json").json)
    assert "http://" not in text
    assert "https://" not in text.replace("https://json-schema.org", "")


@pytest.fixture
def known(described, example, billed_file):
    """The ids of a draft, of a bound client with a request, minutes and a draft invoice, and a clause."""
    made = described.app.caller.post(f"{API}/agreements", json=example()).json
    with described.app.app.app_context():
        asked = request_for(session(), billed_file[1])
        entry = approved(session(), asked.id, 50)
        invoice = drafted(session(), billed_file[1])
        billing = {"request_id": asked.id, "entry_id": entry.id, "invoice_id": invoice.id, "item": "searched"}
    return {"agreement_id": made["id"], "client_id": billed_file[1], "clause_id": "breach-notice", "number": "1.0.0", **billing}


CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
MODES = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
def test_random_calls_are_answered_as_described(described, mode, request, plain_documents, monkeypatch):
    """Wrong calls name anything at random; right ones name what exists."""
    plain_invoices(monkeypatch.setattr)
    known = request.getfixturevalue("known") if mode is schemathesis.GenerationMode.POSITIVE else {}
    operations = [found.ok() for found in described.get_all_operations()]
    assert len(operations) >= 20
    for operation in operations:
        answered_as_described(operation, mode, known)


def answered_as_described(operation, mode, known):
    """Some random calls of one operation."""

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=2, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    def call(case):
        case.path_parameters |= {name: value for name, value in known.items() if name in case.path_parameters}
        case.call_and_validate(checks=CHECKS)

    try:
        call()
    except Unsatisfiable:  # an operation without parameters has no wrong calls
        assert mode is schemathesis.GenerationMode.NEGATIVE, operation.label
