"""`python -m tests.simulators`: both servers in the foreground; one JSON line when they are ready."""

import argparse
import asyncio
import gc
import json
import os
import signal

from .scenarios import NAMES, ScenarioError, checked
from .serving import served

PORTS = {"keap": ("KEAP_PORT", 8701), "chartmogul": ("CHARTMOGUL_PORT", 8702)}


async def _serve(scenario: str) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    ports = {name: int(os.environ.get(variable) or default) for name, (variable, default) in PORTS.items()}
    async with served(scenario, ports) as addresses:
        print(json.dumps(addresses), flush=True)
        await stop.wait()


def scenario(name: str) -> str:
    """The name of a scenario; what is wrong with it ends up in the command's message."""
    try:
        return checked(name)
    except ScenarioError as wrong:
        raise argparse.ArgumentTypeError(str(wrong)) from wrong


def main() -> int:
    """Serve until interrupted; exit code 0."""
    gc.set_threshold(
        200_000, 20, 20
    )  # millions of long-lived rows: collecting often costs more than it frees
    parser = argparse.ArgumentParser(prog="python -m tests.simulators", description=__doc__)
    parser.add_argument("--scenario", default="small", type=scenario, help=" or ".join(NAMES))
    asyncio.run(_serve(parser.parse_args().scenario))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
