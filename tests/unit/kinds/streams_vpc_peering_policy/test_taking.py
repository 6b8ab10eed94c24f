"""The life of policies on the path, on a virtual clock: what they take, and what they leave alone."""

from typing import Any

import pytest

from unit.clock import VIRTUAL_TIME
from unit.kinds.streams_vpc_peering.builders import ACCOUNT, OTHER_ACCOUNT, PROJECT
from unit.kinds.streams_vpc_peering_policy.builders import NAMESPACE, entry, pcx, vpc
from unit.kinds.streams_vpc_peering_policy.world import LABEL, STEADY, World

pytestmark = VIRTUAL_TIME


async def test_each_request_that_matches_becomes_an_object_that_accepts_it() -> None:
    async with World() as world:
        world.atlas.request(1, 2)
        world.atlas.request(3, requesterAccountId=OTHER_ACCOUNT)
        world.create()

        await world.until_taken(1, 2)
        await world.until(lambda: sorted(world.atlas.changes) == [f"accept {pcx(1)}", f"accept {pcx(2)}"])

        made = world.peering(pcx(1))
        assert made["metadata"]["namespace"] == NAMESPACE
        assert made["metadata"]["labels"] == {LABEL: "orders"}
        assert "ownerReferences" not in made["metadata"]
        assert "annotations" not in made["metadata"]
        assert made["spec"] == {
            "projectId": PROJECT,
            "credentialsSecretRef": {"name": "atlas-api"},
            "requester": {"accountId": ACCOUNT, "vpcId": vpc(1)},
            "connectionName": pcx(1),
            "desiredState": "Accepted",
        }
        await world.until(lambda: world.status().get("matching") == 2)
        assert world.reason() == "Watching"
        assert (world.status()["action"], world.requests()) == ("Accept", {})


async def test_a_request_that_comes_later_is_taken_within_a_steady_interval() -> None:
    async with World() as world:
        world.create()
        await world.until_reason("Watching")
        world.atlas.request(1)

        assert await world.until(lambda: world.taken() == {pcx(1)}) <= STEADY


async def test_rejecting_and_what_the_template_says() -> None:
    async with World() as world:
        world.atlas.request(1)
        labels, annotations = {"team": "orders"}, {"example.com/contact": "someone"}
        template = {
            "metadata": {"labels": labels, "annotations": annotations},
            "spec": {"deletionPolicy": "Retain"},
        }
        world.create(action="Reject", template=template)

        await world.until_taken(1)
        await world.until(lambda: world.atlas.changes == [f"reject {pcx(1)}"])

        made = world.peering(pcx(1))
        assert made["metadata"]["labels"] == {**labels, LABEL: "orders"}
        assert made["metadata"]["annotations"] == annotations
        assert (made["spec"]["desiredState"], made["spec"]["deletionPolicy"]) == ("Rejected", "Retain")


@pytest.mark.parametrize(
    ("spec", "reason", "why"),
    [({"action": "Report"}, "Watching", "Reported"), ({"suspend": True}, "Suspended", "Suspended")],
)
async def test_what_only_shows_touches_nothing_until_it_is_told_to(spec: dict[str, Any], reason: str, why: str) -> None:
    async with World() as world:
        world.atlas.request(1, 2)
        world.create(**spec)

        await world.until_reason(reason)
        await world.passing(10 * STEADY)

        assert world.requests() == {pcx(1): why, pcx(2): why}
        assert (world.status()["matching"], world.status()["taken"]) == (2, 0)
        assert (world.creations, world.atlas.changes) == (0, [])

        world.change(action="Accept", suspend=False)
        await world.until_taken(1, 2)


async def test_an_exception_beats_what_is_allowed_and_is_said() -> None:
    async with World() as world:
        world.atlas.request(1, 2, 3)
        world.create(entry(vpcIds=[vpc(1), vpc(2)]), excepted=[{"vpcIds": [vpc(2)]}])

        await world.until_taken(1)
        await world.passing(10 * STEADY)

        assert world.requests() == {pcx(2): "Excepted", pcx(3): "NotAllowed"}
        assert world.taken() == {pcx(1)}


async def test_several_accounts_are_listed_each_once_and_share_the_lists_with_other_objects() -> None:
    async with World() as world:
        world.atlas.request(1)
        world.atlas.request(2, requesterAccountId=OTHER_ACCOUNT)
        world.create(entry(vpcIds=[vpc(1)]), entry(OTHER_ACCOUNT), entry(cidrs=["10.7.0.0/16"]))
        world.create(name="another", action="Report")
        world.create_peering("kafka", vpcId=vpc(9))

        await world.until_taken(1, 2)
        await world.passing(5)
        world.atlas.lists.clear()
        await world.passing(10 * STEADY)

        # The hand-made object waits for its request: its account is listed on the pending interval.
        assert world.atlas.lists.count(OTHER_ACCOUNT) <= 13
        assert 0 < world.atlas.lists.count(ACCOUNT) <= 140


