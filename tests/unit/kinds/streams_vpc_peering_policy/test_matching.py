"""Which requests a policy allows."""

from ipaddress import IPv4Network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlas_streams_peering.kinds.streams_vpc_peering_policy.matching import allows, exclusion
from unit.kinds.streams_vpc_peering.builders import ACCOUNT, OTHER_ACCOUNT
from unit.kinds.streams_vpc_peering_policy.builders import entry, request, spec, vpc

WIDE, NARROW = {"requester_cidr": "10.0.0.0/8"}, {"requester_cidr": "10.1.2.0/24"}
UNKNOWN_VPC, UNKNOWN_CIDR = {"requester_vpc_id": None}, {"requester_cidr": None}

# what the policy says; of what request (number 1: VPC 1, 10.1.0.0/16), None: it is allowed, or else why it is not
CASES: dict[str, tuple[dict[str, Any], dict[str, Any], str | None]] = {
    "any of the account": ({}, {}, None),
    "another account": ({}, {"requester_account_id": OTHER_ACCOUNT}, f"account {OTHER_ACCOUNT}"),
    "an account that is not given": ({}, {"requester_account_id": None}, "a request without account"),
    "a VPC that is listed": ({"requesters": [entry(vpcIds=[vpc(2), vpc(1)])]}, {}, None),
    "a VPC that is not listed": ({"requesters": [entry(vpcIds=[vpc(2)])]}, {}, f"VPC {vpc(1)}"),
    "a VPC that is not given": ({"requesters": [entry(vpcIds=[vpc(1)])]}, UNKNOWN_VPC, "a request without VPC"),
    "a block that is listed": ({"requesters": [entry(cidrs=["10.1.0.0/16"])]}, {}, None),
    "a block inside one that is listed": ({"requesters": [entry(cidrs=["10.9.0.0/16", "10.0.0.0/8"])]}, {}, None),
    "a block around one that is listed": ({"requesters": [entry(cidrs=["10.1.0.0/16"])]}, WIDE, "CIDR block 10.0.0"),
    "a block beside": ({"requesters": [entry(cidrs=["10.2.0.0/16"])]}, {}, "CIDR block 10.1.0.0/16"),
    "a block that is not given": (
        {"requesters": [entry(cidrs=["0.0.0.0/0"])]},
        UNKNOWN_CIDR,
        "a request without CIDR block",
    ),
    "a block that is none": ({"requesters": [entry(cidrs=["0.0.0.0/0"])]}, {"requester_cidr": "all"}, "CIDR block all"),
    "a block of version 6": ({"requesters": [entry(cidrs=["0.0.0.0/0"])]}, {"requester_cidr": "fd00::/8"}, "fd00::/8"),
    "no block is asked for": ({}, UNKNOWN_CIDR, None),
    "VPC and block both have to fit": (
        {"requesters": [entry(vpcIds=[vpc(1)], cidrs=["10.2.0.0/16"])]},
        {},
        "CIDR block 10.1.0.0/16",
    ),
    "one of several entries is enough": (
        {"requesters": [entry(vpcIds=[vpc(2)]), entry(OTHER_ACCOUNT), entry(cidrs=["10.1.0.0/16"])]},
        {},
        None,
    ),
    "two entries do not add up": (
        {"requesters": [entry(vpcIds=[vpc(1)], cidrs=["10.2.0.0/16"]), entry(vpcIds=[vpc(2)])]},
        {},
        "CIDR block",
    ),
    "an excepted VPC": ({"excepted": [{"vpcIds": [vpc(1)]}]}, {}, "spec.except[0]"),
    "another VPC is excepted": ({"excepted": [{"vpcIds": [vpc(2)]}]}, {}, None),
    "an excepted account": ({"excepted": [entry()]}, {}, "spec.except[0]"),
    "another account is excepted": ({"excepted": [entry(OTHER_ACCOUNT)]}, {}, None),
    "a VPC excepted in another account": ({"excepted": [entry(OTHER_ACCOUNT, vpcIds=[vpc(1)])]}, {}, None),
    "an excepted block": ({"excepted": [{"cidrs": ["10.0.0.0/8"]}]}, {}, "spec.except[0]"),
    "a block around an excepted one": ({"excepted": [{"cidrs": ["10.1.2.0/24"]}]}, {}, "spec.except[0]"),
    "a block beside an excepted one": ({"excepted": [{"cidrs": ["10.1.3.0/24"]}]}, NARROW, None),
    "all that an entry says has to apply": (
        {"excepted": [{"vpcIds": [vpc(1)], "cidrs": ["10.2.0.0/16"]}]},
        {},
        None,
    ),
    "the second entry applies": ({"excepted": [{"vpcIds": [vpc(2)]}, {"vpcIds": [vpc(1)]}]}, {}, "spec.except[1]"),
    "it beats an entry that names the VPC": (
        {"requesters": [entry(vpcIds=[vpc(1)])], "excepted": [{"cidrs": ["10.0.0.0/8"]}]},
        {},
        "spec.except[0]",
    ),
    "it may be the excepted VPC": ({"excepted": [{"vpcIds": [vpc(1)]}]}, UNKNOWN_VPC, "spec.except[0]"),
    "it may be the excepted block": ({"excepted": [{"cidrs": ["10.1.0.0/16"]}]}, UNKNOWN_CIDR, "spec.except[0]"),
}


