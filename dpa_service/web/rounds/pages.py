"""The rounds of a negotiation: files sent and received, what came back changed, and the redline of any two texts."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from dpa_service.adapters.db.negotiation import OPEN, SENT
from dpa_service.domain.errors import DomainError, RequestInvalid
from dpa_service.domain.lifecycle import DRAFT, ISSUED
from dpa_service.domain.roles import LEGAL, SALES
from dpa_service.services.errors import Conflict, NotFound
from dpa_service.services.negotiation import returned, returned_decisions, round_files
from dpa_service.services.negotiation.returned import MOST_BYTES
from dpa_service.services.negotiation.returned_places import WORDS
from dpa_service.serving.access import allow
from dpa_service.serving.answers import download
from dpa_service.serving.runtime import actor, now
from dpa_service.serving.runtime import session as database
from dpa_service.web.rounds import words

blueprint = Blueprint("rounds", __name__)
Answer = str | tuple[str, int] | BaseResponse
DECIDES = (SALES, LEGAL)
UPLOADS = frozenset({"rounds.upload"})


@blueprint.url_value_preprocessor
def allow_files(endpoint: str | None, _values: object) -> None:
    """A returned file may be larger than any other request, for somebody who is signed in. Runs before the form is first read."""
    if endpoint in UPLOADS and "_user_id" in session:
        request.max_content_length = MOST_BYTES + 100_000


@blueprint.get("/agreements/<hex:agreement_id>/rounds")
@allow()
def index(agreement_id: str) -> str:
    """Every file that was sent and received."""
    return _index(agreement_id, {}, "")


@blueprint.post("/agreements/<hex:agreement_id>/rounds")
@allow(*DECIDES)
def upload(agreement_id: str) -> Answer:
    """Keep and read a file that came back."""
    given, note = request.files.get("file"), request.form.get("note", "")
    try:
        made = returned.upload(
            database(),
            agreement_id,
            name=(given.filename if given else None) or "",
            content=given.read(MOST_BYTES + 1) if given else b"",
            note=note,
            actor=actor(),
            now=now(),
        )
    except RequestInvalid as trouble:
        return _index(agreement_id, {error.field: _file_words(error.code) for error in trouble.errors}, note), 422
    except Conflict as trouble:
        return _index(agreement_id, {"file": _conflict(trouble)}, note), 409
    return redirect(url_for("rounds.received", agreement_id=agreement_id, number=made.number), 303)


@blueprint.post("/agreements/<hex:agreement_id>/rounds/send")
@allow(*DECIDES)
def send(agreement_id: str) -> Answer:
    """Record the draft as it is now as sent."""
    try:
        made = round_files.send_draft(database(), agreement_id, note=request.form.get("note", "")[:500], actor=actor(), now=now())
    except NotFound:
        raise
    except DomainError as trouble:
        flash(_("Not sent: %(why)s", why=trouble.message), "error")
    else:
        flash(_("Kept as round %(number)s. Download the file and send it.", number=made.number), "success")
    return redirect(url_for("rounds.index", agreement_id=agreement_id), 303)


@blueprint.get("/agreements/<hex:agreement_id>/rounds/<int(max=99999):number>")
@allow()
def received(agreement_id: str, number: int) -> str:
    """One round: what came back, clause by clause; of a sent one its facts."""
    return _received(agreement_id, number, {}, {})


@blueprint.get("/agreements/<hex:agreement_id>/rounds/<int(max=99999):number>/file")
@allow()
def file(agreement_id: str, number: int) -> Response:
    """The file as it was sent or came."""
    return download(round_files.document(database(), agreement_id, number))


@blueprint.post("/agreements/<hex:agreement_id>/rounds/<int(max=99999):number>/proposals")
@allow(*DECIDES)
def propose_all(agreement_id: str, number: int) -> Answer:
    """Propose everything that was recognised."""
    made = round_files.received(database(), agreement_id, number).round
    done, refused = returned_decisions.propose_all(database(), made.id, actor=actor(), now=now())
    if done:
        flash(ngettext("%(num)s clause is proposed.", "%(num)s clauses are proposed.", done), "success")
    for heading, why in refused:
        flash(_("%(clause)s was not proposed: %(why)s", clause=heading, why=why), "error")
    return redirect(url_for("rounds.received", agreement_id=agreement_id, number=number), 303)


@blueprint.post("/agreements/<hex:agreement_id>/rounds/<int(max=99999):number>/cosmetic")
@allow(*DECIDES)
def dismiss_cosmetic(agreement_id: str, number: int) -> Answer:
    """Dismiss every cosmetic change with one reason."""
    made = round_files.received(database(), agreement_id, number).round
    reason = request.form.get("reason", "")
    try:
        count = returned_decisions.dismiss_cosmetic(database(), made.id, reason, actor=actor(), now=now())
    except RequestInvalid:
        return _received(agreement_id, number, {"cosmetic": _("Say why, in a few words.")}, {"cosmetic": reason}), 422
    flash(ngettext("%(num)s cosmetic change is dismissed.", "%(num)s cosmetic changes are dismissed.", count), "success")
    return redirect(url_for("rounds.received", agreement_id=agreement_id, number=number), 303)


@blueprint.post("/changes/<hex:change_id>/proposal")
@allow(*DECIDES)
def propose(change_id: str) -> Answer:
    """One click: what was recognised becomes a deviation of the draft."""
    change, made = round_files.change_with_round(database(), change_id)
    try:
        done = returned_decisions.propose(database(), change_id, actor=actor(), now=now())
    except RequestInvalid as trouble:
        flash(_("Not proposed: %(why)s", why=trouble.errors[0].message), "error")
    except DomainError as trouble:
        flash(_("Not proposed: %(why)s", why=_conflict(trouble)), "error")
    else:
        if done.opened:
            flash(_("Proposed on the next version, which was opened as a draft for it."), "success")
        else:
            flash(_("Proposed. Whoever the playbook names decides on it."), "success")
        if done.voided:
            flash(
                ngettext(
                    "An approval given before no longer holds.", "%(num)s approvals given before no longer hold.", done.voided
                ),
                "warning",
            )
    return _back(made, change.position)


@blueprint.post("/changes/<hex:change_id>/dismissal")
@allow(*DECIDES)
def dismiss(change_id: str) -> Answer:
    """Leave a change out, with the reason."""
    change, made = round_files.change_with_round(database(), change_id)
    reason = request.form.get("reason", "")
    try:
        returned_decisions.dismiss(database(), change_id, reason, actor=actor(), now=now())
    except RequestInvalid as trouble:
        short = (
            _("Say it shorter: at most 500 characters.") if trouble.errors[0].code == "LENGTH" else _("Say why, in a few words.")
        )
        return _received(made.agreement_id, made.number, {change.id: short}, {change.id: reason}), 422
    except Conflict as trouble:
        flash(_conflict(trouble), "error")
    return _back(made, change.position)


@blueprint.post("/changes/<hex:change_id>/reopening")
@allow(*DECIDES)
def reopen(change_id: str) -> Answer:
    """Undo a dismissal."""
    change, made = round_files.change_with_round(database(), change_id)
    try:
        returned_decisions.reopen(database(), change_id, actor=actor(), now=now())
    except Conflict as trouble:
        flash(_conflict(trouble), "error")
    return _back(made, change.position)


@blueprint.get("/agreements/<hex:agreement_id>/redline")
@allow()
def redline(agreement_id: str) -> str:
    """What changed from one text to another."""
    old, new = _which()
    trouble, compared = "", None
    try:
        compared = round_files.compared(database(), agreement_id, old, new)
    except Conflict as conflict:
        trouble = conflict.message
    overview = round_files.overview(database(), agreement_id)
    return render_template("rounds/redline.html", agreement=overview.agreement, old=old, new=new, compared=compared, trouble=trouble,
                           choices=_choices(overview))  # fmt: skip


@blueprint.get("/agreements/<hex:agreement_id>/redline.docx")
@allow()
def redline_docx(agreement_id: str) -> Answer:
    """The same as a Word file with tracked changes; refused where it cannot be proven."""
    old, new = _which()
    try:
        return download(round_files.redline_file(database(), agreement_id, old, new, author=actor(), now=now()))
    except NotFound:
        raise
    except DomainError as trouble:
        if trouble.code == "REDLINE_UNPROVEN":
            flash(_("This redline is not handed out: accepting or rejecting its changes would not give exactly the two texts. Use the page, and report it."), "error")  # fmt: skip
        else:
            flash(trouble.message, "error")
        address = url_for("rounds.redline", agreement_id=agreement_id)
        return redirect(f"{address}?{urlencode({'from': old, 'to': new})}", 303)


# ---- shared --------------------------------------------------------------------------------------------------------


def _which() -> tuple[str, str]:
    return request.args.get("from", round_files.STANDARD)[:10], request.args.get("to", round_files.NOW)[:10]


def _back(made: Any, position: int) -> BaseResponse:
    address = url_for("rounds.received", agreement_id=made.agreement_id, number=made.number, _anchor=f"change-{position}")
    return redirect(address, 303)


def _choices(overview: round_files.Overview) -> list[tuple[str, str]]:
    """The texts that can be compared: (name, words)."""
    sent = [
        (str(line.round.number), str(_("Round %(number)s, sent: %(name)s", number=line.round.number, name=line.round.name)))
        for line in overview.lines
        if line.round.direction == SENT
    ]
    return [(round_files.STANDARD, str(_("The standard for this client"))), *sent, (round_files.NOW, str(_("As it stands now")))]


def _may() -> bool:
    return bool({role.name for role in current_user.roles} & set(DECIDES))


def _index(agreement_id: str, errors: dict[str, str], note: str) -> str:
    overview = round_files.overview(database(), agreement_id)
    sent = [line.round.number for line in overview.lines if line.round.direction == SENT]
    return render_template(
        "rounds/index.html",
        agreement=overview.agreement,
        overview=overview,
        may=_may(),
        negotiable=overview.current.state in (DRAFT, ISSUED),
        choices=_choices(overview),
        was_sent=bool(sent),
        sent_before=lambda number: max((each for each in sent if each < number), default=None),
        refused_words=words.REFUSED,
        errors=errors,
        note=note,
    )


def _received(agreement_id: str, number: int, errors: dict[str, str], typed: dict[str, str]) -> str:
    found = round_files.received(database(), agreement_id, number)
    findings = found.findings
    groups: dict[int, list[Any]] = {}
    for change in found.changes:
        groups.setdefault(change.data["place"], []).append(change)
    places = []
    for place, changes in groups.items():
        data = findings["places"][place]
        recognised = findings["recognised"].get(str(place)) or {}
        takes = [each for each in changes if each.state == OPEN and each.kind in WORDS]
        places.append({
            "data": data, "title": words.title(data), "changes": changes, "recognised": recognised,
            "said": words.recognition(recognised) if recognised else [],
            "lead": takes[0] if takes and recognised.get("entries") else None, "takes": len(takes),
            "suspicious": any(each.data["weight"] == "suspicious" for each in takes), "article": data["clause"] and "not-an-article" not in {note["code"] for note in recognised.get("notes", ())},
        })  # fmt: skip
    waiting = [each for each in found.changes if each.state == OPEN]
    return render_template(
        "rounds/received.html",
        agreement=found.agreement,
        current=found.current,
        round=found.round,
        findings=findings,
        baseline=found.baseline,
        places=places,
        total=len(found.changes),
        handled=len(found.changes) - len(waiting),
        recognised=sum(place["lead"] is not None and not place["suspicious"] for place in places),
        cosmetic=sum(each.data["weight"] == "cosmetic" for each in waiting),
        may=_may() and found.current.state in (DRAFT, ISSUED),
        words=words,
        errors=errors,
        typed=typed,
    )


def _file_words(code: str) -> str:
    said = {
        "EMPTY": _("Choose the file that came back."),
        "TOO_BIG": _("The file has more than 10 MB. Save it without pictures and send that."),
        "LENGTH": _("A note has at most 500 characters."),
    }
    return str(said[code])


def _conflict(trouble: DomainError) -> str:
    said = {
        "NOTHING_SENT": _("Nothing was sent to the other side yet. Send the draft first, then upload what comes back."),
        "SETTLED": _("This agreement is no longer negotiated."),
        "DISCARDED": _("This draft was put aside; bring it back first."),
        "NOT_RECOGNISED": _("This change cannot become a deviation by itself; ask it in your own words, or dismiss it."),
        "DISMISSED": _("This change was dismissed; undo that first."),
        "DISMISSED_ALREADY": _("Somebody dismissed this change already; see below who, and why."),
        "PROPOSED": _("This change was proposed already; take the deviation back instead."),
    }
    return str(said.get(trouble.code) or trouble.message)
