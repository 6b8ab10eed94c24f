"""The contract and AWS' rules hold on both sides for random operations and time, and nothing is left at the end."""

from collections import defaultdict
from typing import Any

import httpx
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from atlas_simulator import Clock, Settings, SimulatorThread
from atlas_simulator.connection import TERMINAL
from simulator.caller import OTHER_PROJECT, PROJECT, VERSION, WITHOUT_TLS
from simulator.confluent.caller import ENVIRONMENT, KEY, NETWORK, PEERINGS, SECRET, peering_body
from simulator.contract import check_all

VPCS = {PROJECT: "vpc-0aaaaaaaaaaaaaaaa", OTHER_PROJECT: "vpc-0bbbbbbbbbbbbbbbb"}
ROUTES = {PROJECT: "192.168.0.0/21", OTHER_PROJECT: "192.168.8.0/21"}
QUERY = {"environment": ENVIRONMENT}
PHASES = {
    "pending-acceptance": {"PENDING_ACCEPT"},
    "active": {"READY"},
    "rejected": {"FAILED"},
    "expired": {"FAILED"},
    "deleted": {"DISCONNECTED"},
}
"""The phase that a peering has once nothing is under way any more."""

delays = st.sampled_from([0.0, 1.0, 30.0])


class BothSides(RuleBasedStateMachine):
    peerings = Bundle("peerings")

    def __init__(self) -> None:
        super().__init__()
        self.simulator = SimulatorThread(Settings(seed=1), clock=Clock(frozen=True), record_exchanges=True)
        self.simulator.start()
        for project, vpc in VPCS.items():
            self.simulator.add_project(project)
            self.simulator.networks.put(project, "aws", "US_EAST_1", vpc_id=vpc, cidr_block=ROUTES[project])
        self.simulator.add_api_key("owner", "private", roles=dict.fromkeys(VPCS, "owner"))
        self.simulator.confluent.add_api_key(KEY, SECRET, roles={ENVIRONMENT: "owner"})
        self.simulator.confluent.add_network(environment=ENVIRONMENT, network=NETWORK, ready_after=0)
        self.atlas = httpx.Client(
            base_url=self.simulator.base_url,
            auth=httpx.DigestAuth("owner", "private"),
            headers={"Accept": VERSION},
            verify=WITHOUT_TLS,
            trust_env=False,
        )
        self.cloud = httpx.Client(
            base_url=self.simulator.base_url, auth=(KEY, SECRET), verify=WITHOUT_TLS, trust_env=False
        )

    def teardown(self) -> None:
        for each in self.simulator.confluent.peerings():
            if each.phase is not None:
                assert self.cloud.delete(f"{PEERINGS}/{each.id}", params=QUERY).status_code == 204
        self.simulator.advance(1000)
        assert self.cloud.get(PEERINGS, params=QUERY).json()["data"] == []
        assert {each.cloud_status for each in self.simulator.connections()} <= TERMINAL
        self.atlas.close()
        self.cloud.close()
        self.simulator.stop()

    @initialize(
        target=peerings,
        provisioning=delays,
        noticing=delays,
        deprovisioning=delays,
        step=delays,
        visibility=delays,
        read_lag=delays,
    )
    def set_up(self, read_lag: float, step: float, visibility: float, **confluent: float) -> Any:
        steps = ("initiating_request", "recorded", "requested", "provisioning", "deleting")
        self.simulator.configure(
            {
                "read_lag": read_lag,
                "delays": {"visibility": visibility, "expiration": 5000, **dict.fromkeys(steps, step)},
                "confluent": {"delays": confluent, "read_lag": read_lag},
            }
        )
        return self.create(PROJECT)

    @rule(target=peerings, project=st.sampled_from(list(VPCS)))
    def create(self, project: str) -> Any:
        present = [each for each in self.simulator.confluent.peerings() if each.phase is not None]
        body = peering_body(vpc=VPCS[project], routes=[ROUTES[project]])
        response = self.cloud.post(PEERINGS, json=body)
        taken = any(each.vpc == VPCS[project] for each in present)
        assert response.status_code == (409 if taken else 202)
        event(f"create: {response.status_code}")
        return multiple() if taken else response.json()["id"]

    @rule(peering=peerings)
    def delete(self, peering: str) -> None:
        there = self.simulator.confluent.peering(peering).phase is not None
        response = self.cloud.delete(f"{PEERINGS}/{peering}", params=QUERY)
        assert response.status_code == (204 if there else 404)
        event(f"delete: {response.status_code}")

    @rule(peering=peerings, verb=st.sampled_from(["accept", "accept", "reject", "delete"]))
    def act_in_atlas(self, peering: str, verb: str) -> None:
        connection = next((c for c in self.simulator.connections() if c.name == self.connection_of(peering)), None)
        if connection is None:
            return
        path = f"/api/atlas/v2/groups/{connection.project}/streams/vpcPeeringConnections/{connection.name}"
        if verb == "delete":
            response = self.atlas.delete(path)
        elif verb == "reject":
            response = self.atlas.post(f"{path}:reject")
        else:
            requester = connection.requester
            challenge = {"requesterAccountId": requester.account_id, "requesterVpcId": requester.vpc_id}
            response = self.atlas.post(f"{path}:accept", json=challenge)
        assert response.status_code in (202, 404, 409)
        assert (response.status_code == 404) is not connection.listed
        if response.status_code == 202:
            assert connection.cloud_status == ("active" if verb == "delete" else "pending-acceptance")
        event(f"{verb}: {response.status_code}")

    @rule(peering=peerings)
    def bring_up(self, peering: str) -> None:
        self.simulator.advance(200)
        self.act_in_atlas(peering, "accept")
        self.simulator.advance(200)

    @rule()
    def settle(self) -> None:
        self.simulator.advance(400)
        states = {each.name: each.cloud_status for each in self.simulator.connections()}
        for each in self.simulator.confluent.peerings():
            if each.phase is not None and each.connection is not None:
                event(f"{states[each.connection]}: {each.phase}")
                assert each.phase in PHASES[states[each.connection]]
            assert each.phase is None or each.connection is not None

    @rule(seconds=st.sampled_from([0.5, 1.0, 31.0, 5000.0]))
    def pass_time(self, seconds: float) -> None:
        self.simulator.advance(seconds)

    @rule(size=st.integers(1, 3))
    def read_all_pages(self, size: int) -> None:
        body = self.cloud.get(PEERINGS, params={**QUERY, "page_size": size}).json()
        rows = body["data"]
        while body["metadata"]["next"]:
            body = self.cloud.get(body["metadata"]["next"]).json()
            rows += body["data"]
        assert len(rows) == len({row["id"] for row in rows}) == body["metadata"]["total_size"]

    @invariant()
    def one_live_connection_between_two_vpcs(self) -> None:
        live = defaultdict(list)
        for each in self.simulator.connections():
            if each.cloud_status not in TERMINAL:
                live[each.requester.vpc_id, each.accepter.vpc_id].append(each.name)
        assert all(len(names) == 1 for names in live.values()), live

    @invariant()
    def a_request_lands_in_the_project_that_has_the_vpc(self) -> None:
        for each in self.simulator.connections():
            assert each.accepter.vpc_id == VPCS[each.project]

    @invariant()
    def every_exchange_keeps_to_the_contract(self) -> None:
        check_all(self.simulator.exchanges)
        self.simulator.clear_calls()

    def connection_of(self, peering: str) -> str | None:
        return self.simulator.confluent.peering(peering).connection


BothSides.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestRandomOperations = BothSides.TestCase
