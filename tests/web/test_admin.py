"""The administration's pages: forms that keep what was typed, errors by field, versions, undo, roles."""

from __future__ import annotations

import json
import re

import pytest
import sqlalchemy as sa

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.house import HouseData
from dpa_service.adapters.db.models import AuditLog
from dpa_service.domain.errors import LibraryProblem
from dpa_service.services.house import house
from dpa_service.services.house.house_schema import KINDS, PROCESSOR, SERVICES, SUB_PROCESSORS
from dpa_service.serving.runtime import library as effective
from dpa_service.serving.runtime import runtime, session
from tests.conftest import NOW

PROFILE = {
    "name": "ContactExpert NV",
    "legal_form": "naamloze vennootschap",
    "enterprise_number": "0427.073.974",
    "register": "RPR Brussel, Nederlandstalige afdeling",
    "address.street": "Louizalaan 251",
    "address.postal_code": "1050",
    "address.city": "Brussel",
    "address.country": "BE",
    "signatory.name": "",
    "signatory.role": "gedelegeerd bestuurder",
    "privacy_contact.name": "Functionaris voor gegevensbescherming",
    "privacy_contact.email": "dpo@contactexpert.be",
    "privacy_contact.phone": "",
    "dpo_email": "dpo@contactexpert.be",
    "insured_sum": "1.250.000,00",
    "court_seat": "Brussel",
    "in_force_since": "2020-10-06",
    "version": "0",
    "note": "",
}
SUPPLIER = {
    "name": "Nieuwe Voorbeeld Spraak BV",
    "address": "Nieuwstraat 5, 1000 Brussel",
    "registration": "ondernemingsnummer 0999.200.463",
    "service": "uitschrijven van gesprekken",
    "data": "inhoud van gesprekken",
    "contact": "privacy@nieuwe-spraak.example",
    "all_services": "all",
    "locations": ["BE", "FR"],
    "other_locations": "",
    "version": "0",
}
SERVICE = {
    "nl.name": "Videogesprekken & demo's",
    "nl.purposes": "het helpen van klanten via video\r\n\r\nhet tonen van producten",
    "nl.nature": "het voeren van videogesprekken",
    "nl.data_types": "beeld en geluid",
    "nl.special_categories": "",
    "nl.data_subjects": "klanten",
    "nl.measures": "geen opname",
    "retention.data": ["", "gespreksgegevens", ""],
    "retention.period": ["", "{contact_retention_months} na het gesprek", ""],
    "version": "0",
}


@pytest.fixture
def admin(as_role):
    return as_role("admin")


def stored(app, kind):
    with app.app_context():
        return house.current(session(), runtime().library, kind)


def values(page):
    """Name → value of the text fields of a page, as a browser would send them."""
    return dict(re.findall(r'<input class="form-control[^"]*" id="[^"]*" name="([^"]+)"[^>]*? value="([^"]*)"', page))


def test_the_front_page_says_what_runs(admin):
    page = admin.get("/admin")
    assert page.status_code == 200
    for address in ("/admin/processor", "/admin/sub-processors", "/admin/services", "/users", "/audit"):
        assert f'href="{address}"' in page.text
    assert "SQLite" in page.text


def test_the_audit_chain_is_checked_on_demand(app, admin):
    answer = admin.post("/admin/audit/check", follow_redirects=True)
    assert answer.status_code == 200
    assert "alert-success" in answer.text
    with app.app_context():
        session().execute(sa.update(AuditLog).where(AuditLog.seq == 1).values(actor="x"))
        session().commit()
    answer = admin.post("/admin/audit/check", follow_redirects=True)
    assert "alert-danger" in answer.text
    assert "line 1 was altered" in answer.text


def test_a_profile_is_saved_as_a_version_and_printed_from_then_on(app, admin, library):
    shown = values(admin.get("/admin/processor").text)
    assert shown.items() >= {key: value for key, value in PROFILE.items() if key not in ("version", "address.country")}.items()
    answer = admin.post("/admin/processor", data={**PROFILE, "insured_sum": "2.000.000", "note": "hogere polis"})
    assert (answer.status_code, answer.location) == (303, "/admin/processor")
    version = stored(app, PROCESSOR)
    assert (version.number, version.content["insured_sum"], version.note) == (1, "2000000.00", "hogere polis")
    assert version.author == admin.user.email
    with app.app_context():
        assert effective().processor["insured_sum"] == "2000000.00"
        assert effective().hash != library.hash


def test_a_double_click_and_an_unchanged_form_make_no_version(app, admin):
    assert admin.post("/admin/processor", data=PROFILE).status_code == 303
    assert stored(app, PROCESSOR).number == 0
    admin.post("/admin/processor", data={**PROFILE, "court_seat": "Gent"})
    second = admin.post("/admin/processor", data={**PROFILE, "court_seat": "Gent"})
    assert second.status_code == 409
    assert stored(app, PROCESSOR).number == 1


def test_wrong_fields_are_named_and_nothing_typed_is_lost(app, admin):
    wrong = {"enterprise_number": "0427.073.975", "dpo_email": "niemand", "name": "", "insured_sum": "veel <b>geld</b>"}
    answer = admin.post("/admin/processor", data={**PROFILE, **wrong, "note": "mijn reden"})
    assert answer.status_code == 422
    for name in wrong:
        identifier = name.replace(".", "-")
        assert f'id="f-{identifier}-error"' in answer.text
        assert f'href="#f-{identifier}"' in answer.text
    shown = values(answer.text)
    assert shown["dpo_email"] == "niemand"
    assert shown["insured_sum"] == "veel &lt;b&gt;geld&lt;/b&gt;"
    assert shown["note"] == "mijn reden"
    assert shown["court_seat"] == "Brussel"
    assert 'name="version" value="0"' in answer.text
    assert stored(app, PROCESSOR).number == 0


def test_the_second_author_is_told_sees_the_difference_and_keeps_his_words(app, admin, as_role):
    other = as_role("admin")
    admin.post("/admin/processor", data={**PROFILE, "court_seat": "Gent"})
    answer = other.post("/admin/processor", data={**PROFILE, "court_seat": "Luik"})
    assert answer.status_code == 409
    assert admin.user.email in answer.text
    assert "<ins>Gent</ins>" in answer.text
    assert values(answer.text)["court_seat"] == "Luik"
    assert 'name="version" value="1"' in answer.text
    assert other.post("/admin/processor", data={**PROFILE, "court_seat": "Luik", "version": "1"}).status_code == 303
    assert stored(app, PROCESSOR).content["court_seat"] == "Luik"


def test_a_sub_processor_is_added_changed_removed_and_brought_back(app, admin):
    assert admin.post("/admin/sub-processors/add", data=SUPPLIER).location == "/admin/sub-processors"
    rows = stored(app, SUB_PROCESSORS).content["sub_processors"]
    assert rows[-1] == {
        **{key: value for key, value in SUPPLIER.items() if key not in ("all_services", "other_locations", "version")},
        "services": "all",
    }
    place = len(rows)
    assert SUPPLIER["name"] in admin.get("/admin/sub-processors").text
    only = {**SUPPLIER, "all_services": "", "services": ["call-recording"], "other_locations": "us; IN", "version": "1"}
    assert admin.post(f"/admin/sub-processors/{place}", data=only).status_code == 303
    row = stored(app, SUB_PROCESSORS).content["sub_processors"][-1]
    assert (row["services"], row["locations"]) == (["call-recording"], ["BE", "FR", "US", "IN"])
    assert "place-outside" in admin.get("/admin/sub-processors").text
    assert admin.get(f"/admin/sub-processors/{place}/remove").status_code == 200
    assert len(stored(app, SUB_PROCESSORS).content["sub_processors"]) == place  # asking changes nothing
    removed = admin.post(f"/admin/sub-processors/{place}/remove", data={"version": "2"}, follow_redirects=True)
    assert len(stored(app, SUB_PROCESSORS).content["sub_processors"]) == place - 1
    undo = "/admin/sub-processors/versions/2/restore"
    assert undo in removed.text
    assert admin.post(undo, data={"version": "3"}).status_code == 303
    assert stored(app, SUB_PROCESSORS).content["sub_processors"][-1] == row


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"registration": "KBO 0999.200.464"}, "registration"),
        ({"locations": [], "other_locations": "XX"}, "locations"),
        ({"locations": []}, "locations"),
        ({"all_services": ""}, "services"),
        ({"name": "Voorbeeld Hosting NV"}, "name"),
        ({"data": ""}, "data"),
    ],
)
def test_a_wrong_sub_processor_is_named_by_its_field(app, admin, change, field):
    answer = admin.post("/admin/sub-processors/add", data={**SUPPLIER, **change})
    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in answer.text
    assert values(answer.text)["service"] == SUPPLIER["service"]
    assert stored(app, SUB_PROCESSORS).number == 0


