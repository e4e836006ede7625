"""The commands of whoever runs the service: demo, server, schema, audit log."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dpa_service.cli.shared import database, refuse


@click.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("out"), show_default=True)
def demo(out: Path) -> None:
    """Make the example agreements, fill the local database with them, and say what was made."""
    from dpa_service.services.demo import make_demo

    for line in make_demo(out, progress=lambda text: click.echo(f"  … {text}", err=True)):
        click.echo(line)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
def serve(host: str, port: int) -> None:
    """Serve the application with gunicorn."""
    from gunicorn.app.wsgiapp import WSGIApplication

    click.echo(f"http://{host}:{port}/   (stop with Ctrl-C)")
    options = [
        "--bind",
        f"{host}:{port}",
        "--workers",
        "2",
        "--threads",
        "4",
        "--graceful-timeout",
        "10",
        "--log-level",
        "warning",
    ]
    sys.argv = ["gunicorn", *options, "dpa_service:create_app()"]
    WSGIApplication("%(prog)s [OPTIONS] [APP_MODULE]", prog="gunicorn").run()


@click.group()
def db() -> None:
    """The database."""


@db.command("upgrade")
def upgrade() -> None:
    """Bring the database of DPA_DATABASE_URL to the newest schema."""
    from dpa_service.adapters.db.migrate import upgrade as apply_migrations
    from dpa_service.config import load_config

    apply_migrations(load_config().database_url)
    click.echo("The database is up to date.")


@click.group()
def audit() -> None:
    """The audit log."""


@audit.command("verify")
def verify() -> None:
    """Check the chain of the audit log; name the first line that does not fit and leave with status 1."""
    from sqlalchemy.exc import DatabaseError

    from dpa_service.services.agreements.timeline import check as check_chain

    try:
        with database() as session:
            count, faults = check_chain(session)
    except DatabaseError:
        refuse("There is no audit log in this database that can be read; run `dpa db upgrade` or check DPA_DATABASE_URL.")
    if faults:
        click.echo(f"The audit log is damaged: {faults[0].reason}.", err=True)
        click.echo(f"{len(faults)} fault(s) in {count} lines. Everything before line {faults[0].seq} fits.", err=True)
        sys.exit(1)
    click.echo(f"{count} lines; the chain is whole.")
