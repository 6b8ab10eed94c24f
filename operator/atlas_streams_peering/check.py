"""Proving an install from within: ``check``, and ``uninstall-check``, which Helm asks before it removes one."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import httpx

from .api.crd import CustomResource
from .api.group import API_VERSION, CATEGORY, FINALIZER, GROUP
from .api.kinds import KINDS
from .atlas.client import USER_AGENT
from .kubernetes_api import KubernetesApi, KubernetesError, connect
from .leader import LEASE_NAME, own_namespace
from .reconcile.secrets import CredentialsMissing, CredentialStore
from .settings import Settings

_PATIENCE: Final = 60.0
"""Seconds that a replica is given to become the leader, and a failing API server to recover."""

_MOST_SHOWN: Final = 20

_WAYS_OUT: Final = """
Without the operator, what holds a connection cannot be deleted, and nobody sees what becomes of it. So first, for each:
- to delete its connection in Atlas, too, and wait until that is done:
    kubectl delete {object}
- to leave its connection in Atlas:
    kubectl patch {object} --type merge --patch '{{"spec":{{"deletionPolicy":"Retain"}}}}'
    kubectl delete {object}
- or keep them all for another install; nothing changes in Atlas:
    helm uninstall --no-hooks …"""


class Finding(Exception):  # noqa: N818  # what a check has found wrong, in a sentence
    """Something is not as it has to be."""


Check = Callable[[], Awaitable[str]]
"""Returns what is in order, in a sentence, or raises a `Finding`."""


@dataclass(frozen=True, slots=True)
class Permission:
    """Something that the operator's account has to be allowed."""

    verb: str
    group: str
    resource: str
    subresource: str = ""
    namespace: str = ""
    """Empty: in all."""
    name: str = ""
    """Empty: whatever the name."""

    def __str__(self) -> str:
        resource = f"{self.resource}/{self.subresource}" if self.subresource else self.resource
        named = f" {self.name}" if self.name else ""
        return f"{self.verb} {resource}{named} {f'in namespace {self.namespace}' if self.namespace else 'everywhere'}"


def required_permissions(settings: Settings, secrets: tuple[str, ...] = ()) -> Iterator[Permission]:
    """Yield all that the operator needs with these settings; `secrets`: the names that it may read, empty: any."""
    for namespace in settings.watch_namespaces or ("",):
        for kind in KINDS:
            for verb in ("get", "list", "watch", "patch"):
                yield Permission(verb, GROUP, kind.plural, namespace=namespace)
            yield Permission("patch", GROUP, kind.plural, "status", namespace)
        yield Permission("get", GROUP, "confluentpeerings", namespace=namespace)
        for name in secrets or ("",):
            yield Permission("get", "", "secrets", namespace=namespace, name=name)
        yield Permission("create", "", "events", namespace=namespace)
    if default := settings.default_credentials.secret:
        yield Permission("get", "", "secrets", namespace=default.namespace, name=default.name)
    if settings.leader_elect:
        lease = {"group": "coordination.k8s.io", "resource": "leases", "namespace": own_namespace()}
        yield Permission("create", **lease)
        yield Permission("get", **lease, name=LEASE_NAME)
        yield Permission("update", **lease, name=LEASE_NAME)


async def check(settings: Settings, *, secrets: tuple[str, ...] = (), atlas: bool = True) -> int:
    """Print a line for each thing that an install needs; return 0 if all is in order."""
    try:
        api = await connect()
    except Exception as error:  # noqa: BLE001  # the library raises of many kinds; one line says it
        _print(f"FAIL  No way to the Kubernetes API: {error}")
        return 1
    installation = _Installation(settings, api, secrets)
    checks: list[Check] = [installation.kinds, installation.permissions]
    if settings.default_credentials.secret:
        checks.append(installation.default_credentials)
    if settings.leader_elect:
        checks.append(installation.leader)
    if atlas:
        checks.append(installation.atlas)
    try:
        failures = [await _told(one) for one in checks].count(False)
    finally:
        await api.close()
    return 1 if failures else 0


