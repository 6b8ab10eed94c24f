"""The options that commands share, and the wrapper that runs a command."""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

import click

from . import suggestions
from .exit_codes import ExitCode
from .invocation import Invocation
from .output import Format
from .suggestions import suggesting

_Command = TypeVar("_Command", bound=Callable[..., Any])
_Arguments = ParamSpec("_Arguments")


def _stacked(*options: Callable[[Any], Any]) -> Callable[[_Command], _Command]:
    def decorate(command: _Command) -> _Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


cluster_options = _stacked(
    click.option("--kubeconfig", metavar="PATH", type=click.Path(dir_okay=False), help="Path to the kubeconfig file."),
    click.option(
        "--context",
        metavar="NAME",
        shell_complete=suggesting(suggestions.contexts),
        help="Name of the kubeconfig context to use.",
    ),
    click.option(
        "-n",
        "--namespace",
        metavar="NAME",
        shell_complete=suggesting(suggestions.namespaces),
        help="Namespace. Default: the one of the context.",
    ),
)
"""Options for the cluster and the namespace."""

all_namespaces_option = click.option(
    "-A", "--all-namespaces", is_flag=True, help="Take the objects of all namespaces into account."
)

project_option = click.option(
    "--project",
    metavar="ID",
    envvar="MONGODB_ATLAS_PROJECT_ID",
    show_envvar=True,
    help="ID of the Atlas project. Default: the projects that objects of the namespace name.",
)

requester_accounts_option = click.option(
    "--requester-account",
    metavar="ID",
    multiple=True,
    help="AWS account whose requests to list, in addition to those that objects name. Repeat the flag for more.",
)

credentials_options = _stacked(
    click.option(
        "--credentials-secret",
        metavar="[NAMESPACE/]NAME",
        help="Secret with Atlas credentials. Default: the variables MONGODB_ATLAS_PUBLIC_API_KEY and "
        "MONGODB_ATLAS_PRIVATE_API_KEY, or MONGODB_ATLAS_CLIENT_ID and MONGODB_ATLAS_CLIENT_SECRET; without them, "
        "the Secret that an object of the project names.",
    ),
    click.option(
        "--atlas-base-url",
        metavar="URL",
        envvar="ATLAS_BASE_URL",
        show_envvar=True,
        default="https://cloud.mongodb.com",
        show_default=True,
        help="Base URL of the Atlas Admin API.",
    ),
)
"""Options for Atlas and its credentials."""


def output_option(*formats: Format) -> Callable[[_Command], _Command]:
    """Add ``--output``, with all formats or those given; the first is the default."""
    offered = formats or tuple(Format)
    return click.option(
        "-o",
        "--output",
        type=click.Choice([form.value for form in offered]),
        default=offered[0].value,
        show_default=True,
        help="Output format.",
    )


yes_option = click.option("-y", "--yes", is_flag=True, help="Do not ask for confirmation.")

dry_run_option = click.option(
    "--dry-run",
    type=click.Choice(["none", "server"]),
    default="none",
    show_default=True,
    help="With server, check everything and change nothing.",
)

Asynchronous = Callable[Concatenate[Invocation, _Arguments], Awaitable[ExitCode | None]]


def invoked(function: Callable[..., Awaitable[ExitCode | None]]) -> Callable[..., None]:
    """Turn a coroutine function into the callback of a command.

    The function gets an `Invocation`, made from the shared options, and the command's own options and arguments by
    name. The exit code that it returns ends the command; None: `ExitCode.DONE`.
    """

    @functools.wraps(function)
    def callback(**given: Any) -> None:
        invocation = Invocation.of(given)

        async def run() -> ExitCode | None:
            async with invocation:
                return await function(invocation, **given)

        code = asyncio.run(run())
        click.get_current_context().exit(ExitCode.DONE if code is None else code)

    return callback
