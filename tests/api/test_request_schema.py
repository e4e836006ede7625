"""A request: every wrong field named at once, hostile texts kept verbatim, and the published JSON Schema saying the same."""

import contextlib
import copy
import json

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dpa_service.adapters.library_files import load_library
from dpa_service.domain.errors import RequestInvalid
from dpa_service.resources import examples_dir
from dpa_service.services.agreements.request_schema import client_json_schema, load_client, load_request, request_json_schema

LIBRARY = load_library()
SCHEMA = jsonschema_rs.validator_for(request_json_schema(LIBRARY), validate_formats=True)
EXAMPLES = {path.stem: json.loads(path.read_text()) for path in sorted(examples_dir().glob("*.json"))}
FULL = EXAMPLES["voorbeeld-alles"]


def put(path, value):
    """The fullest example with one place changed; DELETE takes it out."""
    data = copy.deepcopy(FULL)
    *way, last = path
    place = data
    for step in way:
        place = place[step]
    if value is DELETE:
        del place[last]
    elif value is APPEND:
        place[last].append(copy.deepcopy(place[last][0]))
    else:
        place[last] = value
    return data


DELETE, APPEND = object(), object()
CLIENT = ("client",)

# (place, value, field of the error, code, whether JSON Schema can say it too)
WRONG = [
    (("language",), DELETE, "language", "REQUIRED", True),
    (("language",), "de", "language", "CHOICE", True),
    (("language",), None, "language", "REQUIRED", True),
    (("effective_from",), "01/12/2026", "effective_from", "DATE", True),
    (("effective_from",), "2026-02-30", "effective_from", "DATE", True),
    (("effective_from",), "20261201", "effective_from", "DATE", True),
    (("effective_from",), "1970-01-01", "effective_from", "RANGE", True),
    (("effective_from",), 20261201, "effective_from", "DATE", True),
    (("nonsense",), 1, "nonsense", "UNKNOWN_FIELD", True),
    (("client",), "x", "client", "TYPE", True),
    (("client",), None, "client", "REQUIRED", True),
    (("client", "name"), "", "client.name", "BLANK", True),
    (("client", "name"), " \u00a0 ", "client.name", "BLANK", True),
    (("client", "name"), "x" * 201, "client.name", "LENGTH", True),
    (("client", "name"), "A\nB", "client.name", "CHARACTER", True),
    (("client", "name"), "A\tB", "client.name", "CHARACTER", True),
    (("client", "name"), "A\x00B", "client.name", "CHARACTER", True),
    (("client", "name"), "A\u2028B", "client.name", "CHARACTER", True),
    (("client", "name"), "A\u202eB", "client.name", "CHARACTER", True),
    (("client", "name"), "A\u2067B", "client.name", "CHARACTER", True),
    (("client", "name"), "A\x9bB", "client.name", "CHARACTER", True),
    (("client", "name"), "A\uffffB", "client.name", "CHARACTER", False),
    (("client", "name"), "A\U0001fffeB", "client.name", "CHARACTER", False),
    (("client", "name"), ["A"], "client.name", "TYPE", True),
    (("client", "secret"), 1, "client.secret", "UNKNOWN_FIELD", True),
    (("client", "enterprise_number"), "0999.100.395", "client.enterprise_number", "ENTERPRISE_NUMBER", False),
    (("client", "enterprise_number"), "12", "client.enterprise_number", "ENTERPRISE_NUMBER", False),
    (("client", "enterprise_number"), 999100394, "client.enterprise_number", "ENTERPRISE_NUMBER", True),
    (("client", "enterprise_number"), "٠٩٩٩١٠٠٣٩٤", "client.enterprise_number", "ENTERPRISE_NUMBER", False),
    (("client", "enterprise_number"), DELETE, "client.enterprise_number", "REQUIRED", True),
    (("client", "vat_number"), "NL999999023B01", "client.vat_number", "NOT_USED", True),
    (("client", "address", "country"), "XX", "client.address.country", "COUNTRY", True),
    (("client", "address", "country"), "be", "client.address.country", "COUNTRY", True),
    (("client", "address", "postal_code"), 2000, "client.address.postal_code", "TYPE", True),
    (("client", "privacy_contact", "email"), "no address", "client.privacy_contact.email", "EMAIL", True),
    (("client", "dpo"), "yes", "client.dpo", "TYPE", True),
    (("client", "dpo"), 1, "client.dpo", "TYPE", True),
    (("client", "size"), "huge", "client.size", "CHOICE", True),
    (("client", "signatory"), DELETE, "client.signatory", "REQUIRED", True),
    (("main_agreement", "cap"), 250000, "main_agreement.cap", "AMOUNT", True),
    (("main_agreement", "cap"), 0.1, "main_agreement.cap", "AMOUNT", True),
    (("main_agreement", "cap"), "250.000,00", "main_agreement.cap", "AMOUNT", True),
    (("main_agreement", "cap"), "1.005", "main_agreement.cap", "AMOUNT", True),
    (("main_agreement", "cap"), "-5", "main_agreement.cap", "AMOUNT", True),
    (("main_agreement", "cap"), "1e9", "main_agreement.cap", "AMOUNT", True),
    (("services",), [], "services", "EMPTY_LIST", True),
    (("services",), ["back-office", "back-office"], "services[1]", "DUPLICATE", True),
    (("services",), ["back-office", {"id": "back-office"}], "services[1]", "DUPLICATE", False),
    (("services",), [{"id": "back-office", "purposes": []}], "services[0].purposes", "EMPTY_LIST", True),
    (("services",), [{"id": "back-office", "retention": []}], "services[0].retention", "EMPTY_LIST", True),
    (("services",), {}, "services", "TYPE", True),
    (("services", 1), "juggling", "services[1]", "UNKNOWN_SERVICE", True),
    (("services", 1), 7, "services[1]", "TYPE", True),
    (("services", 1), {"measures": []}, "services[1].id", "UNKNOWN_SERVICE", True),
    (("services", 1), {"id": "call-recording", "subject": "x"}, "services[1].subject", "UNKNOWN_FIELD", True),
    (("services", 0, "measures", 1), "a\rb", "services[0].measures[1]", "CHARACTER", True),
    (("processing", "purposes"), "one", "processing.purposes", "TYPE", True),
    (("processing", "purposes"), ["x"] * 101, "processing.purposes", "TOO_MANY", True),
    (("processing", "purposes"), ["x", None], "processing.purposes[1]", "REQUIRED", True),
    (("services", 0, "measures"), [None], "services[0].measures[0]", "REQUIRED", True),
    (("processing", "retention", 0), "x", "processing.retention[0]", "TYPE", True),
    (("processing", "retention", 0, "period"), DELETE, "processing.retention[0].period", "REQUIRED", True),
    (("sub_processors", 1, "locations"), [], "sub_processors[1].locations", "EMPTY_LIST", True),
    (("sub_processors", 1, "locations", 0), "ZZ", "sub_processors[1].locations[0]", "COUNTRY", True),
    (("transfers", 0, "country"), "NL", "transfers[0].country", "INSIDE_EEA", True),
    (("transfers", 0, "country"), "UK", "transfers[0].country", "COUNTRY", True),
    (("transfers", 1, "tool"), "hope", "transfers[1].tool", "CHOICE", True),
    (("transfers", 1, "assessment_date"), DELETE, "transfers[1].assessment_date", "REQUIRED", True),
    (("transfers", 1, "data_types"), [], "transfers[1].data_types", "EMPTY_LIST", True),
    (("group_staff", 0, "tasks"), "x" * 501, "group_staff[0].tasks", "LENGTH", True),
    (("parameters",), [], "parameters", "TYPE", True),
    (("parameters", "nonsense"), 1, "parameters.nonsense", "UNKNOWN_PARAMETER", True),
    (("parameters", "minor_age"), 16, "parameters.minor_age", "NOT_USED", True),
    (("parameters", "breach_notice_hours"), 4, "parameters.breach_notice_hours", "RANGE", True),
    (("parameters", "breach_notice_hours"), "24", "parameters.breach_notice_hours", "TYPE", True),
    (("parameters", "breach_notice_hours"), True, "parameters.breach_notice_hours", "TYPE", True),
    (("parameters", "breach_notice_hours"), None, "parameters.breach_notice_hours", "REQUIRED", True),
    (("parameters", "assistance_rate"), "95.005", "parameters.assistance_rate", "AMOUNT_SCALE", True),
    (("parameters", "assistance_rate"), 95.5, "parameters.assistance_rate", "TYPE", True),
    (("parameters", "assistance_rate"), "9999", "parameters.assistance_rate", "RANGE", False),
    (("parameters", "audit_cost"), "nobody", "parameters.audit_cost", "CHOICE", True),
    (("reference",), "x" * 41, "reference", "LENGTH", True),
]  # fmt: skip


