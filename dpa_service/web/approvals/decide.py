"""One screen to decide about a deviation, and the decision itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from dpa_service.domain.contract.asked import ADDED
from dpa_service.domain.contract.clauses import Clause, Ladder, Library, Rung
from dpa_service.domain.contract.playbook import reached, touching
from dpa_service.domain.contract.terms import parse_value, plain
from dpa_service.domain.errors import DomainError, RequestInvalid
from dpa_service.domain.negotiation.approval import APPROVE, COUNTER, DECISIONS, REJECT, NotAllowed
from dpa_service.services.agreements import agreements, clients
from dpa_service.services.errors import Conflict, NotFound, Stale
from dpa_service.services.negotiation import approvals, negotiation, precedents
from dpa_service.services.negotiation.approval_history import history, successor
from dpa_service.services.negotiation.approvals import Waiting
from dpa_service.services.negotiation.deviation_effect import asked_entry, effect_of
from dpa_service.services.negotiation.deviation_entry import library_of, relative
from dpa_service.services.negotiation.deviation_look import standard_source
from dpa_service.services.negotiation.negotiation import Decided, DecidedMeanwhile
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, now, session, today
from dpa_service.serving.runtime import library as effective
from dpa_service.web.approvals.base import blueprint, number
from dpa_service.web.approvals.words import DECISION_WORDS, REFUSED_WORDS
from dpa_service.web.negotiation.fields import entry_of
from dpa_service.web.negotiation.words import all_words, trouble_words
from dpa_service.web.sales.terms import Row, starting_value
from dpa_service.web.sales.terms import row as term_row
from dpa_service.web.typed import Answer

LANGUAGE = "nl"  # of the agreements
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """A rung of a ladder on the page: `current` is what is asked now, `enough` the lowest one that grants the value asked."""

    choice: str
    rung: Rung
    current: bool
    enough: bool
    asks: tuple[Row, ...]


@blueprint.get("/approvals/<hex:deviation_id>", endpoint="deviation")
@allow()
def deviation(deviation_id: str) -> Answer:
    """Everything that bears on one deviation, on one screen."""
    return _page(_seen(deviation_id), {}, {})


@blueprint.post("/approvals/<hex:deviation_id>", endpoint="decide")
@allow()
def decide(deviation_id: str) -> Answer:
    """Approve, reject or counter; then the next in the queue."""
    item = _seen(deviation_id)
    decision, posted = request.form.get("decision", ""), request.form
    if decision not in DECISIONS:
        abort(400)
    release = library_of(session(), item.agreement.id)
    try:
        counter = _counter(item, release, posted) if decision == COUNTER else None
        made = negotiation.decide(
            session(), deviation_id, decision, seen=number("seen"), reason=posted.get("reason", ""), counter=counter,
            actor=actor(), now=now(),
        )  # fmt: skip
    except DecidedMeanwhile as late:
        return _late(item, late, posted)
    except (NotAllowed, Conflict) as refused:
        words = REFUSED_WORDS.get(refused.code)
        return _page(_seen(deviation_id), {"": str(words) if words else refused.message}, posted), 409
    except RequestInvalid as trouble:
        entry = {"parameter": (posted.get("ask") or "").removeprefix("value:")}
        errors = all_words(relative(trouble.errors, entry), release)
        return _page(item, _named(errors, decision, release), posted), 422
    except (Stale, NotFound):
        raise
    except DomainError as trouble:
        return _page(item, {"": trouble_words(trouble, release)}, posted), 422
    _say(item, decision, made)
    following = approvals.queue(session(), effective(), actor=actor(), today=today(), limit=1).items
    if following:
        return redirect(url_for("approvals.deviation", deviation_id=following[0].row.id), 303)
    flash(_("Nothing else waits for you."), "info")
    return redirect(url_for("approvals.queue"), 303)


def _seen(deviation_id: str) -> Waiting:
    item = approvals.one(session(), effective(), deviation_id, actor=actor(), today=today())
    if item is None:
        abort(404)
    return item


def _counter(item: Waiting, release: Library, posted: MultiDict[str, str]) -> Json:
    """What is proposed instead; the client's own reason stays with it."""
    request_data = agreements.get(session(), item.agreement.id).agreement.request
    about = item.row.data.get("clause", item.row.clause)
    offered = [row.id for row in _values(release, item.row, {})]
    if (asked := posted.get("ask", "")).startswith("value:") and asked.removeprefix("value:") not in offered:
        abort(400)  # a counter-proposal stays with what is decided about
    fields = MultiDict((key, value) for key, value in posted.items(multi=True) if key != "reason")
    if item.row.deviation_class == ADDED:
        after = (asked_entry(request_data, item.row.key) or {}).get("after", about)
        entry = entry_of(fields, str(after), release, request_data)
    else:
        entry = entry_of(fields, about, release, request_data)
    if item.row.reason and entry["class"] != "value":
        entry["reason"] = item.row.reason
    return entry


def _named(errors: Mapping[str, str], decision: str, release: Library) -> dict[str, str]:
    """Errors under the fields of this page: the reason belongs to the decision, a value to its term."""
    del release
    found = {}
    for name, message in errors.items():
        if name == "reason":
            found[f"reason-{decision}"] = (
                str(_("Say why, in a few words (at most 500 characters).")) if decision != APPROVE else message
            )
        elif name.startswith("values."):
            found[name] = message
        else:
            found["value" if name == "value" else name] = message
    return found


