"""``list``: every inbound connection of a project, and the object that manages it."""

from datetime import UTC, datetime

import click

from . import peerings
from .invocation import Invocation
from .options import (
    all_namespaces_option,
    cluster_options,
    credentials_options,
    invoked,
    output_option,
    project_option,
    requester_accounts_option,
)
from .output import Format, Listing
from .reading import read_peerings


@click.command("list")
@project_option
@requester_accounts_option
@click.option("--unmanaged", is_flag=True, help="Show only live connections that no object manages.")
@credentials_options
@cluster_options
@all_namespaces_option
@output_option()
@invoked
async def list_connections(invocation: Invocation, *, requester_account: tuple[str, ...], unmanaged: bool) -> None:
    """List the inbound connections of a project and the objects that manage them.

    The list has all connections and requests from the accounts that objects, policies and --requester-account name,
    and all active connections from any account. MANAGED BY names the StreamsVpcPeering that manages a connection.
    "nobody" means that no object of this cluster does: a live connection that nobody manages may cost money.
    """
    picture = await read_peerings(invocation, requester_account)
    shown = peerings.in_order(one for one in picture.peerings if one.forgotten or not unmanaged)
    invocation.print(
        Listing(
            items=[peerings.item_of(one) for one in shown],
            columns=peerings.columns(several_projects=len(picture.found) > 1, now=datetime.now(UTC)),
            name=lambda item: str(item["name"]),
            notes=picture.notes,
        )
    )
    if invocation.output in (Format.TABLE, Format.WIDE):
        if not shown:
            what = "No live connection without an owner" if unmanaged else "No connection"
            invocation.note(f"{what} in project {', '.join(picture.found)}. {picture.accounts_note}")
        for sentence in peerings.summary(shown):
            invocation.note(sentence)
