"""Runs the simulator as a process: ``python -m atlas_simulator --config demo.yaml --port-file port``."""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from atlas_simulator.configuration import Configuration, read_configuration
from atlas_simulator.simulator import LOOPBACK, Simulator


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM, and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m atlas_simulator",
        description="Simulate the peering endpoints of Atlas and of Confluent Cloud until SIGINT or SIGTERM.",
    )
    parser.add_argument("--host", default=LOOPBACK, help="listen on this address (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="listen on this port (default: 0, which takes a free port)")
    parser.add_argument("--port-file", type=Path, help="write the port to this file when the simulator listens")
    parser.add_argument(
        "--config",
        type=Path,
        help="read settings, projects, credentials, networks, peerings, faults and Confluent Cloud from this YAML file",
    )
    options = parser.parse_args(arguments)
    try:
        configuration = Configuration() if options.config is None else read_configuration(options.config)
        asyncio.run(_serve(configuration, options.host, options.port, options.port_file))
    except (OSError, ValueError) as error:
        print(f"atlas_simulator: {error}", file=sys.stderr)  # noqa: T201 (the command's own output)
        return 1
    return 0


async def _serve(configuration: Configuration, host: str, port: int, port_file: Path | None) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    simulator = Simulator(host=host, port=port)
    configuration.apply(simulator)
    async with simulator:
        if port_file is not None:
            unfinished = port_file.with_suffix(".part")
            unfinished.write_text(f"{simulator.port}\n", encoding="utf-8")
            unfinished.replace(port_file)
        print(f"Listening on {simulator.base_url}", flush=True)  # noqa: T201 (the command's own output)
        await stopped.wait()


if __name__ == "__main__":
    sys.exit(main())
