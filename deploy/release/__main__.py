"""`make release`: wheels and source archives of all packages into build/release, each of them tried.

Versions agree; a wheel built from the source archive is the wheel; in a clean environment of each supported
Python that this machine has, the locked dependencies and the wheels are installed and started; a CycloneDX
bill of materials and checksums stand beside them. Nothing is uploaded.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from deploy.release import bill
from deploy.release.packages import PACKAGES, ROOT, Package, faults, unreleased
from deploy.release.rooms import SUPPORTED, ReleaseError, furnish, opened, pythons, tried

IMAGES = "3.13"  # the Python of the connectors' base image
TARGET = ROOT / "build" / "release"
Built = Mapping[str, Path]


def main() -> int:
    """0 when everything may be given away; 1 with one sentence."""
    try:
        release()
    except ReleaseError as error:
        print(f"release: {error}", file=sys.stderr)
        return 1
    return 0


def release() -> None:
    """Raises ReleaseError."""
    if wrong := faults():
        raise ReleaseError("versions differ:\n  " + "\n  ".join(wrong))
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir(parents=True)
    wheels = {package.folder: built(package) for package in PACKAGES}
    for package in PACKAGES:
        more = ", and its changelog has unreleased changes" if unreleased(package) else ""
        print(f"{package.name} {package.version}{more}", flush=True)
    try_everywhere(wheels)
    try_images()
    names = sorted(path for path in TARGET.iterdir() if path.is_file())
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}" for path in names]
    (TARGET / "SHA256SUMS").write_text("\n".join(sums) + "\n")
    print(f"{len(names)} files and SHA256SUMS in {TARGET.relative_to(ROOT)}")


def built(package: Package) -> Path:
    """Its wheel; the source archive gives the same one. Raises ReleaseError."""
    hatch(package.path, TARGET)
    (wheel,) = TARGET.glob(f"{package.name.replace('-', '_')}-{package.version}-*.whl")
    (archive,) = TARGET.glob(f"{package.name.replace('-', '_')}-{package.version}.tar.gz")
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
        (unpacked,) = Path(folder).iterdir()
        hatch(unpacked, Path(folder) / "again", "-t", "wheel")
        (again,) = (Path(folder) / "again").glob("*.whl")
        if contents(again) != contents(wheel):
            raise ReleaseError(f"{archive.name} builds another wheel than its folder")
    return wheel


def hatch(folder: Path, target: Path, *more: str) -> None:
    """Build reproducibly: the time of all files is that of the last commit. Raises ReleaseError."""
    command = [sys.executable, "-m", "hatchling", "build", *more, "-d", str(target)]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": last_commit()}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ReleaseError(f"{folder.name} does not build: {done.stderr.strip()[-2000:]}")


def last_commit() -> str:
    """Seconds since 1970; a fixed day where there is no git."""
    command = ["git", "log", "-1", "--format=%ct"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "1767225600"


def contents(wheel: Path) -> dict[str, bytes]:
    packed = zipfile.ZipFile(wheel)
    return {name: packed.read(name) for name in packed.namelist() if not name.endswith("/RECORD")}


def try_everywhere(wheels: Built) -> None:
    """Raises ReleaseError."""
    found = pythons()
    for version, python in found.items():
        with tempfile.TemporaryDirectory() as folder:
            room = opened(Path(folder) / "room", python)
            for package in PACKAGES:
                furnish(room, ROOT / package.lock, _needed(package, wheels))
                print(f"  Python {version}  {package.name}: {tried(room, package)}", flush=True)
                if version == min(found):
                    bill.write(package, room, TARGET / f"{wheels[package.folder].stem}.cdx.json")
    for version in SUPPORTED:
        if version not in found:
            print(f"  Python {version}  is not on this machine, so not tried; PYTHONS=/path/to/it names one")


def _needed(package: Package, wheels: Built) -> list[Path]:
    """A connector alone; the others with the connectors that they work with."""
    beside = [] if package.is_connector else [wheels[each.folder] for each in PACKAGES if each.is_connector]
    return [wheels[package.folder], *beside]


def try_images() -> None:
    """Every step of both Dockerfiles, with the Python of their base image. Raises ReleaseError."""
    python = pythons().get(IMAGES)
    if python is None:
        return
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "all_steps"]
    done = subprocess.run(
        [*command, "tests/airbyte/test_images.py"],
        cwd=ROOT, env={**os.environ, "IMAGE_PYTHON": str(python)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise ReleaseError(f"the steps of a Dockerfile fail:\n{done.stdout[-3000:]}")
    print(f"  Python {IMAGES}  the steps of both Dockerfiles", flush=True)


if __name__ == "__main__":
    sys.exit(main())
