"""The pages. For now a start page that lists the agreements; the pages per user group follow."""

from dpa_service.web.pages import blueprint

__all__ = ["blueprint"]
