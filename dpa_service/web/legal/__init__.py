"""The clause library for legal: browse, compare, coverage, parameters, what publishing would touch, and the check of the files."""

from dpa_service.web.legal import (
    browse,  # noqa: F401 - they add their routes
    versions,  # noqa: F401 - they add their routes
)
from dpa_service.web.legal.shell import blueprint

__all__ = ["blueprint"]
