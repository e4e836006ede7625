"""The README's commands in a fresh clone, as a new colleague runs them: no virtual environment, no earlier output."""

import os
import re
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.clone, pytest.mark.xdist_group("clone")]


def commands() -> list[str]:
    """The make commands the README gives under Start."""
    start = (ROOT / "README.md").read_text().split("## Start")[1].split("##")[0]
    return re.findall(r"^    (make \w+)", start, re.MULTILINE)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: there is nothing to clone")
    target = tmp_path_factory.mktemp("clone") / "dpa"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(target)], check=True)
    return target


def environment() -> dict[str, str]:
    """The caller's environment without this test run's virtual environment and settings."""
    return {
        k: v for k, v in os.environ.items() if not k.startswith(("DPA_", "PYTEST", "VIRTUAL_ENV", "PYTHONPATH", "MAKE", "MFLAGS"))
    }


def make(clone: Path, target: str) -> tuple[str, float]:
    began = time.monotonic()
    done = subprocess.run(["make", target], cwd=clone, env=environment(), capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr, time.monotonic() - began


def test_the_readme_names_the_two_commands() -> None:
    assert commands() == ["make run", "make test"]


def test_make_demo_sets_everything_up_and_a_second_run_takes_seconds(clone: Path) -> None:
    said, first = make(clone, "demo")
    assert "virtual environment" in said
    made = sorted(path.relative_to(clone / "out").as_posix() for path in (clone / "out").rglob("*.docx"))
    assert "voorbeeld-energie/agreement.docx" in made
    for path in made:
        assert path in said
        assert (clone / "out" / path).with_suffix(".pdf").read_bytes().startswith(b"%PDF")
    _, second = make(clone, "demo")
    assert second < max(20, first / 2)
    status = subprocess.run(["git", "status", "--porcelain"], cwd=clone, capture_output=True, text=True, check=True)
    assert status.stdout == ""


@pytest.fixture
def served(clone: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(["make", "run", f"PORT={port}"], cwd=clone, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)  # fmt: skip
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def test_make_run_serves_the_application(served: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"{served}/", timeout=5) as answer:
                assert answer.status == 200
                assert "dpa" in answer.read().decode().lower()
            break
        except OSError:
            assert time.monotonic() < deadline, "nothing answered within a minute"
            time.sleep(0.5)
    with urllib.request.urlopen(f"{served}/api/v1/openapi.json", timeout=5) as answer:
        assert answer.status == 200
