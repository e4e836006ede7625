"""The operations guide against the code: every setting is in its table, and every command it names exists."""

import re
import sqlite3
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import click

from dpa_service.cli import cli
from dpa_service.config import Config

GUIDE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")


def test_every_setting_is_in_the_table_with_its_default():
    rows = dict(re.findall(r"^\| `DPA_(\w+)` \| (\S+) \|", GUIDE, re.MULTILINE))
    assert set(rows) == {field.name.upper() for field in fields(Config)}
    standard = Config()
    for name, shown in rows.items():
        value = getattr(standard, name.lower())
        if name != "SECRET_KEY":
            told = str(value).lower() if isinstance(value, bool) else str(value)
            assert shown == ("–" if value in (None, ()) else f"`{told}`"), name


def test_every_command_of_the_guide_exists():
    for words in set(re.findall(r"(?:\.venv/bin/|`)dpa ((?:[a-z]+ ?){1,2})", GUIDE)):
        group: click.Command = cli
        for word in words.split():
            if not isinstance(group, click.Group):
                break
            assert word in group.commands, f"dpa {words}"
            group = group.commands[word]


def test_the_backup_command_of_the_guide_gives_a_whole_database(sqlite_url, tmp_path):
    source = sqlite_url.removeprefix("sqlite:///")
    command = re.search(r'python -c "(import sqlite3[^"]+)"', GUIDE)
    assert command is not None
    target = tmp_path / "backup.sqlite"
    subprocess.run([sys.executable, "-c", command[1], source, str(target)], check=True)
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
    kept, original = sqlite3.connect(target), sqlite3.connect(source)
    assert kept.execute(tables).fetchall() == original.execute(tables).fetchall()
    assert kept.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    kept.close()
    original.close()
