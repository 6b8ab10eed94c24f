"""Prometheus' own programs, where the machine has them."""

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from cluster.operator_process import free_port
from cluster.waiting import wait_until


def program(name: str) -> str:
    """Return the path of a program; without it the test is skipped, and says so."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not on PATH: install Prometheus, in Debian and Ubuntu with apt-get install prometheus")
    return found


class Prometheus:
    """A running Prometheus."""

    def __init__(self, port: int) -> None:
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10, trust_env=False)

    def ready(self) -> bool:
        try:
            return self._client.get("/-/ready").status_code == 200
        except httpx.TransportError:
            return False

    def query(self, expression: str) -> list[dict[str, str]]:
        """Return the labels of each series of the answer."""
        found = self._get("/api/v1/query", query=expression)["result"]
        return [series["metric"] for series in found]

    def alerts(self, state: str = "firing") -> list[dict[str, Any]]:
        """Return the alerts in this state."""
        return [alert for alert in self._get("/api/v1/alerts")["alerts"] if alert["state"] == state]

    def rules(self) -> list[dict[str, Any]]:
        """Return the rules that are loaded."""
        return [rule for group in self._get("/api/v1/rules")["groups"] for rule in group["rules"]]

    def _get(self, path: str, **query: str) -> Any:
        return self._client.get(path, params=query).raise_for_status().json()["data"]

    def close(self) -> None:
        self._client.close()


@contextmanager
def prometheus(directory: Path, rules: Mapping[str, Any], targets: Mapping[str, int]) -> Iterator[Prometheus]:
    """Run Prometheus with these rules; it scrapes each pod's port every second, as the chart's monitors say."""
    port = free_port()
    scraped = [
        {"targets": [f"127.0.0.1:{metrics}"], "labels": {"namespace": "ops", "pod": pod}}
        for pod, metrics in targets.items()
    ]
    configuration = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": ["rules.yaml"],
        "scrape_configs": [{"job_name": "peering", "honor_labels": True, "static_configs": scraped}],
    }
    (directory / "rules.yaml").write_text(yaml.safe_dump(dict(rules)))
    (directory / "prometheus.yaml").write_text(yaml.safe_dump(configuration))
    command = [
        program("prometheus"),
        f"--config.file={directory / 'prometheus.yaml'}",
        f"--storage.tsdb.path={directory / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with (
        (directory / "prometheus.log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT) as process,
    ):
        running = Prometheus(port)
        try:
            wait_until(running.ready, "Prometheus is ready", seconds=60)
            yield running
        finally:
            running.close()
            process.terminate()
