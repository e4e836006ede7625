"""The `dpa` command. Exit status: 0 done, 1 something went wrong, 2 the input was refused (and nothing was written)."""

from __future__ import annotations

import sys

import click

from dpa_service.cli import documents, invoices, liability, library, negotiation, operations, users
from dpa_service.cli.shared import refuse
from dpa_service.domain.errors import DomainError, LibraryProblem, RequestInvalid


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


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Processor agreements (Art. 28 GDPR) from one clause library."""


for command in (
    documents.generate,
    documents.schema,
    documents.assess,
    documents.deadline,
    library.clauses,
    negotiation.redline,
    negotiation.compare,
    negotiation.remind,
    liability.exposure,
    invoices.send,
    operations.demo,
    operations.serve,
    operations.db,
    operations.audit,
    users.user,
):
    cli.add_command(command)
