"""House data on both databases: versions that overlay the library's files, what new and old agreements print, and who came first."""

import copy
import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa

from dpa_service.adapters.db.audit import verify
from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.house import HouseData
from dpa_service.adapters.db.models import AuditLog
from dpa_service.adapters.library_files import load_library
from dpa_service.domain.errors import DomainError, RequestInvalid
from dpa_service.resources import clauses_dir
from dpa_service.services.agreements import agreements, issuing
from dpa_service.services.errors import NotFound, Stale
from dpa_service.services.house import house, house_changes
from dpa_service.services.house.house_schema import PROCESSOR, SERVICES, SUB_PROCESSORS
from tests.conftest import NOW, TODAY

ADMIN = "admin@voorbeeld.example"
SUPPLIER = {
    "name": "Nieuwe Voorbeeld Spraak BV",
    "address": "Nieuwstraat 5, 1000 Brussel",
    "registration": "ondernemingsnummer 0999.200.463",
    "service": "uitschrijven van gesprekken",
    "data": "inhoud van gesprekken",
    "locations": ["BE", "FR"],
    "contact": "privacy@nieuwe-spraak.example",
    "services": "all",
}


def save(session, library, kind, change, expected=0, **options):
    return house.save(session, library, kind, change, expected=expected, actor=ADMIN, now=NOW, **options)


def changed(**fields):
    return lambda old: {**copy.deepcopy(old), **fields}


def with_supplier(supplier):
    return lambda old: {"sub_processors": [*old["sub_processors"], supplier]}


def draft(session, base, example, **changes):
    library = house.effective_library(session, base)
    return agreements.create_draft(session, library, example(**changes), actor="t", now=NOW).agreement.id


def text_of(session, agreement_id):
    return json.dumps(agreements.preview(session, agreement_id), ensure_ascii=False).replace("\u00a0", " ")


def test_without_edits_the_library_of_the_files_is_in_force(session, library):
    assert house.effective_library(session, library) is library
    assert house.current(session, library, PROCESSOR).number == 0


def test_a_changed_profile_is_printed_by_new_agreements_and_never_by_issued_ones(session, library, example, plain_documents):
    issued = draft(session, library, example)
    issuing.issue(session, issued, actor="t", now=NOW, today=TODAY)
    old_draft = draft(session, library, example)
    made = save(session, library, PROCESSOR, changed(name="Nieuwe Naam Contact NV"), note="naamswijziging")
    assert (made.number, made.author, made.note) == (1, ADMIN, "naamswijziging")
    assert house.effective_library(session, library).hash != library.hash
    assert house.effective_library(session, library) is house.effective_library(session, library)
    assert "Nieuwe Naam Contact NV" in text_of(session, draft(session, library, example))
    for earlier in (issued, old_draft):
        assert "Nieuwe Naam Contact NV" not in text_of(session, earlier)
        assert library.processor["name"] in text_of(session, earlier)


def test_a_renewed_draft_prints_the_new_profile(session, library, example):
    agreement = draft(session, library, example)
    save(session, library, PROCESSOR, changed(legal_form="coöperatieve vennootschap"))
    agreements.update_draft(
        session, agreement, example(), expected_version=None, renew=house.effective_library(session, library), actor="t", now=NOW
    )  # fmt: skip
    assert "coöperatieve vennootschap" in text_of(session, agreement)


def test_a_new_sub_processor_stands_in_annex_iii_of_new_drafts(session, library, example):
    before = draft(session, library, example)
    save(session, library, SUB_PROCESSORS, with_supplier(SUPPLIER))
    assert SUPPLIER["name"] in text_of(session, draft(session, library, example))
    assert SUPPLIER["name"] not in text_of(session, before)


def test_the_catalogue_offers_new_texts_and_no_retired_service(session, library, example):
    def retire(old):
        first, *others = old["services"]
        return {"services": [{**first, "retired": True}, *others]}

    gone = library.raw["files"]["services.yaml"]["services"][0]["id"]
    save(session, library, SERVICES, retire)
    effective = house.effective_library(session, library)
    assert gone not in effective.services
    assert gone in house.service_ids(session, library)
    with pytest.raises(RequestInvalid):
        agreements.create_draft(session, effective, example(services=[gone]), actor="t", now=NOW)
    # the file of the library knows nothing of the retired one, so the release is that of the services that are left
    assert [entry["id"] for entry in effective.raw["files"]["services.yaml"]["services"]] == list(effective.services)
    assert "retired" not in str(effective.raw["files"]["services.yaml"])
    house.restore(session, library, SERVICES, 0, expected=1, actor=ADMIN, now=NOW)
    assert house.effective_library(session, library).hash == library.hash  # back in its old place


