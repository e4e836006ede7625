"""A fault between any two writes of a use case, or at its commit, leaves nothing of it: no row, no number, no audit line, no message."""

import pytest

from dpa_service.services.agreements import agreements, clients, issuing
from dpa_service.services.library import library as releases
from tests.conftest import NOW, TODAY
from tests.support.approvals import approve_all
from tests.support.changed_library import new_text
from tests.support.faults import all_or_nothing

pytestmark = pytest.mark.usefixtures("plain_documents")


@pytest.fixture
def use_cases(session, library, example):
    """Name → a use case ready to run, on a database that holds a draft and a client."""
    made = agreements.create_draft(session, library, example("voorbeeld-alles"), actor="a", now=NOW)
    approve_all(session, made.agreement.id)
    party = example("voorbeeld-energie")["client"]
    newer = new_text(library)
    return {
        "sync": lambda: releases.sync(session, newer, now=NOW),
        "create client": lambda: clients.create(session, party, actor="a", now=NOW),
        "update client": lambda: clients.update(session, made.agreement.client_id, party, expected_version=1, actor="a", now=NOW),
        "create draft": lambda: agreements.create_draft(session, newer, example(), key="d", actor="a", now=NOW),
        "update draft": lambda: agreements.update_draft(
            session, made.agreement.id, example(), expected_version=1, renew=newer, actor="a", now=NOW
        ),
        "issue": lambda: issuing.issue(session, made.agreement.id, key="i", actor="a", now=NOW, today=TODAY),
    }


@pytest.mark.parametrize("name", ["sync", "create client", "update client", "create draft", "update draft", "issue"])
def test_all_or_nothing(session, use_cases, name):
    all_or_nothing(session, use_cases[name])
