"""The demo: the example agreements as files and in the database. Doing it again changes nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import make_engine, make_sessions
from dpa_service.adapters.db.migrate import upgrade
from dpa_service.adapters.library_files import load_library
from dpa_service.config import load_config
from dpa_service.domain import lifecycle
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.playbook import role_of
from dpa_service.domain.negotiation.approval import APPROVE, NotAllowed
from dpa_service.resources import examples_dir as house_examples
from dpa_service.services.agreements import agreements, issuing, signed_document
from dpa_service.services.agreements.agreements import Details
from dpa_service.services.agreements.generate import generate_files
from dpa_service.services.liability import fees
from dpa_service.services.negotiation import negotiation
from dpa_service.services.negotiation.deviations import NotApproved
from dpa_service.services.people.accounts import seed_demo_users

DOMAIN = "voorbeeld.example"
ACTOR = f"sales@{DOMAIN}"  # so that the demo user of sales finds work on the start page
ISSUED, SIGNED = "voorbeeld-bakkerij", "voorbeeld-energie"
FEES = (("1200.00", "demo-fee-1"), ("650.00", "demo-fee-2"))  # of the signed client: fewer than the fixed cap, so that they bind


@dataclass(frozen=True, slots=True)
class Seeded:
    """An example in the database: its file's name, and the agreement made from it."""

    example: str
    agreement_id: str
    state: str
    reference: str | None
    title: str


def seed(session: Session, library: Library, examples_dir: Path, *, now: datetime, today: date) -> list[Seeded]:
    """Store every example as a draft with its client; issue one, and sign another with fees paid. What is there already is left alone.

    Errors: those of ``agreements.create_draft`` and ``issuing.issue``; what was made before an error stays.
    """
    made = []
    for name, data, document in examples(examples_dir):
        data.pop("reference", None)  # in the database the number is given at issue
        content = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:16]
        key = f"demo-{name}-{content}"
        details = agreements.create_draft(session, library, data, document=document, key=key, actor=ACTOR, now=now)
        if name in (ISSUED, SIGNED) and details.issue is None:
            _approve(session, library, details.agreement.id, now)
            issue_key = f"demo-issue-{details.agreement.id}"
            with suppress(NotApproved):  # without the demo's users nobody approves, and the example stays a draft
                details = issuing.issue(session, details.agreement.id, key=issue_key, actor=ACTOR, now=now, today=today)
        if name == SIGNED and details.agreement.state == lifecycle.ISSUED:
            details = _sign(session, details, now, today)
        row = details.agreement
        made.append(Seeded(name, row.id, row.state, row.reference, row.title))
    return made


def _approve(session: Session, library: Library, agreement_id: str, now: datetime) -> None:
    """Let the demo's users approve what an example asks, each from the seats of their role."""
    for row in agreements.get(session, agreement_id).deviations:
        for role in sorted({role_of(library, seat) for seat in row.approvers}):
            with suppress(NotAllowed):
                seen = next(each.version for each in agreements.get(session, agreement_id).deviations if each.id == row.id)
                negotiation.decide(session, row.id, APPROVE, seen=seen, actor=f"{role}@{DOMAIN}", now=now)


def _sign(session: Session, details: Details, now: datetime, today: date) -> Details:
    """Send the issued file back as signed, and enter what the client has paid."""
    row = details.agreement
    facts = {
        "signatory": row.request["client"]["signatory"]["name"],
        "signed_on": today.isoformat(),
        "effective_from": today.isoformat(),
    }
    file = issuing.document(session, row.id, "docx")
    signed_document.upload(session, row.id, name=file.name, content=file.content, facts=facts, actor=ACTOR, now=now)
    for amount, key in FEES:
        fee = {"received_on": today.isoformat(), "amount": amount, "external_key": key}
        fees.record(session, str(row.client_id), fee, key=f"{key}-{row.id}", actor=ACTOR, now=now, today=today)
    return agreements.get(session, row.id)


def make_demo(out: Path, *, progress: Callable[[str], None] = lambda _: None) -> Iterator[str]:
    """Write the files of every example into `out`, bring the database up to date and fill it; yield what was made, line by line.

    Errors: ``ConfigInvalid``, ``DomainError``, OSError.
    """
    config = load_config()
    library = load_library(config.clauses, config.processor_profile)
    for name, data, document in examples(house_examples()):
        progress(name)
        for path in generate_files(data, library, document, out / name).paths:
            yield str(path)
    progress("database")
    upgrade(config.database_url)
    engine = make_engine(config.database_url)
    now = datetime.now(UTC)
    try:
        with make_sessions(engine)() as session:
            if not config.production:
                for user in seed_demo_users(session, demo=True, now=now):
                    yield f"{'demo user':<14} {user.email}"
            for row in seed(session, library, house_examples(), now=now, today=now.date()):
                yield f"{row.reference or row.state:<14} {row.title}"
    finally:
        engine.dispose()


def examples(folder: Path) -> Iterator[tuple[str, dict[str, Any], str]]:
    """The examples of a folder: name, request, and the family of documents it asks for."""
    for path in sorted(folder.glob("*.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        yield path.stem, data, "agreement" if "client" in data else "general-terms"
