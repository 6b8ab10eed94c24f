"""The operator as its own process, as the deployment's ServiceAccount."""

import http.client
import os
import signal
import socket
import subprocess
from pathlib import Path
from typing import Self

from cluster.forked import ForkedCommand
from cluster.waiting import wait_until


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class OperatorProcess:
    """``atlas-streams-peering run`` with short intervals; its log is kept and shown when a test fails."""

    def __init__(self, kubeconfig: Path, log: Path, *, atlas: str, namespaces: str = "", **settings: str) -> None:
        self.log = log
        self.health_port, self.metrics_port = free_port(), free_port()
        self._environment = {
            name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")
        } | {
            "KUBECONFIG": str(kubeconfig),
            "ATLAS_BASE_URL": atlas,
            "WATCH_NAMESPACES": namespaces,
            "POLL_INTERVAL_PENDING": "1",
            "POLL_INTERVAL_STEADY": "2",
            "LOG_LEVEL": "debug",
            "HEALTH_PORT": str(self.health_port),
            "METRICS_PORT": str(self.metrics_port),
            **settings,
        }
        self.process: ForkedCommand | None = None

    def start(self, *, wait: bool = True) -> Self:
        self.process = ForkedCommand(self._environment, self.log)
        if wait:
            wait_until(self.ready, "the operator is ready")
        return self

    def ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"the operator ended:\n{self.output()[-4000:]}"
        try:
            return self.probe("/readyz", timeout=2)[0] == 200
        except OSError:
            return False

    def probe(self, path: str, *, timeout: float = 5.0) -> tuple[int, str]:
        """Return the status and text that a probe gets. Raises OSError without an answer."""
        return _get(self.health_port, path, timeout)

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def unexpected_errors(self) -> list[str]:
        """Return the lines of the log that tell of an error which the operator did not expect."""
        return unexpected_errors(self.output())

    def metrics(self) -> str:
        """Return what Prometheus would read. Raises OSError without an answer."""
        status, text = _get(self.metrics_port, "/metrics", 5)
        assert status == 200, text
        return text

    def stop(self) -> int:
        """SIGTERM; return the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)

    def wait(self, seconds: float = 20) -> int:
        """Wait until it ends by itself; return the exit code."""
        assert self.process is not None
        return self.process.wait(seconds)

    def kill(self) -> None:
        """SIGKILL: no chance to tidy up."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        if self.process is not None and self.process.poll() is None:
            try:
                self.stop()
            except subprocess.TimeoutExpired:
                self.kill()
                raise


def _get(port: int, path: str, timeout: float) -> tuple[int, str]:
    """Return status and text. It is asked many times a second: httpx would read all certificates each time."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except http.client.HTTPException as error:
        raise ConnectionError(f"no whole answer: {error!r}") from error
    finally:
        connection.close()


def unexpected_errors(log: str) -> list[str]:
    """Return the lines that tell of an error which the operator did not expect. Atlas' own words are others."""
    return [line for line in log.splitlines() if "unexpected error" in line.replace("An unexpected error (HTTP", "")]
