"""`dpa redline`: two requests in, a Word file with tracked changes out, or nothing and a reason."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dpa_service import cli
from dpa_service.adapters.docx.redline_proof import accepted, rejected
from dpa_service.domain.contract.clauses import Library
from dpa_service.resources import examples_dir
from dpa_service.services.agreements.generate import assemble_request
from tests.support.word import W, body

EXAMPLE = examples_dir() / "voorbeeld-energie.json"


def standard(folder: Path, **changes: Any) -> Path:
    """The example without anything agreed."""
    request = json.loads(EXAMPLE.read_text(encoding="utf-8")) | {"parameters": {}} | changes
    path = folder / "standard.json"
    path.write_text(json.dumps(request), encoding="utf-8")
    return path


def dpa(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    """Exit status, output and error of the command as `main` gives them."""
    monkeypatch.setattr("sys.argv", ["dpa", *map(str, arguments)])
    status = 0
    try:
        cli.main()
    except SystemExit as leaving:
        status = int(leaving.code or 0)
    said = capsys.readouterr()
    return status, said.out, said.err


def test_the_file_holds_both_agreements(
    tmp_path: Path, library: Library, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new folder" / "redline.docx"
    status, said, _ = dpa(monkeypatch, capsys, "redline", standard(tmp_path), EXAMPLE, "--out", out, "--author", "V. Oorbeeld")
    assert status == 0
    assert str(out) in said
    docx = out.read_bytes()
    agreed = assemble_request(json.loads(EXAMPLE.read_text(encoding="utf-8")), library)["terms"]
    before = assemble_request(json.loads(standard(tmp_path).read_text(encoding="utf-8")), library)["terms"]
    term = next(name for name in agreed if agreed[name]["text"] != before[name]["text"])
    new, old = ("\n".join(line.text for line in view(docx)) for view in (accepted, rejected))
    assert agreed[term]["text"] in new
    assert agreed[term]["text"] not in old
    assert before[term]["text"] in old
    assert {change.get(f"{W}author") for change in body(docx).iter(f"{W}ins", f"{W}del")} == {"V. Oorbeeld"}
    assert [path.name for path in out.parent.iterdir()] == ["redline.docx"]


def test_without_an_author_the_processor_signs(tmp_path: Path, library: Library) -> None:
    out = tmp_path / "redline.docx"
    done: Result = CliRunner().invoke(cli.cli, ["redline", str(standard(tmp_path)), str(EXAMPLE), "--out", str(out)])
    assert done.exit_code == 0
    name = assemble_request(json.loads(EXAMPLE.read_text(encoding="utf-8")), library)["parties"][-1]["name"]
    assert {change.get(f"{W}author") for change in body(out.read_bytes()).iter(f"{W}ins", f"{W}del")} == {name}


@pytest.mark.parametrize("wrong_one", ["old", "new", "both"])
def test_wrong_fields_of_either_are_named_and_nothing_is_written(
    wrong_one: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = standard(tmp_path, effective_from="gisteren", extra=1)
    old, new = (EXAMPLE, wrong) if wrong_one == "new" else (wrong, EXAMPLE if wrong_one == "old" else wrong)
    out = tmp_path / "made" / "redline.docx"
    status, _, error = dpa(monkeypatch, capsys, "redline", old, new, "--out", out)
    assert status == 2
    for name in ("old", "new") if wrong_one == "both" else (wrong_one,):
        assert f"{name}.effective_from: " in error
        assert f"{name}.extra: " in error
    assert ("old." in error) == (wrong_one != "new")
    assert not out.parent.exists()


@pytest.mark.parametrize("content", [None, "{", "[]", '"x"'])
def test_a_file_that_is_no_request_is_refused(
    content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "wrong.json"
    if content is not None:
        wrong.write_text(content)
    out = tmp_path / "redline.docx"
    status, _, error = dpa(monkeypatch, capsys, "redline", wrong, EXAMPLE, "--out", out)
    assert status == 2
    assert error.strip()
    assert "Traceback" not in error
    assert not out.exists()


def test_the_number_of_a_draft_is_no_change(tmp_path: Path, library: Library) -> None:
    out = tmp_path / "redline.docx"
    old, new = standard(tmp_path, reference=None), tmp_path / "new.json"
    new.write_text(json.dumps(json.loads(EXAMPLE.read_text(encoding="utf-8")) | {"reference": None}), encoding="utf-8")
    assert CliRunner().invoke(cli.cli, ["redline", str(old), str(new), "--out", str(out)]).exit_code == 0
    number = assemble_request(json.loads(new.read_text(encoding="utf-8")), library)["reference"]
    for change in body(out.read_bytes()).iter(f"{W}ins", f"{W}del"):
        assert number not in "".join(change.itertext())
    assert number in "".join(line.text for line in rejected(out.read_bytes()))
