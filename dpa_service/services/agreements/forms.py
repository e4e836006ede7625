"""Forms: an agreement's request while it is being filled in. Saved at any time, complete or not; only its owner sees it."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from dpa_service.adapters.db.engine import insert_if_absent, reading
from dpa_service.adapters.db.forms import Form
from dpa_service.adapters.db.models import Agreement, Client
from dpa_service.adapters.db.types import canonical
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.deadlines import day_of
from dpa_service.domain.lifecycle import DRAFT
from dpa_service.services.agreements import agreements
from dpa_service.services.agreements.form_data import blank, of_request, title, to_request
from dpa_service.services.errors import Conflict, NotFound, Stale
from dpa_service.services.use_case import UseCase, use_case

Json = dict[str, Any]
SHOWN = 50


def save(
    session: Session,
    form_id: str,
    data: Mapping[str, Any],
    *,
    client_id: str | None = None,
    expected_version: int,
    actor: str,
    now: datetime,
) -> Form:
    """Keep what is filled in, whatever it is. In: `expected_version` 0 for a form that was never saved; its id is the page's own.

    The same content again is no change, so that a double click is harmless.
    Error: ``NotFound`` (also for another owner's form); ``Stale`` when it was changed elsewhere since it was read.
    """
    content = dict(data)
    with use_case(session, actor=actor, now=now) as work:
        client_id = _known_client(session, client_id, content)
        if expected_version == 0 and _insert(work, form_id, content, client_id):
            work.note("form.create", "form", form_id)
        form = _owned(session, form_id, actor, lock=True)
        if canonical(form.data) == canonical(content) and client_id in (None, form.client_id):
            return form
        if form.version != expected_version:
            raise Stale("form")
        form.data, form.client_id, form.title, form.updated_at = content, client_id, title(content), now
        flag_modified(form, "updated_at")  # the version counts every change, also one within the same microsecond
        session.flush()
    return form


def get(session: Session, form_id: str, *, owner: str) -> Form:
    """One form, discarded or not. Error: ``NotFound``, also for another owner's."""
    with reading(session):
        return _owned(session, form_id, owner)


def stored(session: Session, form_id: str, *, owner: str) -> Form | None:
    """The form, or None for one that was never saved. Error: ``NotFound`` for another owner's."""
    with reading(session):
        form = session.get(Form, form_id)
        if form is not None and form.owner != owner:
            raise NotFound("form")
        return form


def mine(session: Session, *, owner: str, discarded: bool = False, limit: int = SHOWN) -> Sequence[Form]:
    """The forms of an owner that are still open (or, asked so, discarded), the last changed first.

    A form whose draft has left the state draft is done and is not listed.
    """
    query = (
        sa.select(Form)
        .outerjoin(Agreement, Agreement.id == Form.agreement_id)
        .where(Form.owner == owner, Form.discarded_at.is_not(None) if discarded else Form.discarded_at.is_(None))
        .where(sa.or_(Form.agreement_id.is_(None), Agreement.state == DRAFT))
        .order_by(Form.updated_at.desc(), Form.id)
        .limit(limit)
    )
    with reading(session):
        return session.scalars(query).all()


def discard(session: Session, form_id: str, *, actor: str, now: datetime) -> None:
    """Put a form out of sight; ``restore`` brings it back. The draft it made stays. Error: ``NotFound``."""
    _set_discarded(session, form_id, now, "form.discard", actor, now)


def restore(session: Session, form_id: str, *, actor: str, now: datetime) -> None:
    """Bring a discarded form back. Error: ``NotFound``."""
    _set_discarded(session, form_id, None, "form.restore", actor, now)


def copy(session: Session, agreement_id: str, *, client_id: str | None = None, actor: str, now: datetime) -> Form:
    """A new form with the answers of an agreement, for the same client or for another one. Error: ``NotFound``."""
    with use_case(session, actor=actor, now=now) as work:
        agreement = _with_counterparty(session, agreement_id)
        data, known, today = of_request(agreement.request), agreement.client_id, day_of(now)
        if data["effective_from"] <= today.isoformat():
            data["effective_from"] = blank(today)["effective_from"]  # a new agreement does not begin in the past
        if client_id is not None:
            client = session.get(Client, client_id)
            if client is None:
                raise NotFound("client")
            if client_id != known:  # the main agreement is the other client's
                data |= {
                    "client": of_request({"client": client.data})["client"],
                    "main_agreement": {"date": today.isoformat()},
                }
            known = client_id
        form_id = uuid.uuid4().hex
        _insert(work, form_id, data, known)
        work.note("form.copy", "form", form_id, agreement=agreement_id)
        return _owned(session, form_id, actor)


def of_draft(session: Session, agreement_id: str, *, actor: str, now: datetime) -> Form:
    """The caller's form of a draft: the one that made it, else a new one with the draft's answers. Error: ``NotFound``.

    A form that is behind the draft (somebody else changed it) takes over the draft's answers. Error: ``Conflict`` for an agreement
    that is no longer a draft.
    """
    with use_case(session, actor=actor, now=now) as work:
        agreement = _with_counterparty(session, agreement_id)
        if agreement.state != DRAFT:
            raise Conflict("NOT_A_DRAFT", "Only a draft can be changed; copy its answers into a new form instead.")
        query = sa.select(Form).where(Form.agreement_id == agreement_id, Form.owner == actor).order_by(Form.updated_at.desc())
        form = session.scalars(query).first()
        if form is None:
            form_id = uuid.uuid4().hex
            _insert(work, form_id, of_request(agreement.request), agreement.client_id, agreement)
            work.note("form.create", "form", form_id, agreement=agreement_id)
            return _owned(session, form_id, actor)
        if form.discarded_at is not None or form.agreement_version != agreement.version:
            data = of_request(agreement.request)
            form.data, form.title, form.agreement_version, form.discarded_at = data, title(data), agreement.version, None
            form.updated_at = now
            session.flush()
        return form


def make_draft(
    session: Session, library: Library, form_id: str, *, overwrite: bool = False, actor: str, now: datetime
) -> agreements.Details:
    """The draft of a complete form: made the first time, changed after that. Doing it twice makes one draft.

    Error: ``NotFound``; ``RequestInvalid`` naming every field; ``DomainError`` when it cannot be assembled; ``Conflict`` once the
    draft was issued; ``Stale`` when somebody else changed the draft, unless `overwrite`.
    """
    form = get(session, form_id, owner=actor)
    request = to_request(form.data, library)
    if form.agreement_id is None:
        # The key holds the content: the same click twice gives one draft, and a changed form is never refused as a reused key.
        key = f"form-{form_id}-{hashlib.sha256(canonical(request).encode()).hexdigest()[:32]}"
        made = agreements.create_draft(session, library, request, key=key, actor=actor, now=now)
    else:
        # The form does not show what is asked on the pages of the negotiation: the draft's own stays, whatever the form had.
        asked = agreements.get(session, form.agreement_id).agreement.request.get("deviations")
        request = {key: value for key, value in request.items() if key != "deviations"} | ({"deviations": asked} if asked else {})
        made = agreements.update_draft(
            session,
            form.agreement_id,
            request,
            expected_version=None if overwrite else form.agreement_version,
            renew=library,
            actor=actor,
            now=now,
        )
    with use_case(session, actor=actor, now=now):
        row = _owned(session, form_id, actor, lock=True)
        row.agreement_id, row.agreement_version, row.client_id = (
            made.agreement.id,
            made.agreement.version,
            made.agreement.client_id,
        )
        session.flush()
    return made


def _insert(work: UseCase, form_id: str, data: Json, client_id: str | None, draft: Agreement | None = None) -> bool:
    values = {
        "id": form_id,
        "owner": work.actor,
        "client_id": client_id,
        "title": title(data),
        "data": data,
        "agreement_id": draft.id if draft else None,
        "agreement_version": draft.version if draft else None,
        "version": 1,
        "created_at": work.now,
        "updated_at": work.now,
        "discarded_at": None,
    }
    return insert_if_absent(work.session, Form, values)


def _owned(session: Session, form_id: str, owner: str, *, lock: bool = False) -> Form:
    form = session.get(Form, form_id, with_for_update=lock or None, populate_existing=lock)
    if form is None or form.owner != owner:
        raise NotFound("form")
    return form


def _with_counterparty(session: Session, agreement_id: str) -> Agreement:
    agreement = agreements.found(session, agreement_id)
    if agreement.family != "agreement":
        raise NotFound("agreement with a client")
    return agreement


def _known_client(session: Session, client_id: str | None, data: Json) -> str | None:
    """The client that the form says it is for; none when the number in the form has become another one's. Error: ``NotFound``."""
    if client_id is None:
        return None
    client = session.get(Client, client_id)
    if client is None:
        raise NotFound("client")
    typed = "".join(str((data.get("client") or {}).get(name) or "") for name in ("enterprise_number", "vat_number"))
    known = client.data.get("enterprise_number") or client.data.get("vat_number")
    return client_id if known is None or _bare(known) in _bare(typed) else None


def _bare(number: str) -> str:
    return "".join(sign for sign in number.upper() if sign.isalnum())


def _set_discarded(session: Session, form_id: str, moment: datetime | None, action: str, actor: str, now: datetime) -> None:
    with use_case(session, actor=actor, now=now) as work:
        form = _owned(session, form_id, actor, lock=True)
        if (form.discarded_at is None) == (moment is None):
            return  # a double click
        form.discarded_at = moment
        session.flush()
        work.note(action, "form", form_id)
