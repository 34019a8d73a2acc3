"""The files that a command is given. Each problem is one sentence that says what to change."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import orjson
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_keap.protocol import (
    AirbyteStateMessage,
    AirbyteStateMessageSerializer,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteCatalogSerializer,
    FailureType,
)


class InputProblem(AirbyteTracedException):
    """Something that the caller handed in has to be changed."""

    def __init__(self, sentence: str) -> None:
        super().__init__(message=sentence, internal_message=sentence, failure_type=FailureType.config_error)


@dataclass(frozen=True)
class JsonFile:
    """`what`: the name of the thing for messages; `flag`: the option that names the file."""

    what: str
    flag: str

    def read(self, path: str) -> Any:
        try:
            content = Path(path).read_bytes()
        except OSError as error:
            problem = f"cannot be read ({error.strerror})"
            raise InputProblem(f"The {self.what} file {path} {problem}: correct {self.flag}.") from None
        try:
            return orjson.loads(content)
        except orjson.JSONDecodeError as error:
            problem = f"is not JSON (line {error.lineno}, column {error.colno})"
            raise InputProblem(f"The {self.what} file {path} {problem}: correct the file.") from None


CONFIG = JsonFile("configuration", "--config")
CATALOG = JsonFile("catalog", "--catalog")
STATE = JsonFile("state", "--state")


def read_config(path: str) -> dict[str, Any]:
    config = CONFIG.read(path)
    if not isinstance(config, dict):
        raise InputProblem(f"The configuration file {path} must hold a JSON object.")
    return config


def read_catalog(path: str, known: list[str]) -> ConfiguredAirbyteCatalog:
    content = CATALOG.read(path)
    try:
        catalog = ConfiguredAirbyteCatalogSerializer.load(content)
    except Exception as error:  # the serializer's own exceptions have no common base
        raise InputProblem(
            f"The catalog file {path} is not a configured catalog ({_first_line(error)}): make one with "
            "`source-keap catalog --config CONFIG > CATALOG`."
        ) from None
    for stream in catalog.streams:
        require_known("The catalog asks for stream", stream.stream.name, known)
    return catalog


def read_state(path: str | None) -> list[AirbyteStateMessage]:
    """A list of state messages, bare or as whole STATE messages; an empty file or object is no state."""
    if not path:
        return []
    content = STATE.read(path) if Path(path).is_dir() or not _is_empty(path) else []
    if not content:
        return []
    try:
        return [_state(_unwrapped(item)) for item in content]
    except Exception as error:  # as above
        raise InputProblem(
            f"The state file {path} is not a list of Airbyte states ({_first_line(error)}): hand in what "
            "the last sync gave out, or leave --state away to read everything."
        ) from None


def require_known(says: str, name: str, known: Iterable[str]) -> None:
    """Refuse a name that is not known, and suggest the nearest one."""
    names = list(known)
    if name in names:
        return
    near = get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(names)}."
    raise InputProblem(f"{says} {name!r}, which does not exist: {hint}")


def _is_empty(path: str) -> bool:
    try:
        return not Path(path).read_bytes().strip()
    except OSError:
        return False


def _state(item: Any) -> AirbyteStateMessage:
    state: AirbyteStateMessage = AirbyteStateMessageSerializer.load(item)
    if not state.stream and not state.global_:
        raise ValueError("neither of a stream nor global")
    return state


def _unwrapped(item: Any) -> Any:
    return item["state"] if item.get("type") == "STATE" and "state" in item else item


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
