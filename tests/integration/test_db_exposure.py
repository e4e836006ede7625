"""Fees and exposure on both databases: what came in, what was refused, every day of the history, the sums of the portfolio."""

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.liability import ExposureRow, FeePayment
from dpa_service.adapters.db.types import canonical
from dpa_service.domain.errors import RequestInvalid
from dpa_service.domain.liability.claim import UNLIMITED
from dpa_service.services.agreements import agreements, issuing, lifecycle
from dpa_service.services.agreements.lifecycle import Signature
from dpa_service.services.errors import Conflict, NotFound
from dpa_service.services.house import house
from dpa_service.services.liability import claim_documents, claim_payments, claims, exposure, exposure_detail, exposure_rows, fees
from dpa_service.services.liability import liability_plain as plain
from dpa_service.services.liability.exposure import Filter
from dpa_service.services.liability.liability_facts import bound_by, fees_at, fees_received
from dpa_service.services.use_case import use_case
from tests.conftest import NOW, TODAY
from tests.support.faults import all_or_nothing
from tests.support.liability import BEGINS, claim, fee, signed

pytestmark = pytest.mark.usefixtures("plain_documents", "no_approvals")
WHO = {"actor": "finance", "now": NOW}
HEADS = "klant;ontvangen op;bedrag;munt;soort;sleutel"


@pytest.fixture
def no_approvals(monkeypatch):
    monkeypatch.setattr("dpa_service.services.agreements.issuing.refuse_unapproved", lambda *_: None)


@pytest.fixture
def agreement(session, library, example):
    return signed(session, library, example())


def issued_again(session, library, example):
    draft = agreements.create_draft(session, library, example(), actor="maker", now=NOW).agreement
    return issuing.issue(session, draft.id, actor="maker", now=NOW, today=TODAY).agreement


def rows(session, client_id):
    with reading(session):
        query = sa.select(ExposureRow).where(ExposureRow.client_id == client_id).order_by(ExposureRow.from_day)
        return [(row.from_day, row.until_day, row.main, row.total, row.upper_bound) for row in session.scalars(query)]


def single(session, agreement, day):
    """The exposure of one agreement calculated by itself."""
    with reading(session):
        bound = bound_by(session, agreements.found(session, agreement.id))
        return bound.exposure_with(fees_at(bound, fees_received(session, bound.client_id), day))


# ---- fees ------------------------------------------------------------------------------------------------------------


def test_a_file_is_taken_but_for_its_wrong_lines(session, example, agreement):
    number = example()["client"]["enterprise_number"]
    lines = [
        HEADS,
        f"{number};03/11/2026;1.250,00;EUR;betaling;B1",
        f"{number};2026-11-04;10,005;EUR;;B2",
        f"{number};2026-11-04;-10,00;EUR;;B3",
        f"{number};2026-11-04;10,00;USD;;B4",
        "0999.900.249;2026-11-04;10,00;EUR;;B5",
        f"{number};24/11/2026;10,00;EUR;;B6",
        "",
        f"{number};2026-11-05;250,00;EUR;creditnota;B7",
        f"{number};2026-11-05;1.250;EUR;;B8",
        f"{number};2026-11-05;9,00;EUR;;",
        f"{agreement.client_id};2026-11-06;11,00;EUR;;B1",
    ]
    content = ("\ufeff" + "\r\n".join(lines)).encode()
    report = fees.upload(session, content, today=TODAY, **WHO)
    assert (report.accepted, report.known, report.total) == (2, 0, Decimal("1000.00"))
    assert [(r.line, r.field, r.code) for r in report.refused] == [
        (3, "amount", "AMOUNT_SCALE"), (4, "amount", "AMOUNT_NEGATIVE"), (5, "currency", "CURRENCY"), (6, "client", "NOT_FOUND"),
        (7, "received_on", "FUTURE"), (10, "amount", "AMOUNT_SCALE"), (11, "external_key", "REQUIRED"),
        (12, "external_key", "KEY_REUSED"),
    ]  # fmt: skip
    again = fees.upload(session, content, today=TODAY, **WHO)
    assert (again.accepted, again.known, again.total) == (0, 2, Decimal("0.00"))
    assert fees.listing(session, agreement.client_id).total == Decimal("1000.00")


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"a;b\n1;2\n", "HEADS"), (b"", "HEADS"), (b"PK\x03\x04\x00\x00", "NOT_CSV"), (b"x" * (5 * 2**20 + 1), "TOO_LARGE")],
)
def test_what_is_no_table_is_refused(content, code, session):
    with pytest.raises(RequestInvalid) as caught:
        fees.upload(session, content, today=TODAY, **WHO)
    assert [(error.field, error.code) for error in caught.value.errors] == [("file", code)]


