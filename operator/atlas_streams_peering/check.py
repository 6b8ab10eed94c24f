"""``check``: checks an installation from within the cluster, as the operator's ServiceAccount."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from .api.crd import CustomResource
from .api.group import API_VERSION, GROUP
from .controller.credentials import CredentialsMissing, CredentialStore
from .kinds.resources import kinds_served
from .kinds.streams_vpc_peering.resource import STREAMS_VPC_PEERING
from .kube.api import KubernetesApi, KubernetesError, connect, own_namespace
from .services import SECRET_FORMATS
from .settings import Settings
from .transport.probe import probe
from .transport.proxy import WrongVariableError
from .transport.route import route_to

PATIENCE: Final = 60.0
"""Seconds to wait for a replica to become the leader, and for a failing API server to recover."""


class Finding(Exception):  # noqa: N818  # a result, not an error of the program
    """A check found a problem; the text is a sentence that describes it."""


Check = Callable[[], Awaitable[str]]
"""Returns a sentence that says what is in place, or raises a `Finding`."""


@dataclass(frozen=True, slots=True)
class Permission:
    """A permission that the operator's account needs."""

    verb: str
    group: str
    resource: str
    subresource: str = ""
    namespace: str = ""
    """Empty: all namespaces."""
    name: str = ""
    """Empty: any name."""

    @property
    def attributes(self) -> dict[str, str]:
        """The ``resourceAttributes`` of a review of access."""
        return {key: value for key, value in asdict(self).items() if value}

    def __str__(self) -> str:
        resource = f"{self.resource}/{self.subresource}" if self.subresource else self.resource
        named = f" {self.name}" if self.name else ""
        return f"{self.verb} {resource}{named} {f'in namespace {self.namespace}' if self.namespace else 'everywhere'}"


def required_permissions(
    settings: Settings, secrets: tuple[str, ...] = (), *, operator_namespace: str | None = None
) -> Iterator[Permission]:
    """Yield the permissions that the operator needs with these settings.

    `secrets`: names that it reads, empty: any. `operator_namespace`: where it runs; None: where this process runs.
    """
    for namespace in settings.watch_namespaces or ("",):
        for kind in kinds_served(policies=settings.policies):
            # The operator patches an object for its finalizer only.
            for verb in ("get", "list", "watch", *(("patch",) if kind.holds else ())):
                yield Permission(verb, GROUP, kind.plural, namespace=namespace)
            yield Permission("update", GROUP, kind.plural, "status", namespace)
        if settings.policies:
            # A policy creates StreamsVpcPeerings, and deletes what it has created if its deletionPolicy says so.
            for verb in ("create", "delete"):
                yield Permission(verb, GROUP, STREAMS_VPC_PEERING.plural, namespace=namespace)
        for name in secrets or ("",):
            yield Permission("get", "", "secrets", namespace=namespace, name=name)
        for verb in ("get", "create", "update", "delete"):
            yield Permission(verb, "", "configmaps", namespace=namespace)
        yield Permission("create", "", "events", namespace=namespace)
    if default := settings.default_credentials.secret:
        yield Permission("get", "", "secrets", namespace=default.namespace, name=default.name)
    if settings.leader_elect:
        lease = {
            "group": "coordination.k8s.io",
            "resource": "leases",
            "namespace": operator_namespace or own_namespace(),
        }
        yield Permission("create", **lease)
        yield Permission("get", **lease, name=settings.lease_name)
        yield Permission("update", **lease, name=settings.lease_name)


