"""The configuration file, when renewed tokens are written back into it."""

import os
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from errno import EDQUOT, EFBIG, ENOSPC
from pathlib import Path
from typing import Any

import orjson
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_keap.inputs import InputProblem, read_config
from source_keap.protocol import FailureType

CONFIG_FILE = "_config_file"
"""The key under which the command line hands the file's name on; never written anywhere."""


NO_ROOM = (ENOSPC, EDQUOT, EFBIG)


def disk_full(what: str) -> AirbyteTracedException:
    """`disk_full` tells programs that it passes when there is room."""
    text = f"There is no room on the disk for {what}. Free space, and run the sync again."
    return AirbyteTracedException(
        message=text, internal_message=f"disk_full: {what}", failure_type=FailureType.system_error
    )


@dataclass(frozen=True)
class ConfigFile:
    name: str

    @property
    def path(self) -> Path:
        """The file itself: a link to it stays a link."""
        return Path(os.path.realpath(self.name))

    def require_writable(self) -> None:
        """InputProblem unless a new version of the file could be put in its place now."""
        if not self.path.is_file():
            raise InputProblem(f"--update-config needs a configuration in a file, which {self.name} is not.")
        try:
            self._written(self.path.read_bytes()).unlink()
        except OSError as error:
            if error.errno in NO_ROOM:
                raise disk_full(f"{self.path}: the refresh token was not used") from None
            raise InputProblem(
                f"--update-config cannot write {self.path} ({error.strerror}): make it and its folder "
                "writable. The refresh token was not used."
            ) from None

    def store(self, tokens: Mapping[str, Any]) -> None:
        """Put these keys of `credentials` into the file: all of it or nothing, also when the power fails."""
        config = read_config(self.name)
        config["credentials"] = {**config["credentials"], **tokens}
        try:
            new = self._written(orjson.dumps(config, option=orjson.OPT_INDENT_2) + b"\n")
            new.replace(self.path)
            flush(self.path.parent)
        except OSError as error:
            raise InputProblem(
                f"The renewed tokens could not be written to {self.path} ({error.strerror}): take them from "
                "the CONTROL message of this run's output, since the old refresh token no longer works."
            ) from None

    def _written(self, content: bytes) -> Path:
        """The content in a new file beside the old one, with the same permissions, on the disk."""
        handle, name = tempfile.mkstemp(prefix=f".{self.path.name}.", dir=self.path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                os.fchmod(handle, stat.S_IMODE(self.path.stat().st_mode))
                file.write(content)
                file.flush()
                os.fsync(handle)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        return Path(name)


def flush(folder: Path) -> None:
    """A file's new name is on the disk only once its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
