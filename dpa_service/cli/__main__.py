"""`python -m dpa_service.cli`."""

from dpa_service.cli import main

main()
