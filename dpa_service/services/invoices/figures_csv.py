"""The figures of assistance as CSV for programs: semicolons, decimal commas, codes and ids in the place of words."""

from __future__ import annotations

import csv
import io

from dpa_service.adapters.timesheet_csv import inert
from dpa_service.domain.assistance.assistance import REASONS
from dpa_service.services.invoices.billing_figures import Figures, Sums

GROUPS = ("whole", "duty", "client", "month")
HEADS = (
    "group", "id", "name", "raw_minutes", "billed_minutes", "unbilled_minutes", "drafted_minutes", "invoiced_minutes",
    *(f"free_{reason}" for reason in REASONS), "revenue",
)  # fmt: skip


def csv_of(found: Figures) -> str:
    """One row for all, then one a duty, client and month; every row adds up: billed = unbilled + drafted + invoiced + free."""
    out = io.StringIO()
    rows = csv.writer(out, delimiter=";", lineterminator="\r\n")
    rows.writerow(HEADS)
    groups = ({"": found.whole}, found.duties, found.clients, found.months)
    for group, named in zip(GROUPS, groups, strict=True):
        for name, sums in named.items():
            rows.writerow([group, name, inert(found.names.get(name, name)), *_figures(sums)])
    return out.getvalue()


def _figures(sums: Sums) -> list[str]:
    minutes = (
        sums.raw,
        sums.billed,
        sums.unbilled,
        sums.drafted,
        sums.invoiced,
        *(sums.free.get(reason, 0) for reason in REASONS),
    )
    return [*map(str, minutes), format(sums.revenue, "f").replace(".", ",")]
