import re

import pytest

from atlas_simulator import CloudStatusStyle, Simulator
from simulator.caller import ACCOUNT, DAY, OTHER_VPC, PROJECT, VPC, Caller, code, request


async def test_nothing_requested_is_an_empty_list(owner: Caller) -> None:
    body = (await owner.listing()).json()
    assert (body["results"], body["totalCount"]) == ([], 0)


async def test_a_pending_request_looks_like_the_documented_sample(simulator: Simulator, owner: Caller) -> None:
    simulator.add_project(PROJECT, accepter_account="974404375205", accepter_vpc="vpc-0ddfd37072cc5ed61")
    name = request(simulator, name="pcx-09277e1e81d0751c1")
    [row] = await owner.rows()
    assert re.fullmatch("[0-9a-f]{24}", row.pop("_id"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row.pop("expirationTime"))
    assert row == {
        "accepterAccountId": "974404375205",
        "accepterVpcId": "vpc-0ddfd37072cc5ed61",
        "cloudStatus": "pending-acceptance",
        "groupId": PROJECT,
        "localStatus": "NONE",
        "name": name,
        "requesterAccountId": ACCOUNT,
        "requesterCidr": "10.0.0.0/16",
        "requesterVpcId": VPC,
    }


async def test_the_accepters_cidr_shows_only_while_active(simulator: Simulator, owner: Caller) -> None:
    name = request(simulator)
    assert "accepterCidr" not in await owner.row(name)
    simulator.set_cloud_status(name, "provisioning")
    assert "accepterCidr" not in await owner.row(name)
    simulator.set_cloud_status(name, "active")
    assert (await owner.row(name))["accepterCidr"] == "192.168.248.0/21"


async def test_the_list_links_to_itself(simulator: Simulator, owner: Caller) -> None:
    [link] = (await owner.listing(itemsPerPage=7)).json()["links"]
    assert link == {
        "href": f"{simulator.base_url}{owner.path}?requesterAccountId={ACCOUNT}&pageNum=1&itemsPerPage=7",
        "rel": "self",
    }


@pytest.mark.parametrize("query", ["", "?requesterAccountId=", "?requesteraccountid=1"])
async def test_the_requesters_account_is_required(owner: Caller, query: str) -> None:
    response = await owner.client.get(owner.path + query)
    assert code(response) == (400, "VALIDATION_ERROR")
    [violation] = response.json()["badRequestDetail"]["fields"]
    assert violation["field"] == "requesterAccountId"


async def test_only_the_accounts_connections_in_the_project_are_listed(simulator: Simulator, owner: Caller) -> None:
    mine = request(simulator)
    request(simulator, OTHER_VPC, account="000000000001")
    assert [row["name"] for row in await owner.rows()] == [mine]
    assert await owner.rows("not-an-account") == []


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("itemsPerPage", "0"),
        ("itemsPerPage", "501"),
        ("itemsPerPage", "-1"),
        ("itemsPerPage", "ten"),
        ("itemsPerPage", "1.5"),
        ("itemsPerPage", ""),
        ("itemsPerPage", "٣"),
        ("pageNum", "0"),
        ("pageNum", "-1"),
        ("pageNum", "9" * 30),
        ("pretty", "yes"),
        ("envelope", "1"),
        ("envelope", "true"),
    ],
)
async def test_a_parameter_out_of_range_is_refused(owner: Caller, parameter: str, value: str) -> None:
    assert code(await owner.listing(**{parameter: value})) == (400, "VALIDATION_ERROR")


async def test_pages_split_the_connections(simulator: Simulator, owner: Caller) -> None:
    names = [request(simulator, f"vpc-{number:017x}") for number in range(7)]
    pages = [[row["name"] for row in await owner.rows(itemsPerPage=3, pageNum=page)] for page in (1, 2, 3, 4)]
    assert pages == [names[:3], names[3:6], names[6:], []]


async def test_a_page_holds_a_hundred_by_default_and_five_hundred_at_most(simulator: Simulator, owner: Caller) -> None:
    for number in range(501):
        request(simulator, f"vpc-{number:017x}")
    assert len(await owner.rows()) == 100
    response = await owner.listing(itemsPerPage=500)
    assert len(response.json()["results"]) == 500
    assert response.json()["totalCount"] == 501


