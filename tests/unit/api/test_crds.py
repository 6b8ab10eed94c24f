from pathlib import Path

import pytest

from atlas_streams_peering.kinds import resources
from atlas_streams_peering.kinds.resources import crd_files
from fast_yaml import read_yaml

CRDS = Path(__file__).parents[3] / "crds"
ADVICE = "crds/ is not what the models say: run `make crds`"


@pytest.mark.parametrize("name", crd_files())
def test_the_file_of_a_kind_is_what_its_models_say(name: str) -> None:
    assert (CRDS / name).is_file(), ADVICE
    assert (CRDS / name).read_text(encoding="utf-8") == crd_files()[name], ADVICE


def test_there_is_no_file_without_a_kind() -> None:
    assert {path.name for path in CRDS.iterdir()} == set(crd_files()), ADVICE


def test_a_file_is_named_after_its_definition() -> None:
    assert {read_yaml(content)["metadata"]["name"] + ".yaml" for content in crd_files().values()} == set(crd_files())


def test_a_file_says_where_it_comes_from() -> None:
    for content in crd_files().values():
        assert content.startswith("# Generated")
        assert "make crds" in content.splitlines()[0]


def test_the_program_writes_the_files(tmp_path: Path) -> None:
    resources.main(str(tmp_path))
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == crd_files()
