"""What an engine does with a Dockerfile, done in a folder and an environment of one's own."""

from __future__ import annotations

import fnmatch
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.airbyte import dockerfile
from tests.airbyte.connectors import surroundings


@dataclass
class Built:
    """`root` stands for the image's `/`, `python` for the base image's Python."""

    root: Path
    python: Path
    folder: Path
    workdir: Path = Path("/")
    environment: dict[str, str] = field(default_factory=dict)
    user: str = "root"
    entrypoint: list[str] = field(default_factory=list)

    @property
    def here(self) -> Path:
        return self.root / self.workdir.relative_to("/")

    def run(self, text: str) -> None:
        """A RUN step. `pip` and `python` are the base's."""
        path = f"{self.python.parent}:/usr/bin:/bin"
        kept = {
            k: v
            for k, v in surroundings().items()
            if k.startswith(("PIP_", "UV_", "SSL_", "REQUESTS_", "HOME"))
        }
        subprocess.run(
            ["/bin/sh", "-euc", text], cwd=self.here, env={**kept, "PATH": path}, check=True, timeout=600
        )

    def copy(self, words: list[str]) -> None:
        """A COPY step: only what .dockerignore leaves in the context is there."""
        *sources, target = words
        for source in sources:
            found = [file for file in context(self.folder) if file.parts[0] == source or str(file) == source]
            if not found:
                raise FileNotFoundError(f"COPY {source}: not in the build context")
            for file in found:
                to = self._place(file, source, target)
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(self.folder / file, to)

    def _place(self, file: Path, source: str, target: str) -> Path:
        base = self.root / target.lstrip("/") if target.startswith("/") else self.here / target
        inside = file.relative_to(source)
        return base / (file.name if target.endswith("/") and str(inside) == "." else inside)

    def command(self, *arguments: str | Path) -> list[str | Path]:
        """The entry point with arguments, with paths and Python of this computer."""
        program, script, *rest = self.entrypoint
        assert program == "python"
        return [self.python, self.root / script.lstrip("/"), *rest, *arguments]


def build(folder: Path, root: Path, python: Path, *, install: bool) -> Built:
    """Carry out each step in order; without `install` the packages are there already."""
    built = Built(root, python, folder)
    for step in dockerfile.instructions(folder / "Dockerfile"):
        if step.name == "WORKDIR":
            built.workdir = built.workdir / step.text
            built.here.mkdir(parents=True, exist_ok=True)
        elif step.name == "COPY":
            built.copy(step.words)
        elif step.name == "RUN" and (install or not step.text.startswith("pip install")):
            built.run(step.text)
        elif step.name == "ENV":
            built.environment |= dict(word.split("=", 1) for word in step.words)
        elif step.name == "USER":
            built.user = step.text
        elif step.name == "ENTRYPOINT":
            built.entrypoint = step.words
    return built


def context(folder: Path) -> list[Path]:
    """The files that `docker build .` sends: .dockerignore's last matching line decides."""
    rules = [line for line in (folder / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    files = [Path(where, name).relative_to(folder) for where, _, names in os.walk(folder) for name in names]
    return sorted(file for file in files if not _ignored(file, rules))


def _ignored(file: Path, rules: list[str]) -> bool:
    ignored = False
    for rule in rules:
        if _matches(file, rule.removeprefix("!")):
            ignored = not rule.startswith("!")
    return ignored


def _matches(file: Path, pattern: str) -> bool:
    """A pattern names a file, or a folder with all that is in it; `**/` at any depth."""
    anywhere = pattern.startswith("**/")
    places = [file, *list(file.parents)[:-1]]
    return any(
        fnmatch.fnmatch(place.name if anywhere else str(place), pattern.removeprefix("**/"))
        for place in places
    )
