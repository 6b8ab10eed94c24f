"""Nothing that was started stays behind, however it ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_cluster import ControlPlane, LocalClusterError
from local_cluster.processes import ProcessGroup, Service

SLEEPER = [sys.executable, "-c", "import signal; print('started', flush=True); signal.pause()"]
ORDERLY = ["sh", "-c", "trap 'echo ended orderly; exit' TERM; echo started; while :; do sleep 0.1; done"]
STUBBORN = ["sh", "-c", "trap '' TERM; echo started; while :; do sleep 1; done"]


@pytest.fixture
def group() -> Iterator[ProcessGroup]:
    with ProcessGroup() as group:
        yield group


def is_running(pid: int) -> bool:
    answer = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(answer.stdout.strip()) and not answer.stdout.startswith("Z")


def wait_for_end(pid: int) -> None:
    deadline = time.monotonic() + 10
    while is_running(pid):
        assert time.monotonic() < deadline, f"process {pid} still runs"
        time.sleep(0.02)


def wait_for_text(path: Path, text: str) -> str:
    deadline = time.monotonic() + 60
    while not path.exists() or text not in path.read_text():
        assert time.monotonic() < deadline, f"{path} does not say {text!r}"
        time.sleep(0.02)
    return path.read_text()


def test_stop_ends_every_process_and_leaves_the_logs(tmp_path: Path) -> None:
    cluster = ControlPlane().start(tmp_path, audit=False)
    running = dict(cluster.processes)
    assert set(running) == {"etcd", "kube-apiserver", "kube-controller-manager"}
    cluster.stop()
    cluster.stop()
    assert not any(is_running(pid) for pid in running.values())
    assert {path.stem for path in tmp_path.glob("*.log")} == set(running)
    with pytest.raises(LocalClusterError, match="not running"):
        cluster.kubectl("get", "namespaces")


def test_up_runs_until_it_is_told_to_end(tmp_path: Path) -> None:
    output = tmp_path / "output"
    with output.open("w") as file:
        up = subprocess.Popen(
            [sys.executable, "-m", "local_cluster", "up", "--dir", tmp_path], stdout=file, stderr=file
        )
    try:
        said = wait_for_text(output, "Ready at")
        assert f"export KUBECONFIG={tmp_path}/admin.kubeconfig" in said
        up.send_signal(signal.SIGTERM)
        assert up.wait(20) == 0
    finally:
        up.kill()
        up.wait()


def test_children_die_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    program = (
        "import pathlib, signal, threading\n"
        "from local_cluster.processes import ProcessGroup\n"
        f"log = pathlib.Path({str(log)!r})\n"
        f"start = lambda: print(ProcessGroup().spawn({SLEEPER!r}, log).pid, flush=True)\n"
        "thread = threading.Thread(target=start); thread.start(); thread.join()\n"
        "signal.pause()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        wait_for_text(log, "started")
        assert is_running(child)
        parent.kill()
    wait_for_end(child)


def test_one_that_does_not_end_when_asked_is_ended(
    group: ProcessGroup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local_cluster.processes.STOP_GRACE", 0.1)
    service = Service(group, STUBBORN, tmp_path / "log")
    wait_for_text(tmp_path / "log", "started")
    service.stop()
    assert not is_running(service.pid)


def test_a_paused_one_ends_when_asked(group: ProcessGroup, tmp_path: Path) -> None:
    service = Service(group, ORDERLY, tmp_path / "log")
    wait_for_text(tmp_path / "log", "started")
    service.send(signal.SIGSTOP)
    service.stop()
    assert "ended orderly" in (tmp_path / "log").read_text()
    assert not is_running(service.pid)


def test_one_that_ends_by_itself_is_reported_with_the_end_of_its_log(group: ProcessGroup, tmp_path: Path) -> None:
    program = [sys.executable, "-c", "print('the port is taken'); raise SystemExit(3)"]
    service = Service(group, program, tmp_path / "log")
    wait_for_end(service.pid)
    with pytest.raises(LocalClusterError, match=r"ended with exit code 3:\n    the port is taken"):
        service.check()


def test_closing_a_group_kills_what_is_left_in_it(tmp_path: Path) -> None:
    with ProcessGroup() as group:
        child = group.spawn(SLEEPER, tmp_path / "log")
    assert child.returncode == -signal.SIGKILL
    assert not is_running(child.pid)
    assert is_running(os.getpid())
