"""My work, the list of agreements, and search."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from dpa_service.domain.contract.terms import print_value
from dpa_service.domain.lifecycle import STATES
from dpa_service.domain.roles import ADMIN, FINANCE, LEGAL, SALES
from dpa_service.services.agreements import agreements, clients, forms, my_work
from dpa_service.services.agreements import search as finding
from dpa_service.services.assistance import assistance_list
from dpa_service.services.invoices import finance_work
from dpa_service.services.liability import claim_list
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, library, now, session, today
from dpa_service.web.assistance.base import APPROVERS
from dpa_service.web.everyone.base import blueprint
from dpa_service.web.everyone.words import OPERATORS
from dpa_service.web.invoices.base import BILLERS
from dpa_service.web.typed import Answer, roles, searched

PAGE = 25


@blueprint.get("/")
@allow()
def start() -> str:
    """My work, and what waits for my roles."""
    mine = roles()
    makes = bool(mine & {SALES, LEGAL})
    return render_template(
        "everyone/start.html",
        work=my_work.work_of(session(), actor(), now=now(), today=today()),
        forms=[form for form in forms.mine(session(), owner=actor(), limit=my_work.SHOWN) if form.agreement_id is None]
        if makes
        else [],
        deciding=my_work.deciding(session(), library(), actor(), today=today()),
        makes=makes,
        decides=bool(mine & {LEGAL, ADMIN}),
        follows=bool(mine & {SALES, LEGAL, ADMIN}),
        to_approve=finance_work.to_approve(session(), actor()) if mine & set(APPROVERS) else None,
        billing=finance_work.billing(session(), today()) if mine & set(BILLERS) else None,
        claims=claim_list.waiting(session()) if mine & {LEGAL, FINANCE, ADMIN} else None,
        days=my_work.UNSIGNED_DAYS,
        soon=my_work.SOON_DAYS,
    )


@blueprint.get("/agreements", endpoint="agreements")
@allow()
def agreement_list() -> str:
    """Agreements, newest first, by state, client and words."""
    text, state, client_id = searched(), request.args.get("state", ""), request.args.get("client", "")
    state = state if state in STATES else ""
    client = clients.get(session(), client_id) if client_id else None
    page = agreements.listing(
        session(),
        state=state or None,
        client_id=client_id or None,
        text=text or None,
        cursor=request.args.get("cursor"),
        limit=PAGE,
    )
    kept = {name: value for name, value in (("q", text), ("state", state), ("client", client_id)) if value}
    return render_template(
        "everyone/agreements.html",
        page=page,
        text=text,
        state=state,
        client=client,
        states=STATES,
        kept=kept,
        makes=bool(roles() & {SALES, LEGAL}),
    )


@blueprint.get("/search")
@allow()
def search() -> Answer:
    """Clients and agreements by name, number, reference or term; says how the words were understood."""
    text = searched()
    if not text:
        return render_template("everyone/search.html", text="", found=None)
    if asked := assistance_list.by_reference(session(), text):
        return redirect(url_for("assistance.request", request_id=asked.id))
    found = finding.search(session(), library(), text, plain="plain" in request.args, cursor=request.args.get("cursor"))
    if found.kind == finding.REFERENCE and len(found.agreements) == 1:
        return redirect(url_for("everyone.agreement", agreement_id=found.agreements[0].id))
    return render_template(
        "everyone/search.html",
        text=text,
        found=found,
        understood=_understood(found),
        names=roles() & {"sales", "legal", "dpo", "admin"},
    )


def _understood(found: finding.Answer) -> str:
    """How the question was read."""
    if found.query is not None and found.parameter is not None:
        label = next(iter(found.parameter.labels.values()))
        standard = print_value(found.parameter, found.parameter.standard, "nl", short=True)
        operator = str(OPERATORS[found.query.operator])
        if found.query.value is None:
            asked = _("“%(label)s” is %(operator)s", label=label, operator=operator)
        else:
            value = found.query.value
            whole = int(value) if found.parameter.type == "duration" and value == int(value) else value
            shown = print_value(found.parameter, whole, "nl", short=True)
            asked = _("“%(label)s” is %(operator)s %(value)s", label=label, operator=operator, value=shown)
        return str(
            _(
                "Agreements in which %(asked)s, in force or not. Where nothing else was agreed, the standard counts: %(standard)s.",
                asked=asked,
                standard=standard,
            )
        )
    if found.kind == finding.NUMBER:
        return str(_("Clients and agreements with the number %(number)s.", number=found.asked))
    if found.kind == finding.REFERENCE:
        return str(_("The agreement with reference %(reference)s.", reference=found.asked))
    return str(_("Clients and agreements with these words in name, title or reference."))
