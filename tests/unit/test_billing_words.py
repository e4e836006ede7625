"""Parties and words of an invoice from the house profile, a client's party and its agreement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dpa_service.adapters.number_checks import NUMBERS
from dpa_service.domain.assistance.billing_parties import buyer, seller
from dpa_service.domain.assistance.billing_words import basis, title
from dpa_service.domain.assistance.duties import DUTIES
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.request import request_from_dict
from dpa_service.domain.errors import RequestInvalid
from dpa_service.services.agreements.generate import assemble_request
from tests.support.invoices import iban


def test_the_house_profile_and_its_account_make_the_seller(library: Library) -> None:
    made = seller({**library.processor, "invoicing": {"iban": "BE71 0961 2345 6769", "bic": "gkcc be bb"}})
    assert (made.iban, made.bic, made.vat_number) == ("BE71096123456769", "GKCCBEBB", "BE0427073974")
    assert NUMBERS.iban(made.iban)
    assert NUMBERS.vat(made.vat_number)
    assert seller({**library.processor, "invoicing": {"iban": iban(1)}}).endpoint.value == "0427073974"


def test_a_house_without_account_is_told_what_is_missing(library: Library) -> None:
    with pytest.raises(RequestInvalid) as refused:
        seller({**library.processor, "invoicing": {}})
    assert [error.field for error in refused.value.errors] == ["invoicing.iban"]


def test_the_party_of_an_agreement_makes_the_buyer(library: Library, example: Callable[..., dict[str, Any]]) -> None:
    party = request_from_dict(example(), library).client
    assert party is not None
    made = buyer(party, reference="Inkoop 7")
    assert made.vat_number is not None
    assert made.enterprise_number is not None
    assert made.vat_number == f"BE{made.enterprise_number}"
    assert NUMBERS.vat(made.vat_number)
    assert made.electronic_address is not None
    assert (made.electronic_address.scheme, made.electronic_address.value) == ("0208", made.enterprise_number)


def test_a_line_is_called_what_annex_v_calls_the_duty(library: Library) -> None:
    for each in DUTIES.values():
        assert title(library.parameters, each.id) == library.parameters[each.billable].labels["nl"]


def test_a_line_cites_the_articles_and_annex_of_the_client_s_own_agreement(
    library: Library, example: Callable[..., dict[str, Any]]
) -> None:
    made = assemble_request(example(reference="VO-2026-0001"), library)
    places = {article["clause"]: article["label"] for part in made["parts"] for article in part["articles"]}
    annex = next(each["label"] for each in made["annexes"] if each["clause"] == "annex-tariff")
    for each in DUTIES.values():
        cited = basis(made, each.id)
        first, second = sorted((int(places[each.clause.partition("#")[0]]), int(places["assistance-fees"])))
        assert cited == f"artikelen {first} en {second} en Bijlage {annex} van VO-2026-0001"
    made["parts"] = []
    assert basis(made, "dsr") == f"Bijlage {annex} van VO-2026-0001"
    assert basis({**made, "annexes": []}, "dsr") == "VO-2026-0001"
