"""Forms in the database: saved at any time, two tabs, a double click, one draft, an owner. On SQLite and PostgreSQL."""

from __future__ import annotations

import threading
import uuid

import pytest
import sqlalchemy as sa

from dpa_service.adapters.db.forms import Form
from dpa_service.adapters.db.models import Agreement, AuditLog
from dpa_service.domain.errors import RequestInvalid
from dpa_service.services.agreements import agreements, clients, forms, issuing
from dpa_service.services.agreements.form_data import blank, of_request
from dpa_service.services.errors import Conflict, NotFound, Stale
from tests.conftest import NOW, TODAY

WHO = {"actor": "anna@example.org", "now": NOW}


def new_id() -> str:
    return uuid.uuid4().hex


@pytest.fixture
def complete(example):
    """A form that can be made into a draft."""
    return of_request(example())


def test_anything_can_be_saved_and_read_again(session):
    data = blank(TODAY) | {
        "client": {"name": 'Half <b>"klaar" {{ 7*7 }} \u202e', "enterprise_number": "9"},
        "transfers": [{"country": "?"}],
    }
    made = forms.save(session, new_id(), data, expected_version=0, **WHO)
    read = forms.get(session, made.id, owner=WHO["actor"])
    assert read.data == data
    assert (read.version, read.agreement_id) == (1, None)
    assert [row.id for row in forms.mine(session, owner=WHO["actor"])] == [made.id]


def test_the_same_click_twice_is_one_save(session):
    form_id, data = new_id(), blank(TODAY)
    first = forms.save(session, form_id, data, expected_version=0, **WHO)
    again = forms.save(session, form_id, data, expected_version=0, **WHO)
    assert (again.id, again.version) == (first.id, 1)
    changed = forms.save(session, form_id, data | {"effective_from": "2027-01-01"}, expected_version=1, **WHO)
    assert changed.version == 2
    assert forms.save(session, form_id, data | {"effective_from": "2027-01-01"}, expected_version=1, **WHO).version == 2


def test_the_second_tab_is_told(session):
    form_id, data = new_id(), blank(TODAY)
    forms.save(session, form_id, data, expected_version=0, **WHO)
    forms.save(session, form_id, data | {"effective_from": "2027-01-01"}, expected_version=1, **WHO)
    with pytest.raises(Stale):
        forms.save(session, form_id, data | {"effective_from": "2027-02-01"}, expected_version=1, **WHO)
    assert forms.get(session, form_id, owner=WHO["actor"]).data["effective_from"] == "2027-01-01"


