"""An Argo CD Application and its folder in git, used as a user would: git commits, kubectl, `argocd app …`."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from cluster.namespace import Namespace
from cluster.waiting import wait_until
from gitops.argocd import NAMESPACE, ArgoCdServices
from gitops.manifests import Manifest
from gitops.repository import BRANCH, CHART_FOLDER, Repository

IN_CLUSTER: Final = "https://kubernetes.default.svc"
CASCADE: Final = "resources-finalizer.argocd.argoproj.io"
SECONDS: Final = 60.0
"""Patience: many times what anything here takes on a quiet machine."""
WAITING_FOR_THE_PEERING: Final = "waiting for healthy state of atlasstreams.io/StreamsVpcPeering/orders"
"""What Argo CD says of a sync that waits for it."""


def chart_source(release: str, values: Manifest) -> Manifest:
    """Return the chart as a source."""
    return {"path": CHART_FOLDER, "helm": {"releaseName": release, "valuesObject": values}}


class Application:
    """One Application that syncs, prunes and heals by itself unless told otherwise, into a namespace."""

    def __init__(self, argocd: ArgoCdServices, repository: Repository, namespace: Namespace) -> None:
        self.name, self.namespace = namespace.name, namespace
        self._argocd, self._repository = argocd, repository
        self._argocd_namespace = Namespace(namespace.cluster, NAMESPACE)

    def commit(self, manifests: Iterable[Manifest]) -> str:
        """Commit that the folder holds these manifests and no others; return the revision."""
        files = {f"{each['kind']}-{each['metadata']['name']}".lower(): each for each in manifests}
        return self._repository.commit_manifests(self.folder, files)

    @property
    def folder(self) -> str:
        return f"applications/{self.name}"

    def create(
        self,
        *sources: Mapping[str, Any],
        automated: bool = True,
        cascade: bool = True,
        retry: Mapping[str, Any] | None = None,
        options: tuple[str, ...] = (),
    ) -> None:
        """Apply the Application; its source is its own folder unless told otherwise."""
        policy: Manifest = {"syncOptions": list(options)}
        if automated:
            policy["automated"] = {"prune": True, "selfHeal": True}
        if retry is not None:
            policy["retry"] = dict(retry)
        where = {"repoURL": self._repository.url, "targetRevision": BRANCH}
        chosen = [{**where, **source} for source in sources or ({"path": self.folder},)]
        manifest = {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {"name": self.name, "finalizers": [CASCADE] if cascade else []},
            "spec": {
                "project": "default",
                **({"source": chosen[0]} if len(chosen) == 1 else {"sources": chosen}),
                "destination": {"server": IN_CLUSTER, "namespace": self.name},
                "syncPolicy": policy,
            },
        }
        self._argocd_namespace.apply(manifest)

    def refresh(self, kind: str = "normal") -> None:
        """Let Argo CD look at git and the cluster now, and wait until it has; by itself it looks every few minutes."""
        asked = "argocd.argoproj.io/refresh"
        self._argocd_namespace.kubectl("annotate", "--overwrite", "application", self.name, f"{asked}={kind}")

        def answered() -> bool:
            found = self.get()
            return found is None or asked not in found["metadata"].get("annotations", {})

        wait_until(answered, f"{self.name} is refreshed", seconds=SECONDS)

    def get(self) -> Manifest | None:
        return self._argocd_namespace.get(self.name, "application")

    @property
    def status(self) -> Manifest:
        found: Manifest = (self.get() or {}).get("status") or {}
        return found

    @property
    def operation(self) -> Manifest:
        """The last sync operation, or the one that runs."""
        found: Manifest = self.status.get("operationState") or {}
        return found

    def health_of(self, kind: str, name: str) -> Manifest:
        """Return the health of a resource, with its message, as `argocd app get` shows it."""
        shown = json.loads(self._argocd.cli("app", "get", self.name, "--output=json"))
        for resource in shown["status"].get("resources", []):
            if (resource["kind"], resource["name"]) == (kind, name):
                found: Manifest = resource.get("health") or {}
                return found
        return {}

    def wait_for(self, *, sync: str | None = None, health: str | None = None, revision: str | None = None) -> Manifest:
        """Wait until the Application shows this; return its status."""
        wanted = {"sync": sync, "health": health, "revision": revision}

        def shown() -> dict[str, str | None]:
            status = self.status
            compared = status.get("sync", {})
            found = {
                "sync": compared.get("status"),
                "health": status.get("health", {}).get("status"),
                "revision": compared.get("revision"),
            }
            return {name: found[name] for name, value in wanted.items() if value is not None}

        reached = {name: value for name, value in wanted.items() if value is not None}
        self._wait(lambda: shown() == reached, f"shows {reached}")
        return self.status

    def wait_for_operation(self, phase: str, *, saying: str = "", revision: str | None = None) -> Manifest:
        """Wait until the last operation is in this phase, with these words in its message; return it."""

        def reached() -> bool:
            found = self.operation
            synced = (found.get("syncResult") or {}).get("revision")
            said = saying in found.get("message", "")
            return found.get("phase") == phase and said and revision in (None, synced)

        self._wait(reached, f"has an operation that is {phase} and says '{saying}'")
        return self.operation

    def delete(self) -> None:
        """Delete the Application, without waiting."""
        self._argocd_namespace.delete(self.name, "application")

    def wait_for_condition(self, kind: str) -> str:
        """Wait until the Application has a condition of this kind; return its message."""

        def found() -> list[str]:
            return [each["message"] for each in self.status.get("conditions", []) if each["type"] == kind]

        self._wait(lambda: bool(found()), f"has a condition {kind}")
        return found()[0]

    def wait_gone(self) -> None:
        self._wait(lambda: self.get() is None, "is gone")

    def sync(self) -> None:
        """Ask for a sync, without waiting for it: the button, or `argocd app sync`."""
        self._argocd.cli("app", "sync", self.name, "--async")

    def confirm_deletion(self) -> None:
        """Allow what waits for a word to be pruned or deleted: the button, or `argocd app confirm-deletion`."""
        self._argocd.cli("app", "confirm-deletion", self.name)

    def terminate_operation(self) -> None:
        """Let the running operation end: `argocd app terminate-op`."""
        self._argocd.cli("app", "terminate-op", self.name)

    def run_action(self, action: str, kind: str, name: str) -> None:
        """Run an action on a resource, as the user interface and `argocd app actions run` do."""
        self._argocd.cli("app", "actions", "run", self.name, action, f"--kind={kind}", f"--resource-name={name}")

    def _wait(self, condition: Callable[[], bool], what: str) -> None:
        try:
            wait_until(condition, f"{self.name} {what}", seconds=SECONDS, every=0.2)
        except AssertionError as error:
            self._argocd.check()
            raise AssertionError(f"{error}; status: {json.dumps(self.status)}") from None
