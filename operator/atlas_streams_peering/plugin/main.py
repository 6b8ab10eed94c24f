"""The command line: ``kubectl atlas-peering COMMAND``."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final, NamedTuple

import click
from click.shell_completion import CompletionItem

from .. import __version__
from .exit_codes import ExitCode

PROGRAM: Final = "kubectl atlas-peering"


class _Place(NamedTuple):
    """The module of a command, and its line in the list of commands."""

    module: str
    name: str
    short: str


_COMMANDS: Final = {
    "list": _Place("listing", "list_connections", "List the inbound connections of a project, and their owners."),
    "adopt": _Place("adopting", "adopt", "Print manifests for connections that exist already."),
    "accept": _Place("changing", "accept", "Accept requests."),
    "reject": _Place("changing", "reject", "Reject requests."),
    "delete": _Place("changing", "delete", "Delete connections."),
    "account-details": _Place(
        "account_details", "account_details", "Show the account and network of Atlas in a region."
    ),
    "outbound": _Place("outbound", "outbound", "List the peerings from Atlas to your VPCs."),
    "wait": _Place("waiting", "wait", "Wait for a condition of objects."),
    "doctor": _Place("doctor.command", "doctor", "Check the operator, its credentials and its objects."),
}
"""A command is imported only when it runs, so that listing and completing commands is fast."""


class _Group(click.Group):
    """Imports its commands when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # the base class' signature
        return [*_COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # as above
        place = _COMMANDS.get(cmd_name)
        if place is None:
            return None
        command: click.Command = getattr(import_module(f".{place.module}", __package__), place.name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # as above
        with formatter.section("Commands"):
            formatter.write_dl([(name, place.short) for name, place in _COMMANDS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        options = click.Command.shell_complete(self, ctx, incomplete)
        commands = (CompletionItem(name, help=place.short) for name, place in _COMMANDS.items())
        return [*(one for one in commands if one.value.startswith(incomplete)), *options]


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
    except Exception as error:
        from .failures import failure_of  # noqa: PLC0415  # imports what a command has imported by now

        failure = failure_of(error)
        if failure is None:
            raise
        click.echo(str(failure) if failure.code is ExitCode.DECLINED else f"error: {failure}", err=True)
        return failure.code
    return code if isinstance(code, int) else ExitCode.DONE
