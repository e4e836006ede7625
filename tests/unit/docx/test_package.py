import io
import zipfile

import pytest

from dpa_service.adapters.docx import package
from tests.support.word import parts

MEMBERS = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w>" + b"abc" * 5000 + b"</w>", "é.xml": b""}
CODECS: list[package.Codec] = ["zlib", "isal", "auto"] if package.HAS_ISAL else ["zlib", "auto"]


def packed(codec: package.Codec = "auto") -> bytes:
    return package.write(package.pack(name, data, codec) for name, data in MEMBERS.items())


@pytest.mark.parametrize("codec", CODECS)
def test_written_packages_are_sound_zips(codec: package.Codec) -> None:
    with zipfile.ZipFile(io.BytesIO(packed(codec))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == list(MEMBERS)
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert parts(packed(codec)) == MEMBERS


def test_members_are_copied_as_they_lie() -> None:
    original = packed()
    assert package.write(member for member, _ in package.read(original)) == original
    assert [content for _, content in package.read(original)] == list(MEMBERS.values())


def test_the_content_hash_is_about_content_only() -> None:
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in reversed(MEMBERS.items()):
            archive.writestr(name, data)
    assert package.content_hash(packed("zlib")) == package.content_hash(other.getvalue())
    changed = package.write(package.pack(name, data + b" ") for name, data in MEMBERS.items())
    assert package.content_hash(changed) != package.content_hash(packed())


def test_isal_must_be_installed_to_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "isal_zlib", None)
    with pytest.raises(ValueError, match="isal is not installed"):
        packed("isal")
    assert parts(packed("auto")) == MEMBERS
