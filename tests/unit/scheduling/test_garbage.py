"""Garbage collection: what the imports have made is left out, and cycles still go."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from atlas_streams_peering.scheduling.garbage import collect_garbage_rarely


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    threshold = gc.get_threshold()
    yield
    gc.set_threshold(*threshold)
    gc.unfreeze()


class SelfReference:
    """Refers to itself."""

    def __init__(self) -> None:
        self.itself = self


def test_objects_that_refer_to_each_other_still_go() -> None:
    collect_garbage_rarely()

    refs = [weakref.ref(SelfReference()) for _ in range(50_000)]

    assert sum(ref() is not None for ref in refs) <= 10_000


def test_what_was_there_before_is_not_looked_at_again() -> None:
    before = len(gc.get_objects())

    collect_garbage_rarely()

    assert len(gc.get_objects()) < before / 10
