"""Every message is one sentence that somebody can act on, and is the same as long as nothing changes."""

import pytest

from atlas_streams_peering.kinds.streams_account_details import messages
from atlas_streams_peering.kinds.streams_account_details.resource import CloudProvider

REFUSED = "Atlas refused to read the account details for aws US_EAST_1: Not here (HTTP 404 NOT_FOUND)."
ALL = {
    **{
        f"available in {provider}": messages.available(provider, "R_1", "1234", "net-1", "10.0.0.0/16")
        for provider in CloudProvider
    },
    "no network": messages.region_not_available(CloudProvider.AWS, "US_EAST_1", REFUSED),
    "no network, in other words": messages.region_not_available(CloudProvider.GCP, "CENTRAL_US", "Not here"),
    "incomplete": messages.incomplete(CloudProvider.AWS, "US_EAST_1", ["vpcId", "cidrBlock"]),
    "conflict": messages.config_map_conflict("atlas", None),
    "conflict with an owner": messages.config_map_conflict("atlas", "StreamsAccountDetails other"),
    "retained": messages.RETAINED,
}


@pytest.mark.parametrize("message", ALL.values(), ids=ALL.keys())
def test_it_is_one_sentence(message: str) -> None:
    assert message[0].isupper()
    assert message.endswith(".")
    assert ". " not in message
    assert ".." not in message
    assert message.splitlines() == [message]


def test_the_region_is_named_once() -> None:
    assert ALL["no network"].count("US_EAST_1") == 1
    assert ALL["no network, in other words"].count("CENTRAL_US") == 1


def test_a_conflict_says_how_to_get_out() -> None:
    assert "delete it, or name another one in spec.configMapRef" in ALL["conflict"]
