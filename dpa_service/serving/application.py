"""The Flask application with its own way of logging errors."""

from __future__ import annotations

from typing import Any

from flask import Flask


class Application(Flask):
    """Flask prints a traceback with every message in it; ours logs kind and place only, in serving/errors.py."""

    def log_exception(self, exc_info: Any) -> None:
        """Say nothing here: messages may hold what a user wrote."""
