"""The folder of templates and static files that all pages share."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("web", __name__, template_folder="templates", static_folder="static", static_url_path="/static")