def refused(data, document="agreement", **options):
    with pytest.raises(RequestInvalid) as trouble:
        load_request(data, LIBRARY, document, **options)
    return trouble.value.errors


@pytest.mark.parametrize(("place", "value", "field", "code", "said"), WRONG, ids=[f"{n}-{row[2]}" for n, row in enumerate(WRONG)])
def test_one_wrong_field_is_named_and_only_that_one(place, value, field, code, said):
    data = put(place, value)
    errors = refused(data)
    assert [(error.field, error.code) for error in errors] == [(field, code)]
    assert errors[0].message.endswith(".") or "," in errors[0].message
    assert SCHEMA.is_valid(data) is not said


def test_every_wrong_field_is_named_at_once():
    data = copy.deepcopy(FULL)
    expected = set()
    for place, value, field, code, _ in WRONG:
        if field in (
            "client.name",
            "services[1]",
            "transfers[1].tool",
            "main_agreement.cap",
            "effective_from",
            "parameters.audit_cost",
        ):
            way = data
            for step in place[:-1]:
                way = way[step]
            if value is not DELETE and value is not None and code not in ("REQUIRED",):
                way[place[-1]] = value
                expected = {pair for pair in expected if pair[0] != field} | {(field, code)}
    assert {(error.field, error.code) for error in refused(data)} == expected
    assert len(expected) == 6


