"""The assessment of a claim as a Word file and as PDF, from the same plain texts (services/liability/assessment_document.py)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from jinja2 import TemplateError

from dpa_service.adapters.docx.context import RenderError, clean
from dpa_service.adapters.docx.render import Template
from dpa_service.adapters.pdf import typeset
from dpa_service.resources import templates_dir

Json = dict[str, Any]


def assessment_pdf(data: Mapping[str, Any]) -> bytes:
    """PDF/A-2b, tagged; the same data gives the same bytes. Error: ``RenderError``."""
    return typeset("assessment.typ", dict(data), date.fromisoformat(data["date"]["iso"]))


def assessment_docx(data: Mapping[str, Any]) -> bytes:
    """The Word file; the same data gives the same bytes. Error: ``RenderError`` naming a value that is missing."""
    values = {**_cleaned(data), "date_iso": data["date"]["iso"]}
    try:
        return _template().render(values, "auto")
    except (KeyError, TemplateError) as missing:
        raise RenderError(f"the assessment lacks the value {missing}") from missing


def _cleaned(value: Any) -> Any:
    """Texts without what Word cannot hold."""
    if isinstance(value, Mapping):
        return {key: _cleaned(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(item) for item in value]
    return clean(value) if isinstance(value, str) else value


@cache
def _template() -> Template:
    return Template((templates_dir() / "docx" / "assessment.docx").read_bytes())