def test_a_row_is_not_removed_from_a_list_that_changed_meanwhile(app, admin):
    admin.post("/admin/sub-processors/add", data=SUPPLIER)
    answer = admin.post("/admin/sub-processors/1/remove", data={"version": "0"}, follow_redirects=True)
    assert "alert-danger" in answer.text
    assert stored(app, SUB_PROCESSORS).number == 1
    assert admin.get("/admin/sub-processors/99").status_code == 404
    assert admin.post("/admin/sub-processors/99/remove", data={"version": "1"}).status_code == 404


def test_a_service_is_added_and_offered_retired_and_offered_again(app, admin):
    assert admin.post("/admin/services/add", data=SERVICE).location == "/admin/services"
    with app.app_context():
        service = effective().services["videogesprekken-demo-s"]
        assert service.texts["nl"]["purposes"] == ("het helpen van klanten via video", "het tonen van producten")
        assert service.texts["nl"]["retention"] == (
            {"data": "gespreksgegevens", "period": "{contact_retention_months} na het gesprek"},
        )
    described = json.dumps(admin.get("/api/v1/openapi.json").json["components"]["schemas"]["AgreementRequest"])
    assert "videogesprekken-demo-s" in described
    page = "/admin/services/videogesprekken-demo-s"
    assert admin.post(page, data={**SERVICE, "nl.measures": "", "facts": ["call_recording"], "version": "1"}).status_code == 303
    with app.app_context():
        assert effective().services["videogesprekken-demo-s"].facts == ("call_recording",)
    assert admin.get(f"{page}/retire").status_code == 200
    assert admin.post(f"{page}/retire", data={"version": "2"}).status_code == 303
    with app.app_context():
        assert "videogesprekken-demo-s" not in effective().services
    assert admin.get(page).status_code == 404
    assert f"{page}/return" in admin.get("/admin/services").text
    assert admin.post(f"{page}/return", data={"version": "3"}).status_code == 303
    with app.app_context():
        assert "videogesprekken-demo-s" in effective().services


def test_a_text_that_the_library_cannot_print_is_named_beside_its_field(app, admin):
    wrong = {
        "nl.purposes": "goed\neen {haakje",
        "nl.measures": "bewaard {cap_fixed}",
        "retention.data": ["x", "y"],
        "retention.period": ["{nonsense}", "altijd"],
        "nl.name": "",
        "nl.nature": "",
    }
    answer = admin.post("/admin/services/add", data={**SERVICE, **wrong})
    assert answer.status_code == 422
    for field in ("nl-purposes", "nl-measures", "nl-retention-0-period", "nl-name", "nl-nature"):
        assert f'id="f-{field}-error"' in answer.text
    assert "een {haakje" in answer.text
    assert "{cap_fixed}" in answer.text
    assert stored(app, SERVICES).number == 0


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_history_and_every_version_a_page(admin, kind, library):
    admin.post("/admin/processor", data={**PROFILE, "court_seat": "Gent", "note": "verhuis"})
    admin.post("/admin/sub-processors/add", data=SUPPLIER)
    admin.post("/admin/services/add", data=SERVICE)
    seats = {f"approvers.{seat}.{key}": value for seat, entry in library.approvers.items() for key, value in entry.items()}
    admin.post("/admin/playbook", data={**seats, "approval_days": "60", "reminder_days": "2", "version": "0"})
    history = admin.get(f"/admin/{kind}/history")
    assert history.status_code == 200
    assert admin.user.email in history.text
    for number in (0, 1):
        assert f"/admin/{kind}/versions/{number}" in history.text
        assert admin.get(f"/admin/{kind}/versions/{number}").status_code == 200
    assert admin.get(f"/admin/{kind}/versions/7").status_code == 404
    restored = admin.post(f"/admin/{kind}/versions/0/restore", data={"version": "1"})
    assert restored.status_code == 303
    again = admin.post(f"/admin/{kind}/versions/0/restore", data={"version": "1"}, follow_redirects=True)
    assert "alert-danger" in again.text


