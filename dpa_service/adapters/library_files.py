"""The clause library on disk: YAML and text files into raw content, with the line of every key for the messages."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import yaml

from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.library_build import Keys, build_library
from dpa_service.domain.errors import LibraryProblem, Problem
from dpa_service.resources import clauses_dir

LOCK = "published.yaml"
_cache: dict[tuple[str, str], Library] = {}


def load_library(path: Path | None = None, processor_profile: Path | None = None) -> Library:
    """Read the library at `path` (default: the one that comes with the product). Raises LibraryProblem.

    `processor_profile` replaces processor.yaml: another house, the same clauses. Unchanged content is parsed once a process.
    """
    files, texts, lines = read_files(path or clauses_dir(), processor_profile)
    raw = {"files": files, "texts": texts}
    digest = hashlib.sha256(repr((sorted(texts.items()), sorted(files.items(), key=lambda pair: pair[0]))).encode()).hexdigest()
    key = (str(path), digest)
    if key not in _cache:
        _cache[key] = build_library(raw, lambda file, keys: line_of(lines, file, keys))
    return _cache[key]


def library_to_dict(library: Library) -> dict[str, Any]:
    """The library's whole content as plain JSON, as a release stores it."""
    return dict(library.raw)


def library_from_dict(raw: dict[str, Any]) -> Library:
    """The library rebuilt from stored content."""
    return build_library(raw)


def read_files(root: Path, processor_profile: Path | None = None) -> tuple[dict[str, Any], dict[str, str], dict[str, yaml.Node]]:
    """All files of the library: parsed YAML by relative path, texts by relative path, and YAML nodes for line numbers."""
    if not root.is_dir():
        raise LibraryProblem([Problem(str(root), 1, "there is no such folder.", "Give the folder of a clause library.")])
    files: dict[str, Any] = {}
    texts: dict[str, str] = {}
    lines: dict[str, yaml.Node] = {}
    problems: list[Problem] = []
    for path in sorted([*root.glob("*.yaml"), *root.glob("*/*.yaml"), *root.glob("*/*.md")]):
        name = path.relative_to(root).as_posix()
        if name == LOCK:
            continue
        source = processor_profile if name == "processor.yaml" and processor_profile else path
        try:
            content = source.read_text(encoding="utf-8")
        except UnicodeDecodeError as trouble:
            problems.append(Problem(name, 1, f"not UTF-8 text ({trouble.reason}).", "Save the file as UTF-8."))
            continue
        if path.suffix == ".md":
            texts[name] = "\n".join(line.rstrip() for line in content.replace("\r\n", "\n").split("\n")).strip() + "\n"
            continue
        try:
            files[name] = _json(yaml.safe_load(content))
            if node := yaml.compose(content, Loader=yaml.SafeLoader):
                lines[name] = node
        except yaml.MarkedYAMLError as trouble:
            mark = trouble.problem_mark
            line = mark.line + 1 if mark else 1
            problems.append(Problem(name, line, f"not readable as YAML: {trouble.problem}.", "Check indentation and quotes."))
    if problems:
        raise LibraryProblem(problems)
    return files, texts, lines


def _json(data: Any) -> Any:
    """Plain JSON: keys as text ("true", not True), dates as ISO text."""
    if isinstance(data, dict):
        return {str(key).lower() if isinstance(key, bool) else str(key): _json(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_json(item) for item in data]
    return data if isinstance(data, str | int | float | bool | None) else str(data)


def line_of(lines: dict[str, yaml.Node], file: str, keys: Keys) -> int:
    """The 1-based line of the deepest key that exists along `keys`."""
    node = lines.get(file)
    line = 1
    for key in keys:
        if isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if str(k.value).lower() == str(key).lower()), None)
            if found is None:
                break
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            node = node.value[key]
            line = node.start_mark.line + 1
        else:
            break
    return line


def read_published(root: Path) -> dict[str, dict[str, str]]:
    """Clause id → version → content hash, as `dpa clauses publish` recorded them."""
    lock = root / LOCK
    return (yaml.safe_load(lock.read_text(encoding="utf-8")) or {}) if lock.is_file() else {}


def write_published(root: Path, published: dict[str, dict[str, str]]) -> None:
    """Write the record; the file is replaced as a whole."""
    text = "# Written by `dpa clauses publish`: a version that stands here never changes. Do not edit.\n"
    text += yaml.safe_dump(published, sort_keys=True, allow_unicode=True)
    draft = root / f"{LOCK}.new"
    draft.write_text(text, encoding="utf-8")
    draft.replace(root / LOCK)