@pytest.mark.parametrize(("policy", "fields", "why"), CASES.values(), ids=CASES.keys())
def test_a_request_is_allowed_or_not_and_it_is_said_why(
    policy: dict[str, Any], fields: dict[str, Any], why: str | None
) -> None:
    allowed, excepted = policy.get("requesters", ()), policy.get("excepted")

    found = exclusion(spec(*allowed, excepted=excepted), request(1, **fields))

    assert found is None if why is None else (found is not None and why in found.detail)


BLOCKS = st.builds(
    lambda address, length: str(IPv4Network((address, length), strict=False)),
    st.integers(0, 2**32 - 1),
    st.integers(0, 32),
)
ACCOUNTS = st.sampled_from([ACCOUNT, OTHER_ACCOUNT])
VPCS = st.lists(st.integers(1, 3).map(vpc), min_size=1, max_size=3) | st.none()
CIDRS = st.lists(BLOCKS, min_size=1, max_size=3) | st.none()


def entries(accounts: st.SearchStrategy[str | None]) -> st.SearchStrategy[dict[str, Any]]:
    made = st.fixed_dictionaries({"accountId": accounts, "vpcIds": VPCS, "cidrs": CIDRS})
    return made.map(lambda fields: {key: value for key, value in fields.items() if value is not None})


ALLOWED = st.lists(entries(ACCOUNTS), min_size=1, max_size=3)
EXCEPTED = st.lists(entries(ACCOUNTS | st.none()).filter(bool), max_size=3)
REQUESTS = st.builds(
    lambda number, account, block: request(number, requester_account_id=account, requester_cidr=block),
    st.integers(1, 3),
    ACCOUNTS,
    BLOCKS | st.none(),
)


@given(ALLOWED, EXCEPTED, REQUESTS)
def test_one_more_exception_never_lets_a_request_in(
    allowed: list[dict[str, Any]], excepted: list[dict[str, Any]], made: Any
) -> None:
    assert allows(spec(*allowed), made) or not allows(spec(*allowed, excepted=excepted), made)


@given(ALLOWED, EXCEPTED, REQUESTS)
def test_what_is_allowed_is_of_an_account_a_vpc_and_a_block_that_one_entry_names(
    allowed: list[dict[str, Any]], excepted: list[dict[str, Any]], made: Any
) -> None:
    if allows(spec(*allowed, excepted=excepted), made):
        assert any(
            each["accountId"] == made.requester_account_id
            and made.requester_vpc_id in each.get("vpcIds", [made.requester_vpc_id])
            and (
                "cidrs" not in each
                or any(IPv4Network(made.requester_cidr).subnet_of(IPv4Network(block)) for block in each["cidrs"])
            )
            for each in allowed
        )


@given(ALLOWED, EXCEPTED, REQUESTS)
def test_what_atlas_does_not_say_of_a_request_never_lets_it_in(
    allowed: list[dict[str, Any]], excepted: list[dict[str, Any]], made: Any
) -> None:
    policy = spec(*allowed, excepted=excepted)
    for field in ("requester_account_id", "requester_vpc_id", "requester_cidr"):
        assert allows(policy, made) or not allows(policy, made.model_copy(update={field: None}))
