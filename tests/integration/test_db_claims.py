"""The claims register on both databases: terms of the day, erosion, refusals, concurrency, counter-entries."""

import json
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa

from dpa_service.adapters.db import audit
from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.liability import ClaimPayment
from dpa_service.domain.errors import RequestInvalid
from dpa_service.domain.liability.liability import assess as calculator
from dpa_service.services.errors import Conflict, Damaged, NotFound, Stale
from dpa_service.services.liability import claim_documents, claim_payments, claims, fees
from dpa_service.services.liability.claim_payments import Overdrawn
from dpa_service.services.liability.claim_schema import claim_of, params_of
from tests.conftest import NOW, TODAY
from tests.support.liability import claim, fee, signed

pytestmark = pytest.mark.usefixtures("plain_documents", "no_approvals")
WHO = {"actor": "legal", "now": NOW}


@pytest.fixture
def no_approvals(monkeypatch):
    monkeypatch.setattr("dpa_service.services.agreements.issuing.refuse_unapproved", lambda *_: None)


@pytest.fixture
def agreement(session, library, example):
    made = signed(session, library, example())
    fee(session, made.client_id, "40000.00")
    return made


def assessed(session, agreement, **changes):
    made = claims.report(session, agreement.client_id, claim(**changes), today=TODAY, **WHO)
    claims.assess(session, made.id, **WHO)
    return made


def pay(session, made, amount, pool="main", **more):
    data = {"pool": pool, "amount": amount, "paid_on": TODAY.isoformat(), **more}
    return claim_payments.pay(session, made.id, data, today=TODAY, **WHO)


def wrong(call):
    with pytest.raises(RequestInvalid) as caught:
        call()
    return {(error.field, error.code) for error in caught.value.errors}


def test_the_terms_in_force_on_the_day_of_the_event_decide(session, library, example, agreement):
    later = signed(session, library, example(), begins=date(2026, 6, 1), cap_fixed="25000.00")
    assert later.client_id == agreement.client_id
    before, after = assessed(session, agreement), assessed(session, agreement, event_day="2026-06-01")
    for made, holds, payable in ((before, agreement, "2500.00"), (after, later, "9000.00")):
        latest = claims.get(session, made.id).latest
        assert (made.agreement_id, latest["agreement"]["id"], latest["result"]["payable"]) == (holds.id, holds.id, payable)
    cap = next(line for line in claims.get(session, after.id).latest["result"]["trace"] if line["code"] == "CAP_FIXED")
    assert cap["source"].startswith("A")
    assert cap["article"].startswith(cap["article"].split(".")[0] + ".")
    shaped = {shape["parameter"]: shape for shape in cap["shaped_by"]}
    assert shaped["cap_fixed"]["source"] == cap["source"]
    assert shaped["combine"]["source"] == "standard"


def test_what_is_kept_gives_the_same_result_again(session, agreement):
    made = assessed(session, agreement)
    kept = claims.get(session, made.id).latest
    again = calculator(claim_of(kept["inputs"]["claim"]), params_of(kept["inputs"]["params"]))
    assert format(again.payable, "f") == kept["result"]["payable"]
    assert list(again.reasons) == kept["result"]["reasons"]
    assert [step["step"] for step in kept["stairs"]] == ["claimed", "admitted", "cap", "paid", "payable"]
    assert [step["amount"] for step in kept["stairs"]] == ["9000.00", "9000.00", "2500.00", "0.00", "2500.00"]
    assert kept["notices"][0]["confidence"] in "HML"


def test_fees_and_earlier_payments_come_from_the_register(session, library, example):
    agreement = signed(session, library, example())
    made = claims.report(session, agreement.client_id, claim(), today=TODAY, **WHO)
    assert wrong(lambda: claims.assess(session, made.id, **WHO)) == {("fees_paid", "FEES_REQUIRED")}
    fee(session, agreement.client_id, "1800.00")
    fee(session, agreement.client_id, "5000.00", day="2026-05-05")  # after the event
    assert claims.assess(session, made.id, **WHO).result["result"]["cap"] == "1800.00"
    pay(session, made, "1500.00")
    second = assessed(session, agreement)
    found = claims.get(session, second.id).latest["result"]
    assert (found["payable"], found["remaining_after"]) == ("300.00", "0.00")
    assert "ERODED" in found["reasons"]


