"""The commands of the negotiation; cli registers them."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dpa_service.adapters.library_files import load_library
from dpa_service.cli.shared import database, read_request, refused_file

if TYPE_CHECKING:
    from dpa_service.services.negotiation.compare_files import Compared

MAX_DOCUMENT_BYTES = 20_000_000
MOST_SHOWN = 160  # signs of a change on a line


@click.command()
@click.argument("old_file", type=click.Path(path_type=Path), metavar="OLD.json")
@click.argument("new_file", type=click.Path(path_type=Path), metavar="NEW.json")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The Word file to write.")
@click.option("--author", default="", help="Who signs the changes; else the processor.")
@click.option("--library", "library_path", type=click.Path(path_type=Path), help="Another clause library.")
def redline(old_file: Path, new_file: Path, out: Path, author: str, library_path: Path | None) -> None:
    """Make a Word file that shows, as tracked changes, what leads from the agreement of OLD.json to that of NEW.json."""
    from dpa_service.services.negotiation.redline import redline_files

    old, new = read_request(old_file), read_request(new_file)
    made = redline_files(old, new, load_library(library_path), now=datetime.now(UTC), author=author)
    write_whole(out, made)
    click.echo(f"{out}  {len(made):,} bytes".replace(",", "."))


@click.command()
@click.argument("issued_file", type=click.Path(path_type=Path), metavar="ISSUED.docx")
@click.argument("returned_file", type=click.Path(path_type=Path), metavar="RETURNED.docx")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option(
    "--library", "library_path", type=click.Path(path_type=Path), help="Another clause library, for the names of clauses."
)
def compare(issued_file: Path, returned_file: Path, as_json: bool, library_path: Path | None) -> None:
    """Say clause by clause what RETURNED.docx changes to ISSUED.docx: tracked, silently, in comments and in looks."""
    from dpa_service.services.negotiation.compare_files import compare_files

    found = compare_files(read_document(issued_file), read_document(returned_file), load_library(library_path))
    if as_json:
        told = {"same_agreement": asdict(found.verdict), **found.comparison.plain()}
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    for line in told_plainly(found):
        click.echo(line)


@click.command()
def remind() -> None:
    """Remind the approvers: one message a seat for what waits too long, once a day however often this runs. For a daily timer."""
    from dpa_service.config import load_config
    from dpa_service.domain.deadlines import day_of
    from dpa_service.services.house import house
    from dpa_service.services.negotiation import reminders

    config, now = load_config(), datetime.now(UTC)
    with database() as session:
        library = house.effective_library(session, load_library(config.clauses, config.processor_profile))
        sent = reminders.send(session, library, actor="system", now=now, today=day_of(now))
    for each in sent:
        click.echo(f"{each.seat:<6} {each.count} waiting, the oldest for {each.oldest_days} days")
    click.echo(f"{len(sent)} reminders left in the outbox.")


def told_plainly(found: Compared) -> Iterator[str]:
    """A comparison as lines to read."""
    result, verdict = found.comparison, found.verdict
    yield f"the same agreement by its {verdict.method} ({verdict.confidence:.0%})"
    if result.remarks:
        yield f"about the file: {', '.join(result.remarks)}"
    for clause in result.clauses:
        if clause.state == "unchanged" and not (clause.formatting or clause.comments):
            continue
        name = " ".join(word for word in (clause.label, clause.heading) if word) or clause.clause or "(no clause)"
        place = f" after {clause.after}" if clause.after else ""
        yield f"\n{name}  [{clause.clause or 'new'}{place}: {clause.state}; found by {clause.method}, {clause.confidence:.0%}]"
        for change in (*clause.tracked, *clause.silent):
            who = f"tracked, {change.author or 'unknown'}" if change.tracked else "SILENT"
            why = f" ({', '.join(change.reasons)})" if change.reasons else ""
            yield f"  {who}, {change.weight}{why}: {change.kind} {shown(change.before)} [-{shown(change.old)}-] {{+{shown(change.new)}+}}"
        for look in clause.formatting:
            who = f"tracked, {look.author or 'unknown'}" if look.tracked else "silent"
            yield f"  look, {who}, {look.weight}: {shown(look.text)}  +{','.join(look.added) or '-'} -{','.join(look.removed) or '-'}"
        for note in clause.comments:
            yield f"  comment, {note.author or 'unknown'}{' (resolved)' if note.resolved else ''}: {shown(note.text)}"
            for reply in note.replies:
                yield f"    answer, {reply.author or 'unknown'}: {shown(reply.text)}"
    if not any(clause.state != "unchanged" or clause.comments or clause.formatting for clause in result.clauses):
        yield "Nothing changed."


def shown(text: str) -> str:
    """Words on one line, in which a sign that moves or hides others cannot act; long ones shortened."""
    line = text.replace("\n", " ¶ ").replace("\t", " ").replace("\v", " ")
    line = "".join(sign if sign.isprintable() or sign == "\u00a0" else f"<U+{ord(sign):04X}>" for sign in line)
    return line if len(line) <= MOST_SHOWN else f"{line[:MOST_SHOWN]}…"


def read_document(path: Path) -> bytes:
    """A Word file. Error: DomainError that says what is wrong with it."""

    if not path.is_file():
        raise refused_file(f"There is no file {path}.")
    if path.stat().st_size > MAX_DOCUMENT_BYTES:
        raise refused_file(f"{path} has more than {MAX_DOCUMENT_BYTES // 1_000_000} MB, too much for an agreement.")
    return path.read_bytes()


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
