"""Waiting for a condition instead of for time."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")

LIMIT: Final = 90.0
"""Seconds that a condition may take: many times what it takes on a machine without others."""


def wait_until(check: Callable[[], T | None], what: str, *, seconds: float = LIMIT, every: float = 0.1) -> T:
    """Return the first true value of `check`; fail with its last value when it takes too long."""
    deadline = time.monotonic() + seconds
    while not (value := check()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds:.0f} s; last: {value!r}")
        time.sleep(every)
    return value


def next_second() -> None:
    """Wait until the clock shows another second: times in Kubernetes know no less."""
    begun = int(time.time())
    wait_until(lambda: int(time.time()) > begun, "the next second", every=0.02)


def stays(check: Callable[[], object], what: str, *, seconds: float, every: float = 0.1) -> None:
    """Fail when `check` is false at any moment of a while: for what must not happen."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert check(), what
        time.sleep(every)
