"""The `dpa` command. Exit status: 0 done, 1 something went wrong, 2 the input was refused (and nothing was written)."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from dpa_service import cli_invoices, cli_liability, cli_negotiation
from dpa_service.adapters.library_files import load_library
from dpa_service.domain.errors import DomainError, LibraryProblem, RequestInvalid

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

MAX_REQUEST_BYTES = 1_000_000


def main() -> None:
    """Entry point: domain errors become a message on standard error and exit status 2."""
    try:
        cli(standalone_mode=False)
    except RequestInvalid as refused:
        refuse(refused.message, *(f"  {error.field}: {error.message}" for error in refused.errors))
    except LibraryProblem as refused:
        refuse("The clause library has mistakes.", *(f"  {problem}" for problem in refused.problems))
    except DomainError as refused:
        refuse(refused.message)
    except click.ClickException as refused:
        refused.show()
        sys.exit(refused.exit_code)
    except click.Abort:
        sys.exit(130)
    except OSError as trouble:
        click.echo(f"{trouble.strerror or trouble}: {trouble.filename or ''}".rstrip(": "), err=True)
        sys.exit(1)


def refuse(*lines: str) -> NoReturn:
    """Say why and leave with status 2."""
    click.echo("\n".join(lines), err=True)
    sys.exit(2)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Processor agreements (Art. 28 GDPR) from one clause library."""


@cli.command()
@click.argument("request_file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder for the three files.")
@click.option("--document", type=click.Choice(["agreement", "general-terms"]), default="agreement", show_default=True)
@click.option("--library", "library_path", type=click.Path(path_type=Path), help="Another clause library.")
def generate(request_file: Path, out: Path, document: str, library_path: Path | None) -> None:
    """Make agreement.docx, agreement.pdf and agreement.json from REQUEST_FILE, without server or database."""
    from dpa_service.services.generate import generate_files

    library = load_library(library_path)
    made = generate_files(read_request(request_file), library, document, out)
    for path in made.paths:
        click.echo(f"{path}  {path.stat().st_size:,} bytes".replace(",", "."))
    if made.unprintable:
        click.echo(f"note: the PDF shows an empty box for {' '.join(made.unprintable)}; its text still holds them.", err=True)


@cli.command()
def schema() -> None:
    """Print the JSON Schema of a request."""
    from dpa_service.services.request_schema import request_json_schema

    click.echo(json.dumps(request_json_schema(load_library()), indent=2, ensure_ascii=False))


@cli.command()
@click.argument("case_file", type=click.Path(path_type=Path))
def assess(case_file: Path) -> None:
    """Calculate what the clauses say about the claim in CASE_FILE ({"claim": …, "params": …}), as JSON."""
    from dpa_service.services.assess_case import assess_case

    answer_case(assess_case, case_file)


@cli.command()
@click.argument("case_file", type=click.Path(path_type=Path))
def deadline(case_file: Path) -> None:
    """Count the period in CASE_FILE ({"event_at", "n", "unit", "mode", "roll"}): last day, expiry and status, as JSON."""
    from dpa_service.services.assess_case import deadline_case

    answer_case(deadline_case, case_file)


def answer_case(calculate: Callable[[Any], dict[str, Any]], path: Path) -> None:
    """Print a calculation as JSON; a case that is refused prints its error as JSON and leaves with status 2."""
    from dpa_service.services.assess_case import error_json

    try:
        answer, status = calculate(read_request(path)), 0
    except DomainError as refused:
        answer, status = error_json(refused), 2
    click.echo(json.dumps(answer, indent=2, ensure_ascii=False))
    sys.exit(status)


cli.add_command(cli_invoices.send)
cli.add_command(cli_liability.exposure)
cli.add_command(cli_negotiation.redline)
cli.add_command(cli_negotiation.compare)
cli.add_command(cli_negotiation.remind)


@cli.group()
def clauses() -> None:
    """The clause library."""


library_option = click.option("--library", "library_path", type=click.Path(path_type=Path), help="Another clause library.")


@clauses.command("check")
@library_option
def check(library_path: Path | None) -> None:
    """Validate the library: every file, every reference, every combination of options."""
    from dpa_service.services.clause_library import check_files

    report = check_files(library_path)
    for problem in report.problems:
        click.echo(str(problem), err=True)
    click.echo(f"{report.clauses} clauses, {report.parameters} parameters, {report.combinations} combinations assembled.")
    for clause in report.unpublished:
        click.echo(f"not published yet: {clause} (run `dpa clauses publish` when the text is final)")
    if report.problems:
        click.echo(f"{len(report.problems)} mistake(s).", err=True)
        sys.exit(1)
    click.echo("No mistakes.")


@clauses.command("publish")
@library_option
def publish(library_path: Path | None) -> None:
    """Record the content hash of every new published version; from then on that version never changes."""
    from dpa_service.services.clause_library import publish_versions

    names = publish_versions(library_path)
    for name in names:
        click.echo(f"published {name}")
    click.echo(f"{len(names)} new version(s).")


