"""What installed packages say of their licence: `python licences.py` prints name → what its metadata states.

Standard library only, so that any environment's Python can run it.
"""

from __future__ import annotations

import json
import re
from importlib.metadata import Distribution, distributions

CLASSIFIER = re.compile(r"License :: (?:OSI Approved :: )?(.+)")


def stated(package: Distribution) -> list[str]:
    """The SPDX expression if there is one, else the classifiers, else the first line of the licence text."""
    metadata = package.metadata.json
    if metadata.get("license_expression"):
        return [str(metadata["license_expression"])]
    found = [CLASSIFIER.fullmatch(each) for each in metadata.get("classifier", ())]
    text = str(metadata.get("license") or "").strip().partition("\n")[0]
    return [each[1] for each in found if each and each[1] != "OSI Approved"] or [text]


def installed() -> dict[str, list[str]]:
    """Canonical name → what is stated, for every package of this environment."""
    return {re.sub(r"[-_.]+", "-", each.name).lower(): stated(each) for each in distributions()}


if __name__ == "__main__":
    print(json.dumps(installed()))
