"""The objects that Argo CD's Lua is tested on are still what the operator writes."""

from collections.abc import Callable, Iterator

import pytest

from argo import COLLECTORS, SCENARIOS, Customization, Objects, collecting, lasting
from argo.customizations import PEERING
from argo.testdata import inputs
from gitops.customization import EVERY_SCRIPTED, HOW_TO_RENEW

NAMES = {PEERING: tuple(each.name for each in SCENARIOS), **{each.kind: each.names for each in EVERY_SCRIPTED}}
EVERY_OBJECT = [pytest.param(kind, name, id=f"{kind.kind}-{name}") for kind, names in NAMES.items() for name in names]

Collected = Callable[[Customization], Objects]


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collected]:
    """What the operator makes of every object of a kind now."""
    with collecting(tmp_path_factory.mktemp("testdata")) as futures:
        yield lambda kind: futures[kind].result()


def test_each_kind_has_its_objects() -> None:
    assert NAMES.keys() == COLLECTORS.keys()


@pytest.mark.parametrize(("kind", "name"), EVERY_OBJECT)
def test_the_operator_still_writes_the_object_of_the_test_data(
    collected: Collected, kind: Customization, name: str
) -> None:
    file = f"{name}.yaml"

    assert lasting((kind.testdata / file).read_text()) == lasting(inputs(collected(kind))[file]), HOW_TO_RENEW


@pytest.mark.parametrize("kind", COLLECTORS, ids=lambda kind: kind.kind)
def test_no_file_is_left_over(collected: Collected, kind: Customization) -> None:
    assert {path.name for path in kind.testdata.iterdir()} == set(inputs(collected(kind)))