async def check(
    settings: Settings,
    *,
    secrets: tuple[str, ...] = (),
    atlas: bool = True,
    confluent: bool = True,
    patience: float = PATIENCE,
) -> int:
    """Print a line for each thing that an installation needs; return 0 if everything is in place."""
    try:
        api = await connect()
    except Exception as error:  # noqa: BLE001  # the library raises many types; one line is enough
        print_line(f"FAIL  The check cannot connect to the Kubernetes API: {error}")
        return 1
    installation = _Installation(settings, api, secrets, patience)
    checks: list[Check] = [installation.kinds, installation.permissions]
    if settings.default_credentials.secret:
        checks.append(installation.default_credentials)
    if settings.leader_elect:
        checks.append(installation.leader)
    if atlas:
        checks.append(installation.atlas)
    if confluent:
        checks.append(installation.confluent)
    try:
        failures = [await _told(one) for one in checks].count(False)
    finally:
        await api.close()
    return 1 if failures else 0


class Reader:
    """Reads objects; retries while the API server fails, but not when it refuses."""

    def __init__(self, api: KubernetesApi, patience: float) -> None:
        self._api, self._deadline = api, time.monotonic() + patience

    async def get(self, path: str) -> dict[str, Any]:
        """Read one object, or one page of a collection."""
        while True:
            try:
                return await self._api.get(path)
            except KubernetesError as error:
                if not error.passing or time.monotonic() > self._deadline:
                    raise
            await asyncio.sleep(1)

    async def items(self, path: str) -> AsyncIterator[dict[str, Any]]:
        """Read a collection, page by page; yield nothing if the API server does not serve its kind."""
        following: str | None = ""
        while following is not None:
            try:
                page = await self.get(f"{path}?{urlencode({'limit': 500, 'continue': following})}")
            except KubernetesError as error:
                if not error.gone:
                    raise
                return
            for item in page.get("items") or ():
                yield item
            following = page["metadata"].get("continue") or None


