"""The standard text as own wording begins: left as it is, the document says the same, word for word and number for number."""

from __future__ import annotations

import json

import pytest

from dpa_service.adapters.library_files import load_library
from dpa_service.domain.contract.assembly import assemble
from dpa_service.domain.contract.request import request_from_dict
from dpa_service.resources import examples_dir
from dpa_service.services.agreements.request_schema import load_request
from dpa_service.services.negotiation.deviation_look import standard_source

LIBRARY = load_library()
EXAMPLES = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(examples_dir().glob("*.json"))}
AGREEMENTS = [name for name, data in EXAMPLES.items() if "client" in data]


def articles(request):
    """Article by article: heading, number and paragraphs."""
    snapshot = assemble(LIBRARY, request_from_dict(request, LIBRARY), reference="ONTWERP")
    return {
        article["clause"]: (article["heading"], article["label"], article["paragraphs"])
        for part in snapshot["parts"]
        for article in part["articles"]
    }


@pytest.mark.parametrize("name", AGREEMENTS)
def test_own_wording_that_changes_nothing_prints_the_same(name):
    data = {key: value for key, value in EXAMPLES[name].items() if key not in ("reference", "deviations")}
    request = load_request(data, LIBRARY, reference=False)
    standard = articles(request)
    assert len(standard) > 20
    for clause, printed in standard.items():
        source = standard_source(LIBRARY, request, clause)
        assert "{when" not in source
        own = {**request, "deviations": [{"class": "modified", "clause": clause, "text": source}]}
        assert articles(load_request(own, LIBRARY, reference=False))[clause] == printed, clause
