import pytest

from atlas_simulator import Settings, Simulator
from simulator.caller import DAY, OTHER_VPC, PROJECT, VPC, Caller, request

HOUR = 3600
AT_ONCE = {"recorded": 0, "requested": 0, "provisioning": 0, "deleting": 0}


async def seen(simulator: Simulator, owner: Caller, name: str, *steps: float) -> list[tuple[str, str]]:
    """Return cloud and local status now, and after each of the steps (seconds)."""
    statuses = []
    for seconds in (0, *steps):
        simulator.advance(seconds)
        row = await owner.row(name)
        statuses.append((row["cloudStatus"], row["localStatus"]))
    return statuses


async def test_a_request_is_initiated_then_pending_then_expired(simulator: Simulator, owner: Caller) -> None:
    name = request(simulator, delays={"initiating_request": 3})
    assert await seen(simulator, owner, name, 2.9, 0.1, 7 * DAY - 4, 1) == [
        ("initiating-request", "NONE"),
        ("initiating-request", "NONE"),
        ("pending-acceptance", "NONE"),
        ("pending-acceptance", "NONE"),
        ("expired", "NONE"),
    ]


async def test_the_expiration_time_is_when_it_expires(simulator: Simulator, owner: Caller) -> None:
    name = request(simulator)
    assert simulator.connection(name).expires == simulator.now() + 7 * DAY


async def test_an_accepted_connection_becomes_active_step_by_step(simulator: Simulator, owner: Caller) -> None:
    name = request(simulator)
    await owner.accept(name)
    assert await seen(simulator, owner, name, 1, 1, 2, 30 * DAY) == [
        ("pending-acceptance", "REQUEST_ACCEPT"),
        ("pending-acceptance", "ACCEPT_REQUESTED"),
        ("provisioning", "ACCEPT_REQUESTED"),
        ("active", "ACTIVE"),
        ("active", "ACTIVE"),
    ]


async def test_a_rejected_connection_is_rejected_step_by_step(simulator: Simulator, owner: Caller) -> None:
    name = request(simulator)
    await owner.reject(name)
    assert await seen(simulator, owner, name, 1, 1) == [
        ("pending-acceptance", "REQUEST_REJECT"),
        ("pending-acceptance", "REJECT_REQUESTED"),
        ("rejected", "REJECT_REQUESTED"),
    ]


async def test_a_deleted_connection_is_deleted_step_by_step(simulator: Simulator, owner: Caller) -> None:
    name = request(simulator)
    await owner.accept(name)
    simulator.advance(10)
    await owner.delete(name)
    assert await seen(simulator, owner, name, 1, 1, 1) == [
        ("active", "REQUEST_DELETE"),
        ("active", "DELETE_REQUESTED"),
        ("deleting", "DELETE_REQUESTED"),
        ("deleted", "DELETE_REQUESTED"),
    ]


async def test_without_delays_everything_happens_at_once(simulator: Simulator, owner: Caller) -> None:
    accepted = request(simulator, delays=AT_ONCE)
    rejected = request(simulator, OTHER_VPC, delays=AT_ONCE)
    await owner.accept(accepted)
    await owner.reject(rejected)
    assert (await owner.row(accepted))["cloudStatus"] == "active"
    assert (await owner.rows())[1]["cloudStatus"] == "rejected"
    await owner.delete(accepted)
    assert (await owner.row(accepted))["cloudStatus"] == "deleted"


async def test_delays_of_one_connection_can_be_changed(simulator: Simulator, owner: Caller) -> None:
    slow, other = request(simulator), request(simulator, OTHER_VPC)
    simulator.set_delays(slow, {"provisioning": 600})
    await owner.accept(slow)
    await owner.accept(other, vpc=OTHER_VPC)
    simulator.advance(599)
    assert simulator.connection(slow).cloud_status == "provisioning"
    assert simulator.connection(other).cloud_status == "active"
    simulator.advance(3)
    assert simulator.connection(slow).cloud_status == "active"
    with pytest.raises(ValueError, match="sleeping"):
        simulator.set_delays(slow, {"sleeping": 1})


async def test_delays_of_the_settings_are_for_later_requests(simulator: Simulator, owner: Caller) -> None:
    before = request(simulator)
    simulator.configure({"delays": AT_ONCE})
    after = request(simulator, OTHER_VPC)
    await owner.accept(before)
    await owner.accept(after, vpc=OTHER_VPC)
    assert (await owner.row(before))["cloudStatus"] == "pending-acceptance"
    assert (await owner.row(after))["cloudStatus"] == "active"


async def test_an_accept_too_late_expires_on_the_way(simulator: Simulator, owner: Caller) -> None:
    name = request(simulator, delays={"expiration": 100})
    simulator.advance(98.5)
    await owner.accept(name)
    assert await seen(simulator, owner, name, 1, 0.5, 10) == [
        ("pending-acceptance", "REQUEST_ACCEPT"),
        ("pending-acceptance", "ACCEPT_REQUESTED"),
        ("expired", "ACCEPT_REQUESTED"),
        ("expired", "ACCEPT_REQUESTED"),
    ]


