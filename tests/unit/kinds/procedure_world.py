"""The whole procedure in memory: Atlas and Confluent Cloud behind HTTP, and between them what AWS does to both."""

import asyncio
import base64
from collections.abc import Mapping
from typing import Any, ClassVar, Final

import httpx

from atlas_streams_peering.atlas.client import Atlas
from atlas_streams_peering.atlas.secrets import ATLAS_SECRET
from atlas_streams_peering.confluent.secrets import CONFLUENT_SECRET
from atlas_streams_peering.controller.kind import Kind
from atlas_streams_peering.kinds.streams_account_details.reconciler import StreamsAccountDetailsKind
from atlas_streams_peering.kinds.streams_vpc_peering.reconciler import StreamsVpcPeeringKind
from atlas_streams_peering.kube.config_maps import ConfigMaps
from atlas_streams_peering.transport.credentials import SecretFormat
from unit.controller.path_world import NAMESPACE
from unit.kinds.confluent_peering.builders import ACCOUNT, ATLAS, CIDR, VPC
from unit.kinds.confluent_peering.cloud import Body, Cloud
from unit.kinds.confluent_peering.world import ConfluentWorld
from unit.kube.config_map_store import ConfigMapStore

PROJECT: Final = "671a86f4cfc9da7d7c31b14f"
LAG: Final = 12.0
"""Seconds that AWS takes for each step."""
VPCS: Final = {"US_EAST_1": ATLAS["vpcId"], "EU_WEST_1": "vpc-0123456789abcdef0"}
"""The VPCs of Atlas, by region."""


class Aws(Cloud):
    """A Confluent Cloud whose peerings are connections that Atlas sees too."""

    def __init__(self, calls: list[str]) -> None:
        super().__init__(calls)
        self.connections: dict[str, Body] = {}
        """What Atlas lists, by name."""
        self.lists = 0
        """So often the connections were listed."""
        self.has_network = True
        """Atlas has networks in its regions."""

    def later(self, happens: Any, *arguments: Any) -> None:
        asyncio.get_running_loop().call_later(LAG, happens, *arguments)

    # -- Confluent Cloud

    def _change(self, body: Body, name: str) -> httpx.Response:
        if body:
            answer = super()._change(body, name)
            self.later(self._request, answer.json())
            return answer
        if name in self.peerings:
            self._end(name, "deleted")
            self.set("DEPROVISIONING", name)
            self.later(self.peerings.pop, name, None)
        return httpx.Response(204)

    def _request(self, peering: Body) -> None:
        name, cloud = peering["id"], peering["spec"]["cloud"]
        if name not in self.peerings:
            return
        self.set("PENDING_ACCEPT", name)
        pcx = f"pcx-{len(self.connections) + 1:017x}"
        self.connections[pcx] = {
            "_id": f"{len(self.connections) + 1:024x}",
            "name": pcx,
            "requesterAccountId": ACCOUNT,
            "requesterVpcId": VPC,
            "requesterCidr": CIDR,
            "accepterAccountId": cloud["account"],
            "accepterVpcId": cloud["vpc"],
            "cloudStatus": "pending-acceptance",
            "localStatus": "NONE",
            "peering": name,
        }

    def _end(self, peering: str, word: str) -> None:
        for connection in self.connections.values():
            if connection["peering"] == peering and connection["cloudStatus"] != "deleted":
                connection["cloudStatus"] = word

    # -- Atlas

    def atlas(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer_atlas)

    async def _answer_atlas(self, request: httpx.Request) -> httpx.Response:
        last = request.url.path.rpartition("/")[2]
        if last == "accountDetails":
            if not self.has_network:
                return httpx.Response(404, json={"errorCode": "CONTAINER_NOT_FOUND", "detail": "No network."})
            vpc = VPCS[request.url.params["regionName"]]
            return httpx.Response(
                200, json={"awsAccountId": ATLAS["accountId"], "vpcId": vpc, "cidrBlock": ATLAS["cidrBlock"]}
            )
        if last == "vpcPeeringConnections":
            self.lists += 1
            rows = [{key: row[key] for key in row if key != "peering"} for row in self.connections.values()]
            return httpx.Response(200, json={"results": rows, "totalCount": len(rows)})
        name, _, action = last.partition(":")
        self.calls.append(f"{action or 'delete'} {name}")
        connection = self.connections[name]
        peering = connection["peering"]
        if action == "accept":
            connection["cloudStatus"] = "provisioning"
            self.later(self._connect, connection)
        else:
            connection["cloudStatus"] = "rejected" if action == "reject" else "deleted"
            if peering in self.peerings:
                self.set("FAILED" if action == "reject" else "DISCONNECTED", peering)
        return httpx.Response(202)

    def _connect(self, connection: Body) -> None:
        if connection["cloudStatus"] == "provisioning":
            connection["cloudStatus"] = "active"
            self.set("READY", connection["peering"])


class ProcedureWorld(ConfluentWorld):
    """All three kinds of the procedure."""

    formats: ClassVar[Mapping[str, SecretFormat]] = {"confluent": CONFLUENT_SECRET, "atlas": ATLAS_SECRET}

    def __init__(self) -> None:
        super().__init__()
        data = {key: base64.b64encode(b"key").decode() for key in ("publicApiKey", "privateApiKey")}
        self.objects.put(f"/api/v1/namespaces/{NAMESPACE}/secrets/atlas", {"data": data})

    def new_cloud(self) -> Aws:
        self.aws = Aws([])
        return self.aws

    def kinds(self) -> tuple[Kind[Any, Any, Any], ...]:
        atlas = Atlas("https://atlas.example", http_transport=self.aws.atlas(), clock=self.clock.monotonic)
        return (
            *super().kinds(),
            StreamsVpcPeeringKind(atlas),
            StreamsAccountDetailsKind(atlas, ConfigMaps(ConfigMapStore())),
        )

    # -- users

    def apply_details(self, name: str, region: str = "us-east-1") -> None:
        self._apply("StreamsAccountDetails", f"streamsaccountdetails/{name}", {"region": region, **_ATLAS})

    def apply_confluent(self, name: str) -> None:
        self.create(name, accountDetailsRef={"name": name})

    def apply_peering(self, name: str) -> None:
        spec = {"requester": {"confluentPeeringRef": {"name": name}}, **_ATLAS}
        self._apply("StreamsVpcPeering", f"streamsvpcpeerings/{name}", spec)

    def _apply(self, kind: str, name: str, spec: Body) -> None:
        metadata: Body = {"generation": 1, "creationTimestamp": "2024-12-12T12:00:00Z"}
        metadata["uid"] = f"uid-of-{name}"
        body = {"kind": kind, "metadata": metadata, "spec": spec, "status": {"observedGeneration": -1}}
        self.objects.put(self.path(name), body)


_ATLAS: Final = {"projectId": PROJECT, "credentialsSecretRef": {"name": "atlas"}}
