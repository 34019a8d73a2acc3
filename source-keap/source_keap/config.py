"""The configuration: checked against spec.yaml, with the nearest right name for each wrong one.

Airbyte's own check lets a misspelt key pass (the spec allows more keys, since platforms add their own) and
quotes values, secrets included, in its messages.
"""

from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from typing import Any

from airbyte_cdk.utils.yaml_loader import safe_load_yaml
from jsonschema import Draft7Validator

from source_keap.address import check_base_url
from source_keap.credentials import OAUTH, is_moment
from source_keap.inputs import InputProblem, require_known

# auth_type → what it needs
KINDS: Mapping[str, Mapping[str, str]] = {
    "personal_access_token": {"personal_access_token": "Personal Access Token"},
    "service_account_key": {"service_account_key": "Service Account Key"},
    OAUTH: {
        "client_id": "application's client id",
        "client_secret": "application's client secret",
        "refresh_token": "refresh token",
    },
}
OPTIONAL: Mapping[str, str] = {"access_token": "access token", "token_expiry_date": "time when it expires"}


def specification() -> dict[str, Any]:
    return dict(safe_load_yaml(files("source_keap").joinpath("spec.yaml").read_text("utf-8")))


def checked(config: dict[str, Any]) -> dict[str, Any]:
    """The same configuration, or the first problem as one sentence. Keys in _ are the platform's."""
    properties = specification()["connectionSpecification"]["properties"]
    for key in config:
        if not key.startswith("_"):
            require_known("The configuration has the key", key, properties)
    check_credentials(config.get("credentials"))
    for key, schema in properties.items():
        if key in config and key != "credentials":
            check_value(key, config[key], schema)
    check_base_url(config.get("base_url", schema_default(properties, "base_url")))
    return config


def check_credentials(credentials: Any) -> None:
    """Never quotes a value of `credentials`."""
    if not isinstance(credentials, Mapping):
        raise InputProblem(
            "The configuration has no `credentials`: add "
            '{"auth_type": "personal_access_token", "personal_access_token": "..."}, or the same with '
            f"service_account_key, or {OAUTH} with client_id, client_secret and refresh_token."
        )
    every = {key for keys in (*KINDS.values(), OPTIONAL) for key in keys}
    for key in credentials:
        require_known("`credentials` has the key", key, ["auth_type", *sorted(every)])
    kind = credentials.get("auth_type")
    if not isinstance(kind, str) or kind not in KINDS:
        raise InputProblem(f"`credentials.auth_type` must be one of {', '.join(KINDS)}.")
    for key, title in KINDS[kind].items():
        check_secret(key, credentials.get(key), title)
    for key, title in OPTIONAL.items():
        if credentials.get(key):
            check_secret(key, credentials[key], title)
    expires = credentials.get("token_expiry_date")
    if expires and not is_moment(expires):
        raise InputProblem("`credentials.token_expiry_date` must be a time such as 2026-07-01T12:00:00Z.")


def check_secret(key: str, secret: Any, title: str) -> None:
    if not isinstance(secret, str) or not secret.strip():
        raise InputProblem(f"`credentials.{key}` is missing: put the {title} there.")
    if not secret.isascii() or any(letter.isspace() for letter in secret):
        raise InputProblem(f"`credentials.{key}` has blanks or other letters that no key has: copy it again.")


def check_value(key: str, value: Any, schema: Mapping[str, Any]) -> None:
    error = next(iter(Draft7Validator(schema).iter_errors(value)), None)
    if key == "start_date" and (error or not is_time(value)):
        raise InputProblem("`start_date` must be a time in UTC such as 2024-01-01T00:00:00Z.")
    if error:
        why = error.message.replace(repr(error.instance), "it")  # a secret may be in the wrong place
        raise InputProblem(f"`{key}` in the configuration is wrong: {why}.")


def is_time(value: str) -> bool:
    """The spec's pattern lets a 13th month through."""
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def schema_default(properties: Mapping[str, Any], key: str) -> str:
    return str(properties[key]["default"])