async def test_the_total_can_be_wrong(simulator: Simulator, owner: Caller) -> None:
    simulator.configure({"total_count_error": -3})
    request(simulator)
    assert (await owner.listing()).json()["totalCount"] == 0


async def test_pretty_changes_only_the_looks(simulator: Simulator, owner: Caller) -> None:
    request(simulator)
    plain, pretty = await owner.listing(), await owner.listing(pretty="true")
    assert plain.json() == pretty.json()
    assert b"\n" in pretty.content


@pytest.mark.parametrize("style", list(CloudStatusStyle))
async def test_the_cloud_status_can_be_spelled_otherwise(
    simulator: Simulator, owner: Caller, style: CloudStatusStyle
) -> None:
    name = request(simulator)
    await owner.row(name)
    simulator.configure({"cloud_status_style": style})
    assert (await owner.row(name))["cloudStatus"] == style.value


async def test_an_unknown_cloud_status_is_shown_as_it_is(simulator: Simulator, owner: Caller) -> None:
    name = request(simulator)
    simulator.set_cloud_status(name, "hibernating", message="Never heard of.")
    row = await owner.row(name)
    assert (row["cloudStatus"], row["localStatus"], row["statusMessage"]) == (
        "hibernating",
        "NONE",
        "Never heard of.",
    )


async def test_a_request_shows_after_its_delay(simulator: Simulator, owner: Caller) -> None:
    request(simulator, delays={"visibility": 30})
    simulator.advance(29)
    assert await owner.rows() == []
    simulator.advance(1)
    assert len(await owner.rows()) == 1


async def test_what_atlas_does_not_see_yet_cannot_be_accepted(simulator: Simulator, owner: Caller) -> None:
    name = request(simulator, delays={"visibility": 30})
    assert code(await owner.accept(name)) == (404, "RESOURCE_NOT_FOUND")


@pytest.mark.parametrize("lag", [5, 3600, 3 * DAY])
async def test_reads_can_lag_behind_for_any_time(simulator: Simulator, owner: Caller, lag: float) -> None:
    simulator.configure({"read_lag": lag})
    name = request(simulator)
    assert await owner.rows() == []
    simulator.advance(lag)
    assert (await owner.accept(name)).status_code == 202
    assert (await owner.row(name))["localStatus"] == "NONE"
    assert simulator.connection(name).local_status == "REQUEST_ACCEPT"
    simulator.advance(lag - 1)
    assert (await owner.row(name))["localStatus"] == "NONE"
    simulator.advance(1)
    assert (await owner.row(name))["localStatus"] == "REQUEST_ACCEPT"


async def test_a_lag_can_begin_and_end_at_any_time(simulator: Simulator, owner: Caller) -> None:
    name = request(simulator)
    simulator.advance(60)
    await owner.accept(name)
    simulator.advance(10)
    simulator.configure({"read_lag": 30})
    assert (await owner.row(name))["cloudStatus"] == "pending-acceptance"
    simulator.configure({"read_lag": 0})
    assert (await owner.row(name))["cloudStatus"] == "active"


async def test_a_vanished_connection_is_listed_as_long_as_reads_lag(simulator: Simulator, owner: Caller) -> None:
    simulator.configure({"read_lag": 5})
    name = request(simulator)
    simulator.advance(10)
    simulator.vanish(name)
    assert len(await owner.rows()) == 1
    assert code(await owner.accept(name)) == (404, "RESOURCE_NOT_FOUND")
    simulator.advance(5)
    assert await owner.rows() == []


async def test_a_dead_and_a_new_request_of_one_vpc_are_both_listed(simulator: Simulator, owner: Caller) -> None:
    first = request(simulator)
    simulator.advance(7 * DAY)
    second = request(simulator)
    assert {row["name"]: row["cloudStatus"] for row in await owner.rows()} == {
        first: "expired",
        second: "pending-acceptance",
    }


async def test_unknown_query_parameters_are_tolerated(owner: Caller, simulator: Simulator) -> None:
    assert (await owner.listing(color="blue")).status_code == 200
    simulator.clear_calls()  # the contract's check of answers would object