def test_a_fee_is_entered_once_and_undone_by_a_counter_entry(session, agreement):
    client = agreement.client_id
    data = {"received_on": "2026-01-05", "amount": "1200.00", "external_key": "X1"}
    one, two = (fees.record(session, client, data, key="k", today=TODAY, **WHO) for _ in range(2))
    three = fees.record(session, client, data, today=TODAY, **WHO)
    assert one.id == two.id == three.id
    with pytest.raises(Conflict):
        fees.record(session, client, data | {"amount": "1.00"}, today=TODAY, **WHO)
    entry = fees.correct(session, one.id, reason="Dubbel", **WHO)
    assert (entry.amount, entry.received_on, entry.counter_of) == (Decimal("-1200.00"), one.received_on, one.id)
    for again in (one.id, entry.id):
        with pytest.raises(Conflict):
            fees.correct(session, again, reason="Nog eens", **WHO)
    assert fees.listing(session, client).total == 0
    with pytest.raises(NotFound):
        fees.listing(session, "0" * 32)


def test_fees_that_come_at_once_are_all_counted(sessions, library, example):
    with sessions() as session:
        agreement = signed(session, library, example())
    start = threading.Barrier(6)

    def at_once(number):
        with sessions() as own:
            start.wait()
            fee(own, agreement.client_id, "100.00", day=f"2026-0{number}-01")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(at_once, range(1, 7)))
    with sessions() as session:
        assert rows(session, agreement.client_id)[-1][2] == Decimal("600.00")


# ---- exposure --------------------------------------------------------------------------------------------------------


def test_the_rows_follow_signing_fees_and_the_end(session, library, example, agreement):
    client = agreement.client_id
    assert rows(session, client) == [(BEGINS, None, Decimal("2500.00"), Decimal("3500.00"), True)]
    fee(session, client, "1500.00", day="2025-03-03")
    fee(session, client, "1500.00", day="2025-09-09")
    assert [row[:3] for row in rows(session, client)] == [
        (BEGINS, date(2025, 3, 3), Decimal("0.00")),
        (date(2025, 3, 3), date(2025, 9, 9), Decimal("1500.00")),
        (date(2025, 9, 9), None, Decimal("2500.00")),
    ]
    later = signed(session, library, example(), begins=date(2026, 6, 1), cap_fixed="25000.00", cap_other="5000.00")
    assert [row[:3] for row in rows(session, client)][-2:] == [
        (date(2025, 9, 9), date(2026, 6, 1), Decimal("2500.00")), (date(2026, 6, 1), None, Decimal("3000.00")),
    ]  # fmt: skip
    lifecycle.end(session, later.id, last_day=date(2026, 12, 31), reason="Opzegging", expected_version=None, **WHO)
    assert rows(session, client)[-1][1] == date(2027, 1, 1)
    assert exposure.portfolio(session, library, date(2027, 1, 1)).agreements == 0


@pytest.mark.parametrize(
    ("database_url", "basis"),
    [
        ("sqlite", "agreement"),
        pytest.param("postgresql", "last_12_months", marks=pytest.mark.postgres),
        ("sqlite", "contract_year"),
    ],
    indirect=["database_url"],
)
def test_every_day_equals_the_single_calculation(session, library, example, basis):
    agreement = signed(session, library, example(), fee_basis=basis, cap_fixed="9000.00", cap_gross_factor="1.5")
    for amount, day in (("700.00", "2025-02-28"), ("800.00", "2025-12-01"), ("900.00", "2026-02-28")):
        fee(session, agreement.client_id, amount, day=day)
    days = [BEGINS - timedelta(days=1) + timedelta(days=14 * n) for n in range(60)]
    days += [date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1), date(2025, 11, 30), date(2025, 12, 1), date(2026, 12, 1)]
    for day in days:
        found = exposure.portfolio(session, library, day)
        if day < BEGINS:
            assert found.agreements == 0
            continue
        alone = single(session, agreement, day)
        assert (found.main, found.other, found.total) == (alone.main, alone.other, alone.total), day


