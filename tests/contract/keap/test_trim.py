"""The part of Keap's descriptions that is kept here is true, and enough to judge answers by."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from tests.contract.keap import trim as keap_trim
from tests.contract.keap.contract import is_whole


@pytest.mark.skipif(not is_whole(), reason="the whole descriptions are not beside the checkout")
@pytest.mark.parametrize("version", keap_trim.PATHS)
def test_what_is_kept_is_cut_from_the_whole(version: str) -> None:
    """Cutting again gives what is kept; `python -m tests.contract.keap.trim` renews it."""
    assert keap_trim.kept()[version] == keap_trim.trimmed(version)


@pytest.mark.parametrize(
    ("version", "path"), [(version, path) for version, paths in keap_trim.PATHS.items() for path in paths]
)
def test_each_kept_path_can_be_judged_alone(version: str, path: str) -> None:
    """Its answer has a schema all of whose references are kept too, and which refuses what is none of it."""
    part = keap_trim.kept()[version]
    schema = part["paths"][path]["get"]["responses"]["200"]["content"]
    (media,) = schema.values()
    judge = Draft202012Validator({"components": part["components"], **media["schema"]})
    assert judge.is_valid({})
    assert not judge.is_valid(["no object"])
