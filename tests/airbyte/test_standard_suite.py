"""Airbyte's own tests of a connector's folder, run as a reviewer runs them."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.airbyte.connectors import Connector, surroundings
from tests.simulators import Simulators

NO_ENGINE = "not image_tests"  # those build and run a container


def test_airbytes_standard_suite_passes(connector: Connector, simulators: Simulators, tmp_path: Path) -> None:
    """`airbyte-cdk connector test` passes on a copy of the folder with a configuration in `secrets`."""
    folder = tmp_path / connector.name
    shutil.copytree(connector.folder, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "secrets").mkdir()
    (folder / "secrets" / "config.json").write_text(json.dumps(connector.configuration(simulators)))
    done = subprocess.run(
        [Path(sys.executable).with_name("airbyte-cdk"), "connector", "test", folder,
         "--pytest-arg=-m", f"--pytest-arg={NO_ENGINE}", "--pytest-arg=-pno:cacheprovider"],
        cwd=tmp_path, env=surroundings(), capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    summary = re.search(r"=+ (.*) in [\d.]+s", done.stdout)
    assert summary is not None
    assert re.match(r"[1-9]\d* passed", summary[1])
    assert "skipped" not in summary[1]
