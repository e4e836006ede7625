"""The commands about the clause library."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from dpa_service.adapters.library_files import load_library
from dpa_service.cli.shared import library_option, read_request


@click.group()
def clauses() -> None:
    """The clause library."""


@clauses.command("check")
@library_option
def check(library_path: Path | None) -> None:
    """Validate the library: every file, every reference, every combination of options."""
    from dpa_service.services.library.clause_library import check_files

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
    from dpa_service.services.library.clause_library import publish_versions

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
    from dpa_service.services.agreements.generate import assemble_request

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
