"""The doctor where there is no cluster, or the command line is wrong."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from atlas_simulator import SimulatorThread
from atlas_streams_peering.plugin.exit_codes import ExitCode
from atlas_streams_peering.plugin.main import run

PROJECT = "671a86f4cfc9da7d7c31b14f"
SECRET = "private-key-that-must-not-show"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def atlas() -> Iterator[SimulatorThread]:
    with SimulatorThread() as simulator:
        simulator.add_project(PROJECT)
        simulator.add_api_key("of-owner", SECRET, roles={PROJECT: "owner"})
        yield simulator


@pytest.fixture
def doctor(
    atlas: SimulatorThread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "absent"))
    monkeypatch.setenv("MONGODB_ATLAS_PUBLIC_API_KEY", "of-owner")
    monkeypatch.setenv("MONGODB_ATLAS_PRIVATE_API_KEY", SECRET)
    monkeypatch.setenv("ATLAS_BASE_URL", atlas.base_url)

    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(["doctor", *arguments])
        printed = capsys.readouterr()
        assert SECRET not in printed.out + printed.err
        return code, printed.out, printed.err

    return call


def test_credentials_of_variables_are_checked_with_a_project(doctor: Run) -> None:
    code, out, _ = doctor("--project", PROJECT, "-o", "json")

    report = json.loads(out)
    found = {one["check"]: (one["outcome"], one["sentence"]) for one in report["findings"]}
    assert code == ExitCode.FAILED
    assert {check for check, (outcome, _) in found.items() if outcome == "failed"} == {"kubernetes-api"}
    assert found["credentials"] == ("ok", "Atlas accepts the credentials of the MONGODB_ATLAS_* variables.")
    assert found["role"][0] == "skipped"  # no object wants anything
    assert "kubernetesVersion" not in report


def test_without_a_cluster_and_a_project_the_cluster_is_what_is_wrong(doctor: Run) -> None:
    code, out, _ = doctor()

    assert code == ExitCode.FAILED
    assert "  FAIL  API server: The doctor cannot use the Kubernetes API: The kubeconfig cannot be used: " in out
    assert "  ok    Reachable: Atlas answers this machine at " in out


@pytest.mark.parametrize("option", ["--atlas-base-url", "--confluent-base-url"])
def test_a_base_url_that_cannot_be_used_is_wrong_usage(doctor: Run, option: str) -> None:
    code, out, err = doctor(option, "http://plain.example")

    assert (code, out) == (ExitCode.USAGE, "")
    assert "must be https" in err


def test_half_of_a_pair_of_variables_is_named(doctor: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MONGODB_ATLAS_PUBLIC_API_KEY")

    code, _, err = doctor()

    assert code == ExitCode.NO_ACCESS
    assert "MONGODB_ATLAS_PRIVATE_API_KEY is set, and MONGODB_ATLAS_PUBLIC_API_KEY is not." in err


def test_a_proxy_that_cannot_work_is_a_finding(doctor: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "socks5://user:hidden@proxy.example")

    code, out, err = doctor("--project", PROJECT)

    assert code == ExitCode.FAILED
    assert "This machine cannot make a request to Atlas: HTTP_PROXY must name an http or https proxy" in out
    assert "hidden" not in out + err
