"""Rounds of negotiation: what went out, what came back, and what changed in it."""

from dpa_service.web.rounds.pages import blueprint

__all__ = ["blueprint"]