async def test_what_an_object_means_is_left_to_it_and_taken_when_that_goes() -> None:
    async with World() as world:
        world.create_peering("kafka", vpcId=vpc(1), suspend=True)
        world.atlas.request(1)
        world.create()

        await world.until(lambda: world.requests() == {pcx(1): "AlreadyManaged"})
        assert world.reason() == "Watching"
        assert world.creations == 0

        world.delete_peering("kafka")
        assert await world.until(lambda: world.taken() == {pcx(1)}) < 2 * STEADY


async def test_an_object_of_somebody_else_under_the_name_is_left_alone_until_it_goes() -> None:
    async with World() as world:
        world.create_peering(pcx(1), vpcId=vpc(9))
        before = world.peering(pcx(1))["spec"]
        world.atlas.request(1, 2)
        world.create()

        await world.until_reason("NameTaken")
        await world.passing(10 * STEADY)

        assert world.condition("Stalled")["status"] == "True"
        assert world.requests() == {pcx(1): "NameTaken"}
        assert world.taken() == {pcx(2)}, "the others go on"
        assert world.peering(pcx(1))["spec"] == before

        world.delete_peering(pcx(1))
        await world.until_taken(1, 2)
        assert world.reason() == "Watching"


async def test_an_object_that_nobody_has_seen_yet_is_found_by_its_name() -> None:
    async with World() as world:
        world.atlas.request(1)
        world.objects.before("POST", "", lambda: world.create_peering(pcx(1), vpcId=vpc(9)))
        world.create()

        await world.until_reason("NameTaken")

        assert world.taken() == set()


async def test_an_object_that_it_has_made_is_made_again_while_the_request_is_pending() -> None:
    async with World() as world:
        world.atlas.request(1)
        world.create(template={"spec": {"deletionPolicy": "Retain"}})
        await world.until(lambda: len(world.atlas.changes) == 1)
        world.atlas.request(1)  # Atlas has not passed it on, and still shows it as pending

        world.delete_peering(pcx(1))

        await world.until(lambda: world.creations == 2)


async def test_two_policies_that_match_take_a_request_once() -> None:
    async with World() as world:
        world.atlas.request(*range(1, 9))
        for name in ("one", "two", "three"):
            world.create(name=name)

        await world.until(lambda: sum(len(world.taken(name)) for name in ("one", "two", "three")) == 8)
        await world.passing(10 * STEADY)

        assert sum(len(world.taken(name)) for name in ("one", "two", "three")) == 8
        assert sorted(world.atlas.changes) == [f"accept {pcx(number)}" for number in range(1, 9)]


async def test_what_another_policy_was_about_to_take_and_could_not_is_taken() -> None:
    async with World() as world:
        world.objects.forbids = lambda body: body["metadata"].get("labels", {}).get(LABEL) == "one"
        world.create(name="one")
        world.create(name="two")
        await world.until_reason("Watching", "two")
        await world.passing(STEADY)
        world.atlas.request(1)

        await world.until(lambda: world.taken("two") == {pcx(1)})


@pytest.mark.parametrize("retained", [True, False], ids=["Retain", "Delete"])
async def test_what_another_policy_has_taken_and_lost_is_taken(retained: bool) -> None:
    async with World() as world:
        template = {"spec": {"deletionPolicy": "Retain"}}
        world.create(name="one", deletionPolicy="Retain" if retained else "Delete", template=template)
        world.atlas.stuck = True
        world.atlas.request(1)
        await world.until(lambda: world.taken("one") == {pcx(1)})
        world.create(name="two")
        await world.until(lambda: world.requests("two") == {pcx(1): "AlreadyManaged"})
        world.delete("one")
        await world.passing(1)
        if retained:
            world.delete_peering(pcx(1))

        await world.until(lambda: world.taken("two") == {pcx(1)}, seconds=900)


