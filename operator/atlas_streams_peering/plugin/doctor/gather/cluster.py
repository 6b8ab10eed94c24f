"""Facts from the Kubernetes API: version, CRDs, operators with their Leases and permissions, and objects."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from ....api.crd import CustomResource
from ....check import Permission, required_permissions
from ....kinds.resources import KINDS
from ....kube.api import KubernetesApi, KubernetesError, path_segment
from ....settings import Settings
from ....transport.response import http_date
from ..checks.api_server import ApiServer
from ..checks.definitions import Definition
from ..checks.leader import Election
from ..checks.permissions import Reviewed
from ..installation import PART_OF, Installation, Pod

_AT_ONCE: Final = 8
"""SubjectAccessReviews in flight at the same time."""

_REVIEWS: Final = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
_OWN_REVIEWS: Final = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_USUAL_NAMESPACE: Final = "atlas-streams-peering"


@dataclass(frozen=True, slots=True)
class Installations:
    """The operators that the doctor found."""

    found: Sequence[Installation] = ()
    where: str = ""
    """The search scope, in words."""
    forbidden: str = ""
    """Why the doctor could not read them."""


async def read_api_server(api: KubernetesApi) -> ApiServer:
    """Read the version of the API server."""
    try:
        version = str((await api.get("/version")).get("gitVersion"))
    except KubernetesError as error:
        return ApiServer(api.server, problem=str(error), refused=error.status in (401, 403))
    return ApiServer(api.server, version)


async def clock_of_api_server(api: KubernetesApi) -> float | None:
    """Return the seconds by which the API server's clock is ahead of this machine's; None: no Date header."""
    before = datetime.now(UTC)
    try:
        date = http_date(await api.date())
    except KubernetesError:
        return None
    return None if date is None else ahead(date, before + (datetime.now(UTC) - before) / 2)


def ahead(date: datetime, local: datetime) -> float:
    """Return the seconds by which a clock is ahead. A date has whole seconds, so half a second is added."""
    return (date - local).total_seconds() + 0.5


async def read_definitions(api: KubernetesApi) -> list[Definition]:
    """Read the CustomResourceDefinitions of all kinds."""
    return list(await asyncio.gather(*(_definition(api, kind) for kind in KINDS)))


async def _definition(api: KubernetesApi, kind: CustomResource) -> Definition:
    try:
        body = await api.get(f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{kind.crd_name}")
    except KubernetesError as error:
        return Definition(kind) if error.gone else Definition(kind, forbidden=str(error))
    return Definition(kind, body)


async def read_installations(api: KubernetesApi, namespace: str | None) -> Installations:
    """Read the operator's Deployments in one namespace or in all."""
    if namespace is not None:
        return await _installations(api, f"/namespaces/{path_segment(namespace)}", f"in namespace {namespace}")
    everywhere = await _installations(api, "", "in any namespace")
    if not everywhere.forbidden:
        return everywhere
    usual = await _installations(api, f"/namespaces/{_USUAL_NAMESPACE}", f"in namespace {_USUAL_NAMESPACE}")
    return usual if usual.found else everywhere


async def _installations(api: KubernetesApi, scope: str, where: str) -> Installations:
    try:
        path = f"/apis/apps/v1{scope}/deployments"
        bodies = [body async for body in api.list_all(path, label_selector=PART_OF)]
    except KubernetesError as error:
        return Installations(where=where, forbidden=str(error))
    pods = await asyncio.gather(*(_pods(api, body) for body in bodies))
    return Installations([Installation.read(body, its) for body, its in zip(bodies, pods, strict=True)], where)


async def _pods(api: KubernetesApi, deployment: dict[str, Any]) -> list[Pod]:
    """Return the pods of a Deployment, or none if they cannot be read: the Deployment has their number."""
    labels = (deployment["spec"].get("selector") or {}).get("matchLabels") or {}
    selector = ",".join(f"{key}={value}" for key, value in labels.items())
    path = f"/api/v1/namespaces/{deployment['metadata']['namespace']}/pods"
    try:
        return [Pod.read(body) async for body in api.list_all(path, label_selector=selector)] if selector else []
    except KubernetesError:
        return []


async def read_election(api: KubernetesApi, one: Installation, settings: Settings, patience: float) -> Election:
    """Read the Lease of an operator until it is renewed, for at most `patience` seconds."""
    known: dict[str, Any] = {
        "key": one.key,
        "namespace": one.namespace,
        "lease": settings.lease_name,
        "elects": settings.leader_elect,
        "replicas": one.replicas,
        "pods": tuple(pod.name for pod in one.pods),
    }
    if not settings.leader_elect:
        return Election(**known)
    path = f"/apis/coordination.k8s.io/v1/namespaces/{one.namespace}/leases/{path_segment(settings.lease_name)}"
    spec: dict[str, Any] | None = None
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience
    while True:
        try:
            seen = (await api.get(path)).get("spec") or {}
        except KubernetesError as error:
            if not error.gone:
                return Election(forbidden=str(error), **known)
            seen = None
        renewed = spec is not None and seen is not None and seen.get("renewTime") != spec.get("renewTime")
        spec = seen or spec
        if renewed or loop.time() >= deadline:
            return Election(spec=spec, renewed_at=datetime.now(UTC) if renewed else None, **known)
        await asyncio.sleep(0.5)


async def review(
    api: KubernetesApi, one: Installation, settings: Settings, secrets: Collection[tuple[str, str]]
) -> Reviewed:
    """Review the permissions of an operator's account. `secrets`: namespace and name of those that it reads."""
    if problem := await _may_not_ask(api):
        return Reviewed(one.key, one.user, problem=problem)
    wanted = _wanted(one, settings, secrets)
    slots = asyncio.Semaphore(_AT_ONCE)

    async def allowed(permission: Permission) -> bool:
        spec = {
            "resourceAttributes": permission.attributes,
            "user": one.user,
            "groups": [
                "system:serviceaccounts",
                f"system:serviceaccounts:{one.namespace}",
                "system:authenticated",
            ],
        }
        body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
        async with slots:
            return bool((await api.create(_REVIEWS, body))["status"].get("allowed"))

    try:
        answers = await asyncio.gather(*(allowed(permission) for permission in wanted))
    except KubernetesError as error:
        return Reviewed(one.key, one.user, problem=str(error))
    denied = tuple(permission for permission, may in zip(wanted, answers, strict=True) if not may)
    return Reviewed(one.key, one.user, len(wanted), denied)


def _wanted(one: Installation, settings: Settings, secrets: Collection[tuple[str, str]]) -> list[Permission]:
    """Return the permissions that an operator needs. For Secrets, only those that objects name."""
    wanted = [
        permission
        for permission in required_permissions(settings, operator_namespace=one.namespace)
        if permission.resource != "secrets" or permission.name
    ]
    served = settings.watch_namespaces
    names = sorted({secret for secret in secrets if not served or secret[0] in served})
    reads = [Permission("get", "", "secrets", namespace=namespace, name=name) for namespace, name in names]
    return list(dict.fromkeys([*wanted, *reads]))


async def _may_not_ask(api: KubernetesApi) -> str:
    """Return why the person may not create SubjectAccessReviews; empty: they may."""
    attributes = {"verb": "create", "group": "authorization.k8s.io", "resource": "subjectaccessreviews"}
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    try:
        allowed = bool((await api.create(_OWN_REVIEWS, body))["status"].get("allowed"))
    except KubernetesError as error:
        return str(error).rstrip(".")
    return "" if allowed else "you may not create subjectaccessreviews.authorization.k8s.io"