async def test_a_request_between_overlapping_cidrs_fails(simulator: Simulator, owner: Caller) -> None:
    name = request(simulator, cidr="192.168.0.0/16", delays={"initiating_request": 1})
    assert await seen(simulator, owner, name, 1) == [("initiating-request", "NONE"), ("failed", "NONE")]
    assert "overlap" in (await owner.row(name))["statusMessage"]


@pytest.mark.parametrize(
    ("status", "seconds"),
    [("expired", 2 * DAY), ("rejected", 2 * HOUR), ("deleted", 2 * HOUR), ("failed", 2 * HOUR)],
)
async def test_a_dead_row_stays_listed_for_a_while(
    simulator: Simulator, owner: Caller, status: str, seconds: float
) -> None:
    name = request(simulator)
    simulator.set_cloud_status(name, status)
    simulator.advance(seconds - 1)
    assert (await owner.row(name))["cloudStatus"] == status
    simulator.advance(1)
    assert await owner.rows() == []
    assert not simulator.connection(name).listed


async def test_a_dead_row_can_stay_for_ever_or_vanish_at_once(simulator: Simulator, owner: Caller) -> None:
    simulator.configure({"linger": {"expired": None, "rejected": 0}})
    stays, vanishes = request(simulator), request(simulator, OTHER_VPC)
    simulator.expire(stays)
    simulator.set_cloud_status(vanishes, "rejected")
    simulator.advance(1000 * DAY)
    assert [row["name"] for row in await owner.rows()] == [stays]
    assert simulator.connection(vanishes).cloud_status == "rejected"


async def test_a_forced_state_stays(simulator: Simulator, owner: Caller) -> None:
    name = request(simulator)
    await owner.accept(name)
    simulator.set_cloud_status(name, "provisioning")
    simulator.advance(DAY)
    assert (await owner.row(name))["cloudStatus"] == "provisioning"


async def test_forced_back_to_pending_it_still_expires(simulator: Simulator, owner: Caller) -> None:
    name = request(simulator)
    await owner.accept(name)
    simulator.set_cloud_status(name, "pending-acceptance", local_status="NONE")
    simulator.advance(7 * DAY)
    assert (await owner.row(name))["cloudStatus"] == "expired"


async def test_a_local_status_can_be_forced_with_a_message(simulator: Simulator, owner: Caller) -> None:
    name = request(simulator)
    simulator.set_local_status(name, "SCAN_FAILED", message="No permission.")
    row = await owner.row(name)
    assert (row["cloudStatus"], row["localStatus"], row["statusMessage"]) == (
        "pending-acceptance",
        "SCAN_FAILED",
        "No permission.",
    )
    with pytest.raises(ValueError, match="no localStatus"):
        simulator.set_local_status(name, "ASLEEP")


def test_a_live_connection_between_two_vpcs_excludes_another(simulator: Simulator) -> None:
    first = request(simulator)
    with pytest.raises(ValueError, match=f"{first} between {VPC}"):
        request(simulator)


def test_another_accepter_vpc_makes_another_connection_possible(simulator: Simulator) -> None:
    assert request(simulator) != request(simulator, accepter_vpc=OTHER_VPC)


@pytest.mark.parametrize("status", ["expired", "rejected", "deleted", "failed"])
def test_a_dead_connection_makes_room_for_a_new_one(simulator: Simulator, status: str) -> None:
    first = request(simulator)
    simulator.set_cloud_status(first, status)
    request(simulator)
    with pytest.raises(ValueError, match="AlreadyExists"):
        simulator.set_cloud_status(first, "active")


@pytest.mark.parametrize(
    "wrong",
    [
        {"account": "123"},
        {"vpc": "vpc-XYZ"},
        {"cidr": "10.0.0.0/99"},
        {"cidr": "10.0.0.1/16"},
        {"name": "peering-1"},
        {"delays": {"sleeping": 1}},
        {"delays": {"provisioning": -1}},
        {"project": "f" * 24},
    ],
)
def test_a_malformed_request_is_refused(simulator: Simulator, wrong: dict[str, object]) -> None:
    right: dict[str, object] = {"project": PROJECT, "account": "417601102659", "vpc": VPC}
    with pytest.raises(ValueError):  # noqa: PT011 (pydantic's and ours)
        simulator.request_peering(**{**right, **wrong})  # type: ignore[arg-type]


def test_a_name_is_taken_once(simulator: Simulator) -> None:
    name = request(simulator)
    with pytest.raises(ValueError, match="exists already"):
        request(simulator, OTHER_VPC, name=name)
    with pytest.raises(KeyError):
        simulator.connection("pcx-0aaaaaaaaaaaaaaaa")


def test_names_are_the_same_for_the_same_seed() -> None:
    names = set()
    for _ in range(2):
        simulator = Simulator(Settings(seed=42))
        simulator.add_project(PROJECT)
        names.add(request(simulator))
    assert len(names) == 1
