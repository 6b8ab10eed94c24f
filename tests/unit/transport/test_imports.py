"""Code that does no I/O can name errors and credentials without an HTTP client."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "module",
    [
        "transport.errors",
        "transport.credentials",
        "atlas.secrets",
        "atlas.models",
        "confluent.secrets",
        "confluent.models",
    ],
)
def test_a_module_without_io_does_not_load_httpx(module: str) -> None:
    code = f"import sys, atlas_streams_peering.{module}; sys.exit('httpx' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
