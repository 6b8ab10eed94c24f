"""``adopt``: manifests for existing connections."""

from collections.abc import Sequence

import click

from ..api.base import DeletionPolicy
from ..api.group import GROUP
from ..kinds.streams_vpc_peering.resource import STREAMS_VPC_PEERING
from ..kube.api import KubernetesError
from .asking import confirm
from .exit_codes import ExitCode
from .failures import Failure
from .invocation import Invocation
from .manifests import Details, Manifest, chosen, manifest, remarks
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
from .output import Format, json_text, yaml_text
from .peerings import Peering, in_order
from .reading import Picture, read_peerings


@click.command()
@click.argument("names", metavar="[PCX...]", nargs=-1)
@project_option
@requester_accounts_option
@click.option(
    "--secret-ref",
    metavar="NAME",
    help="Secret that the manifests name. Default: the Secret that contains the credentials, if it is in the "
    "namespace.",
)
@click.option(
    "--deletion-policy",
    type=click.Choice([policy.value for policy in DeletionPolicy]),
    default=DeletionPolicy.RETAIN.value,
    show_default=True,
    help="deletionPolicy in the manifests.",
)
@click.option("--apply", is_flag=True, help="Create the objects, and print them.")
@yes_option
@dry_run_option
@credentials_options
@cluster_options
@all_namespaces_option
@output_option(Format.YAML, Format.JSON, Format.NAME)
@invoked
async def adopt(
    invocation: Invocation,
    *,
    names: tuple[str, ...],
    requester_account: tuple[str, ...],
    secret_ref: str | None,
    deletion_policy: str,
    apply: bool,
    yes: bool,
    dry_run: str,
) -> None:
    """Print a StreamsVpcPeering for each existing connection, ready for git.

    Without names, the command prints one for each live connection and request that no object manages. Each manifest
    describes its connection as it is: if you apply it, nothing changes in Atlas. The manifest of a pending request sets
    suspend.

    With --dry-run=server, the API server checks the manifests first. With --apply, the command creates the objects.
    """
    picture = await read_peerings(invocation, requester_account)
    peerings = in_order(chosen(picture.peerings, names))
    if not peerings:
        invocation.note(f"Nothing to adopt. {picture.accounts_note}")
        return
    manifests = [manifest(one, _details(invocation, picture, one, secret_ref, deletion_policy)) for one in peerings]
    for sentence in remarks(peerings, _details(invocation, picture, peerings[0], secret_ref, deletion_policy)):
        invocation.note(sentence)
    checked = dry_run == "server"
    if apply and not checked:
        confirm(f"Create {len(manifests)} StreamsVpcPeering(s) in namespace {invocation.namespace}?", yes=yes)
    if apply or checked:
        await _create(invocation, manifests, dry_run=checked)
    invocation.write(_text(manifests, invocation.output))


async def _create(invocation: Invocation, manifests: Sequence[Manifest], *, dry_run: bool) -> None:
    api, namespace = await invocation.kubernetes(), invocation.namespace
    for one in manifests:
        name = one["metadata"]["name"]
        body = {**one, "metadata": {**one["metadata"], "namespace": namespace}}
        try:
            await api.create(STREAMS_VPC_PEERING.path(namespace), body, dry_run=dry_run)
        except KubernetesError as error:
            if error.conflict:
                raise Failure(
                    f"StreamsVpcPeering {namespace}/{name} exists already; the command does not change it.",
                    ExitCode.REFUSED,
                ) from None
            raise
        done = "would be created (server dry run)" if dry_run else "created"
        invocation.note(f"{_resource(name)} {done}")


def _details(
    invocation: Invocation, picture: Picture, peering: Peering, secret_ref: str | None, policy: str
) -> Details:
    secret = picture.found[peering.project].secret
    # Without --namespace, the person who applies the manifests chooses it, so the manifest names the Secret only.
    near = secret is not None and secret.namespace == invocation.namespace
    name = secret_ref or (secret.name if secret is not None and near else None)
    return Details(invocation.namespace_given, name, DeletionPolicy(policy))


def _text(manifests: Sequence[Manifest], form: Format) -> str:
    match form:
        case Format.NAME:
            return "".join(f"{_resource(one['metadata']['name'])}\n" for one in manifests)
        case Format.JSON:
            return json_text({"apiVersion": "v1", "kind": "List", "items": list(manifests)})
        case _:
            return "---\n".join(yaml_text(one) for one in manifests)


def _resource(name: str) -> str:
    """Return an object as kubectl names it."""
    return f"{STREAMS_VPC_PEERING.singular}.{GROUP}/{name}"
