import logging
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is no failure of the code, and a failure found once is found by everybody.
settings.register_profile(
    "patient", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("patient")


@pytest.fixture
def untouched_logging() -> Iterator[None]:
    """Let a test configure logging, and leave it to the next one as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: each.level for name, each in root.manager.loggerDict.items() if isinstance(each, logging.Logger)}
    root.handlers[:] = []
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, each in root.manager.loggerDict.items():
        if isinstance(each, logging.Logger):
            each.setLevel(levels.get(name, logging.NOTSET))
