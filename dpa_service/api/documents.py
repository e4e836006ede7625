"""What an agreement looks like: assembled JSON, HTML preview, Word file, PDF."""

from __future__ import annotations

from flask import Response, jsonify

from dpa_service.adapters.html import render_html
from dpa_service.api.blueprint import Blueprint
from dpa_service.services.agreements import agreements, issuing
from dpa_service.serving.access import allow
from dpa_service.serving.answers import download, html
from dpa_service.serving.runtime import session

blp = Blueprint(
    "documents", __name__, description="The documents of an agreement: of a draft as it is now, of an issued one as issued"
)

_BINARY = {"type": "string", "format": "binary"}


@blp.route("/agreements/<hex:agreement_id>/preview", methods=["GET"])
@blp.response(200, {"type": "object"})
@allow()
def preview(agreement_id: str) -> Response:
    """The assembled agreement (docs/snapshot.md)."""
    return jsonify(agreements.preview(session(), agreement_id))


@blp.route("/agreements/<hex:agreement_id>/preview.html", methods=["GET"])
@blp.response(200, {"type": "string"}, content_type="text/html")
@allow()
def preview_html(agreement_id: str) -> Response:
    """The same as a page."""
    return html(render_html(agreements.preview(session(), agreement_id), standalone=True))


@blp.route("/agreements/<hex:agreement_id>/docx", methods=["GET"])
@blp.response(200, _BINARY, content_type=issuing.MIMETYPES["docx"])
@allow()
def docx(agreement_id: str) -> Response:
    """The Word file."""
    return _download(agreement_id, "docx")


@blp.route("/agreements/<hex:agreement_id>/pdf", methods=["GET"])
@blp.response(200, _BINARY, content_type=issuing.MIMETYPES["pdf"])
@allow()
def pdf(agreement_id: str) -> Response:
    """The PDF."""
    return _download(agreement_id, "pdf")


def _download(agreement_id: str, kind: str) -> Response:
    return download(issuing.document(session(), agreement_id, kind))
