"""A real browser without a screen: what a page says after its scripts have run, and what it complains of."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
PATIENCE_SECONDS = 90
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
    "--enable-logging=stderr", "--virtual-time-budget=4000",
)  # fmt: skip
DONE = re.compile(r'<pre id="seen">(.*?)</pre>', re.DOTALL)
CONSOLE = re.compile(r"CONSOLE[^\n]*")


@dataclass(frozen=True)
class Seen:
    """What the probe returned, and the lines of the console."""

    value: Any
    console: list[str]


def found() -> str | None:
    """The browser's command, or None when there is none here."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def probe(page: str, script: str, folder: Path) -> Seen:
    """Opens the page, runs `script` (the body of a function) in it, and gives what it returns."""
    writes = "document.body.append(Object.assign(document.createElement('pre'), {id: 'seen', textContent: "
    tail = f"<script>{writes}JSON.stringify((() => {{{script}}})())}}));</script></body>"
    source = folder / "page.html"
    source.write_text(page.replace("</body>", tail), encoding="utf-8")
    ran = _run(folder, "--dump-dom", source.as_uri())
    shown = DONE.search(ran.stdout)
    return Seen(json.loads(unescape(shown[1])) if shown else None, CONSOLE.findall(ran.stderr))


def print_to_pdf(page: str, folder: Path) -> bytes:
    """The page as the browser prints it."""
    source, target = folder / "page.html", folder / "page.pdf"
    source.write_text(page, encoding="utf-8")
    _run(folder, f"--print-to-pdf={target}", source.as_uri())
    return target.read_bytes()


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(found()), *QUIET, f"--user-data-dir={folder / 'profile'}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True)
