"""The blueprint of the negotiation's pages, who may ask, and the page for whoever comes second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from dpa_service.adapters.db.models import Agreement
from dpa_service.services.agreements import agreements, timeline
from dpa_service.serving.runtime import session
from dpa_service.web.everyone.words import did

blueprint = Blueprint("negotiation", __name__)

Answer = str | tuple[str, int] | Response
ASKERS = ("sales", "legal")


@dataclass(frozen=True, slots=True)
class Late:
    """How an agreement stands that somebody else changed first, as the page about it shows it."""

    agreement_id: str
    state: str
    last: Any


def second(agreement: Agreement, step: str, typed: dict[str, str]) -> tuple[str, int]:
    """The page for somebody whose step another person took first: who, what, when; and what was typed, so that it is not lost."""
    now_there = agreements.get(session(), agreement.id).agreement
    last = next(iter(timeline.of_object(session(), agreement.id, limit=1)), None)
    page = render_template(
        "everyone/conflict.html",
        trouble=Late(agreement.id, now_there.state, last),
        step=step,
        did=did(last) if last else None,
        typed={name: value for name, value in typed.items() if value},
    )
    return page, 409


def voided_words(voided: Any) -> list[str]:
    """A sentence for each approval that an edit made worthless."""
    return [
        str(
            _(
                "The approval of %(label)s (%(what)s) by %(people)s no longer holds because it was edited.",
                label=each.label,
                what=each.words,
                people=", ".join(each.approved_by),
            )
        )
        for each in voided
    ]
