"""The clause library for legal: browse, compare, coverage, parameters, what publishing would touch, and the check of the files."""

from dpa_service.web import legal_browse, legal_versions  # noqa: F401 - they add their routes
from dpa_service.web.legal_shell import blueprint

__all__ = ["blueprint"]
