"""Three manifests do the whole procedure, applied in any order, and deleting them in any order leaves nothing."""

import itertools
from collections.abc import Callable

import pytest

from unit.clock import VIRTUAL_TIME
from unit.controller.path_world import STEADY
from unit.kinds.procedure_world import VPCS, ProcedureWorld

pytestmark = VIRTUAL_TIME

APPLY: dict[str, Callable[[ProcedureWorld, str], None]] = {
    "details": lambda world, name: world.apply_details(name),
    "confluent": lambda world, name: world.apply_confluent(name),
    "peering": lambda world, name: world.apply_peering(name),
}
PATHS = {
    "details": "streamsaccountdetails/orders",
    "confluent": "orders",
    "peering": "streamsvpcpeerings/orders",
}
ORDERS = [pytest.param(order, id=" ".join(order)) for order in itertools.permutations(APPLY)]


async def connected(world: ProcedureWorld, name: str = "orders") -> None:
    await world.until_reason("Active", f"streamsvpcpeerings/{name}")
    await world.until_reason("Connected", name)


async def everything(world: ProcedureWorld) -> None:
    for apply in APPLY.values():
        apply(world, "orders")
    await connected(world)


@pytest.mark.parametrize("apart", [0.0, 45.0], ids=["at once", "one after the other"])
@pytest.mark.parametrize("order", ORDERS)
async def test_from_nothing_to_connected(order: tuple[str, ...], apart: float) -> None:
    async with ProcedureWorld() as world:
        for one in order:
            APPLY[one](world, "orders")
            await world.passing(apart)
        await connected(world)

        assert [call for call in world.calls if call.startswith(("POST peering", "accept"))] == [
            "POST peering orders",
            "accept pcx-00000000000000001",
        ]
        accepter = world.status("streamsvpcpeerings/orders")["accepter"]
        assert accepter["vpcId"] == VPCS["US_EAST_1"]


@pytest.mark.parametrize("apart", [0.0, 45.0], ids=["at once", "one after the other"])
@pytest.mark.parametrize("order", ORDERS)
async def test_deleting_them_leaves_nothing_on_either_side(order: tuple[str, ...], apart: float) -> None:
    async with ProcedureWorld() as world:
        await everything(world)
        for one in order:
            world.delete(PATHS[one])
            await world.passing(apart)
        await world.until(lambda: not any(world.exists(path) for path in PATHS.values()))

        assert world.aws.peerings == {}
        assert {row["cloudStatus"] for row in world.aws.connections.values()} == {"deleted"}


@pytest.mark.parametrize("order", ORDERS)
async def test_deleting_them_on_the_way_leaves_nothing_either(order: tuple[str, ...]) -> None:
    async with ProcedureWorld() as world:
        for apply in APPLY.values():
            apply(world, "orders")
        await world.until(lambda: world.aws.connections)
        for one in order:
            world.delete(PATHS[one])
        await world.until(lambda: not any(world.exists(path) for path in PATHS.values()))
        await world.passing(120)

        assert world.aws.peerings == {}
        assert {row["cloudStatus"] for row in world.aws.connections.values()} <= {"deleted", "rejected"}


async def test_the_request_waits_until_atlas_has_a_network() -> None:
    async with ProcedureWorld() as world:
        world.aws.has_network = False
        for apply in APPLY.values():
            apply(world, "orders")
        await world.until_reason("RegionNotAvailable", PATHS["details"])
        await world.until_reason("ReferenceNotReady", PATHS["confluent"])
        await world.until(lambda: "which waits for its StreamsAccountDetails" in world.message(PATHS["peering"]))
        assert world.reason(PATHS["peering"]) == "ReferenceNotReady"
        world.aws.has_network = True
        await connected(world)


async def test_a_reference_is_followed_by_watch() -> None:
    async with ProcedureWorld() as world:
        world.apply_peering("orders")
        await world.until_reason("ReferenceNotReady", PATHS["peering"])
        await world.passing(300)
        before = len(world.calls)
        await world.passing(300)

        assert len(world.calls) == before


