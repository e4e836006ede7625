"""Minutes that wait for a second person: by person and client, approved or rejected many at once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from dpa_service.domain.errors import RequestInvalid
from dpa_service.services.assistance import time_entries, time_views
from dpa_service.services.assistance.time_entries import NotDecided
from dpa_service.services.errors import NotFound
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import actor, now, session
from dpa_service.web.assistance import time_words as words
from dpa_service.web.assistance.base import APPROVERS, blueprint
from dpa_service.web.typed import Answer, hex_arg, searched

_ID = re.compile(r"[0-9a-f]{32}")
_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")
MOST = 500


@blueprint.get("/time/approvals", endpoint="approvals")
@allow(*APPROVERS)
def approvals() -> str:
    """What waits; `person`, `client` and `month` narrow it down."""
    return _page({}, frozenset(), "")


@blueprint.post("/time/approvals", endpoint="decide_time")
@allow(*APPROVERS)
def decide() -> Answer:
    """Approve (`do=approve`) or reject, with a reason, the entries that were ticked."""
    ids = [each for each in request.form.getlist("entry")[:MOST] if _ID.fullmatch(each)]
    approve, reason = request.form.get("do") == "approve", request.form.get("reason", "")[:600]
    if not ids:
        return _page({"entry": _("Tick the entries first.")}, frozenset(), reason), 422
    try:
        if approve:
            left = time_entries.approve(session(), ids, actor=actor(), now=now())
        else:
            left = time_entries.reject(session(), ids, reason=reason, actor=actor(), now=now())
    except RequestInvalid as trouble:
        return _page(words.in_words(trouble), frozenset(ids), reason), 422
    except NotFound:
        return _page({"entry": _("One of these entries does not exist; look at the list again.")}, frozenset(), reason), 409
    _tell(len(set(ids)) - len(left), approve, left)
    return redirect(url_for("assistance.approvals", **_kept()), 303)


def _tell(done: int, approve: bool, left: Sequence[NotDecided]) -> None:
    if done and approve:
        flash(ngettext("%(num)s entry approved.", "%(num)s entries approved.", done), "success")
    elif done:
        flash(ngettext("%(num)s entry rejected.", "%(num)s entries rejected.", done), "success")
    for code, count in Counter(each.code for each in left).items():
        why = words.UNDECIDABLE.get(code) or next(each.message for each in left if each.code == code)
        flash(
            " ".join((ngettext("%(num)s entry is left as it was.", "%(num)s entries are left as they were.", count), str(why))),
            "warning",
        )


def _kept() -> dict[str, Any]:
    month = request.args.get("month", "")
    kept = {"person": searched("person"), "client": hex_arg("client") or "", "month": month if _MONTH.fullmatch(month) else ""}
    return {name: value for name, value in kept.items() if value}


def _page(errors: dict[str, str], ticked: frozenset[str], reason: str) -> str:
    kept = _kept()
    queue = time_views.queue(session(), actor(), person=kept.get("person"), client_id=kept.get("client"), month=kept.get("month"))
    groups = [list(rows) for _key, rows in groupby(queue.rows, lambda row: (row.entry.person, row.entry.client_id))]
    return render_template(
        "assistance/approvals.html",
        queue=queue,
        groups=groups,
        mine=sum(row.why_not is None for row in queue.rows),
        kept=kept,
        errors=errors,
        ticked=ticked,
        reason=reason,
    )
