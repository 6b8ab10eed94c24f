"""Every request of the client must keep to Confluent Cloud's OpenAPI document."""

from collections.abc import Iterator

import pytest

from simulator.contract import request_violations
from unit.confluent.world import EXCHANGES


@pytest.fixture(autouse=True)
def contract() -> Iterator[None]:
    """Fail with every violation in the requests of the test."""
    EXCHANGES.clear()
    yield
    violations = [f"{one.method} {one.target}: {wrong}" for one in EXCHANGES for wrong in request_violations(one)]
    assert violations == []
