"""Which objects are known, and which projects are meant."""

import pytest

from atlas_streams_peering.kinds.confluent_peering.resource import CONFLUENT_PEERING
from atlas_streams_peering.kinds.streams_vpc_peering.resource import STREAMS_VPC_PEERING
from atlas_streams_peering.plugin.exit_codes import ExitCode
from atlas_streams_peering.plugin.failures import Failure
from atlas_streams_peering.plugin.invocation import Invocation
from atlas_streams_peering.plugin.objects import Objects, projects
from unit.kinds.streams_vpc_peering.builders import OTHER_PROJECT, PROJECT
from unit.plugin.builders import body, svp

ELSEWHERE = body("StreamsVpcPeering", "x", {"projectId": OTHER_PROJECT}, None, "team-b")


def test_the_project_that_is_named_is_the_only_one() -> None:
    assert projects([svp(), ELSEWHERE], Invocation(project="f" * 24, namespace_given="team-a")) == ("f" * 24,)


def test_otherwise_the_objects_of_the_namespace_name_them() -> None:
    found = [svp(), svp("b"), body("ConfluentPeering", "c", {}), ELSEWHERE]

    assert projects(found, Invocation(namespace_given="team-a")) == (PROJECT,)
    assert projects(found, Invocation(namespace_given="team-a", all_namespaces=True)) == (PROJECT, OTHER_PROJECT)


@pytest.mark.parametrize("everywhere", [True, False])
def test_without_a_project_the_command_line_is_incomplete(*, everywhere: bool) -> None:
    with pytest.raises(Failure, match="use --project ID") as caught:
        projects([], Invocation(namespace_given="team-a", all_namespaces=everywhere))

    assert caught.value.code is ExitCode.USAGE


def test_what_was_not_read_is_known() -> None:
    objects = Objects({"StreamsVpcPeering": (svp(),)}, {"ConfluentPeering": "You may not list."})

    assert objects.complete(STREAMS_VPC_PEERING)
    assert not objects.complete(STREAMS_VPC_PEERING, CONFLUENT_PEERING)
    assert objects.notes(STREAMS_VPC_PEERING, CONFLUENT_PEERING) == ["You may not list."]
