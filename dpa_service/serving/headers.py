"""Headers of every answer, errors included: request id, content security policy, and their like."""

from __future__ import annotations

import base64
import hashlib
import re
import uuid
from collections.abc import Iterable

from flask import Flask, Response, g, request

from dpa_service.config import Config

_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL | re.IGNORECASE)
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.\-]{8,64}")
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
_HSTS = "max-age=31536000; includeSubDomains"


def policy(styles: Iterable[str] = (), *, scripts: bool = True) -> str:
    """The content security policy: nothing but our own style sheets, scripts and images, nothing inline, no frame.

    In: sources of inline styles as `style_sources` gives them, for a page that carries its style sheet inside; `scripts` false for
    a page that is a document and has none.
    """
    allowed = " ".join(["'self'", *styles])
    script = "script-src 'self'; connect-src 'self'; " if scripts else ""
    return (
        f"default-src 'none'; {script}style-src {allowed}; img-src 'self' data:; font-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def style_sources(page: str) -> list[str]:
    """The hashes under which the <style> elements of a page are allowed; a style attribute stays refused."""
    return [f"'sha256-{base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()}'" for css in _STYLE.findall(page)]


def register(app: Flask, config: Config) -> None:
    """Give every request an id and every answer its headers."""

    @app.before_request
    def identify() -> None:
        g.request_id = request_id()

    @app.after_request
    def complete(answer: Response) -> Response:
        for name, value in _ALWAYS.items():
            answer.headers[name] = value
        answer.headers.setdefault("Content-Security-Policy", policy())
        answer.headers["X-Request-ID"] = request_id()
        if config.production:
            answer.headers["Strict-Transport-Security"] = _HSTS
        return answer


def request_id() -> str:
    """The id of this request: the caller's if it is harmless, else a new one. It stands in errors and in the log."""
    known: str | None = g.get("request_id")
    if known is None:
        given = request.headers.get("X-Request-ID", "")
        known = g.request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    return known
