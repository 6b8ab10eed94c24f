"""``accept``, ``reject`` and ``delete``: change connections in Atlas."""

import asyncio
from collections.abc import Callable, Iterable, Sequence

import click

from ..controller.decision import Change
from ..kinds.streams_vpc_peering.reconciler import StreamsVpcPeeringKind
from ..kinds.streams_vpc_peering.resource import ActionType
from ..transport.errors import RateLimited, Unavailable
from .asking import confirm
from .changes import ALLOWED, WORDS, Needless, Planned, check_unchanged, described, plan, question
from .exit_codes import ExitCode
from .failures import Failure
from .invocation import Invocation
from .options import (
    all_namespaces_option,
    cluster_options,
    credentials_options,
    dry_run_option,
    invoked,
    output_option,
    project_option,
    requester_accounts_option,
    yes_option,
)
from .output import Column, Format, Listing
from .peerings import Peering, item_of
from .reading import Picture, read_peerings
from .suggestions import Find, suggesting

_LONGEST_WAIT = 60.0
"""Seconds that a change waits for the rate budget at most."""


def _changeable(action: ActionType) -> Find:
    """Suggest the connections that the change is possible for."""

    async def find(invocation: Invocation) -> Iterable[tuple[str, str]]:
        picture = await read_peerings(invocation, ())
        fitting = (one for one in picture.peerings if one.state in ALLOWED[action])
        return [(one.name, f"{one.connection.cloud_status}, {one.connection.requester_vpc_id}") for one in fitting]

    return find


def _changing(action: ActionType, text: str) -> click.Command:
    @click.command(WORDS[action].infinitive, help=text)
    @click.argument("names", metavar="PCX...", nargs=-1, required=True, shell_complete=suggesting(_changeable(action)))
    @project_option
    @requester_accounts_option
    @click.option(
        "--even-if-managed", is_flag=True, help="Also change a connection that an object manages or may manage."
    )
    @yes_option
    @dry_run_option
    @credentials_options
    @cluster_options
    @all_namespaces_option
    @output_option(Format.TABLE, Format.JSON, Format.YAML, Format.NAME)
    @invoked
    async def command(
        invocation: Invocation,
        *,
        names: tuple[str, ...],
        requester_account: tuple[str, ...],
        even_if_managed: bool,
        yes: bool,
        dry_run: str,
    ) -> None:
        picture = await read_peerings(invocation, requester_account)
        plans = [plan(_named(picture, name), action, even_if_managed=even_if_managed) for name in dict.fromkeys(names)]
        planned = [one for one in plans if isinstance(one, Planned)]
        for one in plans:
            invocation.note(one.message if isinstance(one, Needless) else described(one.peering))
        if planned and dry_run == "none":
            confirm(question(action, len(planned)), yes=yes)
            if not yes:
                # The person may have taken long to answer.
                picture = await read_peerings(invocation, requester_account)
                now = [
                    plan(_named(picture, one.peering.name), action, even_if_managed=even_if_managed) for one in planned
                ]
                check_unchanged(planned, now)
        await _make(invocation, picture, planned, dry_run=dry_run == "server")

    return command


async def _make(invocation: Invocation, picture: Picture, planned: Sequence[Planned], *, dry_run: bool) -> None:
    """Make the changes one after the other, and print each when it is done."""
    made: list[Planned] = []
    try:
        for one in planned:
            if not dry_run:
                await _change(invocation, picture, one)
            made.append(one)
    finally:
        # Print the changes that succeeded, also if a later one fails.
        invocation.print(_listing(made, dry_run=dry_run))


async def _change(invocation: Invocation, picture: Picture, one: Planned) -> None:
    atlas, project = invocation.atlas(), one.peering.project
    change = Change(one.action.value, project, one.peering.name, "", row=one.peering.connection)
    await _turn(lambda: atlas.budget(project).take(change=True))
    found = picture.found[project]
    try:
        with found.named():
            await StreamsVpcPeeringKind(atlas).act(change, found.credentials)
    except Unavailable as error:
        raise Failure(f"{error} {_unknown(one)}") from None
    except asyncio.CancelledError:
        # Ctrl-C, after the request may have gone out.
        invocation.note(_unknown(one))
        raise


def _unknown(one: Planned) -> str:
    return f"Atlas may or may not have {WORDS[one.action].done} {one.peering.name}: check with list."


async def _turn(take: Callable[[], float]) -> None:
    """Wait for the rate budget, which leaves a part of Atlas' limit to people and other tools."""
    waited = 0.0
    while (pause := take()) > 0:
        waited += pause
        if waited > _LONGEST_WAIT:
            raise RateLimited("Atlas limits the rate of requests; try again later.")
        await asyncio.sleep(pause)


def _named(picture: Picture, name: str) -> Peering:
    found = picture.named(name)
    if found is None:
        raise Failure(
            f"Atlas lists no connection {name} in project {', '.join(picture.found)}. {picture.accounts_note}",
            ExitCode.NOT_FOUND,
        )
    return found


def _listing(made: Sequence[Planned], *, dry_run: bool) -> Listing:
    return Listing(
        items=[item_of(one.peering) | {"requested": one.action.value, "dryRun": dry_run} for one in made],
        columns=(
            Column("NAME", lambda item: str(item["name"])),
            Column(
                "RESULT",
                lambda item: (
                    f"{WORDS[ActionType(item['requested'])].infinitive} requested"
                    + (" (server dry run)" if item["dryRun"] else "")
                ),
            ),
        ),
        name=lambda item: str(item["name"]),
    )


accept = _changing(
    ActionType.ACCEPT,
    """Accept requests, by their names (pcx-…).

    The command shows both sides and asks before it changes anything. It refuses a connection that a StreamsVpcPeering
    manages. The operator does not manage a connection that you accept by hand. To change that, use adopt.
    """,
)
reject = _changing(
    ActionType.REJECT,
    """Reject requests, by their names (pcx-…).

    The command shows both sides and asks before it changes anything. It refuses a connection that a StreamsVpcPeering
    manages.
    """,
)
delete = _changing(
    ActionType.DELETE,
    """Delete connections, by their names (pcx-…).

    The command shows both sides and asks before it changes anything. It refuses a connection that a StreamsVpcPeering
    manages: delete the object instead.
    """,
)
