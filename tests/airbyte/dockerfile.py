"""A Dockerfile as its instructions."""

import json
import shlex
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Instruction:
    """One instruction: COPY, RUN, ...; `text` is the rest of it, with continued lines joined."""

    name: str
    text: str

    @property
    def words(self) -> list[str]:
        """The words of the shell form, or of the JSON form."""
        return list(json.loads(self.text)) if self.text.startswith("[") else shlex.split(self.text)


def instructions(file: Path) -> list[Instruction]:
    """In the order of the file, without comments."""
    joined = file.read_text().replace("\\\n", " ")
    lines = [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    return [Instruction(*line.split(maxsplit=1)) for line in lines]


def of(file: Path, name: str) -> list[Instruction]:
    """Those of one name."""
    return [instruction for instruction in instructions(file) if instruction.name == name]