@pytest.mark.parametrize("data", [None, 1, "x", [], True])
def test_what_is_no_object_is_refused(data):
    assert [(error.field, error.code) for error in refused(data)] == [("", "TYPE")]


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_examples_are_accepted_by_both_and_their_normal_form_is_stable(name):
    assert SCHEMA.is_valid(EXAMPLES[name])
    once = load_request(EXAMPLES[name], LIBRARY)
    assert load_request(once, LIBRARY) == once
    json.dumps(once)


@pytest.mark.parametrize(
    ("given_", "kept"),
    [("BE 0999.100.394", "0999.100.394"), ("0999100394", "0999.100.394"), ("be0999 100 394", "0999.100.394")],
)
def test_enterprise_numbers_are_kept_as_printed(given_, kept):
    assert load_request(put(("client", "enterprise_number"), given_), LIBRARY)["client"]["enterprise_number"] == kept


@pytest.mark.parametrize(("given_", "kept"), [("250000", "250000.00"), ("0.5", "0.50"), ("unlimited", "unlimited")])
def test_amounts_have_two_decimals(given_, kept):
    assert load_request(put(("main_agreement", "cap"), given_), LIBRARY)["main_agreement"]["cap"] == kept


def test_absent_and_null_mean_the_same_for_optional_fields():
    nulls = put(("client", "register"), None) | {"sub_processors": None, "transfers": None, "processing": None}
    absent = put(("client", "register"), DELETE)
    for name in ("sub_processors", "transfers", "processing"):
        del absent[name]
    assert load_request(nulls, LIBRARY) == load_request(absent, LIBRARY)
    assert SCHEMA.is_valid(nulls)
    assert SCHEMA.is_valid(absent)


def test_a_parameter_that_may_be_nothing_keeps_its_null():
    data = put(("parameters", "cap_fixed"), None)
    assert load_request(data, LIBRARY)["parameters"]["cap_fixed"] is None
    assert SCHEMA.is_valid(data)


