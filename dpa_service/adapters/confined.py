"""Reading a file that somebody else made: in a process of its own, with limits on memory and time, that can do nothing but answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from dpa_service.domain.errors import DomainError

SECONDS = 10
MEMORY = 768 * 2**20
MOST_ANSWER = 8_000_000  # signs of an answer
_WORDS = {
    "TOO_BIG": "The file is too large to be read safely. Save it again without pictures and send that.",
    "NOT_READABLE": "The file cannot be read. Open it, save it again as .docx or .pdf, and send that.",
    "PASSWORD": "The file is protected with a password. Remove the protection and send it again.",
    "MACROS": "The file holds macros. Save it as an ordinary .docx, without macros, and send that.",
    "UNSAFE": "The file is built in a way that ordinary programs do not use, and is refused. Save it again and send that.",
}
# The limits come first, before the reader or any library of it is loaded. Where the system has none (Windows) the time limit stays.
_START = """
import runpy, sys
script, memory, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
except ImportError:
    pass
runpy.run_path(script, run_name="__main__")
"""


class Refused(DomainError):
    """A file that is not taken: `code` says why (TOO_BIG, NOT_READABLE, PASSWORD, MACROS, UNSAFE), the message the way out."""

    def __init__(self, code: str) -> None:
        super().__init__(code if code in _WORDS else "NOT_READABLE", _WORDS.get(code, _WORDS["NOT_READABLE"]))


def read(script: Path, content: bytes) -> dict[str, Any]:
    """What the reader in `script` says about a file. Error: ``Refused``."""
    command = [sys.executable, "-I", "-c", _START, str(script), str(MEMORY), str(SECONDS)]
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH") if name in os.environ}
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and our own script
            command, input=content, capture_output=True, timeout=SECONDS + 5, env=kept, check=False
        )
    except subprocess.TimeoutExpired:
        raise Refused("TOO_BIG") from None
    if done.returncode != 0:  # killed by a limit, or stumbled
        raise Refused("TOO_BIG" if done.returncode < 0 or b"MemoryError" in done.stderr else "NOT_READABLE")
    if len(done.stdout) > MOST_ANSWER:
        raise Refused("TOO_BIG")
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise Refused("NOT_READABLE") from None
    if refusal := answer.get("refused"):
        raise Refused(refusal)
    return answer
