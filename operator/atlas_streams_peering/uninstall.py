"""``uninstall-check``: Helm runs it before it removes the operator."""

from collections.abc import Mapping
from typing import Any, Final

from .api.crd import CustomResource
from .api.group import CATEGORY, FINALIZER
from .check import PATIENCE, Reader, print_line
from .kinds.resources import kinds_served
from .kinds.streams_vpc_peering_policy.resource import STREAMS_VPC_PEERING_POLICY
from .kube.api import KubernetesError, connect
from .settings import Settings

_MOST_SHOWN: Final = 20

_WAYS_OUT: Final = """
Without the operator, Kubernetes cannot delete an object that holds a connection, and nobody watches the connection.
For each object, do one of the following first:
- Delete the object and its connection, and wait until both are gone:
    kubectl delete {object}
- Delete the object and leave its connection:
    kubectl patch {object} --type merge --patch '{{"spec":{{"deletionPolicy":"Retain"}}}}'
    kubectl delete {object}
Or keep all objects for another installation. Nothing changes in Atlas or Confluent Cloud:
    helm uninstall --no-hooks …   (in Argo CD: uninstall.refuseWhileObjectsExist: false)
Or keep this release. Roll it back to the revision that helm history shows, so that you can upgrade it again:
    helm rollback …"""

_FIXES: Final = (
    "Fix this. If a namespace is gone, remove it from config.watchNamespaces, and upgrade the release first. "
    "Or skip the check: helm uninstall --no-hooks"
)

_FREE: Final = (
    "No object exists that can hold anything in Atlas or Confluent Cloud. Other objects stay ({number}): nobody "
    "updates them any more, and Kubernetes can delete them without the operator."
)


async def uninstall_check(settings: Settings, *, patience: float = PATIENCE) -> int:
    """Print the objects that still exist, and what to do about them; return 0 if there are none.

    Objects of a kind that never holds anything outside Kubernetes do not count: Kubernetes can delete them without the
    operator.
    """
    found: list[tuple[str, str]] = []
    free: list[tuple[str, str]] = []
    unread: dict[str | None, Exception] = {}
    api = None
    try:
        api = await connect()
        read = Reader(api, patience)
        for kind in kinds_served(policies=settings.policies):
            described = found if kind.holds else free
            for namespace in settings.watch_namespaces or (None,):
                try:
                    described += [_described(kind, body) async for body in read.items(kind.path(namespace))]
                except KubernetesError as error:
                    unread.setdefault(namespace, error)
    except Exception as error:  # noqa: BLE001  # any failure leaves open which objects exist
        unread[None] = error
    finally:
        if api is not None:
            await api.close()
    for reason in unread.values():
        print_line(f"Refused: the check cannot determine whether objects still exist: {reason}")
    if unread:
        print_line(_FIXES)
    if found:
        _print_list(found)
    elif not unread:
        print_line(_FREE.format(number=len(free)) if free else "No objects exist.")
    return 1 if found or unread else 0


def _print_list(found: list[tuple[str, str]]) -> None:
    number = (
        "1 object of the operator still exists"
        if len(found) == 1
        else f"{len(found)} objects of the operator still exist"
    )
    print_line(f"Refused: {number}:")
    for _, line in found[:_MOST_SHOWN]:
        print_line(f"- {line}")
    if len(found) > _MOST_SHOWN:
        print_line(f"- and {len(found) - _MOST_SHOWN} more: kubectl get {CATEGORY} --all-namespaces")
    print_line(_WAYS_OUT.format(object=found[0][0]))


def _described(kind: CustomResource, body: Mapping[str, Any]) -> tuple[str, str]:
    metadata, status = body["metadata"], body.get("status") or {}
    held = FINALIZER in metadata.get("finalizers", ())
    if kind is STREAMS_VPC_PEERING_POLICY:
        # Whether it is deleted with what it has created, or goes on to create more: that takes the operator.
        holds = f"takes requests, {status.get('taken', 0)} so far"
    else:
        holds = f"holds {status.get(kind.held_in, 'a connection') if held else 'nothing'} in {kind.service}"
    going = " and is being deleted" if metadata.get("deletionTimestamp") else ""
    name, namespace = metadata["name"], metadata["namespace"]
    return f"{kind.singular} {name} --namespace {namespace}", f"{kind.kind} {namespace}/{name} {holds}{going}"
