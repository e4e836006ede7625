"""Of which agreement a file is: what is trusted first decides, and what is missing is never an answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dpa_service.domain.comparison.returned_identity import OtherAgreement, belongs_to, check_same, same_agreement
from dpa_service.domain.comparison.returned_stream import Identity, Paragraph, Piece, Stream

OURS, OTHER = "0123456789abcdef" * 2, "fedcba9876543210" * 2
WORDS = ["De", "Verwerker", "meldt", "een", "Inbreuk", "binnen", "vierentwintig", "uur", "aan", "de", "Verantwoordelijke"]


def file(identity: Identity, words: list[str] = WORDS) -> Stream:
    return Stream(tuple(Paragraph((Piece(word),)) for word in words), identity=identity)


def footer(name: str, reference: str) -> str:
    return f"{reference}   {name}\tpagina 1 van 9"


MARKS = tuple(f"_cl_{number:012x}" for number in range(10))
ISSUED = file(Identity((OURS,), (OURS,), MARKS, (footer(OURS, "DPA-2026-0001"),)))


def test_what_a_file_says_about_itself_in_the_order_of_trust() -> None:
    found = belongs_to(ISSUED)
    assert found.ids == (("property", OURS), ("customXml", OURS), ("footer", OURS))
    assert (found.agreement_id, found.references, found.bookmarks, found.conflict) == (OURS, ("DPA-2026-0001",), 10, False)
    assert belongs_to(file(Identity((OURS,), (OTHER,)))).conflict


@pytest.mark.parametrize(("identity", "words", "same", "method", "other"), [
    (Identity((OURS,)), ["niets"], True, "property", ""),
    (Identity((OTHER,), (OURS,), MARKS, (footer(OURS, "DPA-2026-0001"),)), WORDS, False, "property", OTHER),
    (Identity((OTHER,), footers=(footer(OTHER, "DPA-2026-0002"),)), WORDS, False, "property", "DPA-2026-0002"),
    (Identity((), (OURS,)), WORDS, True, "customXml", ""),
    (Identity((), (OTHER,)), WORDS, False, "customXml", OTHER),
    (Identity((), (), MARKS), WORDS, True, "bookmarks", ""),
    (Identity((), (), MARKS, (footer(OTHER, "DPA-2026-0002"),)), WORDS, False, "footer", "DPA-2026-0002"),
    (Identity((), (), MARKS), ["niets"], False, "similarity", ""),
    (Identity((), (), (), (footer(OURS, "DPA-2026-0001"),)), WORDS, True, "footer", ""),
    (Identity((), (), (), ("DPA-2026-0002 pagina 3",)), WORDS, False, "footer", "DPA-2026-0002"),
    (Identity(), WORDS[2:], True, "similarity", ""),
    (Identity(), ["een", "ander", "contract"], False, "similarity", ""),
])  # fmt: skip
def test_whether_it_is_the_same_agreement(identity: Identity, words: list[str], same: bool, method: str, other: str) -> None:
    verdict = same_agreement(ISSUED, file(identity, words))
    assert (verdict.same, verdict.method, verdict.found) == (same, method, other)
    assert 0 < verdict.confidence <= 1


def test_another_agreement_is_named() -> None:
    with pytest.raises(OtherAgreement) as refused:
        check_same(ISSUED, replace(ISSUED, identity=Identity((OTHER,), footers=(footer(OTHER, "DPA-2026-0002"),))))
    assert "DPA-2026-0002" in refused.value.message
    assert "DPA-2026-0001" in refused.value.message
    assert check_same(ISSUED, ISSUED).same