def test_the_second_of_two_authors_is_told(session, library):
    save(session, library, PROCESSOR, changed(court_seat="Gent"))
    with pytest.raises(Stale):
        save(session, library, PROCESSOR, changed(court_seat="Luik"))
    assert house.current(session, library, PROCESSOR).content["court_seat"] == "Gent"


def test_of_two_authors_at_the_same_moment_one_is_told(sessions, library):
    start = Barrier(4)

    def author(city):
        with sessions() as session:
            start.wait()
            try:
                return save(session, library, PROCESSOR, changed(court_seat=city)).number
            except Stale:
                return None

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(author, ["Gent", "Luik", "Namen", "Hasselt"]))
    assert sorted(answers, key=str) == [1, None, None, None]
    with sessions() as session, reading(session):
        assert session.scalar(sa.select(sa.func.count()).select_from(HouseData)) == 1


def test_saving_the_same_again_makes_no_version(session, library):
    """A double click, or opening the form and saving it as it was."""
    for kind in (PROCESSOR, SUB_PROCESSORS, SERVICES):
        assert save(session, library, kind, lambda old: old).number == 0
    save(session, library, PROCESSOR, changed(court_seat="Gent"))
    assert save(session, library, PROCESSOR, changed(court_seat="Gent"), expected=1).number == 1


def test_an_earlier_version_comes_back_as_a_new_one(session, library):
    save(session, library, SUB_PROCESSORS, lambda old: {"sub_processors": old["sub_processors"][1:]})
    made = house.restore(session, library, SUB_PROCESSORS, 0, expected=1, actor=ADMIN, now=NOW)
    assert made.number == 2
    assert house.effective_library(session, library).hash == library.hash
    assert [each.number for each in house.history(session, library, SUB_PROCESSORS)] == [2, 1, 0]
    with pytest.raises(NotFound):
        house.restore(session, library, SUB_PROCESSORS, 9, expected=2, actor=ADMIN, now=NOW)


def test_every_edit_has_an_audit_line_without_texts(session, library):
    save(session, library, PROCESSOR, changed(name="Geheime Naam NV"), note="een reden met een naam")
    house.restore(session, library, PROCESSOR, 0, expected=1, actor=ADMIN, now=NOW)
    with reading(session):
        lines = session.scalars(sa.select(AuditLog).order_by(AuditLog.seq)).all()
        assert [(line.action, line.object_type, line.object_id, line.actor) for line in lines] == [
            ("house.change", "house", PROCESSOR, ADMIN),
            ("house.restore", "house", PROCESSOR, ADMIN),
        ]
        assert set(lines[0].details) == {"version", "hash", "before"}
        assert lines[1].details["restored"] == 0
        assert "Naam" not in str([line.details for line in lines])
        assert verify(session) == []


@pytest.mark.parametrize(
    ("kind", "change", "fields"),
    [
        (PROCESSOR, changed(enterprise_number="0427.073.975"), {"enterprise_number"}),
        (PROCESSOR, changed(dpo_email="nobody", insured_sum="veel", name=" "), {"dpo_email", "insured_sum", "name"}),
        (PROCESSOR, changed(address={"street": "S 1"}), {"address.postal_code", "address.city", "address.country"}),
        (PROCESSOR, changed(nonsense="x"), {"nonsense"}),
        (SUB_PROCESSORS, with_supplier({**SUPPLIER, "locations": ["XX"]}), {"sub_processors[6].locations[0]"}),
        (SUB_PROCESSORS, with_supplier({**SUPPLIER, "registration": "KBO 0999.200.464"}), {"sub_processors[6].registration"}),
        (SUB_PROCESSORS, with_supplier({**SUPPLIER, "services": ["x"]}), {"sub_processors[6].services"}),
        (SUB_PROCESSORS, with_supplier({**SUPPLIER, "name": "Voorbeeld Hosting NV"}), {"sub_processors"}),
        (SERVICES, lambda old: {"services": []}, {"services"}),
    ],
)
def test_wrong_data_is_refused_with_the_names_of_the_fields(session, library, kind, change, fields):
    with pytest.raises(RequestInvalid) as refused:
        save(session, library, kind, change)
    assert {error.field for error in refused.value.errors} == fields
    assert house.current(session, library, kind).number == 0


