import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from atlas_simulator.__main__ import main
from simulator.caller import ACCOUNT, PROJECT, VERSION, VPC, Caller

CONFIGURATION = f"""
settings:
  delays: {{visibility: 0, provisioning: 0.5}}
projects:
  - project: {PROJECT}
api_keys:
  - {{public_key: demo, private_key: demo-private, roles: {{{PROJECT}: owner}}}}
service_accounts:
  - {{client_id: mdb_sa_id_demo, client_secret: demo-secret, roles: {{{PROJECT}: read}}}}
networks:
  - {{project: {PROJECT}, provider: aws, region: US_EAST_1, available: false}}
  - {{project: {PROJECT}, provider: aws, region: EU_WEST_1, values: {{vpc_id: {VPC}}}}}
peerings:
  - {{project: {PROJECT}, account: "{ACCOUNT}", vpc: {VPC}, name: pcx-09277e1e81d0751c1}}
faults:
  - {{kind: answer, operation: delete, status: 503}}
"""


async def test_it_serves_what_its_configuration_says_until_it_is_told_to_stop(tmp_path: Path) -> None:
    configuration, port_file = tmp_path / "demo.yaml", tmp_path / "port"
    configuration.write_text(CONFIGURATION, encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "atlas_simulator", "--config", configuration, "--port-file", port_file),
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    first_line = (await process.stdout.readline()).decode()
    base_url = f"http://127.0.0.1:{port_file.read_text(encoding='utf-8').strip()}"
    assert first_line == f"Listening on {base_url}\n"
    async with httpx.AsyncClient(base_url=base_url, headers={"Accept": VERSION}) as client:
        client.auth = httpx.DigestAuth("demo", "demo-private")
        path = f"/api/atlas/v2/groups/{PROJECT}/streams/vpcPeeringConnections"
        response = await client.get(path, params={"requesterAccountId": ACCOUNT})
        assert [row["name"] for row in response.json()["results"]] == ["pcx-09277e1e81d0751c1"]
        caller = Caller(client)
        assert (await caller.details()).status_code == 404
        assert (await caller.details(region="EU_WEST_1")).json()["vpcId"] == VPC
        assert (await client.delete(f"{path}/pcx-09277e1e81d0751c1")).status_code == 503
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("colour: blue", "colour"),
        ("settings: {colour: blue}", "colour"),
        ("peerings: [{project: nobody, account: '1', vpc: v}]", "nobody"),
        ("networks: [{project: nobody, provider: aws, region: US_EAST_1}]", "nobody"),
        ("{", "not YAML"),
        ("- a list", "Configuration"),
        ("api_keys: [{public_key: k, private_key: p, roles: {x: king}}]", "king"),
    ],
)
def test_a_wrong_configuration_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, problem: str
) -> None:
    configuration = tmp_path / "wrong.yaml"
    configuration.write_text(text, encoding="utf-8")
    assert main(["--config", str(configuration)]) == 1
    assert problem in capsys.readouterr().err


def test_a_missing_configuration_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--config", str(tmp_path / "missing.yaml")]) == 1
    assert "missing.yaml" in capsys.readouterr().err
