from typing import Any

import pytest

from atlas_simulator import Simulator
from simulator.confluent.caller import NETWORK, PEERINGS, CloudCaller, add_peerings, error


async def all_pages(cloud: CloudCaller, **query: Any) -> list[list[str]]:
    """Follow the links of a list to its end, and return the ids of each page."""
    pages = []
    body = (await cloud.get(PEERINGS, **query)).json()
    pages.append([row["id"] for row in body["data"]])
    while body["metadata"]["next"]:
        body = (await cloud.client.get(body["metadata"]["next"])).json()
        pages.append([row["id"] for row in body["data"]])
    return pages


async def test_a_page_has_ten_rows_unless_told(simulator: Simulator, cloud: CloudCaller) -> None:
    peerings = add_peerings(simulator, 23)
    pages = await all_pages(cloud)
    assert [len(page) for page in pages] == [10, 10, 3]
    assert sorted(row for page in pages for row in page) == sorted(peerings)
    assert [len(page) for page in await all_pages(cloud, page_size=12)] == [12, 11]
    assert [len(page) for page in await all_pages(cloud, page_size=23)] == [23]
    assert (await cloud.get(PEERINGS, page_size=5)).json()["metadata"]["total_size"] == 23


async def test_a_row_that_goes_between_two_pages_hides_no_other(simulator: Simulator, cloud: CloudCaller) -> None:
    add_peerings(simulator, 4)
    body = (await cloud.get(PEERINGS, page_size=2)).json()
    first = [row["id"] for row in body["data"]]
    for peering in first:
        await cloud.delete(peering)
    simulator.advance(10)
    rest = [row["id"] for row in (await cloud.client.get(body["metadata"]["next"])).json()["data"]]
    assert len(rest) == 2
    assert not set(first) & set(rest)


@pytest.mark.parametrize(("setting", "shown"), [("", {"next": ""}), ("null", {"next": None}), ("absent", {})])
async def test_the_last_page_has_no_next_one(
    simulator: Simulator, cloud: CloudCaller, setting: str, shown: dict[str, object]
) -> None:
    simulator.configure({"confluent": {"last_page_next": setting}})
    metadata = (await cloud.get(PEERINGS)).json()["metadata"]
    assert {name: value for name, value in metadata.items() if name == "next"} == shown


@pytest.mark.parametrize(
    "query",
    [{"page_size": each} for each in ("0", "-1", "1001", "many", "")]
    + [{"page_token": each} for each in ("nonsense", "e30=", "W10=", "x" * 256, "é")],
)
async def test_a_wrong_page_is_refused(cloud: CloudCaller, query: dict[str, str]) -> None:
    response = await cloud.get(PEERINGS, **query)
    assert error(response)[0] == 400
    assert response.json()["errors"][0]["source"] == {"parameter": next(iter(query))}


async def test_a_token_belongs_to_the_query_that_it_was_made_for(simulator: Simulator, cloud: CloudCaller) -> None:
    add_peerings(simulator, 2)
    link = (await cloud.get(PEERINGS, page_size=1)).json()["metadata"]["next"]
    token = link.partition("page_token=")[2].replace("%3D", "=")
    assert (await cloud.get(PEERINGS, page_token=token)).status_code == 200
    assert (await cloud.get(PEERINGS, page_token=token, page_size=1)).status_code == 200
    response = await cloud.get(PEERINGS, page_token=token, **{"spec.network": NETWORK})
    assert error(response) == (400, "The parameter page_token is invalid.")


async def test_filters_select_by_any_of_their_values(simulator: Simulator, cloud: CloudCaller) -> None:
    first, second, third = add_peerings(simulator, 3)
    simulator.confluent.set_peering_phase(first, "READY")
    simulator.confluent.set_peering_phase(second, "FAILED")
    assert await cloud.ids(**{"status.phase": "READY"}) == [first]
    assert set(await cloud.ids(**{"status.phase": ["READY", "FAILED"]})) == {first, second}
    assert await cloud.ids(**{"status.phase": "ready"}) == []
    assert await cloud.ids(**{"spec.network": NETWORK, "status.phase": "PROVISIONING"}) == [third]
    assert await cloud.ids(**{"spec.network": "n-000000"}) == []
    assert await cloud.ids(**{"spec.display_name": "atlas"}) == []


async def test_a_list_may_show_an_earlier_state(simulator: Simulator, cloud: CloudCaller) -> None:
    simulator.configure({"confluent": {"read_lag": 5}})
    peering = await cloud.created()
    assert await cloud.ids() == []
    assert await cloud.phase(peering) == "PROVISIONING"
    simulator.advance(5)
    assert await cloud.ids(**{"status.phase": "PROVISIONING"}) == [peering]
    assert await cloud.phase(peering) == "PENDING_ACCEPT"
    await cloud.delete(peering)
    simulator.advance(3)
    assert (await cloud.get(f"{PEERINGS}/{peering}")).status_code == 404
    assert await cloud.ids(**{"status.phase": "PENDING_ACCEPT"}) == [peering]
    simulator.advance(2)
    assert await cloud.ids(**{"status.phase": "DEPROVISIONING"}) == [peering]
    simulator.advance(3)
    assert await cloud.ids() == []
