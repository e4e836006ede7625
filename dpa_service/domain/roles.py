"""The roles of the product. Which approver of the playbook holds which role is data (clauses/playbook.yaml)."""

from __future__ import annotations

SALES, LEGAL, FINANCE, DPO, ADMIN = "sales", "legal", "finance", "dpo", "admin"
ROLES = (SALES, LEGAL, FINANCE, DPO, ADMIN)
EVERYONE = frozenset(ROLES)
