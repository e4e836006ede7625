import pytest

from dpa_service.domain.contract.clause_text import Print, Ref, TextTrouble, Words, parse_clause_text, parse_inline


def test_reads_paragraphs_points_names_and_conditions() -> None:
    text = parse_clause_text(
        "# Melding\n\n1. {#notify} De **Verwerker** meldt\n   binnen {hours}:\n   - {#nature} de aard;\n     - dieper;\n"
        "   - {when daily} dagelijks, zie artikel {ref:fees#rate}.\n\n4. {when not firm} Streefdoel.\n",
        "article",
    )
    first, second = text.nodes
    assert text.heading == "Melding"
    assert first.anchor == "notify"
    assert first.inline == (Words("De "), Words("Verwerker", True), Words(" meldt binnen "), Print("hours"), Words(":"))
    assert [point.anchor for point in first.points] == ["nature", None]
    assert first.points[0].points[0].inline == (Words("dieper;"),)
    assert first.points[1].when is not None
    assert first.points[1].when.source == "daily"
    assert first.points[1].inline[1] == Ref("fees", "rate")
    assert second.when is not None
    assert second.when.source == "not firm"


def test_reads_an_annex() -> None:
    text = parse_clause_text(
        "# Tarief\n\nInleiding\nloopt door.\n\n## {#cap} Plafonds\n\n- eerste\n- {when a} tweede\n  loopt door\n\n"
        "| Grond | Plafond |\n|---|---|\n| {when a} d1 | {cap} |\n| d2 | {cap:short} |\n\n{when a} {table:tariff}\n",
        "annex",
    )
    assert [node.kind for node in text.nodes] == ["text", "heading", "bullet", "bullet", "table", "directive"]
    assert text.nodes[0].inline == (Words("Inleiding loopt door."),)
    assert text.nodes[1].anchor == "cap"
    assert text.nodes[3].inline == (Words("tweede loopt door"),)
    rows = text.nodes[4].rows
    assert rows[0][0] is not None
    assert rows[1][1][1] == (Print("cap", short=True),)
    assert text.nodes[5].directive == "tariff"
    assert text.nodes[5].when is not None


@pytest.mark.parametrize(
    ("source", "kind", "line", "said"),
    [
        ("Geen kop\n", "article", 1, "heading"),
        ("# Kop\n", "article", 1, "no text"),
        ("# Kop\n1. Eén.\n- los punt\n", "article", 3, "point"),
        ("# Kop\n1. Eén.\n   - a\n     - b\n       - c\n", "article", 5, "two levels"),
        ("# Kop\n1. {#a} Eén.\n2. {#a} Twee.\n", "article", 3, "used twice"),
        ("# Kop\n1. Eén {open.\n", "article", 2, "brace"),
        ("# Kop\n1. Eén **vet.\n", "article", 2, "bold"),
        ("# Kop\n1. Eén {Naam}.\n", "article", 2, "cannot read"),
        ("# Kop\n1. Eén {when a} twee.\n", "article", 2, "beginning"),
        ("# Kop\n1. {when a and} twee.\n", "article", 2, "condition"),
        ("# Kop\nzomaar\n", "article", 2, "cannot place"),
        ("# Kop\n| a | b |\n| c | d |\n", "annex", 2, "table"),
        ("# Kop\n| a | b |\n|---|---|\n| c |\n", "annex", 4, "cells"),
        ("# Kop\n| a |\n|---|\n| c |\n", "annex", 2, "columns"),
    ],
)
def test_each_mistake_has_line_message_and_remedy(source: str, kind: str, line: int, said: str) -> None:
    with pytest.raises(TextTrouble) as caught:
        parse_clause_text(source, kind)
    assert caught.value.line == line
    assert said in caught.value.message
    assert caught.value.remedy


def test_bold_may_hold_a_printed_value() -> None:
    assert parse_inline("**“{controller.name}”**", 1) == (Words("“", True), Print("controller.name", bold=True), Words("”", True))
