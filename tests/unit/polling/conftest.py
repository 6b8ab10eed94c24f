from collections.abc import AsyncIterator

import pytest

from unit.polling.world import World


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """Polls that come fast while something is under way, and else not at all."""
    world = World()
    yield world
    await world.close()