@clauses.command("coverage")
@click.argument("request_file", type=click.Path(path_type=Path))
@click.option("--document", type=click.Choice(["agreement", "general-terms"]), default="agreement", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@library_option
def coverage(request_file: Path, document: str, as_json: bool, library_path: Path | None) -> None:
    """Print the Art. 28 matrix of the document that REQUEST_FILE asks for."""
    from dpa_service.services.generate import assemble_request

    snapshot = assemble_request(read_request(request_file), load_library(library_path), document)
    if as_json:
        click.echo(json.dumps(snapshot["coverage"], indent=2, ensure_ascii=False))
        return
    marks = {"full": "F", "partial": "P", "none": "N"}
    for row in snapshot["coverage"]:
        click.echo(f"{marks[row['status']]}  {row['duty']:<17} {row['label']}")
        for element in row["elements"]:
            sign = "+" if element["covered"] else "·" if element["detail"] else "-"
            place = f"{element['place']} ({element['clause']})" if element["covered"] else ""
            click.echo(f"     {sign} {element['label']}  {place}".rstrip())


@cli.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("out"), show_default=True)
def demo(out: Path) -> None:
    """Make the example agreements, fill the local database with them, and say what was made."""
    from dpa_service.services.demo import make_demo

    for line in make_demo(out, progress=lambda text: click.echo(f"  … {text}", err=True)):
        click.echo(line)


@cli.command()
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


@cli.group()
def db() -> None:
    """The database."""


@db.command("upgrade")
def upgrade() -> None:
    """Bring the database of DPA_DATABASE_URL to the newest schema."""
    from dpa_service.adapters.db.migrate import upgrade as apply_migrations
    from dpa_service.config import load_config

    apply_migrations(load_config().database_url)
    click.echo("The database is up to date.")


@cli.group()
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
    from dpa_service.services import accounts

    with _database() as session:
        hashed = _hash_of_password(password_file)
        made = accounts.create(session, email, roles, password_hash=hashed, actor="command line", now=datetime.now(UTC))
    click.echo(f"{made.email}: {', '.join(sorted(made.role_names))}")


@user.command("password")
@click.argument("email")
@password_option
def user_password(email: str, password_file: Path | None) -> None:
    """Replace a forgotten password; every session of the user ends."""
    from dpa_service.services import accounts
    from dpa_service.services.errors import NotFound

    with _database() as session:
        known = accounts.by_email(session, email)
        if known is None:
            raise NotFound("user")
        hashed = _hash_of_password(password_file)
        accounts.set_password(session, known.id, hashed, actor="command line", now=datetime.now(UTC))
    click.echo(f"{known.email}: the password is replaced")


def _hash_of_password(password_file: Path | None) -> str:
    """The hash of a password that is asked on the terminal or read; it is never given on the command line."""
    from dpa_service.services.passwords import checked_hash

    if password_file is None:
        return checked_hash(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    with click.open_file(str(password_file), encoding="utf-8") as given:
        return checked_hash(given.readline().rstrip("\r\n"))


@contextmanager
def _database() -> Iterator[Session]:
    """A session on the database of the settings."""
    from dpa_service.adapters.db.engine import make_engine, make_sessions
    from dpa_service.config import load_config

    engine = make_engine(load_config().database_url)
    try:
        with make_sessions(engine)() as session:
            yield session
    finally:
        engine.dispose()


@cli.group()
def audit() -> None:
    """The audit log."""


@audit.command("verify")
def verify() -> None:
    """Check the chain of the audit log; name the first line that does not fit and leave with status 1."""
    from sqlalchemy.exc import DatabaseError

    from dpa_service.services.timeline import check as check_chain

    try:
        with _database() as session:
            count, faults = check_chain(session)
    except DatabaseError:
        refuse("There is no audit log in this database that can be read; run `dpa db upgrade` or check DPA_DATABASE_URL.")
    if faults:
        click.echo(f"The audit log is damaged: {faults[0].reason}.", err=True)
        click.echo(f"{len(faults)} fault(s) in {count} lines. Everything before line {faults[0].seq} fits.", err=True)
        sys.exit(1)
    click.echo(f"{count} lines; the chain is whole.")


def read_request(path: Path) -> Any:
    """The JSON in `path`. Raises a click error that says what is wrong with the file."""
    if not path.is_file():
        raise refused_file(f"There is no file {path}.")
    if path.stat().st_size > MAX_REQUEST_BYTES:
        raise refused_file(f"{path} has more than {MAX_REQUEST_BYTES // 1_000_000} MB; a request is a few kB of JSON.")
    try:
        return json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise refused_file(f"{path} is not UTF-8 text.") from None
    except json.JSONDecodeError as trouble:
        raise refused_file(f"{path}:{trouble.lineno}: not valid JSON: {trouble.msg}.") from None
    except (ValueError, RecursionError) as trouble:
        raise refused_file(f"{path}: not valid JSON: {trouble}.") from None


def refused_file(message: str) -> DomainError:
    """The error of an input file that cannot be used."""
    return DomainError("FILE", message)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


if __name__ == "__main__":
    main()
