"""The administration: front page and profile, suppliers, services, playbook, and the versions of each. One blueprint, one file a subject."""

from dpa_service.web import admin_home, admin_playbook, admin_services, admin_suppliers, admin_versions
from dpa_service.web.admin_base import blueprint

__all__ = ["admin_home", "admin_playbook", "admin_services", "admin_suppliers", "admin_versions", "blueprint"]
