"""The drawing of a staircase says what the calculator says, for any claim, and stays inside its frame."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dpa_service import create_app
from dpa_service.config import Config
from dpa_service.domain.errors import RequestInvalid
from dpa_service.domain.liability.claim import BASES, FAULTS, KINDS, Claim, Item, Prior
from dpa_service.services.liability.claim_result import answer, changed_terms, standard_terms
from dpa_service.web.liability.stairs import WIDE, sentence, stairs
from dpa_service.web.shell import as_money

amounts = st.integers(0, 3_000_000_00).map(lambda cents: Decimal(cents).scaleb(-2))
claims = st.builds(
    Claim,
    basis=st.sampled_from(BASES),
    fault=st.sampled_from(FAULTS),
    items=st.lists(st.builds(Item, st.sampled_from(KINDS), amounts, st.booleans()), min_size=1, max_size=4).map(tuple),
    gdpr_processor_breach=st.booleans(),
    not_responsible=st.booleans(),
    responsibility_share=st.sampled_from([Decimal("0"), Decimal("0.4"), Decimal("1")]),
    fees_paid=st.none() | amounts,
    main_agreement_cap=st.none() | amounts | st.just("unlimited"),
    contract_year=st.just(1),
    prior_payments=st.lists(st.builds(Prior, st.sampled_from(["main", "other"]), amounts, st.just(1)), max_size=2).map(tuple),
)
changes = st.fixed_dictionaries(
    {},
    optional={
        "cap_fixed": amounts | st.just("unlimited"),
        "fault_gate": st.sampled_from(["ordinary", "gross", "fraud"]),
        "indemnity": st.sampled_from(["customer", "mutual", "none"]),
        "bodily_uncapped": st.booleans(),
        "uncapped_from": st.sampled_from(["gross", "fraud", "never"]),
        "other_pool": st.sampled_from(["separate", "sub_limit"]),
    },
)


@pytest.fixture(scope="module")
def page(library, tmp_path_factory):
    """A request of the application, in which words have a language."""
    app = create_app(Config(database_url=f"sqlite:///{tmp_path_factory.mktemp('stairs') / 'x.sqlite'}"), library)
    with app.test_request_context(headers={"Accept-Language": "en"}):
        yield


@given(claim=claims, changed=changes)
@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_the_drawing_says_what_the_calculator_says(page, library, claim, changed):
    try:
        told = answer(claim, changed_terms(standard_terms(library), changed), library)
    except RequestInvalid:
        return  # the cap follows fees that are not known: there is no staircase then
    drawn = {stair.kind: stair for stair in stairs(told)}
    result = told["result"]
    assert drawn["payable"].amount == as_money(result["payable"])
    assert as_money(result["payable"]) in sentence(told)
    for stair in drawn.values():
        assert 0 <= stair.filled <= WIDE
        assert stair.mark is None or 0 <= stair.mark <= WIDE
        assert stair.because or stair.quiet
        assert all(line.text for line in stair.because)
    # what is payable is never drawn wider than what was admitted, nor admitted wider than claimed
    if "admitted" in drawn:
        assert drawn["payable"].filled <= drawn["admitted"].filled <= drawn["claimed"].filled
    assert (drawn["payable"].filled > 0) == (Decimal(result["payable"]) > 0)
    said = [line.code for stair in drawn.values() for line in stair.because]
    assert sorted(said) == sorted(result["reasons"])  # every reason stands on one step, and only there
    tried = {term.label for stair in drawn.values() for line in stair.because for term in line.departed}
    assert bool(tried) <= bool(changed)
