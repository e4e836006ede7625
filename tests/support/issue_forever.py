"""A child process that issues agreements until it is killed, and says each number once it is committed."""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from dpa_service.adapters.db.engine import make_engine, make_sessions
from dpa_service.adapters.library_files import load_library
from dpa_service.services.agreements import agreements, issuing


def main(url: str, request: str) -> None:
    """In: the database and a file with a request. Out, on standard output: the reference of each agreement issued."""
    issuing.render_docx = issuing.render_pdf = lambda snapshot: json.dumps(snapshot).encode()  # type: ignore[assignment]
    issuing.content_hash = lambda content: "0" * 64  # type: ignore[assignment]
    library, data = load_library(), json.loads(Path(request).read_text(encoding="utf-8"))
    with make_sessions(make_engine(url))() as session:
        while True:
            made = agreements.create_draft(session, library, data, actor="child", now=datetime.now(UTC))
            issued = issuing.issue(session, made.agreement.id, actor="child", now=datetime.now(UTC), today=date(2026, 11, 23))
            print(issued.agreement.reference, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