def _say(item: Waiting, decision: str, made: Decided) -> None:
    what = _("%(what)s of %(client)s", what=item.row.data.get("label", item.row.key), client=item.client or item.agreement.title)
    if decision == APPROVE and made.row.state == "approved":
        flash(_("%(what)s is approved.", what=what), "success")
    elif decision == APPROVE:
        flash(_("Your approval of %(what)s is recorded; other seats still decide.", what=what), "success")
    elif decision == REJECT:
        flash(_("%(what)s is rejected; the standard is back in the draft.", what=what), "success")
    elif made.counter is None:
        flash(_("%(what)s: what you proposed equals the standard, which is back in the draft.", what=what), "success")
    else:
        flash(_("%(what)s: your counter-proposal stands in the draft.", what=what), "success")


def _late(item: Waiting, late: DecidedMeanwhile, posted: Mapping[str, str]) -> tuple[str, int]:
    fresh = approvals.one(session(), effective(), item.row.id, actor=actor(), today=today()) or item
    page = render_template(
        "approvals/conflict.html",
        item=fresh,
        wanted=DECISION_WORDS[posted.get("decision", "")],
        events=history(session(), item.row.id)[-6:],
        reason=posted.get("reason", ""),
        last=late.last,
    )
    return page, 409


def _page(item: Waiting, errors: Mapping[str, str], posted: Mapping[str, str]) -> str:
    row, agreement = item.row, agreements.get(session(), item.agreement.id).agreement
    release = library_of(session(), agreement.id)
    part = row.state in ("proposed", "approved")
    clause = release.clauses.get(row.clause)
    return render_template(
        "approvals/deviation.html",
        item=item,
        row=row,
        agreement=agreement,
        client=clients.get(session(), agreement.client_id) if agreement.client_id else None,
        effect=effect_of(session(), row.id, today=today()) if part else None,
        ladders=_ladders(release, row, clause),
        values=_values(release, row, posted),
        text=posted.get("text") or _text(release, agreement.request, row),
        added_text=posted.get("added_text") or _text(release, agreement.request, row),
        clause=clause,
        notices=[release.notices[code] for code in (clause.notices if clause else ()) if code in release.notices],
        summary=precedents.summary(session(), release, row.id),
        before=precedents.listing(session(), release, row.id, cursor=request.args.get("before")),
        events=history(session(), row.id),
        instead=successor(session(), row),
        part=part,
        errors=errors,
        posted=posted,
        following=_following(item),
        me=actor(),
    )


def _following(item: Waiting) -> str | None:
    """The next one that waits for this viewer."""
    found = approvals.queue(session(), effective(), actor=actor(), today=today(), limit=2).items
    return next((each.row.id for each in found if each.row.id != item.row.id), None)


def _ladders(release: Library, row: Any, clause: Clause | None) -> list[tuple[Ladder, list[Step]]]:
    """The ladders that speak about it: its own row, those of its terms, or for own wording those of the clause."""
    names = [change["parameter"] for change in row.data.get("changes", ())]
    found: list[Ladder] = []
    if row.deviation_class in ("value", "fallback"):
        found = [ladder for name in names for ladder, _ in touching(release, name)]
    if clause is not None and not found:
        found = list(clause.ladders)
    if row.row is not None:
        found = [ladder for ladder in found if ladder.row == row.row]
    shown: list[tuple[Ladder, list[Step]]] = []
    for ladder in {each.row: each for each in found}.values():
        enough = _enough(release, row, ladder)
        steps = [
            Step(
                f"ladder:{ladder.row}:{rung.id}", rung, row.row == ladder.row and row.rung == rung.id, rung.id == enough,
                tuple(term_row(release.parameters[name], starting_value(release.parameters[name])) for name in rung.asks),
            )
            for rung in ladder.rungs
        ]  # fmt: skip
        shown.append((ladder, steps))
    return shown


def _enough(release: Library, row: Any, ladder: Ladder) -> str | None:
    """The lowest rung that grants the value that is asked."""
    if row.deviation_class != "value":
        return None
    change = row.data["changes"][0]
    parameter = release.parameters[change["parameter"]]
    value = parse_value(parameter, change["agreed"])
    return next((rung.id for each, rung in reached(release, parameter, value) if each.row == ladder.row), None)


def _values(release: Library, row: Any, posted: Mapping[str, str]) -> list[Row]:
    """The terms whose value can be countered: those that the deviation changes."""
    rows = []
    for change in row.data.get("changes", ()):
        parameter = release.parameters.get(change["parameter"])
        if parameter is not None:
            typed = posted.get(f"parameters.{parameter.id}")
            value = (
                typed
                if typed is not None
                else starting_value(parameter)
                if parameter.type == "choices"
                else _shown(change["agreed"])
            )
            rows.append(term_row(parameter, value))
    return rows


def _shown(value: Any) -> str:
    """A value as a Belgian types it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(plain(value) if not isinstance(value, str) else value).replace(".", ",")


def _text(release: Library, data: Mapping[str, Any], row: Any) -> str:
    """The source that own wording begins with: what is asked now, else the standard text as this client would get it."""
    entry = asked_entry(data, row.key) or {}
    if isinstance(entry.get("text"), str):
        return str(entry["text"])
    if row.clause not in release.clauses or release.clauses[row.clause].kind != "article":
        return ""
    try:
        return standard_source(release, data, row.clause)
    except DomainError:
        return ""
