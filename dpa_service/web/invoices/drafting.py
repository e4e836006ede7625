"""Runs over many clients or drafts that tell about each one as soon as it is done.

One and the same POST answers a page that grows line by line (a browser without script), or a JSON object a line (drafting.js).
What was done stays done when the connection breaks; pressing the button again goes on with the rest.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from flask import Response, flash, redirect, render_template, request, stream_template, stream_with_context, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from dpa_service.domain.assistance.assistance import ZERO
from dpa_service.domain.errors import FieldError
from dpa_service.services.invoices import billing, draft_check, issue_all
from dpa_service.serving import logs
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, now, runtime, session, today
from dpa_service.web.invoices.base import BILLERS, blueprint
from dpa_service.web.invoices.days import posted_until
from dpa_service.web.invoices.trouble_words import Told, told
from dpa_service.web.shell import as_date, as_money
from dpa_service.web.typed import Answer

LINES = "application/x-ndjson"
NOTHING = "NOTHING_TO_INVOICE"
MADE, LATER, NOTHING_TO_DO, FAILED = "made", "later", "nothing", "failed"


@dataclass(frozen=True, slots=True)
class Step:
    """One of a run: what became of it, where to look, its amount, and what is in its way. `kind`: made, later (made, but something must
    be mended before the next step), nothing (there was nothing to do), failed."""

    done: int
    total: int
    name: str
    kind: str
    url: str
    words: str = ""
    amount: Decimal = ZERO
    troubles: tuple[Told, ...] = ()


@dataclass
class Run:
    """The steps of a run while they are done; after the last one it knows how many of each kind there were. `issues`: it issues drafts
    (else it makes them); `stopped`: it broke off."""

    steps: Iterable[Step]
    title: str
    next_url: str
    next_words: str
    again: str
    issues: bool = False
    counts: dict[str, int] = field(default_factory=dict)
    amount: Decimal = ZERO
    stopped: bool = False

    def __iter__(self) -> Iterator[Step]:
        try:
            for step in self.steps:
                self.counts[step.kind] = self.counts.get(step.kind, 0) + 1
                self.amount += step.amount
                yield step
        except Exception as trouble:  # the answer has begun: it can no longer become an error page, so its last lines say it
            logs.failure(trouble)
            self.stopped = True

    @property
    def made(self) -> int:
        """How many were made, also those that something must be mended for."""
        return self.counts.get(MADE, 0) + self.counts.get(LATER, 0)

    @property
    def said(self) -> str:
        """How it ended, in one sentence."""
        if self.stopped:
            again = _("What is made stays. Press the button again to go on with the rest.")
            return f"{ngettext('The run broke off after %(num)s.', 'The run broke off after %(num)s.', self.made)} {again}"
        if self.issues:
            return str(ngettext("Done: %(num)s invoice issued.", "Done: %(num)s invoices issued.", self.made))
        return str(ngettext("Done: %(num)s draft made.", "Done: %(num)s drafts made.", self.made))


@blueprint.post("/work-in-progress/drafts", endpoint="draft_all")
@allow(*BILLERS)
def draft_all() -> Response:
    """A draft for every client with unbilled work, or for those that the form names."""
    until = posted_until()
    run = Run(
        _drafts(until),
        _("Drafts with the work up to %(day)s", day=as_date(until)),
        url_for("invoices.drafts"),
        _("To the drafts"),
        url_for("invoices.work", until=until.isoformat()),
    )
    return _answer(run)


@blueprint.post("/drafts/issue", endpoint="issue_all")
@allow(*BILLERS)
def issue_many() -> Answer:
    """Issue all drafts, or those that the form names."""
    chosen = request.form.getlist("draft") if "chosen" in request.form else None
    if chosen is not None and not chosen:
        flash(_("Choose at least one draft."), "warning")
        return redirect(url_for("invoices.drafts"), 303)
    run = Run(
        _issues(chosen),
        _("Issuing drafts"),
        url_for("invoices.invoices"),
        _("To the invoices"),
        url_for("invoices.drafts"),
        issues=True,
    )
    return _answer(run)


def _drafts(until: date) -> Iterator[Step]:
    house, who, moment = runtime().library, actor(), now()
    for each in billing.draft_all(session(), until=until, actor=who, now=moment):
        place = (each.done, each.total, each.client)
        if each.invoice_id is None:
            kind = NOTHING_TO_DO if each.code == NOTHING else FAILED
            why = told([FieldError("invoice", each.code or "", each.message or "")], each.client_id)
            yield Step(*place, kind, url_for("invoices.client_work", client_id=each.client_id, until=until), troubles=tuple(why))
            continue
        found = draft_check.party_troubles(session(), house, [each.invoice_id])[each.invoice_id]
        yield Step(
            *place, LATER if found else MADE, url_for("invoices.draft", invoice_id=each.invoice_id),
            _("draft of %(amount)s", amount=as_money(each.net)), each.net, tuple(told(found, each.client_id)),
        )  # fmt: skip


def _issues(chosen: list[str] | None) -> Iterator[Step]:
    for each in issue_all.issue_all(session(), runtime().library, chosen, actor=actor(), now=now(), today=today()):
        place = (each.done, each.total, each.client)
        if each.number is None:
            why = tuple(told(each.troubles, each.client_id))
            yield Step(*place, FAILED, url_for("invoices.draft", invoice_id=each.invoice_id), troubles=why)
        else:
            said = _("%(number)s of %(amount)s, VAT included", number=each.number, amount=as_money(each.amount))
            yield Step(*place, MADE, url_for("invoices.invoice", invoice_id=each.invoice_id), said, each.amount)


def _answer(run: Run) -> Response:
    """The run as a page or as lines of JSON, sent while it goes on."""
    if request.accept_mimetypes.best_match([LINES, "text/html"], "text/html") == LINES:
        answer = Response(stream_with_context(_as_json(run)), mimetype=LINES)
    else:
        answer = Response(_whole_lines(stream_template("invoices/drafting.html", run=run)), mimetype="text/html")
    answer.headers["X-Accel-Buffering"] = "no"  # a proxy in front must not hold the lines back until the end
    return answer


def _as_json(run: Run) -> Iterator[str]:
    for step in run:
        said = {"done": step.done, "total": step.total, "html": render_template("invoices/_run_line.html", step=step)}
        yield _line({**said, "say": _("%(done)s of %(total)s", done=step.done, total=step.total)})
    yield _line(
        {"end": True, "html": render_template("invoices/_run_end.html", run=run), "say": run.said, "stopped": run.stopped}
    )


def _line(what: dict[str, Any]) -> str:
    return json.dumps(what, ensure_ascii=False) + "\n"


def _whole_lines(pieces: Iterator[str]) -> Iterator[str]:
    """The pieces of a page joined up to the end of a line, so that a line of the list is one write."""
    held: list[str] = []
    for piece in pieces:
        held.append(piece)
        if piece.endswith("\n"):
            yield "".join(held)
            held.clear()
    yield "".join(held)
