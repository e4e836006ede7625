"""Where the data folders are: clauses, templates and examples.

In an installed wheel they lie in ``dpa_service/_data``; in a checkout they lie beside the package. Standard library only.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

_FOLDERS = ("clauses", "templates", "examples")
_PACKAGE = Path(__file__).resolve().parent


class ResourcesMissing(RuntimeError):
    """Neither the wheel's data folder nor a checkout was found: the installation is broken."""


def _holds_data(folder: Path) -> bool:
    """True when ``folder`` is a data root; clauses and templates are the least that every installation has."""
    return all((folder / name).is_dir() for name in _FOLDERS[:2])


@cache
def data_root() -> Path:
    """The folder that holds clauses/, templates/ and examples/.

    Out: an absolute path. Error: ``ResourcesMissing`` when neither place has them.
    """
    candidates = (_PACKAGE / "_data", _PACKAGE.parent)
    for candidate in candidates:
        if _holds_data(candidate):
            return candidate
    places = " nor ".join(str(candidate) for candidate in candidates)
    raise ResourcesMissing(f"no clauses/ and templates/ in {places}; install the package again or run from a checkout")


def _folder(name: str) -> Path:
    folder = data_root() / name
    if not folder.is_dir():
        raise ResourcesMissing(f"the folder {name}/ is missing from {data_root()}")
    return folder


def clauses_dir() -> Path:
    """The clause library. Error: ``ResourcesMissing``."""
    return _folder("clauses")


def templates_dir() -> Path:
    """The templates of the Word file, the PDF and the pages. Error: ``ResourcesMissing``."""
    return _folder("templates")


def examples_dir() -> Path:
    """The example requests. Error: ``ResourcesMissing``."""
    return _folder("examples")
