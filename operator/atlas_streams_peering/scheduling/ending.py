"""Ends tasks and the process within a bounded time, even if tasks ignore their cancellation."""

import asyncio
import logging
import os
from collections.abc import Callable, Iterable
from typing import Any, Final

logger = logging.getLogger(__name__)

_AGAIN: Final = 0.5
"""Seconds after which a task that has not ended is cancelled again.

A cancellation can be lost. Python 3.11's `wait_for` drops one that comes together with its result, and Kopf's watch
takes one for the end of a pause.
"""

_PATIENCE: Final = 3.0
"""Seconds that cancelled tasks have to end."""


async def end(*tasks: asyncio.Task[Any], seconds: float = _PATIENCE) -> None:
    """Cancel the tasks until they have ended. Tasks that do not end in time stay behind, and the log names them.

    A cancellation of the caller does not shorten the wait, so no task continues unnoticed.
    """
    await _end_all(lambda: tasks, seconds)
    for task in tasks:
        if task.done() and not task.cancelled():
            task.exception()  # mark the exception as retrieved; the caller can ask the task


async def end_what_is_left(*, seconds: float = _PATIENCE) -> None:
    """End every task of the loop except the running one, including tasks that start meanwhile."""
    await _end_all(lambda: asyncio.all_tasks() - {asyncio.current_task()}, seconds)


async def _end_all(tasks: Callable[[], Iterable[asyncio.Task[Any] | None]], seconds: float) -> None:
    def running() -> set[asyncio.Task[Any]]:
        return {task for task in tasks() if task is not None and not task.done()}

    loop, interrupted = asyncio.get_running_loop(), None
    until = loop.time() + seconds
    while (pending := running()) and loop.time() < until:
        for task in pending:
            task.cancel()
        try:
            await asyncio.wait(pending, timeout=min(_AGAIN, until - loop.time()))
        except asyncio.CancelledError as error:
            interrupted = error
    if pending:
        logger.error("Still running %.0f s after the cancellation: %s", seconds, _names(pending))
    if interrupted is not None:
        raise interrupted


class Deadline:
    """Bounds the shutdown of the process: a task that never ends would keep the loop and the process alive."""

    def __init__(self, seconds: float, *, give_up: Callable[[], None] = lambda: os._exit(1)) -> None:
        self._seconds, self._give_up = seconds, give_up
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Record the start of the shutdown. Later calls have no effect."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self._cut_off)

    def _cut_off(self) -> None:
        names = _names(asyncio.all_tasks())
        logger.error("The process did not stop within %.0f s and exits now; still running: %s", self._seconds, names)
        self._give_up()


def _names(tasks: Iterable[asyncio.Task[Any]]) -> str:
    return ", ".join(sorted(task.get_name() for task in tasks))
