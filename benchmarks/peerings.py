"""Apply 1, 100 and 1,000 StreamsVpcPeerings at once, and print what it takes until all are active.

Each size runs with a control plane, a simulator and an operator of its own. Nothing is asserted:
machines differ, so compare two commits side by side in one run.
"""

import argparse
import asyncio
import json
import os
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from local_cluster import Cluster, ControlPlane

ROOT = Path(__file__).parents[1]
PER_PROJECT = 50
"""Atlas allows 50 peerings a project."""
ACCOUNT = "417601102659"
KEY = {"publicApiKey": "benchmark", "privateApiKey": "11111111-2222-3333-4444-555555555555"}
OPERATOR_USER = "system:serviceaccount:atlas-streams-peering:atlas-streams-peering"
LONGEST = 600.0


@dataclass
class Result:
    """What one size took."""

    objects: int
    creating: float = 0.0
    seconds: float = 0.0
    atlas: Counter[str] = field(default_factory=Counter)
    writes: Counter[str] = field(default_factory=Counter)
    events: int = 0
    peak_megabytes: float = 0.0
    processor_seconds: float = 0.0
    steady_writes: int = 0
    steady_processor_percent: float = 0.0

    def line(self) -> str:
        changes = self.atlas["accept"]
        lists = self.atlas["list"]
        return (
            f"{self.objects:>7,} {self.creating:>9.1f} {self.seconds:>9.1f} {lists:>7} {changes:>8} "
            f"{sum(self.writes.values()) / self.objects:>10.2f} {self.events / self.objects:>9.2f} "
            f"{self.peak_megabytes:>8.0f} {self.processor_seconds:>7.1f} {self.steady_writes:>8} "
            f"{self.steady_processor_percent:>8.1f}"
        )


HEADER = (
    "objects  creating  all active  lists  accepts  writes/obj  events/obj  peak MB   CPU s  "
    "steady writes  steady CPU %"
)


def project(number: int) -> str:
    return f"{0x671A86F4CFC9DA7D7C31B000 + number // PER_PROJECT:024x}"


def vpc(number: int) -> str:
    return f"vpc-{number:017x}"


def manifest(number: int) -> dict[str, Any]:
    return {
        "apiVersion": "atlasstreams.io/v1alpha1",
        "kind": "StreamsVpcPeering",
        "metadata": {"name": f"peering-{number}"},
        "spec": {
            "projectId": project(number),
            "credentialsSecretRef": {"name": "atlas-api"},
            "requester": {"accountId": ACCOUNT, "vpcId": vpc(number)},
        },
    }


@contextmanager
def simulator(objects: int, directory: Path) -> Iterator[str]:
    projects = sorted({project(number) for number in range(objects)})
    configuration = {
        "projects": [{"project": name} for name in projects],
        "api_keys": [
            {
                "public_key": KEY["publicApiKey"],
                "private_key": KEY["privateApiKey"],
                "roles": dict.fromkeys(projects, "owner"),
            }
        ],
        "peerings": [{"project": project(number), "account": ACCOUNT, "vpc": vpc(number)} for number in range(objects)],
    }
    (directory / "atlas.yaml").write_text(yaml.safe_dump(configuration))
    port_file = directory / "port"
    command = [sys.executable, "-m", "atlas_simulator", "--config", str(directory / "atlas.yaml")]
    process = subprocess.Popen([*command, "--port-file", str(port_file)], stdout=subprocess.DEVNULL)
    try:
        while not port_file.exists() or not port_file.read_text().strip():
            if process.poll() is not None:
                raise RuntimeError("the simulator did not start")
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port_file.read_text().strip()}"
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def operator(kubeconfig: Path, atlas: str, directory: Path, seconds: tuple[str, str]) -> Iterator[int]:
    environment = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")} | {
        "KUBECONFIG": str(kubeconfig),
        "ATLAS_BASE_URL": atlas,
        "POLL_INTERVAL_PENDING": seconds[0],
        "POLL_INTERVAL_STEADY": seconds[1],
        "METRICS_PORT": "0",
        "HEALTH_PORT": "0",
        "LOG_LEVEL": "warning",
    }
    log = (directory / "operator.log").open("wb")
    process = subprocess.Popen(
        [str(Path(sys.executable).with_name("atlas-streams-peering")), "run"], env=environment, stderr=log
    )
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)
        sys.stderr.write((directory / "operator.log").read_text())


