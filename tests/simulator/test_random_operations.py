"""The contract and AWS' rules hold for random operations, faults and time."""

import itertools
from collections import defaultdict
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from atlas_simulator import Clock, Peering, Settings, SimulatorThread
from atlas_simulator.connection import TERMINAL
from simulator.caller import PROJECT, VERSION, WITHOUT_TLS
from simulator.contract import check_all

ACCOUNTS = ("000000000001", "417601102659")
VPCS = ("vpc-00000001", "vpc-0d13eb6a2f0377854")
ACCEPTER_VPCS = ("vpc-0aaaaaaaaaaaaaaaa", "vpc-0bbbbbbbbbbbbbbbb")
PATH = f"/api/atlas/v2/groups/{PROJECT}/streams/vpcPeeringConnections"

FOLLOWS = {
    "initiating-request": {"pending-acceptance", "failed"},
    "pending-acceptance": {"provisioning", "rejected", "expired"},
    "provisioning": {"active"},
    "active": {"deleting"},
    "deleting": {"deleted"},
}
"""The states that may follow each state (AWS VPC peering guide)."""

delays = st.sampled_from([0.0, 1.0, 30.0])


def challenge(peering: Peering) -> dict[str, str]:
    return {"requesterAccountId": peering.requester.account_id, "requesterVpcId": peering.requester.vpc_id}