@pytest.mark.parametrize("text", ["bewaard {cap_fixed}", "een {haakje", "{no_such}", "**vet**", "{ref:security}"])
def test_a_text_of_the_catalogue_prints_only_what_its_annex_knows(session, library, text):
    def change(old):
        new = copy.deepcopy(old)
        new["services"][0]["nl"]["purposes"][0] = text
        return new

    with pytest.raises(RequestInvalid) as refused:
        save(session, library, SERVICES, change)
    assert [error.field for error in refused.value.errors] == ["services[0].nl.purposes[0]"]


def test_a_text_of_the_catalogue_prints_a_parameter_of_its_annex(session, library, example):
    def change(old):
        new = copy.deepcopy(old)
        new["services"][0]["nl"]["purposes"][0] = "onthaal, {contact_retention_months} lang"
        return new

    save(session, library, SERVICES, change)
    first = library.raw["files"]["services.yaml"]["services"][0]["id"]
    assert "onthaal, 12 (twaalf) maanden lang" in text_of(session, draft(session, library, example, services=[first]))


def test_data_with_which_no_agreement_can_be_made_is_refused(session, library, monkeypatch):
    def broken(*_, **__):
        raise DomainError("X", "it does not print.")

    monkeypatch.setattr("dpa_service.services.house.house.assemble", broken)
    with pytest.raises(DomainError, match="could not be made"):
        save(session, library, PROCESSOR, changed(court_seat="Gent"))


def test_which_agreements_print_which_version(session, library, example):
    old = draft(session, library, example)
    draft(session, library, example, sub_processors=[])
    made = save(session, library, SUB_PROCESSORS, with_supplier(SUPPLIER))
    new = draft(session, library, example)
    first = house.start(library, SUB_PROCESSORS)
    assert house_changes.counts(session, SUB_PROCESSORS) == {first.hash: {"draft": 1}, made.hash: {"draft": 1}}
    assert [use.agreement_id for use in house_changes.uses(session, SUB_PROCESSORS, made.hash)[0]] == [new]
    uses, total = house_changes.uses(session, SUB_PROCESSORS, first.hash)
    assert (total, [use.agreement_id for use in uses]) == (1, [old])  # the one with a list of its own does not print it
    assert house_changes.uses(session, PROCESSOR, house.start(library, PROCESSOR).hash)[1] == 3


def test_differences_name_the_entry_and_the_words(session, library):
    old = house.start(library, SUB_PROCESSORS).content
    new = copy.deepcopy(old)
    new["sub_processors"][0]["service"] = "hosting van servers en back-ups"
    del new["sub_processors"][1]
    new["sub_processors"].append(SUPPLIER)
    found = house_changes.changes(SUB_PROCESSORS, old, new)
    assert [(entry.name, entry.what) for entry in found] == [
        ("Voorbeeld Hosting NV", house_changes.CHANGED),
        (SUPPLIER["name"], house_changes.ADDED),
        ("Voorbeeld Klantendossier BV", house_changes.REMOVED),
    ]
    (path, pieces), = found[0].fields  # fmt: skip
    assert path == "service"
    assert "".join(text for op, text in pieces if op != "insert") == "hosting van servers, opslag en back-ups"
    assert "".join(text for op, text in pieces if op != "delete") == "hosting van servers en back-ups"


def test_an_edit_that_fails_at_its_end_leaves_nothing(session, library, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("power cut")

    monkeypatch.setattr("dpa_service.services.use_case.audit.append", broken)
    with pytest.raises(RuntimeError):
        save(session, library, PROCESSOR, changed(court_seat="Gent"))
    assert house.current(session, library, PROCESSOR).number == 0
    assert house.effective_library(session, library) is library


def test_the_profile_of_the_settings_is_the_starting_value(session, library, tmp_path):
    file = tmp_path / "processor.yaml"
    file.write_text((clauses_dir() / "processor.yaml").read_text(encoding="utf-8").replace("ContactExpert NV", "Ander Huis NV"))
    base = load_library(processor_profile=file)
    assert house.current(session, base, PROCESSOR).content["name"] == "Ander Huis NV"
    save(session, base, PROCESSOR, changed(court_seat="Gent"))
    assert house.effective_library(session, base).processor["name"] == "Ander Huis NV"
