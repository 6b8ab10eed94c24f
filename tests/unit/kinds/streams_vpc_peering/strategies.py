"""What hypothesis may come up with: any list that Atlas might show, any spec that the API server lets through.

Left to chance alone, hardly anything would match: what is usual comes up most of the time.
"""

from dataclasses import replace
from typing import Any, TypeVar

from hypothesis import strategies as st

from atlas_streams_peering.api.conditions import Reason
from atlas_streams_peering.api.times import format_time
from atlas_streams_peering.atlas.models import Connection
from atlas_streams_peering.controller.attempts import Attempt, Refusal
from atlas_streams_peering.kinds.streams_vpc_peering.decide import Situation
from atlas_streams_peering.kinds.streams_vpc_peering.ownership import Claim
from atlas_streams_peering.kinds.streams_vpc_peering.resource import (
    ActionType,
    DesiredState,
    StreamsVpcPeeringSpec,
    StreamsVpcPeeringStatus,
)
from unit.kinds.streams_vpc_peering.builders import (
    ACCOUNT,
    CIDR,
    LIVE_WORDS,
    NAME,
    NOW,
    OTHER_ACCOUNT,
    OTHER_CIDR,
    OTHER_PROJECT,
    OTHER_VPC,
    PROJECT,
    SECOND,
    TERMINAL_WORDS,
    THIRD,
    VPC,
    claim,
    connection,
    held_status,
    seconds,
    situation,
    spec,
)

T = TypeVar("T")

NAMES = (NAME, SECOND, THIRD)
LOCAL_WORDS = (
    "NONE",
    "ACTIVE",
    "SCAN_FAILED",
    "UPDATE_FAILED",
    "REQUEST_ACCEPT",
    "ACCEPT_REQUESTED",
    "REQUEST_REJECT",
    "REJECT_REQUESTED",
    "REQUEST_DELETE",
    "DELETE_REQUESTED",
    "SOMETHING_NEW",
    None,
)


def mostly(usual: T, *others: T) -> st.SearchStrategy[T]:
    return st.sampled_from([*[usual] * (4 * len(others)), *others])


_ALL_WORDS = (*LIVE_WORDS, *TERMINAL_WORDS, "modifying", "", None)
cloud_words: st.SearchStrategy[str | None] = st.sampled_from(
    [
        *["pending-acceptance", "active"] * 8,
        *["PENDING_ACCEPTANCE", "ACTIVE"] * 2,
        *_ALL_WORDS,
        *(word.upper().replace("-", "_") for word in _ALL_WORDS if word),
    ]
)
moments = st.sampled_from([0, 1, 29, 60, 599, 601, 7200]).map(lambda ago: NOW - seconds(ago))
ends = st.sampled_from([None, format_time(NOW - seconds(60)), format_time(NOW + seconds(86_400)), "soon"])


def rows(name: str, words: st.SearchStrategy[str | None] = cloud_words) -> st.SearchStrategy[Connection]:
    fields: dict[str, st.SearchStrategy[Any]] = {
        "id": st.sampled_from([None, "6759e61aa6cf0a5476e233d1", "6759e61aa6cf0a5476e233d2"]),
        "requester_account_id": mostly(ACCOUNT, None, OTHER_ACCOUNT),
        "requester_vpc_id": mostly(VPC, OTHER_VPC, None),
        "requester_cidr": mostly(CIDR, OTHER_CIDR, None),
        "local_status": mostly("NONE", *LOCAL_WORDS),
        "expiration_time": ends,
        "status_message": st.none() | st.text(max_size=20),
    }
    return st.fixed_dictionaries({"cloud_status": words, **fields}).map(lambda given: connection(name=name, **given))


def lists(words: st.SearchStrategy[str | None] = cloud_words) -> st.SearchStrategy[tuple[Connection, ...]]:
    """What Atlas lists for one account, with no name twice."""
    return st.sampled_from([1, 1, 1, 2, 2, 3, 0]).flatmap(
        lambda number: st.tuples(*(rows(name, words) for name in NAMES[:number]))
    )


@st.composite
def specs(draw: st.DrawFn) -> StreamsVpcPeeringSpec:
    pin = draw(mostly(None, *NAMES))
    return spec(
        project_id=draw(mostly(PROJECT, OTHER_PROJECT)),
        account_id=draw(mostly(ACCOUNT, OTHER_ACCOUNT)),
        # The API server insists on a VPC or a pin.
        vpc_id=draw(mostly(VPC, None if pin else OTHER_VPC, OTHER_VPC)),
        cidr=draw(mostly(None, CIDR, OTHER_CIDR)),
        connection_name=pin,
        desired_state=draw(st.sampled_from(DesiredState)),
        suspend=draw(mostly(False, True)),
    )


@st.composite
def statuses(draw: st.DrawFn) -> StreamsVpcPeeringStatus:
    """Any last status: none at all, or one that holds a connection, live, dead or gone."""
    if draw(st.booleans()):
        return StreamsVpcPeeringStatus(observed_generation=-1)
    last_action = {"type": st.sampled_from(ActionType), "time": moments.map(format_time)}
    return held_status(
        draw(cloud_words),
        name=draw(st.sampled_from(NAMES)),
        ready=draw(st.none() | st.sampled_from(Reason)),
        expiration_time=draw(ends),
        last_action=draw(st.none() | st.fixed_dictionaries(last_action)),
    )


@st.composite
def claims(draw: st.DrawFn, name: str) -> Claim:
    """A claim of an object, made a second before or after the others, or in the same one."""
    created = f"2024-12-10T08:00:0{draw(st.integers(0, 2))}Z"
    return claim(
        draw(specs()),
        name=name,
        created=created,
        held=draw(mostly(None, *NAMES)),
        committed=draw(st.booleans()),
        deleting=draw(mostly(False, True)),
    )


def attempts() -> st.SearchStrategy[Attempt]:
    """Any last change that was requested for a connection, with any outcome."""
    refusal = st.builds(
        Refusal,
        reason=st.none() | st.sampled_from(Reason),
        message=st.just("Atlas says no."),
        terminal=st.booleans(),
        unknown=st.booleans(),
    )
    return st.builds(
        Attempt,
        action=st.sampled_from(ActionType),
        at=moments,
        number=st.integers(1, 50),
        refusal=st.none() | refusal,
    )


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """Any object, and anything that Atlas might show of its connections."""
    wanted, status, deleting = draw(specs()), draw(statuses()), draw(mostly(False, True))
    own = claim(wanted, name="own", created="2024-12-10T08:00:01Z", deleting=deleting)
    return replace(
        situation(wanted, status=status, own=own),
        connections=draw(lists()),
        rivals=draw(st.just(()) | st.just(()) | st.tuples(claims("a"), claims("z"))),
        attempts=draw(st.just({}) | st.fixed_dictionaries({NAME: st.none() | attempts()})),
        unchanged_since=draw(st.just({}) | st.fixed_dictionaries(dict.fromkeys(NAMES, moments))),
        unlisted=draw(mostly((), ("elsewhere",))),
    )
