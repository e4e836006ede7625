"""Answers that the API and the pages give alike: an HTML page that carries its style sheet, and a download."""

from __future__ import annotations

from flask import Response

from dpa_service.services.agreements.issuing import Document
from dpa_service.serving.headers import policy, style_sources


def html(page: str) -> Response:
    """An HTML answer whose inline style sheets are allowed by their hashes."""
    answer = Response(page, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = policy(style_sources(page), scripts=False)
    return answer


def download(document: Document) -> Response:
    """A document as a file to keep, never to be opened inside the browser's page."""
    answer = Response(document.content, mimetype=document.mimetype)
    answer.headers.set("Content-Disposition", "attachment", filename=document.name)
    return answer
