"""Set up connectors and connection in Airbyte, by its public API: `python connect.py connection.toml`.

What is there already and as described is left alone, so the command may be run again at any time. Secrets are
taken from the environment, and are sent only when something is created, when another part of its
configuration changes, or with --update-secrets: Airbyte never shows them, and with OAuth it holds a newer
refresh token.

    AIRBYTE_URL             such as http://localhost:8000 (the default)
    AIRBYTE_CLIENT_ID       of an application: User settings, Applications; or `abctl local credentials`
    AIRBYTE_CLIENT_SECRET   of the same
    AIRBYTE_WORKSPACE_ID    needed when there are several workspaces
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tomllib
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from airbyte_api import AirbyteAPI, api, errors, models

Json = dict[str, Any]
PAGE = 100
HIDDEN = "**********"  # what Airbyte shows in the place of a secret
MODES = ("full_refresh_append", "incremental_append", "incremental_deduped_history")
"""The destination refuses to overwrite."""
CRON_FIELDS = (6, 7, 8)
SHAPE: dict[str, type] = {"name": str, "schedule": str, "streams": dict} | {
    f"{side}.{name}": dict if name == "configuration" else str
    for side in ("source", "destination")
    for name in ("name", "definition", "image", "configuration")
}

# The client tries to read each configuration as one of its own connectors, and quotes it when that fails.
warnings.filterwarnings("ignore", module="dataclasses_json")


class SetupError(Exception):
    """Something to mend, in one sentence."""


@dataclass(frozen=True)
class Part:
    """One of the two connectors: its image, and its configuration with the secrets in it."""

    kind: str
    name: str
    definition: str
    repository: str
    tag: str
    configuration: Json
    secrets: frozenset[tuple[str, ...]]


def described(file: Path, environment: Mapping[str, str]) -> tuple[Json, Part, Part]:
    """The file's settings and its two connectors. Raises SetupError."""
    try:
        settings = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise SetupError(f"{file} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise SetupError(f"{file} is not TOML: {error}.") from None
    require_shape(settings, file)
    source, destination = (part(kind, settings[kind], environment) for kind in ("source", "destination"))
    return settings, source, destination


def require_shape(settings: Json, file: Path) -> None:
    """Raises SetupError for the first part that is missing, or is none that Airbyte takes."""
    for place, kind in SHAPE.items():
        value: Any = settings
        for name in place.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        if not value or not isinstance(value, kind):
            said = "text" if kind is str else "table"
            raise SetupError(f"{file}: {place} is missing, or no {said}; compare it with connection.toml.")
    for stream, mode in settings["streams"].items():
        if mode not in MODES:
            raise SetupError(f"{file}: the mode of {stream} must be one of {', '.join(MODES)}.")
    if settings["schedule"] != "manual" and len(settings["schedule"].split()) not in CRON_FIELDS:
        text = 'must be "manual" or a Quartz cron expression, seconds first, such as "0 */30 * * * ? UTC"'
        raise SetupError(f"{file}: schedule {text}.")


def part(kind: str, said: Json, environment: Mapping[str, str]) -> Part:
    repository, colon, tag = said["image"].rpartition(":")
    if not colon or "/" in tag:
        raise SetupError(f"The image {said['image']} has no tag; Airbyte needs one, such as :0.1.0.")
    secrets: set[tuple[str, ...]] = set()
    configuration = filled(said["configuration"], environment, secrets)
    return Part(kind, said["name"], said["definition"], repository, tag, configuration, frozenset(secrets))


def filled(
    value: Any, environment: Mapping[str, str], secrets: set[tuple[str, ...]], path: tuple[str, ...] = ()
) -> Any:
    """`$NAME` becomes the environment's value; `secrets` gets those places. Raises SetupError."""
    if isinstance(value, dict):
        return {key: filled(inner, environment, secrets, (*path, key)) for key, inner in value.items()}
    if not isinstance(value, str) or not value.startswith("$"):
        return value
    secrets.add(path)
    if not environment.get(value[1:]):
        raise SetupError(
            f"The environment variable {value[1:]} is not set; {'.'.join(path)} is taken from it."
        )
    return environment[value[1:]]


def open_part(value: Any, secrets: frozenset[tuple[str, ...]], path: tuple[str, ...] = ()) -> Any:
    """A configuration without its secrets, to compare what Airbyte shows with what is wanted."""
    if not isinstance(value, dict):
        return value
    return {
        key: open_part(inner, secrets, (*path, key))
        for key, inner in value.items()
        if (*path, key) not in secrets and inner != HIDDEN
    }


class Airbyte:
    """The calls that are needed. Answers come as plain objects: the client knows no custom configurations.

    Its names follow one pattern: `client.sources.patch_source(api.PatchSourceRequest(source_id=...,
    source_patch_request=models.SourcePatchRequest(...)))`.
    """

    def __init__(self, client: AirbyteAPI, workspace: str) -> None:
        self.client, self.workspace = client, workspace

    def definitions(self, kind: str) -> list[Json]:
        return rows(self._ask("list", f"{kind}_definitions", workspace_id=self.workspace))

    def create_definition(self, part: Part) -> str:
        body = models.CreateDefinitionRequest(
            name=part.definition, docker_repository=part.repository, docker_image_tag=part.tag
        )
        where: Json = {"create_definition_request": body, "workspace_id": self.workspace}
        return str(self._ask("create", f"{part.kind}_definition", **where)["id"])

    def update_definition(self, part: Part, key: str) -> None:
        body = models.UpdateDefinitionRequest(name=part.definition, docker_image_tag=part.tag)
        where: Json = {"definition_id": key, "workspace_id": self.workspace}
        self._ask("update", f"{part.kind}_definition", update_definition_request=body, **where)

    def held(self, noun: str) -> list[Json]:
        """All sources, destinations or connections."""
        found: list[Json] = []
        while True:
            asked: Json = {"workspace_ids": [self.workspace], "limit": PAGE, "offset": len(found)}
            page = rows(self._ask("list", f"{noun}s", **asked))
            found += page
            if len(page) < PAGE:
                return found

    def create_actor(self, part: Part, definition: str) -> str:
        where = {"workspace_id": self.workspace, "definition_id": definition}
        return self.create(part.kind, name=part.name, configuration=part.configuration, **where)

    def update_actor(self, part: Part, key: str) -> None:
        self.patch(part.kind, key, name=part.name, configuration=part.configuration)

    def create(self, noun: str, **body: Any) -> str:
        wanted = getattr(models, f"{noun.title()}CreateRequest")(**body)
        made = getattr(getattr(self.client, f"{noun}s"), f"create_{noun}")(wanted)
        return str(made.raw_response.json()[f"{noun}Id"])

    def patch(self, noun: str, key: str, **body: Any) -> None:
        wanted = getattr(models, f"{noun.title()}PatchRequest")(**body)
        self._ask("patch", noun, **{f"{noun}_id": key, f"{noun}_patch_request": wanted})

    def _ask(self, verb: str, noun: str, **arguments: Any) -> Any:
        """`list`, `source_definitions` → client.source_definitions.list_source_definitions(...)."""
        request = getattr(api, "".join(map(str.title, f"{verb}_{noun}_request".split("_"))))
        resource = getattr(self.client, f"{noun.removesuffix('s')}s")
        return getattr(resource, f"{verb}_{noun}")(request(**arguments)).raw_response.json()


def rows(answer: Json) -> list[Json]:
    return list(answer.get("data") or [])


@dataclass
class Setup:
    """Goes through the parts in order; `done` says what was, or with `plan_only` would be, changed."""

    airbyte: Airbyte
    update_secrets: bool = False
    plan_only: bool = False

    def run(self, settings: Json, source: Part, destination: Part) -> int:
        """Number of changes. Raises SetupError, errors.SDKError."""
        self.changes = 0
        actors = [self.actor(each, self.definition(each)) for each in (source, destination)]
        self.connection(settings, *actors)
        return self.changes

    def definition(self, part: Part) -> str:
        what = f"{part.kind} definition {part.definition!r} ({part.repository}:{part.tag})"
        held = only([d for d in self.airbyte.definitions(part.kind) if d["name"] == part.definition], what)
        if held is None:
            return self.do("create", what, lambda: self.airbyte.create_definition(part))
        if held["dockerRepository"] != part.repository:
            raise SetupError(
                f"{what}: another image has that name, {held['dockerRepository']}; choose another name."
            )
        if held["dockerImageTag"] != part.tag:
            self.do("update", what, lambda: self.airbyte.update_definition(part, held["id"]))
        else:
            self.say("keep", what)
        return str(held["id"])

    def actor(self, part: Part, definition: str) -> str:
        what = f"{part.kind} {part.name!r}"
        key = f"{part.kind}Id"
        named = [a for a in self.airbyte.held(part.kind) if a["name"] == part.name]
        held = only([a for a in named if a.get("definitionId", definition) == definition], what)
        if held is None:
            return self.do("create", what, lambda: self.airbyte.create_actor(part, definition))
        shown, wanted = (open_part(c, part.secrets) for c in (held["configuration"], part.configuration))
        if shown != wanted or self.update_secrets:
            self.do("update", what, lambda: self.airbyte.update_actor(part, held[key]))
        else:
            self.say("keep", what)
        return str(held[key])

    def connection(self, settings: Json, source: str, destination: str) -> None:
        what = f"connection {settings['name']!r}"
        wanted = connection_of(settings)
        mine = [
            c
            for c in self.airbyte.held("connection")
            if (c["sourceId"], c["destinationId"]) == (source, destination)
        ]
        held = only(mine, what)
        if held is None:
            both = {"source_id": source, "destination_id": destination}
            self.do("create", what, lambda: self.airbyte.create("connection", **both, **wanted))
        elif differs(held, settings):
            key = held["connectionId"]
            self.do("update", what, lambda: self.airbyte.patch("connection", key, **wanted))
        else:
            self.say("keep", what)

    def do(self, verb: str, what: str, act: Callable[[], Any]) -> str:
        self.changes += 1
        self.say(verb, what)
        return "" if self.plan_only else str(act())

    def say(self, verb: str, what: str) -> None:
        print(f"{verb:<7} {what}", flush=True)


def only(found: list[Json], what: str) -> Json | None:
    if len(found) > 1:
        raise SetupError(f"There are {len(found)} of {what}; give them different names in Airbyte first.")
    return found[0] if found else None


def connection_of(settings: Json) -> Json:
    """What the client takes. New columns of Keap are no reason to stop, and ask for nothing."""
    manual = settings["schedule"] == "manual"
    return {
        "name": settings["name"],
        "schedule": models.AirbyteAPIConnectionSchedule(
            schedule_type=models.ScheduleTypeEnum.MANUAL if manual else models.ScheduleTypeEnum.CRON,
            cron_expression=None if manual else settings["schedule"],
        ),
        "configurations": models.StreamConfigurationsInput(
            streams=[
                models.StreamConfiguration(name=name, sync_mode=models.ConnectionSyncModeEnum(mode))
                for name, mode in settings["streams"].items()
            ]
        ),
    }


def differs(held: Json, settings: Json) -> bool:
    schedule = held.get("schedule") or {}
    at = (
        schedule.get("cronExpression")
        if schedule.get("scheduleType") == "cron"
        else schedule.get("scheduleType")
    )
    streams = {s["name"]: s.get("syncMode") for s in (held.get("configurations") or {}).get("streams") or []}
    return (held["name"], at, streams) != (settings["name"], settings["schedule"], settings["streams"])


def connected(environment: Mapping[str, str]) -> Airbyte:
    """A client for the workspace. Raises SetupError."""
    url = environment.get("AIRBYTE_URL", "http://localhost:8000").rstrip("/")
    root = url if url.endswith("/v1") else f"{url}/api/public/v1"
    missing = [name for name in ("AIRBYTE_CLIENT_ID", "AIRBYTE_CLIENT_SECRET") if not environment.get(name)]
    if missing:
        raise SetupError(
            f"{' and '.join(missing)} must be set: create an application under User settings, Applications."
        )
    credentials = models.SchemeClientCredentials(
        client_id=environment["AIRBYTE_CLIENT_ID"],
        client_secret=environment["AIRBYTE_CLIENT_SECRET"],
        token_url=f"{root}/applications/token",  # else the client leaves the path of server_url out
    )
    client = AirbyteAPI(server_url=root, security=models.Security(client_credentials=credentials))
    return Airbyte(client, environment.get("AIRBYTE_WORKSPACE_ID") or the_workspace(client))


def the_workspace(client: AirbyteAPI) -> str:
    found = rows(client.workspaces.list_workspaces(api.ListWorkspacesRequest()).raw_response.json())
    if len(found) != 1:
        names = ", ".join(f"{each['name']} ({each['workspaceId']})" for each in found) or "none"
        raise SetupError(f"Set AIRBYTE_WORKSPACE_ID; there are: {names}.")
    return str(found[0]["workspaceId"])


def told(error: errors.SDKError) -> str:
    """Airbyte's own words, without what it may repeat of the request."""
    try:
        said = json.loads(error.body)
    except ValueError:
        said = {}
    text = (
        said.get("title") or said.get("message") or "no reason given"
        if isinstance(said, dict)
        else "no reason"
    )
    return f"Airbyte answers {error.status_code}: {str(text)[:300]}"


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0, or 1 with one sentence on standard error."""
    options = argparse.ArgumentParser(prog="connect.py", description="Set the connection up in Airbyte.")
    options.add_argument("file", type=Path, help="what is wanted, such as connection.toml")
    options.add_argument("--plan", action="store_true", help="only say what would be changed")
    options.add_argument(
        "--update-secrets", action="store_true", help="send the secrets of the environment again"
    )
    chosen = options.parse_args(arguments)
    try:
        settings, source, destination = described(chosen.file, os.environ)
        changes = Setup(connected(os.environ), chosen.update_secrets, chosen.plan).run(
            settings, source, destination
        )
    except SetupError as problem:
        print(f"connect: {problem}", file=sys.stderr)
        return 1
    except errors.SDKError as error:
        print(f"connect: {told(error)}", file=sys.stderr)
        return 1
    except requests.RequestException as error:
        text = f"AIRBYTE_URL does not answer ({type(error).__name__}): write it as http://localhost:8000."
        print(f"connect: {text}", file=sys.stderr)
        return 1
    except Exception as error:
        if type(error) is not Exception:  # the client says no better that it got no token
            raise
        names = "AIRBYTE_URL, AIRBYTE_CLIENT_ID and AIRBYTE_CLIENT_SECRET"
        print(f"connect: Airbyte gives no token ({error}): check {names}.", file=sys.stderr)
        return 1
    print(f"{changes} {'to change' if chosen.plan else 'changed'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
