"""The objects that Argo CD's Lua is tested on are still what the operator writes."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache

import pytest

from argo import COLLECTORS, SCENARIOS, Customization, collecting, lasting
from argo.customizations import PEERING
from argo.testdata import inputs
from gitops.customization import EVERY_SCRIPTED, HOW_TO_RENEW

NAMES = {PEERING: tuple(each.name for each in SCENARIOS), **{each.kind: each.names for each in EVERY_SCRIPTED}}
EVERY_OBJECT = [pytest.param(kind, name, id=f"{kind.kind}-{name}") for kind, names in NAMES.items() for name in names]

Files = Callable[[Customization], Mapping[str, str]]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Files]:
    """The files of a kind, with what the operator makes of every object now."""
    with collecting(tmp_path_factory.mktemp("testdata")) as futures:
        yield cache(lambda kind: inputs(futures[kind].result()))


def test_each_kind_has_its_objects() -> None:
    assert NAMES.keys() == COLLECTORS.keys()


@pytest.mark.parametrize(("kind", "name"), EVERY_OBJECT)
def test_the_operator_still_writes_the_object_of_the_test_data(files: Files, kind: Customization, name: str) -> None:
    file = f"{name}.yaml"

    assert lasting((kind.testdata / file).read_text()) == lasting(files(kind)[file]), HOW_TO_RENEW


@pytest.mark.parametrize("kind", COLLECTORS, ids=lambda kind: kind.kind)
def test_no_file_is_left_over(files: Files, kind: Customization) -> None:
    assert {path.name for path in kind.testdata.iterdir()} == set(files(kind))
