"""``account-details``: the account and network of Atlas in a region, which a peering request needs."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import click

from ..atlas.client import parse_account_details
from ..controller.decision import Progress
from ..kinds.resources import KINDS
from ..kinds.streams_account_details.decide import NoNetwork, config_map_data, decide
from ..kinds.streams_account_details.resource import (
    DEFAULT_PROVIDER,
    CloudProvider,
    StreamsAccountDetailsSpec,
    StreamsAccountDetailsStatus,
)
from ..transport.errors import RequestRefused
from . import credentials
from .exit_codes import ExitCode
from .failures import Failure
from .invocation import Invocation
from .objects import projects, read_objects
from .options import (
    all_namespaces_option,
    cluster_options,
    credentials_options,
    invoked,
    output_option,
    project_option,
)
from .output import Column, Listing


@click.command("account-details")
@click.argument("region")
@click.option(
    "--provider",
    type=click.Choice([provider.value for provider in CloudProvider]),
    default=DEFAULT_PROVIDER.value,
    show_default=True,
    help="Cloud of the network.",
)
@project_option
@credentials_options
@cluster_options
@all_namespaces_option
@output_option()
@invoked
async def account_details(invocation: Invocation, *, region: str, provider: str) -> None:
    """Show the account, network and CIDR block of Atlas in REGION, which a peering request needs.

    Spell REGION as Atlas does (US_EAST_1). For aws, the spelling of AWS (us-east-1) works, too.
    """
    objects = await read_objects(invocation)
    for note in () if objects.bodies else objects.notes(*KINDS):
        invocation.note(f"warning: {note}")
    items = []
    for project in projects(objects, invocation):
        spec = StreamsAccountDetailsSpec(project_id=project, cloud_provider=CloudProvider(provider), region=region)
        found = await credentials.find(invocation, project, objects.all)
        with found.named():
            items.append(await _details(invocation, spec, found))
    invocation.print(
        Listing(
            items=items,
            columns=(
                Column("PROVIDER", partial(_value, "cloudProvider")),
                Column("REGION", partial(_value, "region")),
                Column("ACCOUNT", partial(_first, ("accountId", "subscriptionId", "gcpProjectId"))),
                Column("NETWORK", partial(_first, ("vpcId", "virtualNetworkName", "vpcNetworkName"))),
                Column("CIDR", partial(_value, "cidrBlock")),
                Column("PROJECT", partial(_value, "projectId"), wide=len(items) == 1),
            ),
            name=partial(_first, ("vpcId", "virtualNetworkName", "vpcNetworkName")),
            single=len(items) == 1,
        )
    )


async def _details(
    invocation: Invocation, spec: StreamsAccountDetailsSpec, found: credentials.Found
) -> Mapping[str, Any]:
    session = invocation.atlas().session(found.credentials)
    try:
        body = await session.account_details(spec.project_id, spec.provider.value, spec.atlas_region)
    except RequestRefused as refusal:
        decision = decide(spec, StreamsAccountDetailsStatus(), NoNetwork(str(refusal)))
    else:
        decision = decide(spec, StreamsAccountDetailsStatus(), parse_account_details(body))
    if decision.readiness.progress is not Progress.REACHED:
        # The message is the operator's own for an object of this region, and names a field of the spec.
        raise Failure(decision.readiness.message.replace("spec.region", "the region"), ExitCode.NOT_FOUND)
    return config_map_data(spec, decision.status)


def _value(field: str, item: Mapping[str, Any]) -> str:
    return str(item[field])


def _first(fields: tuple[str, ...], item: Mapping[str, Any]) -> str:
    return str(next(item[field] for field in fields if field in item))
