"""The Dockerfiles, without an engine: their copies are made, and what they start is started."""

import shutil
from pathlib import Path

from tests.airbyte import dockerfile
from tests.airbyte.connectors import Connector, said


def test_an_image_starts_from_the_base_that_the_metadata_names(connector: Connector) -> None:
    """Dockerfile and metadata.yaml name the same base image, at a version."""
    metadata = (connector.folder / "metadata.yaml").read_text()
    (base,) = dockerfile.of(connector.folder / "Dockerfile", "FROM")
    assert f"baseImage: {base.text}\n" in metadata
    assert ":" in base.text


def test_an_image_installs_hashes_and_does_not_run_as_root(connector: Connector) -> None:
    """Packages come from the lock with hashes, and the last user is not root."""
    file = connector.folder / "Dockerfile"
    assert any("--require-hashes -r requirements.txt" in run.text for run in dockerfile.of(file, "RUN"))
    assert dockerfile.of(file, "USER")[-1].text == "airbyte"


def test_what_an_image_copies_runs_alone(connector: Connector, bare_python: Path, tmp_path: Path) -> None:
    """The files that COPY names, and nothing else of the repository, print the specification."""
    file = connector.folder / "Dockerfile"
    for copy in dockerfile.of(file, "COPY"):
        source, target = copy.words
        if (connector.folder / source).is_dir():
            shutil.copytree(connector.folder / source, tmp_path / target)
        else:
            shutil.copy(connector.folder / source, tmp_path / target)
    (entry,) = dockerfile.of(file, "ENTRYPOINT")
    program = Path(entry.words[1]).name
    (message,) = said([bare_python, program, "spec"], cwd=tmp_path)
    assert message["type"] == "SPEC"


def test_the_lock_of_an_image_is_the_lock_of_the_project(connector: Connector) -> None:
    """Each version in the folder's lock is the one in requirements/connectors.txt."""
    common = _versions(connector.folder.parent / "requirements" / "connectors.txt")
    own = _versions(connector.folder / "requirements.txt")
    assert own
    assert own <= common


def _versions(lock: Path) -> set[str]:
    lines = lock.read_text().splitlines()
    return {line.rstrip("\\ ") for line in lines if line and not line.startswith((" ", "#"))}
