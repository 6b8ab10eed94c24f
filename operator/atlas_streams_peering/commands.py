"""The commands: ``atlas-streams-peering run``, and the checks of an installation."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from . import __version__
from .settings import Settings, explain


def execute(arguments: Sequence[str]) -> int:
    """Run the command; return its exit code: 0 success, 1 failure, 2 wrong usage."""
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
        description="Run the operator. A flag takes precedence over its environment variable.",
        allow_abbrev=False,
    )
    for name, field in Settings.model_fields.items():
        _add_flag(run, name, field.annotation, field.description or "")
    check = commands.add_parser(
        "check",
        help="check an installation: kinds, permissions, leader, connections to Atlas and Confluent Cloud",
        description="Check that everything the operator needs is in place. Run it as the operator's ServiceAccount.",
        allow_abbrev=False,
    )
    check.add_argument(
        "--secret",
        action="append",
        default=[],
        metavar="NAME",
        help="a Secret that the operator may read; repeat the flag for more (default: every Secret)",
    )
    check.add_argument("--no-atlas", action="store_true", help="do not check the connection to Atlas")
    check.add_argument("--no-confluent", action="store_true", help="do not check the connection to Confluent Cloud")
    uninstall_check = commands.add_parser(
        "uninstall-check",
        help="fail while objects exist that no operator would serve after the uninstall",
        description="List the objects that still exist, and say what to do before you remove the operator.",
        allow_abbrev=False,
    )
    for parsed in (check, uninstall_check):
        parsed.add_argument(
            "--patience", type=float, default=60.0, metavar="SECONDS", help="how long to wait (default: %(default)g)"
        )
    known, unknown = parser.parse_known_args(arguments)
    if unknown:
        # Without their values: one may be a URL with a password.
        flags = [word.partition("=")[0] for word in unknown if word.startswith("-")]
        commands.choices[known.command].error(f"unrecognized arguments: {' '.join(flags) or 'values without a flag'}")
    given = {key: value for key, value in vars(known).items() if value is not None}
    command = given.pop("command")
    try:
        settings = Settings(**given) if command == "run" else Settings()
    except ValidationError as error:
        print(f"atlas-streams-peering: {explain(error, flags=given)}", file=sys.stderr)  # noqa: T201  # to the person who starts it
        return 2
    if command != "run":
        return asyncio.run(_check(command, settings, known))
    import uvloop  # noqa: PLC0415  # --version and a wrong flag answer at once

    from .process import run_operator  # noqa: PLC0415  # as above
    from .transport.proxy import WrongVariableError  # noqa: PLC0415
    from .transport.route import route_to  # noqa: PLC0415

    try:
        for url in (settings.atlas_base_url, settings.confluent_base_url):
            route_to(url)
    except WrongVariableError as error:
        print(f"atlas-streams-peering: {error}", file=sys.stderr)  # noqa: T201  # as above
        return 2
    return uvloop.run(run_operator(settings))


async def _check(command: str, settings: Settings, known: argparse.Namespace) -> int:
    from .check import check  # noqa: PLC0415  # as above
    from .uninstall import uninstall_check  # noqa: PLC0415

    if command == "uninstall-check":
        return await uninstall_check(settings, patience=known.patience)
    return await check(
        settings,
        secrets=tuple(known.secret),
        atlas=not known.no_atlas,
        confluent=not known.no_confluent,
        patience=known.patience,
    )


def _add_flag(parser: argparse.ArgumentParser, name: str, annotation: Any, description: str) -> None:
    flag, text = f"--{name.replace('_', '-')}", f"{description} [{name.upper()}]".replace("%", "%%")
    if annotation is bool:
        parser.add_argument(flag, nargs="?", const="true", default=None, metavar="true|false", help=text)
    else:
        parser.add_argument(flag, default=None, metavar=name.rpartition("_")[2].upper(), help=text)
