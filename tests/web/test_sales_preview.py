"""What a partial form says: read as a request, and assembled with visible placeholders where something is missing."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dpa_service.adapters.library_files import load_library
from dpa_service.resources import examples_dir
from dpa_service.services.agreements.form_data import amount, blank, of_request, title, to_request
from dpa_service.services.agreements.form_preview import preview, problems
from dpa_service.services.agreements.request_schema import load_request
from tests.conftest import TODAY

EXAMPLES = sorted(path.stem for path in examples_dir().glob("*.json") if "client" in json.loads(path.read_text(encoding="utf-8")))
LIBRARY = load_library()


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_request_becomes_a_form_and_the_same_request_again(example, library, name):
    request = example(name)
    read = load_request(to_request(of_request(request), library), library, reference=False)
    wanted = load_request(request, library, reference=False)
    for data in (read, wanted):
        data["client"].setdefault("dpo", False)
        if not any((data.get("processing") or {"": True}).values()):
            data.pop("processing")
        for empty in [key for key in ("transfers", "group_staff", "parameters", "processing") if not data.get(key, True)]:
            data.pop(empty)
    assert read == wanted
    seen = preview(of_request(request), library)
    assert seen.complete
    assert seen.uncovered == []


def test_an_empty_form_shows_every_placeholder(library):
    seen = preview(blank(TODAY), library)
    assert seen.trouble is None
    assert seen.uncovered == []
    assert not seen.complete
    assert {error.field for error in seen.errors} >= {"client.name", "services", "main_agreement.title"}
    for words in ("naam van de klant", "ondernemingsnummer", "gekozen diensten", "titel van de hoofdovereenkomst"):
        assert f"[nog in te vullen: {words}]" in seen.html
    for filler in ("leeg@voorbeeld.example", "0999.900.150", "1 januari"):
        assert filler not in seen.html


def test_what_is_wrong_is_named_and_the_rest_is_shown(library, example):
    data = of_request(example("voorbeeld-alles"))
    data["client"]["privacy_contact"]["email"] = "geen adres"
    data["effective_from"] = "2026-13-45"
    data["main_agreement"]["date"] = ""
    data["transfers"][0] |= {"country": "", "assessment_date": "", "data_types": []}
    data["parameters"] = {"objection_days": "90", "breach_notice_hours": "24", "unheard_of": "1"}
    data["asked"]["parameters"] = True
    seen = preview(data, library)
    assert [error.field for error in seen.errors] == [
        "client.privacy_contact.email",
        "effective_from",
        "main_agreement.date",
        "parameters.objection_days",
        "parameters.unheard_of",
        "transfers[0].assessment_date",
        "transfers[0].country",
        "transfers[0].data_types",
    ]
    assert "24\N{NO-BREAK SPACE}" in seen.html
    for words in ("ingangsdatum", "datum van de hoofdovereenkomst", "land", "datum van de beoordeling", "soorten gegevens"):
        assert f"[nog in te vullen: {words}]" in seen.html


def test_a_refused_combination_is_an_error_and_not_an_empty_page(library, example):
    data = of_request(example())
    data["parameters"] = {"cap_fixed": "none", "fee_limb": "false", "breach_notice_hours": "24"}
    data["asked"]["parameters"] = True
    seen = preview(data, library)
    assert "RULE" in {error.code for error in seen.errors}
    assert seen.html
    assert not seen.complete
    assert problems(data, library)


def test_deviations_stand_first_among_the_terms_with_the_standard_beside_them(library, example):
    data = of_request(example())
    data["parameters"] = {"breach_notice_hours": "24", "cap_fixed": "5.000"}
    data["asked"]["parameters"] = True
    terms = preview(data, library).terms
    assert [(entry["group"], entry["id"]) for entry in terms[:2]] == [
        ("negotiated", "breach_notice_hours"), ("negotiated", "cap_fixed"),
    ]  # fmt: skip
    assert terms[0]["standard"].startswith("48")
    assert "5.000,00" in terms[1]["text"]
    assert {entry["group"] for entry in terms} == {"negotiated", "caps", "windows", "tariff"}


def test_closed_parts_keep_their_answers_and_stay_out_of_the_request(library, example):
    data = of_request(example("voorbeeld-alles"))
    data["asked"] = {}
    read = to_request(data, library)
    assert {"transfers", "group_staff", "parameters", "processing"} & set(read) == set()
    assert data["transfers"]


@pytest.mark.parametrize(
    ("typed", "read"),
    [("€ 2.500,00", "2500.00"), ("2.500", "2500"), ("2500,5", "2500.5"), ("1.5", "1.5"), ("250000", "250000"), ("veel", "veel"),
     ("1.000.000", "1000000"), ("", "")],
)  # fmt: skip
def test_amounts_are_read_as_a_belgian_types_them(typed, read):
    assert amount(typed) == read


def test_the_number_of_another_country_is_left_out(library):
    data = blank(TODAY)
    data["client"] |= {"enterprise_number": "0999.900.150", "vat_number": "NL004495445B01", "address": {"country": "NL"}}
    assert to_request(data, library)["client"]["vat_number"] == "NL004495445B01"
    assert "enterprise_number" not in to_request(data, library)["client"]


def test_a_form_is_called_after_its_client_and_its_main_agreement():
    assert title({"client": {"name": " Voorbeeld NV "}, "main_agreement": {"title": "MSA"}}) == "Voorbeeld NV – MSA"
    assert title({}) == ""


TEXTS = st.text(max_size=30) | st.sampled_from(["", "onbeperkt", "24", "2026-02-30", "<b>{{x}}</b>", "none", "BE", "\u202e"])
ROW = st.dictionaries(
    st.sampled_from(["recipient", "country", "purpose", "tool", "assessment_date", "data_types", "name", "tasks"]),
    TEXTS | st.lists(TEXTS, max_size=2),
)


@settings(max_examples=60, deadline=None)
@given(
    client=st.dictionaries(
        st.sampled_from(["name", "legal_form", "enterprise_number", "vat_number", "dpo", "size", "sector"]), TEXTS
    ),
    country=TEXTS,
    main=st.dictionaries(st.sampled_from(["title", "date", "reference", "cap"]), TEXTS),
    rows=st.lists(ROW, max_size=2),
    chosen=st.lists(st.sampled_from([*LIBRARY.services, "gone"]), max_size=3),
    parameters=st.dictionaries(st.sampled_from([*LIBRARY.parameters, "gone"]), TEXTS, max_size=4),
    lines=st.lists(TEXTS, max_size=2),
    day=TEXTS,
)
def test_whatever_is_typed_there_is_a_preview(client, country, main, rows, chosen, parameters, lines, day):
    data = {
        "language": "nl",
        "effective_from": day,
        "client": client | {"address": {"country": country}},
        "main_agreement": main,
        "services": chosen,
        "processing": {"purposes": lines, "subject": day, "retention": [{"data": day, "period": country}]},
        "transfers": rows,
        "group_staff": rows,
        "parameters": parameters,
        "asked": {"more": True, "transfers": True, "group_staff": True, "parameters": True},
    }
    seen = preview(data, LIBRARY)
    assert seen.html is not None or seen.trouble
    assert "<b>{{" not in (seen.html or "")


def test_the_preview_is_quick(library, example):
    data = of_request(example("voorbeeld-alles"))
    preview(data, library)
    took = []
    for _ in range(5):
        began = time.process_time()
        preview(data, library)
        took.append(time.process_time() - began)
    assert min(took) < 0.15
