"""The commands about liability in the database; cli registers them."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from dpa_service.cli.shared import database


@click.group()
def exposure() -> None:
    """The exposure of the portfolio."""


@exposure.command("rebuild")
def rebuild() -> None:
    """Compute the exposure of every client anew, for a database whose agreements were signed before there was one."""
    from dpa_service.services.liability.exposure_rows import rebuild as rebuild_rows

    with database() as session:
        count = rebuild_rows(session, actor="system", now=datetime.now(UTC))
    click.echo(f"{count} clients")
