"""An event loop in which waiting takes no time, for code that waits but does no real I/O."""

import asyncio
import selectors
from collections.abc import Awaitable, Callable
from typing import TypeVar

Result = TypeVar("Result")


class _Jump(selectors.DefaultSelector):
    """Skips the time until the next timer in place of waiting for it."""

    def __init__(self) -> None:
        super().__init__()
        self.skipped = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("everything waits, and no timer is set")
        if not ready and timeout is not None:
            self.skipped += timeout
        return ready


class _VirtualTimeLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        """Return the seconds skipped so far."""
        return self._jump.skipped


def now() -> float:
    """Return the running loop's time: in virtual time, the seconds waited since its start."""
    return asyncio.get_running_loop().time()


def in_virtual_time(main: Callable[[], Awaitable[Result]]) -> Result:
    """Run to the end without waiting."""

    async def run() -> Result:
        return await main()

    with asyncio.Runner(loop_factory=_VirtualTimeLoop) as runner:
        return runner.run(run())
