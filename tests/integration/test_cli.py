"""The command line as a user meets it: a process, files, exit status."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.json"))


def dpa(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "dpa_service.cli", *map(str, arguments)], cwd=cwd, env=env, capture_output=True, text=True
    )


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_generate_writes_three_files_from_any_directory(example: Path, tmp_path: Path) -> None:
    done = dpa("generate", example, "--out", "made", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    made = {path.name: path for path in (tmp_path / "made").iterdir()}
    assert set(made) == {"agreement.docx", "agreement.pdf", "agreement.json"}
    assert made["agreement.docx"].read_bytes().startswith(b"PK")
    assert made["agreement.pdf"].read_bytes().startswith(b"%PDF")
    snapshot = json.loads(made["agreement.json"].read_text())
    assert all(row["status"] == "full" for row in snapshot["coverage"])
    assert snapshot["parties"][0]["name"] == json.loads(example.read_text())["client"]["name"]


def test_a_reference_makes_the_document_final(tmp_path: Path) -> None:
    request = json.loads((ROOT / "examples" / "voorbeeld-energie.json").read_text())
    for reference, draft in ((None, True), ("DPA-2026-9002", False)):
        (tmp_path / "request.json").write_text(json.dumps({**request, "reference": reference}))
        assert dpa("generate", "request.json", "--out", tmp_path / "made", cwd=tmp_path).returncode == 0
        snapshot = json.loads((tmp_path / "made" / "agreement.json").read_text())
        assert snapshot["draft"] is draft
        assert snapshot["reference"].startswith("ONTWERP-" if draft else "DPA-2026-9002")


def test_the_published_terms_come_from_the_same_request(tmp_path: Path) -> None:
    done = dpa("generate", EXAMPLES[0], "--document", "general-terms", "--out", tmp_path, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    snapshot = json.loads((tmp_path / "agreement.json").read_text())
    assert snapshot["family"] == "general-terms"
    assert [party["role"] for party in snapshot["parties"]] == ["issuer"]
    assert snapshot["deviations"] == []


def test_the_same_request_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert dpa("generate", EXAMPLES[0], "--out", tmp_path / name, cwd=tmp_path).returncode == 0
    for name in ("agreement.docx", "agreement.pdf", "agreement.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_refused_request_names_every_field_and_writes_nothing(tmp_path: Path) -> None:
    request = json.loads((ROOT / "examples" / "voorbeeld-energie.json").read_text())
    request["client"]["enterprise_number"] = "0999.900.151"
    request["client"]["colour"] = "red"
    request["services"].append("moon-landing")
    request["parameters"] = {"objection_days": 31, "moon": 1}
    request["effective_from"] = "2026-02-30"
    del request["client"]["address"]["city"]
    (tmp_path / "request.json").write_text(json.dumps(request))
    done = dpa("generate", "request.json", "--out", "made", cwd=tmp_path)
    assert done.returncode == 2
    for field in (
        "client.enterprise_number", "client.colour", "client.address.city", "services[", "parameters.objection_days", "parameters.moon",
        "effective_from",
    ):  # fmt: skip
        assert field in done.stderr, done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "not valid JSON"),
        (b"\xff\xfe{}", "not UTF-8"),
        (b"[]", "object"),
        (b'{"language": NaN}', "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b'{"x": "' + b"a" * 10_000_000 + b'"}', "more than 1 MB"),
    ],
    ids=["broken", "bytes", "list", "nan", "deep", "10 MB"],
)
def test_a_file_that_is_no_request_is_refused_in_words(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "request.json").write_bytes(content)
    done = dpa("generate", "request.json", "--out", "made", cwd=tmp_path)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False), done.stderr
    assert said in done.stderr
    assert not (tmp_path / "made").exists()


def test_a_missing_file_and_a_missing_option_exit_2(tmp_path: Path) -> None:
    assert dpa("generate", "nowhere.json", "--out", "made", cwd=tmp_path).returncode == 2
    assert dpa("generate", EXAMPLES[0], cwd=tmp_path).returncode == 2


def test_coverage_prints_the_matrix(tmp_path: Path) -> None:
    done = dpa("clauses", "coverage", EXAMPLES[0], cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    duties = [line for line in done.stdout.splitlines() if line[:1] in "FPN"]
    assert len(duties) == 25
    assert all(line.startswith("F") for line in duties)
    rows = json.loads(dpa("clauses", "coverage", EXAMPLES[0], "--json", cwd=tmp_path).stdout)
    assert rows[0]["duty"] == "28(1)"


def test_the_library_check_names_file_line_and_remedy(tmp_path: Path) -> None:
    import shutil

    shutil.copytree(ROOT / "clauses", tmp_path / "clauses")
    text = tmp_path / "clauses" / "breach-notice" / "nl.md"
    text.write_text(text.read_text().replace("{breach_notice_hours}", "{breach_hours}", 1))
    done = dpa("clauses", "check", "--library", "clauses", cwd=tmp_path)
    assert done.returncode == 1
    line = next(n for n, words in enumerate(text.read_text().split("\n"), start=1) if "{breach_hours}" in words)
    assert f"breach-notice/nl.md:{line}: {{breach_hours}} is neither a parameter nor a fact." in done.stderr


def test_a_changed_text_needs_a_new_version(tmp_path: Path) -> None:
    import shutil

    shutil.copytree(ROOT / "clauses", tmp_path / "clauses")
    text = tmp_path / "clauses" / "severability" / "nl.md"
    text.write_text(text.read_text().replace("nietig", "ongeldig", 1))
    refused = dpa("clauses", "check", "--library", "clauses", cwd=tmp_path)
    assert refused.returncode == 1
    assert "severability/clause.yaml" in refused.stderr
    assert "Raise the version" in refused.stderr
    clause = tmp_path / "clauses" / "severability" / "clause.yaml"
    clause.write_text(clause.read_text().replace('version: "1.0.0"', 'version: "1.0.1"'))
    assert dpa("clauses", "publish", "--library", "clauses", cwd=tmp_path).stdout.startswith("published severability 1.0.1")
    assert dpa("clauses", "publish", "--library", "clauses", cwd=tmp_path).stdout == "0 new version(s).\n"


def test_the_schema_is_json_schema(tmp_path: Path) -> None:
    schema = json.loads(dpa("schema", cwd=tmp_path).stdout)
    assert schema["$schema"].startswith("https://json-schema.org/draft/2020-12")
    assert {"language", "effective_from", "client", "services"} <= set(schema["required"])
