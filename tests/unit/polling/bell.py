"""Waiting for what a fake was told, without a sleep."""

import asyncio
from collections.abc import Callable

PATIENCE = 60.0
"""Seconds: a busy machine is no failure."""


class Bell:
    """Rings when something has happened; whoever waits looks again at what is waited for."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        rung, self._rung = self._rung, asyncio.Event()
        rung.set()

    async def rung(self) -> None:
        """Wait until it rings."""
        await self._rung.wait()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something has rung that made the condition true."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                await self.rung()


async def settle() -> None:
    """Let all that is ready to run do so, a few steps far."""
    for _ in range(20):
        await asyncio.sleep(0)