def test_a_new_draft_prints_what_was_edited_and_an_issued_agreement_does_not(admin, client, example, plain_documents):
    def made():
        answer = client.post("/api/v1/agreements", json=example())
        assert answer.status_code == 201
        return answer.json["id"]

    def printed(agreement):
        return client.get(f"/api/v1/agreements/{agreement}/preview").text

    old = made()
    assert client.post(f"/api/v1/agreements/{old}/issue", headers={"Idempotency-Key": "one"}).status_code == 200
    admin.post("/admin/processor", data={**PROFILE, "name": "Nieuwe Naam Contact NV"})
    admin.post("/admin/sub-processors/add", data=SUPPLIER)
    new = made()
    assert "Nieuwe Naam Contact NV" in printed(new)
    assert SUPPLIER["name"] in printed(new)
    assert "Nieuwe Naam Contact NV" not in printed(old)
    assert SUPPLIER["name"] not in printed(old)
    assert f"/agreements/{new}" in admin.get("/admin/processor/versions/1").text
    assert f"/agreements/{old}" in admin.get("/admin/sub-processors/versions/0").text


def test_the_data_protection_officer_edits_sub_processors_and_nothing_else(as_role):
    dpo = as_role("dpo")
    assert dpo.get("/admin/sub-processors").status_code == 200
    assert dpo.post("/admin/sub-processors/add", data=SUPPLIER).status_code == 303
    assert dpo.get("/admin/sub-processors/history").status_code == 200
    assert dpo.post("/admin/sub-processors/versions/0/restore", data={"version": "1"}).status_code == 303
    for address in ("/admin", "/admin/processor", "/admin/services", "/admin/processor/history", "/admin/services/versions/0"):
        assert dpo.get(address).status_code in (403, 404)
    assert dpo.post("/admin/processor/versions/0/restore", data={"version": "0"}).status_code in (403, 404)


@pytest.mark.parametrize("role", ["sales", "legal", "finance"])
def test_other_roles_see_none_of_it(as_role, role):
    browser = as_role(role)
    for address in ("/admin", "/admin/processor", "/admin/sub-processors", "/admin/services"):
        assert browser.get(address).status_code in (403, 404)
    assert browser.post("/admin/sub-processors/add", data=SUPPLIER).status_code in (403, 404)


def test_edits_leave_audit_lines_without_texts(app, admin):
    admin.post("/admin/processor", data={**PROFILE, "name": "Geheime Naam NV", "note": "een geheime reden"})
    with app.app_context(), reading(session()) as current:
        line = current.scalars(sa.select(AuditLog).where(AuditLog.action == "house.change")).one()
        assert (line.actor, line.object_id) == (admin.user.email, PROCESSOR)
        assert "geheime" not in str(line.details).lower()


def test_hostile_text_is_shown_as_text(admin):
    admin.post("/admin/sub-processors/add", data={**SUPPLIER, "name": "<script>alert(1)</script> & {{ 7*7 }}"})
    for address in (
        "/admin/sub-processors",
        "/admin/sub-processors/7",
        "/admin/sub-processors/history",
        "/admin/sub-processors/versions/1",
    ):
        page = admin.get(address).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; {{ 7*7 }}" in page


def test_a_catalogue_that_no_longer_fits_is_named_and_can_be_put_right(app, admin):
    """After an upgrade of the clauses stored data may not pass their rules any more; the administration still works."""
    with app.app_context():
        session().add(
            HouseData(kind=SERVICES, version=1, hash="x", content={"services": [{"id": "x", "nl": {"name": "Oud"}}]}, author="a", at=NOW)
        )  # fmt: skip
        session().commit()
        with pytest.raises(LibraryProblem):
            effective()
    page = admin.get("/admin")
    assert page.status_code == 200
    assert "services[0].nl." in page.text
    assert admin.get("/admin/services").status_code == 200
    assert admin.get("/admin/sub-processors/add").status_code == 200
    assert admin.post("/admin/services/versions/0/restore", data={"version": "1"}).status_code == 303
    with app.app_context():
        assert "call-recording" in effective().services
