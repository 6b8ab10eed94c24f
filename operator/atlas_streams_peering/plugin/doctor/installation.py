"""An installation of the operator, as its Deployment describes it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from ...settings import Settings, explain

PART_OF: Final = "app.kubernetes.io/part-of=atlas-streams-peering,app.kubernetes.io/component=operator"
"""Label selector of the operator's Deployments and pods, as the chart and the plain manifests label them."""

VERSION_LABEL: Final = "app.kubernetes.io/version"
_CONTAINER: Final = "operator"
_FLAGS: Final = {f"--{name.replace('_', '-')}": name for name in Settings.model_fields}


class DeployedSettings(Settings):
    """The settings of another process, from its variables and flags instead of those of this process."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  # the base class' signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the arguments of the constructor only."""
        return (init_settings,)


@dataclass(frozen=True, slots=True)
class Pod:
    """One pod of the operator."""

    name: str
    ready: bool
    problem: str = ""
    """Why it is not ready: ``CrashLoopBackOff``, ``ImagePullBackOff``, ``exit code 2`` …"""
    restarts: int = 0

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> "Pod":
        """Read a pod of the Kubernetes API."""
        status = body.get("status") or {}
        ready = any(one["type"] == "Ready" and one["status"] == "True" for one in status.get("conditions") or ())
        containers = status.get("containerStatuses") or ()
        problem = next((found for one in containers if (found := _problem(one))), "")
        if not problem and not ready:
            unscheduled = (one for one in status.get("conditions") or () if one["type"] == "PodScheduled")
            problem = next((one.get("message") or "" for one in unscheduled if one["status"] == "False"), "")
        return cls(
            body["metadata"]["name"], ready, problem, sum(int(one.get("restartCount") or 0) for one in containers)
        )


@dataclass(frozen=True, slots=True)
class Installation:
    """The operator in one namespace."""

    namespace: str
    name: str
    version: str | None
    image: str | None
    service_account: str
    replicas: int
    ready: int
    variables: Mapping[str, str]
    """Environment variables and flags of its container, without values from Secrets or ConfigMaps."""
    unread: Sequence[str]
    """The variables whose values come from Secrets, ConfigMaps or elsewhere."""
    pods: Sequence[Pod] = ()

    @classmethod
    def read(cls, body: Mapping[str, Any], pods: Sequence[Pod] = ()) -> "Installation":
        """Read a Deployment of the Kubernetes API."""
        metadata, spec, status = body["metadata"], body["spec"], body.get("status") or {}
        template = spec["template"]["spec"]
        containers: Sequence[Mapping[str, Any]] = template.get("containers") or ({},)
        container = next((one for one in containers if one.get("name") == _CONTAINER), containers[0])
        namespace = metadata["namespace"]
        variables, unread = _variables(container, namespace)
        current = status.get("observedGeneration") == metadata.get("generation")
        replicas = spec.get("replicas")
        return cls(
            namespace=namespace,
            name=metadata["name"],
            version=(metadata.get("labels") or {}).get(VERSION_LABEL),
            image=container.get("image"),
            service_account=template.get("serviceAccountName") or "default",
            replicas=1 if replicas is None else int(replicas),
            ready=int(status.get("readyReplicas") or 0) if current else 0,
            variables=variables,
            unread=tuple(unread),
            pods=pods,
        )

    @property
    def key(self) -> str:
        """``NAMESPACE/NAME``, for messages."""
        return f"{self.namespace}/{self.name}"

    @property
    def user(self) -> str:
        """The operator's account, as the API server names it."""
        return f"system:serviceaccount:{self.namespace}:{self.service_account}"

    def settings(self) -> Settings:
        """Return the operator's settings, as far as the Deployment contains them.

        Raises
        ------
        ValueError
            The operator cannot start with them. The text names the variables, and shows no value.
        """
        known = {name: self.variables[name.upper()] for name in Settings.model_fields if name.upper() in self.variables}
        try:
            return DeployedSettings(**known)  # type: ignore[arg-type]  # as variables are: strings
        except ValidationError as error:
            raise ValueError(explain(error)) from None


def _problem(container: Mapping[str, Any]) -> str:
    state, last = container.get("state") or {}, container.get("lastState") or {}
    waiting = (state.get("waiting") or {}).get("reason") or ""
    ended = state.get("terminated") or last.get("terminated") or {}
    if container.get("ready") or (not waiting and not ended):
        return ""
    reason = ended.get("reason") or ""
    code = f"exit code {ended['exitCode']}" if "exitCode" in ended else ""
    how = ", ".join(filter(None, (waiting, reason if reason not in ("Error", "Completed") else "", code)))
    return "" if waiting == "ContainerCreating" else how


def _variables(container: Mapping[str, Any], namespace: str) -> tuple[dict[str, str], list[str]]:
    variables, unread = dict[str, str](), list[str]()
    for entry in container.get("env") or ():
        source = entry.get("valueFrom") or {}
        if not source:
            variables[entry["name"]] = entry.get("value") or ""
        elif (source.get("fieldRef") or {}).get("fieldPath") == "metadata.namespace":
            variables[entry["name"]] = namespace
        else:
            unread.append(entry["name"])
    unread += ["envFrom" for _ in container.get("envFrom") or ()]
    variables |= {_FLAGS[flag].upper(): value for flag, value in _flags(container.get("args") or ())}
    return variables, unread


def _flags(arguments: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the flags that are settings, with values: ``--flag=value``, ``--flag value``, or ``--flag`` alone."""
    words = list(arguments)
    for word, following in zip(words, [*words[1:], "--"], strict=True):
        flag, given, value = word.partition("=")
        if flag in _FLAGS:
            yield flag, value if given else ("true" if following.startswith("--") else following)
