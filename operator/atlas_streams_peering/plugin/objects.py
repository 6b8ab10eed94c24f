"""The objects of the operator, as far as the person may read them."""

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
    """What was read."""

    bodies: Mapping[str, tuple[Body, ...]] = field(default_factory=dict)
    """By kind; without the kinds that the API server does not serve."""
    unread: Mapping[str, str] = field(default_factory=dict)
    """By kind: why objects may exist that are not in `bodies`, as a sentence."""

    def of(self, kind: CustomResource) -> tuple[Body, ...]:
        """Return the objects of a kind."""
        return self.bodies.get(kind.kind, ())

    def complete(self, *kinds: CustomResource) -> bool:
        """Tell whether all objects of these kinds are known."""
        return not any(kind.kind in self.unread for kind in kinds)

    def absent(self, kind: CustomResource) -> bool:
        """Tell whether the cluster does not know a kind: the operator is not installed there."""
        return kind.kind not in self.bodies and kind.kind not in self.unread

    def notes(self, *kinds: CustomResource) -> list[str]:
        """Say what could not be read of these kinds."""
        return list(dict.fromkeys(self.unread[kind.kind] for kind in kinds if kind.kind in self.unread))

    @property
    def all(self) -> tuple[Body, ...]:
        """All objects."""
        return tuple(body for bodies in self.bodies.values() for body in bodies)


async def read_objects(invocation: Invocation, kinds: Iterable[CustomResource] = KINDS) -> Objects:
    """Read the objects of all namespaces; where that is not allowed, those of the person's namespace.

    An owner may be in any namespace. A cluster that cannot be reached leaves everything unread: the connections in
    Atlas can be looked at all the same.

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
        raise Failure("It is not known which projects the objects name: use --project ID.")
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
    why = f"You may list {kind.plural} in namespace {namespace} only: objects of other namespaces are not known."
    try:
        return await _listed(api, kind, namespace), why
    except KubernetesError as error:
        if error.status != 403:
            raise
    return (), f"You may not list {kind.plural}: it is not known which objects exist."


async def _listed(api: KubernetesApi, kind: CustomResource, namespace: str | None = None) -> tuple[Body, ...] | None:
    try:
        # The items of a list do not say their kind.
        return tuple([{**body, "kind": kind.kind} async for body in api.list_all(kind.path(namespace))])
    except KubernetesError as error:
        if not error.gone:
            raise
        return None  # the API server does not serve the kind, so that there is no object of it