def test_a_payment_beyond_what_remains_is_refused_with_the_figures(session, agreement):
    first, second = assessed(session, agreement), assessed(session, agreement)
    pay(session, first, "2000.00")
    with pytest.raises(Overdrawn) as refused:
        pay(session, second, "500.01")
    assert (refused.value.code, refused.value.pool) == ("OVERDRAWN", "main")
    assert (refused.value.asked, refused.value.remaining) == (Decimal("500.01"), Decimal("500.00"))
    with pytest.raises(Overdrawn):
        pay(session, second, "1.00", pool="other")  # this basis draws on the main pool
    pay(session, second, "500.00", settle=True)
    assert claims.get(session, second.id).claim.state == "settled"
    with pytest.raises(Conflict):
        pay(session, second, "1.00")
    with pytest.raises(Overdrawn) as empty:
        pay(session, first, "0.01")
    assert empty.value.remaining == 0


def test_the_other_pool_is_its_own(session, agreement):
    main, other = assessed(session, agreement), assessed(session, agreement, basis="other")
    pay(session, main, "2500.00")
    assert claim_payments.room(session, other.id).capped == Decimal("1000.00")
    pay(session, other, "1000.00", pool="other")
    with pytest.raises(Overdrawn):
        pay(session, other, "0.01", pool="other")


def test_outside_the_caps_a_reason_is_needed_beyond_the_clauses(session, agreement):
    person = assessed(session, agreement, basis="data_subject")
    assert claims.get(session, person.id).latest["pool"] == "outside"
    pay(session, person, "9000.00", pool="outside")
    client = assessed(session, agreement)
    assert wrong(lambda: pay(session, client, "100.00", pool="outside")) == {("reason", "REQUIRED")}
    pay(session, client, "100.00", pool="outside", reason="Regeling in der minne")
    assert claim_payments.room(session, client.id).capped == Decimal("2500.00")  # erodes nothing
    with pytest.raises(Overdrawn):
        pay(session, client, "8900.01", pool="outside", reason="Meer dan gevorderd")


@pytest.mark.parametrize("aggregation", ["agreement", "contract_year", "per_claim"])
def test_payments_never_exceed_what_the_aggregation_allows(session, library, example, aggregation):
    agreement = signed(session, library, example(), aggregation=aggregation)
    fee(session, agreement.client_id, "90000.00")
    dice = random.Random(aggregation)
    made = [assessed(session, agreement, event_day=day) for day in ("2025-03-01", "2025-11-30", "2025-12-01", "2026-05-04")]
    for _ in range(25):
        amount = f"{dice.randint(1, 150000) / 100:.2f}"
        try:
            pay(session, dice.choice(made), amount)
        except Overdrawn:
            continue
    with reading(session):
        rows = session.execute(sa.select(ClaimPayment.claim_id, ClaimPayment.contract_year, ClaimPayment.amount)).all()
    group = {"agreement": lambda row: 0, "contract_year": lambda row: row[1], "per_claim": lambda row: row[0]}[aggregation]
    sums: dict = {}
    for row in rows:
        sums[group(row)] = sums.get(group(row), 0) + row[2]
    assert sums
    assert max(sums.values()) <= Decimal("2500.00")
    assert {row[1] for row in rows} <= {1, 2}  # the contract began on 1 December 2024


def test_the_order_of_the_payments_does_not_matter(session, agreement):
    amounts = ["700.00", "1100.00", "700.00"]
    made = [assessed(session, agreement) for _ in amounts]
    for index in (2, 0, 1):
        pay(session, made[index], amounts[index])
    assert [claim_payments.room(session, one.id).capped for one in made] == [Decimal("0.00")] * 3


def test_two_at_once_never_take_the_last_euro_twice(sessions, library, example):
    with sessions() as session:
        agreement = signed(session, library, example())
        fee(session, agreement.client_id, "90000.00")
        made = [assessed(session, agreement) for _ in range(8)]
    start = threading.Barrier(8)

    def at_once(one):
        with sessions() as own:
            start.wait()
            try:
                pay(own, one, "700.00")
            except Overdrawn as refused:
                return refused.remaining
            return None

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(at_once, made))
    assert answers.count(None) == 3
    assert {answer for answer in answers if answer is not None} == {Decimal("400.00")}
    with sessions() as session, reading(session):
        assert session.scalar(sa.select(sa.func.sum(ClaimPayment.amount))) == Decimal("2100.00")
        assert audit.verify(session) == []


