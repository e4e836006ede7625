"""A child process that writes, approves, drafts and issues until it is killed, and says each number once it is committed."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from dpa_service.adapters.db.engine import make_engine, make_sessions
from dpa_service.adapters.library_files import load_library
from dpa_service.services.invoices import invoice_making
from tests.support.assistance import approved, issued, plain_invoices


def main(url: str, request_id: str, client_id: str) -> None:
    """In: the database, an open request and its client. Out, on standard output: the number of each invoice issued."""
    plain_invoices(lambda name, value: setattr(invoice_making, name.rpartition(".")[2], value))
    library = load_library()
    with make_sessions(make_engine(url))() as session:
        while True:
            approved(session, request_id, 15)
            print(issued(session, library, client_id, key=f"{datetime.now(UTC)}").invoice.number, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
