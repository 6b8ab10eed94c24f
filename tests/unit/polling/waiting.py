"""Waiting until a fake has been called, without a sleep."""

import asyncio
from collections.abc import Callable

PATIENCE = 60.0
"""Seconds: a busy machine is no failure."""


class Signal:
    """Wakes those who wait for a condition, so that they check it again."""

    def __init__(self) -> None:
        self._sent = asyncio.Event()

    def send(self) -> None:
        sent, self._sent = self._sent, asyncio.Event()
        sent.set()

    async def wait(self) -> None:
        """Wait until the next signal is sent."""
        await self._sent.wait()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition is true. It is checked again after each signal."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                await self.wait()


async def settle() -> None:
    """Let the tasks that are ready to run do so, for a few turns of the event loop."""
    for _ in range(20):
        await asyncio.sleep(0)
