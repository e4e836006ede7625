"""The commands that make documents and calculations from files, without server or database."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from dpa_service.adapters.library_files import load_library
from dpa_service.cli.shared import read_request
from dpa_service.domain.errors import DomainError


@click.command()
@click.argument("request_file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder for the three files.")
@click.option("--document", type=click.Choice(["agreement", "general-terms"]), default="agreement", show_default=True)
@click.option("--library", "library_path", type=click.Path(path_type=Path), help="Another clause library.")
def generate(request_file: Path, out: Path, document: str, library_path: Path | None) -> None:
    """Make agreement.docx, agreement.pdf and agreement.json from REQUEST_FILE, without server or database."""
    from dpa_service.services.agreements.generate import generate_files

    library = load_library(library_path)
    made = generate_files(read_request(request_file), library, document, out)
    for path in made.paths:
        click.echo(f"{path}  {path.stat().st_size:,} bytes".replace(",", "."))
    if made.unprintable:
        click.echo(f"note: the PDF shows an empty box for {' '.join(made.unprintable)}; its text still holds them.", err=True)


@click.command()
def schema() -> None:
    """Print the JSON Schema of a request."""
    from dpa_service.services.agreements.request_schema import request_json_schema

    click.echo(json.dumps(request_json_schema(load_library()), indent=2, ensure_ascii=False))


@click.command()
@click.argument("case_file", type=click.Path(path_type=Path))
def assess(case_file: Path) -> None:
    """Calculate what the clauses say about the claim in CASE_FILE ({"claim": …, "params": …}), as JSON."""
    from dpa_service.services.liability.assess_case import assess_case

    answer_case(assess_case, case_file)


@click.command()
@click.argument("case_file", type=click.Path(path_type=Path))
def deadline(case_file: Path) -> None:
    """Count the period in CASE_FILE ({"event_at", "n", "unit", "mode", "roll"}): last day, expiry and status, as JSON."""
    from dpa_service.services.liability.assess_case import deadline_case

    answer_case(deadline_case, case_file)


def answer_case(calculate: Callable[[Any], dict[str, Any]], path: Path) -> None:
    """Print a calculation as JSON; a case that is refused prints its error as JSON and leaves with status 2."""
    from dpa_service.services.liability.assess_case import error_json

    try:
        answer, status = calculate(read_request(path)), 0
    except DomainError as refused:
        answer, status = error_json(refused), 2
    click.echo(json.dumps(answer, indent=2, ensure_ascii=False))
    sys.exit(status)
