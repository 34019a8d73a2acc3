"""The Dockerfiles, without an engine: read as a linter reads them, and carried out step by step."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.airbyte import dockerfile
from tests.airbyte.connectors import Connector, said
from tests.airbyte.image_steps import build, context

KNOWN = {"FROM", "LABEL", "USER", "WORKDIR", "COPY", "RUN", "ENV", "ENTRYPOINT"}
"""Not ADD (it unpacks and downloads), ARG (it stays in the history), EXPOSE or VOLUME (nothing to offer)."""


def one(connector: Connector, name: str) -> dockerfile.Instruction:
    (found,) = dockerfile.of(connector.folder / "Dockerfile", name)
    return found


def test_an_image_starts_from_the_base_that_the_metadata_names(connector: Connector) -> None:
    """Dockerfile and metadata.yaml name the same base image, at a version and by its digest."""
    metadata = (connector.folder / "metadata.yaml").read_text()
    base = one(connector, "FROM").text
    assert f"baseImage: {base}\n" in metadata
    assert re.fullmatch(r"docker\.io/airbyte/python-connector-base:\d+\.\d+\.\d+@sha256:[0-9a-f]{64}", base)


def test_an_image_says_what_it_is(connector: Connector) -> None:
    """Its labels are the name and the version of metadata.yaml."""
    labels = dict(word.split("=", 1) for word in one(connector, "LABEL").words)
    metadata = (connector.folder / "metadata.yaml").read_text()
    assert f"dockerRepository: {labels['io.airbyte.name']}\n" in metadata
    assert f"dockerImageTag: {labels['io.airbyte.version']}\n" in metadata


def test_an_image_installs_hashes_and_does_not_run_as_root(connector: Connector) -> None:
    """Packages come from the lock with hashes, no layer holds a cache, and the last user is not root."""
    file = connector.folder / "Dockerfile"
    assert {step.name for step in dockerfile.instructions(file)} <= KNOWN
    (install,) = (run.text for run in dockerfile.of(file, "RUN") if "pip" in run.text)
    assert {"--require-hashes", "--no-cache-dir", "requirements.txt"} <= set(install.split())
    for run in dockerfile.of(file, "RUN"):
        assert not re.search(r"curl|wget|apt-get|sudo|chmod 777|https?://", run.text)
    steps = [(step.name, step.text) for step in dockerfile.instructions(file)]
    assert steps.index(("USER", "airbyte")) > max(
        n for n, (name, _) in enumerate(steps) if name in ("RUN", "COPY")
    )
    assert dockerfile.of(file, "USER")[-1].text == "airbyte"


def test_an_image_starts_what_airbyte_starts(connector: Connector) -> None:
    """The entry point is in JSON form, so that signals arrive, and AIRBYTE_ENTRYPOINT says the same."""
    entry = one(connector, "ENTRYPOINT")
    assert entry.text.startswith("[")
    (line,) = one(connector, "ENV").words
    assert line == f"AIRBYTE_ENTRYPOINT={' '.join(entry.words)}"


def test_packages_are_installed_before_the_code_comes(connector: Connector) -> None:
    """A change of code leaves the layer of packages as it is."""
    steps = [step.text for step in dockerfile.instructions(connector.folder / "Dockerfile")]
    code = next(n for n, text in enumerate(steps) if text.startswith(connector.package))
    assert any("pip install" in text for text in steps[:code])


def test_the_build_sees_what_it_copies_and_no_more(connector: Connector) -> None:
    """No secrets, tests, caches or documentation reach the engine."""
    files = context(connector.folder)
    assert {file.parts[0] for file in files} == {"main.py", "requirements.txt", connector.package}
    assert not [file for file in files if "__pycache__" in file.parts or file.suffix == ".pyc"]


def test_what_an_image_copies_runs_alone(connector: Connector, bare_python: Path, tmp_path: Path) -> None:
    """Every step but the installation, in an empty folder: the entry point prints the specification."""
    built = build(connector.folder, tmp_path / "image", bare_python, install=False)
    assert (built.user, built.workdir) == ("airbyte", Path("/airbyte/integration_code"))
    (tmp_path / "elsewhere").mkdir()
    (message,) = said(built.command("spec"), cwd=tmp_path / "elsewhere")
    assert message["type"] == "SPEC"
    assert list((built.here / connector.package).glob("__pycache__/*.pyc"))


@pytest.mark.skipif("IMAGE_PYTHON" not in os.environ, reason="installs for a minute; `make release` does it")
def test_all_steps_of_an_image_in_a_clean_environment(connector: Connector, tmp_path: Path) -> None:
    """With the base image's Python, nothing but the lock installed, and no repository around."""
    subprocess.run([os.environ["IMAGE_PYTHON"], "-m", "venv", tmp_path / "base"], check=True)
    built = build(connector.folder, tmp_path / "image", tmp_path / "base" / "bin" / "python", install=True)
    (tmp_path / "elsewhere").mkdir()
    (message,) = said(built.command("spec"), cwd=tmp_path / "elsewhere")
    assert message["type"] == "SPEC"
    nowhere = tmp_path / "config.json"
    nowhere.write_text("{}")
    status = said(built.command("check", "--config", nowhere), cwd=tmp_path / "elsewhere")[-1]
    assert status["connectionStatus"]["status"] == "FAILED"


def test_the_lock_of_an_image_is_the_lock_of_the_project(connector: Connector) -> None:
    """Each version in the folder's lock is the one in requirements/connectors.txt."""
    common = _versions(connector.folder.parent / "requirements" / "connectors.txt")
    own = _versions(connector.folder / "requirements.txt")
    assert own
    assert own <= common


def _versions(lock: Path) -> set[str]:
    lines = lock.read_text().splitlines()
    return {line.rstrip("\\ ") for line in lines if line and not line.startswith((" ", "#"))}
