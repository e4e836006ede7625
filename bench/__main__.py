"""`python -m bench [name …]`: every bench, or those named. Add one by adding a module with TITLE and run() to BENCHES."""

from __future__ import annotations

import importlib
import sys

from bench.measure import table

BENCHES = ("docx", "redline", "returned", "issue", "pages", "invoice", "billing", "exposure")


def main(names: list[str]) -> None:
    """Run and print them one after the other."""
    for name in names or BENCHES:
        module = importlib.import_module(f"bench.{name}")
        print(table(module.TITLE, module.run()), end="\n\n", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
