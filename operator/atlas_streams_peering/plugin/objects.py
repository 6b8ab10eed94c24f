"""The operator's objects that the person may read."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..api.crd import CustomResource
from ..kinds.resources import KINDS
from ..kube.api import KubernetesApi, KubernetesError
from ..kube.user import KubeconfigUnusable
from .exit_codes import ExitCode
from .failures import Failure
from .invocation import Invocation

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Objects:
    """The objects that the plugin read."""

    bodies: Mapping[str, tuple[Body, ...]] = field(default_factory=dict)
    """By kind. Kinds that the API server does not serve are absent."""
    unread: Mapping[str, str] = field(default_factory=dict)
    """By kind: a sentence that says why `bodies` may lack objects."""

    def of(self, kind: CustomResource) -> tuple[Body, ...]:
        """Return the objects of a kind."""
        return self.bodies.get(kind.kind, ())

    def complete(self, *kinds: CustomResource) -> bool:
        """Return whether the plugin could read all objects of these kinds."""
        return not any(kind.kind in self.unread for kind in kinds)

    def absent(self, kind: CustomResource) -> bool:
        """Return whether the cluster lacks a kind, because the operator is not installed there."""
        return kind.kind not in self.bodies and kind.kind not in self.unread

    def notes(self, *kinds: CustomResource) -> list[str]:
        """Return a sentence for each of these kinds that the plugin could not read."""
        return list(dict.fromkeys(self.unread[kind.kind] for kind in kinds if kind.kind in self.unread))

    @property
    def all(self) -> tuple[Body, ...]:
        """All objects."""
        return tuple(body for bodies in self.bodies.values() for body in bodies)


async def read_objects(invocation: Invocation, kinds: Iterable[CustomResource] = KINDS) -> Objects:
    """Read the objects of all namespaces, or of the person's namespace if RBAC does not allow more.

    An owner may be in any namespace. If the cluster cannot be reached, all objects stay unread, and the plugin can
    still list the connections in Atlas.

    Raises
    ------
    KubeconfigUnusable
        The kubeconfig or context that the command line names cannot be used.
    """
    kinds = tuple(kinds)
    try:
        api = await invocation.kubernetes()
        answers = await asyncio.gather(*(_read(api, kind, invocation.namespace) for kind in kinds))
    except KubernetesError as error:
        named = invocation.user.kubeconfig or invocation.user.context
        if named and isinstance(error, KubeconfigUnusable):
            raise
        return Objects(unread={kind.kind: f"The objects in Kubernetes cannot be read: {error}" for kind in kinds})
    return Objects(
        {kind.kind: bodies for kind, (bodies, _) in zip(kinds, answers, strict=True) if bodies is not None},
        {kind.kind: why for kind, (_, why) in zip(kinds, answers, strict=True) if why},
    )


def projects(objects: Objects, invocation: Invocation) -> tuple[str, ...]:
    """Return the project that ``--project`` names, else those that objects of the namespace name.

    Raises
    ------
    Failure
        There is none.
    """
    if invocation.project:
        return (invocation.project,)
    everywhere = invocation.all_namespaces
    if not objects.bodies:
        raise Failure("The plugin cannot read which projects the objects name: use --project ID.")
    chosen = [body for body in objects.all if everywhere or body["metadata"].get("namespace") == invocation.namespace]
    found = {str(project) for body in chosen if (project := (body.get("spec") or {}).get("projectId"))}
    if not found and objects.unread:
        raise Failure(
            "No object that you may read names an Atlas project: use --project ID, or ask for the role view.",
            ExitCode.NO_ACCESS,
        )
    if not found:
        where = "No object" if everywhere else f"No object in namespace {invocation.namespace}"
        raise Failure(
            f"{where} names an Atlas project: use --project ID"
            + ("." if everywhere else ", --namespace NAME or --all-namespaces."),
            ExitCode.USAGE,
        )
    return tuple(sorted(found))


async def _read(api: KubernetesApi, kind: CustomResource, namespace: str) -> tuple[tuple[Body, ...] | None, str | None]:
    try:
        return await _listed(api, kind), None
    except KubernetesError as error:
        if error.status != 403:
            raise
    why = f"You may list {kind.plural} in namespace {namespace} only, so the plugin knows no others."
    try:
        return await _listed(api, kind, namespace), why
    except KubernetesError as error:
        if error.status != 403:
            raise
    return (), f"You may not list {kind.plural}: the plugin does not know which of them exist."


async def _listed(api: KubernetesApi, kind: CustomResource, namespace: str | None = None) -> tuple[Body, ...] | None:
    try:
        # The items of a list have no kind.
        return tuple([{**body, "kind": kind.kind} async for body in api.list_all(kind.path(namespace))])
    except KubernetesError as error:
        if not error.gone:
            raise
        return None  # the API server does not serve the kind, so no object of it exists
