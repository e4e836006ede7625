"""`dpa compare` as a user meets it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dpa_service.adapters.docx.render import render_docx
from dpa_service.domain.contract.assembly import bookmark
from dpa_service.domain.contract.clauses import Library
from dpa_service.services.agreements.generate import assemble_request
from tests.support.returned_word import Returned
from tests.support.signed_files import repacked

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


def dpa(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, "-m", "dpa_service.cli", "compare", *map(str, arguments)], env=env, capture_output=True, text=True
    )


def made(library: Library, name: str) -> bytes:
    return render_docx(assemble_request(json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8")), library))


@pytest.fixture(scope="module")
def issued(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("issued") / "issued.docx"
    path.write_bytes(made(library, "voorbeeld-energie"))
    return path


@pytest.fixture(scope="module")
def returned(issued: Path) -> Path:
    file = Returned(issued.read_bytes())
    paragraph = file.paragraphs(bookmark("cl", "breach-notice"))[1]
    file.replace(file.cut(*file.spots(paragraph)[1]), "vroegtijdig", tracked=True)
    file.insert(file.cut(*file.spots(file.paragraphs(bookmark("cl", "audits"))[1])[1]), " sti\u200bekem\u202e", tracked=False)
    path = issued.with_name("returned.docx")
    path.write_bytes(file.saved())
    return path


def test_as_json(issued: Path, returned: Path) -> None:
    done = dpa(issued, returned, "--json")
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    assert (told["same_agreement"]["method"], told["weight"], told["authors"]) == ("property", "suspicious", ["Jurist Klant"])
    found = {each["clause"]: each for each in told["clauses"] if each["state"] != "unchanged"}
    assert set(found) == {"breach-notice", "audits"}
    assert [(each["new"], each["author"]) for each in found["breach-notice"]["tracked"]] == [("vroegtijdig", "Jurist Klant")]
    assert found["audits"]["silent"][0]["reasons"] == ["bidi", "zero-width"]
    assert found["audits"]["label"] != ""


def test_as_a_list_in_which_no_sign_can_act(issued: Path, returned: Path) -> None:
    done = dpa(issued, returned)
    assert done.returncode == 0, done.stderr
    assert "{+vroegtijdig+}" in done.stdout
    assert "SILENT, suspicious" in done.stdout
    assert "\u202e" not in done.stdout
    assert "<U+202E>" in done.stdout


def test_nothing_changed(issued: Path) -> None:
    done = dpa(issued, issued)
    assert (done.returncode, "Nothing changed." in done.stdout) == (0, True)


def test_another_agreement_is_refused_by_name(issued: Path, library: Library, tmp_path: Path) -> None:
    other = tmp_path / "other.docx"
    other.write_bytes(made(library, "voorbeeld-ziekenhuis"))
    done = dpa(issued, other)
    reference = json.loads((EXAMPLES / "voorbeeld-ziekenhuis.json").read_text(encoding="utf-8")).get("reference") or "ONTWERP-"
    assert (done.returncode, done.stdout) == (2, "")
    assert "another agreement" in done.stderr
    assert reference in done.stderr


@pytest.mark.parametrize("which", ["issued", "returned"])
def test_a_refused_file_is_named(which: str, issued: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.docx"
    bad.write_bytes(repacked(issued.read_bytes(), {"word/vbaProject.bin": b"x"}))
    done = dpa(bad, issued) if which == "issued" else dpa(issued, bad)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"The {which} file is refused. The file holds macros." in done.stderr


def test_a_missing_file(issued: Path, tmp_path: Path) -> None:
    done = dpa(issued, tmp_path / "none.docx")
    assert done.returncode == 2
    assert "There is no file" in done.stderr
