"""A snapshot into a Word file, quickly: docxtpl's template language, without docxtpl's work per document.

docxtpl opens, patches, compiles and parses the same template again for every document. Here that happens once per template
version: its own `patch_xml` turns the parts into Jinja source, Jinja compiles them with item access (x.y is x["y"], which is quicker
and cannot reach a method), and each document is rendered straight to bytes. Parts without tags are copied as they lie in the zip.
A template that needs more than that is left to docxtpl itself, which is also the reference that the tests compare with.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import Any
from zipfile import BadZipFile

import markupsafe
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, TemplateError, Undefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lxml import etree

from dpa_service.adapters.docx import package
from dpa_service.adapters.docx.context import LINE_BREAK, RenderError, Snapshot, build
from dpa_service.adapters.docx.package import content_hash
from dpa_service.resources import templates_dir

__all__ = ["RenderError", "Template", "content_hash", "house_template", "render_docx", "render_reference"]

Values = Mapping[str, Any]

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_DATES = re.compile(r"(<dcterms:(?:created|modified)\b[^>]*>)[^<]*")
_EMPTY_RUN = re.compile(r'<w:r>(?:<w:rPr>(?:(?!</w:rPr>).)*</w:rPr>)?<w:t(?: xml:space="preserve")?(?:/>|></w:t>)</w:r>')
# What docxtpl does beside Jinja: columns and merged cells, drawing numbers, its own way of writing braces.
_BEYOND_JINJA = re.compile(r"\{%\s*(?:tc|colspan|hm|vm)\b|\{\{tc\b|<wp:docPr\b|\{_[{%]|[}%]_\}")
_BY_DOCXTPL = re.compile(r"word/(?:document|header\d*|footer\d*|footnotes)\.xml")


class _BeyondJinja(Exception):
    """The template uses something that docxtpl does and this module does not."""


class _ItemAccess(CodeGenerator):
    """Compiles x.y and x[y] to x["y"]: a missing value is a KeyError that names it, and no attribute or method can be reached."""

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:
        self.visit(node.node, frame)
        of_loop = isinstance(node.node, nodes.Name) and node.node.name == "loop" and not node.attr.startswith("_")
        self.write(f".{node.attr}" if of_loop else f"[{node.attr!r}]")  # Jinja's own loop.first is an attribute

    def visit_Getitem(self, node: nodes.Getitem, frame: Frame) -> None:
        self.visit(node.node, frame)
        self.write("[")
        self.visit(node.arg, frame)
        self.write("]")

    def visit_Filter(self, node: nodes.Filter, frame: Frame) -> None:
        if node.name == "safe" and node.node is not None:  # a ready piece: printed as it is
            self.visit(node.node, frame)
        else:
            super().visit_Filter(node, frame)

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if isinstance(node, nodes.Filter) and node.name == "safe":
            self.write("(")
        else:
            super()._output_child_pre(node, frame, finalize)


def _printable(value: Any) -> Any:
    """What a tag may print: text or a number. Nothing else, and above all not nothing."""
    if isinstance(value, Undefined):
        str(value)  # raises, and names what is missing
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise RenderError(f"the template prints {value!r}, which is neither text nor a number")
    return value


def _text(value: Any) -> str:
    """The compiled template's escape in a part that is not Word's: properties, customXml."""
    return str(markupsafe.escape(_printable(value)))


def _word_text(value: Any) -> str:
    """The compiled template's escape in a part of Word's, with newlines as docxtpl prints them."""
    return _text(value).replace("\n", LINE_BREAK)


def _environment() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)


def _source(name: str, content: bytes, patch: Callable[[str], str]) -> str | None:
    """The Jinja source of a part, or None for a part without tags. The dates of the file come from the snapshot, never from a clock."""
    if not name.endswith(".xml"):
        return None
    text = etree.tostring(etree.fromstring(content), encoding="unicode")  # as docxtpl reads it: quotes in tags are quotes
    if name == "docProps/core.xml":
        text = _DATES.sub(r"\g<1>{{ date_iso }}T00:00:00Z", text)
    text = patch(text) if name.startswith("word/") else text
    return _XML + text if "{{" in text or "{%" in text else None


class Template:
    """A template version, compiled once. Nothing changes after `__init__`, so that all threads can share it."""

    def __init__(self, data: bytes) -> None:
        environment = _environment()
        environment.code_generator_class = _ItemAccess
        patch = DocxTemplate(io.BytesIO(data)).patch_xml
        self.parts: list[tuple[package.Member, Callable[[Context], Iterator[str]] | None]] = []
        self.new_context = environment.from_string("").new_context
        for member, content in package.read(data):
            source = _source(member.name, content, patch)
            if source is None:
                self.parts.append((member, None))
                continue
            if _BEYOND_JINJA.search(source) or environment.parse(source).find(nodes.Call):
                raise _BeyondJinja
            compiled = environment.from_string(_EMPTY_RUN.sub("", source))  # docxtpl leaves one on each side of a {{r tag
            compiled.root_render_func.__globals__["escape"] = _word_text if member.name.startswith("word/") else _text
            self.parts.append((member, compiled.root_render_func))

    def render(self, values: Values, codec: package.Codec) -> bytes:
        """The .docx of these values. Errors: whatever rendering raises."""
        context = self.new_context(dict(values))
        return package.write(
            member if render is None else package.pack(member.name, "".join(render(context)).encode(), codec)
            for member, render in self.parts
        )


@lru_cache(maxsize=8)
def _compiled(data: bytes) -> Template | None:
    """The compiled template, by content; None where only docxtpl will do."""
    try:
        return Template(data)
    except _BeyondJinja:
        return None


@cache
def house_template() -> bytes:
    """The template of the house, read once per process. Errors: ``OSError``, ``ResourcesMissing``."""
    return (templates_dir() / "docx" / "agreement.docx").read_bytes()


def render_docx(snapshot: Snapshot, *, template: bytes | None = None, codec: package.Codec = "auto") -> bytes:
    """The Word file of a snapshot: the same snapshot, template and codec give the same bytes, anywhere and always.

    In: a snapshot (docs/snapshot.md); a template other than the house's; the codec of the zip ("auto": isal where installed).
    Errors: ``RenderError`` naming the value that is missing or cannot be printed, or the template's mistake.
    """
    values = build(snapshot)
    template = house_template() if template is None else template
    with _named_errors():
        compiled = _compiled(template)
        return _with_docxtpl(values, template) if compiled is None else compiled.render(values, codec)


def render_reference(snapshot: Snapshot, *, template: bytes | None = None) -> bytes:
    """The same document made by docxtpl itself, in its own order and time. In and errors as `render_docx`."""
    values = build(snapshot)
    with _named_errors():
        return _with_docxtpl(values, house_template() if template is None else template)


@contextmanager
def _named_errors() -> Iterator[None]:
    try:
        yield
    except KeyError as error:
        raise RenderError(f"the template prints {error.args[0]!r}, which the snapshot does not have") from error
    except (TemplateError, TypeError, IndexError, etree.XMLSyntaxError, BadZipFile) as error:
        raise RenderError(f"the template cannot be rendered: {error}") from error


def _with_docxtpl(values: Values, template: bytes) -> bytes:
    environment = _environment()
    environment.finalize = _printable
    document = DocxTemplate(io.BytesIO(template))
    document.render(dict(values), environment, autoescape=True)
    out = io.BytesIO()
    document.save(out)
    # docxtpl leaves tags in other parts alone, and escapes the core properties twice
    others = {
        member.name: environment.from_string(source).render(values).encode()
        for member, content in package.read(template)
        if not _BY_DOCXTPL.fullmatch(member.name) and (source := _source(member.name, content, document.patch_xml)) is not None
    }
    made = {member.name: content for member, content in package.read(out.getvalue())}
    return package.write(package.pack(name, content, "zlib") for name, content in (made | others).items())
