import threading
from collections.abc import Iterator

import httpx
import pytest

from atlas_simulator import Clock, SimulatorThread
from simulator.caller import ACCOUNT, DETAILS_VERSION, PROJECT, VERSION, VPC, request
from simulator.contract import check_all

PATH = f"/api/atlas/v2/groups/{PROJECT}/streams/vpcPeeringConnections"


@pytest.fixture
def simulator() -> Iterator[SimulatorThread]:
    with SimulatorThread(clock=Clock(frozen=True), record_exchanges=True) as simulator:
        simulator.add_project(PROJECT)
        simulator.add_api_key("owner", "private", roles={PROJECT: "owner"})
        yield simulator


@pytest.fixture
def client(simulator: SimulatorThread) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=simulator.base_url,
        headers={"Accept": VERSION},
        auth=httpx.DigestAuth("owner", "private"),
    ) as client:
        yield client


def accept(client: httpx.Client, name: str) -> int:
    body = {"requesterAccountId": ACCOUNT, "requesterVpcId": VPC}
    return client.post(f"{PATH}/{name}:accept", json=body).status_code


def test_everything_is_there_without_an_event_loop(simulator: SimulatorThread, client: httpx.Client) -> None:
    name = request(simulator)
    assert accept(client, name) == 202
    assert simulator.connection(name).local_status == "REQUEST_ACCEPT"
    simulator.advance(10)
    assert simulator.connection(name).cloud_status == "active"
    assert simulator.calls("accept", connection=name)[0].status == 202
    check_all(simulator.exchanges)


def test_a_call_can_be_waited_for(simulator: SimulatorThread, client: httpx.Client) -> None:
    name = request(simulator)
    caller = threading.Thread(target=accept, args=(client, name))
    caller.start()
    [call] = simulator.wait_for_call("accept", connection=name, status=202)
    caller.join()
    assert call.principal == "owner"
    with pytest.raises(TimeoutError):
        simulator.wait_for_call("delete", timeout=0.01)


def test_networks_are_changed_while_it_serves(simulator: SimulatorThread, client: httpx.Client) -> None:
    def region(name: str) -> httpx.Response:
        query = {"cloudProvider": "aws", "regionName": name}
        path = f"/api/atlas/v2/groups/{PROJECT}/streams/accountDetails"
        return client.get(path, params=query, headers={"Accept": DETAILS_VERSION})

    assert region("EU_WEST_1").status_code == 404
    simulator.networks.put(PROJECT, "aws", "EU_WEST_1", vpc_id=VPC)
    assert region("EU_WEST_1").json()["vpcId"] == VPC
    simulator.networks.remove(PROJECT, "aws", "EU_WEST_1")
    assert region("EU_WEST_1").status_code == 404
    check_all(simulator.exchanges)


def test_errors_reach_the_caller(simulator: SimulatorThread) -> None:
    request(simulator)
    with pytest.raises(ValueError, match="AlreadyExists"):
        request(simulator)


def test_it_can_go_away_and_come_back_with_all_it_knows(simulator: SimulatorThread, client: httpx.Client) -> None:
    name = request(simulator)
    address = simulator.base_url
    simulator.go_down()
    with pytest.raises(httpx.ConnectError):
        accept(client, name)
    other = simulator.request_peering(project=PROJECT, account=ACCOUNT, vpc="vpc-00000001")
    simulator.come_up()
    assert simulator.base_url == address
    assert accept(client, name) == 202
    assert [peering.name for peering in simulator.connections(PROJECT)] == [name, other]


def test_many_threads_may_use_it_at_once(simulator: SimulatorThread) -> None:
    def use(number: int) -> None:
        with httpx.Client(
            base_url=simulator.base_url, auth=httpx.DigestAuth("owner", "private"), headers={"Accept": VERSION}
        ) as client:
            for step in range(10):
                vpc = f"vpc-{number:08x}{step:09x}"
                name = simulator.request_peering(project=PROJECT, account=ACCOUNT, vpc=vpc)
                body = {"requesterAccountId": ACCOUNT, "requesterVpcId": vpc}
                assert client.post(f"{PATH}/{name}:accept", json=body).status_code == 202

    threads = [threading.Thread(target=use, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(simulator.calls("accept", status=202)) == 50


def test_it_can_be_started_again(simulator: SimulatorThread, client: httpx.Client) -> None:
    simulator.stop()
    with pytest.raises(RuntimeError):
        simulator.wait_for_call("list")
    simulator.start()
    assert client.get(PATH, params={"requesterAccountId": ACCOUNT}).status_code == 200


def test_a_port_in_use_is_said(simulator: SimulatorThread) -> None:
    port = int(simulator.base_url.rpartition(":")[2])
    with pytest.raises(OSError, match="address already in use"), SimulatorThread(port=port):
        pass
