"""What the commands share: refusing, reading a request, a session on the database."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from dpa_service.domain.errors import DomainError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

MAX_REQUEST_BYTES = 1_000_000
library_option = click.option("--library", "library_path", type=click.Path(path_type=Path), help="Another clause library.")


def refuse(*lines: str) -> NoReturn:
    """Say why and leave with status 2."""
    click.echo("\n".join(lines), err=True)
    sys.exit(2)


@contextmanager
def database() -> Iterator[Session]:
    """A session on the database of the settings."""
    from dpa_service.adapters.db.engine import make_engine, make_sessions
    from dpa_service.config import load_config

    engine = make_engine(load_config().database_url)
    try:
        with make_sessions(engine)() as session:
            yield session
    finally:
        engine.dispose()


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
