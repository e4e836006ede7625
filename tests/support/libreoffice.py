"""LibreOffice driven by macros of its own Basic, in a throw-away profile: what a person would do with the mouse."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

_MODULE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1" script:language="StarBasic">{code}</script:module>"""
_CODE = """
Sub Main
  Dim hidden(0) As New com.sun.star.beans.PropertyValue
  hidden(0).Name = "Hidden" : hidden(0).Value = True
  doc = StarDesktop.loadComponentFromURL("{given}", "_blank", 0, hidden())
  On Error Goto Failed
{body}
  Dim kind(0) As New com.sun.star.beans.PropertyValue
  kind(0).Name = "FilterName" : kind(0).Value = "MS Word 2007 XML"
  doc.storeToURL("{made}", kind())
Failed:
  If Err <> 0 Then
    channel = FreeFile
    Open "{trouble}" For Output As #channel
    Print #channel, Erl & ": " & Error$
    Close #channel
  End If
  doc.close(True)
  StarDesktop.terminate()
End Sub

Function Found(doc, words As String)
  search = doc.createSearchDescriptor()
  search.SearchString = words
  search.SearchCaseSensitive = True
  Found = doc.findFirst(search)
End Function

Sub Dispatch(doc, command As String)
  Dim none()
  CreateUnoService("com.sun.star.frame.DispatchHelper").executeDispatch(doc.CurrentController.Frame, command, "", 0, none())
End Sub
"""


def edited_by_libreoffice(docx: bytes, body: str, folder: Path) -> bytes:
    """The file after it was opened, edited by `body` (Basic; `doc` is the document) and saved. Skips without LibreOffice.

    `Found(doc, "words")` is a text range of the first place of these words; `Dispatch doc, ".uno:…"` a command of the menus.
    """
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice (soffice) is not installed")
    given, made, trouble = folder / "given.docx", folder / "made.docx", folder / "trouble.txt"
    given.write_bytes(docx)
    profile = folder / "profile"
    command = [office, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore", "--nologo"]
    if not profile.exists():  # a new profile gets the library of macros that comes with the program
        subprocess.run([*command, "--terminate_after_init"], check=True, capture_output=True, timeout=240)
    code = _CODE.format(given=given.as_uri(), made=made.as_uri(), trouble=trouble.as_uri(), body=body)
    (profile / "user" / "basic" / "Standard" / "Module1.xba").write_text(_MODULE.format(code=escape(code)), encoding="utf-8")
    subprocess.run([*command, "macro:///Standard.Module1.Main()"], check=True, capture_output=True, timeout=240)
    assert not trouble.exists(), trouble.read_text(encoding="utf-8")
    assert made.exists(), "LibreOffice did not save the file"
    return made.read_bytes()