def test_the_portfolio_is_the_sum_of_its_single_results(session, library, example):
    made = [
        signed(session, library, example()),
        signed(session, library, example("voorbeeld-energie"), cap_fixed="30000.00", cap_other="5000.00"),
        signed(
            session, library, example("voorbeeld-ziekenhuis"), combine="max", cap_fixed="25000.00", fee_basis="last_12_months"
        ),
        signed(session, library, example("exempel-webshop"), fault_gate="ordinary", uncapped_from="fraud", bodily_uncapped=True),
    ]
    for number, agreement in enumerate(made[:3]):
        fee(session, agreement.client_id, f"{7000 * number + 1200}.00", day="2026-03-01")
    day = date(2026, 11, 1)
    found = exposure.portfolio(session, library, day)
    alone = [single(session, agreement, day) for agreement in made]
    assert found.agreements == len(made)
    for pool in ("main", "other", "total"):
        assert getattr(found, pool) == sum(getattr(one, pool) for one in alone), pool
    assert found.no_limit == sum(bool(one.unlimited) for one in alone) == 1
    assert set(found.cases) == {"FRAUD_UNCAPPED", "BODILY_UNCAPPED"}
    assert found.fees_unknown == sum(one.upper_bound for one in alone) == 1
    assert found.exceeded
    listed = exposure.positions(session, library, day)
    assert [position.row.no_limit for position in listed] == [True, False, False, False]
    assert {position.agreement_id for position in listed} == {agreement.id for agreement in made}
    assert len(exposure.positions(session, library, day, offset=1, limit=2)) == 2
    by_terms = {group.parameters: group for group in found.by_deviation}
    assert sum(group.adds for group in found.by_deviation if not group.no_limit) > 0
    assert by_terms[("cap_other",)].adds == Decimal("4000.00")
    assert sum(group.no_limit for group in found.by_deviation) >= 1


def test_filters_and_csv(session, library, example, agreement):
    endless = signed(session, library, example("voorbeeld-energie"), fault_gate="ordinary", uncapped_from="fraud")
    base, day = library, TODAY

    def ids(asked):
        return {position.agreement_id for position in exposure.positions(session, base, day, asked)}

    assert ids(Filter(only="no_limit")) == ids(Filter(case="FRAUD_UNCAPPED")) == ids(Filter(only="negotiated")) == {endless.id}
    assert ids(Filter(text="energie")) == {endless.id}
    assert ids(Filter(above=Decimal("3500.00"))) == ids(Filter(only="above_insured")) == set()
    assert ids(Filter(only="fees_unknown")) == {agreement.id, endless.id}
    assert exposure.portfolio(session, base, day, Filter(text="energie")).agreements == 1
    lines = list(exposure.csv_of(session, base, day))
    assert lines[0].startswith("\ufeffdag;klant;")
    assert len(lines) == 3
    assert "2500,00" in lines[1]
    assert "geen plafond bij bedrog" in lines[1]


def test_the_insured_sum_of_the_day_raises_the_alert(session, library, agreement):
    assert not exposure.portfolio(session, library, TODAY).exceeded
    change = lambda content: {**content, "insured_sum": "3000.00"}  # noqa: E731
    house.save(session, library, "processor", change, expected=0, actor="admin", now=NOW)
    now = exposure.portfolio(session, library, TODAY)
    assert (now.insured_sum, now.exceeded, now.above_insured) == (Decimal("3000.00"), True, 1)
    before = exposure.portfolio(session, library, TODAY - timedelta(days=1))
    assert (before.insured_sum, before.exceeded) == (Decimal("1250000.00"), False)
    seen = exposure.history(session, library, [TODAY - timedelta(days=1), TODAY])
    assert [(row[1], row[3]) for row in seen] == [
        (Decimal("3500.00"), Decimal("1250000.00")), (Decimal("3500.00"), Decimal("3000.00")),
    ]  # fmt: skip


