"""The command line: ``atlas-streams-peering run``."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from . import __version__
from .settings import Settings, explain


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code: 0 in order, 1 it failed, 2 wrong use."""
    parser = argparse.ArgumentParser(
        prog="atlas-streams-peering",
        description="Kubernetes operator for MongoDB Atlas Stream Processing VPC peering connections.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser(
        "run",
        help="run the operator",
        description="Run the operator. Flags go before variables.",
        allow_abbrev=False,
    )
    for name, field in Settings.model_fields.items():
        _add_flag(run, name, field.annotation, field.description or "")
    given = {key: value for key, value in vars(parser.parse_args(arguments)).items() if value is not None}
    given.pop("command")
    try:
        settings = Settings(**given)
    except ValidationError as error:
        print(f"atlas-streams-peering: {explain(error)}", file=sys.stderr)  # noqa: T201  # to the person who starts it
        return 2
    from .runtime import run_operator  # noqa: PLC0415  # --version and a wrong flag answer at once

    return asyncio.run(run_operator(settings))


def _add_flag(parser: argparse.ArgumentParser, name: str, annotation: Any, description: str) -> None:
    flag, text = f"--{name.replace('_', '-')}", f"{description} [{name.upper()}]".replace("%", "%%")
    if annotation is bool:
        parser.add_argument(flag, nargs="?", const="true", default=None, metavar="true|false", help=text)
    else:
        parser.add_argument(flag, default=None, metavar=name.rpartition("_")[2].upper(), help=text)


if __name__ == "__main__":
    sys.exit(main())
