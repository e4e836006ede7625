"""The demo: the example agreements as files and in the database. Doing it again changes nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from dpa_service.adapters.db.engine import make_engine, make_sessions, reading
from dpa_service.adapters.db.migrate import upgrade
from dpa_service.adapters.db.models import IdempotencyKey
from dpa_service.adapters.library_files import load_library
from dpa_service.config import load_config
from dpa_service.domain import lifecycle
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.playbook import role_of
from dpa_service.domain.deadlines import day_of
from dpa_service.domain.negotiation.approval import APPROVE, NotAllowed
from dpa_service.resources import examples_dir as house_examples
from dpa_service.services import demo_assistance
from dpa_service.services.agreements import agreements, issuing, signed_document
from dpa_service.services.agreements.agreements import Details
from dpa_service.services.agreements.generate import generate_files
from dpa_service.services.liability import fees
from dpa_service.services.negotiation import negotiation
from dpa_service.services.negotiation.deviations import NotApproved
from dpa_service.services.people.accounts import seed_demo_users

DOMAIN = "voorbeeld.example"
ACTOR = f"sales@{DOMAIN}"  # so that the demo user of sales finds work on the start page
ISSUED = "voorbeeld-bakkerij"
SIGNED = {"voorbeeld-energie": 120, "exempel-webshop": 95}  # days ago, so that there is something to work on and to invoice
FEES = ((80, "1200.00", "demo-fee-1"), (30, "650.00", "demo-fee-2"))  # days ago; fewer than the fixed cap, so that they bind
PREPARED = timedelta(days=5)  # between the issue of an agreement and its signature


@dataclass(frozen=True, slots=True)
class Seeded:
    """An example in the database: its file's name, and the agreement made from it."""

    example: str
    agreement_id: str
    state: str
    reference: str | None
    title: str


def seed(session: Session, library: Library, examples_dir: Path, *, now: datetime, today: date) -> list[Seeded]:
    """Store every example as a draft with its client; issue one, and sign others with fees paid. What is there already is left alone.

    Errors: those of ``agreements.create_draft`` and ``issuing.issue``; what was made before an error stays.
    """
    made = []
    for name, data, document in sorted(examples(examples_dir), key=lambda each: -SIGNED.get(each[0], 0)):
        data.pop("reference", None)  # in the database the number is given at issue
        content = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:16]
        key = f"demo-{name}-{content}"
        before = timedelta(days=SIGNED[name]) if name in SIGNED else None
        then = now - before - PREPARED if before else now
        details = _known(session, key)
        if details is None:
            asked = _begun(data, today - before) if before else data
            details = agreements.create_draft(session, library, asked, document=document, key=key, actor=ACTOR, now=then)
        if (before or name == ISSUED) and details.issue is None:
            _approve(session, library, details.agreement.id, then)
            issue_key = f"demo-issue-{details.agreement.id}"
            with suppress(NotApproved):  # without the demo's users nobody approves, and the example stays a draft
                details = issuing.issue(
                    session, details.agreement.id, key=issue_key, actor=ACTOR, now=then, today=today - (now - then)
                )
        if before and details.agreement.state == lifecycle.ISSUED:
            details = _sign(session, details, now - before, today - before, today)
        row = details.agreement
        made.append(Seeded(name, row.id, row.state, row.reference, row.title))
    return made


def tell(session: Session, library: Library, seeded: Sequence[Seeded], folder: Path, *, now: datetime) -> Iterator[str]:
    """Two months of assistance for the signed examples, counted back from the day they were made; yield the invoices, line by line.

    In: `folder`, where e-invoices are exported, each story in a folder of its own. Without the demo's users there is none to tell.
    """
    ids = {row.example: row.agreement_id for row in seeded if row.state in (lifecycle.SIGNED, lifecycle.SUPERSEDED)}
    if set(ids) < set(SIGNED):
        return
    signed = {name: agreements.get(session, ids[name]).agreement for name in SIGNED}
    first = signed[next(iter(SIGNED))]
    assert first.signed_on
    told = first.signed_on + timedelta(days=next(iter(SIGNED.values())))
    yield from demo_assistance.tell(
        session,
        library,
        [str(row.client_id) for row in signed.values()],
        folder / first.id[:8],
        told=told,
        name=first.id[:8],
        now=now,
    )


def _known(session: Session, key: str) -> Details | None:
    """The agreement that an earlier run made of an example, whatever day that was."""
    with reading(session):
        row = session.get(IdempotencyKey, (ACTOR, key))
        agreement_id = row.answer.get("agreement_id") if row else None
    return agreements.get(session, agreement_id) if agreement_id else None


def _begun(data: dict[str, Any], day: date) -> dict[str, Any]:
    """An example as it would have been made for an agreement that begins on this day."""
    main = {**data["main_agreement"], "date": (day - PREPARED).isoformat()}
    return {**data, "effective_from": day.isoformat(), "main_agreement": main}


def _approve(session: Session, library: Library, agreement_id: str, now: datetime) -> None:
    """Let the demo's users approve what an example asks, each from the seats of their role."""
    for row in agreements.get(session, agreement_id).deviations:
        for role in sorted({role_of(library, seat) for seat in row.approvers}):
            with suppress(NotAllowed):
                seen = next(each.version for each in agreements.get(session, agreement_id).deviations if each.id == row.id)
                negotiation.decide(session, row.id, APPROVE, seen=seen, actor=f"{role}@{DOMAIN}", now=now)


def _sign(session: Session, details: Details, then: datetime, day: date, today: date) -> Details:
    """Send the issued file back as signed on `day`, and enter what the client has paid since."""
    row = details.agreement
    facts = {
        "signatory": row.request["client"]["signatory"]["name"],
        "signed_on": day.isoformat(),
        "effective_from": day.isoformat(),
    }
    file = issuing.document(session, row.id, "docx")
    signed_document.upload(session, row.id, name=file.name, content=file.content, facts=facts, actor=ACTOR, now=then)
    for ago, amount, key in FEES:
        paid = today - timedelta(days=ago)
        fee = {"received_on": paid.isoformat(), "amount": amount, "external_key": f"{key}-{row.id[:8]}"}
        moment = datetime.combine(paid, then.timetz())
        fees.record(session, str(row.client_id), fee, key=f"{key}-{row.id}", actor=ACTOR, now=moment, today=paid)
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
            seeded = seed(session, library, house_examples(), now=now, today=day_of(now))
            for row in seeded:
                yield f"{row.reference or row.state:<14} {row.title}"
            if not config.production:
                progress("assistance and invoices")
                yield from tell(session, library, seeded, out / "invoices", now=now)
    finally:
        engine.dispose()


def examples(folder: Path) -> Iterator[tuple[str, dict[str, Any], str]]:
    """The examples of a folder: name, request, and the family of documents it asks for."""
    for path in sorted(folder.glob("*.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        yield path.stem, data, "agreement" if "client" in data else "general-terms"
