"""The message catalogues of the pages: collect the texts, keep the translations, compile them.

    python -m tools.messages          collect, merge into each messages.po, compile messages.mo
    python -m tools.messages --check  say what is missing, change nothing; exit status 1 when something is

Texts in code and templates are English; a catalogue gives another language. The .mo files are committed, because an installed
wheel has no step of its own to compile them; a test proves that they are current.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "dpa_service"
TRANSLATIONS = PACKAGE / "web" / "translations"
LANGUAGES = ("nl",)
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
KEYWORDS = {"gettext": None, "lazy_gettext": None, "ngettext": (1, 2), "_": None, "_n": (1, 2)}


def collected() -> Catalog:
    """Every text of the pages, in the order of files and lines."""
    catalog = Catalog(project="dpa-service", fuzzy=False)
    found = extract_from_dir(str(PACKAGE), method_map=METHODS, keywords=KEYWORDS, comment_tags=("L10N:",))
    for name, _line, message, comments, context in sorted(found, key=lambda row: (row[0], row[1])):
        catalog.add(message, None, [(f"dpa_service/{name}", None)], auto_comments=comments, context=context)
    return catalog


def path_of(language: str) -> Path:
    """The catalogue of a language."""
    return TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"


def read(language: str) -> Catalog:
    """The catalogue as it is on disk, empty when there is none."""
    path = path_of(language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def compiled(catalog: Catalog) -> bytes:
    """The catalogue in the form that is read at run time."""
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def missing(language: str) -> list[str]:
    """The texts without a (certain) translation in `language`."""
    known = read(language)
    wanted = [message.id for message in collected() if message.id]
    bad = []
    for key in wanted:
        message = known.get(key)
        said = message.string if message else ""
        if message is None or message.fuzzy or not (all(said) if isinstance(said, tuple) else said):
            bad.append(key if isinstance(key, str) else key[0])
    return bad


def main() -> int:
    """Collect and compile, or check."""
    check = "--check" in sys.argv
    status = 0
    for language in LANGUAGES:
        if not check:
            catalog = read(language)
            catalog.update(collected(), no_fuzzy_matching=True)
            catalog.obsolete.clear()
            path_of(language).parent.mkdir(parents=True, exist_ok=True)
            with path_of(language).open("wb") as file:
                write_po(file, catalog, width=120, omit_header=False, include_lineno=False, sort_output=True)
            path_of(language).with_suffix(".mo").write_bytes(compiled(read(language)))
        gaps = missing(language)
        print(f"{language}: {len(gaps)} text(s) without translation")
        for key in gaps:
            print(f"  {key!r}")
        status |= bool(gaps) and check
    return status


if __name__ == "__main__":
    sys.exit(main())
