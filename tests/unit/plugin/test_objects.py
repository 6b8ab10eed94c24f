"""Which objects are known, and which projects are meant."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from atlas_streams_peering.kinds.confluent_peering.resource import CONFLUENT_PEERING
from atlas_streams_peering.kinds.streams_vpc_peering.resource import STREAMS_VPC_PEERING
from atlas_streams_peering.kube.api import KubernetesError
from atlas_streams_peering.kube.user import KubeconfigUnusable, User
from atlas_streams_peering.plugin.exit_codes import ExitCode
from atlas_streams_peering.plugin.failures import Failure
from atlas_streams_peering.plugin.invocation import Invocation
from atlas_streams_peering.plugin.objects import Objects, projects, read_objects
from unit.kinds.streams_vpc_peering.builders import OTHER_PROJECT, PROJECT
from unit.plugin.builders import body, objects_of, svp

ELSEWHERE = body("StreamsVpcPeering", "x", {"projectId": OTHER_PROJECT}, None, "team-b")


def test_the_project_that_is_named_is_the_only_one() -> None:
    assert projects(objects_of(svp(), ELSEWHERE), Invocation(project="f" * 24, namespace_given="team-a")) == ("f" * 24,)


def test_otherwise_the_objects_of_the_namespace_name_them() -> None:
    found = objects_of(svp(), svp("b"), body("ConfluentPeering", "c", {}), ELSEWHERE)

    assert projects(found, Invocation(namespace_given="team-a")) == (PROJECT,)
    assert projects(found, Invocation(namespace_given="team-a", all_namespaces=True)) == (PROJECT, OTHER_PROJECT)


@pytest.mark.parametrize("everywhere", [True, False])
def test_without_a_project_the_command_line_is_incomplete(*, everywhere: bool) -> None:
    with pytest.raises(Failure, match="use --project ID") as caught:
        projects(
            objects_of(body("ConfluentPeering", "c", {})),
            Invocation(namespace_given="team-a", all_namespaces=everywhere),
        )

    assert caught.value.code is ExitCode.USAGE


def test_objects_that_could_not_be_read_are_no_mistake_of_the_command_line() -> None:
    with pytest.raises(Failure, match="use --project ID") as caught:
        projects(Objects(unread={"StreamsVpcPeering": "No answer."}), Invocation(namespace_given="team-a"))

    assert caught.value.code is ExitCode.FAILED


async def test_a_context_that_the_command_line_names_has_to_exist(tmp_path: Path) -> None:
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text("apiVersion: v1\nkind: Config\ncontexts: []\nclusters: []\nusers: []\n")

    with pytest.raises(KubeconfigUnusable, match="nope"):
        await read_objects(Invocation(user=User(str(kubeconfig), "nope")))


async def test_without_a_kubeconfig_the_objects_are_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))

    objects = await read_objects(Invocation(), [STREAMS_VPC_PEERING])

    assert not objects.complete(STREAMS_VPC_PEERING)
    (note,) = objects.notes(STREAMS_VPC_PEERING)
    assert note == (
        f"The objects in Kubernetes cannot be read: The kubeconfig cannot be used: there is no file {tmp_path / 'none'}"
    )
    assert Invocation().namespace == "default"
    assert caplog.text == "", "what the library logs would show beside the message"


def test_what_was_not_read_is_known() -> None:
    objects = Objects({"StreamsVpcPeering": (svp(),)}, {"ConfluentPeering": "You may not list."})

    assert objects.complete(STREAMS_VPC_PEERING)
    assert not objects.complete(STREAMS_VPC_PEERING, CONFLUENT_PEERING)
    assert objects.notes(STREAMS_VPC_PEERING, CONFLUENT_PEERING) == ["You may not list."]


async def test_a_cluster_without_the_operator_says_nothing_about_owners() -> None:
    class Api:
        async def list_all(self, path: str) -> AsyncIterator[dict[str, Any]]:
            raise KubernetesError(404, "NotFound", f"no {path}")
            yield {}

    class Elsewhere(Invocation):
        async def kubernetes(self) -> Any:
            return Api()

    objects = await read_objects(Elsewhere(), [STREAMS_VPC_PEERING])

    assert objects.absent(STREAMS_VPC_PEERING)
    assert not Objects({"StreamsVpcPeering": ()}).absent(STREAMS_VPC_PEERING)
