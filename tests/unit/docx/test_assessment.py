"""The assessment of a claim in Word and as PDF: the same words, hostile ones included; the committed template is the built one."""

import io
import json
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pypdfium2
import pytest
from docx import Document
from openxml_audit import OpenXmlValidator

from dpa_service.adapters.assessment_files import assessment_docx, assessment_pdf
from dpa_service.adapters.db.liability import ClaimAssessment, LiabilityClaim
from dpa_service.adapters.db.models import Client
from dpa_service.adapters.docx.context import RenderError
from dpa_service.adapters.docx.package import content_hash
from dpa_service.domain.liability.claim import BASES, FAULTS, Prior
from dpa_service.domain.liability.exposure import REASONS as CASES_CODES
from dpa_service.domain.liability.liability import _CITES
from dpa_service.services.liability import claim_words
from dpa_service.services.liability.assessment_document import told, warning_text
from dpa_service.services.liability.claim_result import answer, changed_terms, standard_terms
from dpa_service.services.liability.claim_schema import FACTS, calculator_claim
from dpa_service.services.liability.claims import STATES, Details
from tests.conftest import NOW
from tests.support.liability import claim
from tools import assessment_template

HOSTILE = 'Ünïq & <b>"x"</b> {{ naam }} {% raw %} \u202eomgekeerd\u202c 😀'
AGREEMENT = {"id": "a", "reference": "DPA-2026-0001", "effective_from": "2025-01-01", "effective_until": None, "deviations": {}}


@pytest.fixture
def data(library):
    """The words of an assessment of a claim with these changes, under the standard terms changed by `params`."""

    def made(params=None, name="Voorbeeld NV", removed=False, **changes):
        facts = claim(**changes)
        terms = changed_terms(standard_terms(library), params or {})
        if removed:
            terms = replace(terms, removed={"general-liability": "A7"}, rewritten={"third-party-claims": "A8"})
        asked = calculator_claim(facts, fees_paid=Decimal("90000.00"), contract_year=2, prior_payments=(
            Prior("main", Decimal("500.00"), 1),))  # fmt: skip
        row = LiabilityClaim(reference="SCH-2026-0001", data=facts, state="assessed", event_day=date(2026, 5, 4),
                             reported_day=date(2026, 6, 1))  # fmt: skip
        kept = ClaimAssessment(
            number=1, created_at=NOW, sha256="0" * 64, result=answer(asked, terms, library, agreement=AGREEMENT)
        )
        return told(Details(row, Client(name=name), None, [kept], [], [], {}), kept)

    return made


def words_of(value):
    if isinstance(value, dict):
        return [word for key, item in value.items() if key not in ("iso", "language", "fingerprint") for word in words_of(item)]
    if isinstance(value, list):
        return [word for item in value for word in words_of(item)]
    return [value] if isinstance(value, str) else []


def squeezed(text):
    """Without spaces, soft hyphens and line ends: the two formats break lines in their own places."""
    return re.sub(r"[\s\u00ad\u2060\ufffe\x02-]", "", text)


def docx_text(content):
    document = Document(io.BytesIO(content))
    found = [paragraph.text for paragraph in document.paragraphs]
    for table in document.tables:
        found += [paragraph.text for row in table.rows for cell in row.cells for paragraph in cell.paragraphs]
    section = document.sections[0]
    return "\n".join(found + [p.text for p in (*section.header.paragraphs, *section.footer.paragraphs)])


def pdf_text(content):
    return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content))


def test_the_committed_template_is_the_built_one():
    assert content_hash(assessment_template.TARGET.read_bytes()) == content_hash(assessment_template.build()), (
        "run: make templates"
    )


def test_both_formats_say_every_word(data, tmp_path):
    told_all = data(
        basis="controller_recourse", responsibility_share="0.35", params={"indemnity": "mutual", "cap_fixed": Decimal("7000.00")}
    )
    word, pdf = assessment_docx(told_all), assessment_pdf(told_all)
    in_word, in_pdf = squeezed(docx_text(word)), squeezed(pdf_text(pdf))
    for text in words_of(
        {name: value for name, value in told_all.items() if name not in ("number", "labels", "date", "warnings_title")}
    ):
        assert squeezed(text) in in_word, text
        assert squeezed(text) in in_pdf, text
    (tmp_path / "a.docx").write_bytes(word)
    assert not OpenXmlValidator().validate(tmp_path / "a.docx").errors
    assert (assessment_docx(told_all), assessment_pdf(told_all)) == (word, pdf)


def test_hostile_names_stand_there_as_they_are(data):
    told_all = data(name=HOSTILE, items=[{"kind": "direct", "amount": "1.00", "label": HOSTILE}])
    assert HOSTILE in docx_text(assessment_docx(told_all))
    plain = squeezed(pdf_text(assessment_pdf(told_all)))
    assert squeezed("{{ naam }} {% raw %}") in plain
    assert squeezed('& <b>"x"</b>') in plain


def test_law_stands_beside_the_result_with_its_confidence(data):
    told_all = data(fault="fraud")
    assert told_all["not_reviewed"] == claim_words.NOT_REVIEWED
    assert all(re.search(r"\((H|M|L)\)$", notice["confidence"]) for notice in told_all["notices"])
    assert any("9.000,00" in sentence for sentence in told_all["beside"])
    payable = next(step for step in told_all["stairs"] if step["strong"])
    assert "2.000,00" in payable["amount"]  # the clauses: the cap less what was paid; the law stands beside it


def test_a_changed_figure_says_where_it_comes_from(data):
    cap = next(step for step in data(params={"cap_fixed": Decimal("7000.00")})["stairs"] if step["name"] == "Plafond")
    assert "7.000,00" in cap["lines"][0]["by"]
    assert "proef" in cap["lines"][0]["by"]
    assert data()["stairs"][1]["lines"][0]["by"].endswith("huisstandaard")


def test_own_wording_and_removed_clauses_are_said(data):
    told_all = data(removed=True)
    assert len(told_all["warnings"]) == 2
    text = squeezed(pdf_text(assessment_pdf(told_all)))
    assert all(squeezed(warning) in text for warning in told_all["warnings"])
    assert warning_text({"code": "OWN_WORDING", "clause": "x", "deviation": "A1"})


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("fault", FAULTS)
def test_every_basis_can_be_printed(data, basis, fault):
    told_all = data(basis=basis, fault=fault, responsibility_share="0.5", items=[
        {"kind": kind, "amount": "4000.00", "bodily": kind == "direct"} for kind in ("direct", "indirect", "fine")])  # fmt: skip
    assert docx_text(assessment_docx(told_all))
    assert json.dumps(told_all)


def test_every_code_has_its_words():
    assert set(claim_words.REASONS) == set(_CITES)
    assert set(claim_words.CASES) == set(CASES_CODES)
    assert set(claim_words.BASES) == set(BASES)
    assert set(claim_words.FAULTS) == set(FAULTS)
    assert set(claim_words.FACTS) == set(FACTS)
    assert set(claim_words.STATES) == set(STATES)


def test_a_missing_value_is_an_error(data):
    told_all = data()
    del told_all["stairs_title"]
    with pytest.raises(RenderError):
        assessment_docx(told_all)
    with pytest.raises(RenderError):
        assessment_pdf(told_all)