@pytest.mark.parametrize(
    ("country", "field", "number", "kept"),
    [
        ("NL", "vat_number", "NL 9999.99.023.B01", "NL999999023B01"),
        ("GR", "vat_number", "EL 094259216", "EL094259216"),
        ("CH", "registration", "Handelsregister Zürich CHE-000.000.000", "Handelsregister Zürich CHE-000.000.000"),
        ("GB", "registration", "Company No. 00000000", "Company No. 00000000"),
    ],
)
def test_a_client_abroad_has_the_number_of_its_country(country, field, number, kept):
    data = put(("client", "address", "country"), country)
    wrong = {(error.field, error.code) for error in refused(data)}
    assert wrong == {(f"client.{field}", "REQUIRED"), ("client.enterprise_number", "NOT_USED")}
    assert not SCHEMA.is_valid(data)
    data["client"][field] = number
    del data["client"]["enterprise_number"]
    assert load_request(data, LIBRARY)["client"][field] == kept
    assert SCHEMA.is_valid(data)


@pytest.mark.parametrize("number", ["NL123456789B01", "BE", "US123", "ELx", "MOSS", "\u0130T123"])
def test_wrong_vat_numbers_are_refused(number):
    data = copy.deepcopy(EXAMPLES["exempel-webshop"])
    data["client"]["vat_number"] = number
    assert [error.code for error in refused(data)] == ["VAT_NUMBER"]


def test_general_terms_need_two_fields_and_take_an_agreements_request():
    least = {"language": "nl", "effective_from": "2027-01-01"}
    schema = jsonschema_rs.validator_for(request_json_schema(LIBRARY, "general-terms"))
    assert load_request(least, LIBRARY, "general-terms") == least
    whole = load_request(FULL, LIBRARY, "general-terms")
    assert set(whole) == {"language", "effective_from", "reference", "parameters"}
    assert schema.is_valid(least)
    assert schema.is_valid(FULL)
    assert [error.field for error in refused({**least, "x": 1}, "general-terms")] == ["x"]
    assert [error.field for error in refused(least, "poem")] == ["document"]


def test_the_reference_is_refused_where_it_is_given_at_issue():
    errors = refused(FULL, reference=False)
    assert [(error.field, error.code) for error in errors] == [("reference", "GIVEN_AT_ISSUE")]


HOSTILE = [
    "A & B <Ltd> \"C\" 'D'",
    "{{ 7*7 }} {% raw %} {controller.name} {breach_notice_hours}",
    "שלום עליכם (12) مرحبا",
    "👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿 Ünïcödé ﷽",
    "'; DROP TABLE client; --",
    "../../etc/passwd",
    '=HYPERLINK("http://x")',
    "\\u0000 %00 &#0; <script>alert(1)</script>",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_kept_verbatim(text):
    assert load_request(put(("client", "name"), text), LIBRARY)["client"]["name"] == text
    assert SCHEMA.is_valid(put(("client", "name"), text))


def test_lone_surrogates_are_refused():
    data = json.loads(json.dumps(put(("client", "name"), "x")).replace('"x"', '"\\ud83d"'))
    assert [(error.field, error.code) for error in refused(data)] == [("client.name", "CHARACTER")]


def test_unknown_keys_are_repeated_harmlessly():
    errors = refused(put(("a\n<b>" + "x" * 500,), 1))
    assert errors[0].field == "a\\n<b>" + "x" * 75


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=12,
    )
)
def test_no_value_anywhere_breaks_the_validation(value):
    for place in (
        ("client",),
        ("client", "address"),
        ("services",),
        ("services", 0),
        ("parameters",),
        ("parameters", "cap_fixed"),
        ("transfers", 0),
        ("processing", "retention"),
        ("client", "vat_number"),
    ):
        with contextlib.suppress(RequestInvalid):
            load_request(put(place, value), LIBRARY)


@pytest.mark.parametrize("document", ["agreement", "general-terms"])
def test_the_published_schema_is_a_schema(document):
    schema = request_json_schema(LIBRARY, document)
    assert jsonschema_rs.meta.is_valid(schema)
    assert "reference" not in request_json_schema(LIBRARY, document, reference=False)["properties"]


def test_a_client_alone_follows_the_same_rules():
    assert load_client(FULL["client"]) == load_request(FULL, LIBRARY)["client"]
    assert jsonschema_rs.validator_for(client_json_schema()).is_valid(FULL["client"])
    with pytest.raises(RequestInvalid) as trouble:
        load_client({})
    assert {error.field for error in trouble.value.errors} >= {"name", "address", "signatory"}
