"""Simulated time: seconds since the Unix epoch, under a test's control."""

import asyncio
import time
from datetime import UTC, datetime


class Clock:
    """The only source of time in the simulator.

    The clock runs at the speed of real time. :meth:`advance` moves it forward. While it is frozen, only
    :meth:`advance` moves it. All values are seconds.
    """

    def __init__(self, *, start: float | None = None, frozen: bool = False) -> None:
        real = time.time()
        self._shift = 0.0 if start is None else start - real
        self._frozen_at: float | None = real + self._shift if frozen else None
        self._moved = asyncio.Event()

    def now(self) -> float:
        """Return the simulated time, in seconds since the Unix epoch."""
        if self._frozen_at is not None:
            return self._frozen_at
        return time.time() + self._shift

    @property
    def frozen(self) -> bool:
        """Whether time moves only by :meth:`advance`."""
        return self._frozen_at is not None

    def advance(self, seconds: float) -> float:
        """Move time forward and return the new time; raises ``ValueError`` for a negative step."""
        if seconds < 0:
            raise ValueError("simulated time never goes back")
        if self._frozen_at is not None:
            self._frozen_at += seconds
        else:
            self._shift += seconds
        self._wake()
        return self.now()

    def freeze(self) -> None:
        """Stop time where it is."""
        self._frozen_at = self.now()
        self._wake()

    def thaw(self) -> None:
        """Let time run again from the present value."""
        if self._frozen_at is not None:
            self._shift = self._frozen_at - time.time()
            self._frozen_at = None
            self._wake()

    async def sleep(self, seconds: float) -> None:
        """Wait until simulated time has moved by ``seconds``."""
        deadline = self.now() + seconds
        while (remaining := deadline - self.now()) > 0:
            moved = self._moved
            try:
                await asyncio.wait_for(moved.wait(), None if self.frozen else remaining)
            except TimeoutError:
                continue

    def _wake(self) -> None:
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()


def timestamp(moment: float) -> str:
    """Format seconds since the epoch as Atlas does: ISO 8601, UTC, whole seconds."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