def test_of_many_tabs_at_once_exactly_one_saves(sessions):
    form_id, data, results = new_id(), blank(TODAY), []
    with sessions() as session:
        forms.save(session, form_id, data, expected_version=0, **WHO)
    gate = threading.Barrier(6)

    def tab(number: int) -> None:
        with sessions() as session:
            gate.wait()
            try:
                forms.save(session, form_id, data | {"effective_from": f"2027-01-0{number}"}, expected_version=1, **WHO)
                results.append("saved")
            except Stale:
                results.append("stale")

    threads = [threading.Thread(target=tab, args=(number,)) for number in range(1, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["saved"] + ["stale"] * 5


def test_another_owner_finds_nothing(session):
    made = forms.save(session, new_id(), blank(TODAY), expected_version=0, **WHO)
    other = {"actor": "bert@example.org", "now": NOW}
    for attempt in (
        lambda: forms.get(session, made.id, owner=other["actor"]),
        lambda: forms.stored(session, made.id, owner=other["actor"]),
        lambda: forms.save(session, made.id, blank(TODAY), expected_version=0, **other),
        lambda: forms.save(session, made.id, {}, expected_version=1, **other),
        lambda: forms.discard(session, made.id, **other),
        lambda: forms.restore(session, made.id, **other),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert forms.mine(session, owner=other["actor"]) == []
    assert forms.stored(session, new_id(), owner=other["actor"]) is None


def test_discard_and_undo(session):
    made = forms.save(session, new_id(), blank(TODAY), expected_version=0, **WHO)
    forms.discard(session, made.id, **WHO)
    forms.discard(session, made.id, **WHO)
    assert forms.mine(session, owner=WHO["actor"]) == []
    assert [row.id for row in forms.mine(session, owner=WHO["actor"], discarded=True)] == [made.id]
    forms.restore(session, made.id, **WHO)
    assert [row.id for row in forms.mine(session, owner=WHO["actor"])] == [made.id]
    actions = session.scalars(sa.select(AuditLog.action).order_by(AuditLog.seq)).all()
    session.rollback()
    assert actions == ["form.create", "form.discard", "form.restore"]


def test_a_complete_form_makes_one_draft_and_changes_it_afterwards(session, library, complete):
    made = forms.save(session, new_id(), complete, expected_version=0, **WHO)
    first = forms.make_draft(session, library, made.id, **WHO)
    again = forms.make_draft(session, library, made.id, **WHO)
    assert first.agreement.id == again.agreement.id
    row = forms.get(session, made.id, owner=WHO["actor"])
    assert (row.agreement_id, row.client_id) == (first.agreement.id, first.agreement.client_id)
    complete["parameters"], complete["asked"] = {"breach_notice_hours": "24"}, {"parameters": True}
    forms.save(session, made.id, complete, expected_version=row.version, **WHO)
    changed = forms.make_draft(session, library, made.id, **WHO)
    assert [deviation.key for deviation in changed.deviations] == ["value:breach_notice_hours"]
    count = session.scalar(sa.select(sa.func.count()).select_from(Agreement))
    session.rollback()
    assert count == 1


def test_an_interrupted_first_draft_is_found_again(session, library, complete):
    made = forms.save(session, new_id(), complete, expected_version=0, **WHO)
    first = forms.make_draft(session, library, made.id, **WHO)
    row = session.get_one(Form, made.id)  # as if the process had stopped between making the draft and noting it in the form
    row.agreement_id = row.agreement_version = None
    session.commit()
    assert forms.make_draft(session, library, made.id, **WHO).agreement.id == first.agreement.id


def test_an_incomplete_form_makes_no_draft(session, library):
    made = forms.save(session, new_id(), blank(TODAY), expected_version=0, **WHO)
    with pytest.raises(RequestInvalid) as refused:
        forms.make_draft(session, library, made.id, **WHO)
    assert {error.field for error in refused.value.errors} >= {"client.name", "services"}


def test_a_draft_that_somebody_else_changed_is_not_overwritten_unasked(session, library, complete, example):
    made = forms.save(session, new_id(), complete, expected_version=0, **WHO)
    draft = forms.make_draft(session, library, made.id, **WHO).agreement
    agreements.update_draft(
        session, draft.id, example(effective_from="2027-05-01"), expected_version=None, actor="bert@example.org", now=NOW
    )  # fmt: skip
    with pytest.raises(Stale):
        forms.make_draft(session, library, made.id, **WHO)
    forms.make_draft(session, library, made.id, overwrite=True, **WHO)
    taken = forms.of_draft(session, draft.id, actor="bert@example.org", now=NOW)
    assert taken.id != made.id
    assert taken.data["effective_from"] == complete["effective_from"]
    assert forms.of_draft(session, draft.id, actor="bert@example.org", now=NOW).id == taken.id


@pytest.mark.usefixtures("plain_documents")
def test_an_issued_agreement_is_out_of_reach_of_its_form(session, library, complete):
    made = forms.save(session, new_id(), complete, expected_version=0, **WHO)
    draft = forms.make_draft(session, library, made.id, **WHO).agreement
    issuing.issue(session, draft.id, actor=WHO["actor"], now=NOW, today=TODAY)
    with pytest.raises(Conflict):
        forms.make_draft(session, library, made.id, **WHO)
    with pytest.raises(Conflict):
        forms.of_draft(session, draft.id, **WHO)
    assert forms.mine(session, owner=WHO["actor"]) == []


def test_a_copy_for_another_client_keeps_that_client_and_takes_the_answers(session, library, example):
    source = agreements.create_draft(session, library, example("voorbeeld-alles"), **WHO).agreement
    other = clients.create(session, example()["client"], **WHO)
    copied = forms.copy(session, source.id, client_id=other.id, **WHO)
    assert copied.client_id == other.id
    assert copied.data["client"]["name"] == other.name
    assert copied.data["main_agreement"] == {"date": TODAY.isoformat()}
    assert copied.data["services"] == source.request["services"]
    assert copied.data["transfers"] == source.request["transfers"]
    assert forms.copy(session, source.id, **WHO).client_id == source.client_id
    old = agreements.create_draft(session, library, example(effective_from="2025-01-01"), **WHO).agreement
    assert forms.copy(session, old.id, **WHO).data["effective_from"] == "2026-12-01"
    general = agreements.create_draft(
        session, library, {"language": "nl", "effective_from": "2027-01-01"}, document="general-terms", **WHO
    )  # fmt: skip
    with pytest.raises(NotFound):
        forms.copy(session, general.agreement.id, **WHO)
    with pytest.raises(NotFound):
        forms.copy(session, source.id, client_id=new_id(), **WHO)


def test_a_form_whose_number_became_another_one_is_no_longer_for_the_known_client(session, example):
    known = clients.create(session, example()["client"], **WHO)
    data = blank(TODAY, known.data)
    made = forms.save(session, new_id(), data, client_id=known.id, expected_version=0, **WHO)
    assert made.client_id == known.id
    data["client"] = data["client"] | {"enterprise_number": "0999.100.394"}
    assert forms.save(session, made.id, data, client_id=known.id, expected_version=1, **WHO).client_id is None
    with pytest.raises(NotFound):
        forms.save(session, made.id, data, client_id=new_id(), expected_version=2, **WHO)
