"""What looks personal in a text that is typed about a request."""

from __future__ import annotations

import pytest

from dpa_service.domain.assistance.personal_hint import personal_hints


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Kopie voor mevrouw Voorbeeldmans", "name"),
        ("Gesprek van dhr. V. Oorbeeld", "name"),
        ("Jan Voorbeeldmans belde zelf", "name"),
        ("antwoord aan v.oorbeeld@client.example", "email"),
        ("rijksregister 85.07.30-033.28", "national_number"),
        ("belt vanop 0499 00 00 00", "phone"),
        ("storting op BE49 9999 0000 0171", "account"),
    ],
)
def test_what_looks_personal_is_named(text, kind):
    assert kind in {found for found, _ in personal_hints(text)}


@pytest.mark.parametrize(
    "text",
    [
        "Opzoeking in het gesprekkenarchief en kopie bezorgd",
        "Verzoek ZAAK-2026-77 behandeld op 04/11/2026",
        "Overleg met Bakkerij Voorbeeld BV over artikel 28",
        "Overleg met Bakkerij Voorbeeld",
        "",
    ],
)
def test_case_references_and_the_clients_own_name_are_no_person(text):
    assert personal_hints(text, ["Bakkerij Voorbeeld BV"]) == []
