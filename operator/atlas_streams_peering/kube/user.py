"""The Kubernetes API for a person: with the same kubeconfig and context as kubectl."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kubernetes.aio import config
from kubernetes.aio.client.api_client import ApiClient
from kubernetes.aio.client.configuration import Configuration

from .. import __version__
from .api import KubernetesApi, KubernetesError, in_cluster, load_configuration, own_namespace

_HOME_KUBECONFIG = Path("~/.kube/config")


class KubeconfigUnusable(KubernetesError):  # noqa: N818  # named after what is said
    """The kubeconfig or its context cannot be used. No request was made."""


@dataclass(frozen=True, slots=True)
class User:
    """The person's kubeconfig and context."""

    kubeconfig: str | None = None
    """Path; None: the value of KUBECONFIG, else ~/.kube/config."""
    context: str | None = None
    """Name of a context; None: the current one."""

    async def connect(self) -> KubernetesApi:
        """Connect to the API server. In a pod without a kubeconfig: as the pod's ServiceAccount, as kubectl does.

        Raises
        ------
        KubeconfigUnusable
        """
        if not self._is_pod and not self._exists:
            missing = self._path or _HOME_KUBECONFIG
            raise KubeconfigUnusable(0, "", f"The kubeconfig cannot be used: there is no file {missing}")
        try:
            configuration = await self._configuration()
        except (config.ConfigException, OSError) as error:
            raise KubeconfigUnusable(0, "", f"The kubeconfig cannot be used: {error}") from None
        client = ApiClient(configuration)
        api = KubernetesApi(client)
        client.user_agent = f"kubectl-atlas_peering/{__version__}"
        return api

    def namespace(self) -> str:
        """Return the namespace of the context."""
        if self._is_pod:
            return own_namespace()
        if not self._exists:
            return "default"  # to connect says what is wrong
        try:
            contexts, current = config.list_kube_config_contexts(config_file=self._path)
        except (config.ConfigException, OSError):
            return "default"  # to connect says what is wrong
        chosen = next((one for one in contexts if one["name"] == self.context), current)
        return str(chosen["context"].get("namespace") or "default")

    def contexts(self) -> tuple[str, ...]:
        """Return the names of the contexts in the kubeconfig; empty if there is no kubeconfig."""
        if not self._exists:
            return ()
        try:
            contexts, _ = config.list_kube_config_contexts(config_file=self._path)
        except (config.ConfigException, OSError):
            return ()
        return tuple(str(one["name"]) for one in contexts)

    @property
    def _is_pod(self) -> bool:
        return (
            self._path is None and self.context is None and not _HOME_KUBECONFIG.expanduser().exists() and in_cluster()
        )

    @property
    def _path(self) -> str | None:
        return self.kubeconfig or os.environ.get("KUBECONFIG") or None

    @property
    def _exists(self) -> bool:
        """Return whether there is a file to read. Without one, the library logs a misleading error."""
        paths = (self._path or str(_HOME_KUBECONFIG)).split(os.pathsep)
        return any(Path(path).expanduser().exists() for path in paths if path)

    async def _configuration(self) -> Any:
        if self._is_pod:
            return await load_configuration()
        configuration = Configuration()
        configuration.client_session_kwargs = {"trust_env": False}
        await config.load_kube_config(
            config_file=self._path, context=self.context, client_configuration=configuration, persist_config=False
        )
        return configuration
