"""Who is worked on when: each object by one worker at a time, none lost, none starved."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Final

CONCURRENCY: Final = 32
"""Objects worked on at once. Work never waits for Atlas' lists or for timers, only for single requests."""


class WorkQueue:
    """A queue of keys. A key added while it is worked on is worked on once more afterwards."""

    def __init__(self, *, opened: bool = True) -> None:
        self._ready: asyncio.Queue[str] = asyncio.Queue()
        self._queued: set[str] = set()
        self._working: set[str] = set()
        self._again: set[str] = set()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._opened = asyncio.Event()
        if opened:
            self._opened.set()
        self._ending = False
        self._progress_at = 0.0
        self._idle = asyncio.Event()

    def __len__(self) -> int:
        return len(self._queued) + len(self._working)

    @property
    def seconds_without_progress(self) -> float:
        """Since something was last finished, while there is work; 0.0 without work."""
        return time.monotonic() - self._progress_at if len(self) and self._opened.is_set() else 0.0

    def add(self, key: str) -> None:
        """Work on it as soon as possible."""
        if not len(self):
            self._progress_at = time.monotonic()
        if key in self._working:
            self._again.add(key)
        elif key not in self._queued:
            self._queued.add(key)
            self._ready.put_nowait(key)

    def add_later(self, key: str, seconds: float) -> None:
        """Work on it after a while; takes the place of an earlier word on when."""
        self.cancel(key)
        self._timers[key] = asyncio.get_running_loop().call_later(max(0.0, seconds), self._due, key)

    def cancel(self, key: str) -> None:
        """Forget when it was to be worked on later."""
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()

    def _due(self, key: str) -> None:
        self._timers.pop(key, None)
        self.add(key)

    async def run(self, work: Callable[[str], Awaitable[None]], *, concurrency: int = CONCURRENCY) -> None:
        """Work until cancelled. `work` must not raise."""
        async with asyncio.TaskGroup() as workers:
            for number in range(concurrency):
                workers.create_task(self._work(work), name=f"worker {number}")

    def open(self) -> None:
        """Let the work begin; until then it is only collected."""
        self._progress_at = time.monotonic()
        self._opened.set()

    async def finish(self, *, seconds: float) -> None:
        """Take up nothing more, and wait a while for what is in hand."""
        self._ending = True
        if self._working:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._idle.wait(), seconds)

    async def _work(self, work: Callable[[str], Awaitable[None]]) -> None:
        while True:
            await self._opened.wait()
            key = await self._ready.get()
            if self._ending:
                return
            self._idle.clear()
            self._queued.discard(key)
            self._working.add(key)
            try:
                await work(key)
            finally:
                self._working.discard(key)
                self._progress_at = time.monotonic()
                if not self._working:
                    self._idle.set()
                if key in self._again:
                    self._again.discard(key)
                    self.add(key)
