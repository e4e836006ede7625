"""Every text of the pages has its Dutch words, and the compiled catalogues are those of the written ones."""

import re

import pytest

from tools import messages

PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_every_text_is_translated(language: str) -> None:
    assert messages.missing(language) == []


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_the_compiled_catalogue_is_current(language: str) -> None:
    assert messages.path_of(language).with_suffix(".mo").read_bytes() == messages.compiled(messages.read(language))


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_a_translation_names_the_same_values(language: str) -> None:
    for message in messages.read(language):
        sources = message.id if isinstance(message.id, tuple) else (message.id,)
        said = message.string if isinstance(message.string, tuple) else (message.string,)
        known = {name for source in sources for name in PLACEHOLDER.findall(source)}
        for words in said:
            assert set(PLACEHOLDER.findall(words)) <= known, message.id
