"""The commands about invoices; cli registers them."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from dpa_service.cli.shared import database


@click.command()
@click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False), help="Where the UBL files are put. [default: DPA_EXPORT_FOLDER]"
)
@click.option("--limit", default=500, show_default=True, help="At most so many documents.")
def send(folder: Path | None, limit: int) -> None:
    """Send the issued invoices that wait: by default into a folder. Run it as often as you like; nothing is sent twice."""
    from dpa_service.adapters.export_folder import ExportFolder
    from dpa_service.config import load_config
    from dpa_service.services.invoices import deliveries

    folder = folder or load_config().export_folder
    if folder is None:
        raise click.UsageError("Say where the files go: give --folder, or set DPA_EXPORT_FOLDER.")
    failed = 0
    with database() as session:
        for done in deliveries.run(session, ExportFolder(folder), actor="system", now=datetime.now(UTC), limit=limit):
            failed += done.state == deliveries.FAILED
            click.echo(f"{done.number}  {done.state}{f'  {done.message}' if done.message else ''}")
    if failed:
        sys.exit(1)