async def uninstall_check(settings: Settings) -> int:
    """Print which objects still exist, and what to do about them; return 0 if there are none."""
    api = None
    try:
        api = await connect()
        found = [one async for one in _objects(api, settings.watch_namespaces)]
    except Exception as error:  # noqa: BLE001  # whatever it is, nobody knows what exists
        _print(f"Refused: it cannot be told whether objects still exist: {error}")
        _print("Mend this, or leave the check out: helm uninstall --no-hooks")
        return 1
    finally:
        if api is not None:
            await api.close()
    if not found:
        _print("No objects exist: nothing is left behind.")
        return 0
    _print(f"Refused: of the operator's objects there still {'is 1' if len(found) == 1 else f'are {len(found)}'}:")
    for _, line in found[:_MOST_SHOWN]:
        _print(f"- {line}")
    if len(found) > _MOST_SHOWN:
        _print(f"- and {len(found) - _MOST_SHOWN} more: kubectl get {CATEGORY} --all-namespaces")
    _print(_WAYS_OUT.format(object=found[0][0]))
    return 1


class _Installation:
    """What can be seen of an install from within."""

    def __init__(self, settings: Settings, api: KubernetesApi, secrets: tuple[str, ...]) -> None:
        self._settings, self._api, self._secrets = settings, api, secrets

    async def kinds(self) -> str:
        """The kinds are served, with every field that this version knows."""
        try:
            served = {entry["name"] for entry in (await self._get(f"/apis/{API_VERSION}"))["resources"]}
        except KubernetesError as error:
            raise Finding(f"{API_VERSION} is not served ({error}): apply the CustomResourceDefinitions.") from None
        missing = [kind.crd_name for kind in KINDS if not {kind.plural, f"{kind.plural}/status"} <= served]
        if missing:
            raise Finding(f"These CustomResourceDefinitions are missing: {', '.join(missing)}.")
        schemas = (await self._get(f"/openapi/v3/apis/{API_VERSION}"))["components"]["schemas"]
        for kind in KINDS:
            wanted = kind.manifest()["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
            unknown = sorted(_paths(wanted) - _paths(_schema_of(kind, schemas)))
            if unknown:
                raise Finding(
                    f"The CustomResourceDefinition {kind.crd_name} is older than the operator: it lacks "
                    f"{', '.join(unknown[:5])}. Apply that of this version."
                )
        return f"{API_VERSION} is served, with {', '.join(kind.plural for kind in KINDS)} of this version."

    async def permissions(self) -> str:
        """The account may do what the operator does."""
        wanted = list(required_permissions(self._settings, self._secrets))
        denied = [permission for permission in wanted if not await self._allowed(permission)]
        if denied:
            raise Finding(f"The operator's account may not: {'; '.join(map(str, denied))}. See its Roles and bindings.")
        return f"The operator's account may do all {len(wanted)} things that it has to."

    async def default_credentials(self) -> str:
        """The default credentials are there, and whole."""
        default = self._settings.default_credentials
        if default.secret is None:
            raise Finding("There are no default credentials.")
        try:
            await CredentialStore(self._api, default, max_age=0).read(default.secret)
        except (CredentialsMissing, KubernetesError) as error:
            raise Finding(f"The default credentials cannot be used: {error}") from None
        return f"Secret {default.secret} holds the default credentials."

    async def leader(self) -> str:
        """A replica acts: its Lease is being renewed."""
        path = f"/apis/coordination.k8s.io/v1/namespaces/{own_namespace()}/leases/{LEASE_NAME}"
        deadline, lease = time.monotonic() + _PATIENCE, dict[str, Any]()
        renewed = None
        while time.monotonic() < deadline:
            try:
                lease = (await self._get(path)).get("spec") or {}
            except KubernetesError as error:
                if not error.gone:
                    raise Finding(f"The Lease {own_namespace()}/{LEASE_NAME} cannot be read: {error}") from None
            # By the renewal that is seen to happen, since no two clocks agree.
            if lease.get("holderIdentity") and renewed not in (None, lease.get("renewTime")):
                return f"{lease['holderIdentity']} leads: it renews the Lease {own_namespace()}/{LEASE_NAME}."
            renewed = lease.get("renewTime") or renewed
            await asyncio.sleep(0.5)
        last = f"it was last renewed at {_time(renewed)}" if renewed else "there is none"
        raise Finding(f"No replica leads: nobody renews the Lease {own_namespace()}/{LEASE_NAME} ({last}).")

    async def atlas(self) -> str:
        """Atlas answers; what it answers depends on credentials, which are not used here."""
        url = self._settings.atlas_base_url
        try:
            async with httpx.AsyncClient(timeout=15.0, headers={"User-Agent": USER_AGENT}) as client:
                await client.get(f"{url.rstrip('/')}/api/atlas/v2")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Finding(
                f"Atlas cannot be reached at {url} ({type(error).__name__}): see the egress of the cluster."
            ) from None
        return f"Atlas answers at {url}."

    async def _allowed(self, permission: Permission) -> bool:
        attributes = {
            "verb": permission.verb,
            "group": permission.group,
            "resource": permission.resource,
            "subresource": permission.subresource,
            "namespace": permission.namespace,
            "name": permission.name,
        }
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {key: value for key, value in attributes.items() if value}},
        }
        answer = await self._api.create("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review)
        return bool(answer["status"]["allowed"])

    async def _get(self, path: str) -> dict[str, Any]:
        return await _patiently(self._api, path)


async def _told(check: Check) -> bool:
    try:
        _print(f"ok    {await check()}")
    except Finding as finding:
        _print(f"FAIL  {finding}")
    except KubernetesError as error:
        _print(f"FAIL  The Kubernetes API fails: {error}")
    else:
        return True
    return False


async def _objects(api: KubernetesApi, namespaces: tuple[str, ...]) -> AsyncIterator[tuple[str, str]]:
    """Yield each object as kubectl takes it, and what there is to know of it."""
    for kind in KINDS:
        for namespace in namespaces or (None,):
            path = kind.path(namespace)
            try:
                await _patiently(api, f"{path}?limit=1")
            except KubernetesError as error:
                if error.gone:
                    continue  # the kind is not there, and so no object of it is
                raise
            async for body in api.list_all(path):
                yield _described(kind, body)


def _described(kind: CustomResource, body: Mapping[str, Any]) -> tuple[str, str]:
    metadata, status = body["metadata"], body.get("status") or {}
    held = FINALIZER in metadata.get("finalizers", ())
    holds = f"holds {status.get('connectionName', 'a connection')} in Atlas" if held else "holds nothing in Atlas"
    going = ", is being deleted" if metadata.get("deletionTimestamp") else ""
    name, namespace = metadata["name"], metadata["namespace"]
    return f"{kind.singular} {name} --namespace {namespace}", f"{kind.kind} {namespace}/{name} {holds}{going}"


async def _patiently(api: KubernetesApi, path: str) -> dict[str, Any]:
    """Read; try again while the API server fails, but not when it refuses."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            return await api.get(path)
        except KubernetesError as error:
            passing = error.status in {0, 429} or error.status >= 500
            if not passing or time.monotonic() > deadline:
                raise
        await asyncio.sleep(1)


def _schema_of(kind: CustomResource, schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    group, _, version = API_VERSION.partition("/")
    meant = {"group": group, "version": version, "kind": kind.kind}
    return next((one for one in schemas.values() if meant in one.get("x-kubernetes-group-version-kind", ())), {})


def _paths(schema: Mapping[str, Any], prefix: str = "") -> set[str]:
    """Return the paths of all fields of spec and status."""
    found: set[str] = set()
    for name, field in schema.get("properties", {}).items():
        path = f"{prefix}.{name}" if prefix else name
        if path.partition(".")[0] in ("spec", "status"):
            found |= {path} | _paths(field.get("items", field), path)
    return found


def _time(text: str) -> str:
    return datetime.fromisoformat(text).isoformat(timespec="seconds")


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
