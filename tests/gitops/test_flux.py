"""docs/flux.md is true: its expressions, evaluated by the API server on objects that the operator wrote."""

from collections.abc import Mapping
from typing import Any

import pytest

from atlas_streams_peering.kinds.resources import KINDS
from cluster.kstatus import Kstatus, kstatus
from docs.documents import manifests_in, table_rows
from docs.documents import read as read_document
from gitops.customization import EVERY_HEALTH_TEST, read
from gitops.flux import FluxVerdicts
from local_cluster import Cluster

PAGE = read_document("docs/flux.md")
(KUSTOMIZATION,) = (each for each in manifests_in(PAGE) if each["kind"] == "Kustomization")
ENTRIES: list[dict[str, str]] = KUSTOMIZATION["spec"]["healthCheckExprs"]
EXPRESSIONS: dict[str, dict[str, str]] = {
    each["kind"]: {name: each[name] for name in ("inProgress", "failed", "current") if name in each} for each in ENTRIES
}
VERDICTS = {
    "Healthy": Kstatus.CURRENT,
    "Degraded": Kstatus.FAILED,
    "Progressing": Kstatus.IN_PROGRESS,
    "Suspended": Kstatus.IN_PROGRESS,
}
"""Argo CD's health → Flux' verdict."""
CASES = {str(case).lower(): case for case in EVERY_HEALTH_TEST}
OBJECTS = {name: read(case.path) for name, case in CASES.items()}


@pytest.fixture(scope="module")
def flux(cluster: Cluster) -> FluxVerdicts:
    return FluxVerdicts(cluster, EXPRESSIONS)


@pytest.fixture(scope="module")
def verdicts(flux: FluxVerdicts) -> Mapping[str, Kstatus]:
    return flux.of(OBJECTS)


def test_every_kind_has_its_expressions() -> None:
    assert {each["kind"]: each["apiVersion"] for each in ENTRIES} == {
        each.kind: "atlasstreams.io/v1alpha1" for each in KINDS
    }


@pytest.mark.parametrize("name", CASES)
def test_flux_comes_to_the_same_result_as_argo_cd(verdicts: Mapping[str, Kstatus], name: str) -> None:
    assert verdicts[name] is VERDICTS[CASES[name].wanted["status"]]


@pytest.mark.parametrize("name", CASES)
def test_it_differs_from_kstatus_where_the_page_says_so(verdicts: Mapping[str, Kstatus], name: str) -> None:
    found = OBJECTS[name]
    requested = any(
        (each["type"], each["status"]) == ("Requested", "True") for each in found["status"].get("conditions", [])
    )
    if "deletionTimestamp" in found["metadata"]:
        assert kstatus(found) is Kstatus.TERMINATING
    elif requested and verdicts[name] is Kstatus.CURRENT:
        assert kstatus(found) in (Kstatus.IN_PROGRESS, Kstatus.CURRENT)
    else:
        assert verdicts[name] is kstatus(found)


@pytest.mark.parametrize("kind", EXPRESSIONS)
def test_what_is_current_is_so_no_longer_once_it_is_being_deleted(flux: FluxVerdicts, kind: str) -> None:
    obj = _current(kind)
    assert flux.of({"before": obj}) == {"before": Kstatus.CURRENT}
    obj["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"

    assert flux.of({"after": obj}) == {"after": Kstatus.IN_PROGRESS}


@pytest.mark.parametrize("kind", EXPRESSIONS)
def test_an_object_without_conditions_is_in_progress(flux: FluxVerdicts, kind: str) -> None:
    obj = _current(kind)
    del obj["status"]["conditions"]

    assert flux.of({"bare": obj}) == {"bare": Kstatus.IN_PROGRESS}


def test_the_page_names_the_kinds_that_are_current_when_requested() -> None:
    (row,) = (row for row in table_rows(PAGE) if "Current` as soon as" in row[-1])
    assert set(row[0].split(", ")) == {kind for kind, each in EXPRESSIONS.items() if "'Requested'" in each["current"]}


def _current(kind: str) -> dict[str, Any]:
    """Return an object of this kind that is as wanted."""
    as_wanted = ("active", "available", "connected", "watching")
    (case,) = (case for case in EVERY_HEALTH_TEST if case.kind == kind and case.path.stem in as_wanted)
    return read(case.path)
