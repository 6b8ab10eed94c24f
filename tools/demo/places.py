"""Where things are in the repository."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
CHART: Final = ROOT / "charts" / "atlas-streams-peering"
CRDS: Final = ROOT / "crds"
EXAMPLES: Final = ROOT / "examples"
PROCEDURE: Final = EXAMPLES / "confluent"
"""The examples that do the whole procedure."""

POLICY: Final = EXAMPLES / "policy" / "accept.yaml"
OUTBOUND: Final = EXAMPLES / "outbound" / "peering.yaml"

RUNS: Final = ROOT / ".demo"
"""One directory per demo that runs; ignored by git."""
