"""A clock that stands still until it is set, and the event loop's, which jumps."""

from typing import Final

import pytest

VIRTUAL_TIME: Final = pytest.mark.looptime(start=1000, noop_cycles=8)
"""Waiting takes no time. Before each jump looptime looks for input some times: by itself 42 times, which takes longer
than most tests do."""


class Clock:
    """Monotonic seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now