@pytest.mark.parametrize("state", ["one", "rejected", "limited", "reporting", "suspended", "name taken"])
async def test_nothing_is_written_while_nothing_changes(state: str) -> None:
    async with World() as world:
        world.atlas.request(1, 2, 3)
        match state:
            case "one":
                world.create()
            case "rejected":
                world.create(action="Reject")
            case "limited":
                world.create(maxConnections=1)
            case "reporting":
                world.create(action="Report")
            case "suspended":
                world.create(suspend=True)
            case _:
                world.create_peering(pcx(1), vpcId=vpc(9), suspend=True)
                world.create()
        await world.passing(60)
        written, events = len(world.writes), len(world.events.said)

        await world.passing(20 * STEADY)

        assert world.writes[written:] == []
        assert len(world.events.said) == events


async def test_each_request_that_is_taken_is_one_event() -> None:
    async with World() as world:
        world.atlas.request(1, 2)
        world.create()
        await world.until_taken(1, 2)
        await world.passing(5 * STEADY)

        said = sorted(message for _, reason, message in world.events.said if reason == "Taken")
        assert len(said) == 2
        assert said[0].startswith(f"Created StreamsVpcPeering {pcx(1)}, which accepts the request (account {ACCOUNT}")


async def test_what_the_api_server_refuses_is_said_and_tried_again_without_a_word() -> None:
    async with World() as world:
        world.atlas.request(1)
        world.objects.fail("POST", "streamsvpcpeerings", status=403, message="exceeded quota", times=3)
        world.create()

        await world.until_reason("WriteRefused")
        await world.passing(5)
        assert "exceeded quota" in world.condition()["message"]
        assert world.requests() == {pcx(1): "WriteRefused"}
        written = len(world.events.said)
        await world.until(lambda: world.creations == 3)
        await world.passing(1)
        assert len(world.events.said) == written

        await world.until_taken(1)
        assert world.reason() == "Watching"


async def test_a_request_whose_object_is_refused_holds_back_no_other() -> None:
    async with World() as world:
        world.objects.forbids = lambda body: body["metadata"].get("name") == pcx(1)
        world.atlas.request(1, 2, 3)
        world.create()

        await world.until(lambda: world.taken() == {pcx(2), pcx(3)})
        await world.until_reason("WriteRefused")
        assert "an admission policy denies" in world.condition()["message"]
        assert world.requests() == {pcx(1): "WriteRefused"}
        await world.until(lambda: len(world.atlas.changes) == 2)
        await world.passing(STEADY * 3)
        assert world.events.reasons.count("WriteRefused") == 1


@pytest.mark.parametrize("late", [False, True])
async def test_without_an_answer_to_a_creation_it_is_found_out_what_happened(late: bool) -> None:
    async with World() as world:
        world.atlas.request(1, 2)
        world.objects.fail("POST", "streamsvpcpeerings", status=None, late=late)
        world.create()

        await world.until_taken(1, 2)
        await world.until(lambda: len(world.atlas.changes) == 2)


@pytest.mark.parametrize("change", [{"suspend": True}, {"action": "Report"}, {"except": [{"vpcIds": [vpc(1)]}]}])
async def test_a_change_that_no_watch_has_shown_yet_holds_it_back(change: dict[str, Any]) -> None:
    async with World() as world:
        world.create()
        await world.until_reason("Watching")
        world.watch_seconds = 3600
        world.change(**change)
        world.atlas.request(1)

        await world.passing(10 * STEADY)

        assert world.taken() == set()


async def test_a_policy_has_few_turns_however_many_objects_come_at_once() -> None:
    async with World() as world:
        world.create()
        await world.until_reason("Watching")
        turns = world.replica.count_decisions()

        for number in range(200):
            world.create_peering(f"kafka-{number}", vpcId=vpc(1000 + number))
        await world.passing(5)

        assert 1 <= len(turns) <= 5


async def test_an_object_that_means_a_request_wakes_the_policy_at_once() -> None:
    async with World() as world:
        world.atlas.request(1)
        world.create(action="Report")
        await world.until(lambda: world.requests() == {pcx(1): "Reported"})

        world.create_peering("kafka", vpcId=vpc(1), suspend=True)

        assert await world.until(lambda: world.requests() == {pcx(1): "AlreadyManaged"}) < 2


async def test_many_requests_that_come_at_once_are_taken_within_seconds() -> None:
    async with World() as world:
        world.atlas.request(*range(1, 26))
        world.create()

        assert await world.until(lambda: len(world.taken()) == 25) < 10


async def test_a_label_that_somebody_takes_away_makes_the_object_somebody_elses() -> None:
    async with World() as world:
        world.atlas.request(1, 2)
        world.create()
        await world.until_taken(1, 2)

        world.unlabel(pcx(1))

        assert await world.until(lambda: world.status()["taken"] == 1) < 2
        await world.passing(10 * STEADY)
        assert world.creations == 2
