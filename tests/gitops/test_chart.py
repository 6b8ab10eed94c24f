"""The chart as an Application."""

import pytest

from gitops.application import Application

pytestmark = [pytest.mark.argocd, pytest.mark.usefixtures("operator")]

BROUGHT = {
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "Deployment",
    "Role",
    "RoleBinding",
    "Service",
    "ServiceAccount",
}


def test_all_of_it_is_synced_and_healthy(chart_application: Application) -> None:
    status = chart_application.wait_for(sync="Synced", health="Healthy")

    assert {each["kind"] for each in status["resources"]} == BROUGHT
    assert {each["status"] for each in status["resources"]} == {"Synced"}


def test_a_hard_refresh_finds_no_drift_and_starts_no_sync(chart_application: Application) -> None:
    before = chart_application.operation["startedAt"]

    chart_application.refresh("hard")

    chart_application.wait_for(sync="Synced", health="Healthy")
    assert chart_application.operation["startedAt"] == before


def test_neither_the_installation_test_nor_the_uninstall_check_is_run_by_a_sync(chart_application: Application) -> None:
    assert chart_application.namespace.objects("jobs,pods") == {}


def test_argo_cd_is_to_run_the_uninstall_check_before_it_deletes_anything(chart_application: Application) -> None:
    found = chart_application.get()
    assert found is not None
    assert "pre-delete-finalizer.argocd.argoproj.io" in found["metadata"]["finalizers"]
