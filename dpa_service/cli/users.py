"""The commands about users."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from dpa_service.cli.shared import database


@click.group()
def user() -> None:
    """Users of the service."""


password_option = click.option(
    "--password-file",
    type=click.Path(path_type=Path, allow_dash=True),
    help="File whose first line is the password; - reads standard input.",
)


@user.command("create")
@click.argument("email")
@click.option("--role", "roles", multiple=True, required=True, help="sales, legal, finance, dpo or admin; repeat for more.")
@password_option
def create_user(email: str, roles: tuple[str, ...], password_file: Path | None) -> None:
    """Make a user with a password. The first administrator of a production service is made this way."""
    from dpa_service.services.people import accounts

    with database() as session:
        hashed = _hash_of_password(password_file)
        made = accounts.create(session, email, roles, password_hash=hashed, actor="command line", now=datetime.now(UTC))
    click.echo(f"{made.email}: {', '.join(sorted(made.role_names))}")


@user.command("password")
@click.argument("email")
@password_option
def user_password(email: str, password_file: Path | None) -> None:
    """Replace a forgotten password; every session of the user ends."""
    from dpa_service.services.errors import NotFound
    from dpa_service.services.people import accounts

    with database() as session:
        known = accounts.by_email(session, email)
        if known is None:
            raise NotFound("user")
        hashed = _hash_of_password(password_file)
        accounts.set_password(session, known.id, hashed, actor="command line", now=datetime.now(UTC))
    click.echo(f"{known.email}: the password is replaced")


def _hash_of_password(password_file: Path | None) -> str:
    """The hash of a password that is asked on the terminal or read; it is never given on the command line."""
    from dpa_service.services.people.passwords import checked_hash

    if password_file is None:
        return checked_hash(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    with click.open_file(str(password_file), encoding="utf-8") as given:
        return checked_hash(given.readline().rstrip("\r\n"))
