"""Where things are in the repository."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
CRDS: Final = ROOT / "crds"
RBAC: Final = ROOT / "deploy" / "rbac.yaml"
EXAMPLES: Final = ROOT / "examples"
RUNS: Final = ROOT / ".demo"
"""One directory per demo that runs; ignored by git."""
