"""An installed wheel carries clauses, templates and examples, and works from any directory."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the unpacked wheel: what `pip install` would put into site-packages."""
    dist, site = tmp_path_factory.mktemp("dist"), tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(dist)], cwd=ROOT, capture_output=True, text=True
    )
    assert built.returncode == 0, built.stdout + built.stderr
    zipfile.ZipFile(next(dist.glob("*.whl"))).extractall(site)
    return site


def run(site: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # -P and an emptied path of checkouts: only the wheel and the third-party libraries are importable
    code = f"import sys; sys.path[:] = [{str(site)!r}] + [p for p in sys.path if p != {str(ROOT)!r}]; from dpa_service.cli import main; import dpa_service; assert dpa_service.__file__.startswith({str(site)!r}); sys.argv = ['dpa', *{list(arguments)!r}]; main()"
    return subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=cwd, env={**os.environ, "PYTHONPATH": ""}, capture_output=True, text=True
    )


def test_the_library_is_inside(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "clauses", "check")
    assert done.returncode == 0, done.stderr
    assert "No mistakes." in done.stdout


def test_it_generates(installed: Path, tmp_path: Path) -> None:
    example = installed / "dpa_service" / "_data" / "examples" / "voorbeeld-energie.json"
    done = run(installed, tmp_path, "generate", str(example), "--out", "made")
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == ["agreement.docx", "agreement.json", "agreement.pdf"]
