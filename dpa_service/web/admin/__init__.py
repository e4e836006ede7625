"""The administration: front page and profile, suppliers, services, playbook, and the versions of each. One blueprint, one file a subject."""

from dpa_service.web.admin import home, playbook, services, suppliers, versions
from dpa_service.web.admin.base import blueprint

__all__ = ["blueprint", "home", "playbook", "services", "suppliers", "versions"]