def test_one_client_with_what_was_paid_and_what_each_deviation_adds(session, library, example):
    agreement = signed(session, library, example(), cap_fixed="25000.00", cap_other="5000.00")
    fee(session, agreement.client_id, "12000.00")
    made = claims.report(session, agreement.client_id, claim(), today=TODAY, **WHO)
    claims.assess(session, made.id, **WHO)
    paid = {"pool": "main", "amount": "4000.00", "paid_on": "2026-11-01"}
    claim_payments.pay(session, made.id, paid, today=TODAY, **WHO)
    found = exposure_detail.of_client(session, library, agreement.client_id, TODAY)
    assert (found.now.main, found.left["main"], found.left["other"]) == (
        Decimal("12000.00"), Decimal("8000.00"), Decimal("5000.00"),
    )  # fmt: skip
    adds = {part.parameters: part.adds for part in found.deviations}
    assert adds == {("cap_fixed",): Decimal("9500.00"), ("cap_other",): Decimal("4000.00")}
    assert found.standard.total == Decimal("3500.00")
    assert all(part.label != part.deviation for part in found.deviations)
    nothing = exposure_detail.of_client(session, library, agreement.client_id, BEGINS - timedelta(days=1))
    assert (nothing.bound, nothing.now, nothing.exceeded) == (None, None, False)
    with pytest.raises(NotFound):
        exposure_detail.of_client(session, library, "0" * 32, TODAY)


def test_what_the_deviations_of_a_draft_would_add(session, library, example, agreement):
    data = example(parameters={"cap_fixed": "25000.00", "fault_gate": "ordinary", "uncapped_from": "fraud", "objection_days": 14})
    draft = agreements.create_draft(session, library, data, actor="maker", now=NOW).agreement
    found = exposure_detail.pending(session, library, draft.id, today=TODAY)
    adds = {part.parameters: part.adds for part in found.deviations}
    assert adds[("cap_fixed",)] == Decimal("22500.00")
    assert adds[("uncapped_from",)] == UNLIMITED
    assert adds[("fault_gate",)] == Decimal("0.00")
    assert len(adds) == 3  # the objection period is no matter of liability
    assert (found.adds, found.new_cases, found.exceeded) == (UNLIMITED, ("FRAUD_UNCAPPED",), True)
    assert found.current.total == Decimal("3500.00")
    cap = next(part for part in found.deviations if part.parameters == ("cap_fixed",))
    assert found.of(cap.deviation) == cap
    assert found.of("A99") is None


def test_rows_can_be_written_anew(session, library, example, agreement):
    fee(session, agreement.client_id, "1500.00")
    before = rows(session, agreement.client_id)
    with session.begin():
        session.execute(sa.delete(ExposureRow))
    assert exposure_rows.rebuild(session, actor="admin", now=NOW) == 1
    assert rows(session, agreement.client_id) == before


