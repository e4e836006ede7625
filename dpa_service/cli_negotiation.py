"""The commands of the negotiation; cli registers them."""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import click

from dpa_service.adapters.library_files import load_library


@click.command()
@click.argument("old_file", type=click.Path(path_type=Path), metavar="OLD.json")
@click.argument("new_file", type=click.Path(path_type=Path), metavar="NEW.json")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The Word file to write.")
@click.option("--author", default="", help="Who signs the changes; else the processor.")
@click.option("--library", "library_path", type=click.Path(path_type=Path), help="Another clause library.")
def redline(old_file: Path, new_file: Path, out: Path, author: str, library_path: Path | None) -> None:
    """Make a Word file that shows, as tracked changes, what leads from the agreement of OLD.json to that of NEW.json."""
    from dpa_service.cli import read_request
    from dpa_service.services.redline import redline_files

    old, new = read_request(old_file), read_request(new_file)
    made = redline_files(old, new, load_library(library_path), now=datetime.now(UTC), author=author)
    write_whole(out, made)
    click.echo(f"{out}  {len(made):,} bytes".replace(",", "."))


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that appears as a whole or not at all. Error: ``OSError``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(draft).chmod(0o644)
        Path(draft).replace(path)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise
