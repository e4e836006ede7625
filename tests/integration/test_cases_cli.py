"""`dpa assess` and `dpa deadline`: the worked cases through the command line, and cases that are refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dpa_service.cli import cli

VECTORS = Path(__file__).parents[1] / "vectors"


def run(command: str, case: Any, tmp_path: Path) -> tuple[int, Any]:
    file = tmp_path / "case.json"
    file.write_text(json.dumps(case))
    done = CliRunner().invoke(cli, [command, str(file)])
    return done.exit_code, json.loads(done.output)


@pytest.mark.parametrize("case", json.loads((VECTORS / "liability.json").read_text())["cases"], ids=lambda case: case["id"])
def test_assess(case: dict[str, Any], tmp_path: Path) -> None:
    status, answer = run("assess", {"claim": case["claim"], "params": case["params"]}, tmp_path)
    expected = case["expected"]
    assert status == (2 if "error" in expected else 0)
    assert {name: answer[name] for name in expected} == expected
    assert [line["step"] for line in answer.get("trace", [])] == list(range(1, len(answer.get("trace", [])) + 1))


@pytest.mark.parametrize("case", json.loads((VECTORS / "deadlines.json").read_text())["cases"], ids=lambda case: case["id"])
def test_deadline(case: dict[str, Any], tmp_path: Path) -> None:
    status, answer = run("deadline", case["input"], tmp_path)
    assert status == 0
    assert answer == case["expected"]


ITEM = {"kind": "direct", "amount": "10.00"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"basis": "moon"}, "claim.basis"),
        ({"fault": "big"}, "claim.fault"),
        ({"items": [{"kind": "direct", "amount": 10.5}]}, "claim.items[0].amount"),
        ({"items": [{"kind": "direct", "amount": "NaN"}]}, "claim.items[0].amount"),
        ({"items": [{**ITEM, "currency": "USD"}]}, "claim.items[0].currency"),
        ({"responsibility_share": "1.5"}, "claim.responsibility_share"),
        ({"fees_paid": "-1"}, "claim.fees_paid"),
        ({"prior_payments": [{"pool": "swimming", "amount": "1.00"}]}, "claim.prior_payments[0].pool"),
        ({"colour": "red"}, "claim.colour"),
    ],
)
def test_a_case_that_cannot_be_read_names_the_field(change: dict[str, Any], field: str, tmp_path: Path) -> None:
    case = {"claim": {"basis": "processor", "fault": "gross", "items": [ITEM], **change}}
    status, answer = run("assess", case, tmp_path)
    assert (status, answer["error"]) == (2, "CASE_INVALID")
    assert field in answer["fields"]
    assert "payable" not in answer


@pytest.mark.parametrize(("amount", "code"), [("-0.01", "AMOUNT_NEGATIVE"), ("0.001", "AMOUNT_SCALE")])
def test_an_amount_the_calculator_refuses(amount: str, code: str, tmp_path: Path) -> None:
    case = {"claim": {"basis": "processor", "fault": "gross", "items": [{"kind": "direct", "amount": amount}]}}
    assert run("assess", case, tmp_path)[1]["error"] == code


@pytest.mark.parametrize("case", [[], {"n": 7}, {"event_at": "2026-01-01T00:00:00", "n": 7, "unit": "days", "mode": "BE_1_7"}])
def test_a_period_that_cannot_be_read(case: Any, tmp_path: Path) -> None:
    status, answer = run("deadline", case, tmp_path)
    assert (status, answer["error"]) == (2, "CASE_INVALID")