def test_a_mistake_is_undone_by_a_counter_entry_only(session, agreement):
    made = assessed(session, agreement)
    paid = pay(session, made, "2500.00", settle=True)
    assert wrong(lambda: claim_payments.correct(session, paid.id, reason=" ", **WHO)) == {("reason", "REQUIRED")}
    entry = claim_payments.correct(session, paid.id, reason="Verkeerd bedrag", **WHO)
    assert (entry.amount, entry.counter_of, entry.pool) == (Decimal("-2500.00"), paid.id, "main")
    details = claims.get(session, made.id)
    assert (details.claim.state, details.paid) == ("assessed", {"main": Decimal("0.00")})
    assert [row.amount for row in details.payments] == [Decimal("2500.00"), Decimal("-2500.00")]
    for again in (paid.id, entry.id):
        with pytest.raises(Conflict):
            claim_payments.correct(session, again, reason="Nog eens", **WHO)
    with pytest.raises(NotFound):
        claim_payments.correct(session, "0" * 32, reason="Niets", **WHO)
    pay(session, made, "2400.00")


def test_repeated_calls_do_nothing_again(session, agreement):
    one, two = (claims.report(session, agreement.client_id, claim(), key="k", today=TODAY, **WHO) for _ in range(2))
    assert one.id == two.id
    claims.assess(session, one.id, **WHO)
    data = {"pool": "main", "amount": "10.00", "paid_on": TODAY.isoformat()}
    ids = {claim_payments.pay(session, one.id, data, key="p", today=TODAY, **WHO).id for _ in range(2)}
    assert len(ids) == 1
    with pytest.raises(Conflict):
        claim_payments.pay(session, one.id, data | {"amount": "11.00"}, key="p", today=TODAY, **WHO)


def test_days_outside_the_agreement_are_refused(session, agreement):
    for changes, expected in (
        ({"event_day": "2024-12-31"}, {("event_day", "OUTSIDE_AGREEMENT")}),
        ({"event_day": "2027-01-01", "reported_day": "2027-01-02"}, {("event_day", "FUTURE"), ("reported_day", "FUTURE")}),
    ):
        data = claim(**changes)
        assert wrong(lambda data=data: claims.report(session, agreement.client_id, data, today=TODAY, **WHO)) == expected
    made = assessed(session, agreement)
    for day, code in (("2026-11-24", "FUTURE"), ("2026-05-03", "BEFORE_EVENT")):
        assert wrong(lambda day=day: pay(session, made, "1.00", paid_on=day)) == {("paid_on", code)}


def test_what_if_and_comparison_save_nothing(session, library, example, agreement):
    later = signed(session, library, example(), begins=date(2026, 6, 1), cap_fixed="25000.00")
    made = assessed(session, agreement)
    before = claims.get(session, made.id)
    changed = claims.what_if(session, made.id, {"fault": "ordinary"})
    assert (changed["result"]["payable"], changed["result"]["reasons"][-1]) == ("0.00", "FAULT_BELOW_GATE")
    dearer = claims.what_if(session, made.id, {"params": {"cap_fixed": "7000.00"}})
    cap = next(line for line in dearer["result"]["trace"] if line["code"] == "CAP_FIXED")
    assert (dearer["result"]["payable"], cap["source"]) == ("7000.00", "what-if")
    endless = claims.what_if(session, made.id, {"params": {"cap_fixed": "unlimited", "fee_limb": False}})
    assert endless["result"]["cap"] == "unlimited"
    sides = [{"terms": "agreement"}, {"terms": "standard"}, {"terms": "agreement", "id": later.id}]
    answers = claims.compare(session, made.id, sides)
    assert [answer["result"]["payable"] for answer in answers] == ["2500.00", "2500.00", "9000.00"]
    tried = claims.try_out(session, agreement.client_id, claim(event_day="2026-06-02", reported_day="2026-06-03"), today=TODAY)
    assert tried["result"]["payable"] == "9000.00"
    assert wrong(lambda: claims.what_if(session, made.id, {"params": {"cap_fixed": "-1.00"}})) == {
        ("params.cap_fixed", "AMOUNT_NEGATIVE")
    }
    assert wrong(lambda: claims.compare(session, made.id, [{"terms": "theirs"}])) == {("sides[0].terms", "CHOICE")}
    after = claims.get(session, made.id)
    assert (after.claim.version, len(after.assessments)) == (before.claim.version, len(before.assessments))


