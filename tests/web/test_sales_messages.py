"""Every error a form can meet has its sentence, in both languages, with bounds where they matter."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask_babel import force_locale

import dpa_service
from dpa_service.domain.errors import FieldError
from dpa_service.services.agreements.form_data import blank
from dpa_service.services.agreements.form_preview import preview
from dpa_service.web import messages
from tests.conftest import TODAY

HOME = Path(dpa_service.__file__).parent
SOURCES = (
    "services/agreements/request_fields.py",
    "services/agreements/catalogue_fields.py",
    "services/agreements/request_schema.py",
    "domain/contract/terms.py",
)
CODE = re.compile(r'(?:wrong|Coded|ValueTrouble)\(\s*"([A-Z_]+)"')
CODES = sorted({code for source in SOURCES for code in CODE.findall((HOME / source).read_text(encoding="utf-8"))})


@pytest.mark.parametrize("code", CODES)
def test_every_code_of_the_validation_has_a_sentence(code):
    assert code in messages.MESSAGES or code == "RANGE"


@pytest.mark.parametrize("language", ["nl", "en"])
def test_sentences_name_the_field_and_the_bounds(app, library, language):
    with app.test_request_context(), force_locale(language):
        found = messages.messages(preview(blank(TODAY), library).errors, library)
        assert list(found) == sorted(found, key=messages.place)
        assert all("%(" not in sentence and "client." not in sentence for sentence in found.values())
        days = messages.message(FieldError("parameters.objection_days", "RANGE", ""), library)
        assert {"1", "30"} <= set(re.findall(r"\d+", days))
        cap = messages.message(FieldError("parameters.cap_fixed", "RANGE", ""), library)
        assert "1.000.000,00" in cap
        assert "1/1/1990" in messages.message(FieldError("effective_from", "RANGE", ""), library)
        assert messages.message(FieldError("parameters.combine", "RULE", "de regel zelf"), library) == "de regel zelf"
        assert messages.message(FieldError("transfers[2].country", "INSIDE_EEA", ""), library)
        assert "NEW_CODE" not in messages.message(FieldError("client.name", "NEW_CODE", "what happened"), library)
