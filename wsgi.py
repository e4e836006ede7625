"""The application for a WSGI server: ``gunicorn wsgi:app``. Settings come from the environment; see docs/api.md."""

from dpa_service import create_app

app = create_app()
