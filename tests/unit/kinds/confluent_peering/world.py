"""The whole path of ConfluentPeerings, with a Confluent Cloud behind HTTP, on a clock that jumps."""

import base64
from collections.abc import Mapping
from typing import Any, ClassVar

from atlas_streams_peering.api.group import API_VERSION
from atlas_streams_peering.confluent.client import Confluent
from atlas_streams_peering.confluent.secrets import CONFLUENT_SECRET
from atlas_streams_peering.controller.kind import Kind
from atlas_streams_peering.kinds.confluent_peering.reconciler import ConfluentPeeringKind
from atlas_streams_peering.transport.credentials import SecretFormat
from unit.controller.path_world import NAMESPACE, World
from unit.kinds.confluent_peering.builders import ATLAS, ENVIRONMENT, NETWORK
from unit.kinds.confluent_peering.cloud import Cloud


class ConfluentWorld(World):
    """Objects are named with their plural, as in ``streamsaccountdetails/atlas``, unless they are ConfluentPeerings."""

    formats: ClassVar[Mapping[str, SecretFormat]] = {"confluent": CONFLUENT_SECRET}

    def __init__(self) -> None:
        self.cloud = self.new_cloud()
        super().__init__()
        self.cloud.calls = self.calls

    def new_cloud(self) -> Cloud:
        return Cloud([])

    def kinds(self) -> tuple[Kind[Any, Any, Any], ...]:
        confluent = Confluent(
            "https://confluent.example", http_transport=self.cloud.transport(), clock=self.clock.monotonic
        )
        return (ConfluentPeeringKind(confluent),)

    def hold_secret(self, value: str = "key", name: str = "confluent") -> None:
        data = {key: base64.b64encode(value.encode()).decode() for key in ("apiKey", "apiSecret")}
        self.objects.put(f"/api/v1/namespaces/{NAMESPACE}/secrets/{name}", {"data": data})

    def create(
        self,
        name: str = "one",
        *,
        held: bool = False,
        status: dict[str, Any] | None = None,
        created: str = "2024-12-12T11:00:00Z",
        finalizers: tuple[str, ...] = (),
        **spec: Any,
    ) -> None:
        """Create a ConfluentPeering towards the VPC of Atlas, unless its spec says otherwise."""
        given = {
            "environmentId": ENVIRONMENT,
            "networkId": NETWORK,
            "credentialsSecretRef": {"name": "confluent"},
            **({} if "accountDetailsRef" in spec else {"atlas": ATLAS}),
        }
        metadata = {"generation": 1, "creationTimestamp": created, "finalizers": list(finalizers)}
        body = {
            "kind": "ConfluentPeering",
            "metadata": metadata,
            "spec": {**given, **spec},
            "status": status or {"observedGeneration": -1},
        }
        self.objects.put(self.path(name), body)

    def path(self, name: str = "one") -> str:
        plural, _, last = name.rpartition("/")
        return f"/apis/{API_VERSION}/namespaces/{NAMESPACE}/{plural or 'confluentpeerings'}/{last}"

    @property
    def changes(self) -> list[str]:
        return self.cloud.changes
