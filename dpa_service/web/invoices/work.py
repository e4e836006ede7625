"""Work in progress: approved minutes that no invoice holds, by client and age, and the entries behind a client's sum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from dpa_service.domain.assistance.assistance import ZERO
from dpa_service.domain.assistance.invoicing import InvoiceError
from dpa_service.services.agreements import clients
from dpa_service.services.assistance import month_locks
from dpa_service.services.errors import Conflict
from dpa_service.services.invoices import billing, invoice_list, invoicing, work_in_progress
from dpa_service.services.invoices.work_in_progress import AGES, Waiting
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, now, session, today
from dpa_service.web.assistance.time_words import REASONS
from dpa_service.web.invoices.base import BILLERS, READERS, blueprint
from dpa_service.web.invoices.days import month_end, posted_until, shown_until
from dpa_service.web.shell import as_date, as_money
from dpa_service.web.typed import Answer, key, searched

SHOWN = 100


@dataclass(frozen=True, slots=True)
class Total:
    """All clients together."""

    clients: int
    minutes: int
    net: Decimal
    by_age: tuple[Decimal, ...]
    logged: int
    held: int


@blueprint.get("/work-in-progress", endpoint="work")
@allow(*READERS)
def work() -> str:
    """Every client with work that no invoice holds."""
    until, wrong = shown_until()
    text = searched()
    rows = work_in_progress.of_clients(session(), today(), until=until)
    drafts = invoice_list.register(session(), state=billing.DRAFT, today=today(), limit=1)
    found = [row for row in rows if text.casefold() in row.client.casefold()]
    return render_template(
        "invoices/work.html",
        until=until,
        wrong=wrong,
        text=text,
        rows=found[:SHOWN],
        left_out=len(found) - SHOWN,
        total=_total(rows),
        ages=_ages(),
        month_end=month_end(),
        today=today(),
        unlocked=_unlocked(until),
        drafts=drafts.sums.drafts,
        drafts_net=drafts.sums.drafts_net,
    )


@blueprint.get("/work-in-progress/<hex:client_id>", endpoint="client_work")
@allow(*READERS)
def client_work(client_id: str) -> str:
    """The entries behind a client's sum."""
    until, wrong = shown_until()
    pieces = work_in_progress.of_client(session(), client_id, until=until)
    waiting = work_in_progress.of_clients(session(), today(), [client_id], until=until)
    return render_template(
        "invoices/client_work.html",
        client=clients.get(session(), client_id),
        until=until,
        wrong=wrong,
        month_end=month_end(),
        today=today(),
        row=waiting[0] if waiting else None,
        charged=[piece for piece in pieces if piece.unbilled and not piece.held],
        held=[piece for piece in pieces if piece.held],
        free=[piece for piece in pieces if not piece.unbilled and not piece.held],
        reasons=REASONS,
        drafts=invoicing.listing(session(), state=billing.DRAFT, client_id=client_id).items,
        unlocked=_unlocked(until),
    )


@blueprint.post("/work-in-progress/<hex:client_id>/draft", endpoint="make_draft")
@allow(*BILLERS)
def make_draft(client_id: str) -> Answer:
    """A draft with everything that this client can be charged up to the day."""
    until = posted_until()
    try:
        made = billing.draft(session(), client_id, until=until, key=key(), actor=actor(), now=now())
    except InvoiceError as trouble:
        if trouble.code != "NOTHING_TO_INVOICE":
            raise
        flash(
            _("Nothing to charge for this client up to %(day)s: see below what is free or held back.", day=as_date(until)),
            "warning",
        )
        return redirect(url_for("invoices.client_work", client_id=client_id, until=until), 303)
    except Conflict:
        flash(_("This form was sent before, for another day; look at the drafts of this client."), "warning")
        return redirect(url_for("invoices.client_work", client_id=client_id, until=until), 303)
    flash(_("The draft of %(amount)s is made.", amount=as_money(made.net)), "success")
    return redirect(url_for("invoices.draft", invoice_id=made.id), 303)


def _total(rows: Sequence[Waiting]) -> Total:
    return Total(
        sum(1 for row in rows if row.minutes),
        sum(row.minutes for row in rows),
        sum((row.net for row in rows), ZERO),
        tuple(sum((row.by_age[index] for row in rows), ZERO) for index in range(len(AGES) + 1)),
        sum(row.logged for row in rows),
        sum(row.held for row in rows),
    )


def _ages() -> list[str]:
    """What the ages are called."""
    bounds = (0, *AGES)
    between = [
        _("%(first)s–%(last)s days", first=first and first + 1, last=last) for first, last in zip(bounds, AGES, strict=False)
    ]
    return [*between, _("over %(days)s days", days=AGES[-1])]


def _unlocked(until: date) -> str | None:
    """The month of the day, when it is over and nobody locked it: minutes of it may still be added or corrected."""
    month = f"{until:%Y-%m}"
    if month >= f"{today():%Y-%m}" or month in {row.month for row in month_locks.listing(session())}:
        return None
    return f"{until.month}/{until.year}"