class _Installation:
    """The checks of an installation."""

    def __init__(self, settings: Settings, api: KubernetesApi, secrets: tuple[str, ...], patience: float) -> None:
        self._settings, self._api, self._secrets, self._patience = settings, api, secrets, patience
        self._read, self._kinds = Reader(api, patience), kinds_served(policies=settings.policies)

    async def kinds(self) -> str:
        """The API server serves the kinds, with every field that this version knows."""
        try:
            served = {entry["name"] for entry in (await self._read.get(f"/apis/{API_VERSION}"))["resources"]}
        except KubernetesError as error:
            raise Finding(
                f"The API server does not serve {API_VERSION} ({error}): apply the CustomResourceDefinitions."
            ) from None
        missing = [kind.crd_name for kind in self._kinds if not {kind.plural, f"{kind.plural}/status"} <= served]
        if missing:
            raise Finding(f"These CustomResourceDefinitions are missing: {', '.join(missing)}.")
        schemas = (await self._read.get(f"/openapi/v3/apis/{API_VERSION}"))["components"]["schemas"]
        for kind in self._kinds:
            wanted = kind.manifest()["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
            unknown = sorted(field_paths(wanted) - field_paths(_schema_of(kind, schemas)))
            if unknown:
                raise Finding(
                    f"The CustomResourceDefinition {kind.crd_name} is older than the operator: it lacks "
                    f"{', '.join(unknown[:5])}. Apply the CustomResourceDefinition of this version."
                )
        plurals = ", ".join(kind.plural for kind in self._kinds)
        return f"The API server serves {API_VERSION}, with {plurals} of this version."

    async def permissions(self) -> str:
        """The account has the permissions that the operator needs."""
        wanted = list(required_permissions(self._settings, self._secrets))
        denied = [permission for permission in wanted if not await self._allowed(permission)]
        unlisted = _unlisted(wanted, denied)
        if unlisted:
            raise Finding(
                f"The operator's account can list nothing in {', '.join(unlisted)}: the namespace is gone, or the "
                "operator's Role or RoleBinding in it is. Create them again, or remove the namespace from "
                "WATCH_NAMESPACES."
            )
        if denied:
            raise Finding(
                f"The operator's account lacks these permissions: {'; '.join(map(str, denied))}. "
                "Check its Roles and bindings."
            )
        return f"The operator's account has all {len(wanted)} required permissions."

    async def default_credentials(self) -> str:
        """The Secret of the default credentials exists and is complete."""
        default = self._settings.default_credentials
        if default.secret is None:
            raise Finding("There are no default credentials.")
        try:
            await CredentialStore(self._api, SECRET_FORMATS, default, max_age=0).read(default.secret)
        except (CredentialsMissing, KubernetesError) as error:
            raise Finding(f"The operator cannot use the default credentials: {error}") from None
        return f"Secret {default.secret} holds the default credentials."

    async def leader(self) -> str:
        """A replica leads: it renews the Lease."""
        namespace, name = own_namespace(), self._settings.lease_name
        path = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/{name}"
        deadline, lease = time.monotonic() + self._patience, dict[str, Any]()
        renewed = None
        while time.monotonic() < deadline:
            try:
                lease = (await self._read.get(path)).get("spec") or {}
            except KubernetesError as error:
                if not error.gone:
                    raise Finding(f"The check cannot read the Lease {namespace}/{name}: {error}") from None
            # Only a renewal that happens meanwhile counts: the clocks of two machines may differ.
            if lease.get("holderIdentity") and renewed not in (None, lease.get("renewTime")):
                return f"{lease['holderIdentity']} leads: it renews the Lease {namespace}/{name}."
            renewed = lease.get("renewTime") or renewed
            await asyncio.sleep(0.5)
        last = f"last renewal: {_time(renewed)}" if renewed else "the Lease does not exist"
        raise Finding(f"No replica leads: no replica renews the Lease {namespace}/{name} ({last}).")

    async def atlas(self) -> str:
        """Atlas answers."""
        return await _answers("Atlas", self._settings.atlas_base_url, "/api/atlas/v2")

    async def confluent(self) -> str:
        """Confluent Cloud answers."""
        return await _answers("Confluent Cloud", self._settings.confluent_base_url, "/networking/v1/networks")

    async def _allowed(self, permission: Permission) -> bool:
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": permission.attributes},
        }
        answer = await self._api.create("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review)
        return bool(answer["status"]["allowed"])


async def _answers(service: str, url: str, path: str) -> str:
    """The service answers. The check sends no credentials, so any answer will do."""
    try:
        route = route_to(url)
    except WrongVariableError as error:
        raise Finding(f"The operator cannot start: {error}.") from None
    answer = await probe(route, path)
    if not answer.answered:
        raise Finding(f"The operator cannot reach {service}: {answer.problem}.")
    return f"{service} answers at {url}."


def _unlisted(wanted: Sequence[Permission], denied: Collection[Permission]) -> list[str]:
    """Return the namespaces in which every list is denied."""
    lists = {permission for permission in wanted if permission.namespace and permission.verb == "list"}
    allowed = {permission.namespace for permission in lists.difference(denied)}
    return sorted({permission.namespace for permission in lists} - allowed)


async def _told(check: Check) -> bool:
    try:
        print_line(f"ok    {await check()}")
    except Finding as finding:
        print_line(f"FAIL  {finding}")
    except KubernetesError as error:
        print_line(f"FAIL  The Kubernetes API answers with an error: {error}")
    else:
        return True
    return False


def _schema_of(kind: CustomResource, schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    group, _, version = API_VERSION.partition("/")
    meant = {"group": group, "version": version, "kind": kind.kind}
    return next((one for one in schemas.values() if meant in one.get("x-kubernetes-group-version-kind", ())), {})


def field_paths(schema: Mapping[str, Any], prefix: str = "") -> set[str]:
    """Return the paths of all fields of spec and status, in the schema of a kind."""
    found: set[str] = set()
    for name, field in schema.get("properties", {}).items():
        path = f"{prefix}.{name}" if prefix else name
        if path.partition(".")[0] in ("spec", "status"):
            found |= {path} | field_paths(field.get("items", field), path)
    return found


def _time(text: str) -> str:
    return datetime.fromisoformat(text).isoformat(timespec="seconds")


def print_line(line: str) -> None:
    """Print a line without delay, for readers of the pod's log."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
