"""LibreOffice deciding on tracked changes, driven by a macro in a profile that is thrown away."""

from __future__ import annotations

import html
import shutil
import subprocess
from pathlib import Path
from typing import Literal

import pytest

_MACRO = """Sub Settle(given As String, made As String, command As String)
  Dim hidden(0) As New com.sun.star.beans.PropertyValue
  hidden(0).Name = "Hidden"
  hidden(0).Value = True
  document = StarDesktop.loadComponentFromURL(given, "_blank", 0, hidden())
  dispatcher = createUnoService("com.sun.star.frame.DispatchHelper")
  Dim none()
  dispatcher.executeDispatch(document.CurrentController.Frame, command, "", 0, none())
  Dim how(0) As New com.sun.star.beans.PropertyValue
  how(0).Name = "FilterName"
  how(0).Value = "MS Word 2007 XML"
  document.storeToURL(made, how())
  document.close(True)
End Sub
"""
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE {0} PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "{1}.dtd">\n'
)
_LIBRARY = 'xmlns:library="http://openoffice.org/2000/library"'
_FILES = {
    "script.xlc": _HEAD.format("library:libraries", "libraries")
    + f'<library:libraries {_LIBRARY} xmlns:xlink="http://www.w3.org/1999/xlink"><library:library library:name="Standard" '
    'xlink:href="$(USER)/basic/Standard/script.xlb/" xlink:type="simple" library:link="false"/></library:libraries>',
    "Standard/script.xlb": _HEAD.format("library:library", "library")
    + f'<library:library {_LIBRARY} library:name="Standard" library:readonly="false" library:passwordprotected="false">'
    '<library:element library:name="Judge"/></library:library>',
    "Standard/Judge.xba": _HEAD.format("script:module", "module")
    + '<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Judge" script:language="StarBasic">'
    f"{html.escape(_MACRO)}</script:module>",
}


def settled(docx: bytes, decision: Literal["Accept", "Reject"], folder: Path) -> bytes:
    """The file after LibreOffice has accepted or rejected every tracked change in it. Skips without LibreOffice."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice (soffice) is not installed")
    profile = folder / "profile"
    start = [office, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore"]
    if not profile.exists():  # its first start fills a profile, and would replace the macro by its own empty library
        subprocess.run([*start, "--terminate_after_init"], check=True, capture_output=True, timeout=180)
    for name, content in _FILES.items():
        target = profile / "user" / "basic" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8")
    given, made = folder / "given.docx", folder / f"{decision}.docx"
    given.write_bytes(docx)
    made.unlink(missing_ok=True)
    macro = f"macro:///Standard.Judge.Settle({given.as_uri()},{made.as_uri()},.uno:{decision}AllTrackedChanges)"
    subprocess.run([*start, macro], check=True, capture_output=True, timeout=180)
    assert made.exists(), "LibreOffice could not settle the changes"
    return made.read_bytes()
