"""Objects of kinds that the operator does not watch, read by name while an object refers to them."""

import logging
from collections.abc import Collection, Mapping
from typing import Any

from ..api.group import API_VERSION
from ..kube.api import KubernetesApi, KubernetesError, path_segment
from ..kube.objects import ObjectKey

logger = logging.getLogger(__name__)


class UnwatchedObjects:
    """Reads the status of such objects."""

    def __init__(self, api: KubernetesApi, plurals: Mapping[str, str]) -> None:
        self._api = api
        self._plurals = plurals
        """Kind → plural."""

    def among(self, references: Collection[ObjectKey]) -> tuple[ObjectKey, ...]:
        """Return the references that only reading can follow."""
        return tuple(key for key in references if key.kind in self._plurals)

    async def read(self, key: ObjectKey) -> Mapping[str, Any]:
        """Return the status of an object; empty where there is none, or where it may not be read.

        Raises `KubernetesError` where the API server does not answer.
        """
        collection = f"/apis/{API_VERSION}/namespaces/{key.namespace}/{self._plurals[key.kind]}"
        try:
            found = await self._api.get(f"{collection}/{path_segment(key.name)}")
        except KubernetesError as error:
            if error.status not in (403, 404):
                raise
            if error.status == 403:
                logger.warning("%s %s/%s may not be read: %s", key.kind, key.namespace, key.name, error)
            return {}
        status: Mapping[str, Any] = found.get("status") or {}
        return status
