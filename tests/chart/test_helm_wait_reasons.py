"""What kstatus makes of an object in every reason, as the library itself says that Helm 4 and Flux have inside."""

import re
from collections.abc import Callable, Iterator

import pytest
from chart_release import Release
from waiting_release import WaitingRelease
from working_release import WorkingRelease

from cluster.atlas import quick_atlas
from cluster.kstatus import Kstatus
from cluster.namespace import condition_of
from cluster.reasons import KSTATUS, NAMES, PROGRESS, create_objects

SHORT = 5
"""Seconds; what is on its way here never gets there."""


@pytest.fixture(scope="module")
def working(kinds: None, new_release: Callable[[str], Release]) -> Iterator[WorkingRelease]:
    with quick_atlas() as atlas:
        release = WorkingRelease(new_release("reasons"), atlas)
        try:
            release.install(namespaced=True, secrets=[])
            release.served[0].secret()
            create_objects(release.served[0], atlas)
            yield release
        finally:
            release.remove_all()


@pytest.fixture(scope="module")
def told(working: WorkingRelease, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Kstatus, str]]:
    """Return what Helm said of each object that it waited for in vain: kstatus' verdict and message."""
    namespace = working.served[0]
    with working.operator(tmp_path_factory.mktemp("operator")):
        found = namespace.wait_for_reasons({name: reason for reason, name in NAMES.items()}, seconds=60)
        release = WaitingRelease(namespace, "reasons", tmp_path_factory.mktemp("release"))
        release.holds(
            *(
                {key: found[name][key] for key in ("apiVersion", "kind", "spec")} | {"metadata": {"name": name}}
                for name in NAMES.values()
            )
        )
        with release.helm("install", "--wait", "--take-ownership", timeout=SHORT) as helm:
            code, said = helm.end()
    assert code == 1
    lines = re.findall(rf"StreamsVpcPeering/{namespace.name}/(\S+) not ready\. status: (\w+), message: (.*)", said)
    return {name: (Kstatus(status), message) for name, status, message in lines}


@pytest.mark.parametrize("reason", PROGRESS)
def test_the_library_comes_to_the_verdict_and_shows_our_sentence(
    working: WorkingRelease, told: dict[str, tuple[Kstatus, str]], reason: str
) -> None:
    name, verdict = NAMES[reason], KSTATUS[PROGRESS[reason]]
    if verdict is Kstatus.CURRENT:
        assert name not in told
        return
    ready = condition_of(working.served[0].objects()[name])
    assert told[name] == (verdict, ready["message"])