class Api:
    """The API server, driven fast: kubectl itself would be the slowest part."""

    def __init__(self, cluster: Cluster) -> None:
        user = yaml.safe_load(cluster.kubeconfig.read_text())["users"][0]["user"]
        self._server, self._token = cluster.server, user.get("token")
        self._tls = ssl.create_default_context(cadata=cluster.ca)
        if not self._token:
            raise RuntimeError("the admin's kubeconfig has no token")

    async def create(self, objects: int) -> None:
        slots = asyncio.Semaphore(50)
        async with self._session() as session:

            async def one(number: int) -> None:
                async with slots, session.post(self._path, json=manifest(number)) as answer:
                    answer.raise_for_status()

            await asyncio.gather(*(one(number) for number in range(objects)))

    async def wait_until_active(self, objects: int) -> None:
        active: set[str] = set()
        deadline = time.monotonic() + LONGEST
        async with self._session() as session:
            async with session.get(self._path) as answer:
                listed = await answer.json()
            for item in listed["items"]:
                self._note(item, active)
            version = listed["metadata"]["resourceVersion"]
            parameters = {"watch": "1", "resourceVersion": version}
            if len(active) == objects:
                return
            async with session.get(self._path, params=parameters, read_bufsize=2**22) as stream:
                while len(active) < objects:
                    line = await asyncio.wait_for(stream.content.readline(), max(1.0, deadline - time.monotonic()))
                    self._note(json.loads(line)["object"], active)

    @staticmethod
    def _note(item: dict[str, Any], active: set[str]) -> None:
        if (item.get("status") or {}).get("cloudStatus") == "active":
            active.add(item["metadata"]["name"])

    _path = "/apis/atlasstreams.io/v1alpha1/namespaces/default/streamsvpcpeerings"

    def _session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            self._server,
            headers={"Authorization": f"Bearer {self._token}"},
            connector=aiohttp.TCPConnector(ssl=self._tls),
            timeout=aiohttp.ClientTimeout(total=None),
        )


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_megabytes(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


def atlas_counts(url: str) -> Counter[str]:
    with urllib.request.urlopen(f"{url}/_simulator/counts") as answer:  # noqa: S310  # our own simulator
        return Counter(json.load(answer))


def operator_writes(cluster: Cluster) -> tuple[Counter[str], int]:
    writes: Counter[str] = Counter()
    events = 0
    for entry in cluster.audit_events():
        if entry["user"]["username"] != OPERATOR_USER or entry["stage"] != "ResponseComplete":
            continue
        if entry["verb"] in ("get", "list", "watch"):
            continue
        reference = entry["objectRef"]
        if reference["resource"] == "events":
            events += 1
        else:
            writes["/".join(filter(None, (entry["verb"], reference["resource"], reference.get("subresource"))))] += 1
    return writes, events


def measure(objects: int, *, pending: str, steady: str, watch_for: float) -> Result:
    result = Result(objects)
    with tempfile.TemporaryDirectory() as temporary, ControlPlane().start(Path(temporary) / "cluster") as cluster:
        directory = Path(temporary)
        cluster.kubectl("apply", "-f", str(ROOT / "crds"), "-f", str(ROOT / "deploy" / "rbac.yaml"))
        cluster.kubectl("wait", "--for=condition=Established", "crd", "--all")
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "atlas-api"}, "stringData": KEY}
        cluster.kubectl("apply", "-f", "-", input=json.dumps(secret))
        kubeconfig = cluster.service_account_kubeconfig("atlas-streams-peering", "atlas-streams-peering")
        api = Api(cluster)
        with (
            simulator(objects, directory) as atlas,
            operator(kubeconfig, atlas, directory, (pending, steady)) as pid,
        ):
            started = time.monotonic()
            asyncio.run(api.create(objects))
            result.creating = time.monotonic() - started
            asyncio.run(api.wait_until_active(objects))
            result.seconds = time.monotonic() - started
            result.atlas = atlas_counts(atlas)
            result.processor_seconds = processor_seconds(pid)
            result.peak_megabytes = peak_megabytes(pid)
            time.sleep(5)  # Events are posted in the background
            result.writes, result.events = operator_writes(cluster)
            before, since = processor_seconds(pid), time.monotonic()
            time.sleep(watch_for)
            result.steady_processor_percent = (processor_seconds(pid) - before) / (time.monotonic() - since) * 100
            result.steady_writes = sum(operator_writes(cluster)[0].values()) - sum(result.writes.values())
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[1, 100, 1000])
    parser.add_argument("--pending", default="10", help="POLL_INTERVAL_PENDING (default: the operator's own)")
    parser.add_argument("--steady", default="120", help="POLL_INTERVAL_STEADY (default: the operator's own)")
    parser.add_argument("--watch", type=float, default=20.0, help="seconds at steady state")
    arguments = parser.parse_args()
    print(f"POLL_INTERVAL_PENDING={arguments.pending} POLL_INTERVAL_STEADY={arguments.steady}")
    print(HEADER, flush=True)
    for size in arguments.sizes:
        result = measure(size, pending=arguments.pending, steady=arguments.steady, watch_for=arguments.watch)
        print(result.line(), flush=True)
        print(f"        {dict(result.writes)} {dict(result.atlas)}", flush=True)


if __name__ == "__main__":
    main()
