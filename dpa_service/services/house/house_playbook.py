"""The playbook as the house has it now: which role fills which seat, and for how many days.

A draft keeps the texts and the ladders of the release it was made with, also where they name its approvers. Who holds a seat, how long
an approval stays good and when somebody is reminded is the house's present business: the newest version that an administrator saved
decides for every draft, whatever release it pins. Without such a version the files of the release do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.house import HouseData
from dpa_service.domain.contract.clauses import Library

KIND, FILE = "playbook", "playbook.yaml"
Json = dict[str, Any]


def present(session: Session, library: Library) -> Library:
    """The library with the house's present playbook in it, inside a transaction. For roles and days only: its hash is the release's."""
    query = sa.select(HouseData.content).where(HouseData.kind == KIND).order_by(HouseData.version.desc()).limit(1)
    content = session.scalar(query)
    if content is None:
        return library
    files = library.raw["files"]
    playbook = merged(library, content)
    if playbook == files.get(FILE):
        return library
    return replace(library, approvers=playbook["approvers"], raw={**library.raw, "files": {**files, FILE: playbook}})


def merged(library: Library, content: Mapping[str, Any]) -> Json:
    """A saved playbook as the library's file; a seat that only the library has keeps its role there."""
    own = library.raw["files"].get(FILE) or {}
    return {**own, **content, "approvers": {**(own.get("approvers") or {}), **content["approvers"]}}