async def test_one_network_is_peered_with_two_vpcs_of_a_project() -> None:
    async with ProcedureWorld() as world:
        for name, region in (("east", "us-east-1"), ("west", "eu-west-1")):
            world.apply_details(name, region)
            world.apply_confluent(name)
            world.apply_peering(name)
        await connected(world, "east")
        await connected(world, "west")

        for name, region in (("east", "US_EAST_1"), ("west", "EU_WEST_1")):
            assert world.status(f"streamsvpcpeerings/{name}")["accepter"]["vpcId"] == VPCS[region]
            assert world.status(name)["atlas"]["vpcId"] == VPCS[region]


async def test_what_the_other_side_took_down_is_said_on_both_sides_and_renewed_when_somebody_wants_it() -> None:
    async with ProcedureWorld() as world:
        await everything(world)
        (row,) = world.aws.connections.values()
        row["cloudStatus"] = "deleted"
        world.aws.set("DISCONNECTED")
        await world.until_reason("Disconnected", PATHS["confluent"])
        await world.until_reason("ConnectionDeleted", PATHS["peering"])

        world.request_reconcile("now", PATHS["confluent"])
        await connected(world)

        assert world.changes == ["POST peering orders", "DELETE peer-1", "POST peering orders"]


@pytest.mark.parametrize("back", [True, False], ids=["it is back", "it is gone"])
async def test_another_request_is_accepted_only_when_two_lists_have_missed_the_connection(back: bool) -> None:
    async with ProcedureWorld() as world:
        await everything(world)
        (held,) = world.aws.connections
        row, written = world.aws.connections.pop(held), len(world.writes)
        other = f"pcx-{99:017x}"
        world.aws.connections[other] = {**row, "name": other, "cloudStatus": "pending-acceptance"}
        lists = world.aws.lists
        await world.until(lambda: world.aws.lists > lists)
        if back:
            world.aws.connections[held] = row
        await world.passing(300)

        assert (f"accept {other}" in world.calls) is not back
        assert world.status(PATHS["peering"])["connectionName"] == (held if back else other)
        assert (len(world.writes) == written) is back


@pytest.mark.parametrize("says", ["ReferenceNotReady", "Suspended", "ConfluentUnavailable"])
async def test_a_request_of_another_object_is_not_accepted_before_the_own_one_is_known(says: str) -> None:
    async with ProcedureWorld() as world:
        world.apply_details("west", "eu-west-1")
        world.apply_confluent("west")
        await world.until(lambda: world.aws.connections)
        world.create("orders", accountDetailsRef={"name": "absent"}, suspend=says == "Suspended")
        await world.until(lambda: world.status("orders").get("requester"))
        world.aws.down = says == "ConfluentUnavailable"
        await world.until_reason(says, PATHS["confluent"])
        world.apply_peering("orders")
        await world.passing(300)

        assert (world.reason(PATHS["confluent"]), world.reason(PATHS["peering"])) == (says, "ReferenceNotReady")
        assert not [call for call in world.calls if call.startswith("accept")]


async def test_a_connection_that_one_list_missed_stays_active_and_one_that_is_gone_is_said_to_be() -> None:
    async with ProcedureWorld() as world:
        await everything(world)
        (held,) = world.aws.connections
        row, lists = world.aws.connections.pop(held), world.aws.lists
        await world.until(lambda: world.aws.lists > lists)
        assert world.reason(PATHS["peering"]) == "Active"
        world.aws.connections[held] = row
        await world.passing(STEADY * 2)
        assert world.reason(PATHS["peering"]) == "Active"

        del world.aws.connections[held]
        await world.until_reason("ConnectionDeleted", PATHS["peering"])
        lists = world.aws.lists
        await world.passing(STEADY * 5)
        assert world.aws.lists - lists <= 8
