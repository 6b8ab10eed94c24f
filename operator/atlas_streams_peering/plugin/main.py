"""The command line: ``kubectl atlas-peering COMMAND``."""

import os
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

import click

from .. import __version__
from .exit_codes import ExitCode
from .failures import failure_of

PROGRAM: Final = "kubectl atlas-peering"

_COMMANDS: Final[dict[str, str]] = {
    "list": "listing:list_connections",
    "adopt": "adopting:adopt",
    "accept": "changing:accept",
    "reject": "changing:reject",
    "delete": "changing:delete",
    "account-details": "account_details:account_details",
    "outbound": "outbound:outbound",
    "wait": "waiting:wait",
}
"""Where each command is. A command is imported when it is asked for: kubectl users are used to quick answers."""

_DOCTOR: Final = "doctor.command:doctor"


class _Group(click.Group):
    """Imports its commands when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # the base class' signature
        return [*_places()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # as above
        place = _places().get(cmd_name)
        if place is None:
            return None
        module, _, attribute = place.partition(":")
        command: click.Command = getattr(import_module(f".{module}", __package__), attribute)
        return command


def _places() -> dict[str, str]:
    doctor = {"doctor": _DOCTOR} if find_spec(f"{__package__}.doctor") else {}
    return _COMMANDS | doctor


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, message="%(version)s")
def cli() -> None:
    """List and change the VPC peerings of MongoDB Atlas Stream Processing.

    The plugin uses your kubeconfig, and Atlas credentials from a Secret or from MONGODB_ATLAS_* variables.
    """


def run(arguments: Sequence[str]) -> int:
    """Run a command line; return its exit code."""
    try:
        code: Any = cli.main(args=[*arguments], prog_name=PROGRAM, standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("Interrupted.", err=True)
        return ExitCode.INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except BrokenPipeError:
        # The reader has gone, as `head` does. Python would say so once more when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return ExitCode.FAILED
    except Exception as error:
        failure = failure_of(error)
        if failure is None:
            raise
        click.echo(str(failure) if failure.code is ExitCode.DECLINED else f"error: {failure}", err=True)
        return failure.code
    return code if isinstance(code, int) else ExitCode.DONE
