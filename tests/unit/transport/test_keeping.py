"""What a service keeps of credentials and scopes: only what is in use."""

import asyncio

from unit.transport.things import KEY, OTHER_KEY, Things, call


async def test_what_is_in_use_is_kept() -> None:
    things = Things()
    budget = things.service.budget("shelf")

    await things.service.keep_only({KEY.fingerprint}, {"shelf"})

    assert things.service.client(KEY) is things.client
    assert things.service.budget("shelf") is budget


async def test_what_is_not_in_use_is_closed_and_forgotten() -> None:
    things = Things()
    service, client = things.service, things.client
    other = service.client(OTHER_KEY)
    await client.read(call(scope="shelf"))
    await other.read(call(scope="drawer"))

    await service.keep_only({OTHER_KEY.fingerprint}, {"drawer"})

    assert list(service.budgets) == ["drawer"]
    assert service.client(OTHER_KEY) is other
    assert service.client(KEY) is not client
    assert client._client.is_closed
    assert not other._client.is_closed


async def test_a_closed_budget_is_kept_until_the_pause_is_over() -> None:
    things = Things()
    things.service.budget("shelf").close(30)

    things.clock.now += 29
    await things.service.keep_only((), ())
    assert list(things.service.budgets) == ["shelf"]

    things.clock.now += 1
    await things.service.keep_only((), ())
    assert list(things.service.budgets) == []


async def test_what_a_read_uses_right_now_is_kept() -> None:
    things = Things()
    things.may_answer.clear()
    budget = things.service.budget("shelf")
    read = asyncio.create_task(things.client.read(call()))
    await things.asked.wait()

    await things.service.keep_only((), ())
    assert things.service.client(KEY) is things.client
    assert things.service.budget("shelf") is budget
    things.may_answer.set()
    assert await read == {}

    await things.service.keep_only((), ())
    assert things.service.budgets == {}
    assert things.service.client(KEY) is not things.client


async def test_nothing_is_left_of_the_turns_of_a_scope_after_its_last_read() -> None:
    things = Things()

    await asyncio.gather(*(things.client.read(call()) for _ in range(10)))

    assert things.service._turns == {}
