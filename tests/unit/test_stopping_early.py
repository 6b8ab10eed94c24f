"""A process that is told to stop before it has got anywhere."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("atlas-streams-peering")
ENDED_BY_SIGTERM = 128 + signal.SIGTERM
PATIENCE = 60.0

commands = pytest.mark.parametrize(
    ("command", "code"),
    [("run", 0), ("check", ENDED_BY_SIGTERM), ("uninstall-check", ENDED_BY_SIGTERM)],
)


@commands
def test_told_to_stop_while_it_loads_its_modules_it_ends_at_once(command: str, code: int) -> None:
    with started(sys.executable, "-X", "importtime", COMMAND, command) as process:
        assert process.stderr is not None
        assert any("pydantic" in line for line in process.stderr)
        process.terminate()
        process.stderr.read()
        assert process.wait(PATIENCE) == code


@commands
def test_told_to_stop_while_it_waits_for_the_api_server_it_ends_at_once(
    command: str, code: int, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(PATIENCE)
        kubeconfig = tmp_path / "kubeconfig"
        kubeconfig.write_text(json.dumps(pointing_to(silent.getsockname()[1])))
        with started(COMMAND, command, KUBECONFIG=str(kubeconfig), HEALTH_PORT="0", METRICS_PORT="0") as process:
            connection, _ = silent.accept()
            with connection:
                process.terminate()
                assert process.wait(PATIENCE) == code


@contextmanager
def started(*arguments: str | Path, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """Start a process with nothing of this one's environment but what every process needs."""
    environment = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    with subprocess.Popen(
        arguments, env={**environment, **variables}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def pointing_to(port: int) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "here",
        "clusters": [{"name": "here", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "users": [{"name": "nobody", "user": {}}],
        "contexts": [{"name": "here", "context": {"cluster": "here", "user": "nobody"}}],
    }
