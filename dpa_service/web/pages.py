"""The start page, and the documents of an agreement for a browser."""

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template, request

from dpa_service.adapters.html import render_html
from dpa_service.services import agreements, issuing
from dpa_service.serving.answers import download, html
from dpa_service.serving.runtime import library, runtime, session

blueprint = Blueprint("web", __name__, template_folder="templates", static_folder="static", static_url_path="/static")

STATES = {"draft": "ontwerp", "issued": "uitgegeven"}


@blueprint.get("/")
def start() -> str:
    """The agreements, newest first; `q` looks in reference, client and title."""
    text = request.args.get("q", "").strip()
    if len(text) > 100 or not text.isprintable():
        abort(400)
    page = agreements.listing(session(), text=text or None, cursor=request.args.get("cursor"), limit=25)
    return render_template(
        "start.html", page=page, text=text, states=STATES, library=library(), demo=not runtime().config.production
    )


@blueprint.get("/agreements/<hex:agreement_id>")
def agreement(agreement_id: str) -> Response:
    """The agreement as a page."""
    return html(render_html(agreements.preview(session(), agreement_id), standalone=True))


@blueprint.get("/agreements/<hex:agreement_id>/<any(docx,pdf):kind>")
def document(agreement_id: str, kind: str) -> Response:
    """The Word file or the PDF."""
    return download(issuing.document(session(), agreement_id, kind))
