"""Reads the inbound connections of projects from Atlas, and finds the objects that manage them."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..atlas.client import Session, parse_connection
from ..atlas.models import Connection
from ..kinds.confluent_peering.resource import CONFLUENT_PEERING
from ..kinds.streams_vpc_peering.reconciler import StreamsVpcPeeringKind
from ..kinds.streams_vpc_peering.resource import STREAMS_VPC_PEERING
from ..kinds.streams_vpc_peering_policy.resource import STREAMS_VPC_PEERING_POLICY
from ..transport.errors import RequestRefused
from . import credentials
from .invocation import Invocation
from .objects import Objects, projects, read_objects
from .owners import Owners
from .peerings import Peering

_DECIDING: Final = (STREAMS_VPC_PEERING, CONFLUENT_PEERING)
"""The kinds whose objects determine who manages a connection."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The connections and objects that the plugin read."""

    peerings: tuple[Peering, ...]
    found: Mapping[str, credentials.Found]
    """The credentials that were used, by project."""
    objects: Objects
    notes: tuple[str, ...]
    """A sentence for each thing that the plugin could not read."""

    @property
    def accounts_note(self) -> str:
        """A sentence on which requests the lists of Atlas may lack."""
        return (
            "Atlas lists requests by account: name other accounts with --requester-account, to see requests from them."
        )

    def named(self, name: str) -> Peering | None:
        """Return the connection of that name."""
        return next((one for one in self.peerings if one.name == name), None)


async def read_peerings(invocation: Invocation, accounts: Collection[str]) -> Picture:
    """Read the active connections, and all connections of the accounts that objects or options name.

    If something cannot be read, warn the person at once, because the command may fail for this reason.

    Raises
    ------
    Failure, KubernetesError, ServiceError
    """
    objects = await read_objects(invocation)
    owners = Owners(StreamsVpcPeeringKind(invocation.atlas()), objects)
    certain = objects.complete(*_DECIDING) and not objects.absent(STREAMS_VPC_PEERING)
    peerings: list[Peering] = []
    found: dict[str, credentials.Found] = {}
    notes = objects.notes(*_DECIDING)
    if objects.absent(STREAMS_VPC_PEERING):
        notes.append(
            "The operator is not installed in this cluster. Objects of another cluster may manage connections. "
            "Check --context."
        )
    for note in notes:
        invocation.note(f"warning: {note}")
    for project in projects(objects, invocation):
        found[project] = await credentials.find(invocation, project, objects.all)
        session = invocation.atlas().session(found[project].credentials)
        named = {*accounts, *owners.accounts(project), *_allowed(objects, project)}
        with found[project].named():
            rows, refused = await _connections(session, project, named)
        for note in refused:
            invocation.note(f"warning: {note}")
        notes += refused
        peerings += [Peering(project, row, owners.of(row, project, rows), certain=certain) for row in rows]
    return Picture(tuple(peerings), found, objects, tuple(notes))


async def _connections(session: Session, project: str, accounts: Iterable[str]) -> tuple[list[Connection], list[str]]:
    """Return a project's connections, and a sentence for each list that Atlas refused."""
    refused: list[str] = []
    try:
        active = await session.list_active(project)
    except RequestRefused as error:
        # The operator does not need this list. Without it, the plugin can still list the accounts that it knows.
        active, refused = [], [f"{error} Active connections from accounts that nothing names are not shown."]
    asked = sorted({*accounts, *(account for row in active if (account := _account(row)))})
    lists = await asyncio.gather(*(session.list_connections(project, account) for account in asked))
    # The list of an account takes precedence: the list of active connections may lack fields.
    rows = {row["name"]: row for row in active} | {row["name"]: row for rows in lists for row in rows}
    return [parse_connection(row) for row in rows.values()], refused


def _account(row: Mapping[str, Any]) -> str | None:
    account = row.get("requesterAccountId")
    return account if isinstance(account, str) and account else None


def _allowed(objects: Objects, project: str) -> set[str]:
    """Return the accounts that policies of a project allow."""
    return {
        str(requester["accountId"])
        for body in objects.of(STREAMS_VPC_PEERING_POLICY)
        if (body.get("spec") or {}).get("projectId") == project
        for requester in body["spec"].get("requesters") or ()
        if requester.get("accountId")
    }