@pytest.mark.parametrize(
    "name",
    [
        "record",
        "upload",
        "correct fee",
        "report",
        "update",
        "assess",
        "pay",
        "correct payment",
        "reject",
        "attach",
        "end",
        "sign",
    ],
)
def test_all_or_nothing(session, library, example, agreement, name):
    client = agreement.client_id
    kept = fee(session, client, "40000.00")
    made = claims.report(session, client, claim(), today=TODAY, **WHO)
    claims.assess(session, made.id, **WHO)
    other = claims.report(session, client, claim(), today=TODAY, **WHO)
    paid = {"pool": "main", "amount": "100.00", "paid_on": "2026-11-01"}
    payment = claim_payments.pay(session, made.id, paid, today=TODAY, **WHO) if name == "correct payment" else None
    fees_data = {"received_on": "2026-01-05", "amount": "1.00"}
    file = f"{HEADS}\n{client};2026-11-04;10,00;EUR;;B1\n{client};2026-11-05;10,00;EUR;;B2\n".encode()

    issued = issued_again(session, library, example) if name == "sign" else None

    def sign():
        with use_case(session, **WHO) as work:
            row = lifecycle.locked(work, "sign", issued.id, None)
            lifecycle.sign(work, row, Signature("V. Oorbeeld", TODAY, TODAY), copy_id="c", sha256="0" * 64)

    cases = {
        "record": lambda: fees.record(session, client, fees_data, key="k", today=TODAY, **WHO),
        "upload": lambda: fees.upload(session, file, today=TODAY, **WHO),
        "correct fee": lambda: fees.correct(session, kept.id, reason="Fout", **WHO),
        "report": lambda: claims.report(session, client, claim(), key="k", today=TODAY, **WHO),
        "update": lambda: claims.update(session, other.id, claim(fault="fraud"), expected_version=None, today=TODAY, **WHO),
        "assess": lambda: claims.assess(session, other.id, **WHO),
        "pay": lambda: claim_payments.pay(session, made.id, paid, key="k", today=TODAY, **WHO),
        "correct payment": lambda: claim_payments.correct(session, payment.id, reason="Fout", **WHO),
        "reject": lambda: claims.reject(session, other.id, reason="Niet bewezen", **WHO),
        "attach": lambda: claim_documents.attach(session, made.id, name="a.pdf", content=b"%PDF-x", **WHO),
        "end": lambda: lifecycle.end(session, agreement.id, last_day=TODAY, reason="Einde", expected_version=None, **WHO),
        "sign": sign,
    }
    all_or_nothing(session, cases[name], least=3)


def test_the_amounts_are_kept_exactly(session, agreement):
    for cents in (1, 10, 99999999999):
        amount = Decimal(cents).scaleb(-2)
        fee(session, agreement.client_id, format(amount, "f"))
        with reading(session):
            assert amount in session.scalars(sa.select(FeePayment.amount)).all()


def test_the_command_writes_the_rows_anew(session, library, agreement):
    with session.begin():
        session.execute(sa.delete(ExposureRow))
    url = session.get_bind().url.render_as_string(hide_password=False)
    done = subprocess.run(
        [sys.executable, "-m", "dpa_service.cli", "exposure", "rebuild"], env={**os.environ, "DPA_DATABASE_URL": url},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout.strip()) == (0, "1 clients"), done.stderr
    assert len(rows(session, agreement.client_id)) == 1


def test_everything_can_be_told_as_plain_json(session, library, example):
    agreement = signed(session, library, example(), cap_fixed="25000.00", uncapped_from="fraud", fault_gate="ordinary")
    entry = fee(session, agreement.client_id, "12000.00")
    made = claims.report(session, agreement.client_id, claim(), today=TODAY, **WHO)
    claims.assess(session, made.id, **WHO)
    paid = {"pool": "main", "amount": "4000.00", "paid_on": "2026-11-01"}
    claim_payments.pay(session, made.id, paid, today=TODAY, **WHO)
    claim_documents.attach(session, made.id, name="a.pdf", content=b"%PDF-x", **WHO)
    told = {
        "fee": plain.fee(entry),
        "report": plain.fee_report(fees.upload(session, f"{HEADS}\nx;;;;;\n".encode(), today=TODAY, **WHO)),
        "claim": plain.claim_details(claims.get(session, made.id)),
        "room": plain.room(claim_payments.room(session, made.id)),
        "portfolio": plain.portfolio(exposure.portfolio(session, library, TODAY)),
        "positions": [plain.position(each) for each in exposure.positions(session, library, TODAY)],
        "client": plain.client_exposure(exposure_detail.of_client(session, library, agreement.client_id, TODAY)),
        "pending": plain.pending(exposure_detail.pending(session, library, agreement.id, today=TODAY)),
    }
    assert json.loads(canonical(told)) == told  # plain JSON, and no float anywhere
    assert told["room"]["remaining"] == "5000.00"
    assert told["positions"][0]["unlimited"] == ["FRAUD_UNCAPPED"]
    assert told["client"]["left"] == {"main": "8000.00", "other": "1000.00"}
    with pytest.raises(claim_payments.Overdrawn) as refused:
        claim_payments.pay(session, made.id, paid | {"amount": "9999.00"}, today=TODAY, **WHO)
    assert plain.overdrawn(refused.value) == {"pool": "main", "asked": "9999.00", "remaining": "5000.00"}