class Atlas(RuleBasedStateMachine):
    names = Bundle("names")

    def __init__(self) -> None:
        super().__init__()
        self.simulator = SimulatorThread(Settings(seed=1), clock=Clock(frozen=True), record_exchanges=True)
        self.simulator.start()
        self.simulator.add_project(PROJECT)
        self.simulator.add_api_key("owner", "private", roles={PROJECT: "owner"})
        self.client = httpx.Client(
            base_url=self.simulator.base_url,
            auth=httpx.DigestAuth("owner", "private"),
            headers={"Accept": VERSION},
            verify=WITHOUT_TLS,
            trust_env=False,
        )

    def teardown(self) -> None:
        self.client.close()
        self.simulator.stop()

    @initialize(
        target=names,
        read_lag=delays,
        linger=st.sampled_from([0.0, 600.0, None]),
        visibility=delays,
        step=delays,
        expiration=st.sampled_from([20.0, 100_000.0]),
    )
    def set_up(self, read_lag: float, linger: float | None, visibility: float, step: float, expiration: float) -> str:
        steps = ("initiating_request", "recorded", "requested", "provisioning", "deleting")
        self.simulator.configure(
            {
                "read_lag": read_lag,
                "linger": dict.fromkeys(("expired", "rejected", "deleted", "failed"), linger),
                "delays": {"visibility": visibility, "expiration": expiration, **dict.fromkeys(steps, step)},
            }
        )
        return self.simulator.request_peering(
            project=PROJECT, account=ACCOUNTS[0], vpc=VPCS[0], accepter_vpc=ACCEPTER_VPCS[0]
        )

    @rule(
        target=names,
        account=st.sampled_from(ACCOUNTS),
        vpc=st.sampled_from(VPCS),
        accepter_vpc=st.sampled_from(ACCEPTER_VPCS),
        cidr=st.sampled_from(["10.0.0.0/16", "192.168.0.0/16"]),
    )
    def request(self, account: str, vpc: str, accepter_vpc: str, cidr: str) -> Any:
        taken = any(
            each.requester.vpc_id == vpc and each.accepter.vpc_id == accepter_vpc and each.cloud_status not in TERMINAL
            for each in self.simulator.connections()
        )
        try:
            name = self.simulator.request_peering(
                project=PROJECT, account=account, vpc=vpc, accepter_vpc=accepter_vpc, cidr=cidr
            )
        except ValueError:
            event("refused")
            name = None
        assert (name is None) is taken
        return multiple() if name is None else name

    @rule(name=names)
    def accept(self, name: str) -> None:
        before = self.simulator.connection(name)
        response = self.client.post(f"{PATH}/{name}:accept", json=challenge(before))
        self.judge(response, name, before.listed, before.cloud_status == "pending-acceptance", "REQUEST_ACCEPT")

    @rule(name=names)
    def accept_and_wait(self, name: str) -> None:
        self.accept(name)
        self.simulator.advance(90)

    @rule(name=names)
    def reject(self, name: str) -> None:
        before = self.simulator.connection(name)
        response = self.client.post(f"{PATH}/{name}:reject")
        self.judge(response, name, before.listed, before.cloud_status == "pending-acceptance", "REQUEST_REJECT")

    @rule(name=names)
    def delete(self, name: str) -> None:
        before = self.simulator.connection(name)
        response = self.client.delete(f"{PATH}/{name}")
        self.judge(response, name, before.listed, before.cloud_status == "active", "REQUEST_DELETE")

    def judge(self, response: httpx.Response, name: str, listed: bool, allowed: bool, recorded: str) -> None:
        assert response.status_code in (202, 404, 409)
        assert (response.status_code == 404) is not listed
        event(f"{recorded}: {response.status_code}")
        if response.status_code == 202:
            assert allowed
            history = self.simulator.connection(name).history
            now = self.simulator.now()
            assert recorded in [state.local_status for state in history if state.since == now]

    @rule(account=st.sampled_from(ACCOUNTS), size=st.integers(1, 3))
    def read_all_pages(self, account: str, size: int) -> None:
        rows: list[dict[str, Any]] = []
        for page in itertools.count(1):
            query: dict[str, str | int] = {"requesterAccountId": account, "itemsPerPage": size, "pageNum": page}
            body = self.client.get(PATH, params=query).json()
            rows += body["results"]
            if len(body["results"]) < size:
                break
        assert body["totalCount"] == len(rows)
        assert len({row["name"] for row in rows}) == len(rows)
        assert all(row["requesterAccountId"] == account for row in rows)
        assert all(("accepterCidr" in row) is (row["cloudStatus"] == "active") for row in rows)

    @rule(seconds=st.sampled_from([0.5, 1.0, 31.0, 61.0, 600.0]))
    def pass_time(self, seconds: float) -> None:
        self.simulator.advance(seconds)

    @rule(name=names, kind=st.sampled_from(["no-effect", "stuck", "update-failed", "scan-failed", "answer"]))
    def accept_in_vain(self, name: str, kind: str) -> None:
        before = self.simulator.connection(name)
        self.simulator.fault(kind, "accept", status=503, message="Something.")
        response = self.client.post(f"{PATH}/{name}:accept", json=challenge(before))
        assert response.status_code in (202, 404, 409, 503)
        after = self.simulator.connection(name)
        assert after.cloud_status == before.cloud_status
        if kind in ("no-effect", "answer") or response.status_code != 202:
            assert after == before

    @rule(name=names, kind=st.sampled_from(["lose-reply", "drop"]))
    def accept_without_hearing_back(self, name: str, kind: str) -> None:
        before = self.simulator.connection(name)
        self.simulator.fault(kind, "accept")
        with pytest.raises(httpx.TransportError):
            self.client.post(f"{PATH}/{name}:accept", json=challenge(before))
        if kind == "drop" or before.cloud_status != "pending-acceptance" or not before.listed:
            assert self.simulator.connection(name) == before

    @invariant()
    def one_live_connection_between_two_vpcs(self) -> None:
        live = defaultdict(list)
        for each in self.simulator.connections():
            if each.cloud_status not in TERMINAL:
                live[each.requester.vpc_id, each.accepter.vpc_id].append(each.name)
        assert all(len(names) == 1 for names in live.values()), live

    @invariant()
    def states_follow_each_other_as_at_aws(self) -> None:
        for each in self.simulator.connections():
            for before, after in itertools.pairwise(each.history):
                assert before.since <= after.since
                assert after.cloud_status in {before.cloud_status, *FOLLOWS.get(before.cloud_status, ())}

    @invariant()
    def every_exchange_keeps_to_the_contract(self) -> None:
        check_all(self.simulator.exchanges)
        self.simulator.clear_calls()


Atlas.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestRandomOperations = Atlas.TestCase
