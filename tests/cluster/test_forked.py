"""The operator that the tests fork: nothing of it is left, however the tests end."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from cluster.operator_process import free_port
from cluster.waiting import wait_until

_TESTS = """
import sys
from pathlib import Path
from cluster.forked import ForkedCommand

if __name__ == "__main__":
    log, kubeconfig, health_port, metrics_port = sys.argv[1:]
    settings = {"KUBECONFIG": kubeconfig, "HEALTH_PORT": health_port, "METRICS_PORT": metrics_port}
    print(ForkedCommand(settings, Path(log)).pid, flush=True)
    sys.stdin.read()
"""

_ROOT = Path(__file__).parents[1]


def _kubeconfig_that_leads_nowhere() -> str:
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "none", "cluster": {"server": f"http://127.0.0.1:{free_port()}"}}],
            "users": [{"name": "none", "user": {"token": "none"}}],
            "contexts": [{"name": "none", "context": {"cluster": "none", "user": "none", "namespace": "none"}}],
            "current-context": "none",
        }
    )


def test_an_operator_ends_with_tests_that_are_killed(tmp_path: Path) -> None:
    script, log, kubeconfig = tmp_path / "tests.py", tmp_path / "log", tmp_path / "config"
    script.write_text(_TESTS)
    kubeconfig.write_text(_kubeconfig_that_leads_nowhere())
    settings = [str(log), str(kubeconfig), str(free_port()), str(free_port())]
    with subprocess.Popen(
        [sys.executable, str(script), *settings],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
    ) as tests:
        assert tests.stdout is not None
        process = Path("/proc", tests.stdout.readline().strip())
        wait_until(lambda: "The API server did not answer" in log.read_text(), "the operator works")
        tests.send_signal(signal.SIGKILL)

    wait_until(lambda: not process.exists(), "the operator has ended")