def test_another_clients_agreement_is_not_there(session, library, example, agreement):
    stranger = signed(session, library, example("voorbeeld-energie"))
    made = assessed(session, agreement)
    with pytest.raises(NotFound):
        claims.compare(session, made.id, [{"terms": "agreement", "id": stranger.id}])
    for call in (claims.get, lambda s, i: claims.assess(s, i, **WHO), claim_payments.room):
        with pytest.raises(NotFound):
            call(session, "0" * 32)


def test_changed_facts_must_be_assessed_again_and_paid_ones_stay(session, agreement):
    made = assessed(session, agreement)
    changed = claims.update(session, made.id, claim(fault="fraud"), expected_version=2, today=TODAY, **WHO)
    assert changed.state == "reported"
    with pytest.raises(Conflict):
        pay(session, made, "1.00")
    with pytest.raises(Stale):
        claims.assess(session, made.id, expected_version=2, **WHO)
    claims.assess(session, made.id, expected_version=3, **WHO)
    assert [row.number for row in claims.get(session, made.id).assessments] == [2, 1]
    pay(session, made, "1.00")
    with pytest.raises(Conflict):
        claims.update(session, made.id, claim(), expected_version=None, today=TODAY, **WHO)
    with pytest.raises(Conflict):
        claims.reject(session, made.id, reason="Toch niet", **WHO)


def test_a_rejected_claim_stays_rejected(session, agreement):
    made = claims.report(session, agreement.client_id, claim(), today=TODAY, **WHO)
    assert claims.reject(session, made.id, reason="Niet bewezen", **WHO).state == "rejected"
    with pytest.raises(Conflict):
        claims.assess(session, made.id, **WHO)
    assert [row.id for row in claims.listing(session, state="rejected").items] == [made.id]
    assert claims.listing(session, text=made.reference[-4:]).items[0].reference == made.reference == "SCH-2026-0001"


def test_files_are_kept_as_they_came(session, agreement):
    made = assessed(session, agreement)
    kept = [claim_documents.attach(session, made.id, name="../brief\u202e.pdf", content=b"%PDF-1.7 x", **WHO) for _ in range(2)]
    assert kept[0].id == kept[1].id
    found = claim_documents.attached(session, made.id, kept[0].id)
    assert (found.content, found.mimetype) == (b"%PDF-1.7 x", "application/pdf")
    assert not set(found.name) & set("/\\\u202e")
    assert wrong(lambda: claim_documents.attach(session, made.id, name="x", content=b"", **WHO)) == {("file", "EMPTY")}
    other = assessed(session, agreement)
    with pytest.raises(NotFound):
        claim_documents.attached(session, other.id, kept[0].id)
    with session.begin():
        session.execute(sa.text("UPDATE claim_document SET content = :content"), {"content": b"%PDF-1.7 y"})
    with pytest.raises(Damaged):
        claim_documents.attached(session, made.id, kept[0].id)


def test_nothing_of_a_claim_stands_in_the_audit_log(session, agreement):
    made = assessed(session, agreement, claimant="Mevrouw Voorbeeldzonderling")
    pay(session, made, "5.00", reason="Heel bijzondere reden")
    with reading(session):
        logged = json.dumps([list(map(str, row)) for row in session.execute(sa.text("SELECT * FROM audit_log"))])
    assert "Voorbeeldzonderling" not in logged
    assert "bijzondere" not in logged
    assert "claim.pay" in logged


def test_corrected_fees_change_the_next_assessment_only(session, agreement):
    made = assessed(session, agreement)
    entry = fees.listing(session, agreement.client_id).rows[0]
    fees.correct(session, entry.id, reason="Verkeerde klant", actor="finance", now=NOW)
    fee(session, agreement.client_id, "100.00")
    assert claims.get(session, made.id).latest["result"]["cap"] == "2500.00"
    assert claims.assess(session, made.id, **WHO).result["result"]["cap"] == "100.00"
