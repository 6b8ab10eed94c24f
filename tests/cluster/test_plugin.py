"""``kubectl atlas-peering`` as a process, with a real API server, an operator, and Atlas."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from atlas_simulator import SimulatorThread
from atlas_streams_peering.plugin.exit_codes import ExitCode
from cluster.atlas import asked, request, taken
from cluster.namespace import ACCOUNT, PROJECT, PUBLIC_KEY, SECRET, Namespace, pcx, peering, vpc
from cluster.outbound import outbound, peers_of, quick_outbound_atlas
from cluster.plugin import VARIABLES, Person
from cluster.waiting import wait_until
from fast_yaml import read_yaml
from local_cluster import Cluster

STRANGER = "000000000042"
"""An account that no object names."""

HELD, FORGOTTEN, PENDING, STRANGE = pcx(1), pcx(2), pcx(3), pcx(4)


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorThread]:
    with quick_outbound_atlas() as atlas:
        yield atlas


@pytest.fixture(scope="module", autouse=True)
def connections(emptied: None, namespace: Namespace, simulator: SimulatorThread, operator: object) -> None:
    """One connection with an owner, an active one and a request without, and a request of another account."""
    request(simulator, 1, name=HELD, state="active")
    request(simulator, 2, name=FORGOTTEN, state="active")
    request(simulator, 3, name=PENDING)
    request(simulator, 4, name=STRANGE, account=STRANGER)
    namespace.apply(peering("held", vpc=vpc(1)), peering("waiting", vpc=vpc(99)))
    namespace.wait_for_reasons({"held": "Active", "waiting": "WaitingForRequest"})


@pytest.fixture(scope="module")
def admin(cluster: Cluster, namespace: Namespace, simulator: SimulatorThread) -> Person:
    """May do everything."""
    return Person(cluster.kubeconfig, namespace.name, simulator.base_url)


@pytest.fixture(scope="module")
def developer(
    cluster: Cluster, namespace: Namespace, simulator: SimulatorThread, tmp_path_factory: pytest.TempPathFactory
) -> Person:
    """May read the objects of one namespace, and no Secret."""
    namespace.kubectl("create", "serviceaccount", "developer")
    namespace.kubectl("create", "role", "developer", "--verb=get,list", "--resource=*.atlasstreams.io")
    namespace.kubectl(
        "create", "rolebinding", "developer", "--role=developer", f"--serviceaccount={namespace.name}:developer"
    )
    path = tmp_path_factory.mktemp("developer") / "kubeconfig"
    cluster.service_account_kubeconfig(namespace.name, "developer", path)
    return Person(path, namespace.name, simulator.base_url)


def test_list_shows_who_manages_each_connection(admin: Person, namespace: Namespace) -> None:
    answer = admin.kubectl("list")

    header, *rows = answer.rows
    assert answer.code == ExitCode.DONE
    assert header == ["NAME", "STATUS", "REQUESTER VPC", "ACCOUNT", "CIDR", "EXPIRES", "AGE", "MANAGED BY"]
    shown = {row[0]: [row[1], row[2], row[3], row[-1]] for row in rows}
    assert shown[HELD] == ["active", vpc(1), ACCOUNT, f"{namespace.name}/held"]
    assert shown[FORGOTTEN] == ["active", vpc(2), ACCOUNT, "nobody"]
    assert shown[PENDING] == ["pending-acceptance", vpc(3), ACCOUNT, "nobody"]
    assert f"managed by nobody and may cost money: {FORGOTTEN}." in answer.err


def test_requests_of_other_accounts_show_where_the_account_is_named(admin: Person) -> None:
    assert STRANGE not in admin.run("list", "-o", "name").out.split()
    assert admin.run("list", "--requester-account", STRANGER, "-o", "json").items[STRANGE]["management"] == "nobody"


def test_the_project_is_that_of_the_objects_where_none_is_named(admin: Person) -> None:
    assert HELD in admin.run("list", "-o", "name", project=None).out.split()

    nowhere = replace(admin, namespace="default").run("list", project=None)
    assert (nowhere.code, nowhere.out) == (ExitCode.USAGE, "")
    assert "No object in namespace default names an Atlas project" in nowhere.err


def test_what_an_object_manages_is_changed_by_the_object(admin: Person, simulator: SimulatorThread) -> None:
    answer = admin.run("delete", HELD, "--yes")

    assert answer.code == ExitCode.REFUSED
    assert f"/held manages {HELD}" in answer.err
    assert asked(simulator, HELD) == []


def test_without_a_terminal_and_without_yes_nothing_is_changed(admin: Person, simulator: SimulatorThread) -> None:
    answer = admin.kubectl("reject", PENDING)

    assert answer.code == ExitCode.DECLINED
    assert "use --yes" in answer.err
    assert asked(simulator, PENDING) == []


def test_a_dry_run_checks_and_changes_nothing(admin: Person, simulator: SimulatorThread) -> None:
    answer = admin.run("accept", PENDING, "--dry-run=server")

    assert (answer.code, answer.rows[1]) == (ExitCode.DONE, [PENDING, "accept requested (server dry run)"])
    assert asked(simulator, PENDING) == []


def test_a_person_is_asked_and_may_say_no(admin: Person, simulator: SimulatorThread) -> None:
    answer = admin.on_terminal("accept", PENDING, typing="n\n")

    assert answer.code == ExitCode.DECLINED
    for words in (f"account {ACCOUNT}, VPC {vpc(3)}, CIDR 10.0.0.0/16", "Accept this connection? [y/N]"):
        assert words in answer.out
    assert asked(simulator, PENDING) == []


def test_a_person_who_agrees_has_the_request_accepted(admin: Person, simulator: SimulatorThread) -> None:
    name = request(simulator, 5)

    answer = admin.on_terminal("accept", name, typing="y\n")

    assert answer.code == ExitCode.DONE
    assert taken(simulator, name) == ["accept"]
    assert "\x1b[" in answer.out, "the table has colours"


def test_there_are_no_colours_without_a_terminal_or_where_they_are_not_wanted(admin: Person) -> None:
    assert "\x1b[" not in admin.on_terminal("list", NO_COLOR="1").out
    assert "\x1b[" not in admin.run("list").out


def test_a_request_is_rejected_and_a_connection_deleted(admin: Person, simulator: SimulatorThread) -> None:
    pending, active = request(simulator, 6), request(simulator, 7, state="active")

    rejected, deleted = admin.run("reject", pending, "--yes"), admin.run("delete", active, "--yes", "-o", "json")

    assert (rejected.code, deleted.code) == (ExitCode.DONE, ExitCode.DONE)
    assert deleted.items[active]["requested"] == "Delete"
    assert (taken(simulator, pending), taken(simulator, active)) == (["reject"], ["delete"])


def test_what_is_so_already_is_no_failure(admin: Person, simulator: SimulatorThread) -> None:
    answer = admin.run("accept", FORGOTTEN, "--yes")

    assert answer.code == ExitCode.DONE
    assert f"{FORGOTTEN} is active: there is nothing to accept." in answer.err
    assert asked(simulator, FORGOTTEN) == []


def test_an_unknown_connection_is_not_found(admin: Person) -> None:
    answer = admin.run("accept", STRANGE, "--yes")

    assert answer.code == ExitCode.NOT_FOUND
    assert "--requester-account" in answer.err


def test_an_adopted_connection_is_managed_and_was_never_touched(
    admin: Person, namespace: Namespace, simulator: SimulatorThread
) -> None:
    name = request(simulator, 8, state="active")
    answer = admin.run("adopt", name)
    manifest = read_yaml(answer.out)
    assert manifest["spec"]["credentialsSecretRef"] == {"name": SECRET}
    checked = admin.run("adopt", name, "--dry-run=server")
    assert (checked.code, checked.out) == (ExitCode.DONE, answer.out)
    assert namespace.get(name) is None

    namespace.apply(manifest)
    status = namespace.wait_for_reason(name, "Active")

    assert "lastAction" not in status
    assert asked(simulator, name) == []
    again = admin.run("adopt", name)
    assert (again.code, again.out) == (ExitCode.REFUSED, "")


def test_adopt_creates_the_object_where_that_is_wanted(
    admin: Person, namespace: Namespace, simulator: SimulatorThread
) -> None:
    name = request(simulator, 9)

    answer = admin.run("adopt", name, "--apply", "--yes", "-o", "name")

    assert (answer.code, answer.out) == (ExitCode.DONE, f"streamsvpcpeering.atlasstreams.io/{name}\n")
    namespace.wait_for_reason(name, "Suspended")
    assert asked(simulator, name) == []


def test_wait_says_how_it_ended(admin: Person, namespace: Namespace, simulator: SimulatorThread) -> None:
    namespace.apply(peering("stuck", connectionName=request(simulator, 10, state="expired")))
    namespace.wait_for_reason("stuck", "RequestExpired")

    ready, stalled = admin.run("wait", "svp/held"), admin.kubectl("wait", "stuck", "--timeout=50s")
    late, missing = admin.run("wait", "waiting", "--timeout=1s", "-o", "json"), admin.run("wait", "sacct/none")

    codes = [answer.code for answer in (ready, stalled, late, missing)]
    assert codes == [ExitCode.DONE, ExitCode.STALLED, ExitCode.TIMEOUT, ExitCode.NOT_FOUND]
    assert ready.rows[1] == ["streamsvpcpeering/held", "ready", "reached", "Active"]
    assert "streamsvpcpeering/stuck  RequestExpired: " in stalled.err
    assert late.items["waiting"]["outcome"] == "timeout"


def test_a_wait_may_be_interrupted(admin: Person) -> None:
    answer = admin.interrupted("wait", "waiting", "--timeout=50s")

    assert (answer.code, answer.out) == (ExitCode.INTERRUPTED, "")
    assert "streamsvpcpeering/waiting  WaitingForRequest: " in answer.err
    assert "Traceback" not in answer.err


def test_account_details_are_what_a_requester_needs(admin: Person) -> None:
    found, nowhere = admin.run("account-details", "us-east-1", "-o", "json"), admin.run("account-details", "EU_WEST_3")

    assert json.loads(found.out) == {
        "projectId": PROJECT,
        "cloudProvider": "aws",
        "region": "US_EAST_1",
        "accountId": "974404375205",
        "vpcId": "vpc-0ef7efa5ceca36e2f",
        "cidrBlock": "192.168.248.0/21",
    }
    assert (nowhere.code, nowhere.out) == (ExitCode.NOT_FOUND, "")


def test_outbound_peerings_are_listed_with_their_owner(
    admin: Person, namespace: Namespace, simulator: SimulatorThread
) -> None:
    namespace.apply(outbound("out", 20))
    peer = wait_until(lambda: peers_of(simulator, 20), "the operator has requested a peering")[0]

    (item,) = json.loads(admin.run("outbound", "list", "-o", "json").out)["items"]

    assert (item["id"], item["vpcId"], item["managedBy"]["name"]) == (peer.id, vpc(20), "out")


def test_who_may_read_one_namespace_only_learns_that_owners_may_be_unknown(
    developer: Person, simulator: SimulatorThread
) -> None:
    blind = developer.run("list")
    assert blind.code == ExitCode.NO_ACCESS
    assert "You may not read Secret" in blind.err

    answer = developer.run("list", "-o", "json", **VARIABLES)
    assert answer.items[FORGOTTEN]["management"] == "unknown"
    assert answer.items[HELD]["managedBy"]["name"] == "held"
    assert "in namespace plugin only" in answer.err

    refused = developer.run("delete", FORGOTTEN, "--yes", **VARIABLES)
    assert refused.code == ExitCode.REFUSED
    assert asked(simulator, FORGOTTEN) == []


def test_without_a_cluster_the_connections_still_show(admin: Person, tmp_path: Path) -> None:
    alone = replace(admin, kubeconfig=tmp_path / "none")

    answer = alone.run("list", "--requester-account", ACCOUNT, "-o", "json", **VARIABLES)

    assert answer.code == ExitCode.DONE
    assert answer.items[HELD]["management"] == "unknown"
    assert "The objects in Kubernetes cannot be read" in answer.err


@pytest.mark.parametrize(
    ("arguments", "variables", "words"),
    [
        ((), {**VARIABLES, "MONGODB_ATLAS_PRIVATE_API_KEY": "wrong-and-hidden"}, "check the variables MONGODB_ATLAS_"),
        ((), {"MONGODB_ATLAS_PUBLIC_API_KEY": PUBLIC_KEY}, "MONGODB_ATLAS_PRIVATE_API_KEY is not"),
        (("--credentials-secret", "none"), {}, "Secret plugin/none does not exist"),
    ],
)
def test_credentials_that_do_not_work_are_named_and_not_shown(
    admin: Person, arguments: tuple[str, ...], variables: dict[str, str], words: str
) -> None:
    answer = admin.run("list", *arguments, **variables)

    assert (answer.code, answer.out) == (ExitCode.NO_ACCESS, "")
    assert words in answer.err
    assert "wrong-and-hidden" not in answer.err


def test_kubectl_completes_commands_objects_and_connections(admin: Person, namespace: Namespace) -> None:
    assert {line.split("\t")[0] for line in admin.completions("ac")} == {"accept", "account-details", ":4"}
    assert "svp/held\tActive" in admin.completions("wait", "--namespace", namespace.name, "svp/h")
    suggested = admin.completions("delete", "--namespace", namespace.name, "")
    assert f"{FORGOTTEN}\tactive, {vpc(2)}" in suggested
    assert not any(line.startswith(PENDING) for line in suggested)
